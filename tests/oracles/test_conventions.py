"""PyTorch's rows of the conventions against PyTorch itself: three steps of its optimizer, three of the house's."""

import numpy as np
import pytest

import tinyreg
from tests.conventions.proofs import LR, MU, START, X, Y, trained
from tinyreg import convert
from tinyreg.regularization import l1_penalty, l2_penalty

torch = pytest.importorskip("torch")

VALUE = 0.4
OPTIMIZERS = {  # {row: PyTorch's class and its settings, of which weight_decay is the value}
    "pytorch.SGD.weight_decay": ("SGD", {"momentum": MU}),
    "pytorch.SGD(momentum=0).weight_decay": ("SGD", {}),
    "pytorch.Adam.weight_decay": ("Adam", {}),
    "pytorch.AdamW.weight_decay": ("AdamW", {}),
    "pytorch.Adam(decoupled_weight_decay=True).weight_decay": ("Adam", {"decoupled_weight_decay": True}),
}
PENALTIES = {  # {row: as one writes it in a PyTorch script}
    "mean loss + lambda/2 |w|^2": lambda w, v: v / 2 * w.square().sum(),
    "mean loss + lambda |w|^2": lambda w, v: v * w.norm() ** 2,
    "mean loss + lambda |w|_1": lambda w, v: v * w.abs().sum(),
}


def pytorchs(make, penalty=None):
    """Three steps in PyTorch on its mean squared error."""
    w = torch.tensor(START.copy(), requires_grad=True)
    optimizer = make(w)
    for _ in range(3):
        optimizer.zero_grad()
        loss = torch.nn.MSELoss()(torch.tensor(X) @ w, torch.tensor(Y))
        (loss if penalty is None else loss + penalty(w)).backward()
        optimizer.step()
    return w.detach().numpy()


@pytest.mark.parametrize("row", OPTIMIZERS)
def test_weight_decay_of_the_optimizers(row):
    name, settings = OPTIMIZERS[row]
    theirs = pytorchs(lambda w: getattr(torch.optim, name)([w], lr=LR, weight_decay=VALUE, **settings))
    plain = {"SGD": tinyreg.optim.SGD, "Adam": tinyreg.optim.Adam, "AdamW": tinyreg.optim.Adam}[name]
    kept = {key: value for key, value in settings.items() if key == "momentum"}
    if "AdamW" in row or "decoupled" in row:
        decay = convert(VALUE, row, "tinyreg.decay_.weight_decay")
        ours = trained(lambda w: plain([w], lr=LR, **kept), decay=decay)
    else:
        strength = convert(VALUE, row, "tinyreg.l2_penalty.strength")
        ours = trained(lambda w: plain([w], lr=LR, **kept), lambda w: l2_penalty([w], strength))
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("row", PENALTIES)
def test_penalties_written_by_hand(row):
    theirs = pytorchs(lambda w: torch.optim.SGD([w], lr=LR), lambda w: PENALTIES[row](w, VALUE))
    penalty, target = (l1_penalty, "tinyreg.l1_penalty.strength") if "_1" in row else (l2_penalty, "tinyreg.l2_penalty.strength")
    strength = convert(VALUE, row, target)
    ours = trained(lambda w: tinyreg.optim.SGD([w], lr=LR), lambda w: penalty([w], strength))
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-13)


def test_every_row_of_pytorch_is_here():
    assert {row.name for row in convert.table().rows if row.name.startswith("pytorch.")} == set(OPTIMIZERS)
