import itertools
import math
import warnings

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.batch_norm import BatchNorm2d
from tinyreg.regularization.channel_dropout import Dropout1d, Dropout2d, Dropout3d, dropout1d, dropout2d, dropout3d
from tinyreg.regularization.dropout import dropout

LAYOUTS = [  # the door, its layer, shapes that it is meant for and those of their masks
    (dropout1d, Dropout1d, (4, 3, 5), (4, 3, 1)),
    (dropout1d, Dropout1d, (3, 5), (3, 1)),
    (dropout2d, Dropout2d, (4, 3, 5, 6), (4, 3, 1, 1)),
    (dropout3d, Dropout3d, (4, 3, 2, 5, 6), (4, 3, 1, 1, 1)),
    (dropout3d, Dropout3d, (3, 2, 5, 6), (3, 1, 1, 1)),
]
layouts = pytest.mark.parametrize(("function", "layer", "shape", "mask_shape"), LAYOUTS)
DOORS = [(dropout1d, Dropout1d, (4, 3, 5)), (dropout2d, Dropout2d, (4, 3, 5, 6)), (dropout3d, Dropout3d, (4, 3, 2, 5, 6))]
doors = pytest.mark.parametrize(("function", "layer", "shape"), DOORS)


def test_by_hand():
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], requires_grad=True)
    keep = torch.tensor([[[True], [False]]])
    y, used = dropout1d(x, p=0.75, mask=keep, return_mask=True)
    y.backward(torch.tensor([[[1.0, 5.0], [2.0, 3.0]]]))
    assert y.tolist() == [[[4, 8], [0, 0]]] and x.grad.tolist() == [[[4, 20], [0, 0]]] and used is keep


@layouts
def test_it_is_dropout_with_the_mask_repeated(function, layer, shape, mask_shape):
    x = torch.randn(*shape, dtype=torch.float64, requires_grad=True)
    twin = x.detach().clone().requires_grad_()
    y, mask = function(x, 0.3, return_mask=True)
    z = dropout(twin, 0.3, mask=mask.expand(*shape))
    g = torch.randn(*shape, dtype=torch.float64)
    y.backward(g)
    z.backward(g)
    assert mask.shape == mask_shape and mask.dtype == torch.bool
    np.testing.assert_array_equal(y.detach().numpy(), z.detach().numpy())
    np.testing.assert_array_equal(x.grad.numpy(), twin.grad.numpy())
    assert gradcheck(layer(0.4), (x,))


@doors
def test_statistics(function, layer, shape):
    """n = 40,000 channels: the share kept within 6 sigma; within a channel all pixels agree."""
    n, p = 40_000, 0.3
    y = function(torch.ones(200, 200, *shape[2:]), p).numpy().reshape(n, -1)
    assert (y == y[:, :1]).all()
    kept = y[:, 0] > 0
    assert abs(kept.mean() - (1 - p)) < 6 * math.sqrt(p * (1 - p) / n)
    np.testing.assert_allclose(y[kept], 1 / (1 - p), rtol=1e-6)


def test_channels_are_dropped_independently():
    """n = 39,800 pairs of neighbours along channels, and along examples: both kept with (1-p)^2 within 6 sigma."""
    p, n = 0.3, 200 * 199
    _, mask = dropout2d(torch.ones(200, 200, 1, 1), p, return_mask=True)
    keep, both = mask.numpy()[:, :, 0, 0], (1 - p) ** 2
    for pairs in (keep[:, :-1] & keep[:, 1:], keep[:-1] & keep[1:]):
        # neighbouring pairs share an element; the variance of their mean is below 3 times that of independent ones
        assert abs(pairs.mean() - both) < 6 * math.sqrt(3 * both * (1 - both) / n)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_pixels_of_a_channel_move_together(p):
    """Equations (3), (5) and (6), exactly: expectations over all masks of a channel of S = 4 equal pixels, x = 3."""
    x, s = torch.full((1, 1, 2, 2), 3.0, dtype=torch.float64), 4
    alpha = p / (1 - p)
    channel = [(dropout2d(x, p, mask=torch.tensor([[[[keep]]]])), 1 - p if keep else p) for keep in (True, False)]
    covariance = sum(chance * y[0, 0, 0, 0].item() * y[0, 0, 1, 1].item() for y, chance in channel) - 9
    assert covariance == pytest.approx(9 * alpha)
    assert sum(chance * y.mean().item() ** 2 for y, chance in channel) - 9 == pytest.approx(9 * alpha)
    element = 0.0
    for bits in itertools.product([True, False], repeat=s):
        chance = math.prod(1 - p if keep else p for keep in bits)
        element += chance * dropout(x, p, mask=torch.tensor(bits).reshape(1, 1, 2, 2)).mean().item() ** 2
    assert element - 9 == pytest.approx(9 * alpha / s)


