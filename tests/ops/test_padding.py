from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg
from tinyreg.ops.padding import copies, pad


def numbered(*shape):
    return tinyreg.arange(1.0, np.prod(shape) + 1, dtype=tinyreg.float64).reshape(*shape).requires_grad_()


@given(st.lists(st.tuples(st.integers(-2, 3), st.integers(-2, 3)), max_size=3))
def test_constants_frame_and_crop(pairs):
    x = numbered(4, 5, 6)
    y = pad(x, [n for pair in pairs for n in pair], value=-1.0)
    frame = [(0, 0)] * (3 - len(pairs)) + pairs[::-1]
    cropped = x.detach().numpy()[tuple(slice(max(-a, 0), size - max(-b, 0)) for size, (a, b) in zip(x.shape, frame))]
    np.testing.assert_array_equal(y.detach().numpy(), np.pad(cropped, [(max(a, 0), max(b, 0)) for a, b in frame], constant_values=-1))
    y.backward(tinyreg.ones(y.shape, dtype=y.dtype))
    kept = np.isin(x.detach().numpy(), cropped)
    np.testing.assert_array_equal(x.grad.numpy(), kept)


def test_the_last_dimension_comes_first():
    assert pad(tinyreg.tensor([[1, 2]]), (1, 2, 0, 1)).tolist() == [[0, 1, 2, 0, 0], [0, 0, 0, 0, 0]]
    assert pad(tinyreg.tensor([1, 2]), (-2, 3), value=9).tolist() == [9, 9, 9]


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_dtype_and_the_order_of_memory_are_kept(mode):
    x = tinyreg.zeros(2, 4, 5, 3).permute(0, 3, 1, 2)  # channels last in memory
    y = pad(x, (1, 1, 1, 1), mode)
    assert y.shape == (2, 3, 6, 7) and y.permute(0, 2, 3, 1).is_contiguous() and y.dtype == tinyreg.float32
    assert pad(tinyreg.tensor([[1, 2]]), (1, 0), mode).dtype == tinyreg.int64
    assert pad(tinyreg.tensor([[True, False]]), (0, 1), mode).dtype == tinyreg.bool


@pytest.mark.parametrize(
    "mode, framed, gradient",
    [
        ("reflect", [3, 2, 1, 2, 3, 2], [3, 2 + 4 + 6, 1 + 5]),
        ("replicate", [1, 1, 1, 2, 3, 3], [1 + 2 + 3, 4, 5 + 6]),
        ("circular", [2, 3, 1, 2, 3, 1], [3 + 6, 1 + 4, 2 + 5]),
    ],
)
def test_frames_of_copies_by_hand(mode, framed, gradient):
    x = tinyreg.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    y = pad(x, (2, 1), mode)
    assert y.tolist() == [framed]
    y.backward(tinyreg.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]))
    assert x.grad.tolist() == [gradient]


@pytest.mark.parametrize("mode, numpys", [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=3))
def test_frames_of_copies_are_numpys(mode, numpys, pairs):
    x = numbered(*(2, 4, 5, 6)[3 - len(pairs) :])
    y = pad(x, [n for pair in pairs[::-1] for n in pair], mode)
    np.testing.assert_array_equal(y.detach().numpy(), np.pad(x.detach().numpy(), [(0, 0), *pairs], mode=numpys))


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_every_place_is_named_once_and_holds_what_the_mode_says(mode):
    outside = {"reflect": lambda t, n: -t if t < 0 else 2 * (n - 1) - t, "replicate": lambda t, n: 0 if t < 0 else n - 1}
    answered = 0
    for n, a, b in product(range(1, 6), range(-6, 7), range(-6, 7)):
        try:
            y = pad(tinyreg.arange(n).reshape(1, n), (a, b), mode)
        except RuntimeError:
            continue
        answered += 1
        places = [t for there, _ in copies(mode, n, a, b) for t in range(n + a + b)[there]]
        assert sorted(places) == list(range(n + a + b)) and y.shape == (1, n + a + b)
        if mode in outside:
            assert y.tolist()[0] == [t if 0 <= t < n else outside[mode](t, n) for t in range(-a, n + b)]
        else:  # cropped first, then a ring
            ring = list(range(n))[max(-a, 0) : n + min(b, 0)]
            assert y.tolist()[0] == [ring[t % len(ring)] for t in range(-max(a, 0), len(ring) + max(b, 0))]
    assert answered > 100


