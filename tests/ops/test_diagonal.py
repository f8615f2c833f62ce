import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def numbered(*shape):
    return leaf(np.arange(np.prod(shape)).reshape(shape))


@given(st.integers(-5, 5), st.permutations([0, 1, 2]))
def test_diagonal_is_numpys_and_its_gradient_goes_back_onto_it(offset, dims):
    x, (dim1, dim2, _) = numbered(2, 3, 4), dims
    y = tinyreg.diagonal(x, offset, dim1, dim2)
    expected = np.diagonal(x.detach().numpy(), offset, dim1, dim2)
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    grad = np.random.default_rng(0).standard_normal(expected.shape)
    y.backward(tinyreg.tensor(grad))
    adjoint = np.zeros(24)
    adjoint[expected.astype(int).reshape(-1)] = grad.reshape(-1)  # the values are the positions
    np.testing.assert_array_equal(x.grad.numpy(), adjoint.reshape(2, 3, 4))


@given(st.integers(-3, 3), st.permutations([0, 1, 2]))
def test_embedding_and_taking_the_diagonal_are_adjoint(offset, dims):
    x, (dim1, dim2, _) = numbered(2, 3), dims
    y = tinyreg.diag_embed(x, offset, dim1, dim2)
    assert tinyreg.diagonal(y, offset, dim1, dim2).tolist() == x.tolist() and y.sum().item() == 15
    grad = np.random.default_rng(0).standard_normal(y.shape)
    y.backward(tinyreg.tensor(grad))
    np.testing.assert_array_equal(x.grad.numpy(), np.diagonal(grad, offset, dim1, dim2))


def test_a_diagonal_is_a_view_and_diag_a_copy():
    x = tinyreg.zeros(2, 3)
    x.diagonal(1).fill_(7)
    x.diag().fill_(9)
    assert x.tolist() == [[0, 7, 0], [0, 0, 7]]
    assert x.T.diagonal(-1).tolist() == [7, 7]


def test_diag_both_ways():
    assert tinyreg.diag(tinyreg.tensor([1, 2]), 1).tolist() == [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
    assert tinyreg.diag(tinyreg.tensor([[1, 2], [3, 4]]), -1).tolist() == [3]
    assert tinyreg.diag(tinyreg.zeros(0)).shape == (0, 0)


def test_trace_is_the_sum_of_the_diagonal():
    x = numbered(2, 3)
    y = x.trace()
    y.backward(tinyreg.tensor(5.0))
    assert y.item() == 4 and x.grad.tolist() == [[5, 0, 0], [0, 5, 0]]
    assert tinyreg.trace(tinyreg.ones(2, 2, dtype=tinyreg.int32)).dtype == tinyreg.int64


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, "diagonal: dim1 and dim2 must be different dimensions, got 1 and -1", lambda x: x.diagonal(0, 1, -1)),
        (IndexError, r"diagonal: dim must lie in \[-2, 1\] .* got dim=2", lambda x: x.diagonal(0, 0, 2)),
        (TypeError, "diagonal: offset must be an integer, got offset='a'", lambda x: x.diagonal("a")),
        (RuntimeError, "diag_embed: dim1 and dim2 must be different dimensions, got 0 and 0", lambda x: x.diag_embed(0, 0, 0)),
        (IndexError, "diag_embed: the input must have at least 1 dimension, got a 0-d tensor", lambda x: x.sum().diag_embed()),
        (RuntimeError, r"diag: the input must have 1 or 2 dimensions, got shape \(2, 3, 1\)", lambda x: x.unsqueeze(-1).diag()),
        (RuntimeError, r"trace: the input must be a matrix, got shape \(3,\)", lambda x: x[0].trace()),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered(2, 3))
