import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyreg.layers.conv.im2col import channels_first, channels_last, col2im, im2col
from tinyreg.layers.geometry import out_size


@st.composite
def geometries(draw):
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation = each(1, 3), each(1, 3), each(1, 2)
    padding = tuple(zip(each(0, 2), each(-1, 2)))
    size = tuple(max(1, 1 - p[1], d * (k - 1) + 1 - sum(p)) + draw(st.integers(0, 3)) for k, d, p in zip(kernel, dilation, padding))
    return size, kernel, stride, padding, dilation


def images(size, last, seed=0):
    x = channels_first(np.random.default_rng(seed).standard_normal((2, *size, 3)))
    return x if last else np.ascontiguousarray(x)


def padded(x, padding):
    """x in its zeros, by numpy; cropped where there are fewer than none behind."""
    x = x[(..., *[slice(n + min(behind, 0)) for n, (_, behind) in zip(x.shape[2:], padding)])]
    return np.pad(x, ((0, 0), (0, 0), *[(before, max(behind, 0)) for before, behind in padding]))


@settings(deadline=None)
@given(geometries(), st.booleans())
def test_every_tap_is_the_pixel_that_equation_1_names(geometry, last):
    size, kernel, stride, padding, dilation = geometry
    x, axes = images(size, last), len(size)
    columns = im2col(x, kernel, stride, padding, dilation)
    assert columns.shape == (2, 3, *kernel, *out_size("test", *geometry))
    x_pad = padded(x, padding)
    for tap in np.ndindex(*kernel):
        under = tuple(slice(k * d, None, s) for k, d, s in zip(tap, dilation, stride))
        pixels = x_pad[(..., *under)][(..., *[slice(n) for n in columns.shape[2 + axes :]])]
        np.testing.assert_array_equal(columns[(slice(None), slice(None), *tap)], pixels)


@settings(deadline=None)
@given(geometries(), st.booleans())
def test_col2im_is_the_adjoint(geometry, last):
    """<im2col(x), u> = <x, col2im(u)>: the definition, for random x and u."""
    size, _, stride, padding, dilation = geometry
    x = images(size, last)
    columns = im2col(x, *geometry[1:])
    u = np.random.default_rng(1).standard_normal(columns.shape)
    if last:
        u = channels_first(np.ascontiguousarray(channels_last(u)))
    back = col2im(u, size, stride, padding, dilation)
    assert back.shape == x.shape
    np.testing.assert_allclose((columns * u).sum(), (x * back).sum(), rtol=1e-12, atol=1e-11)


def test_how_often_a_pixel_was_copied():
    x = np.zeros((1, 1, 4, 4))
    geometry = (1, 1), ((1, 1), (1, 1)), (1, 1)
    copies = col2im(np.ones_like(im2col(x, (3, 3), *geometry)), (4, 4), *geometry)
    assert copies[0, 0].tolist() == [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


def test_the_input_is_not_written():
    x = images((4, 4), False)
    before = x.copy()
    columns = im2col(x, (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1))
    columns[...] = 0
    np.testing.assert_array_equal(x, before)
