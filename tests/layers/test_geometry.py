import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers.geometry import Window, check_images, out_size, pair


@st.composite
def windows(draw):
    kernel, dilation, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    reach = dilation * (kernel - 1) + 1
    padding, ceil_mode = draw(st.integers(0, reach // 2)), draw(st.booleans())
    size = draw(st.integers(max(1, reach - 2 * padding), 12))
    (out,) = out_size("test", (size,), (kernel,), (stride,), ((padding, padding),), (dilation,), ceil_mode)
    return Window(size, out, kernel, stride, padding, dilation)


@given(windows())
def test_taps_are_the_values_under_each_window(window):
    found = {p: [] for p in range(window.out)}
    for places, values in window.taps():
        places, values = range(window.out)[places], range(window.size)[values]
        assert len(places) == len(values) > 0
        for p, i in zip(places, values):
            found[p].append(i)
    for p, values in found.items():
        reach = (p * window.stride + k * window.dilation - window.padding for k in range(window.kernel))
        assert values == [i for i in reach if 0 <= i < window.size]


@given(windows())
def test_counts(window):
    starts = [p * window.stride - window.padding for p in range(window.out)]
    if window.dilation == 1:
        inside = [sum(0 <= i < window.size for i in range(s, s + window.kernel)) for s in starts]
        padded = [sum(i < window.size + window.padding for i in range(s, s + window.kernel)) for s in starts]
        assert window.counts(include_padding=False) == inside
        assert window.counts(include_padding=True) == padded


@given(windows())
def test_windows_that_are_apart_share_no_value(window):
    values = [i for _, under in window.taps() for i in range(window.size)[under]]
    assert not window.apart or len(values) == len(set(values))


def test_pair():
    assert pair("f", "stride", 3, least=1) == pair("f", "stride", [3, 3], least=1) == pair("f", "stride", (3,), least=1) == (3, 3)
    for wrong in (1.5, (1, 2, 3), "2", None, (1, 2.0)):
        with pytest.raises(TypeError, match="f: stride must be an integer or a pair of integers, got stride="):
            pair("f", "stride", wrong, least=1)
    with pytest.raises(RuntimeError, match=r"f: stride must be at least 1, got stride=\(2, 0\)"):
        pair("f", "stride", (2, 0), least=1)


def test_a_window_that_fits_nowhere():
    named = r"got a kernel of 5 x 2 pixels \(kernel_size \(3, 2\), dilation \(2, 1\)\) over 4 x 9 \(input \(4, 9\)\)"
    with pytest.raises(RuntimeError, match=named):
        out_size("f", (4, 9), (3, 2), (1, 1), ((0, 0), (0, 0)), (2, 1))
    with pytest.raises(RuntimeError, match=r"input \(0, 9\)"):
        out_size("f", (0, 9), (1, 1), (1, 1), ((2, 2), (0, 0)), (1, 1))


def test_what_is_no_image():
    with pytest.raises(RuntimeError, match=r"f: input must be images .*, got shape \(3, 4\)"):
        check_images("f", tinyreg.ones(3, 4))
    with pytest.raises(TypeError, match="f: input must be a Tensor, got list"):
        check_images("f", [[1.0]])
