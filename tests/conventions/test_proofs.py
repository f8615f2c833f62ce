"""Every row of the conventions, proved: three steps of its own rule and three of the house's come to the same weights."""

import numpy as np
import pytest

from tests.conventions.proofs import LR, PROOFS, Adam, Momentum, Plain, X, house
from tinyreg import convert
from tinyreg.conventions.convention import DECAY, L2
from tinyreg.conventions.known import BY_KEY, ROWS
from tinyreg.conventions.translator import HOUSE

VALUE = 0.4


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_three_steps_of_either_convention_come_to_the_same_weights(row):
    theirs, optimizers, kind, steps = PROOFS[row.name]
    assert len(optimizers) > 0 and kind in (row.losses or (kind,))
    ours = convert(VALUE, row.name, HOUSE[row.family], lr=LR, n=len(X[steps[0]]))
    for optimizer in optimizers:
        trained = house(row.family, ours, optimizer, kind, steps)
        np.testing.assert_allclose(theirs(VALUE, optimizer), trained, rtol=1e-12, atol=1e-13)
        assert np.abs(house(row.family, 1.01 * ours, optimizer, kind, steps) - trained).max() > 1e-8  # another number is noticed


def test_each_row_has_its_proof_and_each_proof_its_row():
    assert sorted(PROOFS) == sorted(row.name for row in ROWS)
    assert len(BY_KEY) == len(ROWS) and all(row.source and row.symbol in row.rule for row in ROWS)


def test_for_plain_sgd_l2_and_decay_are_one_step_and_with_momentum_they_are_not():
    both = convert(VALUE, "pytorch.SGD(momentum=0).weight_decay", "keras.SGD(momentum=0).weight_decay")
    np.testing.assert_allclose(house(L2, VALUE, Plain), house(DECAY, both, Plain), rtol=1e-13)
    for optimizer in (Momentum, Adam):
        assert np.abs(house(L2, VALUE, optimizer) - house(DECAY, VALUE, optimizer)).max() > 1e-3
