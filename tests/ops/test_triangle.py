import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg


@pytest.mark.parametrize("name", ["tril", "triu"])
@given(k=st.integers(-5, 5))
def test_the_part_of_each_matrix_and_the_same_part_of_its_gradient(name, k):
    x = tinyreg.tensor(np.random.default_rng(0).standard_normal((2, 3, 4)), requires_grad=True)
    y = getattr(tinyreg, name)(x, k)
    part = getattr(np, name)
    np.testing.assert_array_equal(y.detach().numpy(), part(x.detach().numpy(), k))
    grad = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(tinyreg.tensor(grad))
    np.testing.assert_array_equal(x.grad.numpy(), part(grad, k))
    rows, columns = getattr(tinyreg, f"{name}_indices")(3, 4, k).tolist()
    assert [rows, columns] == [i.tolist() for i in getattr(np, f"{name}_indices")(3, k, 4)]


def test_the_two_triangles_add_up():
    x = tinyreg.tensor(np.random.default_rng(0).standard_normal((3, 4)))
    assert (x.tril() + x.triu(1)).tolist() == x.tolist()


def test_what_is_dropped_is_zero_even_where_it_was_infinite():
    x = tinyreg.full((2, 2), float("inf")).requires_grad_()
    y = x.tril(-1)
    y.sum().backward()
    assert y.tolist() == [[0, 0], [float("inf"), 0]] and x.grad.tolist() == [[0, 0], [1, 0]]


def test_in_place_and_dtypes():
    x = tinyreg.ones(2, 2, dtype=tinyreg.int64)
    assert x.triu_(1) is x and x.tolist() == [[0, 1], [0, 0]]
    assert (tinyreg.ones(2, 2) > 0).tril().dtype == tinyreg.bool
    assert tinyreg.tril_indices(2, 2, dtype=tinyreg.int32).dtype == tinyreg.int32 and tinyreg.triu_indices(0, 3).shape == (2, 0)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, r"tril: the input must have at least 2 dimensions, got shape \(3,\)", lambda: tinyreg.ones(3).tril()),
        (TypeError, "triu: diagonal must be an integer, got diagonal=1.5", lambda: tinyreg.ones(2, 2).triu(1.5)),
        (RuntimeError, "tril_indices: row and col must not be negative, got row=-1, col=3", lambda: tinyreg.tril_indices(-1, 3)),
        (TypeError, r"triu_indices: row, col and offset must be integers, got \(2, 'a', 0\)", lambda: tinyreg.triu_indices(2, "a")),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call()