@doors
def test_what_is_the_identity_returns_the_input(function, layer, shape):
    x = torch.randn(*shape)
    assert function(x, 0.0) is x and function(x, 0.9, training=False) is x and function(x, 0.9, False, True) is x
    assert layer(0.5).eval()(x) is x
    y, mask = function(x, 0.5, False, return_mask=True)
    assert y is x and mask.shape[:2] == shape[:2] and mask.numel() == 12 and mask.numpy().all()
    y, mask = function(x, 0.5, False, mask=torch.zeros(mask.shape, dtype=torch.bool), return_mask=True)
    assert y is x and mask.numpy().all()  # the mask that was used
    integers = torch.ones(*shape).long()
    assert function(integers, 0.5, training=False) is integers


@doors
def test_p_1_gives_zeros_and_zero_gradients(function, layer, shape):
    x = torch.randn(*shape, requires_grad=True)
    y, mask = function(x, 1.0, return_mask=True)
    y.backward(torch.ones(*shape))
    assert not y.detach().numpy().any() and not x.grad.numpy().any() and not mask.numpy().any()


@doors
def test_chance_comes_from_the_generator(function, layer, shape):
    x = torch.ones(20, 30, *shape[2:])
    one, same = (function(x, generator=random.Generator(3)).tolist() for _ in range(2))
    assert one == same and function(x, generator=random.Generator(4)).tolist() != one
    before = random.get_state()
    function(x, generator=random.Generator(3))
    function(x, mask=torch.ones(20, 30, *[1] * len(shape[2:]), dtype=torch.bool))
    function(x, training=False)
    assert random.get_state() == before
    with random.freeze() as draws:
        first = layer()(x).tolist()
        draws.rewind()
        assert layer()(x).tolist() == first
    assert layer()(x).tolist() != layer()(x).tolist()


@layouts
def test_in_place(function, layer, shape, mask_shape):
    x = torch.ones(*shape, requires_grad=True)
    hidden = x * 3
    y = function(hidden, 0.5, inplace=True)
    assert y is hidden
    y.backward(torch.ones(*shape))
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())  # 0 or 3 * 2, as the values
    with pytest.raises(RuntimeError, match=f"{function.__name__}: a leaf that requires grad"):
        function(x, 0.5, inplace=True)
    hidden = x * 1
    assert layer(0.5, inplace=True)(hidden) is hidden


def test_float32_and_the_layout_of_memory_stay():
    x = wrap(np.ones((4, 6, 6, 3), dtype=np.float32).transpose(0, 3, 1, 2))
    y = dropout2d(x, 0.5)
    assert y.dtype == torch.float32 and y.array.strides == x.array.strides
    assert dropout2d(torch.ones(0, 3, 2, 2)).shape == (0, 3, 2, 2)


def test_before_batch_norm_it_makes_the_recorded_variance_too_large():
    """x of variance 1 and mean 0 has variance 1/(1-p) behind it; n = 50,000 channels, 6 sigma."""
    p, n = 0.5, 50_000
    norm = BatchNorm2d(1, momentum=1.0)
    norm(dropout2d(torch.randn(n, 1, 1, 1), p))
    assert abs(norm.running_var.item() - 2) < 6 * math.sqrt(20 / n)  # Var[y^2] = 20, as in test_dropout.py


