"""Pooling and interpolation by PyTorch: every documented argument form, refusals, and random windows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def numbered(*shape):
    return RNG.permutation(int(np.prod(shape))).reshape(shape) * 0.5


SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 6), 3: (2, 2, 6, 5, 4)}

BOTH = """
P(x, 2); P(x, (3,)); P(x, [2]); P(x, kernel_size=2, stride=None); P(x, 3, 1); P(x, 3, (2,)); P(x, 2, ()); P(x, 2, []); P(x, 3, 2, 1)
P(x, 2, 3, ceil_mode=True); P(x, 3, 2, 1, ceil_mode=True); P(x, 3, 1, (1,)); P(x[0], 2); P(x[0], 3, 2, 1); P(x[:0], 2)
P(x[:0], 3, 2, 1, ceil_mode=True); P(x.transpose(-1, 1), 2); P(x[..., ::2], 2)
P(input=x, kernel_size=3, stride=2, padding=1, ceil_mode=False); P(x, 4, 4, ceil_mode=True); P(x, 0); P(x, -1); P(x, 1.5); P(x, "2")
P(x, None); P(x, (2,) * 4); P(x, ()); P(x, 2, 0); P(x, 2, -1); P(x, 2, 1.5); P(x, 2, (1,) * 4); P(x, 2, padding=2); P(x, 3, padding=2)
P(x, 2, padding=-1); P(x, 2, padding=0.5); P(x, 2, padding=None); P(x, 10); P(x, 9, 1, 4); P(x[0, 0], 2); P(x[None, None], 2)
P(x[:, :0], 2); P(x[..., :0], 2); P([1.0], 2); P(x); P(x > 3, 2)
"""

MAXIMA = """
P(x, 2, return_indices=True); P(x, 3, 2, 1, return_indices=True); P(x, 3, 1, 1, 2, True, True); P(x, 2, 1, 0, 2); P(x, 2, dilation=(3,))
P(x, 2, dilation=3, padding=1); P(x, 2, 2, 0, 1, False, return_indices=False); P(x[0], 2, return_indices=True)
P(x * 0, 2, return_indices=True); P(x.long(), 2, return_indices=True); P(x[:0], 2, return_indices=True); P(x, 2, dilation=0)
P(x, 2, dilation=-1); P(x, 2, dilation=1.5); P(x, 2, dilation=3, padding=2); P(x, 3, dilation=9)
"""

MEANS = """
P(x, 3, 2, 1, False, True); P(x, 3, 2, 1, True, False); P(x, 3, 2, 1, count_include_pad=False); P(x, 3, 3, 1, True, True)
P(x, 2, 3, 1, ceil_mode=True); P(x.long(), 2); P((x - 20).long(), 2, 1, 1); P((x - 20).long(), 3, 2, 1, count_include_pad=False)
"""

DIVISORS = """
P(x, 2, divisor_override=3); P(x, 3, 2, 1, divisor_override=1); P(x, 3, 2, 1, True, False, 5); P(x, 2, divisor_override=-2)
P(x, 2, divisor_override=None); P((x - 20).long(), 2, divisor_override=3); P((x - 20).long(), 2, divisor_override=-3)
P(x, 2, divisor_override=0); P(x, 2, divisor_override=1.5); P(x, 2, divisor_override="a")
"""

ADAPTIVE = """
P(x, 1); P(x, 3); P(x, 4); P(x, 11); P(x[0], 2); P(x[:0], 2); P(x, output_size=2); P(x.transpose(-1, 1), 2); P(x * 0, 2); P(x, -1)
P(x, 1.5); P(x, "a"); P(x, None); P(x, (2,) * 4); P(x, ()); P(x[0, 0], 2); P(x[None, None], 2); P(x[..., :0], 2); P(x.long(), 2)
P(x > 2, 2); P([1.0], 2); P(x)
"""

ADAPTIVE_SIZES = {
    1: "P(x, (3,)); P(x, [4]); P(x, (2, 3)); P(x, (None,))",
    2: """
