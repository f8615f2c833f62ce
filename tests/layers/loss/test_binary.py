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

LOSSES = pytest.mark.parametrize("loss", [F.binary_cross_entropy, F.binary_cross_entropy_with_logits])


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def pair(loss, shape=(3, 4)):
    """Arguments inside the range that the loss takes."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.1, 0.9, shape) if loss is F.binary_cross_entropy else rng.standard_normal(shape)
    return leaf(x), leaf(rng.uniform(0.1, 0.9, shape))


def test_by_hand():
    """A score of ln 3 is a probability of 3/4."""
    x, z = leaf([0.75, 0.75]), leaf([math.log(3)] * 2)
    target = tinyreg.tensor([1.0, 0.0], dtype=tinyreg.float64)
    wanted = [math.log(4 / 3), math.log(4)]
    for loss, at, slope in ((F.binary_cross_entropy, x, [-4 / 3, 4]), (F.binary_cross_entropy_with_logits, z, [-0.25, 0.75])):
        losses = loss(at, target, reduction="none")
        np.testing.assert_allclose(losses.detach().numpy(), wanted, rtol=1e-14)
        assert loss(at, target).item() == pytest.approx(sum(wanted) / 2)
        assert loss(at, target, reduction="sum").item() == pytest.approx(sum(wanted))
        losses.backward(tinyreg.ones(2, dtype=tinyreg.float64))
        np.testing.assert_allclose(at.grad.numpy(), slope, rtol=1e-14)


def test_weights_by_hand():
    z, target = tinyreg.zeros(2), tinyreg.tensor([1.0, 0.0])
    weight, pos_weight = tinyreg.tensor([3.0, 5.0]), tinyreg.tensor(10.0)
    losses = F.binary_cross_entropy_with_logits(z, target, weight, pos_weight=pos_weight, reduction="none")
    np.testing.assert_allclose(losses.numpy(), [30 * math.log(2), 5 * math.log(2)], rtol=1e-6)
    assert F.binary_cross_entropy(z + 0.5, target, weight).item() == pytest.approx(4 * math.log(2), rel=1e-6)  # divided by 2, not by 8


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 5)), elements=st.floats(-30, 30)), st.floats(0, 1))
def test_of_scores_is_of_their_sigmoid(z, t):
    target = tinyreg.tensor(np.full_like(z, t))
    by_score = F.binary_cross_entropy_with_logits(tinyreg.tensor(z), target, reduction="none").numpy()
    by_probability = F.binary_cross_entropy(tinyreg.sigmoid(tinyreg.tensor(z)), target, reduction="none").numpy()
    np.testing.assert_allclose(by_score, by_probability, rtol=1e-3, atol=1e-12)  # 1 - sigmoid(30) keeps 3 digits


@pytest.mark.parametrize("pos_weight", [None, 3.0])
def test_a_confident_right_answer_keeps_all_its_digits(pos_weight):
    """ln(1 + e^-17) is 4e-8; computed as softplus(17) - 17 it would keep eight digits."""
    options = {} if pos_weight is None else {"pos_weight": tinyreg.tensor([pos_weight], dtype=tinyreg.float64)}
    z, target = tinyreg.tensor(np.array([-17.0, 17.0])), tinyreg.tensor(np.array([0.0, 1.0]))
    losses = F.binary_cross_entropy_with_logits(z, target, reduction="none", **options).numpy()
    np.testing.assert_allclose(losses, np.log1p(np.exp(-17.0)) * np.array([1, pos_weight or 1]), rtol=1e-14)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 5)), elements=st.floats(-1000, 1000)), st.integers(0, 9))
def test_two_classes_are_yes_and_no(z, seed):
    """The score z against 0 is a cross entropy of two classes."""
    labels = np.random.default_rng(seed).integers(0, 2, z.shape)
    two = F.cross_entropy(tinyreg.tensor(np.stack([np.zeros_like(z), z], axis=1)), tinyreg.tensor(labels), reduction="none")
    one = F.binary_cross_entropy_with_logits(tinyreg.tensor(z), tinyreg.tensor(labels.astype(float)), reduction="none")
    np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-13, atol=1e-15)


@LOSSES
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients(loss, reduction, weighted):
    x, target = pair(loss)
    rng = np.random.default_rng(1)
    options = {"reduction": reduction}
    if weighted:
        options["weight"] = tinyreg.tensor(rng.uniform(0.5, 2, (4,)))
        if loss is F.binary_cross_entropy_with_logits:
            options["pos_weight"] = tinyreg.tensor(rng.uniform(0.5, 2, (3, 1)))
    assert gradcheck(lambda x, t: loss(x, t, **options), (x, target), atol=1e-7, rtol=1e-7)
    assert gradcheck(lambda t: loss(x.detach(), t, **options), (target,), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_probabilities_of_0_and_1_are_cut_at_100(dtype):
    x, target = leaf([0, 0, 1, 1], dtype), tinyreg.tensor([0.0, 1.0, 0.0, 1.0], dtype=dtype)
    losses = F.binary_cross_entropy(x, target, reduction="none")
    assert losses.tolist() == [0, 100, 100, 0]
    if dtype != "float16":  # where 1e-12 is 0, the denominator cannot be cut
        losses.backward(tinyreg.ones_like(losses))
        np.testing.assert_allclose(x.grad.numpy(), [0, -1e12, 1e12, 0], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_scores_of_any_size(dtype):
    z, target = leaf([-1000, -1000, 1000, 1000], dtype), tinyreg.tensor([0.0, 1.0, 0.0, 1.0], dtype=dtype)
    losses = F.binary_cross_entropy_with_logits(z, target, reduction="none")
    assert losses.tolist() == [0, 1000, 1000, 0]
    losses.backward(tinyreg.ones_like(losses))
    assert z.grad.tolist() == [0, -1, 1, 0]


@LOSSES
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtype_is_kept(loss, dtype):
    x, target = leaf([0.25, 0.5], dtype), leaf([0.0, 1.0], dtype)
    weight = tinyreg.tensor([1.0, 2.0], dtype=tinyreg.float64)
    for reduction in ("mean", "none"):
        value = loss(x, target, weight, reduction=reduction)
        value.backward(tinyreg.ones_like(value))
        assert value.dtype == x.grad.dtype == target.grad.dtype == dtype


@LOSSES
def test_0d_and_empty(loss):
    assert loss(tinyreg.tensor(0.5), tinyreg.tensor(1.0)).shape == ()
    assert math.isnan(loss(tinyreg.zeros(0), tinyreg.zeros(0)).item())


# refusals


@pytest.mark.parametrize(
    "x, target, message",
    [
        ([0.5, 1.5], [0, 1], r"input must lie in \[0, 1\], got values from 0.5 to 1.5"),
        ([-0.5, 0.5], [0, 1], r"input must lie in \[0, 1\], got values from -0.5 to 0.5"),
        ([math.nan, 0.5], [0, 1], r"input must lie in \[0, 1\], got values from nan to nan"),
        ([0.5, 0.5], [0, 2], r"target must lie in \[0, 1\], got values from 0.0 to 2.0"),
    ],
)
def test_values_outside_the_unit_interval_are_refused(x, target, message):
    with pytest.raises(RuntimeError, match=f"binary_cross_entropy: {message}"):
        F.binary_cross_entropy(tinyreg.tensor(x), tinyreg.tensor(target, dtype=tinyreg.float32))


@LOSSES
def test_refusals(loss):
    x, who = tinyreg.zeros(3), loss.__name__
    with pytest.raises(ValueError, match=rf"{who}: .* same shape, got \(3,\) and \(3, 1\)"):
        loss(x, tinyreg.zeros(3, 1))
    with pytest.raises(NotImplementedError, match=f"{who}: input must be floating point, got dtype int64"):
        loss(tinyreg.tensor([0, 1, 1]), tinyreg.tensor([0, 1, 1]))
    with pytest.raises(RuntimeError, match=rf"{who}: weight must broadcast to input's shape \(3,\), got \(4,\)"):
        loss(x, x, weight=tinyreg.ones(4))
    with pytest.raises(RuntimeError, match=rf"{who}: weight must broadcast to input's shape \(3,\), got \(2, 3\)"):
        loss(x, x, weight=tinyreg.ones(2, 3))
    with pytest.raises(RuntimeError, match=r"weight must be constant, got a Tensor of shape \(3,\)"):
        loss(x, x, weight=tinyreg.ones(3, requires_grad=True))
    with pytest.raises(ValueError, match=f"{who}: reduction must be .* got 'average'"):
        loss(x, x, reduction="average")
    with pytest.raises(TypeError, match=f"{who}: input must be a Tensor, got list"):
        loss([0.0], x)


def test_refusals_of_one():
    x = tinyreg.zeros(3)
    with pytest.raises(RuntimeError, match="binary_cross_entropy: .* one dtype, got float32 and float64"):
        F.binary_cross_entropy(x, x.double())
    with pytest.raises(RuntimeError, match="binary_cross_entropy: .* one dtype, got float32 and int64"):
        F.binary_cross_entropy(x, x.long())
    with pytest.raises(RuntimeError, match="binary_cross_entropy_with_logits: target must be floating point, got dtype int64"):
        F.binary_cross_entropy_with_logits(x, x.long())
    with pytest.raises(RuntimeError, match=r"pos_weight must broadcast to input's shape \(3,\), got \(4,\)"):
        F.binary_cross_entropy_with_logits(x, x, pos_weight=tinyreg.ones(4))
    with pytest.raises(RuntimeError, match=r"pos_weight must be constant, got a Tensor of shape \(1,\)"):
        F.binary_cross_entropy_with_logits(x, x, pos_weight=tinyreg.ones(1, requires_grad=True))


def test_modules():
    x, target, weight = tinyreg.tensor([0.25, 0.5]), tinyreg.tensor([0.0, 1.0]), tinyreg.tensor([1.0, 2.0])
    assert nn.BCELoss(weight, reduction="sum")(x, target).item() == F.binary_cross_entropy(x, target, weight, reduction="sum").item()
    loss = nn.BCEWithLogitsLoss(weight, reduction="sum", pos_weight=weight)
    assert loss(x, target).item() == F.binary_cross_entropy_with_logits(x, target, weight, reduction="sum", pos_weight=weight).item()
    assert list(loss.state_dict()) == ["weight", "pos_weight"]
    assert repr(nn.BCELoss()) == "BCELoss()" and repr(loss) == "BCEWithLogitsLoss()"
    for module in (nn.BCELoss, nn.BCEWithLogitsLoss):
        with pytest.raises(ValueError, match=f"{module.__name__}: reduction must be .* got 'x'"):
            module(reduction="x")
