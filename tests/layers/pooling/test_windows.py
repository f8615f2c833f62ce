import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers.geometry import Window, out_size
from tinyreg.layers.pooling.windows import axes_of, check_settings, reduce, spread, windows_over


@st.composite
def windows(draw):
    kernel, stride, dilation, ceil_mode = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(st.booleans())
    padding, size = draw(st.integers(0, kernel // 2)), draw(st.integers(7, 12))
    (out,) = out_size("test", (size,), (kernel,), (stride,), ((padding, padding),), (dilation,), ceil_mode)
    return Window(size, out, kernel, stride, padding, dilation)


def under(window, p):
    reach = [p * window.stride + k * window.dilation - window.padding for k in range(window.kernel)]
    return [i for i in reach if 0 <= i < window.size]


@given(windows(), st.integers(-3, -1))
def test_reduce_combines_what_lies_under_each_window(window, axis):
    shape = [2, 3, 2]
    shape[axis] = window.size
    x = np.random.default_rng(0).standard_normal(shape)
    for combine, start in ((np.add, 0.0), (np.maximum, -np.inf)):
        y = reduce(x, axis, window, combine, start)
        for p in range(window.out):
            expected = combine.reduce(x.take(under(window, p), axis), axis=axis, initial=start)
            np.testing.assert_allclose(y.take(p, axis), expected, rtol=1e-13)


@given(windows(), st.integers(-3, -1))
def test_spread_is_the_adjoint_of_the_sums(window, axis):
    """<sums(x), g> = <x, spread(g)>: the definition, for random x and g."""
    shape = [2, 3, 2]
    shape[axis] = window.size
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    y = reduce(x, axis, window, np.add, 0.0)
    g = rng.standard_normal(y.shape)
    np.testing.assert_allclose((y * g).sum(), (x * spread(g, axis, window)).sum(), rtol=1e-11)


def test_axes_of():
    assert list(axes_of([None, None])) == [-2, -1] and list(axes_of([None])) == [-1]


@pytest.mark.parametrize("stride", [None, (), []])
def test_windows_stand_side_by_side_by_default(stride):
    assert check_settings("f", 2, (3, 2), stride, 1) == ((3, 2), (3, 2), (1, 1), (1, 1))


X = tinyreg.ones(2, 3, 5, 5)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: check_settings("f", 2, 2, None, 2), RuntimeError, r"at most half .* got padding=\(2, 2\) for windows of 2 x 2"),
        (lambda: check_settings("f", 2, (4, 3), None, (1, 2)), RuntimeError, r"got padding=\(1, 2\) for windows of 4 x 3 taps"),
        (lambda: check_settings("f", 1, 2, 1, 2, dilation=3), RuntimeError, r"got padding=\(2,\) for windows of 2 taps"),
        (lambda: check_settings("f", 2, 2, None, -1), RuntimeError, "padding must be at least 0, got padding=-1"),
        (lambda: windows_over("f", 2, X[:, :0], 2, 2, 0, 1, False), RuntimeError, r"input must have channels .* got shape \(2, 0, 5, 5\)"),
        (lambda: windows_over("f", 2, X > 0, 2, 2, 0, 1, False), NotImplementedError, "f: input must hold numbers, got dtype bool"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_empty_batch_is_pooled():
    rows, cols = windows_over("f", 2, X[:0], 2, 2, 0, 1, False)
    assert rows == cols == Window(5, 2, 2, 2, 0, 1)
