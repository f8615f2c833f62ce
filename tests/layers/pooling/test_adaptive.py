import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers import pooling
from tinyreg.layers.pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool2d,
)
from tinyreg.layers.pooling.adaptive import spans

nan = float("nan")


def images(*rows, **options):
    return tinyreg.tensor([list(map(list, rows))], **options)


def back(y, *rows):
    y.backward(images(*rows))


def test_adaptive_means_by_hand():
    x = images([1.0, 2.0, 6.0], requires_grad=True)
    y = adaptive_avg_pool2d(x, (1, 2))
    assert y.tolist() == [[[1.5, 4.0]]]
    back(y, [2.0, 4.0])
    assert x.grad.tolist() == [[[1.0, 3.0, 2.0]]]


def test_adaptive_pooling_of_equal_windows_is_average_pooling():
    x = tinyreg.randn(2, 3, 6, 8, dtype=tinyreg.float64)
    np.testing.assert_allclose(adaptive_avg_pool2d(x, (3, 2)).numpy(), avg_pool2d(x, (2, 4)).numpy(), rtol=1e-13)
    np.testing.assert_allclose(adaptive_avg_pool2d(x, 1).numpy()[..., 0, 0], x.numpy().mean((2, 3)), rtol=1e-13)


@given(st.integers(1, 12), st.integers(0, 15))
def test_windows_cover_the_axis(size, out):
    windows = spans(size, out)
    assert len(windows) == out and all(0 <= w.start < w.stop <= size for w in windows)
    if out:
        assert {i for w in windows for i in range(size)[w]} == set(range(size))
        assert windows == [slice(int(np.floor(p * size / out)), int(np.ceil((p + 1) * size / out))) for p in range(out)]


@st.composite
def problems(draw):
    axes = draw(st.integers(1, 3))
    size = [draw(st.integers(1, 6)) for _ in range(axes)]
    return size, [draw(st.integers(1, 7)) for _ in range(axes)]


@settings(deadline=None, max_examples=50)
@given(problems(), st.booleans())
def test_means_and_maxima_are_those_of_each_window(case, batch):
    size, out = case
    array = np.random.default_rng(0).integers(0, 4, ((2, 3) if batch else (3,)) + tuple(size)).astype("float64")  # many ties
    G = np.random.default_rng(1).standard_normal((*array.shape[: -len(size)], *out))
    for kind in ("avg", "max"):
        x = tinyreg.as_tensor(array).requires_grad_()
        options = {"return_indices": True} if kind == "max" else {}
        y = getattr(pooling, f"adaptive_{kind}_pool{len(size)}d")(x, out if len(out) > 1 else out[0], **options)
        y, indices = y if kind == "max" else (y, None)
        y.backward(tinyreg.as_tensor(G))
        grad_x = np.zeros_like(array)
        for channel in np.ndindex(*array.shape[: -len(size)]):
            for place in np.ndindex(*out):
                inside = tuple(spans(n, m)[p] for n, m, p in zip(size, out, place))
                part = array[channel][inside]
                if kind == "avg":
                    np.testing.assert_allclose(y.array[channel][place], part.mean(), rtol=1e-12)
                    grad_x[channel][inside] += G[channel][place] / part.size
                else:
                    first = tuple(i + w.start for i, w in zip(np.unravel_index(part.argmax(), part.shape), inside))
                    assert y.array[channel][place] == part.max() and indices.array[channel][place] == np.ravel_multi_index(first, size)
                    grad_x[channel][first] += G[channel][place]
        np.testing.assert_allclose(x.grad.numpy(), grad_x, rtol=1e-12, atol=1e-12)


def test_maxima_by_hand():
    x = images([1.0, 7.0, 7.0], [0.0, 2.0, 5.0], requires_grad=True)
    y, indices = adaptive_max_pool2d(x, (1, 2), return_indices=True)
    assert y.tolist() == [[[7.0, 7.0]]] and indices.tolist() == [[[1, 1]]] and indices.dtype == tinyreg.int64
    back(y, [1.0, 10.0])
    assert x.grad.tolist() == [[[0.0, 11.0, 0.0], [0.0, 0.0, 0.0]]]


