"""pad by PyTorch: every mode, on every number of dimensions, framing, cropping, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

CUBE = np.random.default_rng(0).standard_normal((2, 3, 4))
MODES = ["reflect", "replicate", "circular"]

CALLS = """
pad(x, (1, 2)); pad(x, [1, 2]); pad(x, (0, 0)); pad(x, ()); pad(x, (1, 2, 3, 4)); pad(x, (1, 2, 3, 4, 5, 6))
pad(x, pad=(1, 2), mode="constant"); pad(x, (1, 1), "constant", 2.5); pad(x, (-1, 2, 1, -1), value=2.5); pad(x, (-4, 6)); pad(x, (-2, -2))
pad(x, (-2, -3)); pad(x, (-5, 0)); pad(x, (1,)); pad(x, (1, 1, 1)); pad(x, (1,) * 8); pad(x, 1); pad(x, (1, 1.5)); pad(x, None)
pad(x, (1, 1), value="a"); pad([1.0], (1, 1)); pad(x.sum(), ()); pad(x.sum(), (1, 1)); pad(x[:0], (1, 1)); pad(x[:, :, :0], (1, 1))
pad(x.transpose(0, 2), (1, 2, 0, 1)); pad(t.tensor([1, 2]), (1, 2)); pad(t.tensor([1, 2]), (1, 2), value=2.5)
pad(t.tensor([1, 2], dtype=t.int8), (1, 2), value=300); pad(x > 0, (1, 0), value=2)
pad(t.tensor([True, False]), (1, 2)); pad(t.tensor([True]), (1, 0), value=7); pad(t.tensor([1.5]).half(), (1, 1)); pad(x, (1, 1), "foo")
pad(x, (1, 1), "foo", 1.0); pad(x, (1, 1), mode="mirror")
"""

COPYING = """
pad(x, (1, 2), M); pad(x, (2, 1, 1, 2), M); pad(x, pad=(3, 3), mode=M); pad(x, (0, 0), M); pad(x, [1, 0], M); pad(x[0], (1, 2), M)
pad(x[0], (3, 0), M); pad(x[None], (2, 1, 1, 2), M); pad(x[None], (2, 1, 1, 2, 1, 0), M); pad(x[None, None], (2, 1, 1, 2, 0, 1), M)
pad(x.transpose(0, 2), (1, 1), M); pad(x, (-1, 2), M); pad(x, (2, -1), M); pad(x, (-1, -1), M); pad(x, (-1, 1, 2, -1), M)
pad(x, (-2, -2), M); pad(x, (-2, -3), M); pad(x, (-9, 2), M); pad(x, (4, 0), M); pad(x, (0, 4), M); pad(x, (5, 0), M)
pad(x, (0, 0, 3, 0), M); pad(x, (0, 0, 2, 2), M); pad(x[0], (1, 1, 1, 1), M); pad(x, (1, 1, 1, 1, 1, 1), M); pad(x[None], (1, 1), M)
pad(x[None, None], (1, 1, 1, 1), M); pad(x[None, None, None], (1, 1), M); pad(x[0, 0], (1, 1), M); pad(x[None], (1,) * 8, M)
pad(x, (1,), M); pad(x, (1, 1, 1), M); pad(x, (), M); pad(x, (1, 1), M, 0); pad(x, (1, 1), M, 0.0); pad(x, (1, 1), M, 1.5)
pad(x[:0], (1, 1), M); pad(x[:, :0], (1, 1), M); pad(x[:, :, :0], (0, 0), M); pad(x[:, :, :0], (1, 0), M)
pad(x[None][:0], (1, 1, 1, 1), M); pad(x[:0, 0], (1, 1), M); pad(t.tensor([[1, 2, 3]]), (1, 2), M); pad(x, 1, M); pad(x, (1, 1.5), M)
pad(x, (1, 1), M, "a"); pad(x.float(), (1, 1), M)
"""


@pytest.mark.parametrize("call", calls(CALLS))
def test_constants(call):
    agree(lambda t, x: evaluate(call, t, x), CUBE)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("call", calls(COPYING))
def test_copies(call, mode):
    agree(lambda t, x: evaluate(call.replace("M", repr(mode)), t, x), CUBE)


@st.composite
def frames(draw):
    """Frames that fit, around one to three axes; circular ones that stay within what cropping leaves."""
    mode, axes = draw(st.sampled_from(MODES)), draw(st.integers(1, 3))
    size, frame = [draw(st.integers(1, 5)) for _ in range(axes)], []
    for n in size[::-1]:
        a = draw(st.integers(-n + 1, n - 1))
        b = draw(st.integers(1 - n - min(a, 0), n - 1 + (min(a, 0) if mode == "circular" else 0)))
        if mode == "circular" and a > n + min(b, 0):
            b = max(b, a - n)
        frame += [a, b] if n + a + b > 0 else [0, 0]
    return mode, [2] * draw(st.integers(1, 2)) + size, frame


@settings(deadline=None, max_examples=100)
@given(frames())
def test_any_frame(case):
    mode, shape, frame = case
    x = np.random.default_rng(0).standard_normal(shape)
    agree(lambda t, x: t.nn.functional.pad(x, frame, mode), x)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-2, 3), max_size=8))
def test_any_frame_of_constants(frame):
    agree(lambda t, x: t.nn.functional.pad(x, frame, value=1.5), np.random.default_rng(0).standard_normal((2, 3, 4)))


def test_differences():
    """What PyTorch refuses or answers otherwise, and why here is another answer."""
    ours, theirs = tinyreg.nn.functional.pad, torch.nn.functional.pad
    for mode in ("reflect", "replicate"):  # bools are copied like any values
        assert ours(tinyreg.tensor([[True, False]]), (0, 1), mode).tolist() == [[True, False, mode == "reflect"]]
        with pytest.raises(NotImplementedError):
            theirs(torch.tensor([[True, False]]), (0, 1), mode)
    # a ring that was cropped holds fewer values than the frame asks for: PyTorch reads memory that it never wrote
    with pytest.raises(RuntimeError, match="at most as wide as the values that it copies, 0, got 4 and -5 for size 5"):
        ours(tinyreg.ones(1, 5), (4, -5), "circular")
    assert theirs(torch.ones(1, 5), (4, -5), "circular").shape == (1, 4)
