"""How tensors print can be chosen."""

import itertools

import numpy as np
import pytest

import tinyreg


@pytest.fixture(autouse=True)
def default():
    yield
    tinyreg.set_printoptions(profile="default", linewidth=80)


def test_what_is_left_out_stays():
    tinyreg.set_printoptions(precision=2, linewidth=30)
    tinyreg.set_printoptions(edgeitems=1)
    assert str(tinyreg.tensor([0.5, 1.25])) == "tensor([0.50, 1.25])"
    assert str(tinyreg.arange(2000)) == "tensor([   0,  ..., 1999])"
    tinyreg.set_printoptions(profile="default")
    assert str(tinyreg.tensor([0.5, 1.25])) == "tensor([0.5000, 1.2500])"


def test_another_profile_is_refused():
    with pytest.raises(ValueError, match="profile must be one of default, short, full, got 'long'"):
        tinyreg.set_printoptions(profile="long")


OPTIONS = [
    {"precision": 1},
    {"sci_mode": True},
    {"sci_mode": False, "precision": 6},
    {"profile": "short"},
    {"profile": "full"},
    {"threshold": 5, "edgeitems": 2},
    {"linewidth": 40},
]
VALUES = [  # of dtypes that are not printed
    np.array([0.5, 123456.0, -1e-5], "float32"),
    np.arange(12, dtype="float32").reshape(3, 4),
    np.arange(1200).reshape(2, 600),
    np.array([np.nan, np.inf, 2.0], "float32"),
    np.array(3.25, "float32"),
    np.zeros(0, "float32"),
]


@pytest.mark.parametrize(("options", "values"), list(itertools.product(OPTIONS, VALUES)))
def test_as_pytorch(options, values):
    theirs = pytest.importorskip("torch")
    try:
        for library in (theirs, tinyreg):
            library.set_printoptions(**options)
        assert str(tinyreg.tensor(values)) == str(theirs.tensor(values))
    finally:
        theirs.set_printoptions(profile="default", linewidth=80)
