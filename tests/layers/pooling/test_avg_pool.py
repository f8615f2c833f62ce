import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers.pooling import AvgPool1d, AvgPool2d, AvgPool3d, avg_pool1d, avg_pool2d, avg_pool3d


def images(*rows, **options):
    return tinyreg.tensor([list(map(list, rows))], **options)


def back(y, *rows):
    y.backward(images(*rows))


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


def test_a_mean_of_ones_is_one():
    x = tinyreg.ones(2, 3, 7, 9, dtype=tinyreg.float64)
    for y in (avg_pool2d(x, 3, 2), avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False), avg_pool3d(x, 2), avg_pool1d(x[0], 3)):
        np.testing.assert_allclose(y.numpy(), 1, rtol=1e-14)


POOLS = {1: avg_pool1d, 2: avg_pool2d, 3: avg_pool3d}


@st.composite
def problems(draw):
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, size = each(1, 3), each(1, 4), each(4, 6)
    return size, kernel, stride, tuple(draw(st.integers(0, k // 2)) for k in kernel), draw(st.booleans()), draw(st.booleans())


@settings(deadline=None, max_examples=50)
@given(problems())
def test_means_are_those_of_each_window(case):
    size, kernel, stride, padding, ceil_mode, counted = case
    array = np.random.default_rng(0).standard_normal((1, 2, *size))
    x = tinyreg.as_tensor(array).requires_grad_()
    y = POOLS[len(size)](x, kernel, stride, padding, ceil_mode, counted)
    G = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(tinyreg.as_tensor(G))
    grad_x = np.zeros_like(array)
    for place in np.ndindex(*y.shape[2:]):
        starts = [p * s - a for p, s, a in zip(place, stride, padding)]
        inside = [slice(max(i, 0), min(i + k, n)) for i, k, n in zip(starts, kernel, size)]
        m = np.prod([min(i + k, n + a) - i for i, k, n, a in zip(starts, kernel, size, padding)])
        m = m if counted else np.prod([span.stop - span.start for span in inside])
        np.testing.assert_allclose(y.array[..., *place], array[..., *inside].reshape(1, 2, -1).sum(-1) / m, rtol=1e-12, atol=1e-12)
        grad_x[..., *inside] += (G[..., *place] / m).reshape(1, 2, *[1] * len(size))
    np.testing.assert_allclose(x.grad.numpy(), grad_x, rtol=1e-12, atol=1e-12)


def test_integers_are_divided_as_integers():
    x = tinyreg.tensor([[[-7, 2], [1, 1], [7, 0]]])
    y = avg_pool2d(x, (1, 2))
    assert y.tolist() == [[[-2], [1], [3]]] and y.dtype == tinyreg.int64
    assert avg_pool2d(x, (1, 2), divisor_override=-2).tolist() == [[[2], [-1], [-3]]]
    assert avg_pool1d(x[0], 2, padding=1, count_include_pad=False).tolist() == [[-7, 2], [1, 1], [7, 0]]


def test_memory_order_is_kept():
    x = tinyreg.as_tensor(np.random.default_rng(0).standard_normal((2, 4, 6, 3), dtype="float32").transpose(0, 3, 1, 2)).requires_grad_()
    y = avg_pool2d(x, 2)
    assert y.array.transpose(0, 2, 3, 1).flags.c_contiguous
    (grad_x,) = y.grad_fn.function.backward(y.grad_fn, np.ones_like(y.array))
    assert grad_x.dtype == np.float32 and grad_x.strides == x.array.strides


def test_layers():
    x = tinyreg.randn(2, 3, 8, 8)
    assert AvgPool2d(3, 2, 1, count_include_pad=False)(x).equal(avg_pool2d(x, 3, 2, 1, count_include_pad=False))
    assert AvgPool1d(3, 2, 1, True, False)(x[0]).equal(avg_pool1d(x[0], 3, 2, 1, True, False))
    assert AvgPool3d(2, divisor_override=5)(x).equal(avg_pool3d(x, 2, divisor_override=5))
    assert repr(AvgPool2d(2)) == "AvgPool2d(kernel_size=2, stride=2, padding=0)"
    assert repr(AvgPool1d(2)) == "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"


X = tinyreg.ones(2, 3, 5, 5)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: avg_pool2d(X[0, 0], 2), RuntimeError, r"avg_pool2d: input must be images .* got shape \(5, 5\)"),
        (lambda: avg_pool2d(X, (4, 3), padding=(1, 2)), RuntimeError, r"avg_pool2d: .* got padding=\(1, 2\) for windows of 4 x 3"),
        (lambda: avg_pool2d(X, 2, padding=-1), RuntimeError, "avg_pool2d: padding must be at least 0, got padding=-1"),
        (lambda: avg_pool2d(X, 2, divisor_override=0), RuntimeError, "divisor_override must not be 0, got 0"),
        (lambda: avg_pool2d(X, 2, divisor_override=1.5), TypeError, "divisor_override must be an integer, got divisor_override=1.5"),
        (lambda: avg_pool2d(X > 0, 2), NotImplementedError, "avg_pool2d: input must hold numbers, got dtype bool"),
        (lambda: AvgPool3d(2, divisor_override=0), RuntimeError, "AvgPool3d: divisor_override must not be 0, got 0"),
        (lambda: AvgPool1d(2, stride=0), RuntimeError, "AvgPool1d: stride must be at least 1, got stride=0"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