@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 4, 5)])
def test_dropout1d_refuses_other_dimensions(shape):
    shown = str(shape).replace("(", r"\(").replace(")", r"\)")
    message = rf"^dropout1d: input must have shape \(N, C, L\) or \(C, L\), got shape {shown}; take dropout2d"
    for call in (lambda: dropout1d(torch.ones(shape)), lambda: Dropout1d().eval()(torch.ones(shape))):
        with pytest.raises(RuntimeError, match=message):
            call()


@pytest.mark.parametrize(
    ("function", "shape", "mask_shape", "advice"),
    [
        (dropout2d, (4, 3, 5), (4, 3, 1), r"it is read as \(N, C, L\): take dropout1d for that, and unsqueeze \(C, H, W\)"),
        (dropout2d, (4, 3), (4, 3), "its second dimension is taken for the channels: take dropout"),
        (dropout2d, (4, 3, 2, 2, 2), (4, 3, 1, 1, 1), "its second dimension is taken for the channels"),
        (dropout3d, (5,), (5,), "its first dimension is taken for the channels: take dropout"),
        (dropout3d, (4, 3, 5), (4, 1, 1), "its first dimension is taken for the channels"),
        (dropout3d, (2, 2, 2, 2, 2, 2), (2, 1, 1, 1, 1, 1), "its first dimension"),
    ],
)
def test_dimensions_that_are_warned_of(function, shape, mask_shape, advice):
    shown = str(shape).replace("(", r"\(").replace(")", r"\)")
    message = rf"^{function.__name__}: input must have shape .*, got shape {shown}; {advice}"
    with pytest.warns(UserWarning, match=message) as caught:
        y, mask = function(torch.ones(shape), 0.5, return_mask=True)
    assert mask.shape == mask_shape and y.shape == shape and caught[0].filename == __file__
    np.testing.assert_array_equal(y.numpy(), np.broadcast_to(2 * mask.numpy(), shape))
    with pytest.warns(UserWarning, match=message):
        function(torch.ones(shape), training=False)


@pytest.mark.parametrize(("function", "shape"), [(dropout2d, ()), (dropout2d, (4,)), (dropout3d, ())])
def test_without_channels_there_is_nothing_to_drop(function, shape):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = str(shape).replace("(", r"\(").replace(")", r"\)")
        with pytest.raises(RuntimeError, match=rf"^{function.__name__}: input must have channels, .* got shape {shown}; unsqueeze"):
            function(torch.ones(shape))
        assert function(torch.ones(shape), training=False).shape == shape


@doors
def test_refusals_name_the_values(function, layer, shape):
    name, x = function.__name__, torch.ones(*shape)
    for p in (1.3, -0.1, float("nan")):
        for who, call in ((name, lambda p=p: function(x, p)), (layer.__name__, lambda p=p: layer(p))):
            with pytest.raises(
                ValueError, match=rf"^{who}: p must lie in \[0, 1\], got p={p}; p is the probability of dropping a channel$"
            ):
                call()
    with pytest.raises(ValueError, match="got p=7"):
        function(torch.ones(()), 7)  # before the dimensions are looked at, as in PyTorch
    for error, said, call in [
        (TypeError, "input must be a Tensor, got ndarray", lambda: function(np.ones(shape))),
        (TypeError, "p must be a number, got p='a'", lambda: function(x, "a")),
        (RuntimeError, "input must be floating point, got dtype int64", lambda: function(x.long())),
        (TypeError, "mask must be a Tensor, got list", lambda: function(x, mask=[True])),
        (ValueError, "mask must be bool, True for what is kept, got dtype float32", lambda: function(x, mask=x)),
        (
            ValueError,
            r"mask must have shape \(4, 3, 1.*\), one element a channel, got \(4, 3\); return_mask=True",
            lambda: function(x, mask=torch.ones(4, 3, dtype=torch.bool)),
        ),
    ]:
        with pytest.raises(error, match=f"^{name}: {said}"):
            call()


def test_the_layers():
    for _, kind, _ in DOORS:
        layer = kind(0.3, inplace=True)
        assert layer.stochastic and not layer.normalization and not layer.uses_batch_statistics and not layer.state_dict()
        assert repr(layer) == f"{kind.__name__}(p=0.3, inplace=True)"
