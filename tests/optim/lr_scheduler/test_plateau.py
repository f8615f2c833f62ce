import pytest

import tinyreg as torch
from tests.optim.rates import optimizer_of
from tinyreg.optim.lr_scheduler import ReduceLROnPlateau


def follow(metrics, *rates, **settings):
    """The rates of the first group after each metric."""
    schedule = ReduceLROnPlateau(optimizer_of(*(rates or (1.0,))), **settings)
    return [schedule.step(metric) or schedule.get_last_lr()[0] for metric in metrics]


def test_patience_by_hand():
    # the best is 1; the third epoch that does not beat it is one more than patience
    assert follow([1, 1, 1, 1, 1, 1, 1], patience=2, factor=0.5) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert follow([1, 2, 0.5, 2, 2], patience=1, factor=0.5) == [1, 1, 1, 1, 0.5]


def test_what_counts_as_improvement():
    assert follow([100, 99, 98.9], patience=0, threshold=0.01, factor=0.5) == [1, 0.5, 0.5]
    assert follow([100, 99, 98.9], patience=0, threshold=1, threshold_mode="abs", factor=0.5) == [1, 0.5, 0.5]
    assert follow([100, 101, 101.1], mode="max", patience=0, threshold=0.01, factor=0.5) == [1, 0.5, 0.5]
    assert follow([100, 101, 101.1], mode="max", patience=0, threshold=1, threshold_mode="abs", factor=0.5) == [1, 0.5, 0.5]


def test_a_cooldown_does_not_count():
    assert follow([1] * 6, patience=0, factor=0.5, cooldown=2) == [1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_no_rate_falls_below_its_least():
    schedule = ReduceLROnPlateau(optimizer_of(1.0, 1.0), patience=0, min_lr=[0.01, 0.5])
    for _ in range(5):
        schedule.step(1.0)
    assert schedule.get_last_lr() == pytest.approx([0.01, 0.5], rel=1e-14)


def test_changes_of_eps_or_less_are_not_made():
    assert follow([1] * 3, patience=0, factor=0.5, eps=0.25) == [1, 0.5, 0.5]


def test_nan_is_no_improvement():
    assert follow([float("nan")] * 3, patience=1, factor=0.5) == [1, 0.5, 0.5]
    assert follow([1, float("nan"), 0.5], patience=1) == [1, 1, 1]


def test_a_tensor_is_a_metric_and_no_order_of_steps_is_asked_for():
    assert follow([torch.tensor(1.0), torch.tensor([2.0])], patience=0, factor=0.5) == [1, 0.5]


def test_groups_that_were_added_later():
    schedule = ReduceLROnPlateau(optimizer_of(1.0), patience=0, min_lr=0.2)
    schedule.optimizer.add_param_group({"params": [torch.zeros(1)], "lr": 4.0})
    schedule.step(1.0)
    schedule.step(1.0)
    assert schedule.get_last_lr() == [0.2, 0.4]
    schedule = ReduceLROnPlateau(optimizer_of(1.0), patience=0, min_lr=[0.2])
    schedule.optimizer.add_param_group({"params": [torch.zeros(1)]})
    schedule.step(1.0)
    with pytest.raises(RuntimeError, match="min_lr must have one entry a group, got 1 for 2 groups; set min_lrs anew"):
        schedule.step(1.0)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"mode": "least"}, ValueError, "mode must be 'min' or 'max', got mode='least'"),
        ({"threshold_mode": "ratio"}, ValueError, "threshold_mode must be 'rel' or 'abs', got threshold_mode='ratio'"),
        ({"factor": 1.0}, ValueError, r"factor must lie in \[0, 1\), got factor=1.0"),
        ({"factor": -0.5}, ValueError, "got factor=-0.5"),
        ({"factor": "half"}, TypeError, "factor must be a number, got factor='half'"),
        ({"patience": -1}, ValueError, "patience .* got patience=-1"),
        ({"threshold": -0.1}, ValueError, "threshold .* got threshold=-0.1"),
        ({"cooldown": -2}, ValueError, "cooldown .* got cooldown=-2"),
        ({"eps": float("nan")}, ValueError, "eps .* got eps=nan"),
        ({"min_lr": -0.1}, ValueError, "min_lr .* got min_lr=-0.1"),
        ({"min_lr": [0.1, 0.2]}, ValueError, "min_lr .* got 2 for 1 groups"),
    ],
)
def test_refusals(settings, error, message):
    with pytest.raises(error, match=message):
        ReduceLROnPlateau(optimizer_of(1.0), **settings)


def test_refused_metrics():
    schedule = ReduceLROnPlateau(optimizer_of(1.0))
    with pytest.raises(TypeError, match="metrics must be a number, got metrics='low'"):
        schedule.step("low")
    with pytest.raises(TypeError, match="counts by itself, got epoch=3"):
        schedule.step(0.5, epoch=3)
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, got list"):
        ReduceLROnPlateau([optimizer_of(1.0)])
    assert schedule.last_epoch == 0
