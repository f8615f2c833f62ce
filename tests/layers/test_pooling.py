import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, adaptive_avg_pool2d, avg_pool2d, max_pool2d

nan, inf = float("nan"), float("inf")


def images(*rows, **options):
    return tinyreg.tensor([list(map(list, rows))], **options)


def back(y, *rows):
    y.backward(images(*rows))


def test_maxima_by_hand():
    x = images([1.0, 2.0, 0.0, 5.0], [3.0, 4.0, 6.0, 0.0], requires_grad=True)
    y = max_pool2d(x, 2)
    assert y.tolist() == [[[4.0, 6.0]]]
    back(y, [10.0, 20.0])
    assert x.grad.tolist() == [[[0.0, 0.0, 0.0, 0.0], [0.0, 10.0, 20.0, 0.0]]]


def test_the_first_of_several_maxima_takes_all():
    x = images([1.0, 1.0, 2.0, 0.0], [1.0, 1.0, 0.0, 2.0], requires_grad=True)
    y, indices = max_pool2d(x, 2, return_indices=True)
    back(y, [3.0, 5.0])
    assert x.grad.tolist() == [[[3.0, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]
    assert indices.tolist() == [[[0, 2]]] and indices.dtype == tinyreg.int64


def test_a_maximum_of_overlapping_windows_collects():
    x = images([1.0, 9.0, 2.0], [0.0, 3.0, 0.0], requires_grad=True)
    back(max_pool2d(x, 2, stride=1), [10.0, 20.0])
    assert x.grad.tolist() == [[[0.0, 30.0, 0.0], [0.0, 0.0, 0.0]]]


def test_padding_never_wins():
    x = images([-5.0, -6.0], [-7.0, -inf], requires_grad=True)
    y, indices = max_pool2d(x, 2, padding=1, return_indices=True)
    assert y.tolist() == [[[-5.0, -6.0], [-7.0, -inf]]] and indices.tolist() == [[[0, 1], [2, 3]]]
    back(y, [1.0, 2.0], [3.0, 4.0])
    assert x.grad.tolist() == [[[1.0, 2.0], [3.0, 4.0]]]
    whole = images([-3, -4], [-1, -2])  # integers have no -inf
    assert max_pool2d(whole, 2, padding=1).tolist() == [[[-3, -4], [-1, -2]]]


def test_nan_is_passed_on():
    x = images([nan, 1.0, 2.0, 3.0], [nan, 5.0, 4.0, 1.0], requires_grad=True)
    y, indices = max_pool2d(x, 2, return_indices=True)
    assert np.isnan(y.tolist()[0][0][0]) and y.tolist()[0][0][1] == 4.0
    assert indices.tolist() == [[[4, 6]]]
    back(y, [1.0, 1.0])
    assert x.grad.tolist() == [[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]]


@st.composite
def settings_of_windows(draw):
    def two(low, high):
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, stride, dilation, size = two(1, 3), two(1, 4), two(1, 2), two(5, 8)
    padding = tuple(draw(st.integers(0, (d * (k - 1) + 1) // 2)) for k, d in zip(kernel, dilation))
    return size, kernel, stride, padding, dilation, draw(st.booleans())


@settings(deadline=None, max_examples=50)
@given(settings_of_windows(), st.booleans())
def test_maxima_are_the_largest_under_each_window(case, channels_last):
    size, kernel, stride, padding, dilation, ceil_mode = case
    array = np.random.default_rng(0).integers(0, 4, (2, 3, *size)).astype("float64")  # many ties
    if channels_last:
        array = np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    x = tinyreg.as_tensor(array).requires_grad_()
    y, indices = max_pool2d(x, kernel, stride, padding, dilation, ceil_mode, return_indices=True)
    G = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(tinyreg.as_tensor(G))
    grad_x = np.zeros_like(array)
    for n, c, p, q in np.ndindex(*y.shape):
        taps = [
            (p * stride[0] + k * dilation[0] - padding[0], q * stride[1] + l * dilation[1] - padding[1])
            for k, l in np.ndindex(*kernel)
        ]
        taps = [(i, j) for i, j in taps if 0 <= i < size[0] and 0 <= j < size[1]]
        best = max(taps, key=lambda tap: array[n, c, *tap])  # max takes the first
        assert y.array[n, c, p, q] == array[n, c, *best]
        assert indices.array[n, c, p, q] == best[0] * size[1] + best[1]
        grad_x[n, c, *best] += G[n, c, p, q]
    np.testing.assert_allclose(x.grad.numpy(), grad_x, rtol=1e-12, atol=1e-12)


def test_means_by_hand():
    x = images([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0], requires_grad=True)
    y = avg_pool2d(x, 2, stride=1)
    assert y.tolist() == [[[3.0, 4.0], [6.0, 7.0]]]
    back(y, [4.0, 8.0], [12.0, 16.0])
    assert x.grad.tolist() == [[[1.0, 3.0, 2.0], [4.0, 10.0, 6.0], [3.0, 7.0, 4.0]]]


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"padding": 1}, [[1.0, 0.75], [0.75, 0.5]]),
        ({"padding": 1, "count_include_pad": False}, [[4.0, 3.0], [3.0, 2.0]]),
        ({"padding": 1, "divisor_override": 2}, [[2.0, 1.5], [1.5, 1.0]]),
    ],
)
def test_what_a_mean_is_divided_by(options, expected):
    assert avg_pool2d(images([4.0, 3.0], [3.0, 2.0]), 2, **options).tolist() == [expected]


def test_what_ceil_mode_adds_beyond_the_padding_does_not_count():
    x = images([1.0, 2.0, 4.0])
    assert avg_pool2d(x, (1, 2)).tolist() == [[[1.5]]]
    assert avg_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[1.5, 4.0]]]
    assert max_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[2.0, 4.0]]]


