"""Figure 1 of Ioffe & Szegedy 2015: what the committed runs show, and that the protocol is what it says, against PyTorch."""

import json
import struct
from inspect import signature
from itertools import islice

import numpy as np
import pytest

import tinyreg
from tinyreg import nn
from tinyreg.experiments import ioffe_szegedy
from tinyreg.experiments.ioffe_szegedy import (
    black_and_white,
    committed,
    curves,
    main,
    measured_steps,
    mini_batches,
    network,
    reproduce,
    run,
    settings,
    standard_error,
)
from tinyreg.experiments.statistics import paired_difference

STDS = (0.01, 0.1)


@pytest.fixture(scope="module")
def outcome():
    return committed()


def at(outcome, step, *, batch_norm, std):
    """The accuracies of the seeds after a step."""
    steps, accuracies, _ = curves(outcome, batch_norm=batch_norm, std=std)
    return accuracies[:, steps.tolist().index(step)]


# what the committed runs show


def test_the_settings_are_the_papers_and_the_codes_own(outcome):
    assert outcome["settings"] == settings() and settings()["hidden"] == [100, 100, 100]
    assert (settings()["steps"], settings()["batch"], settings()["percentiles"]) == (50_000, 60, [15, 50, 85])
    assert outcome["images"] == {"train": 60_000, "test": 10_000} and len(outcome["seeds"]) >= 3
    defaults = {
        name: each.default for name, each in signature(run).parameters.items() if name in ("hidden", "steps", "batch", "lr", "unit")
    }
    assert defaults | {"hidden": list(defaults["hidden"])} == {name: settings()[name] for name in defaults}
    wanted = [(seed, std, batch_norm) for seed in outcome["seeds"] for std in STDS for batch_norm in (False, True)]
    assert [(each["seed"], each["std"], each["batch_norm"]) for each in outcome["runs"]] == wanted
    assert all(each["steps"] == measured_steps(50_000) for each in outcome["runs"])
    assert {"backend", "device", "blas", "versions", "date", "seconds"} <= set(outcome)
    assert outcome["seconds"] == pytest.approx(sum(each["seconds"] for each in outcome["runs"]), abs=1)


@pytest.mark.parametrize("std", STDS)
def test_batch_norm_learns_faster(outcome, std):
    """In every seed: after 1,000 steps 20 points ahead, and as far as the plain network after 7,000, to 3 points."""
    early = at(outcome, 1000, batch_norm=True, std=std)
    assert (early > at(outcome, 1000, batch_norm=False, std=std) + 0.20).all()
    assert (early > at(outcome, 7000, batch_norm=False, std=std) - 0.03).all()


@pytest.mark.parametrize("std", STDS)
def test_batch_norm_ends_higher(outcome, std):
    """Over the seeds beyond chance; and by more than the 10,000 test images leave open, two standard errors of one accuracy."""
    batch_norm, plain = (at(outcome, 50_000, batch_norm=each, std=std) for each in (True, False))
    difference = paired_difference(list(batch_norm), list(plain), resolution=1e-4)
    assert difference.interval.low > 0 and difference.p < 0.05
    assert difference.interval.mean > 2 * standard_error(plain.mean(), 10_000)
    if std == 0.1:  # the docstring's digits
        assert f"{100 * difference.interval.mean:.2f} +- {100 * difference.interval.half:.2f}" in ioffe_szegedy.__doc__


def test_what_the_std_of_the_first_weights_decides(outcome):
    """0.01: the plain network is at chance for 7,000 steps, and never as good as the other one was after 7,000; 0.1: it learns."""
    assert (at(outcome, 7000, batch_norm=False, std=0.01) < 0.12).all()
    assert (at(outcome, 50_000, batch_norm=False, std=0.01) < at(outcome, 7000, batch_norm=True, std=0.01)).all()
    assert (at(outcome, 7000, batch_norm=False, std=0.1) > 0.9).all()
    last = [at(outcome, 50_000, batch_norm=True, std=std).mean() for std in STDS]
    assert abs(last[0] - last[1]) < 0.005, "batch norm ends within half a point from either"


