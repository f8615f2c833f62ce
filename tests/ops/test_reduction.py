import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg.autograd import gradcheck
from tinyreg.ops.reduction import _FILLED, spread

INF, NAN = math.inf, math.nan


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def gradient(y, *inputs):
    """The gradients for a cotangent of ones."""
    y.backward(tinyreg.ones(y.shape, dtype=y.dtype))
    return [x.grad.tolist() for x in inputs]


@pytest.mark.parametrize(
    "run, value, slope",
    [
        (lambda x: x.sum(), 10, [[1, 1], [1, 1]]),
        (lambda x: x.mean(), 2.5, [[0.25, 0.25], [0.25, 0.25]]),
        (lambda x: x.mean(1), [1.5, 3.5], [[0.5, 0.5], [0.5, 0.5]]),
        (lambda x: x.var(correction=0), 1.25, [[-0.75, -0.25], [0.25, 0.75]]),
        (lambda x: x.var(0), [2, 2], [[-2, -2], [2, 2]]),
        (lambda x: x.std(1, correction=0), [0.5, 0.5], [[-0.5, 0.5], [-0.5, 0.5]]),
        (lambda x: x.norm(p=1), 10, [[1, 1], [1, 1]]),
        (lambda x: x.norm(p=INF), 4, [[0, 0], [0, 1]]),
        (lambda x: x.norm(p=0), 4, [[0, 0], [0, 0]]),
        (lambda x: (x[1] - tinyreg.tensor([0.0, 8.0])).norm(), 5, [[0, 0], [0.6, -0.8]]),
        (lambda x: tinyreg.logsumexp(x * 0, (0, 1)), math.log(4), [[0, 0], [0, 0]]),
    ],
)
def test_numbers_that_a_person_can_check(run, value, slope):
    x = leaf([[1, 2], [3, 4]])
    y = run(x)
    np.testing.assert_allclose(y.tolist(), value)
    np.testing.assert_allclose(gradient(y, x)[0], slope)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=4, max_side=4), elements=st.floats(-5, 5)), st.data(), st.booleans())
def test_dims_and_keepdim_are_numpys(values, data, keepdim):
    dims = data.draw(st.lists(st.integers(-values.ndim, values.ndim - 1), unique_by=lambda d: d % values.ndim))
    axes = tuple(dims) or None
    x = tinyreg.tensor(values)
    for ours, theirs in [
        (x.sum(dims, keepdim), values.sum(axes, keepdims=keepdim)),
        (x.mean(dims, keepdim), values.mean(axes, keepdims=keepdim)),
        (x.var(dims, keepdim=keepdim, correction=0), values.var(axes, keepdims=keepdim)),
        (x.norm(dim=dims, keepdim=keepdim), np.sqrt((values**2).sum(axes, keepdims=keepdim))),
        (x.logsumexp(dims, keepdim), np.log(np.exp(values).sum(axes, keepdims=keepdim))),
        (x.all(dims, keepdim), values.all(axes, keepdims=keepdim)),
        (x.any(dims, keepdim), values.any(axes, keepdims=keepdim)),
    ]:
        assert ours.shape == np.shape(theirs)
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0), (3, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "norm"])
def test_every_shape_has_a_gradient_of_its_shape(name, shape):
    x = leaf(np.ones(shape))
    getattr(tinyreg, name)(x).backward()
    assert x.grad.shape == shape


@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "norm"])
def test_float32_stays_float32(name):
    x = leaf(np.arange(6).reshape(2, 3), np.float32)
    y = getattr(x, name)() + getattr(x, name)(dim=1).sum()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32


def test_spread_is_one_array_however_large():
    small, large = np.array([1.0, 2.0]), np.arange(float(_FILLED))
    assert spread(small, (0,), (3, 2)).tolist() == [[1, 2]] * 3
    spread_out = spread(large, (1,), (_FILLED, 2))
    assert spread_out.shape == (_FILLED, 2) and (spread_out == large[:, None]).all()


def test_a_large_sum_gives_its_leaf_a_gradient_of_its_own():
    x = leaf(np.ones(2 * _FILLED))
    x.sum().backward()
    x.grad += 1
    assert (x.grad.numpy() == 2).all()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int32", "int64"])
def test_integers_are_summed_as_int64(dtype):
    x = tinyreg.tensor(np.ones((2, 300)).astype(dtype))
    assert x.sum().dtype == x.sum(1).dtype == tinyreg.int64
    assert x.sum().item() == 600


