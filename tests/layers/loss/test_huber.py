import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg import nn
from tinyreg.autograd.gradcheck import gradcheck
from tinyreg.nn import functional as F

ERRORS = hnp.arrays(np.float64, st.integers(1, 5), elements=st.floats(-100, 100))


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def test_by_hand():
    """Errors 0, 1/2, 3 and -4 with delta = 2: d^2/2 for the first two, 2 (|d| - 1) for the others."""
    x, y = leaf([5.0, 0.5, 3.0, -4.0]), leaf([5.0, 0.0, 0.0, 0.0])
    losses = F.huber_loss(x, y, reduction="none", delta=2.0)
    assert losses.tolist() == [0, 0.125, 4, 6]
    assert F.huber_loss(x, y, delta=2.0).item() == 10.125 / 4 and F.huber_loss(x, y, "sum", 2.0).item() == 10.125
    losses.sum().backward()
    assert x.grad.tolist() == [0, 0.5, 2, -2] and y.grad.tolist() == [0, -0.5, -2, 2]

    x = leaf([5.0, 0.5, 3.0, -4.0])
    losses = F.smooth_l1_loss(x, y.detach(), reduction="none", beta=2.0)
    assert losses.tolist() == [0, 0.0625, 2, 3]
    losses.sum().backward()
    assert x.grad.tolist() == [0, 0.25, 1, -1]


def test_weights_by_hand():
    x, y, weight = tinyreg.tensor([0.5, 4.0]), tinyreg.zeros(2), tinyreg.tensor([8.0, 2.0])
    assert F.huber_loss(x, y, "none", weight=weight).tolist() == [1, 7]
    assert F.huber_loss(x, y, weight=weight).item() == 4  # divided by 2, not by 10