@pytest.mark.parametrize("std", STDS)
def test_the_input_of_a_sigmoid_is_steadier_with_batch_norm(outcome, std):
    """Panels b and c. From the 15th to the 85th percentile: ten times as wide in one step as in another; at most 2.5 times."""
    for batch_norm in (False, True):
        _, _, percentiles = curves(outcome, batch_norm=batch_norm, std=std)
        width = percentiles[:, :, 2] - percentiles[:, :, 0]
        ratio = width.max(axis=1) / width.min(axis=1)
        assert (ratio < 2.5).all() if batch_norm else (ratio > 10).all()


def test_the_file_is_small():
    from importlib.resources import files

    assert len(files("tinyreg.experiments").joinpath("results", "ioffe_szegedy.json").read_bytes()) < 60_000


# the protocol


@pytest.fixture
def small():
    """(train, test): 120 and 47 images of 12 pixels, black where the class is not."""
    chance = np.random.default_rng(0)
    made = []
    for n in (120, 47):
        classes = np.arange(n) % 3
        images = (chance.random((n, 12)) < 0.2 + 0.6 * (np.arange(12) % 3 == classes[:, None])).astype("float32")
        made.append((tinyreg.tensor(images), tinyreg.tensor(classes)))
    return made


def in_torch(model, batch_norm):
    """PyTorch's network with the same weights, in its two halves: up to the last sigmoid, and from it on."""
    torch = pytest.importorskip("torch")
    layers = []
    for layer in model:
        if isinstance(layer, nn.Linear):
            theirs = torch.nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)
            with torch.no_grad():
                theirs.weight.copy_(torch.tensor(layer.weight.detach().numpy()))
                if layer.bias is not None:
                    theirs.bias.zero_()
        else:
            theirs = torch.nn.Sigmoid() if isinstance(layer, nn.Sigmoid) else torch.nn.BatchNorm1d(layer.num_features)
        layers.append(theirs)
    return torch.nn.Sequential(*layers[:-2]), torch.nn.Sequential(*layers[-2:])


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_run_is_what_pytorch_trains_step_by_step(small, batch_norm):
    torch = pytest.importorskip("torch")
    train, test = small
    options = {"batch_norm": batch_norm, "std": 0.3, "hidden": [7, 5], "seed": 3}
    found = run(train, test, steps=30, batch=20, lr=0.5, unit=4, **options)
    front, back = in_torch(network(12, 3, **options), batch_norm)
    optimizer = torch.optim.SGD([*front.parameters(), *back.parameters()], lr=0.5)
    batches, fed = mini_batches(train, 20, 3), []
    accuracy, percentiles = [], []
    for step in range(1, 31):
        x, y = (torch.tensor(part.numpy()) for part in next(batches))
        optimizer.zero_grad()
        inputs = front.train()(x)
        torch.nn.functional.cross_entropy(back(inputs), y).backward()
        optimizer.step()
        fed.append(inputs.detach()[:, 4].numpy())
        if step in found["steps"]:
            with torch.no_grad():
                guess = back(front.eval()(torch.tensor(test[0].numpy()))).argmax(1).numpy()
            accuracy.append((guess == test[1].numpy()).mean())
            percentiles.append(np.percentile(np.concatenate(fed[-10:]), [15, 50, 85]))
    np.testing.assert_allclose(found["percentiles"], percentiles, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(found["accuracy"], accuracy, atol=1e-12)
    assert len(accuracy) == len(found["steps"]) and len(set(accuracy)) > 1


def test_both_networks_of_a_seed_have_the_same_weights_and_mini_batches(small):
    options = {"std": 0.1, "hidden": [6, 5]}
    weights = {
        (batch_norm, seed): [
            layer.weight.detach().numpy()
            for layer in network(12, 3, batch_norm=batch_norm, seed=seed, **options)
            if isinstance(layer, nn.Linear)
        ]
        for batch_norm in (False, True)
        for seed in (0, 1)
    }
    for ours, theirs, other in zip(weights[False, 0], weights[True, 0], weights[False, 1], strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert (ours != other).all() and 0.05 < ours.std() < 0.2
    model = network(12, 3, batch_norm=True, seed=0, **options)
    assert [type(layer).__name__ for layer in model] == ["Linear", "BatchNorm1d", "Sigmoid"] * 2 + ["Linear"]
    assert model[0].bias is None and (model[-1].bias.detach().numpy() == 0).all(), "batch norm takes the place of the hidden biases"
    numbered = (tinyreg.arange(10).reshape(10, 1), tinyreg.arange(10))
    first, again, other = ([y.tolist() for _, y in islice(mini_batches(numbered, 4, seed), 4)] for seed in (0, 0, 1))
    assert first == again != other
    assert first[:2] != first[2:] and all(len({*a, *b}) == 8 for a, b in (first[:2], first[2:])), "each epoch has an order of its own"


def test_the_test_images_choose_nothing(small):
    train, test = small
    options = {"batch_norm": True, "std": 0.1, "hidden": [6], "steps": 20, "batch": 30}
    found = run(train, test, **options)
    other = run(train, (test[0], (test[1] + 1) % 3), **options)
    assert found["percentiles"] == other["percentiles"] and found["accuracy"] != other["accuracy"]


def test_progress_is_told_and_equal_seeds_give_equal_digits(small):
    told = []
    options = {"batch_norm": False, "std": 0.5, "hidden": [6], "steps": 40, "batch": 30, "lr": 1.0}
    first = run(*small, progress=lambda *each: told.append(each), **options)
    again, other = run(*small, **options), run(*small, seed=1, **options)
    assert told == list(zip(first["steps"], first["accuracy"]))
    assert first["percentiles"] == again["percentiles"] != other["percentiles"]


def test_pixels_become_black_or_white():
    class Images:
        data, targets = tinyreg.tensor([[[0, 127], [128, 255]]], dtype=tinyreg.uint8), tinyreg.tensor([7])

    images, classes = black_and_white(Images())
    assert images.tolist() == [[0.0, 0.0, 1.0, 1.0]] and str(images.dtype).endswith("float32") and classes.tolist() == [7]


def test_the_steps_of_the_papers_claims_are_measured():
    assert {1000, 3000, 7000, 50_000} <= set(measured_steps(50_000)) and len(measured_steps(50_000)) == 40
    assert measured_steps(1) == [1] and measured_steps(20) == [*range(1, 21)]


def test_the_standard_error_is_the_binomials():
    guesses = np.random.default_rng(0).random((4000, 400)) < 0.9
    assert standard_error(0.9, 400) == pytest.approx(guesses.mean(axis=1).std(), rel=0.05)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"std": 0.0}, "std must be above 0, got 0.0"),
        ({"lr": -1.0}, "lr must be above 0, got -1.0"),
        ({"steps": 0}, "steps must be an integer from 1 to inf, got 0; there must be something to measure"),
        ({"batch": 121}, "batch must be an integer from 2 to 120, got 121; batch norm needs two images"),
        ({"batch": 1}, "batch must be an integer from 2 to 120, got 1"),
        ({"seed": -1}, "seed must be an integer from 0 to inf, got -1"),
        ({"unit": 6}, "unit must be an integer from 0 to 5, got 6; it is one of the last hidden layer"),
        ({"steps": 2.5}, r"steps must be an integer from 1 to inf, got 2\.5"),
    ],
)
def test_refusals(small, wrong, message):
    with pytest.raises(ValueError, match=f"^run: {message}"):
        run(*small, **({"batch_norm": True, "std": 0.1, "hidden": [8, 6], "steps": 2, "batch": 20} | wrong))


