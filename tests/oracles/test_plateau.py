"""ReduceLROnPlateau against PyTorch: the same state and rates after every metric."""

import numpy as np
import pytest

from tests.oracles.schedules import pair, through_a_file

torch = pytest.importorskip("torch")

METRICS = {
    "falling": [1 / t for t in range(1, 31)],
    "flat": [1.0] * 30,
    "rising": [float(t) for t in range(30)],
    "noisy": list(np.random.default_rng(0).standard_normal(30)),
    "with nan": [1.0, float("nan"), 0.5, float("nan"), float("nan"), float("nan"), 0.4, *[float("nan")] * 20],
    "infinite": [float("inf"), 3.0, float("-inf"), float("inf"), *[1.0] * 20],
    "slow": [1 - 5e-5 * t for t in range(30)],
}
PLATEAUS = [
    {},
    {"patience": 2},
    {"mode": "max", "patience": 0, "factor": 0.5},
    {"patience": 1, "cooldown": 3, "min_lr": 0.01},
    {"patience": 0, "threshold_mode": "abs", "threshold": 0.1, "min_lr": [0.5, 0.001]},
    {"mode": "max", "patience": 1, "threshold_mode": "abs", "threshold": 1.0, "factor": 0.9},
    {"mode": "max", "patience": 1, "threshold": 0.5, "cooldown": 1},
    {"patience": 0, "factor": 0.5, "eps": 0.2},
    {"patience": 0, "factor": 0},
]


@pytest.mark.parametrize("metrics", METRICS)
@pytest.mark.parametrize("settings", PLATEAUS, ids=range(len(PLATEAUS)))
def test_plateaus_equal_pytorchs(settings, metrics):
    schedules = pair(lambda s, o: s.ReduceLROnPlateau(o, **settings))
    resumed, _ = pair(lambda s, o: s.ReduceLROnPlateau(o, **settings))
    for t, metric in enumerate(METRICS[metrics]):
        if t == 12:
            resumed.load_state_dict(through_a_file(schedules[0].state_dict()))
            resumed.optimizer.load_state_dict(schedules[0].optimizer.state_dict())
            schedules.append(resumed)
        for schedule in schedules:
            schedule.step(metric)
        ours, theirs = ({key: v for key, v in schedule.state_dict().items() if key[0] != "_"} for schedule in schedules[:2])
        assert ours == theirs
        assert [group["lr"] for group in schedules[0].optimizer.param_groups] == schedules[1].get_last_lr()
        assert schedules[-1].get_last_lr() == schedules[0].get_last_lr() == schedules[1].get_last_lr()
