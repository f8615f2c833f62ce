import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg

SMALL = hnp.arrays(np.int64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.integers(-1, 1))


@given(SMALL)
def test_places_of_what_is_not_zero(values):
    x = tinyreg.tensor(values)
    places, count = tinyreg.nonzero(x), int((values != 0).sum())
    assert places.shape == (count, values.ndim) and places.dtype == tinyreg.int64
    assert tinyreg.count_nonzero(x).item() == count
    together = x.nonzero(as_tuple=True)
    assert len(together) == max(values.ndim, 1)
    if values.ndim:
        np.testing.assert_array_equal(np.stack([along.numpy() for along in together], 1), places.numpy())
        assert x[together].tolist() == values[values != 0].tolist()
    assert [along.tolist() for along in tinyreg.where(x)] == [along.tolist() for along in together]


def test_count_nonzero_along_dimensions():
    x = tinyreg.tensor([[0.0, math.nan, 2.0], [0.0, 0.0, 3.0]])
    assert x.count_nonzero(0).tolist() == [0, 1, 2] and x.count_nonzero((0, 1)).item() == 3
    assert x.count_nonzero(-1).dtype == tinyreg.int64


@given(SMALL)
def test_unique_puts_the_input_together_again(values):
    found, inverse, counts = tinyreg.unique(tinyreg.tensor(values), return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(found.numpy()[inverse.numpy()], values)
    assert counts.sum().item() == values.size and found.tolist() == sorted(set(values.ravel().tolist()))
    runs, inverse, counts = tinyreg.unique_consecutive(tinyreg.tensor(values), True, True)
    np.testing.assert_array_equal(runs.numpy()[inverse.numpy()], values)
    np.testing.assert_array_equal(np.repeat(runs.numpy(), counts.numpy()), values.ravel())
    assert (np.diff(runs.numpy()) != 0).all()


@pytest.mark.parametrize("name", ["unique", "unique_consecutive"])
@given(hnp.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 4)), elements=st.integers(0, 1)), st.data())
def test_slices_without_repetition(name, values, data):
    dim = data.draw(st.integers(-3, 2))
    found, inverse, counts = getattr(tinyreg, name)(tinyreg.tensor(values), return_inverse=True, return_counts=True, dim=dim)
    np.testing.assert_array_equal(found.numpy().take(inverse.numpy(), axis=dim), values)
    assert inverse.shape == (values.shape[dim],) and counts.shape == (found.shape[dim],) and counts.sum().item() == values.shape[dim]


def test_each_nan_is_another():
    x = tinyreg.tensor([math.nan, 1.0, math.nan])
    assert tinyreg.unique(x, return_counts=True)[1].tolist() == [1, 1, 1]
    assert len(tinyreg.unique_consecutive(tinyreg.tensor([math.nan, math.nan]))) == 2


def test_what_is_returned_is_what_was_asked_for():
    x = tinyreg.tensor([[2, 1], [2, 2]])
    assert tinyreg.unique(x).tolist() == [1, 2]
    values, inverse = x.unique(return_inverse=True)
    assert inverse.tolist() == [[1, 0], [1, 1]] and inverse.dtype == tinyreg.int64
    assert [part.tolist() for part in x.unique(return_counts=True)] == [[1, 2], [1, 3]]
    assert not tinyreg.ones(2, requires_grad=True).unique().requires_grad


def test_empty_tensors():
    x = tinyreg.zeros(0, 3)
    for name in ("unique", "unique_consecutive"):
        function = getattr(tinyreg, name)
        assert function(x).shape == (0,) and function(x, dim=0).shape == (0, 3)
        assert function(x, return_inverse=True)[1].shape == (0, 3)
        with pytest.raises(RuntimeError, match=rf"{name}: slices along dim=1 must hold elements, got shape \(0, 3\)"):
            function(x, dim=1)
        with pytest.raises(IndexError, match=f"{name}: dim must be None for a tensor without dimensions, got dim=0"):
            function(tinyreg.tensor(1), dim=0)


@given(hnp.arrays(np.int64, st.integers(0, 9), elements=st.integers(0, 5)), st.integers(0, 8))
def test_bincount(values, minlength):
    counts = tinyreg.bincount(tinyreg.tensor(values), minlength=minlength)
    assert counts.dtype == tinyreg.int64 and counts.sum().item() == values.size
    assert counts.tolist() == [(values == i).sum() for i in range(max([minlength, *(values + 1)]))]


def test_bincount_sums_weights():
    x = tinyreg.tensor([0, 2, 2])
    weights = tinyreg.tensor([0.5, 1.0, 2.0])
    assert x.bincount(weights).tolist() == [0.5, 0, 3] and x.bincount(weights).dtype == tinyreg.float32
    assert x.bincount(tinyreg.tensor([1, 2, 3])).dtype == tinyreg.float64


def test_refusals_of_bincount():
    with pytest.raises(NotImplementedError, match="bincount: input must be integers, got dtype float32"):
        tinyreg.ones(2).bincount()
    with pytest.raises(RuntimeError, match="bincount: input must be 1-d and of integers of at least 0, got a smallest of -3"):
        tinyreg.tensor([1, -3]).bincount()
    with pytest.raises(RuntimeError, match=r"bincount: input must be 1-d .* got shape \(1, 1\)"):
        tinyreg.tensor([[1]]).bincount()
    with pytest.raises(RuntimeError, match="bincount: minlength must be at least 0, got -1"):
        tinyreg.tensor([1]).bincount(minlength=-1)
    with pytest.raises(RuntimeError, match=r"bincount: weights must have the input's shape \(1,\), got \(2,\)"):
        tinyreg.tensor([1]).bincount(tinyreg.ones(2))


def test_other_refusals():
    with pytest.raises(IndexError, match="count_nonzero: dim must lie in .* got dim=3"):
        tinyreg.ones(2, 2).count_nonzero(3)
    with pytest.raises(TypeError, match="nonzero: input must be a Tensor, got list"):
        tinyreg.nonzero([1])
