import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.nn import functional as F
from tinyreg.regularization.confidence_penalty import confidence_penalty


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def logits(*shape, seed=0, scale=2.0):
    return np.random.default_rng(seed).standard_normal(shape) * scale


def test_value_and_gradient_by_hand():
    """p = (3/4, 1/4): H = 2 ln 2 - 3/4 ln 3."""
    x = leaf([[math.log(3.0), 0.0], [5.0, 5.0]])
    entropy = 2 * math.log(2) - 0.75 * math.log(3)
    penalty = confidence_penalty(x, 0.5, reduction="none")
    np.testing.assert_allclose(penalty.detach().array, [-0.5 * entropy, -0.5 * math.log(2)], rtol=1e-15)
    penalty.backward(torch.tensor(np.array([2.0, 3.0])))
    slope = 0.75 * (math.log(0.75) + entropy)
    np.testing.assert_allclose(x.grad.array, [[slope, -slope], [0, 0]], rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("shape", [(4, 3), (3,), (2, 5, 3), (2, 4, 3, 2)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_it_equals_the_composed_expression(shape, reduction):
    ours, composed = leaf(logits(*shape)), leaf(logits(*shape))
    dim = min(1, len(shape) - 1)
    rows = 0.3 * (composed.softmax(dim) * composed.log_softmax(dim)).sum(dim)
    expected = rows if reduction == "none" else getattr(rows, reduction)()
    penalty = confidence_penalty(ours, 0.3, reduction)
    assert penalty.shape == expected.shape
    np.testing.assert_allclose(penalty.detach().array, expected.detach().array, rtol=1e-13)
    cotangent = torch.tensor(np.random.default_rng(1).standard_normal(penalty.shape))
    penalty.backward(cotangent)
    expected.backward(cotangent)
    np.testing.assert_allclose(ours.grad.array, composed.grad.array, rtol=1e-11, atol=1e-15)


def test_its_gradient_sums_to_zero_over_the_classes():
    x = leaf(logits(6, 5))
    confidence_penalty(x, 1.0, "none").backward(torch.tensor(np.random.default_rng(1).standard_normal(6)))
    np.testing.assert_allclose(x.grad.array.sum(axis=1), 0, atol=1e-15)


def test_it_is_the_divergence_from_the_uniform_the_other_way_round_than_smoothing():
    """Equation (3); and smoothing's term is KL(u || p) up to a constant, equal to second order around the uniform."""
    x, k = torch.tensor(logits(3, 4)), 4
    log_p = x.log_softmax(1).array
    p, u = np.exp(log_p), np.full((3, 4), 0.25)
    here, there = (p * (log_p - np.log(u))).sum(axis=1), (u * (np.log(u) - log_p)).sum(axis=1)
    np.testing.assert_allclose(confidence_penalty(x, 0.7, "none").array, 0.7 * here - 0.7 * math.log(k), rtol=1e-13)
    smoothing = F.cross_entropy(x, torch.tensor(u), reduction="none").array
    np.testing.assert_allclose(smoothing, there + math.log(k), rtol=1e-13)
    assert (abs(here - there) > 1e-3).all()
    near = torch.tensor(logits(3, 4, scale=1e-3))
    a = confidence_penalty(near, 1.0, "none").array + math.log(k)
    b = F.cross_entropy(near, torch.tensor(u), reduction="none").array - math.log(k)
    np.testing.assert_allclose(a, b, rtol=1e-2)


def test_extreme_scores():
    x = leaf([[1e4, 0.0, -1e4], [-np.inf, 1.0, 1.0], [0.0, -np.inf, -np.inf], [3e4, 3e4, 3e4]], "float32")
    penalty = confidence_penalty(x, 1.0, "none")
    np.testing.assert_allclose(penalty.detach().array, [0, -math.log(2), 0, -math.log(3)], rtol=1e-6)
    penalty.sum().backward()
    np.testing.assert_allclose(x.grad.array, np.zeros((4, 3)), atol=1e-7)


def test_a_class_that_is_ruled_out_leaves_the_others_alone():
    x, ruled = leaf([[0.3, -1.0, 2.0]]), leaf([[0.3, -np.inf, -1.0, 2.0]])
    a, b = confidence_penalty(x, 0.4), confidence_penalty(ruled, 0.4)
    a.backward()
    b.backward()
    assert a.item() == pytest.approx(b.item(), rel=1e-15) and ruled.grad.array[0, 1] == 0
    np.testing.assert_allclose(ruled.grad.array[0, [0, 2, 3]], x.grad.array[0], rtol=1e-14)


@pytest.mark.parametrize("row", [[np.nan, 0.0], [np.inf, 0.0], [-np.inf, -np.inf]])
def test_rows_without_a_softmax_are_nan(row):
    with np.errstate(invalid="ignore"):
        assert np.isnan(confidence_penalty(torch.tensor(np.array([row])), 1.0).item())


@pytest.mark.parametrize("strength", [0.25, 1.0, 10.0])
def test_with_cross_entropy_the_minimum_is_at_a_finite_distance(strength):
    """Equation (6), found by descent on the scores of one row."""
    x, y = leaf(np.zeros((1, 4))), torch.tensor([1])
    for _ in range(4000):
        x.grad = None
        (F.cross_entropy(x, y) + confidence_penalty(x, strength)).backward()
        x.array -= 0.3 * x.grad.array
    assert abs(x.grad.array).max() < 1e-6
    p = x.softmax(1).detach().array[0]
    entropy = -(p * np.log(p)).sum()
    np.testing.assert_allclose(p[[0, 2, 3]], math.exp(-entropy - 1 / strength), rtol=1e-4)
    assert 0.25 < p[1] < 0.99


def test_ends():
    x = leaf(logits(3, 4))
    penalty = confidence_penalty(x, 0)
    penalty.backward()
    assert penalty.item() == 0 and not x.grad.array.any()
    assert confidence_penalty(torch.tensor(logits(3, 1)), 1.0).item() == 0
    empty = torch.zeros(0, 3, requires_grad=True)
    mean = confidence_penalty(empty, 1.0)
    mean.backward()
    assert math.isnan(mean.item()) and confidence_penalty(empty, 1.0, "sum").item() == 0 and empty.grad.shape == (0, 3)


def test_float32_stays_float32_also_with_float64_settings():
    x = leaf(logits(3, 4), "float32")
    for reduction in ("mean", "sum", "none"):
        x.grad = None
        penalty = confidence_penalty(x, np.float64(0.1), reduction)
        penalty.sum().backward()
        assert {penalty.dtype, x.grad.dtype} == {np.dtype("float32")}


def test_the_input_is_left_as_it_is():
    values = logits(3, 4)
    x = leaf(values.copy())
    confidence_penalty(x, 1.0).backward()
    np.testing.assert_array_equal(x.detach().array, values)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: confidence_penalty(torch.ones(2, 3), -0.5), ValueError, "confidence_penalty: strength .* got strength=-0.5"),
        (lambda: confidence_penalty(torch.ones(2, 3), "a"), TypeError, "got strength='a'"),
        (lambda: confidence_penalty(torch.ones(2, 3), 1.0, "avg"), ValueError, "confidence_penalty: reduction .* got 'avg'"),
        (lambda: confidence_penalty(torch.tensor(1.0), 1.0), ValueError, r"confidence_penalty: logits .* got shape \(\)"),
        (lambda: confidence_penalty(torch.ones(2, 0), 1.0), ValueError, r"got shape \(2, 0\)"),
        (lambda: confidence_penalty(torch.ones(2, 3).long(), 1.0), NotImplementedError, "logits .* got dtype int64"),
        (lambda: confidence_penalty([[1.0]], 1.0), TypeError, "logits must be a Tensor, got list"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()