def test_every_value_collects_what_was_copied_from_it():
    """A frame of ones sends every copy back: the sum of the gradient is the number of places."""
    for mode in ("reflect", "replicate", "circular"):
        x = numbered(2, 3, 4, 5)
        y = pad(x, (2, 3, -1, 1), mode)
        y.sum().backward()
        assert x.grad.sum().item() == y.numel()


@pytest.mark.parametrize(
    "error, message, call",
    [
        (NotImplementedError, r"mode must be one of \('constant', .*\), got 'mirror'", lambda x: pad(x, (1, 1), mode="mirror")),
        (RuntimeError, r"pad must hold \(before, after\) pairs, at most 2 for shape \(2, 3\), got \(1,\)", lambda x: pad(x, (1,))),
        (RuntimeError, r"pairs, at most 2 for shape \(2, 3\), got \(1, 1, 1, 1, 1, 1\)", lambda x: pad(x, (1,) * 6)),
        (RuntimeError, r"negative pads must .* got pad=\(-4, 0\) for shape \(2, 3\)", lambda x: pad(x, (-4, 0))),
        (RuntimeError, r"negative pads must .* got pad=\(-4, 9\) for shape \(2, 3\)", lambda x: pad(x, (-4, 9))),
        (RuntimeError, "sizes of at least 1 in mode='reflect', got -2 and -1 for size 3", lambda x: pad(x, (-2, -1), "reflect")),
        (RuntimeError, "sizes of at least 0 in mode='circular', got -4 and 1 for size 3", lambda x: pad(x, (-4, 1), "circular")),
        (RuntimeError, "mode='reflect' must be at most as wide .*, 2, got 3 and 0 for size 3", lambda x: pad(x, (3, 0), "reflect")),
        (RuntimeError, "mode='circular' must be at most as wide .*, 3, got 0 and 4 for size 3", lambda x: pad(x, (0, 4), "circular")),
        (RuntimeError, "mode='circular' must be at most as wide .*, 2, got -1 and 3 for size 3", lambda x: pad(x, (-1, 3), "circular")),
        (RuntimeError, "mode='reflect' must go without a value, got value=1.5", lambda x: pad(x, (1, 1), "reflect", 1.5)),
        (NotImplementedError, r"mode='reflect' .*, got 2 pairs for shape \(2, 3\)", lambda x: pad(x, (1, 1, 1, 1), "reflect")),
        (NotImplementedError, r"mode='circular' .*, got 0 pairs for shape \(2, 3\)", lambda x: pad(x, (), "circular")),
        (NotImplementedError, r"'replicate' .*, got 1 pairs for shape \(1, 1, 2, 3\)", lambda x: pad(x[None, None], (1, 1), "replicate")),
        (RuntimeError, r"mode='replicate' must find values to copy, got shape \(0, 3\)", lambda x: pad(x[:0], (1, 1), "replicate")),
        (TypeError, r"pad must be a tuple of integers, got \(1, 1.5\)", lambda x: pad(x, (1, 1.5))),
        (TypeError, "pad must be a tuple of integers, got 1;", lambda x: pad(x, 1)),
        (RuntimeError, "value must fit into dtype int8, got 300", lambda x: pad(x.to(tinyreg.int8), (1, 1), value=300)),
        (TypeError, "value must be a number, got value='a'", lambda x: pad(x, (1, 1), value="a")),
        (TypeError, "input must be a Tensor, got list", lambda x: pad([1.0], (1, 1))),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=f"^pad: .*{message}"):
        call(numbered(2, 3))