# the file, and the command


def test_runs_are_written_one_by_one_and_kept(small, tmp_path, monkeypatch):
    path, options = tmp_path / "out.json", {"stds": [0.1], "steps": 3}

    def stops(*args, seed, **kwargs):
        if seed == 1:
            raise KeyboardInterrupt
        return run(*args, seed=seed, **kwargs)

    monkeypatch.setattr(ioffe_szegedy, "run", stops)
    with pytest.raises(KeyboardInterrupt):
        reproduce(*small, seeds=[0, 1], out=path, **options)
    kept = json.loads(path.read_text())["runs"]
    assert [(each["seed"], each["batch_norm"]) for each in kept] == [(0, False), (0, True)]
    done = []
    monkeypatch.setattr(ioffe_szegedy, "run", lambda *args, **kwargs: done.append(kwargs["seed"]) or run(*args, **kwargs))
    outcome = reproduce(*small, seeds=[0, 1], out=path, **options)
    assert done == [1, 1] and outcome["runs"][:2] == kept and json.loads(path.read_text()) == outcome
    assert all(value == round(value, 4) for each in outcome["runs"] for value in each["accuracy"])
    with pytest.raises(
        ValueError, match=r"^reproduce: .*out.json must hold runs of the same settings, got .*'steps': 3.*; name another file"
    ):
        reproduce(*small, seeds=[0], out=path, stds=[0.1], steps=4)


