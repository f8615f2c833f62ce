import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=4))
def test_repeat_is_numpys_tile_and_each_copy_counts(repeats):
    x = leaf(np.random.default_rng(0).standard_normal((2, 3)))
    y = x.repeat(*repeats)
    np.testing.assert_array_equal(y.detach().numpy(), np.tile(x.detach().numpy(), repeats))
    y.sum().backward()
    assert x.grad.tolist() == np.full((2, 3), float(np.prod(repeats))).tolist()
    assert x.repeat(repeats).tolist() == x.repeat(repeats=repeats).tolist() == y.tolist()


def test_tile_adds_dimensions_on_the_left():
    x = leaf([[1, 2], [3, 4]])
    assert tinyreg.tile(x, (2,)).tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]] and x.tile(2, 1, 1).shape == (2, 2, 2)
    assert x.tile(()).tolist() == x.tolist()


def test_the_gradient_of_a_repetition_sums_over_its_copies():
    x = leaf([1, 2])
    x.repeat(3).backward(tinyreg.tensor([1.0, 2.0, 10.0, 20.0, 100.0, 200.0]))
    assert x.grad.tolist() == [111, 222]
    x.grad = None
    x.repeat_interleave(3).backward(tinyreg.tensor([1.0, 10.0, 100.0, 2.0, 20.0, 200.0]))
    assert x.grad.tolist() == [111, 222]
    x.grad = None
    x.repeat_interleave(tinyreg.tensor([1, 2])).backward(tinyreg.tensor([1.0, 10.0, 20.0]))
    assert x.grad.tolist() == [1, 30]


def test_a_repetition_is_a_copy():
    for y in (tinyreg.ones(2).repeat(1), x := tinyreg.ones(2), tinyreg.ones(2).repeat_interleave(1), tinyreg.ones(1).repeat_interleave(3)):
        y.add_(1)
        assert y.tolist() == [2] * len(y)
    assert x.tolist() == [2, 2]


@given(st.lists(st.integers(0, 4), min_size=0, max_size=6))
def test_repeat_interleave_is_numpys(repeats):
    x = leaf(np.arange(2.0 * len(repeats)).reshape(len(repeats), 2))
    numbers = tinyreg.tensor(np.array(repeats, dtype=np.int64))
    y = tinyreg.repeat_interleave(x, numbers, 0)
    np.testing.assert_array_equal(y.detach().numpy(), np.repeat(x.detach().numpy(), repeats, 0))
    assert tinyreg.repeat_interleave(numbers).tolist() == np.repeat(np.arange(len(repeats)), repeats).tolist()
    assert tinyreg.repeat_interleave(x, numbers, 0, output_size=sum(repeats)).shape == y.shape


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, r"repeat: repeats must name each dimension, got \(2,\) for shape \(2, 3\)", lambda x: x.repeat(2)),
        (RuntimeError, r"repeat: numbers of copies must not be negative, got \(-1, 2\)", lambda x: x.repeat(-1, 2)),
        (RuntimeError, r"tile: numbers of copies must not be negative, got \(1, -1\)", lambda x: x.tile(-1)),
        (TypeError, r"repeat: repeats must be integers, got \(1.5, 2\)", lambda x: x.repeat(1.5, 2)),
        (TypeError, r"repeat: repeats must be integers, got \(\)", lambda x: x.repeat()),
        (RuntimeError, "repeats must not be negative, .* got repeats from -2", lambda x: x.repeat_interleave(-2)),
        (RuntimeError, "got repeats from -1, of sum 0", lambda x: x.repeat_interleave(tinyreg.tensor([1, -1]), 0)),
        (RuntimeError, "output_size=5", lambda x: x.repeat_interleave(tinyreg.tensor([1, 2]), 0, output_size=5)),
        (RuntimeError, r"one number a layer, 3 along dimension 1, got 2", lambda x: x.repeat_interleave(tinyreg.tensor([1, 2]), 1)),
        (RuntimeError, r"got shape \(1, 2\) and dtype int64", lambda x: x.repeat_interleave(tinyreg.tensor([[1, 2]]), 0)),
        (TypeError, "repeats must be an integer, got repeats='a'", lambda x: x.repeat_interleave("a")),
        (IndexError, "got dim=0 for a 0-d tensor", lambda x: x.sum().repeat_interleave(2, 0)),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(leaf(np.ones((2, 3))))
