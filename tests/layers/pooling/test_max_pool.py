import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg import thread_pool, use_thread_pool
from tinyreg.autograd.tensor import wrap
from tinyreg.layers.pooling import MaxPool1d, MaxPool2d, MaxPool3d, max_pool1d, max_pool2d, max_pool3d
from tinyreg.layers.pooling import max_pool as max_pool_module

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


@pytest.mark.parametrize("options", [{}, {"stride": 1}, {"padding": 1}, {"stride": 3}])
@pytest.mark.parametrize("last", [False, True])
def test_blocks_of_images_and_the_layout_of_the_gradient_change_nothing(options, last, monkeypatch):
    """Ties everywhere; the images lie channels last or not, the cotangent the other way."""
    rng = np.random.default_rng(0)
    values, G = rng.integers(0, 3, (5, 3, 6, 8)).astype("float32"), None
    found = []
    for size in (2**18, 1):
        monkeypatch.setattr(max_pool_module, "SHARE", size)  # the size of a block
        monkeypatch.setattr(thread_pool, "SHARE", size)  # what is worth a thread
        for transposed in (False, True):
            memory = np.ascontiguousarray(values.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if transposed else values
            x = wrap(memory).requires_grad_()
            y = max_pool2d(x, 2, **options)
            if G is None:
                G = rng.standard_normal(y.shape).astype("float32")
            cotangent = np.ascontiguousarray(G.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if last else G
            with use_thread_pool(2 if size == 1 else 1):
                y.backward(wrap(cotangent))
            found.append(x.grad.numpy())
    for grad in found[1:]:
        np.testing.assert_array_equal(grad, found[0])
    assert found[0].any()


def test_nan_is_passed_on():
    x = images([nan, 1.0, 2.0, 3.0], [nan, 5.0, 4.0, 1.0], requires_grad=True)
    y, indices = max_pool2d(x, 2, return_indices=True)
    assert np.isnan(y.tolist()[0][0][0]) and y.tolist()[0][0][1] == 4.0
    assert indices.tolist() == [[[4, 6]]]
    back(y, [1.0, 1.0])
    assert x.grad.tolist() == [[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]]


POOLS = {1: max_pool1d, 2: max_pool2d, 3: max_pool3d}


@st.composite
def problems(draw):
    axes = draw(st.sampled_from([1, 2, 2, 3]))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation, size = each(1, 3), each(1, 4), each(1, 2), each(5, 7 if axes < 3 else 5)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    return size, kernel, stride, padding, dilation, draw(st.booleans())


@settings(deadline=None, max_examples=50)
@given(problems(), st.booleans())
def test_maxima_are_the_largest_under_each_window(case, last):
    size, kernel, stride, padding, dilation, ceil_mode = case
    array = np.random.default_rng(0).integers(0, 4, (2, 3, *size)).astype("float64")  # many ties
    if last:
        array = np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)
    x = tinyreg.as_tensor(array).requires_grad_()
    y, indices = POOLS[len(size)](x, kernel, stride, padding, dilation, ceil_mode, return_indices=True)
    G = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(tinyreg.as_tensor(G))
    grad_x = np.zeros_like(array)
    for n, c, *place in np.ndindex(*y.shape):
        taps = [tuple(p * s + k * d - a for p, s, k, d, a in zip(place, stride, tap, dilation, padding)) for tap in np.ndindex(*kernel)]
        taps = [tap for tap in taps if all(0 <= i < n for i, n in zip(tap, size))]
        best = max(taps, key=lambda tap: array[n, c, *tap])  # max takes the first
        assert y.array[n, c, *place] == array[n, c, *best]
        assert indices.array[n, c, *place] == np.ravel_multi_index(best, size)
        grad_x[n, c, *best] += G[n, c, *place]
    np.testing.assert_allclose(x.grad.numpy(), grad_x, rtol=1e-12, atol=1e-12)


def test_signals_and_volumes_by_hand():
    x = tinyreg.tensor([[3.0, 1.0, 2.0, 5.0]], requires_grad=True)
    y = max_pool1d(x, 3, stride=1)
    y.backward(tinyreg.tensor([[1.0, 10.0]]))
    assert y.tolist() == [[3.0, 5.0]] and x.grad.tolist() == [[1.0, 0.0, 0.0, 10.0]]
    maxima, indices = max_pool3d(tinyreg.arange(8.0).reshape(1, 2, 2, 2), (1, 2, 2), return_indices=True)
    assert maxima.tolist() == [[[[3.0]], [[7.0]]]] and indices.tolist() == [[[[3]], [[7]]]]


def test_a_window_that_reaches_over_the_edge():
    assert max_pool2d(images([1.0, 2.0, 4.0]), (1, 2), ceil_mode=True).tolist() == [[[2.0, 4.0]]]
    assert max_pool1d(tinyreg.tensor([[1.0, 2.0, 4.0]]), 4, ceil_mode=True).tolist() == [[4.0]]


def test_memory_order_is_kept():
    x = tinyreg.as_tensor(np.random.default_rng(0).standard_normal((2, 4, 6, 3), dtype="float32").transpose(0, 3, 1, 2)).requires_grad_()
    y = max_pool2d(x, 2)
    assert y.array.transpose(0, 2, 3, 1).flags.c_contiguous
    (grad_x,) = y.grad_fn.function.backward(y.grad_fn, np.ones_like(y.array))
    assert grad_x.dtype == np.float32 and grad_x.strides == x.array.strides


def test_layers():
    x = tinyreg.randn(2, 3, 8, 8)
    assert MaxPool2d(3, 2, 1)(x).equal(max_pool2d(x, 3, 2, 1))
    assert MaxPool2d(2, return_indices=True)(x)[1].equal(max_pool2d(x, 2, return_indices=True)[1])
    assert MaxPool2d(2)(x[0]).equal(max_pool2d(x, 2)[0])
    assert MaxPool1d(3, 2, ceil_mode=True)(x[0]).equal(max_pool1d(x[0], 3, 2, ceil_mode=True))
    assert MaxPool3d((1, 2, 2), dilation=(2, 1, 1))(x).equal(max_pool3d(x, (1, 2, 2), dilation=(2, 1, 1)))
    assert repr(MaxPool2d(3, 2)) == "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)"
    assert repr(MaxPool1d(3)) == "MaxPool1d(kernel_size=3, stride=3, padding=0, dilation=1, ceil_mode=False)"


X = tinyreg.ones(2, 3, 5, 5)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: max_pool2d(X[0, 0], 2), RuntimeError, r"max_pool2d: input must be images .* got shape \(5, 5\)"),
        (lambda: max_pool1d(X, 2), RuntimeError, r"max_pool1d: input must be signals .* got shape \(2, 3, 5, 5\)"),
        (lambda: max_pool3d(X[0], 2), RuntimeError, r"max_pool3d: input must be volumes .* got shape \(3, 5, 5\)"),
        (lambda: max_pool2d(X, 6), RuntimeError, r"max_pool2d: kernel .* got a kernel of 6 x 6 pixels .* over 5 x 5"),
        (lambda: max_pool2d(X, 0), RuntimeError, "kernel_size must be at least 1, got kernel_size=0"),
        (lambda: max_pool2d(X, 2, stride=0), RuntimeError, "stride must be at least 1, got stride=0"),
        (lambda: max_pool2d(X, 2, dilation=0), RuntimeError, "dilation must be at least 1, got dilation=0"),
        (lambda: max_pool2d(X, 1.5), TypeError, "kernel_size must be an integer or a pair of integers, got kernel_size=1.5"),
        (lambda: max_pool2d(X.numpy(), 2), TypeError, "max_pool2d: input must be a Tensor, got ndarray"),
        (lambda: MaxPool1d((2, 3)), RuntimeError, r"MaxPool1d: kernel_size must be an integer, got kernel_size=\(2, 3\)"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
