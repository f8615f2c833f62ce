import math

import numpy as np
import pytest

import tinyreg
from tinyreg.ops.norm import lengths

INF = math.inf


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


@pytest.mark.parametrize("p", ["fro", 2, 1, 1.5, 3, INF, -INF, 0])
@pytest.mark.parametrize("dim", [None, 1])
def test_the_norm_of_a_zero_bias_has_gradient_zero(p, dim):
    x = leaf(np.zeros((2, 3)))
    y = tinyreg.norm(x, p, dim=dim)
    y.backward(tinyreg.ones(y.shape, dtype=y.dtype))
    assert not y.any() and x.grad.tolist() == [[0] * 3] * 2


@pytest.mark.parametrize(
    "p, value, slope",
    [
        (0.5, 25, [0, 2.5, -5 / 3]),  # |x|^(p-1) is infinite at 0; the sign, 0 there, decides
        (3, 793 ** (1 / 3), [0, 16 / 793 ** (2 / 3), -81 / 793 ** (2 / 3)]),
    ],
)
def test_the_norm_of_any_power_has_slope_zero_at_zero(p, value, slope):
    x = leaf([0, 4, -9])
    y = x.norm(p=p)
    y.backward()
    assert y.item() == pytest.approx(value)
    assert x.grad.tolist() == pytest.approx(slope)


@pytest.mark.parametrize("p", [INF, -INF])
def test_ties_of_the_largest_share_the_gradient(p):
    x = leaf([2, -2, 2, -2])
    x.norm(p=p).backward()
    assert x.grad.tolist() == [0.25, -0.25, 0.25, -0.25]


def test_norm_refusals():
    with pytest.raises(RuntimeError, match="norm: p must be a number, inf, -inf, 'fro' or 'nuc', got 'max'"):
        tinyreg.norm(tinyreg.ones(2, 2), "max")
    with pytest.raises(RuntimeError, match=r"norm: 'nuc' must have two dimensions, got 1 of shape \(2, 2\)"):
        tinyreg.norm(tinyreg.ones(2, 2), "nuc", dim=0)
    with pytest.raises(RuntimeError, match=r"norm: p=-1 must have elements to choose from, got shape \(0, 3\)"):
        tinyreg.zeros(0, 3).norm(p=-1)
    with pytest.raises(RuntimeError, match=r"norm: p=inf must have elements to choose from, got shape \(0, 3\)"):
        tinyreg.zeros(0, 3).norm(p=INF)
    assert tinyreg.zeros(0, 3).norm().item() == 0
    assert tinyreg.arange(3).norm(dtype=tinyreg.float64).item() == math.sqrt(5)


def test_norm_squared_over_parameters_is_an_ordinary_penalty():
    weights = [leaf([[1, 2], [3, 4]]), leaf([0, 0])]
    penalty = sum(tinyreg.norm(w) ** 2 for w in weights)
    penalty.backward()
    assert penalty.item() == pytest.approx(30)
    np.testing.assert_allclose(weights[0].grad.numpy(), [[2, 4], [6, 8]])
    assert weights[1].grad.tolist() == [0, 0]


def test_a_zero_decides_norms_of_negative_powers():
    x = leaf([[2, 0], [1, 0.5]])
    with np.errstate(divide="ignore"):
        y = x.norm(p=-1, dim=1)
    y.sum().backward()
    assert y.tolist() == [0, 1 / 3]
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0], [1 / 9, 4 / 9]])  # y^2 / x^2


def test_the_nuclear_norm_by_hand():
    x = leaf([[3, 0], [0, -4]])  # singular values 3 and 4
    y = x.norm("nuc")
    y.backward()
    assert y.item() == pytest.approx(7)
    np.testing.assert_allclose(x.grad.numpy(), [[1, 0], [0, -1]], atol=1e-14)


def test_the_nuclear_norm_of_several_matrices():
    values = np.random.default_rng(0).standard_normal((2, 3, 4))
    x = leaf(values)
    y = x.norm("nuc", dim=(2, 0), keepdim=True)
    assert y.shape == (1, 3, 1)
    np.testing.assert_allclose(y.detach().numpy().ravel(), [np.linalg.norm(values[:, i], "nuc") for i in range(3)])
    y.sum().backward()
    grad = x.grad.numpy()
    for i in range(3):  # the singular values of the gradient are 1
        np.testing.assert_allclose(np.linalg.svd(grad[:, i], compute_uv=False), [1, 1])


@pytest.mark.parametrize("axes", [(), (0,), (1, 2), (0, 2), (0, 1, 2)])
def test_lengths_along_axes(axes):
    x = np.random.default_rng(0).standard_normal((3, 4, 5))
    for array in (x, x.T.copy().T, x[:, ::2], x[:0], x[:, :, :0], x.astype("float32")):
        found = lengths(array, axes)
        assert found.dtype == array.dtype
        expected = np.sqrt((array**2).sum(axis=axes, keepdims=True))
        np.testing.assert_allclose(found, expected, rtol=1e-6 if found.dtype == "float32" else 1e-14)


@pytest.mark.parametrize("size", [300.0, 1e-4])
def test_lengths_of_half_precision_have_squares_that_it_could_not_hold(size):
    x = np.full((2, 4), size, dtype="float16")
    for axes, length in (((1,), 2 * size), ((0,), size * 2**0.5)):
        found = lengths(x, axes)
        assert found.dtype == "float16"
        np.testing.assert_allclose(found.astype(float), length, rtol=1e-3)
