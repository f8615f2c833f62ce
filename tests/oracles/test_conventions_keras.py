"""Keras's rows of the conventions against Keras itself, on its PyTorch backend: three calls of train_on_batch."""

import os

import numpy as np
import pytest

import tinyreg
from tests.conventions.proofs import LR, MU, START, X, Y, trained
from tinyreg import convert
from tinyreg.regularization import l1_penalty, l2_penalty

pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

if keras.backend.backend() != "torch":
    pytest.skip(f"Keras runs on {keras.backend.backend()}, these checks on PyTorch", allow_module_level=True)

VALUE = 0.4
OPTIMIZERS = {  # {row: Keras's class and settings, of which weight_decay is the value; the house's}
    "keras.SGD.weight_decay": ("SGD", {"momentum": MU}, lambda w: tinyreg.optim.SGD([w], lr=LR, momentum=MU)),
    "keras.SGD(momentum=0).weight_decay": ("SGD", {}, lambda w: tinyreg.optim.SGD([w], lr=LR)),
    "keras.Adam.weight_decay": ("Adam", {"epsilon": 1e-30}, lambda w: tinyreg.optim.Adam([w], lr=LR, eps=0.0)),
    "keras.AdamW.weight_decay": ("AdamW", {"epsilon": 1e-30}, lambda w: tinyreg.optim.Adam([w], lr=LR, eps=0.0)),
}
PENALTIES = {"keras.regularizers.L2": l2_penalty, "keras.regularizers.L1": l1_penalty}
HOUSE = {"keras.regularizers.L2": "tinyreg.l2_penalty.strength", "keras.regularizers.L1": "tinyreg.l1_penalty.strength"}


@pytest.fixture(autouse=True)
def float64():
    before = keras.backend.floatx()
    keras.backend.set_floatx("float64")
    yield
    keras.backend.set_floatx(before)


def kerass(optimizer, regularizer=None):
    layer = keras.layers.Dense(1, use_bias=False, kernel_regularizer=regularizer)
    model = keras.Sequential([keras.Input((X.shape[1],)), layer])
    layer.set_weights([START[:, None]])
    model.compile(optimizer=optimizer, loss="mse")
    for _ in range(3):
        model.train_on_batch(X, Y[:, None])
    return layer.kernel.value.detach().numpy().ravel()


def same(theirs, ours):
    """To what is left of a learning rate that Keras keeps in float32."""
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-7)
    assert np.abs(ours - START).min() > 1e-3


@pytest.mark.parametrize("row", OPTIMIZERS)
def test_weight_decay_of_the_optimizers(row):
    name, settings, ours = OPTIMIZERS[row]
    theirs = kerass(getattr(keras.optimizers, name)(LR, weight_decay=VALUE, **settings))
    same(theirs, trained(ours, decay=convert(VALUE, row, "tinyreg.decay_.weight_decay")))


@pytest.mark.parametrize("row", PENALTIES)
def test_regularizers(row):
    theirs = kerass(keras.optimizers.SGD(LR), getattr(keras.regularizers, row.rsplit(".", 1)[1])(VALUE))
    strength = convert(VALUE, row, HOUSE[row])
    same(theirs, trained(lambda w: tinyreg.optim.SGD([w], lr=LR), lambda w: PENALTIES[row]([w], strength)))


def test_every_row_of_keras_is_here():
    assert {row.name for row in convert.table().rows if row.name.startswith("keras.")} == {*OPTIMIZERS, *PENALTIES}
