import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd.tensor import wrap
from tinyreg.ops.normalizing import affine, check_eps, check_tensors, join_roads, moments, pool, sums

SHAPES = [(7, 3), (5, 3, 4), (4, 3, 2, 5), (3, 2, 2, 3, 2), (40, 8, 30, 30), (300, 600)]  # the last two are taken in blocks


def channels_last(x):
    """The same values and shape, with the channels of a pixel side by side in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def reversed_memory(x):
    return np.ascontiguousarray(x.T).T


LAYOUTS = [np.ascontiguousarray, channels_last, reversed_memory]


def draw(shape, layout, seed=0):
    return layout(np.random.default_rng(seed).normal(2, 3, shape))


def shaped(k, x):
    """Coefficients (C,) or (N, C) that broadcast against x: NumPy's own way."""
    return k.reshape(*((1,) if k.ndim == 1 else ()), *k.shape, *(1,) * (x.ndim - 2))


def test_moments_by_hand():
    x = np.array([[[1.0, 3.0], [0.0, 0.0]], [[5.0, 7.0], [2.0, 8.0]]])
    mean, var = moments(x)
    np.testing.assert_array_equal(mean, [[2, 0], [6, 5]])
    np.testing.assert_array_equal(var, [[1, 0], [1, 9]])
    mean, var = moments(x, pooled=True)
    np.testing.assert_array_equal(mean, [4, 2.5])
    np.testing.assert_array_equal(var, [(9 + 1 + 1 + 9) / 4, (6.25 + 6.25 + 0.25 + 30.25) / 4])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_moments_are_means_and_variances(shape, layout):
    x = draw(shape, layout)
    pixels, batch = tuple(range(2, x.ndim)), (0, *range(2, x.ndim))
    for (mean, var), axes in ((moments(x), pixels), (moments(x, pooled=True), batch)):
        np.testing.assert_allclose(mean, x.mean(axis=axes), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(var, x.var(axis=axes), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(60_000, 4), (64, 4, 32, 32), (8, 4, 300, 300)])
def test_a_large_mean_costs_no_digits(shape, layout):
    """Mean 1000, variance 1, float32: E[x^2] - E[x]^2 is off by more than a tenth, moments by less than 2e-6."""
    x = layout(np.random.default_rng(0).normal(1000, 1, shape).astype(np.float32))
    batch = (0, *range(2, x.ndim))
    exact_mean, exact_var = x.mean(axis=batch, dtype=np.float64), x.var(axis=batch, dtype=np.float64)
    mean, var = moments(x, pooled=True)
    assert mean.dtype == var.dtype == np.float32
    assert abs(mean - exact_mean).max() <= 2 * np.spacing(np.float32(1000))
    assert abs(var / exact_var - 1).max() < 2e-6
    naive = (x * x).mean(axis=batch) - x.mean(axis=batch) ** 2
    assert abs(naive / exact_var - 1).max() > 0.01