def test_a_mean_of_ones_is_one():
    x = tinyreg.ones(2, 3, 7, 9, dtype=tinyreg.float64)
    for y in (avg_pool2d(x, 3, 2), avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False), adaptive_avg_pool2d(x, (3, 4))):
        np.testing.assert_allclose(y.numpy(), 1, rtol=1e-14)


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


def test_adaptive_sizes_that_are_kept():
    x = tinyreg.randn(2, 3, 6, 8)
    assert adaptive_avg_pool2d(x, (None, 2)).shape == (2, 3, 6, 2)
    assert adaptive_avg_pool2d(x, None).equal(x) and adaptive_avg_pool2d(x, (6, 8)).equal(x)


@pytest.mark.parametrize("pool", [lambda x: max_pool2d(x, 2), lambda x: avg_pool2d(x, 2), lambda x: adaptive_avg_pool2d(x, 2)])
def test_memory_order_is_kept(pool):
    x = tinyreg.as_tensor(np.random.default_rng(0).standard_normal((2, 4, 6, 3), dtype="float32").transpose(0, 3, 1, 2)).requires_grad_()
    y = pool(x)
    assert y.array.transpose(0, 2, 3, 1).flags.c_contiguous
    (grad_x,) = y.grad_fn.function.backward(y.grad_fn, np.ones_like(y.array))
    assert grad_x.dtype == np.float32 and grad_x.strides == x.array.strides


def test_layers():
    x = tinyreg.randn(2, 3, 8, 8)
    assert MaxPool2d(3, 2, 1)(x).equal(max_pool2d(x, 3, 2, 1))
    assert MaxPool2d(2, return_indices=True)(x)[1].equal(max_pool2d(x, 2, return_indices=True)[1])
    assert AvgPool2d(3, 2, 1, count_include_pad=False)(x).equal(avg_pool2d(x, 3, 2, 1, count_include_pad=False))
    assert AdaptiveAvgPool2d((2, None))(x).equal(adaptive_avg_pool2d(x, (2, None)))
    assert MaxPool2d(2)(x[0]).equal(max_pool2d(x, 2)[0])
    assert repr(MaxPool2d(3, 2)) == "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)"
    assert repr(AvgPool2d(2)) == "AvgPool2d(kernel_size=2, stride=2, padding=0)"
    assert repr(AdaptiveAvgPool2d((2, 3))) == "AdaptiveAvgPool2d(output_size=(2, 3))"


X = tinyreg.ones(2, 3, 5, 5)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: max_pool2d(X[0, 0], 2), RuntimeError, r"max_pool2d: input must be images .* got shape \(5, 5\)"),
        (lambda: max_pool2d(X, 6), RuntimeError, r"max_pool2d: kernel .* got a kernel of 6 x 6 pixels .* over 5 x 5"),
        (lambda: max_pool2d(X, 2, padding=2), RuntimeError, r"at most half of the window, got padding=\(2, 2\) for windows of 2 x 2"),
        (lambda: avg_pool2d(X, (4, 3), padding=(1, 2)), RuntimeError, r"got padding=\(1, 2\) for windows of 4 x 3"),
        (lambda: max_pool2d(X, 0), RuntimeError, "kernel_size must be at least 1, got kernel_size=0"),
        (lambda: max_pool2d(X, 2, stride=0), RuntimeError, "stride must be at least 1, got stride=0"),
        (lambda: max_pool2d(X, 2, dilation=0), RuntimeError, "dilation must be at least 1, got dilation=0"),
        (lambda: avg_pool2d(X, 2, padding=-1), RuntimeError, "avg_pool2d: padding must be at least 0, got padding=-1"),
        (lambda: avg_pool2d(X, 2, divisor_override=0), RuntimeError, "divisor_override must not be 0, got 0"),
        (lambda: avg_pool2d(X.long(), 2), RuntimeError, "avg_pool2d: input must be floating point, got dtype int64"),
        (lambda: adaptive_avg_pool2d(X.long(), 2), RuntimeError, "adaptive_avg_pool2d: input must be floating point, got dtype int64"),
        (lambda: adaptive_avg_pool2d(X, 0), RuntimeError, "output_size must be at least 1, got output_size=0"),
        (lambda: adaptive_avg_pool2d(X, (2, 2, 2)), TypeError, r"a pair of integers, got output_size=\(2, 2, 2\)"),
        (lambda: adaptive_avg_pool2d(X[:, :, :0], 2), RuntimeError, r"input must have pixels, got shape \(2, 3, 0, 5\)"),
        (lambda: max_pool2d(X, 1.5), TypeError, "kernel_size must be an integer or a pair of integers, got kernel_size=1.5"),
        (lambda: max_pool2d(X.numpy(), 2), TypeError, "max_pool2d: input must be a Tensor, got ndarray"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
