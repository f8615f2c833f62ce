import math

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd.gradcheck import gradcheck
from tinyreg.nn import functional as F
from tinyreg.regularization.label_smoothing import CrossEntropyFunction, SoftCrossEntropyFunction, check_label_smoothing, smooth_labels


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def optimum(classes, eps):
    """The logits whose softmax is the smoothed target of class 0, by equation (9)."""
    return [math.log(((1 - eps) * classes + eps) / eps)] + [0.0] * (classes - 1)


# the optimum


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("eps", [0.05, 0.1, 0.5, 1.0])
def test_the_optimum_is_the_smoothed_target(classes, eps):
    x = leaf([optimum(classes, eps)])
    p = tinyreg.softmax(x.detach(), dim=1).numpy()[0]
    np.testing.assert_allclose(p, [1 - eps + eps / classes] + [eps / classes] * (classes - 1), rtol=1e-13)
    loss = F.cross_entropy(x, tinyreg.tensor([0]), label_smoothing=eps)
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), 0, atol=1e-15)
    assert loss.item() == pytest.approx(-(p * np.log(p)).sum())  # the entropy of the target: no loss is smaller


def test_the_distance_of_the_docstring():
    assert round(optimum(10, 0.1)[0], 2) == 4.51


def test_gradient_descent_finds_the_optimum_and_stays():
    eps, classes = 0.2, 4
    x = leaf(np.zeros((1, classes)))
    for _ in range(2000):
        x.grad = None
        F.cross_entropy(x, tinyreg.tensor([0]), label_smoothing=eps).backward()
        with tinyreg.no_grad():
            x.sub_(x.grad)
    distance = x.detach().numpy()[0] - x.detach().numpy()[0, 1]
    np.testing.assert_allclose(distance, optimum(classes, eps), atol=1e-6)


def test_a_larger_margin_costs_only_with_smoothing():
    """Hard labels always ask for larger scores; smoothed ones ask back beyond the optimum."""
    margins = [optimum(10, 0.1)[0] * factor for factor in (0.5, 1.0, 2.0)]
    rows = tinyreg.tensor([[m] + [0.0] * 9 for m in margins])
    labels = tinyreg.tensor([0, 0, 0])
    hard = F.cross_entropy(rows, labels, reduction="none").tolist()
    smooth = F.cross_entropy(rows, labels, reduction="none", label_smoothing=0.1).tolist()
    assert hard[0] > hard[1] > hard[2] and smooth[0] > smooth[1] < smooth[2]


# the gradient


def test_the_gradient_is_softmax_minus_q():
    x = leaf(np.random.default_rng(0).standard_normal((4, 3)))
    labels = tinyreg.tensor([2, 0, 1, 2])
    F.cross_entropy(x, labels, label_smoothing=0.3, reduction="sum").backward()
    q = 0.7 * np.eye(3)[labels.numpy()] + 0.1
    np.testing.assert_allclose(x.grad.numpy(), tinyreg.softmax(x.detach(), 1).numpy() - q, atol=1e-15)


@pytest.mark.parametrize("eps", [0.0, 0.2])
def test_a_row_that_is_ignored_may_hold_nan(eps):
    x = leaf([[math.nan, 0.0], [0.0, 0.0], [-math.inf, 1.0], [math.inf, 0.0]])
    with np.errstate(invalid="ignore"):  # inf - inf
        loss = F.cross_entropy(x, tinyreg.tensor([-100, 0, -100, -100]), label_smoothing=eps)
        loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0], [-0.5 + eps / 2, 0.5 - eps / 2], [0, 0], [0, 0]], atol=1e-15)


def test_by_hand():
    """Equal scores: p = 1/2, q = (0.9, 0.1)."""
    x = leaf([[0.0, 0.0]])
    loss = F.cross_entropy(x, tinyreg.tensor([0]), label_smoothing=0.2)
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    np.testing.assert_allclose(x.grad.numpy(), [[-0.4, 0.4]], rtol=1e-14)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 1.5])], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("ignore_index", [None, 2])
def test_functions_against_finite_differences(reduction, weight, ignore_index):
    x = leaf(np.random.default_rng(0).standard_normal((4, 3)))
    labels = np.array([2, 0, 1, 2])

    def hard(x):
        return CrossEntropyFunction.apply(x, labels, weight, label_smoothing=0.3, ignore_index=ignore_index, reduction=reduction)

    assert gradcheck(hard, (x,), atol=1e-8, rtol=1e-8)
    q = leaf(np.random.default_rng(1).uniform(0, 1, (4, 3)))
    assert gradcheck(lambda x, q: SoftCrossEntropyFunction.apply(x, q, reduction=reduction), (x, q), atol=1e-8, rtol=1e-8)


# identities


