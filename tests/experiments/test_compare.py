"""The comparison: protocol, files, resume, Ctrl-C. Training is fabricated, but for the last tests, which train."""

import json

import pytest

from tinyreg.experiments import compare as module
from tinyreg.experiments import journal, trial
from tinyreg.experiments.compare import Interrupted, compare
from tinyreg.experiments.journal import NAME
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.settings import BadOption, Settings

FILES = {"results.json", "report.html", "examples.png", "gaps.png", "curves.png", "weights.png", NAME}
SMALL = Settings(methods=("l1", "dropout", "batch_norm"), seeds=3, epochs=4)


def runs_of(folder):
    return [json.loads(line) for line in (folder / NAME).read_text().splitlines()[1:]]


def test_it_writes_its_folder(tmp_path, fabricated):
    outcome = compare(SMALL, out=tmp_path / "a", jobs=1)
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    results = json.loads((tmp_path / "a" / "results.json").read_text())
    assert results == json.loads(json.dumps({k: v for k, v in outcome.items() if k != "folder"}))
    assert results["finished"] is True and outcome["folder"] == str(tmp_path / "a")
    assert results["settings"]["label_noise"] == 0.2 and results["backend"] == "numpy"
    assert {"tinyreg", "python", "numpy"} <= set(results["versions"])
    assert results["time"]["wall_seconds"] > 0 and results["time"]["begun"]
    assert [row["method"] for row in results["methods"]] == ["none", "l1", "dropout", "batch_norm"]
    assert [(run["method"], run["seed"]) for run in results["runs"]] == [(m, s) for m in SMALL.methods for s in range(3)]


def test_strengths_are_chosen_without_the_test_part_and_with_other_seeds(tmp_path, fabricated):
    outcome = compare(SMALL, out=tmp_path, jobs=1)
    runs = runs_of(tmp_path)
    phases = [run["phase"] for run in runs]
    assert phases == sorted(phases, reverse=True), "every selection run comes before the first reported one"
    selection = [run for run in runs if run["phase"] == "selection"]
    assert {run["seed"] for run in selection} == {1000, 1001, 1002} and not any("test_accuracy" in run for run in selection)
    assert {run["method"] for run in selection} == {"l1", "dropout"}, "batch norm and none have nothing to choose"
    assert {run["seed"] for run in runs if run["phase"] == "final"} == {0, 1, 2}
    for row in outcome["methods"]:
        entries = outcome["selection"].get(row["method"])
        if entries:
            assert row["strength"] == max(entries, key=lambda entry: entry["validation_accuracy"])["strength"]


def test_progress_is_told(tmp_path, fabricated):
    seen = []
    compare(SMALL, out=tmp_path, jobs=1, progress=lambda *event: seen.append(event))
    assert seen[0] == ("selection", 0, CHOOSING, None) and [event[1] for event in seen[: CHOOSING + 1]] == list(range(CHOOSING + 1))
    assert seen[CHOOSING + 1] == ("final", 0, 12, None) and seen[-1][:3] == ("final", 12, 12)


class Stop:
    """trial.run that is interrupted at its n-th call."""

    def __init__(self, original, calls):
        self.original, self.calls, self.done = original, calls, []

    def __call__(self, *task):
        if len(self.done) == self.calls:
            raise KeyboardInterrupt
        self.done.append(task)
        return self.original(*task)


CHOOSING = 3 * (len(METHODS["l1"].candidates) + len(METHODS["dropout"].candidates))  # runs
ALL = CHOOSING + 4 * 3


