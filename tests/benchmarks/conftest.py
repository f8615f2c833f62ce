"""Made-up results of a measurement."""

import pytest

from benchmarks.results import collect
from benchmarks.runner import Measured, Settings
from benchmarks.workloads import WORKLOADS

FACTORS = {"tinyreg": 0.5, "pytorch": 1.0, "numpy": 0.8, "mygrad": 3.0, "autograd": 2.0, "jax": 0.9}


def made_up(libraries=tuple(FACTORS), workloads=tuple(WORKLOADS), **settings):
    """Results in which a library takes its factor times a millisecond in round 1, 1.1 times that in round 2, 1.4 times in round 3."""
    hello = {name: {"version": "1.2", "settings": {}, "hardware": None, "pools": []} for name in libraries}
    measured = Measured(hello=hello)
    for key in workloads:
        for case in WORKLOADS[key].cases:
            times = {name: [1e-3 * FACTORS[name] * drift for drift in (1.0, 1.1, 1.4)] for name in libraries}
            if "tinyreg" in times:
                times["tinyreg"][2] *= 2  # a ratio of 1 in that round
            measured.rounds.setdefault(key, {})[case] = times
    return collect(Settings(libraries=list(libraries), workloads=list(workloads), rounds=3, **settings), measured)


@pytest.fixture
def results():
    """Of all workloads and some libraries: tinyreg's ratios are 0.5, 0.5 and 1."""
    return made_up()