def test_sum_and_mean_in_another_dtype():
    x = leaf([1.5, 2.5], np.float32)
    assert x.sum(dtype=tinyreg.float64).dtype == tinyreg.float64
    x.sum(dtype=tinyreg.float64).backward()
    assert x.grad.dtype == np.float32
    assert tinyreg.arange(4).mean(dtype=tinyreg.float32).item() == 1.5
    assert tinyreg.tensor([1.9, 1.9]).sum(dtype=tinyreg.int64).item() == 2


def test_the_mean_of_nothing_is_nan_and_nothing_is_warned():
    assert math.isnan(tinyreg.zeros(0).mean().item())
    assert tinyreg.zeros(0, 3).mean(1).shape == (0,)


@pytest.mark.parametrize("name", ["mean", "var", "std", "var_mean", "std_mean", "nanmean", "norm"])
def test_integers_have_no_mean(name):
    with pytest.raises(RuntimeError, match=f"{name}: input must be floating point, got dtype int64"):
        getattr(tinyreg, name)(tinyreg.arange(3))


@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "norm", "logsumexp", "all", "any"])
def test_refusals_name_the_value(name):
    function = getattr(tinyreg, name)
    with pytest.raises(IndexError, match=rf"{name}: dim must lie in \[-2, 1\] .*got dim=2"):
        function(tinyreg.zeros(2, 3), dim=2)
    with pytest.raises(TypeError, match=f"{name}: input must be a Tensor, got list"):
        function([1.0], dim=0)


def test_variance_far_from_zero_keeps_its_digits():
    """E[x^2] - m^2 in float32 would be off by more than the variance itself."""
    values = np.random.default_rng(0).standard_normal((100_000, 2)).astype(np.float32) + np.float32(1000)
    exact = values.astype(np.float64).var(0, ddof=1)
    np.testing.assert_allclose(tinyreg.tensor(values).var(0).numpy(), exact, rtol=1e-4)


@pytest.mark.parametrize("name, power", [("var", 1), ("std", 0.5)])
def test_what_the_long_sum_of_a_mean_rounds_away_is_put_back(name, power):
    """In float32 the mean of 1000 numbers near 10,000 is off by 0.01, which would show in the fourth digit of the variance."""
    values = np.random.default_rng(0).standard_normal((1000, 2)).astype(np.float32) + np.float32(10_000)
    x = leaf(values, np.float32)
    y = getattr(x, name)(0)
    y.sum().backward()
    np.testing.assert_allclose(y.tolist(), values.astype(np.float64).var(0, ddof=1) ** power, rtol=1e-5)
    np.testing.assert_allclose(x.grad.numpy().astype(np.float64).sum(0), 0, atol=1e-3)  # deviations from a mean sum to 0


def test_unbiased_is_another_word_for_correction():
    x = leaf([[1, 2, 4], [3, 5, 9]])
    assert x.var(False).item() == x.var(unbiased=False).item() == x.var(correction=0).item() == pytest.approx(np.var(x.tolist()))
    assert x.std(1, True).tolist() == x.std(1).tolist() == x.std(dim=1, correction=1).tolist()
    with pytest.raises(TypeError, match="var: unbiased or correction must be given, got unbiased=True and correction=0"):
        x.var(unbiased=True, correction=0)


@pytest.mark.parametrize("name", ["var", "std"])
def test_too_few_elements_are_warned_about(name):
    x = leaf([[3.0]])
    with pytest.warns(UserWarning, match=f"{name}: there should be more elements than correction=1, got 1"):
        y = getattr(x, name)()
    y.backward()
    assert math.isnan(y.item()) and math.isnan(x.grad.item())
    with pytest.warns(UserWarning, match="correction=2, got 2"):
        assert getattr(leaf([1.0, 2.0]), name)(correction=2).item() == INF
    with pytest.warns(UserWarning, match="correction=1, got 0"):
        assert math.isnan(getattr(tinyreg.zeros(0), name)().item())


def test_the_deviation_of_equal_numbers_has_gradient_zero():
    x = leaf([[2, 2, 2], [1, 2, 3]])
    y = x.std(1)
    assert y.tolist() == [0, 1]
    assert gradient(y, x)[0] == [[0, 0, 0], [-0.5, 0, 0.5]]


def test_variance_gradient_sums_to_zero():
    x = tinyreg.randn(5, 4, dtype=tinyreg.float64).requires_grad_()
    (x.var(0) * tinyreg.randn(4, dtype=tinyreg.float64)).sum().backward()
    np.testing.assert_allclose(x.grad.sum(0).numpy(), 0, atol=1e-14)


