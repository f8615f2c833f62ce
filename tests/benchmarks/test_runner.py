"""Who is asked what, in which order, and what is repeated: with processes that only pretend."""

import numpy as np
import pytest

from benchmarks import runner
from benchmarks.processes import Cannot, Failed
from benchmarks.runner import Settings, measure, steps

RECORD = {"y 4": np.ones(3), "gradient 0 4": np.ones(3)}


class Pretender:
    """A process whose turns take 1 s, and are as disturbed as the test says."""

    log = []
    open = set()
    disturbed = {}  # {library: shares of its turns, the last one from then on}
    reference = {"W6": RECORD, "W1": RECORD, "W7-penalty": {"value": RECORD["y 4"]}}
    behaviour = {}  # {library: what it raises, or its record}

    def __init__(self, name, threads, dtype="float32", device="cpu", pool=0):
        self.name, self.dtype, self.pool = name, dtype, pool
        if self.behaviour.get(name) == "no start":
            raise Failed(f"{name}: no")
        self.open.add(self)
        self.turns = 0

    def close(self):
        self.open.discard(self)

    def ask(self, method, *arguments):
        if method == "hello":
            return {"version": "1", "settings": {"pool": self.pool}, "hardware": None, "pools": []}
        if method == "record":
            said = self.behaviour.get(self.name, RECORD) if self.dtype == "float32" else self.reference[arguments[0]]
            if isinstance(said, Exception):
                raise said
            return said
        if method == "turn":
            shares = self.disturbed.get(self.name, [0.0])
            self.log.append((self.name, *arguments[:2]))
            self.turns += 1
            return {"seconds": float(self.turns), "calls": 3, "taken": shares[min(self.turns, len(shares)) - 1]}
        return self.log.append((self.name, method))


@pytest.fixture(autouse=True)
def pretend(monkeypatch):
    monkeypatch.setattr(runner, "Process", Pretender)
    monkeypatch.setattr(runner.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(Pretender, "log", [])
    monkeypatch.setattr(Pretender, "disturbed", {})
    monkeypatch.setattr(Pretender, "behaviour", {})
    yield
    assert not Pretender.open, "every process is ended"


def settings(*libraries, **given):
    return Settings(**{"libraries": list(libraries), "workloads": ["W6"], "rounds": 3} | given)


def test_libraries_take_turns_in_a_rotated_order():
    measured = measure(settings("tinyreg", "pytorch", "numpy"))
    first = [name for name, *rest in Pretender.log if rest[-1] == "1,000"]
    assert first == ["tinyreg", "pytorch", "numpy", "pytorch", "numpy", "tinyreg", "numpy", "tinyreg", "pytorch"]
    assert Pretender.log[-3:] == [(name, "forget") for name in ("tinyreg", "pytorch", "numpy")]
    assert measured.rounds["W6"]["1,000"] == dict.fromkeys(("tinyreg", "pytorch", "numpy"), [1.0, 3.0, 5.0])
    assert measured.repeated == 0 and not measured.disturbed and measured.watched


def test_progress_is_told_as_often_as_was_said():
    told = []
    measure(settings("tinyreg", "pytorch", workloads=["W6", "W1"]), told.append)
    assert len(told) == steps(settings("tinyreg", "pytorch", workloads=["W6", "W1"])) == 2 * (2 + 3 * 4)
    assert told[0] == "W6: checking tinyreg" and told[-1] == "W1, round 3 of 3: PyTorch"


def test_a_disturbed_turn_is_repeated_until_it_is_calm():
    Pretender.disturbed["tinyreg"] = [0.5, 0.06, 0.05]
    measured = measure(settings("tinyreg", rounds=1))
    assert measured.repeated == 2 and not measured.disturbed
    assert measured.rounds["W6"] == {"1,000": {"tinyreg": [3.0]}, "50,000": {"tinyreg": [4.0]}}


def test_a_turn_that_stays_disturbed_is_marked_and_the_calmest_is_kept():
    Pretender.disturbed["tinyreg"] = [0.5, 0.3, 0.9, 0.8, 0.0]
    Pretender.behaviour["tinyreg"] = {"value": RECORD["y 4"]}
    measured = measure(settings("tinyreg", rounds=1, repeats=3, workloads=["W7-penalty"]))
    assert measured.repeated == 3 and measured.rounds["W7-penalty"]["forward + backward"]["tinyreg"] == [2.0]
    found = {"workload": "W7-penalty", "case": "forward + backward", "library": "tinyreg", "round": 1, "taken": 0.3}
    assert measured.disturbed == [found]


def test_where_nobody_counts_nothing_is_repeated():
    Pretender.disturbed["tinyreg"] = [None]
    measured = measure(settings("tinyreg", rounds=1))
    assert measured.repeated == 0 and not measured.disturbed and not measured.watched


def test_whoever_is_wrong_is_not_timed():
    Pretender.behaviour["numpy"] = RECORD | {"y 4": np.full(3, 1.1)}
    Pretender.behaviour["mygrad"] = Cannot("it has no chains")
    Pretender.behaviour["jax"] = Failed("jax: Traceback")
    measured = measure(settings("tinyreg", "numpy", "mygrad", "jax"))
    assert list(measured.rounds["W6"]["1,000"]) == ["tinyreg"]
    assert measured.failed == {"W6": {"numpy": "y 4 must be within 0.0001 of float64's, got an error of 1.0e-01", "jax": "jax: Traceback"}}
    assert measured.cannot == {"W6": {"mygrad": "it has no chains"}} and measured.errors == {"W6": {"tinyreg": {"y": 0.0, "gradient": 0.0}}}


def test_whoever_does_not_start_is_left_out():
    Pretender.behaviour["jax"] = "no start"
    measured = measure(settings("tinyreg", "jax"))
    assert measured.failed == {"start": {"jax": "jax: no"}} and list(measured.hello) == ["tinyreg"]


def test_on_a_gpu_whoever_does_not_start_ends_it():
    Pretender.behaviour["pytorch"] = "no start"
    with pytest.raises(Failed, match="^pytorch: no$"):
        measure(settings("tinyreg", "pytorch", device="cuda"))


def test_the_pool_is_tinyregs_alone():
    measured = measure(settings("tinyreg", "numpy", pool=True, threads=2))
    assert {name: said["settings"]["pool"] for name, said in measured.hello.items()} == {"tinyreg": 2, "numpy": 0}
