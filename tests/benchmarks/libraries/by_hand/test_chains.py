"""The chains by hand against their operations in turn, and their derivatives by differences."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.libraries.by_hand.chains import BY_OPERATIONS, there_and_back
from benchmarks.workloads import CHAINS

OPERATIONS = {
    "times": np.multiply,
    "plus": np.add,
    "minus": np.subtract,
    "negative": np.negative,
    "tanh": np.tanh,
    "exp": np.exp,
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
}
BY_KEY = pytest.mark.parametrize("chain", CHAINS, ids=[chain.key for chain in CHAINS])


def in_turn(chain, length, x, w):
    named = {"w": w, "one": 1.0}
    y = x
    for _ in range(length // len(chain.operations)):
        for name, *rest in chain.operations:
            y = OPERATIONS[name](y, *(named.get(operand, operand) for operand in rest))
    return y


@BY_KEY
@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_value_and_gradients(chain, rounds):
    length = rounds * len(chain.operations)
    call = there_and_back(chain, length, "float64")
    first = [array.copy() for array in call()]
    y, *gradients = call()
    assert [array.tolist() for array in first] == [array.tolist() for array in (y, *gradients)]  # every call begins anew
    assert y == pytest.approx(in_turn(chain, length, np.full(chain.elements, chain.start), 1.0))
    step = 1e-6
    for i, gradient in enumerate(gradients):
        high, low = ([chain.start, 1.0] for _ in range(2))
        high[i] += step
        low[i] -= step
        assert gradient == pytest.approx((in_turn(chain, length, *high) - in_turn(chain, length, *low)) / (2 * step), rel=1e-7, abs=1e-9)
    assert len(gradients) == 1 + any("w" in operation for operation in chain.operations)


def test_all_chains_are_derived():
    assert set(BY_OPERATIONS) == {chain.operations for chain in CHAINS}
    with pytest.raises(NotImplementedError, match="nobody has derived"):
        there_and_back(replace(CHAINS[0], operations=(("exp",),)), 4, "float64")
