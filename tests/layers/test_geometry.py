import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers.geometry import Window, by, check_input, out_size, per_axis


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
@example(Window(6, 2, 3, 3, 1, 1))  # windows of three padded by one: the last value lies in none
@example(Window(6, 3, 2, 2, 0, 1))
@example(Window(7, 3, 2, 2, 0, 1))
def test_tiled_means_that_every_value_has_one_place_in_one_complete_window(window):
    seen = [i for _, values in window.taps() for i in range(window.size)[values]]
    complete = all(len(range(window.out)[places]) == window.out for places, _ in window.taps()) and len(window.taps()) == window.kernel
    if window.tiled:
        assert sorted(seen) == list(range(window.size)) and complete
    elif window.dilation == 1 and window.padding == 0:
        assert not (sorted(seen) == list(range(window.size)) and complete) or window.out == 1


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


def test_per_axis():
    for three in (3, [3, 3], (3,)):
        assert per_axis("f", "stride", three, least=1, axes=2) == (3, 3)
    assert per_axis("f", "stride", 3, 1, 1) == (3,) and per_axis("f", "stride", [1, 2, 3], 1, 3) == (1, 2, 3)
    assert per_axis("f", "padding", 0, least=0, axes=3) == (0, 0, 0)


@pytest.mark.parametrize(
    "value, axes, error, message",
    [
        (1.5, 2, TypeError, "f: stride must be an integer or a pair of integers, got stride=1.5; write 3, or .3, 5. for one an axis"),
        ("2", 1, TypeError, "f: stride must be an integer, got stride='2'"),
        (None, 3, TypeError, "f: stride must be an integer or three integers, got stride=None"),
        ((1, 2.0), 2, TypeError, r"got stride=\(1, 2.0\)"),
        ((1, 2, 3), 2, RuntimeError, r"f: stride must be an integer or a pair of integers, got stride=\(1, 2, 3\)"),
        ((), 2, RuntimeError, r"got stride=\(\)"),
        ((1, 2), 1, RuntimeError, r"f: stride must be an integer, got stride=\(1, 2\)"),
        ((2, 0), 2, RuntimeError, r"f: stride must be at least 1, got stride=\(2, 0\)"),
    ],
)
def test_settings_that_are_none(value, axes, error, message):
    with pytest.raises(error, match=message):
        per_axis("f", "stride", value, least=1, axes=axes)


def test_a_window_that_fits_nowhere():
    named = r"got a kernel of 5 x 2 pixels \(kernel_size \(3, 2\), dilation \(2, 1\)\) over 4 x 9 \(input \(4, 9\)\)"
    with pytest.raises(RuntimeError, match=named):
        out_size("f", (4, 9), (3, 2), (1, 1), ((0, 0), (0, 0)), (2, 1))
    with pytest.raises(RuntimeError, match=r"input \(0, 9\)"):
        out_size("f", (0, 9), (1, 1), (1, 1), ((2, 2), (0, 0)), (1, 1))
    with pytest.raises(RuntimeError, match=r"got a kernel of 5 pixels .* over 3 \(input \(3,\)\)"):
        out_size("f", (3,), (5,), (2,), ((0, 0),), (1,), ceil_mode=True)


def test_ceil_mode_takes_a_window_that_reaches_over_the_edge():
    assert out_size("f", (3,), (5,), (3,), ((0, 0),), (1,), ceil_mode=True) == (1,)
    assert out_size("f", (5, 6), (2, 2), (2, 2), ((0, 0), (1, 1)), (1, 1), ceil_mode=True) == (3, 4)
    assert out_size("f", (5,), (2,), (3,), ((1, 1),), (1,), ceil_mode=True) == (2,)  # a third would start in the padding behind


@pytest.mark.parametrize(
    "axes, message",
    [
        (1, r"signals \(N, C, L\) or one signal \(C, L\)"),
        (2, r"images \(N, C, H, W\) or one image \(C, H, W\)"),
        (3, r"volumes \(N, C, D, H, W\) or one volume \(C, D, H, W\)"),
    ],
)
def test_what_is_no_signal_image_or_volume(axes, message):
    for ndim in (axes, axes + 3):
        with pytest.raises(RuntimeError, match=rf"f: input must be {message}, got shape \({', '.join(['2'] * ndim)},?\)"):
            check_input("f", tinyreg.ones(*[2] * ndim), axes)
    for ndim in (axes + 1, axes + 2):
        check_input("f", tinyreg.ones(*[2] * ndim), axes)
    with pytest.raises(TypeError, match="f: input must be a Tensor, got list"):
        check_input("f", [[1.0]], axes)


def test_by():
    assert by((3,)) == "3" and by([3, 4, 5]) == "3 x 4 x 5"