def test_the_last_nan_is_the_maximum():
    x = images([nan, 7.0, 3.0, 1.0], [0.0, nan, 5.0, 2.0], requires_grad=True)
    y, indices = adaptive_max_pool2d(x, (1, 2), return_indices=True)
    assert np.isnan(y.tolist()[0][0][0]) and indices.tolist() == [[[5, 6]]]
    back(y, [1.0, 10.0])
    assert x.grad.tolist() == [[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 10.0, 0.0]]]


def test_sizes_that_are_kept_and_no_windows_at_all():
    x = tinyreg.randn(2, 3, 6, 8).requires_grad_()
    assert adaptive_avg_pool2d(x, (None, 2)).shape == (2, 3, 6, 2)
    assert adaptive_avg_pool2d(x, (None, None)).equal(x) and adaptive_avg_pool2d(x, (6, 8)).equal(x)
    for pool in (adaptive_avg_pool2d, adaptive_max_pool2d):
        y = pool(x, (0, 2))
        assert y.shape == (2, 3, 0, 2)
        y.sum().backward()
        assert not x.grad.numpy().any()


def test_memory_order_is_kept():
    x = tinyreg.as_tensor(np.random.default_rng(0).standard_normal((2, 4, 6, 3), dtype="float32").transpose(0, 3, 1, 2)).requires_grad_()
    y = adaptive_avg_pool2d(x, 2)
    assert y.array.transpose(0, 2, 3, 1).flags.c_contiguous
    (grad_x,) = y.grad_fn.function.backward(y.grad_fn, np.ones_like(y.array))
    assert grad_x.dtype == np.float32 and grad_x.strides == x.array.strides


def test_layers():
    x = tinyreg.randn(2, 3, 8, 8)
    assert AdaptiveAvgPool2d((2, None))(x).equal(adaptive_avg_pool2d(x, (2, None)))
    assert AdaptiveAvgPool1d(3)(x[0]).equal(adaptive_avg_pool1d(x[0], 3)) and AdaptiveAvgPool3d((1, 2, None))(x).shape == (2, 1, 2, 8)
    for layer in (AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d):
        assert layer(1)(x[0] if layer is AdaptiveMaxPool1d else x).max().item() <= x.max().item()
    assert AdaptiveMaxPool1d(2, return_indices=True)(x[0])[1].equal(adaptive_max_pool1d(x[0], 2, True)[1])
    assert repr(AdaptiveAvgPool2d((2, 3))) == "AdaptiveAvgPool2d(output_size=(2, 3))"
    assert repr(AdaptiveMaxPool1d(3)) == "AdaptiveMaxPool1d(output_size=3)"


X = tinyreg.ones(2, 3, 5, 5)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: adaptive_avg_pool2d(X.long(), 2), NotImplementedError, "input must be floating point, got dtype int64"),
        (lambda: adaptive_avg_pool2d(X, -1), RuntimeError, "output_size must be at least 0, got output_size=-1"),
        (lambda: adaptive_avg_pool2d(X, (2, 2, 2)), RuntimeError, r"output_size must hold 2 sizes, got output_size=\(2, 2, 2\)"),
        (lambda: adaptive_max_pool2d(X[0, 0], (2, 2)), ValueError, r"fewer sizes than .*, got output_size=\(2, 2\) for shape \(5, 5\)"),
        (lambda: adaptive_max_pool2d(X, (2,)), RuntimeError, r"output_size must hold 2 sizes, got output_size=\(2,\)"),
        (lambda: adaptive_avg_pool2d(X, None), TypeError, "output_size must be an integer, got output_size=None"),
        (lambda: adaptive_avg_pool1d(X[0], (None,)), TypeError, "output_size must be an integer, got output_size=None"),
        (lambda: adaptive_avg_pool2d(X, 1.5), TypeError, "output_size must be an integer, got output_size=1.5"),
        (lambda: adaptive_avg_pool2d(X[:, :, :0], 2), RuntimeError, r"input must have values to pool, got shape \(2, 3, 0, 5\)"),
        (lambda: adaptive_max_pool2d(X[:, :0], 2), RuntimeError, r"input must have values to pool, got shape \(2, 0, 5, 5\)"),
        (lambda: AdaptiveAvgPool2d((None, "a")), TypeError, "AdaptiveAvgPool2d: output_size must be an integer, got output_size='a'"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
