"""A comparison with fabricated runs: everything about it but the training."""

import math
import random

import pytest

from tinyreg.experiments import compare, journal, trial
from tinyreg.experiments.settings import Settings
from tinyreg.experiments.summary import choose

ACCURACIES = {"none": (0.98, 0.75), "l2": (0.76, 0.87), "l1": (0.77, 0.86), "dropout": (0.84, 0.83), "batch_norm": (1.0, 0.751)}


def fabricate(settings, phase, method, strength, seed):
    """What trial.run would give, out of thin air; equal arguments give equal runs."""
    chance = random.Random(f"{phase} {method} {strength} {seed}")
    train, test = ACCURACIES.get(method, (0.8, 0.8))
    luck = 0.03 * math.sin(seed)  # shared by the methods, as the data of a seed are
    run = {"phase": phase, "method": method, "strength": strength, "seed": seed, "seconds": 0.25}
    run |= {"validation_accuracy": test + luck + chance.gauss(0, 0.005), "epochs": settings.epochs}
    if phase == "final":
        epochs = settings.epochs if method != "early_stopping" else settings.epochs - seed
        curve = [1 - math.exp(-epoch / 3) for epoch in range(1, epochs + 1)]
        run |= {"train_accuracy": train, "test_accuracy": test + luck + chance.gauss(0, 0.005), "weight_norm": 10.0, "epochs": epochs}
        run |= {"zero_share": 0.8 if method == "l1" else 0.0, "histogram": [1] * (len(trial.bin_edges(settings.task)) - 1)}
        run |= {"curves": {"train": [train * c for c in curve], "validation": [test * c for c in curve]}}
    return run


@pytest.fixture
def fabricated(monkeypatch):
    """Replace training by `fabricate`; only in this process, so with jobs=1."""
    monkeypatch.setattr(trial, "run", fabricate)


@pytest.fixture
def outcome(tmp_path):
    """The outcome of a whole comparison with fabricated runs."""
    return fabricated_outcome(Settings(epochs=8), tmp_path)


@pytest.fixture
def grid_outcome(tmp_path):
    """The same with --grid."""
    return fabricated_outcome(Settings(epochs=8, grid=True), tmp_path)


def fabricated_outcome(settings, folder):
    book = journal.Journal(folder, {})
    for method, strengths in settings.candidates().items():
        for strength in strengths if len(strengths) > 1 else ():
            for seed in settings.selection_seeds:
                book.add(fabricate(settings, "selection", method, strength, seed))
    chosen, _ = choose(book.runs.values(), settings.candidates(), settings.selection_seeds)
    for method in settings.methods:
        for seed in settings.reported_seeds:
            book.add(fabricate(settings, "final", method, chosen[method], seed))
    return compare.outcome_of(settings, book, 2, {"begun": "2000-01-01T00:00:00+0000", "wall_seconds": 1.5})