@pytest.mark.parametrize(
    "values, result, slope",
    [
        ([1000.0, 1000.0], 1000 + math.log(2), [0.5, 0.5]),
        ([-INF, 0.0], 0.0, [0, 1]),
        ([-INF, -INF], -INF, [0, 0]),
        ([INF, 1000.0], INF, [1, 0]),
        ([-1e5, -1e5], -1e5 + math.log(2), [0.5, 0.5]),
    ],
)
def test_logsumexp_does_not_overflow(values, result, slope):
    x = leaf(values)
    y = x.logsumexp(0)
    y.backward()
    assert y.item() == pytest.approx(result, rel=1e-15) and x.grad.tolist() == pytest.approx(slope, abs=1e-10)


def test_logsumexp_of_nothing_and_of_integers():
    assert tinyreg.zeros(0, 2).logsumexp(0).tolist() == [-INF, -INF]
    assert tinyreg.tensor([0, 0]).logsumexp(0).dtype == tinyreg.float32
    assert math.isnan(tinyreg.tensor([NAN, 1.0]).logsumexp(0).item())


def test_all_and_any():
    x = tinyreg.tensor([[0, 2], [1, 3]])
    assert (x.all().item(), x.any().item()) == (False, True)
    assert x.all(0).tolist() == [False, True] and x.any(1, keepdim=True).tolist() == [[True], [True]]
    assert tinyreg.all(tinyreg.zeros(0)).item() is True and tinyreg.any(tinyreg.zeros(0)).item() is False


@given(st.permutations(range(3)), st.sampled_from(["sum", "mean", "var", "std", "logsumexp", "norm"]))
def test_transposed_and_sliced_inputs(axes, name):
    values = np.random.default_rng(0).standard_normal((3, 4, 10))[..., ::2].transpose(axes)
    x, straight = leaf(values), leaf(np.ascontiguousarray(values))
    x.array = values  # the strided memory itself
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = [getattr(tinyreg, name)(t, dim=(0, 2)) for t in (x, straight)]
    np.testing.assert_allclose(*[y.detach().numpy() for y in results], rtol=1e-13)
    assert gradcheck(lambda t: getattr(tinyreg, name)(t, dim=(0, 2)), x)


def test_all_and_any_of_bytes_and_over_no_dimension():
    x = tinyreg.tensor([[0, 2], [1, 3]], dtype=tinyreg.uint8)
    assert x.any(1).dtype == x.all().dtype == tinyreg.uint8 and x.all(1).tolist() == [0, 1]
    assert x.int().any(()).tolist() == [[False, True], [True, True]]  # each element is asked, as in PyTorch


def test_moments_in_pairs():
    values = np.random.default_rng(0).standard_normal((3, 4))
    for name, single in (("var_mean", "var"), ("std_mean", "std")):
        for options in ({}, {"dim": 1}, {"dim": (0, 1), "keepdim": True, "correction": 0}, {"dim": False}):
            spread_out, middle = getattr(tinyreg, name)(tinyreg.tensor(values), **options)
            np.testing.assert_array_equal(spread_out.numpy(), getattr(tinyreg, single)(tinyreg.tensor(values), **options).numpy())
            axes = options.get("dim") or None
            np.testing.assert_allclose(middle.numpy(), values.mean(axes, keepdims=options.get("keepdim", False)), rtol=1e-13)


def test_what_is_nan_takes_no_part():
    x = leaf([[1, NAN, 3], [NAN, NAN, 8]])
    assert x.nansum().item() == 12 and x.nanmean(1).tolist() == [2, 8] and x.nansum(0).tolist() == [1, 0, 11]
    x.nanmean(1).backward(tinyreg.tensor([1.0, 1.0], dtype=tinyreg.float64))
    assert x.grad.tolist() == [[0.5, 0, 0.5], [0, 0, 1]]
    nothing = leaf([NAN, NAN])
    assert math.isnan(nothing.nanmean().item()) and nothing.nansum().item() == 0
    nothing.nanmean().backward()
    assert nothing.grad.tolist() == [0, 0]
    assert tinyreg.tensor([1, 2]).nansum().dtype == tinyreg.int64
    with pytest.raises(RuntimeError, match="nanmean: dtype must be floating point, got dtype int64"):
        tinyreg.ones(2).nanmean(dtype=tinyreg.int64)