def test_curves_of_what_there_is_not(small):
    outcome = reproduce(*small, seeds=[0, 1], stds=[0.1], steps=3)
    assert [part.shape for part in curves(outcome, batch_norm=True, std=0.1)] == [(3,), (2, 3), (2, 3, 3)]
    with pytest.raises(ValueError, match=r"^curves: std must be one of the outcome, got 0\.2; there are 0\.1"):
        curves(outcome, batch_norm=True, std=0.2)


@pytest.fixture
def folder(tmp_path):
    """Files of MNIST's form, with 60 and 20 images."""
    chance = np.random.default_rng(0)
    for part, n in (("train", 60), ("t10k", 20)):
        images, classes = chance.integers(0, 256, (n, 28, 28), dtype=np.uint8), (np.arange(n) % 10).astype(np.uint8)
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, n, 28, 28) + images.tobytes())
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, n) + classes.tobytes())
    return tmp_path


def test_the_command_writes_the_file_and_says_what_was_found(folder, capsys):
    options = ["--root", str(folder), "--out", str(folder / "out.json"), "--seeds", "2", "--steps", "2"]
    assert main(options) == 0
    outcome = json.loads((folder / "out.json").read_text())
    assert outcome["settings"] == settings(2) and len(outcome["runs"]) == 8 and outcome["images"] == {"train": 60, "test": 20}
    said = capsys.readouterr()
    assert said.out.count("test accuracy") == 4 and "2 seeds, 95 % t intervals" in said.out
    assert said.err.count("\n") == 8 and "run 8 of 8: batch norm, std 0.1, seed 1, step 2: " in said.err
    assert main(options) == 0 and json.loads((folder / "out.json").read_text())["runs"] == outcome["runs"]
    assert main([*options[:-1], "3"]) == 2 and "must hold runs of the same settings" in capsys.readouterr().err


def test_the_command_refuses(tmp_path, capsys):
    assert main(["--root", str(tmp_path), "--out", str(tmp_path / "out.json")]) == 2
    assert "must hold the files of the data" in capsys.readouterr().err and not (tmp_path / "out.json").exists()
    with pytest.raises(SystemExit) as refused:
        main(["--root", ".", "--out", "x.json", "--seeds", "1"])
    assert refused.value.code == 2 and "--seeds must be at least 2, got 1" in capsys.readouterr().err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    said = capsys.readouterr().out
    assert done.value.code == 0 and "examples:" in said and "continues where it was stopped" in said
