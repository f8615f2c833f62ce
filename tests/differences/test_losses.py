"""Losses: where tinyreg does not do what PyTorch does."""

import numpy as np
import pytest

import tinyreg


def scores(t, *shape):
    return t.zeros(*shape, dtype=t.float64, requires_grad=True)


BUILT = [  # (settings that no forward could use, the value that the refusal names)
    (lambda t: t.nn.CrossEntropyLoss(label_smoothing=2), "label_smoothing=2"),
    (lambda t: t.nn.functional.cross_entropy(scores(t, 1, 3), t.tensor([0]), label_smoothing=-0.1), "label_smoothing=-0.1"),
    (lambda t: t.nn.HuberLoss(delta=0), "delta=0"),
    (lambda t: t.nn.SmoothL1Loss(beta=-1), "beta=-1"),
    (lambda t: t.nn.L1Loss(reduction="x"), "got 'x'"),
]


def test_settings_of_losses():
    for build, value in BUILT:
        with pytest.raises((RuntimeError, ValueError), match=value):
            build(tinyreg)


def test_settings_of_losses_in_pytorch(torch):
    for build, _ in BUILT:
        build(torch)


def loss_of_labels(t, dtype):
    return t.nn.functional.cross_entropy(scores(t, 2, 3), t.tensor([0, 2], dtype=getattr(t, dtype))).item()


def test_dtypes_of_labels():
    assert loss_of_labels(tinyreg, "int32") == loss_of_labels(tinyreg, "int8") == pytest.approx(np.log(3))


def test_dtypes_of_labels_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="got Int"):
        loss_of_labels(torch, "int32")


def weighted_loss(t):
    return t.nn.functional.cross_entropy(scores(t, 2, 3), t.tensor([0, 2]), weight=t.ones(3)).item()


def test_dtypes_of_class_weights():
    assert weighted_loss(tinyreg) == pytest.approx(np.log(3))


def test_dtypes_of_class_weights_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="expected scalar type Double but found Float"):
        weighted_loss(torch)


def mixed_loss(t):
    return t.nn.functional.binary_cross_entropy_with_logits(scores(t, 2), t.ones(2)).dtype


def test_dtypes_of_targets():
    assert mixed_loss(tinyreg) == tinyreg.float64


def test_dtypes_of_targets_in_pytorch(torch):
    assert mixed_loss(torch) == torch.float32


def slope_of_an_ignored_row(t):
    x = t.tensor([[np.nan, 0.0], [1.0, 1.0]], requires_grad=True)
    t.nn.functional.cross_entropy(x, t.tensor([-100, 0])).backward()
    return x.grad.tolist()


def test_nan_in_ignored_rows():
    assert slope_of_an_ignored_row(tinyreg) == [[0, 0], [-0.5, 0.5]]


def test_nan_in_ignored_rows_in_pytorch(torch):
    assert np.isnan(slope_of_an_ignored_row(torch)).tolist() == [[True, True], [False, False]]


def weights_that_learn(t):
    return t.nn.functional.mse_loss(t.ones(2), t.zeros(2), weight=t.ones(2, requires_grad=True)).requires_grad


def test_weights_that_require_grad():
    with pytest.raises(RuntimeError, match=r"weight must be constant, got a Tensor of shape \(2,\) that requires grad"):
        weights_that_learn(tinyreg)


def test_weights_that_require_grad_in_pytorch(torch):
    assert weights_that_learn(torch)


def mean_of_nothing(t):
    x = scores(t, 2, 3)
    loss = t.nn.functional.cross_entropy(x, t.tensor([0, 2]), weight=t.zeros(3, dtype=t.float64))
    loss.backward()
    return loss.item(), x.grad.sum().item()


def test_means_over_no_weight():
    assert mean_of_nothing(tinyreg) == (pytest.approx(np.nan, nan_ok=True), 0)


def test_means_over_no_weight_in_pytorch(torch):
    assert np.isnan(mean_of_nothing(torch)).all()


def slope_by_the_target(t, loss, score, value):
    target = t.tensor([value], requires_grad=True)
    loss(t.nn.functional)(t.tensor([score]), target, reduction="sum").backward()
    return target.grad.item()


def test_derivatives_by_the_target():
    assert slope_by_the_target(tinyreg, lambda F: F.binary_cross_entropy, 0.0, 0.5) == 100
    assert slope_by_the_target(tinyreg, lambda F: F.kl_div, -2.0, 0.0) == 0


def test_derivatives_by_the_target_in_pytorch(torch):
    assert slope_by_the_target(torch, lambda F: F.binary_cross_entropy, 0.0, 0.5) == np.inf
    assert np.isnan(slope_by_the_target(torch, lambda F: F.kl_div, -2.0, 0.0))


def losses_without_classes(t):
    """The losses of no rows that have no classes either."""
    for name in ("cross_entropy", "nll_loss"):
        yield lambda name=name: getattr(t.nn.functional, name)(t.ones(0, 0), t.tensor([], dtype=t.int64)).item()


def test_losses_without_classes():
    for loss in losses_without_classes(tinyreg):
        with pytest.raises(IndexError, match=r"input must have at least 1 class, got shape \(0, 0\)"):
            loss()


def test_losses_without_classes_in_pytorch(torch):
    for loss in losses_without_classes(torch):
        assert np.isnan(loss())
