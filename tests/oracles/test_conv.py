"""Convolutions and their transposes by PyTorch: every documented argument form, refusals, and random geometries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tests.oracles.forms import agree, calls

torch = pytest.importorskip("torch")


def draw_arrays(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


def evaluate(source, t, *arrays):
    """The value of a call; it may use t, F, nn and x, w, b (input, weight, bias)."""
    return eval(source, {"t": t, "F": t.nn.functional, "nn": t.nn, **dict(zip("xwb", arrays))})


FORMS = """
conv(x, w); conv(x, w, b); conv(x, w, bias=b); conv(x, w, None); conv(x, w, b, 2); conv(x, w, b, (2,)); conv(x, w, b, 2, 1)
conv(x, w, b, 1, (1,), 2); conv(x, w, stride=[2], padding=[1], dilation=[1], groups=1); conv(x, w, padding="same")
conv(x, w, padding="valid", stride=2); conv(x, w, padding="same", dilation=2); conv(x[0], w, b); conv(x[:0], w, b)
conv(x[:, :2], w[:, :1], b, groups=2); conv(x.transpose(0, 1).transpose(0, 1), w, b); conv(x, w.transpose(-1, -1), b)
conv(x * 2, w[::2], b[::2]); conv(x.long(), w.long()); conv(input=x, weight=w, bias=b); conv(x, w, b, padding=4, dilation=3)
conv(x, w, b, padding=2, stride=3, dilation=2); conv(x, w, b, 0); conv(x, w, b, -1); conv(x, w, b, 1.5); conv(x, w, b, "2")
conv(x, w, b, None); conv(x, w, b, ()); conv(x, w, b, (1,) * 4); conv(x, w, padding=-1); conv(x, w, padding="full")
conv(x, w, padding="same", stride=2); conv(x, w, padding=1.5); conv(x, w, padding=None); conv(x, w, padding=(1,) * 4)
conv(x, w, dilation=0); conv(x, w, dilation=9); conv(x, w, dilation=1.5); conv(x, w, groups=0); conv(x, w, groups=-1)
conv(x, w, groups=2); conv(x, w, groups=3); conv(x, w, groups=1.5); conv(x[0, 0], w); conv(x[None, None], w); conv(x, w[0, 0])
conv(x, w[None]); conv(x[:, :2], w); conv(x, w, b[:2]); conv(x, w, b[None]); conv(x, w.float()); conv(x, w, b.float()); conv(x > 0, w > 0)
conv(x, w[:0]); conv(x[..., :0], w); conv(x[..., :1], w); conv([1], w); conv(x, None); conv(x, w, 1.0)
"""

TRANSPOSED = """
conv(x, w); conv(x, w, b); conv(x, w, b, 2); conv(x, w, b, 2, 1); conv(x, w, b, 2, 1, 1); conv(x, w, b, (3,), (1,), (2,), 1, (2,))
conv(x, w, bias=b, dilation=2); conv(x[0], w, b); conv(x[:0], w, b); conv(x[:, :2], w[:2, :2], b, groups=2)
conv(x, w, b, output_padding=2, dilation=3); conv(x, w, b, padding=1); conv(x, w[:, ::2], b[::2]); conv(x.long(), w.long())
conv(input=x, weight=w, bias=b, stride=2); conv(x, w, stride=[2], padding=[0]); conv(x, w, b, 0); conv(x, w, b, -1); conv(x, w, b, 1.5)
conv(x, w, padding=-1); conv(x, w, padding="same"); conv(x, w, output_padding=1); conv(x, w, dilation=0)
conv(x, w, stride=2, output_padding=2); conv(x, w, stride=2, output_padding=-1); conv(x, w, padding=9); conv(x, w, groups=0)
conv(x, w, groups=2); conv(x, w, groups=1.5); conv(x[0, 0], w); conv(x[None, None], w); conv(x, w[0, 0]); conv(x[:, :2], w)
conv(x, w, b[:2]); conv(x, w, b[None]); conv(x, w.float()); conv(x[:, :0], w[:0]); conv(x[..., :0], w); conv([1], w); conv(x, None)
conv(x > 0, w > 0); conv(x, w, (1,)); conv(x, w, stride=(1,) * 4)
"""


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("call", calls(FORMS))
def test_convolution(call, axes):
    arrays = draw_arrays((2, 3, *(6, 5, 4)[:axes]), (4, 3, *(3, 2, 3)[:axes]), (4,))
    agree(lambda t, *args: evaluate(call.replace("conv(", f"F.conv{axes}d("), t, *args), *arrays)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("call", calls(TRANSPOSED))
def test_transposed_convolution(call, axes):
    arrays = draw_arrays((2, 3, *(4, 3, 2)[:axes]), (3, 4, *(3, 2, 3)[:axes]), (4,))
    agree(lambda t, *args: evaluate(call.replace("conv(", f"F.conv_transpose{axes}d("), t, *args), *arrays)


@st.composite
def geometries(draw):
    axes = draw(st.sampled_from([1, 2, 2, 3]))

    def each(low, high):
        return draw(st.integers(low, high)) if draw(st.booleans()) else tuple(draw(st.integers(low, high)) for _ in range(axes))

    groups, channels, filters = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 9])), draw(st.integers(1, 3))
    options = {"stride": each(1, 3), "padding": each(0, 2), "dilation": each(1, 3), "groups": groups}
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    size = tuple(draw(st.integers(1, 6)) for _ in range(axes))
    batch = draw(st.sampled_from([(), (1,), (2,)]))
    return axes, (*batch, groups * channels, *size), channels, filters, groups, kernel, options, draw(st.booleans())


@settings(deadline=None, max_examples=150)
@given(geometries(), st.integers(0, 2))
def test_any_geometry(case, output_padding):
    """What does not fit included: then both refuse, with the same exception."""
    axes, shape, channels, filters, groups, kernel, options, bias = case
    more = draw_arrays((groups * filters,)) if bias else []
    weight = draw_arrays((groups * filters, channels, *kernel))
    agree(lambda t, *args: getattr(t.nn.functional, f"conv{axes}d")(*args, **options), *draw_arrays(shape), *weight, *more)
    weight = draw_arrays((groups * channels, filters, *kernel))
    options = {**options, "output_padding": output_padding}
    agree(lambda t, *args: getattr(t.nn.functional, f"conv_transpose{axes}d")(*args, **options), *draw_arrays(shape), *weight, *more)


LAYERS = """
nn.Conv1d(4, 6, 3); nn.Conv1d(4, 6, (3,), padding="same"); nn.Conv1d(4, 6, 3, 2, 1, 2, 2, False)
nn.Conv1d(4, 6, 4, padding="same", padding_mode="circular"); nn.Conv1d(4, 6, 3, padding=2, padding_mode="reflect")
nn.Conv1d(4, 6, 3, padding=2, padding_mode="replicate", stride=2); nn.Conv1d(4, 6, 3, padding="valid", padding_mode="reflect")
nn.ConvTranspose1d(4, 6, 3); nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, False, 2); nn.Conv2d(4, 6, 3)
nn.Conv2d(4, 6, (3, 2), padding=(1, 0), dilation=(1, 2)); nn.Conv2d(4, 6, 3, padding="same", bias=False); nn.Conv2d(4, 4, 3, groups=4)
nn.Conv2d(4, 6, 3, padding=(1, 2), padding_mode="circular"); nn.Conv2d(4, 6, 3, 2, 1, padding_mode="reflect")
nn.Conv2d(4, 6, 4, padding="same", padding_mode="replicate", dilation=2); nn.ConvTranspose2d(4, 6, 3)
nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), padding=1, output_padding=(1, 2), dilation=(2, 1))
nn.ConvTranspose2d(4, 6, 3, groups=2, bias=False); nn.Conv3d(4, 6, 2)
nn.Conv3d(4, 6, (1, 2, 3), padding=(0, 1, 1), padding_mode="circular"); nn.Conv3d(4, 6, 3, padding="same", padding_mode="replicate")
nn.ConvTranspose3d(4, 6, 2, 2)
"""


@pytest.mark.parametrize("call", calls(LAYERS))
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_layers(call):
    """repr, state_dict, and with the same weights the same outputs and gradients, one example alone included."""
    layers = [evaluate(call, t).double() for t in (tinyreg, torch)]
    assert repr(layers[0]) == repr(layers[1])
    states = [layer.state_dict() for layer in layers]
    assert [(k, tuple(v.shape)) for k, v in states[0].items()] == [(k, tuple(v.shape)) for k, v in states[1].items()]
    layers[0].load_state_dict({k: tinyreg.tensor(v.numpy()) for k, v in states[1].items()})
    axes = layers[1].weight.ndim - 2
    for shape in [(2, 4, 5, 4, 3)[: axes + 2], (4, 5, 4, 3)[: axes + 1]]:
        agree(lambda t, x: layers[t is torch](x), *draw_arrays(shape))
        for ours, theirs in zip(layers[0].parameters(), layers[1].parameters(), strict=True):
            np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-7, atol=1e-9)


SIZES = [(12, 11), [11, 12], (1, 6, 12, 12), (9, 9, 11, 11), (13, 11), (10, 11), (12,), (6, 12, 11), (12, 12, 12, 12, 12), 12, None]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_output_size(size):
    for shape in ((1, 4, 5, 5), (4, 5, 5)):
        x = draw_arrays(shape)[0]
        layers = {t: t.nn.ConvTranspose2d(4, 6, 3, stride=2, bias=False).double() for t in (tinyreg, torch)}
        layers[tinyreg].weight.data = tinyreg.tensor(layers[torch].weight.detach().numpy())
        agree(lambda t, x: layers[t](x, output_size=size), x)  # noqa: B023


REFUSED = """
nn.Conv2d(4, 6, 3, groups=3); nn.Conv2d(4, 6, 3, groups=4); nn.Conv2d(4, 6, 3, groups=0); nn.Conv2d(4, 6, 3, groups=-1)
nn.Conv2d(4, 6, 3, padding="full"); nn.Conv2d(4, 6, 3, padding="same", stride=2); nn.Conv2d(4, 6, 3, padding_mode="foo")
nn.Conv2d(4, 6, 1.5); nn.Conv2d(4, 6, "3"); nn.Conv2d(4, 6); nn.Conv2d("a", 6, 3); nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect")
nn.ConvTranspose2d(4, 6, 3, groups=3); nn.ConvTranspose2d(4, 6, 3, groups=0); nn.Conv2d(1, 6, 3, padding=7, padding_mode="reflect")(x)
nn.Conv2d(1, 6, 3, padding=7, padding_mode="circular")(x); nn.Conv2d(2, 6, 3)(x); nn.Conv2d(1, 6, 9)(x); nn.Conv1d(1, 6, 3)(x)
nn.Conv2d(1, 6, 3)(x.double()); nn.ConvTranspose2d(2, 6, 3)(x); nn.ConvTranspose2d(1, 6, 3, output_padding=1)(x)
nn.ConvTranspose3d(1, 6, 3)(x[0])
"""


@pytest.mark.parametrize("call", calls(REFUSED))
def test_refusals(call):
    def outcome(t):
        with pytest.raises(Exception) as caught:
            evaluate(call, t, t.ones(1, 1, 5, 5))
        return caught.type

    assert outcome(tinyreg) is outcome(torch)


def test_differences():
    """What PyTorch refuses or answers otherwise, and why here is another answer."""
    # an output_padding out of range is refused for an empty batch, too
    for batch in (0, 1):
        with pytest.raises(RuntimeError, match=r"output_padding must be smaller .*, got output_padding=\(1,\)"):
            tinyreg.nn.functional.conv_transpose1d(tinyreg.ones(batch, 1, 3), tinyreg.ones(1, 1, 2), output_padding=1)
    x, w = torch.ones(0, 1, 3), torch.ones(1, 1, 2)
    assert torch.nn.functional.conv_transpose1d(x, w, output_padding=1).shape == (0, 1, 5)
    # no channels: every output is a sum of nothing plus its bias; PyTorch returns no output channels
    empty = tinyreg.nn.functional.conv1d(tinyreg.ones(2, 0, 3), tinyreg.ones(4, 0, 2), tinyreg.ones(4))
    assert empty.tolist() == [[[1.0, 1.0]] * 4] * 2
    assert torch.nn.functional.conv1d(torch.ones(2, 0, 3), torch.ones(4, 0, 2), torch.ones(4)).shape == (2, 0, 2)
    # a kernel_size of one number in a tuple is meant for every axis
    assert tinyreg.nn.Conv2d(1, 2, (3,)).weight.shape == (2, 1, 3, 3) and torch.nn.Conv2d(1, 2, (3,)).weight.shape == (2, 1, 3)
    # settings that fit no input are refused when the layer is built
    with pytest.raises(RuntimeError, match="stride must be at least 1, got stride=0"):
        tinyreg.nn.Conv2d(4, 6, 3, stride=0)
    torch.nn.Conv2d(4, 6, 3, stride=0)
