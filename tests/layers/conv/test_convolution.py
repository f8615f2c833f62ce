import math
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tinyreg import thread_pool
from tinyreg.autograd import Tensor
from tinyreg.autograd.tensor import wrap
from tinyreg.layers.conv import columns as columns_module
from tinyreg.layers.conv import conv_slow, convolution
from tinyreg.layers.conv.convolution import ConvolutionFunction, Geometry
from tinyreg.layers.conv.im2col import channels_first, channels_last
from tinyreg.layers.geometry import out_size
from tinyreg.threads import get_num_threads, set_num_threads


@st.composite
def problems(draw):
    """Signals, images or volumes, filters and how they move; channels on both sides of the choice between the two memory layouts."""

    axes = draw(st.sampled_from([1, 2, 2, 2, 3]))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation = each(1, 3 if axes < 3 else 2), each(1, 3), each(1, 2)
    padding = tuple(zip(each(0, 2), each(0, 2)))
    size = tuple(max(1, d * (k - 1) + 1 - sum(p)) + draw(st.integers(0, 3)) for k, d, p in zip(kernel, dilation, padding))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, filters = draw(st.sampled_from([1, 2, 9])), draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    x = rng.standard_normal((draw(st.sampled_from([2, 2, 5])), groups * channels, *size))
    if draw(st.booleans()):
        x = channels_first(np.ascontiguousarray(channels_last(x)))
    weight = rng.standard_normal((groups * filters, channels, *kernel))
    bias = rng.standard_normal(groups * filters) if draw(st.booleans()) else None
    return x, weight, bias, Geometry(stride, padding, dilation), groups


@contextmanager
def blocks_of(columns):
    """Blocks of so many elements: 1 is an image at a time."""
    before, columns_module.COLUMNS = columns_module.COLUMNS, columns
    try:
        yield
    finally:
        columns_module.COLUMNS = before


