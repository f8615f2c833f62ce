import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinyreg.layers.conv.im2col import col2im, im2col
from tinyreg.layers.geometry import out_size


@st.composite
def geometries(draw):
    def two(low, high):
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, stride, dilation = two(1, 3), two(1, 3), two(1, 2)
    padding = two(0, 2), two(0, 2)
    size = tuple(max(1, d * (k - 1) + 1 - sum(p)) + draw(st.integers(0, 4)) for k, d, p in zip(kernel, dilation, padding))
    return size, kernel, stride, padding, dilation


def images(size, channels_last, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, *size, 3)).transpose(0, 3, 1, 2)
    return x if channels_last else np.ascontiguousarray(x)


@given(geometries(), st.booleans())
def test_every_tap_is_the_pixel_that_equation_1_names(geometry, channels_last):
    size, kernel, stride, padding, dilation = geometry
    x = images(size, channels_last)
    columns = im2col(x, kernel, stride, padding, dilation)
    assert columns.shape == (2, 3, *kernel, *out_size("test", *geometry))
    x_pad = np.pad(x, ((0, 0), (0, 0), *padding))
    for _, _, k, l, p, q in np.argwhere(columns[:1, :1] == columns[:1, :1]):
        i, j = p * stride[0] + k * dilation[0], q * stride[1] + l * dilation[1]
        np.testing.assert_array_equal(columns[:, :, k, l, p, q], x_pad[:, :, i, j])


@given(geometries(), st.booleans())
def test_col2im_is_the_adjoint(geometry, channels_last):
    """<im2col(x), u> = <x, col2im(u)>: the definition, for random x and u."""
    size, _, stride, padding, dilation = geometry
    x = images(size, channels_last)
    columns = im2col(x, *geometry[1:])
    u = np.random.default_rng(1).standard_normal(columns.shape)
    if channels_last:
        u = np.ascontiguousarray(u.transpose(0, 2, 3, 4, 5, 1)).transpose(0, 5, 1, 2, 3, 4)
    back = col2im(u, size, stride, padding, dilation)
    assert back.shape == x.shape
    np.testing.assert_allclose((columns * u).sum(), (x * back).sum(), rtol=1e-12, atol=1e-11)


def test_how_often_a_pixel_was_copied():
    x = np.zeros((1, 1, 4, 4))
    copies = col2im(np.ones_like(im2col(x, (3, 3), padding=((1, 1), (1, 1)))), (4, 4), padding=((1, 1), (1, 1)))
    assert copies[0, 0].tolist() == [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


def test_the_input_is_not_written():
    x = images((4, 4), False)
    before = x.copy()
    columns = im2col(x, (1, 1))
    columns[...] = 0
    np.testing.assert_array_equal(x, before)
