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

LOSSES = pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss])


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def test_by_hand():
    x, y = leaf([1.0, 2.0, 3.0]), leaf([1.0, 4.0, 0.0])
    loss = F.mse_loss(x, y)
    assert loss.item() == pytest.approx(13 / 3)
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, -4 / 3, 2], rtol=1e-14)
    np.testing.assert_allclose(y.grad.numpy(), [0, 4 / 3, -2], rtol=1e-14)

    x, y = leaf([1.0, 2.0, 3.0]), leaf([1.0, 4.0, 0.0])
    loss = F.l1_loss(x, y)
    assert loss.item() == pytest.approx(5 / 3)
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, -1 / 3, 1 / 3], rtol=1e-14)
    np.testing.assert_allclose(y.grad.numpy(), [0, 1 / 3, -1 / 3], rtol=1e-14)


def test_weights_by_hand():
    x, y, weight = tinyreg.tensor([1.0, 2.0, 3.0]), tinyreg.tensor([1.0, 4.0, 0.0]), tinyreg.tensor([1.0, 2.0, 5.0])
    assert F.mse_loss(x, y, weight=weight).item() == (2 * 4 + 5 * 9) / 8
    assert F.mse_loss(x, y, weight=weight, reduction="sum").item() == 2 * 4 + 5 * 9
    assert F.l1_loss(x, y, weight=weight).item() == pytest.approx((2 * 2 + 5 * 3) / 8)
    assert F.l1_loss(x, y, weight=weight, reduction="none").tolist() == [0, 4, 15]


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 4), st.integers(1, 4)), elements=st.floats(-10, 10)))
def test_reductions_agree(pair):
    x, y = tinyreg.tensor(pair[0]), tinyreg.tensor(pair[1])
    for loss, elements in ((F.mse_loss, (pair[0] - pair[1]) ** 2), (F.l1_loss, abs(pair[0] - pair[1]))):
        np.testing.assert_allclose(loss(x, y, reduction="none").numpy(), elements)
        np.testing.assert_allclose(loss(x, y, reduction="sum").item(), elements.sum(), atol=1e-12)
        np.testing.assert_allclose(loss(x, y).item(), elements.mean(), atol=1e-12)
        np.testing.assert_allclose(loss(y, x).item(), loss(x, y).item())


@LOSSES
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients(loss, reduction, weighted):
    rng = np.random.default_rng(0)
    x, y = leaf(rng.standard_normal((3, 4))), leaf(rng.standard_normal((3, 4)))
    weight = tinyreg.tensor(rng.uniform(0.5, 2, (3, 4))) if weighted else None
    assert gradcheck(lambda x, y: loss(x, y, reduction=reduction, weight=weight), (x, y), atol=1e-7, rtol=1e-7)
    assert gradcheck(lambda y: loss(x.detach(), y, reduction=reduction, weight=weight), (y,), atol=1e-7, rtol=1e-7)


@LOSSES
def test_different_shapes_warn_and_are_broadcast(loss):
    rng = np.random.default_rng(0)
    x, y = leaf(rng.standard_normal((4, 1))), leaf(rng.standard_normal(4))
    with pytest.warns(UserWarning, match=rf"{loss.__name__}: .* got \(4, 1\) and \(4,\)") as caught:
        value = loss(x, y, reduction="none")
    assert caught[0].filename == __file__
    assert value.shape == (4, 4)
    with pytest.warns(UserWarning):
        assert gradcheck(loss, (x, y), atol=1e-7, rtol=1e-7)


@LOSSES
def test_shapes_that_do_not_broadcast_are_refused(loss):
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match=rf"{loss.__name__}: shapes must broadcast .* \(3,\) and \(4,\)"):
        loss(tinyreg.zeros(3), tinyreg.zeros(4))


@LOSSES
def test_refusals(loss):
    x = tinyreg.zeros(3)
    who = loss.__name__
    with pytest.raises(ValueError, match=rf"{who}: weight must have input's shape \(3,\), got \(1,\)"):
        loss(x, x, weight=tinyreg.ones(1))
    with pytest.raises(RuntimeError, match=r"weight must be constant, got a Tensor of shape \(3,\) that requires grad"):
        loss(x, x, weight=tinyreg.ones(3, requires_grad=True))
    with pytest.raises(RuntimeError, match=f"{who}: input or target must be floating point.*, got dtype.* int64"):
        loss(tinyreg.tensor([1, 2]), tinyreg.tensor([1, 2]))
    with pytest.raises(ValueError, match=f"{who}: reduction must be .* got 'average'"):
        loss(x, x, reduction="average")
    with pytest.raises(TypeError, match=f"{who}: target must be a Tensor, got float"):
        loss(x, 1.0)
    with pytest.raises(TypeError, match=f"{who}: input must be a Tensor, got ndarray"):
        loss(np.zeros(3), x)


def test_whole_numbers_have_whole_distances():
    x, y = tinyreg.tensor([1, -2, 3]), tinyreg.tensor([1, 4, 0])
    assert F.l1_loss(x, y, reduction="none").tolist() == [0, 6, 3] and F.l1_loss(x, y, reduction="sum").item() == 9
    assert F.l1_loss(x, y, reduction="sum").dtype == tinyreg.int64
    with pytest.raises(RuntimeError, match="l1_loss: input and target must be numbers, got dtypes bool and int64"):
        F.l1_loss(x > 0, y)


@LOSSES
def test_dtypes(loss):
    x = leaf([1.0, 2.0], "float32")
    value = loss(x, tinyreg.tensor([1, 3]))
    value.backward()
    assert value.dtype == x.grad.dtype == tinyreg.float32
    value = loss(leaf([1.0, 2.0], "float16"), tinyreg.tensor([1.0, 3.0], dtype=tinyreg.float16))
    assert value.dtype == tinyreg.float16
    x = leaf([1.0, 2.0], "float32")
    value = loss(x, tinyreg.tensor([1.0, 3.0], dtype=tinyreg.float64))  # promoted, as in PyTorch
    value.backward()
    assert value.dtype == tinyreg.float64 and x.grad.dtype == tinyreg.float32


@LOSSES
def test_0d_and_empty(loss):
    assert loss(tinyreg.tensor(2.0), tinyreg.tensor(3.0), reduction="none").item() == 1
    x = leaf(np.zeros((0, 3)))
    value = loss(x, x.detach())
    assert math.isnan(value.item())
    value.backward()
    assert x.grad.shape == (0, 3)


def test_modules():
    x, y = tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0, 4.0])
    assert nn.MSELoss()(x, y).item() == 2 and nn.MSELoss(reduction="sum")(x, y).item() == 4
    assert nn.L1Loss()(x, y).item() == 1 and nn.L1Loss(reduction="none")(x, y).tolist() == [0, 2]
    assert repr(nn.MSELoss()) == "MSELoss()" and repr(nn.L1Loss()) == "L1Loss()"
    with pytest.warns(UserWarning, match="MSELoss: .* say reduction='sum'"):
        assert nn.MSELoss(size_average=False)(x, y).item() == 4
    with pytest.raises(ValueError, match="L1Loss: reduction must be .* got 'x'"):
        nn.L1Loss(reduction="x")