@pytest.mark.parametrize("calls", [0, 5, CHOOSING, CHOOSING + 5, ALL - 1])
def test_ctrl_c_keeps_what_is_finished_and_resume_continues(tmp_path, fabricated, monkeypatch, calls):
    whole = compare(SMALL, out=tmp_path / "whole", jobs=1)
    original = trial.run
    monkeypatch.setattr(trial, "run", Stop(original, calls))
    with pytest.raises(Interrupted) as stopped:
        compare(SMALL, out=tmp_path / "part", jobs=1)
    assert (stopped.value.done, stopped.value.planned) == (calls, ALL)
    assert len(runs_of(tmp_path / "part")) == calls
    results = json.loads((tmp_path / "part" / "results.json").read_text())
    finished = max(0, calls - CHOOSING) // 3
    assert results["finished"] is False and len(results["methods"]) == finished
    assert (tmp_path / "part" / "report.html").exists() == (finished > 0)
    rest = Stop(original, 1000)
    monkeypatch.setattr(trial, "run", rest)
    resumed = compare(SMALL, out=tmp_path / "part", jobs=1, resume=True)
    assert len(rest.done) == ALL - calls, "finished runs are not repeated"
    assert resumed["finished"] and resumed["methods"] == whole["methods"] and resumed["selection"] == whole["selection"]


def test_resume_with_other_settings_is_refused(tmp_path, fabricated):
    compare(SMALL, out=tmp_path, jobs=1)
    other = Settings(methods=SMALL.methods, seeds=4, epochs=4)
    with pytest.raises(BadOption, match="got seeds 4 where .* has 3"):
        compare(other, out=tmp_path, jobs=1, resume=True)


def test_resume_of_another_protocol_is_refused(tmp_path, fabricated, monkeypatch):
    compare(SMALL, out=tmp_path, jobs=1)
    monkeypatch.setattr(module, "BATCH", 17)
    with pytest.raises(BadOption, match="got batch size 17 where .* has 50"):
        compare(SMALL, out=tmp_path, jobs=1, resume=True)


def test_refusals(tmp_path, fabricated, monkeypatch):
    with pytest.raises(BadOption, match="--jobs must be at least 1, got 0"):
        compare(SMALL, out=tmp_path / "a", jobs=0)
    compare(SMALL, out=tmp_path / "a", jobs=1)
    with pytest.raises(BadOption, match="a with a comparison in it"):
        compare(SMALL, out=tmp_path / "a", jobs=1)

    def no_cupy(name):
        if name == "cupy":
            raise RuntimeError("use_backend: cupy must be installed, got nothing")

    monkeypatch.setattr(module, "use_backend", no_cupy)
    with pytest.raises(BadOption, match="--backend cupy must be usable here; use_backend: cupy must be installed"):
        compare(Settings(methods=("l2",), backend="cupy"), out=tmp_path / "b", jobs=1)
    assert not (tmp_path / "b").exists(), "a refused comparison leaves nothing behind"


TINY = Settings(methods=("l1", "early_stopping"), train_size=60, seeds=2, epochs=3)


def digits_of(outcome):
    """All that must not depend on the number of jobs."""
    runs = [{name: value for name, value in run.items() if name != "seconds"} for run in outcome["runs"]]
    return runs, outcome["selection"], [row.get("difference") for row in outcome["methods"]]


def test_jobs_change_no_digit(tmp_path):
    one = compare(TINY, out=tmp_path / "one", jobs=1)
    two = compare(TINY, out=tmp_path / "two", jobs=2)
    assert digits_of(one) == digits_of(two)
    assert {path.name for path in (tmp_path / "two").iterdir()} == FILES


def test_resume_after_a_kill_gives_the_digits_of_an_uninterrupted_run(tmp_path):
    whole = compare(TINY, out=tmp_path / "whole", jobs=1)
    text = (tmp_path / "whole" / NAME).read_text()
    (tmp_path / "killed").mkdir()
    (tmp_path / "killed" / NAME).write_text(text[: 2 * len(text) // 3])  # in the middle of a line
    resumed = compare(TINY, out=tmp_path / "killed", jobs=1, resume=True)
    assert digits_of(resumed) == digits_of(whole)
    assert len(journal.Journal(tmp_path / "killed", module.header_of(TINY), resume=True).runs) == len(runs_of(tmp_path / "whole"))