@settings(max_examples=50, deadline=None)
@given(ERRORS, st.floats(0.01, 10))
def test_its_relatives(d, delta):
    x, y = tinyreg.tensor(d), tinyreg.tensor(np.zeros_like(d))
    huber = F.huber_loss(x, y, "none", delta).numpy()
    np.testing.assert_allclose(F.smooth_l1_loss(x, y, reduction="none", beta=delta).numpy() * delta, huber, rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(np.where(abs(d) <= delta, d**2 / 2, delta * (abs(d) - delta / 2)), huber, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(F.huber_loss(x, y, "none", math.inf).numpy(), d**2 / 2, rtol=1e-14, atol=1e-300)
    np.testing.assert_array_equal(F.smooth_l1_loss(x, y, reduction="none", beta=0).numpy(), F.l1_loss(x, y, reduction="none").numpy())


@settings(max_examples=30, deadline=None)
@given(ERRORS, st.floats(0.01, 10))
def test_no_example_pulls_harder_than_delta(d, delta):
    x = leaf(d)
    F.huber_loss(x, tinyreg.tensor(np.zeros_like(d)), "sum", delta).backward()
    assert (abs(x.grad.numpy()) <= delta).all()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("setting", [0.3, 1.0, 5.0])
def test_gradients(reduction, setting):
    rng = np.random.default_rng(0)
    x, y, weight = leaf(rng.standard_normal((3, 4))), leaf(rng.standard_normal((3, 4))), tinyreg.tensor(rng.uniform(0.5, 2, (3, 4)))
    for loss in (
        lambda x, y: F.huber_loss(x, y, reduction, setting),
        lambda x, y: F.huber_loss(x, y, reduction, setting, weight),
        lambda x, y: F.smooth_l1_loss(x, y, reduction=reduction, beta=setting),
    ):
        assert gradcheck(loss, (x, y), atol=1e-7, rtol=1e-7)
        assert gradcheck(lambda y, loss=loss: loss(x.detach(), y), (y,), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("loss", [F.huber_loss, F.smooth_l1_loss])
def test_shapes_and_dtypes(loss):
    x, y = leaf(np.zeros((4, 1))), leaf(np.ones(4))
    with pytest.warns(UserWarning, match=rf"{loss.__name__}: .* got \(4, 1\) and \(4,\)") as caught:
        assert loss(x, y, reduction="none").shape == (4, 4)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning):
        assert gradcheck(loss, (x + 0.5, y))
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match=rf"{loss.__name__}: shapes must broadcast .* \(3,\) and \(4,\)"):
        loss(tinyreg.zeros(3), tinyreg.zeros(4))
    x = leaf([0.25, 3.0], "float32")
    value = loss(x, tinyreg.tensor([0, 1]))
    value.backward()
    assert value.dtype == x.grad.dtype == tinyreg.float32
    assert loss(tinyreg.tensor(2.0), tinyreg.tensor(3.0)).item() == 0.5
    assert math.isnan(loss(tinyreg.zeros(0), tinyreg.zeros(0)).item())
    with pytest.raises(NotImplementedError, match=f"{loss.__name__}: input or target must be floating point, got dtype int64 for both"):
        loss(tinyreg.tensor([1]), tinyreg.tensor([1]))


X = tinyreg.zeros(3)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: F.huber_loss(X, X, delta=0), RuntimeError, "huber_loss: delta must be above 0, got delta=0"),
        (lambda: F.huber_loss(X, X, delta=math.nan), RuntimeError, "huber_loss: delta must be above 0, got delta=nan"),
        (lambda: F.huber_loss(X, X, delta="a"), TypeError, "huber_loss: delta must be a number, got delta='a'"),
        (lambda: F.huber_loss(X, X, "average"), ValueError, "huber_loss: reduction must be 'none', 'mean' or 'sum', got 'average'"),
        (lambda: F.huber_loss(X, X, weight=X[:1]), ValueError, r"huber_loss: weight must have input's shape \(3,\), got \(1,\)"),
        (lambda: F.huber_loss(X, X, weight=leaf([1, 1, 1])), RuntimeError, r"weight must be constant, got a Tensor of shape \(3,\)"),
        (lambda: F.huber_loss(X, 1.0), TypeError, "huber_loss: target must be a Tensor, got float"),
        (lambda: F.smooth_l1_loss(X, X, beta=-1), RuntimeError, "smooth_l1_loss: beta must be at least 0, got beta=-1"),
        (lambda: F.smooth_l1_loss(X, X, beta=None), TypeError, "smooth_l1_loss: beta must be a number, got beta=None"),
        (lambda: F.smooth_l1_loss([1.0], X), TypeError, "smooth_l1_loss: input must be a Tensor, got list"),
        (lambda: nn.HuberLoss(delta=-2), RuntimeError, "HuberLoss: delta must be above 0, got delta=-2"),
        (lambda: nn.SmoothL1Loss(beta=-2), RuntimeError, "SmoothL1Loss: beta must be at least 0, got beta=-2"),
        (lambda: nn.HuberLoss("x"), ValueError, "HuberLoss: reduction must be .* got 'x'"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_modules():
    x, y = tinyreg.tensor([0.5, 4.0]), tinyreg.zeros(2)
    assert nn.HuberLoss("none", 2)(x, y).tolist() == [0.125, 6] and nn.SmoothL1Loss(reduction="sum", beta=2)(x, y).item() == 3.0625
    assert nn.SmoothL1Loss(beta=0)(x, y).item() == 2.25
    assert repr(nn.HuberLoss()) == "HuberLoss()" and repr(nn.SmoothL1Loss()) == "SmoothL1Loss()"
    with pytest.warns(UserWarning, match="SmoothL1Loss: .* say reduction='sum'"):
        assert nn.SmoothL1Loss(size_average=False)(x, y).item() == 3.625
    with pytest.warns(UserWarning, match="smooth_l1_loss: .* say reduction='none'"):
        assert F.smooth_l1_loss(x, y, reduce=False).tolist() == [0.125, 3.5]
