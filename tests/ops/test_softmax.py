import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg.nn import functional as F

ROWWISE = ["softmax", "log_softmax", "softmin"]


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def gradient(function, x, cotangent):
    function(x).backward(tinyreg.tensor(cotangent))
    return x.grad.numpy()


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_softmax_identities(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = data.draw(hnp.arrays(np.float64, shape, elements=st.floats(-50, 50)))
    y = tinyreg.softmax(tinyreg.tensor(x), dim).numpy()
    np.testing.assert_allclose(y.sum(axis=dim), np.ones(y.sum(axis=dim).shape), rtol=1e-14)
    np.testing.assert_allclose(tinyreg.softmax(tinyreg.tensor(x + 7.0), dim).numpy(), y, rtol=1e-12)
    np.testing.assert_allclose(np.exp(tinyreg.log_softmax(tinyreg.tensor(x), dim).numpy()), y, rtol=1e-12)
    np.testing.assert_allclose(y, np.exp(x) / np.exp(x).sum(axis=dim, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("function", [tinyreg.softmax, tinyreg.log_softmax, F.softmin])
def test_a_shift_of_all_scores_changes_nothing(function):
    """So the gradient sums to 0 along dim."""
    rng = np.random.default_rng(4)
    for dim in (0, 1, -1):
        x = leaf(rng.standard_normal((3, 4, 2)))
        grad = gradient(lambda x, dim=dim: function(x, dim), x, rng.standard_normal((3, 4, 2)))
        np.testing.assert_allclose(grad.sum(axis=dim), 0, atol=1e-14)


def test_softmax_gradient_by_hand():
    x = leaf([0.0, math.log(3)])  # y = 1/4, 3/4
    np.testing.assert_allclose(gradient(lambda x: tinyreg.softmax(x, 0), x, [1.0, 0.0]), [3 / 16, -3 / 16], rtol=1e-14)
    x = leaf([0.0, math.log(3)])
    np.testing.assert_allclose(gradient(lambda x: tinyreg.log_softmax(x, 0), x, [1.0, 0.0]), [3 / 4, -3 / 4], rtol=1e-14)


def test_log_softmax_where_softmax_is_0():
    x = tinyreg.tensor([[0.0, 1000.0]])
    assert tinyreg.softmax(x, 1).tolist() == [[0, 1]]
    assert tinyreg.log_softmax(x, 1).tolist() == [[-1000, 0]]


def test_a_score_of_minus_infinity_is_a_class_ruled_out():
    x = tinyreg.tensor([0.0, -math.inf, 0.0])
    assert tinyreg.softmax(x, 0).tolist() == [0.5, 0, 0.5]
    assert tinyreg.log_softmax(x, 0).tolist()[1] == -math.inf


def test_dim_left_out_warns_and_takes_pytorchs():
    for shape, dim in (((2,), 0), ((2, 3), 1), ((2, 3, 4), 0), ((2, 3, 4, 5), 1)):
        x = tinyreg.tensor(np.random.default_rng(0).standard_normal(shape))
        for name in ROWWISE:
            with pytest.warns(UserWarning, match=f"{name}: dim should be given, got None and took {dim}"):
                y = getattr(F, name)(x)
            np.testing.assert_array_equal(y.numpy(), getattr(F, name)(x, dim).numpy())


@pytest.mark.parametrize("name", ROWWISE)
def test_dims_that_do_not_exist_are_refused(name):
    for x, dim, message in ((tinyreg.ones(2, 3), 2, r"\[-2, 1\] .* got dim=2"), (tinyreg.tensor(1.0), -2, r"\[-1, 0\] .* got dim=-2")):
        with pytest.raises(IndexError, match=message):
            getattr(F, name)(x, dim)


def test_softmin_is_softmax_of_the_negative():
    x = np.random.default_rng(0).standard_normal((3, 4))
    np.testing.assert_array_equal(F.softmin(tinyreg.tensor(x), 1).numpy(), F.softmax(tinyreg.tensor(-x), 1).numpy())
    assert F.softmin(tinyreg.tensor([1, 1]), 0, dtype=tinyreg.float64).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", ROWWISE)
def test_dtype_converts_first(name):
    x = leaf([0.0, 1.0])
    y = getattr(F, name)(x, 0, dtype=tinyreg.float32)
    y.backward(tinyreg.tensor([1.0, 0.0]))
    assert y.dtype == tinyreg.float32 and x.grad.dtype == tinyreg.float64
    with pytest.raises(NotImplementedError, match=f"{name}: input must be floating point, got dtype int64"):
        getattr(F, name)(x, 0, dtype=tinyreg.int64)