@pytest.mark.parametrize("layout", LAYOUTS[:2])
def test_threads_find_the_same_statistics_and_maps(layout):
    x, g = (draw((64, 16, 32, 32), layout, seed) for seed in (0, 1))  # eight blocks, worth four threads
    k, u, d = np.random.default_rng(2).normal(size=(3, 16))

    def everything():
        return [*moments(x), *moments(x, pooled=True), *sums(g, x, k), affine(x, k, u), join_roads(g, x, k, u, d)]

    alone = everything()
    with torch.use_thread_pool(2):
        together = everything()
    assert len(alone) == 8
    for one, two in zip(alone, together):
        np.testing.assert_allclose(two, one, rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("layout", LAYOUTS[:2])
def test_float16_sums_do_not_overflow(layout):
    """64 x 32 x 32 values of 50: their sum, and that of their squares, is far beyond 65504."""
    x = layout(np.full((64, 2, 32, 32), 50, dtype=np.float16))
    x[::2] += 40
    mean, var = moments(x, pooled=True)
    np.testing.assert_allclose(mean, [70, 70], rtol=1e-3)
    np.testing.assert_allclose(var, [400, 400], rtol=1e-2)


def test_a_constant_row_has_variance_0():
    mean, var = moments(np.full((2, 3, 1000), 1000.1, dtype=np.float32))
    np.testing.assert_array_equal(mean, np.float32(1000.1))
    assert abs(var).max() < 1e-9


def test_pool_adds_variance_within_and_between():
    mean, var = pool(np.array([[1.0, 5.0]]), np.array([[2.0, 4.0]]), axis=1)
    assert mean.tolist() == [3] and var.tolist() == [(2 + 4) / 2 + 4]  # within + between
    # 60,000 single values, added up one after the other in float32: their mean is off by more than ten spacings of 1000
    x = np.random.default_rng(0).normal(1000, 1, (60_000, 4)).astype(np.float32)
    mean, var = pool(x, np.zeros_like(x), axis=0)
    exact, spacing = x.mean(axis=0, dtype=np.float64), np.spacing(np.float32(1000))
    assert abs(x.mean(axis=0) - exact).max() > 10 * spacing
    assert abs(mean - exact).max() < spacing and abs(var / x.var(axis=0, dtype=np.float64) - 1).max() < 1e-5
    one = pool(np.array([[1.0], [5.0]]), np.array([[2.0], [4.0]]), axis=1)
    assert [z.tolist() for z in one] == [[1, 5], [2, 4]]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_are_what_they_say(shape, layout):
    x, g = draw(shape, layout), draw(shape, np.ascontiguousarray, seed=1)
    pixels, batch = tuple(range(2, x.ndim)), (0, *range(2, x.ndim))
    for mean, axes in ((x.mean(axis=pixels), pixels), (x.mean(axis=batch), batch)):
        sum_g, sum_gd = sums(g, x, mean)
        np.testing.assert_allclose(sum_g, g.sum(axis=axes), rtol=1e-11, atol=1e-9)
        np.testing.assert_allclose(sum_gd, (g * (x - shaped(mean, x))).sum(axis=axes), rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pooled", [True, False])
def test_affine_maps_are_the_plain_expressions(shape, layout, pooled):
    x, g = draw(shape, layout), draw(shape, np.ascontiguousarray, seed=1)
    k, u, d = np.random.default_rng(2).normal(size=(3, *shape[1:2])) if pooled else np.random.default_rng(2).normal(size=(3, *shape[:2]))
    np.testing.assert_allclose(affine(x, k), x * shaped(k, x), rtol=1e-15)
    np.testing.assert_allclose(affine(x, k, u), x * shaped(k, x) + shaped(u, x), rtol=1e-13, atol=1e-13)
    plain = g * shaped(k, x) + x * shaped(u, x) + shaped(d, x)
    np.testing.assert_allclose(join_roads(g, x, k, u, d), plain, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("layout", LAYOUTS[:2])
@pytest.mark.parametrize("shape", SHAPES)
def test_float32_and_the_layout_are_kept(shape, layout):
    x = draw(shape, layout).astype(np.float32)
    k = np.ones(shape[1], dtype=np.float32)
    for y in (affine(x, k, k), join_roads(x, x, k, k, k)):
        assert y.dtype == np.float32 and y.shape == x.shape and y.strides == x.strides
    assert {z.dtype for z in (*moments(x), *moments(x, pooled=True), *sums(x, x, k))} == {np.dtype("float32")}


@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4), (2, 3, 0)])
def test_empty_arrays_pass(shape):
    x = np.zeros(shape)
    mean, var = moments(x)
    assert mean.shape == var.shape == shape[:2] and not mean.any() and not var.any()
    assert affine(x, mean, var).shape == shape
    assert [z.shape for z in sums(x, x, mean)] == [shape[:2]] * 2
    assert join_roads(x, x, mean, mean, mean).shape == shape


def test_refusals_name_the_values():
    x = wrap(np.zeros((2, 3)))
    with pytest.raises(TypeError, match="norm: input must be a Tensor, got ndarray"):
        check_tensors("norm", np.zeros(2), (2,), "one value a channel")
    with pytest.raises(NotImplementedError, match="norm: input must be floating point, got dtype int64"):
        check_tensors("norm", torch.tensor([1, 2]), (2,), "one value a channel")
    check_tensors("norm", x, (3,), "one value a channel", weight=wrap(np.zeros(3)), bias=None)
    with pytest.raises(TypeError, match="norm: weight must be a Tensor or None, got float"):
        check_tensors("norm", x, (3,), "one value a channel", weight=1.0)
    with pytest.raises(RuntimeError, match=r"bias must hold one value a channel, shape \(3,\), got shape \(2,\) for input of shape \(2, 3"):
        check_tensors("norm", x, (3,), "one value a channel", weight=None, bias=wrap(np.zeros(2)))
    with pytest.raises(RuntimeError, match="input and weight must have one dtype, got float64 and float32"):
        check_tensors("norm", x, (3,), "one value a channel", weight=wrap(np.zeros(3, dtype=np.float32)))
    check_eps("norm", 0.0)
    for eps, zero, said in ((-1e-5, True, "eps must be at least 0, got eps=-1e-05"), (0.0, False, "eps must be above 0, got eps=0.0")):
        with pytest.raises(ValueError, match=said):
            check_eps("norm", eps, zero)
    with pytest.raises(ValueError, match="got eps=nan"):
        check_eps("norm", float("nan"))