@pytest.mark.parametrize("weight", [None, tinyreg.tensor([0.5, 2.0, 1.5], dtype=tinyreg.float64)], ids=["unweighted", "weighted"])
def test_it_is_the_mixture_with_the_uniform(weight):
    """Equation (4), and with weights the same of the weighted losses."""
    x = tinyreg.tensor(np.random.default_rng(0).standard_normal((4, 3)))
    labels, uniform = tinyreg.tensor([2, 0, 1, 2]), tinyreg.full((4, 3), 1 / 3, dtype=tinyreg.float64)
    for eps in (0.0, 0.1, 0.5, 1.0):
        smooth = F.cross_entropy(x, labels, weight, label_smoothing=eps, reduction="none").numpy()
        hard = F.cross_entropy(x, labels, weight, reduction="none").numpy()
        even = F.cross_entropy(x, uniform, weight, reduction="none").numpy()
        np.testing.assert_allclose(smooth, (1 - eps) * hard + eps * even, rtol=1e-13)


@pytest.mark.parametrize("shape", [(5,), (2, 3), ()])
@pytest.mark.parametrize("eps", [0.0, 0.1, 1.0])
def test_it_is_the_cross_entropy_with_smoothed_targets(shape, eps):
    rng = np.random.default_rng(0)
    labels = tinyreg.tensor(rng.integers(0, 4, shape))
    x = tinyreg.tensor(rng.standard_normal((*shape[:1], 4, *shape[1:])))
    q = smooth_labels(labels, 4, eps)
    assert q.shape == x.shape
    by_targets = F.cross_entropy(x, q.double(), reduction="none").numpy()
    np.testing.assert_allclose(by_targets, F.cross_entropy(x, labels, label_smoothing=eps, reduction="none").numpy(), rtol=1e-6)


def test_smoothing_of_probabilities_is_smoothing_of_their_labels():
    labels = tinyreg.tensor([2, 0])
    one_hot = smooth_labels(labels, 3, 0.0)
    np.testing.assert_allclose(smooth_labels(one_hot, 3, 0.3).numpy(), smooth_labels(labels, 3, 0.3).numpy(), rtol=1e-6)
    assert smooth_labels(one_hot.double(), 3, 0.3).dtype == tinyreg.float64


# smooth_labels


def test_smooth_labels_by_hand():
    np.testing.assert_allclose(smooth_labels(tinyreg.tensor([1]), 4, 0.2).numpy(), [[0.05, 0.85, 0.05, 0.05]], rtol=1e-6)
    assert smooth_labels(tinyreg.tensor([1, 0]), 2, 0.0).tolist() == [[0, 1], [1, 0]]
    assert smooth_labels(tinyreg.tensor([1, 0]), 2, 1.0).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert smooth_labels(tinyreg.tensor([0, 0]), 1, 0.3).numpy() == pytest.approx(np.ones((2, 1)))


@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 3, 4)])
def test_smooth_labels_are_probabilities_along_the_class_dimension(shape):
    labels = tinyreg.tensor(np.random.default_rng(0).integers(0, 7, shape))
    q = smooth_labels(labels, 7, 0.1)
    assert q.shape == (*shape[:1], 7, *shape[1:]) and q.dtype == tinyreg.float32
    axis = 1 if shape else 0
    np.testing.assert_allclose(q.numpy().sum(axis=axis), np.ones(shape), rtol=1e-6)
    if q.numel():
        np.testing.assert_array_equal(q.numpy().argmax(axis=axis), labels.numpy())


def test_gradients_pass_through_smoothed_probabilities():
    q = leaf(np.random.default_rng(0).dirichlet(np.ones(3), 4))
    assert gradcheck(lambda q: smooth_labels(q, 3, 0.3), (q,), atol=1e-8)


@pytest.mark.parametrize(
    "targets, classes, eps, error, message",
    [
        (tinyreg.tensor([0, 4]), 4, 0.1, IndexError, r"\[0, 3\], got 4 at index \(1,\) for 4 classes"),
        (tinyreg.tensor([0, -100]), 4, 0.1, IndexError, r"got -100 at index \(1,\)"),
        (tinyreg.tensor([True]), 4, 0.1, RuntimeError, "class labels must be integers, got dtype bool"),
        (tinyreg.tensor([0, 1]), 4, 1.5, RuntimeError, r"label_smoothing must lie in \[0, 1\], got label_smoothing=1.5"),
        (tinyreg.tensor([0, 1]), 0, 0.1, ValueError, "num_classes must be at least 1, got num_classes=0"),
        (tinyreg.tensor([0.0, 1.0]), 4, 0.1, ValueError, r"num_classes=4 along .*, got shape \(2,\); labels must be integers"),
        (tinyreg.zeros(2, 3), 4, 0.1, ValueError, r"num_classes=4 along the class dimension, got shape \(2, 3\)"),
        (tinyreg.tensor(1.0), 4, 0.1, ValueError, r"got shape \(\)"),
        ([0, 1], 4, 0.1, TypeError, "targets must be a Tensor, got list"),
    ],
)
def test_smooth_labels_refuses(targets, classes, eps, error, message):
    with pytest.raises(error, match=f"smooth_labels: .*{message}"):
        smooth_labels(targets, classes, eps)


@pytest.mark.parametrize("eps", [-1e-9, 1.0000001, math.nan])
def test_the_range_of_label_smoothing(eps):
    with pytest.raises(RuntimeError, match=f"loss: label_smoothing must lie in .* got label_smoothing={eps}"):
        check_label_smoothing("loss", eps)
    assert type(check_label_smoothing("loss", np.float64(0.5))) is float