@settings(deadline=None, max_examples=60)
@given(problems(), st.sampled_from([1, 200, 2**19]))
def test_equals_the_slow_convolution(problem, columns):
    x, weight, bias, geometry, groups = problem
    with blocks_of(columns):
        y = convolution.convolve(x, weight, bias, geometry, groups)
    np.testing.assert_allclose(y, conv_slow(x, weight, bias, *geometry, groups), rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(problems(), st.sampled_from([1, 200, 2**19]), st.booleans())
def test_backward_is_the_adjoint_of_forward(problem, columns, together):
    """conv is linear in x and in weight, so <conv(x, w), G> = <x, grad_x> = <w, grad_w> for any x, w and G."""
    x, weight, _, geometry, groups = problem
    with blocks_of(columns):
        y = convolution.convolve(x, weight, None, geometry, groups)
        G = np.random.default_rng(3).standard_normal(y.shape)
        if together:
            inputs = [wrap(z).requires_grad_() for z in (x, weight)]
            ctx = ConvolutionFunction.apply(*inputs, None, geometry=geometry, groups=groups).grad_fn
            grad_x, grad_weight, _ = ConvolutionFunction.backward(ctx, G)
        else:
            grad_x = convolution.input_gradient(G, weight, x.shape, geometry, groups)
            grad_weight = convolution.weight_gradient(x, G, weight.shape, geometry, groups)
    assert grad_x.shape == x.shape and grad_weight.shape == weight.shape
    np.testing.assert_allclose((y * G).sum(), (x * grad_x).sum(), rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose((y * G).sum(), (weight * grad_weight).sum(), rtol=1e-10, atol=1e-9)
    other_x, other_weight = (np.random.default_rng(5).standard_normal(z.shape) for z in (x, weight))
    y_x, y_weight = conv_slow(other_x, weight, None, *geometry, groups), conv_slow(x, other_weight, None, *geometry, groups)
    np.testing.assert_allclose((y_x * G).sum(), (other_x * grad_x).sum(), rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose((y_weight * G).sum(), (other_weight * grad_weight).sum(), rtol=1e-10, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(problems())
def test_both_roads_to_the_gradients_meet(problem):
    x, weight, _, geometry, groups = problem
    geometry = geometry._replace(stride=(1,) * (x.ndim - 2))
    kernel = weight.shape[2:]
    around = tuple((d * (k - 1) - a, d * (k - 1) - b) for k, d, (a, b) in zip(kernel, geometry.dilation, geometry.padding))
    assume(min(map(min, around)) >= 0)  # more padding than the kernel reaches: only one road
    G = np.random.default_rng(4).standard_normal((len(x), len(weight), *out_size("test", x.shape[2:], kernel, *geometry)))
    gathered, grad_weight = convolution._both_gradients(x, G, weight, geometry._replace(padding=around), groups)
    scattered = convolution._scattered_gradient(G, weight, x.shape, geometry, groups)
    np.testing.assert_allclose(gathered, scattered, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(grad_weight, convolution.weight_gradient(x, G, weight.shape, geometry, groups), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("padding", [((2, 2), (1, 0)), ((0, 1), (0, 0)), ((1, 0), (2, 3))])
def test_more_padding_than_the_kernel_reaches_leaves_one_road(padding):
    rng, geometry = np.random.default_rng(0), Geometry((1, 1), padding, (1, 1))
    x, weight = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 3, 1, 2))
    y = conv_slow(x, weight, None, *geometry)
    G = rng.standard_normal(y.shape)
    grad_x = convolution.input_gradient(G, weight, x.shape, geometry, 1)
    np.testing.assert_allclose((y * G).sum(), (x * grad_x).sum(), rtol=1e-11)


def one(shape, dtype="float32"):
    return wrap(np.random.default_rng(0).standard_normal(shape).astype(dtype))


PLAIN = {"geometry": Geometry((1, 1), ((1, 1), (1, 1)), (1, 1)), "groups": 1}


def test_the_output_lies_in_memory_with_its_channels_last():
    y = ConvolutionFunction.apply(one((2, 3, 6, 6)), one((4, 3, 3, 3)), None, **PLAIN).array
    assert y.shape == (2, 4, 6, 6) and y.transpose(0, 2, 3, 1).flags.c_contiguous
    relu = np.maximum(y, 0)
    assert relu.transpose(0, 2, 3, 1).flags.c_contiguous  # elementwise operations keep it for the next convolution


@pytest.mark.parametrize("channels, groups", [(3, 1), (16, 1), (4, 2)])
def test_where_operations_do_not_keep_layouts_arrays_are_in_c_order(channels, groups, monkeypatch):
    x, weight = one((2, channels, 6, 6), "float64").array, one((4, channels // groups, 3, 3), "float64").array
    G = one((2, 4, 6, 6), "float64").array

    def results():
        y = convolution.convolve(x, weight, None, PLAIN["geometry"], groups)
        scattered = convolution._scattered_gradient(G, weight, x.shape, PLAIN["geometry"], groups)
        gathered = convolution.input_gradient(G, weight, x.shape, PLAIN["geometry"], groups)
        return y, scattered, gathered, convolution.weight_gradient(x, G, weight.shape, PLAIN["geometry"], groups)

    expected = results()
    monkeypatch.setattr(convolution, "keeps_layout", lambda array: False)  # as on a GPU
    for ours, other in zip(results(), expected):
        assert ours.flags.c_contiguous
        np.testing.assert_allclose(ours, other, rtol=1e-12, atol=1e-12)


def test_no_gradient_for_the_data():
    x, weight, bias = one((2, 3, 6, 6)), one((4, 3, 3, 3)).requires_grad_(), one((4,))
    ctx = ConvolutionFunction.apply(x, weight, bias, **PLAIN).grad_fn
    grads = ConvolutionFunction.backward(ctx, np.ones((2, 4, 6, 6), "float32"))
    assert [g is None for g in grads] == [True, False, True]


def test_columns_are_not_kept():
    x, weight = one((2, 3, 6, 6)), one((4, 3, 3, 3)).requires_grad_()
    ctx = ConvolutionFunction.apply(x, weight, None, **PLAIN).grad_fn
    assert [a is b for a, b in zip(ctx.saved, (x.array, weight.array))] == [True, True]


@pytest.mark.parametrize("channels, filters", [(3, 4), (16, 8)])
def test_weight_gradients_need_no_copy(channels, filters):
    weight = one((filters, channels, 3, 3)).requires_grad_()
    ctx = ConvolutionFunction.apply(one((2, channels, 6, 6)), weight, None, **PLAIN).grad_fn
    _, grad, _ = ConvolutionFunction.backward(ctx, np.ones((2, filters, 6, 6), "float32"))
    assert grad.dtype == np.float32 and grad.strides == weight.array.strides


def columns_of(n, columns=2**19):
    with blocks_of(columns):
        columns = convolution.Columns(np.zeros((n, 32, 32, 32), "float32"), (32, 32, 3, 3), PLAIN["geometry"], 1)
        return [range(n)[images] for images in columns.blocks()]


@pytest.mark.parametrize("n, images, blocks", [(0, 1, 1), (3, 4, 1), (3, 1, 3), (9, 8, 4), (20, 5, 4), (21, 5, 8), (64, 1, 64)])
def test_blocks_hold_few_images_and_come_in_fours(n, images, blocks):
    found = columns_of(n, images * 32 * 32 * math.prod((32, 3, 3)))
    assert [i for block in found for i in block] == list(range(n))
    assert len(found) == blocks and max(map(len, found)) <= images and max(map(len, found)) - min(map(len, found)) <= 1


@pytest.mark.parametrize("padding, stride", [(1, 1), (0, 2)])
def test_one_memory_for_the_columns_of_all_blocks_and_calls(padding, stride, monkeypatch):
    """What is kept is overwritten, never shown: results of one call survive the next."""
    monkeypatch.setattr(columns_module, "_here", columns_module._Here())
    geometry = Geometry((stride, stride), ((padding, padding),) * 2, (1, 1))
    x, weight = one((4, 9, 6, 6)), one((4, 9, 3, 3))
    y = convolution.convolve(x.array, weight.array, None, geometry, 1)
    memory = columns_module._here.memory
    grad_x = convolution.input_gradient(y, weight.array, x.shape, geometry, 1)
    found = y, grad_x, convolution.weight_gradient(x.array, y, weight.shape, geometry, 1)
    assert columns_module._here.memory is memory
    before = [z.copy() for z in found]
    convolution.convolve(x.array + 1, weight.array, None, geometry, 1)
    assert not any(np.shares_memory(memory, z) for z in found)
    for z, z_before in zip(found, before):
        np.testing.assert_array_equal(z, z_before)


def test_memory_for_huge_columns_is_not_kept(monkeypatch):
    monkeypatch.setattr(columns_module, "_here", columns_module._Here())
    monkeypatch.setattr(columns_module, "KEPT", 1000)
    assert columns_module.scratch(np, (1001,), np.dtype("uint8")).base is None and columns_module._here.memory is None
    assert columns_module.scratch(np, (1000,), np.dtype("uint8")).base is columns_module._here.memory


@pytest.mark.parametrize("padding, gathered", [(1, 1), (0, 4)])
def test_backward_of_a_padded_convolution_gathers_once(padding, gathered, monkeypatch):
    """Equations (7) and (8) read the same columns; without padding only (4) has columns to gather, of x."""
    seen, gather = [], convolution.Columns.gather
    monkeypatch.setattr(convolution.Columns, "gather", lambda self, images: seen.append(images.shape[1]) or gather(self, images))
    x, weight = one((2, 4, 6, 6)).requires_grad_(), one((1, 4, 3, 3)).requires_grad_()
    ctx = ConvolutionFunction.apply(x, weight, None, geometry=Geometry((1, 1), ((padding, padding),) * 2, (1, 1)), groups=1).grad_fn
    seen.clear()
    ConvolutionFunction.backward(ctx, np.ones(ctx.shape, "float32"))
    assert seen == [gathered]


def test_the_thread_pool_changes_no_digit(monkeypatch):
    monkeypatch.setattr(thread_pool, "SHARE", 1)  # small pieces are worth a thread, too
    x, weight = one((32, 16, 12, 12)), one((16, 16, 3, 3))

    def results():
        found = []
        for padding in (0, 1):
            geometry = Geometry((1, 1), ((padding, padding),) * 2, (1, 1))
            with blocks_of(2**15):
                y = convolution.convolve(x.array, weight.array, None, geometry, 1)
                found += y, convolution.input_gradient(y, weight.array, x.shape, geometry, 1)
                found += (convolution.weight_gradient(x.array, y, weight.shape, geometry, 1),)
        return found

    threads = get_num_threads()
    set_num_threads(1)
    try:
        expected = results()
        with thread_pool.use_thread_pool(3):
            assert thread_pool.size() == 3
            for ours, other in zip(results(), expected):
                np.testing.assert_array_equal(ours, other)
    finally:
        set_num_threads(threads)


def test_an_empty_batch():
    x, weight, bias = one((0, 3, 6, 6)).requires_grad_(), one((4, 3, 3, 3)).requires_grad_(), one((4,)).requires_grad_()
    y = ConvolutionFunction.apply(x, weight, bias, **PLAIN)
    assert isinstance(y, Tensor) and y.shape == (0, 4, 6, 6)
    y.backward(wrap(np.zeros((0, 4, 6, 6), "float32")))
    assert x.grad.shape == x.shape and not weight.grad.numpy().any() and not bias.grad.numpy().any()