P(x, (3, 2)); P(x, [4, 1]); P(x, (None, 3)); P(x, (2, None)); P(x, (None, None)); P(x, (3,)); P(x, (2, 1.5)); P(x[0], (None, 5))
P(x[0, 0], (3, 2)); P(x[0, 0, 0], [3, 2]); P(x[0], (2, 2, 2)); P(x[None], (3, 2))
""",
    3: "P(x[0, 0], (3, 2, 1)); P(x, (3, 2, 1)); P(x, (None, 3, None)); P(x, (None, None, None)); P(x, (3, 2)); P(x[0], (2, None, 5))",
}
INDICES = "P(x, 2, True); P(x, 3, return_indices=True); P(x[0], 2, True); P(x * 0, 3, True); P(x[:, :0], 2); P(x, 7, True)"
WINDOWS = {
    "max_pool": BOTH + MAXIMA,
    "avg_pool": BOTH + MEANS,
    "adaptive_avg_pool": ADAPTIVE,
    "adaptive_max_pool": ADAPTIVE + INDICES,
}
OWN = {("avg_pool", 2): DIVISORS, ("avg_pool", 3): DIVISORS}

# refused by both, but by PyTorch with whatever exception came up on the way (and avg_pool3d refuses what avg_pool2d takes)
BY_CHANCE = {
    ("avg_pool", 2): ["P(x[0, 0], 2)"],
    ("avg_pool", 3): ["P(x, 9, 1, 4)"],
    **{(f"adaptive_{kind}_pool", axes): ["P([1.0], 2)"] for kind in ("avg", "max") for axes in (2, 3)},
}


def table():
    for kind, common in WINDOWS.items():
        for axes in (1, 2, 3):
            more = ADAPTIVE_SIZES[axes] if kind.startswith("adaptive") else OWN.get((kind, axes), "")
            for call in calls(common + "\n" + more):
                if call and call not in BY_CHANCE.get((kind, axes), ()):
                    yield pytest.param(kind, axes, call, id=f"{kind}{axes}d {call}")


@pytest.mark.parametrize("kind, axes, call", list(table()))
def test_forms(kind, axes, call):
    agree(lambda t, x: evaluate(call.replace("P(", f"F.{kind}{axes}d("), t, x), numbered(*SHAPES[axes]))


@st.composite
def windows(draw):
    axes = draw(st.sampled_from([1, 2, 2, 3]))

    def each(low, high):
        return draw(st.integers(low, high)) if draw(st.booleans()) else tuple(draw(st.integers(low, high)) for _ in range(axes))

    shape = (*draw(st.sampled_from([(), (0,), (2,)])), 2, *(draw(st.integers(5, 8)) for _ in range(axes)))
    kernel, stride = each(2, 3), draw(st.none()) if draw(st.booleans()) else each(1, 4)
    return axes, shape, kernel, stride, each(0, 1), each(1, 2), draw(st.booleans()), draw(st.booleans()), draw(st.integers(0, 3))


@settings(deadline=None, max_examples=150)
@given(windows())
def test_any_window(case):
    axes, shape, kernel, stride, padding, dilation, ceil_mode, flag, seed = case
    x = np.random.default_rng(seed).integers(0, 5, shape)  # many ties
    moved = kernel, stride, padding
    agree(lambda t, x: getattr(t.nn.functional, f"max_pool{axes}d")(x, *moved, dilation, ceil_mode, return_indices=flag), x)
    agree(lambda t, x: getattr(t.nn.functional, f"avg_pool{axes}d")(x, *moved, ceil_mode, flag), x)


@settings(deadline=None, max_examples=100)
@given(windows(), st.integers(1, 9), st.booleans())
def test_any_number_of_windows(case, out, nan):
    axes, shape, kernel, *_, flag, seed = case
    x = np.random.default_rng(seed).integers(0, 5, shape).astype("float64")
    for size in (out, kernel if isinstance(kernel, tuple) else (kernel,) * axes):
        agree(lambda t, x: getattr(t.nn.functional, f"adaptive_avg_pool{axes}d")(x, size), x)  # noqa: B023
        if nan:
            x[x > 3] = np.nan
        agree(lambda t, x: getattr(t.nn.functional, f"adaptive_max_pool{axes}d")(x, size, return_indices=flag), x)  # noqa: B023


INTERPOLATED = """
F.interpolate(x, 7); F.interpolate(x, 3); F.interpolate(x, (7,) * A); F.interpolate(x, [3] * A); F.interpolate(x, size=x.shape[2:])
F.interpolate(x, scale_factor=2); F.interpolate(x, scale_factor=1); F.interpolate(x, None, 3.0); F.interpolate(x, scale_factor=(2,) * A)
F.interpolate(x, scale_factor=[1.5] * A, mode="nearest"); F.interpolate(x, scale_factor=0.5)
F.interpolate(x, scale_factor=1.7, recompute_scale_factor=True); F.interpolate(x, scale_factor=0.6, recompute_scale_factor=False)
F.interpolate(x, scale_factor=2.1, recompute_scale_factor=True); F.interpolate(x[:0], 3); F.interpolate(x.transpose(-1, 1), 4)
F.interpolate(x, 7, recompute_scale_factor=False); F.interpolate(x.byte(), 7)
F.interpolate(input=x, size=5, mode="nearest", align_corners=None, antialias=False); nn.Upsample(7)(x); nn.Upsample(scale_factor=2)(x)
nn.Upsample((3,) * A, mode="nearest")(x); nn.Upsample(scale_factor=1.5, recompute_scale_factor=True)(x)
nn.Upsample(scale_factor=(2,) * A)(x); nn.Upsample()(x); nn.Upsample(3, 2)(x); nn.Upsample(scale_factor="a")
nn.Upsample(3, mode="foo")(x); F.interpolate(x); F.interpolate(x, 3, 2); F.interpolate(x, (3,) * 4); F.interpolate(x, ())
F.interpolate(x, scale_factor=(2,) * 4); F.interpolate(x, 0); F.interpolate(x, -1); F.interpolate(x, 1.5); F.interpolate(x, "a")
F.interpolate(x, scale_factor="a"); F.interpolate(x, scale_factor=0); F.interpolate(x, scale_factor=-1)
F.interpolate(x, scale_factor=0.1); F.interpolate(x, 3, mode="foo"); F.interpolate(x, 3, align_corners=False)
F.interpolate(x, 3, align_corners=True); F.interpolate(x, 3, antialias=True); F.interpolate(x, 3, recompute_scale_factor=True)
F.interpolate(x[:, :0], 3); F.interpolate(x[..., :0], 3); F.interpolate(x[0, 0, ..., 0], 3); F.interpolate(x[0, 0], 3, 2)
"""


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("call", calls(INTERPOLATED))
def test_interpolation(call, axes):
    agree(lambda t, x: evaluate(call.replace("A", str(axes)).replace("nn.", "t.nn."), t, x), numbered(*(2, 3, 5, 4, 3)[: axes + 2]))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 20)), min_size=2, max_size=2))
def test_any_size_of_images(axes):
    inside, out = zip(*axes)
    agree(lambda t, x: t.nn.functional.interpolate(x, out), numbered(2, 2, *inside))


FACTORS = [0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 1.7, 2.0, 2.1, 2.3, 2.5, 3.0, 3.3, 1 / 3, 2 / 3]


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 9), st.sampled_from(FACTORS), st.booleans())
def test_any_factor_of_images(n, factor, recompute):
    call = lambda t, x: t.nn.functional.interpolate(x, scale_factor=(2, factor), recompute_scale_factor=recompute)  # noqa: E731
    agree(call, numbered(2, 2, 3, n))


LAYERS = """
t.nn.MaxPool1d(2); t.nn.MaxPool1d(3, 2, 1, 2, True, True); t.nn.MaxPool2d((3, 2), stride=1); t.nn.MaxPool2d(2, return_indices=True)
t.nn.MaxPool3d(2); t.nn.AvgPool1d(2); t.nn.AvgPool1d((2,), stride=3, padding=1); t.nn.AvgPool1d(3, 2, 1, True, False)
t.nn.AvgPool2d(3, 2, 1); t.nn.AvgPool2d(2, divisor_override=3); t.nn.AvgPool3d(2, 1); t.nn.AdaptiveAvgPool1d(3)
t.nn.AdaptiveAvgPool2d((3, None)); t.nn.AdaptiveAvgPool2d([2, 1]); t.nn.AdaptiveAvgPool3d(2); t.nn.AdaptiveMaxPool1d(2)
t.nn.AdaptiveMaxPool2d((3, 2), return_indices=True); t.nn.AdaptiveMaxPool3d((1, None, 2)); t.nn.MaxPool2d(2, stride=())
t.nn.Upsample(scale_factor=2); t.nn.Upsample(3); t.nn.Upsample((3, 2)); t.nn.Upsample(scale_factor=(2, 3)); t.nn.Upsample()
t.nn.Upsample(size=3, mode="nearest")
"""


@pytest.mark.parametrize("call", calls(LAYERS))
def test_layers(call):
    ours, theirs = (evaluate(call, t, None) for t in (tinyreg, torch))
    assert repr(ours) == repr(theirs)
    axes = int(call[call.index("d(") - 1]) if "Pool" in call else 2
    agree(lambda t, x: (theirs if t is torch else ours)(x), numbered(*SHAPES[axes]))


def test_differences():
    """What PyTorch refuses or answers otherwise, and why here is another answer."""
    F, theirs = tinyreg.nn.functional, torch.nn.functional
    # whole numbers and bools are repeated like any values
    for x in ([[[1, 2]]], [[[True, False]]]):
        assert F.interpolate(tinyreg.tensor(x), 4).tolist() == tinyreg.tensor(x)[..., [0, 0, 1, 1]].tolist()
        with pytest.raises(NotImplementedError):
            theirs.interpolate(torch.tensor(x), 4)
    assert F.max_pool1d(tinyreg.tensor([[1, 2]]), 2).tolist() == [[2]]
    with pytest.raises(NotImplementedError):
        theirs.max_pool1d(torch.tensor([[1, 2]]), 2)
    # where a factor gives exactly twice the size, signals and volumes are repeated twice, as images are
    x = [[[0.0, 1, 2, 3, 4]]]
    twice = [0.0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert F.interpolate(tinyreg.tensor(x), scale_factor=2.1).tolist() == [[twice]]
    assert theirs.interpolate(torch.tensor(x), scale_factor=2.1).tolist() != [[twice]]
    assert theirs.interpolate(torch.tensor([x]), scale_factor=(1, 2.1)).tolist() == [[[twice]]]
    # a window that holds NaN: its gradient goes nowhere, in PyTorch to the NaN
    ours, other = (t.tensor([[float("nan"), 1.0]], requires_grad=True) for t in (tinyreg, torch))
    F.max_pool1d(ours, 2).sum().backward()
    theirs.max_pool1d(other, 2).sum().backward()
    assert ours.grad.tolist() == [[0.0, 0.0]] and other.grad.tolist() == [[1.0, 0.0]]
    # no windows at all: the gradient is 0, in PyTorch refused
    ours, other = (t.ones(1, 2, 2, requires_grad=True) for t in (tinyreg, torch))
    F.adaptive_avg_pool2d(ours, 0).sum().backward()
    assert ours.grad.tolist() == [[[0.0, 0.0], [0.0, 0.0]]]
    with pytest.raises(RuntimeError):
        theirs.adaptive_avg_pool2d(other, 0).sum().backward()
    # settings that fit no input are refused when the layer is built
    with pytest.raises(RuntimeError, match="kernel_size must be at least 1, got kernel_size=0"):
        tinyreg.nn.MaxPool2d(0)
    torch.nn.MaxPool2d(0)
