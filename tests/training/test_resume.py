"""A training that was killed at any instant and resumed equals the one that was not, bit for bit."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tinyreg as torch
from tests.training.sameness import assert_same

PROGRAM = Path(__file__).with_name("resumable.py")
ROOT = PROGRAM.parents[2]
KILLS = {0: 17, 2: 17, 4: 16}  # workers -> processes to kill, 50 in all


def start(*arguments):
    """The program in a process of its own; the answer comes when training begins."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begins\n", process.communicate()[1]
    return process


def finish(process):
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


def seconds_of_a_run(folder):
    process = start(folder / "whole.ckpt", folder / "whole", 0)
    begin = time.perf_counter()
    finish(process)
    return time.perf_counter() - begin


@pytest.mark.parametrize("workers", KILLS)
def test_killed_at_random_instants(workers, tmp_path):
    """SIGKILL, which nothing can prepare for, at random instants of a process that writes a checkpoint at every step."""
    length = seconds_of_a_run(tmp_path)  # uninterrupted, and without workers: they must change no digit
    whole = torch.load(tmp_path / "whole")
    assert whole["end"] == [160, "all 16 epochs are done"]
    chance = random.Random(workers)
    kills, runs, steps = 0, 0, []
    while kills < KILLS[workers]:  # until there were so many kills, however few of them a single training takes
        runs += 1
        checkpoint, result = tmp_path / f"{runs}.ckpt", tmp_path / f"{runs}"
        while not result.exists():
            process = start(checkpoint, result, workers)
            if kills < KILLS[workers]:
                time.sleep(chance.uniform(0, 0.25 * length))
                process.kill()
                process.communicate()
                if process.returncode == -signal.SIGKILL:  # and not at its end already
                    kills += 1
                    if checkpoint.exists():  # if it does, it is whole
                        steps.append(torch.load(checkpoint)["run"]["history"]["steps"])
                    continue
            finish(process)
        assert_same(torch.load(result), whole)
        assert not list(tmp_path.glob(f"{runs}.ckpt.*.part")), "what killed processes left is removed"
    assert kills == KILLS[workers] and len(set(steps)) > 3, steps
    assert any(step % 10 for step in steps), "in the middle of an epoch, too"


def test_there_are_fifty_kills():
    assert sum(KILLS.values()) == 50
