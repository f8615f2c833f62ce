"""Figure 1 of Ioffe & Szegedy 2015: batch normalization lets a sigmoid network learn MNIST faster, and to a higher accuracy.

The protocol. Images of 28x28 black and white pixels, three hidden layers of 100 units, ten outputs:

    plain                y = sigmoid(W u + b)                                     (1)
    batch norm           y = sigmoid(BN(W u)),  the bias of BN in the place of b  (2)

cross-entropy, 50,000 steps of SGD with 60 images each; weights begin as small Gaussian numbers. Panel a: the share of the test
images that are classified correctly, over the steps. Panels b and c: the {15, 50, 85}th percentiles of the input of one
sigmoid of the last hidden layer, which is W u + b in (1) and BN(W u) in (2).

What the paper leaves open, and what was taken here; nothing was tuned, and both networks are trained alike:

    learning rate              0.1
    std of the first weights   0.01 and 0.1, in all layers; biases begin at 0
    black or white             a pixel is 1 above half of the largest value
    the sigmoid of b and c     unit 0, in every run
    its percentiles            over the last 10 mini-batches of training, 600 values: what the network saw in training,
                               normalized by the statistics of the mini-batch
    test accuracy              BN with its running averages (momentum 0.1); the test images are measured, and choose nothing

Both networks of a seed begin with the same weights and see the same mini-batches, so that their difference is paired. The
accuracy a of one network on n test images has the standard error (binomial)

    sqrt(a (1 - a) / n)                                                           (3)

0.16 points at 97.5 % of 10,000. Intervals over seeds tell of the training, not of that: all seeds share the test images.

Use. One network on any images, in seconds (this is what a notebook does on Digits):

    >>> from tinyreg.datasets import Digits
    >>> train, test = (black_and_white(Digits(train=part)) for part in (True, False))
    >>> normalized = run(train, test, batch_norm=True, std=0.1, hidden=(20, 20, 20), steps=200)
    >>> plain = run(train, test, batch_norm=False, std=0.1, hidden=(20, 20, 20), steps=200)
    >>> normalized["accuracy"][-1] > plain["accuracy"][-1] + 0.3
    True
    >>> plain["steps"][-3:], len(plain["accuracy"]), len(plain["percentiles"][-1])
    ([180, 190, 200], 21, 3)

The runs on MNIST, which take about a minute each, come with the package as JSON; `plots.ioffe_szegedy(committed())` draws them.
Test accuracy in %, mean and 95 % t interval over the seeds, after 1,000, 7,000 and 50,000 steps:

    >>> from tinyreg.experiments.statistics import interval
    >>> outcome = committed()
    >>> for std in outcome["settings"]["stds"]:
    ...     for batch_norm, name in ((False, "plain"), (True, "batch norm")):
    ...         steps, accuracies, percentiles = curves(outcome, batch_norm=batch_norm, std=std)
    ...         found = [interval(100 * accuracies[:, steps == step].ravel()) for step in (1000, 7000, 50_000)]
    ...         print(f"{std:<4}  {name:10}  {'   '.join(f'{each.mean:5.2f} +- {each.half:5.2f}' for each in found)}")
    0.01  plain       10.30 +-  0.79   10.78 +-  0.99   93.95 +-  0.32
    0.01  batch norm  90.84 +-  0.47   95.96 +-  0.53   97.60 +-  0.06
    0.1   plain       50.22 +-  7.34   92.48 +-  0.38   96.79 +-  0.19
    0.1   batch norm  90.66 +-  0.22   95.11 +-  0.21   97.33 +-  0.15

What was found. Batch norm learns faster and ends higher, as in the paper, from either std. How much, the std decides: from 0.01
the plain network stays at chance for 10,000 steps, and the effect is that it learns at all; from 0.1 it is 40 points behind after
1,000 steps and half a point after 50,000 (0.54 +- 0.28 over the seeds). The input of a sigmoid of the plain network is almost
a constant until the network learns, and then spreads; with batch norm its middle 70 % begin within -1 and 1 and end within -2
and 2. The paper prints no number, so that these can be compared with its curves by eye alone.

`python -m tinyreg.experiments.ioffe_szegedy --help` says how they are made again.

Source: Ioffe, Szegedy 2015, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
arXiv 1502.03167, section 4.1 and figure 1.
"""

import argparse
import json
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from .. import backend, nn, optim, tensor
from ..autograd import Tensor
from ..datasets import MNIST
from ..ops.number import check_number
from ..random import Generator, keyed
from ..serialization import write_atomically
from ..utils.data import DataLoader, TensorDataset
from .statistics import interval
from .terminal import console
from .trial import accuracy
from .versions import blas, devices, versions

HIDDEN, STEPS, BATCH = (100, 100, 100), 50_000, 60  # the paper's
STDS, RATE, UNIT, RECENT = (0.01, 0.1), 0.1, 0, 10  # taken, as above; BN has the defaults of nn.BatchNorm1d
PERCENTILES = (15, 50, 85)
SEEDS = 5
NAMES = {False: "plain", True: "batch norm"}  # of the networks (1) and (2)

Examples = tuple[Tensor, Tensor]


def black_and_white(data: Any) -> Examples:
    """The images of a data set as rows of zeros and ones, and their classes.

    Args:
        data: has `data`, all images, and `targets`, all classes: MNIST, Digits.

    Returns:
        Images, a float32 Tensor (N, pixels): 1 where a pixel is above half of the largest; classes, an int64 Tensor (N,).

    Example:
        >>> from tinyreg.datasets import Digits
        >>> images, classes = black_and_white(Digits(train=False))
        >>> images.shape, images.unique().tolist(), classes.shape
        (Size([1797, 64]), [0.0, 1.0], Size([1797]))
    """
    pixels = data.data.numpy()
    return tensor((pixels > pixels.max() / 2).reshape(len(pixels), -1).astype("float32")), data.targets


def network(inputs: int, classes: int, *, batch_norm: bool, std: float, hidden: Sequence[int], seed: int) -> nn.Sequential:
    """The network (1) or (2), its weights drawn; those of a seed are the same in both.

    Args:
        inputs, classes: pixels of an image, and outputs.
        batch_norm: (2) or (1).
        std: of the Gaussian weights.
        hidden: units of the hidden layers.
        seed: of the weights.

    Shape:
        (N, inputs) -> (N, classes).

    Example:
        >>> [type(layer).__name__ for layer in network(64, 10, batch_norm=True, std=0.1, hidden=[20], seed=0)]
        ['Linear', 'BatchNorm1d', 'Sigmoid', 'Linear']
    """
    layers: list[nn.Module] = []
    sizes = [inputs, *hidden]
    for before, after in zip(sizes, sizes[1:]):
        normalized = [nn.BatchNorm1d(after)] if batch_norm else []
        layers += [nn.Linear(before, after, bias=not batch_norm), *normalized, nn.Sigmoid()]
    layers.append(nn.Linear(sizes[-1], classes))
    with keyed(seed):
        for layer in layers:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=std)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def measured_steps(steps: int) -> list[int]:
    """After which steps is measured: seven times a decade from 10 on, and at every twentieth part of all steps.

    Example:
        >>> measured_steps(50_000)[:9], measured_steps(50_000)[-3:], len(measured_steps(50_000))
        ([10, 15, 20, 30, 40, 50, 70, 100, 150], [45000, 47500, 50000], 40)
    """
    decades = {mantissa * 10**power // 10 for power in range(1, 12) for mantissa in (10, 15, 20, 30, 40, 50, 70)}
    return sorted({step for step in decades if step <= steps} | {max(1, k * steps // 20) for k in range(1, 21)})


def mini_batches(examples: Examples, batch: int, seed: int) -> Iterator[Examples]:
    """Mini-batches for ever, in an order that the seed decides and that is another one in every epoch.

    Args:
        examples: images and classes.
        batch: images of each; what is left of an epoch at its end is left out.
        seed: of the order.

    Example:
        >>> import tinyreg
        >>> batches = mini_batches((tinyreg.zeros(5, 2), tinyreg.arange(5)), 2, seed=0)
        >>> [len(next(batches)[1]) for _ in range(4)]
        [2, 2, 2, 2]
    """
    loader = DataLoader(TensorDataset(*examples), batch, shuffle=True, drop_last=True, generator=Generator(seed))
    while True:
        yield from loader


def run(
    train: Examples,
    test: Examples,
    *,
    batch_norm: bool,
    std: float,
    seed: int = 0,
    hidden: Sequence[int] = HIDDEN,
    steps: int = STEPS,
    batch: int = BATCH,
    lr: float = RATE,
    unit: int = UNIT,
    progress: Callable[[int, float], object] = lambda step, accuracy: None,
) -> dict[str, Any]:
    """Train one network, and measure it after `measured_steps(steps)`.

    Args:
        train, test: images, a float32 Tensor (N, pixels), and classes from 0 on, an int64 Tensor (N,): `black_and_white`.
        batch_norm: the network (2), or (1).
        std: of the first weights, above 0.
        seed: of the first weights and of the order of the images, an integer of at least 0.
        hidden: units of the hidden layers.
        steps: of SGD.
        batch: images a step.
        lr: learning rate.
        unit: of the last hidden layer, whose sigmoid's input is watched.
        progress: called with the step and the test accuracy whenever it was measured.

    Returns:
        A dict: "batch_norm", "std", "seed"; "steps", after which was measured; "accuracy", the share of the test images
        that were classified correctly; "percentiles", for each step three numbers, the 15th, 50th and 85th percentile of
        the sigmoid's input over the last 10 mini-batches; "seconds" of the whole run.

    Raises:
        ValueError: a number out of its range, or fewer training images than a mini-batch has.

    Example:
        >>> import tinyreg
        >>> images, classes = tinyreg.eye(6), tinyreg.arange(6)
        >>> found = run((images, classes), (images, classes), batch_norm=True, std=0.1, hidden=[8], steps=400, batch=6)
        >>> found["steps"][-1], found["accuracy"][-1]
        (400, 1.0)
    """
    _check(train, std=std, lr=lr, seed=seed, steps=steps, batch=batch, unit=unit, hidden=hidden)
    began = time.perf_counter()
    model = network(train[0].shape[1], int(train[1].max()) + 1, batch_norm=batch_norm, std=std, hidden=hidden, seed=seed)
    last_sigmoid = [layer for layer in model if isinstance(layer, nn.Sigmoid)][-1]
    recent: deque[Tensor] = deque(maxlen=RECENT)
    last_sigmoid.register_forward_pre_hook(lambda layer, inputs: recent.append(inputs[0].detach()[:, unit]) if layer.training else None)
    optimizer, loss = optim.SGD(model.parameters(), lr), nn.CrossEntropyLoss()
    measured = measured_steps(steps)
    accuracies, percentiles = [], []
    for step, (x, y) in zip(range(1, steps + 1), mini_batches(train, batch, seed)):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
        if step in measured:
            accuracies.append(accuracy(model, *test))
            percentiles.append(np.percentile(np.concatenate([part.numpy() for part in recent]), PERCENTILES).tolist())
            progress(step, accuracies[-1])
    return {
        **{"batch_norm": batch_norm, "std": std, "seed": seed, "seconds": time.perf_counter() - began},
        **{"steps": measured, "accuracy": accuracies, "percentiles": percentiles},
    }


def reproduce(
    train: Examples,
    test: Examples,
    *,
    seeds: Sequence[int] = tuple(range(SEEDS)),
    stds: Sequence[float] = STDS,
    steps: int = STEPS,
    out: str | Path | None = None,
    progress: Callable[[str, int, float], object] = lambda what, step, accuracy: None,
) -> dict[str, Any]:
    """Train both networks for every std and seed, and write down what was found as each run ends.

    Args:
        train, test: as in run.
        seeds: of the runs.
        stds: of the first weights.
        steps: of SGD, of each run.
        out: a JSON file, written anew after each run; where it is there already, from the same settings and versions, its
            runs are kept. None writes nothing.
        progress: called with a text that tells the run, the step and the test accuracy whenever it was measured.

    Returns:
        The outcome, as JSON holds it: "settings", "seeds", "images" (how many to train and to test on), "backend",
        "device", "blas", "versions", "date", "seconds", and "runs", each as `run` returns it, rounded.

    Raises:
        ValueError: a number out of its range; a file of other settings or versions.

    Example:
        >>> import tinyreg
        >>> examples = tinyreg.eye(60), tinyreg.arange(60) % 10
        >>> outcome = reproduce(examples, examples, seeds=[0, 1], stds=[0.1], steps=20)
        >>> [(run["seed"], run["batch_norm"]) for run in outcome["runs"]]
        [(0, False), (0, True), (1, False), (1, True)]
    """
    outcome = {
        "settings": settings(steps, stds),
        "seeds": list(seeds),
        "images": {"train": len(train[0]), "test": len(test[0])},
        "backend": backend.current(),
        "device": devices()[0 if backend.current() == "numpy" else 1],
        "blas": blas(),
        "versions": versions(),
    }
    known = _kept(out, outcome)
    runs = []
    for seed in seeds:
        for std in stds:
            for batch_norm in NAMES:
                what = f"{NAMES[batch_norm]}, std {std:g}, seed {seed}"
                found = known.get((batch_norm, std, seed))
                if found is None:
                    found = run(train, test, batch_norm=batch_norm, std=std, seed=seed, steps=steps, progress=partial(progress, what))
                else:
                    progress(what, steps, found["accuracy"][-1])
                runs.append(_rounded(found))
                outcome["date"] = datetime.now(UTC).strftime("%Y-%m-%d")
                outcome["seconds"] = round(math.fsum(each["seconds"] for each in runs))
                outcome["runs"] = runs
                if out is not None:
                    write_atomically(out, as_json(outcome))
    return outcome


def settings(steps: int = STEPS, stds: Sequence[float] = STDS) -> dict[str, Any]:
    """All that decides the digits of an outcome but the seeds and the data, as JSON holds it.

    Example:
        >>> settings()["hidden"], settings()["batch"], settings()["stds"]
        ([100, 100, 100], 60, [0.01, 0.1])
    """
    of_the_paper = {"hidden": list(HIDDEN), "steps": steps, "batch": BATCH, "percentiles": list(PERCENTILES)}
    return of_the_paper | {"stds": list(stds), "lr": RATE, "unit": UNIT, "recent": RECENT}


def committed() -> dict[str, Any]:
    """The outcome of `reproduce` on MNIST that comes with the package.

    Example:
        >>> committed()["images"], committed()["settings"] == settings()
        ({'train': 60000, 'test': 10000}, True)
    """
    return json.loads(files("tinyreg.experiments").joinpath("results", "ioffe_szegedy.json").read_text(encoding="utf-8"))


def curves(outcome: Mapping[str, Any], *, batch_norm: bool, std: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What was measured of one network, a row a seed.

    Args:
        outcome: of reproduce, or committed().
        batch_norm: the network (2), or (1).
        std: of the first weights.

    Returns:
        (points,) the steps; (seeds, points) the test accuracies, between 0 and 1; (seeds, points, 3) the percentiles.

    Raises:
        ValueError: there are no such runs.

    Example:
        >>> steps, accuracies, percentiles = curves(committed(), batch_norm=False, std=0.1)
        >>> int(steps[-1]), percentiles.shape[2]
        (50000, 3)
    """
    runs = [each for each in outcome["runs"] if each["batch_norm"] == batch_norm and each["std"] == std]
    if not runs:
        stds = sorted({each["std"] for each in outcome["runs"]})
        raise ValueError(f"curves: std must be one of the outcome, got {std}; there are {', '.join(map(str, stds)) or 'no runs'}")
    accuracies, percentiles = (np.array([each[name] for each in runs]) for name in ("accuracy", "percentiles"))
    return np.array(runs[0]["steps"]), accuracies, percentiles


def standard_error(accuracy: float, images: int) -> float:
    """The standard error (3) of an accuracy that was measured on so many images.

    Args:
        accuracy: between 0 and 1.
        images: at least 1.

    Example:
        >>> round(standard_error(0.975, 10_000), 4)
        0.0016
    """
    return math.sqrt(accuracy * (1 - accuracy) / images)  # (3)


def as_json(outcome):
    """The outcome as text, a run a line.

    Example:
        >>> print(as_json({"seeds": [0], "runs": [{"seed": 0}]}), end="")
        {"seeds": [0],
        "runs": [
        {"seed": 0}
        ]}
    """
    head = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in outcome.items() if name != "runs")
    lines = ",\n".join(json.dumps(each) for each in outcome["runs"])
    return f'{{{head},\n"runs": [\n{lines}\n]}}\n'


def _rounded(found):
    """To as many digits as a figure can show: 4 of an accuracy (10,000 images), 4 significant ones of a percentile."""
    accuracy = [round(value, 4) for value in found["accuracy"]]
    percentiles = [[float(f"{value:.4g}") for value in each] for each in found["percentiles"]]
    return found | {"seconds": round(found["seconds"], 1), "accuracy": accuracy, "percentiles": percentiles}


def _kept(out, outcome):
    """{(batch_norm, std, seed): run} of the file that is there; refused where it tells of something else."""
    if out is None or not Path(out).exists():
        return {}
    before = json.loads(Path(out).read_text(encoding="utf-8"))
    for name in ("settings", "images", "backend", "versions"):
        if before[name] != outcome[name]:
            raise ValueError(
                f"reproduce: {out} must hold runs of the same {name}, got {before[name]} where these are {outcome[name]}; name another file"
            )
    return {(each["batch_norm"], each["std"], each["seed"]): each for each in before["runs"]}


def _check(train, hidden, std, lr, **counts):
    check_number("run", std=std, lr=lr, **counts)
    for name, value in (("std", std), ("lr", lr)):
        if not value > 0:
            raise ValueError(f"run: {name} must be above 0, got {value}; the paper's network needs some")
    limits = {
        "seed": (0, math.inf, "a seed is not negative"),
        "steps": (1, math.inf, "there must be something to measure"),
        "batch": (2, len(train[0]), "batch norm needs two images, and an epoch a whole mini-batch"),
        "unit": (0, hidden[-1] - 1, "it is one of the last hidden layer"),
    }
    for name, value in counts.items():
        least, most, why = limits[name]
        if not isinstance(value, int | np.integer) or not least <= value <= most:
            raise ValueError(f"run: {name} must be an integer from {least} to {most}, got {value!r}; {why}")


EPILOG = """\
What is measured: the share of correctly classified test images, and the 15th, 50th and 85th percentile of one sigmoid's input.
Each run takes 50,000 steps, about a minute on one core; the file is written after each run, and the
same command continues where it was stopped. Settings, seeds, versions and device stand in the file.

examples:
  python -m tinyreg.experiments.ioffe_szegedy --root data --download --out ioffe_szegedy.json
  python -m tinyreg.experiments.ioffe_szegedy --root data --out trial.json --seeds 2 --steps 1000     a trial, in a minute

One thread is fastest for networks of this size: OMP_NUM_THREADS=1 python -m ...
The runs that come with the package: tinyreg.experiments.ioffe_szegedy.committed(), drawn by tinyreg.plots.ioffe_szegedy.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m tinyreg.experiments.ioffe_szegedy`; returns its exit code.

    Args:
        arguments: of the command line; None takes those of this process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tinyreg.experiments.ioffe_szegedy",
        description="Train figure 1 of Ioffe & Szegedy (2015) anew: a sigmoid network on MNIST, plain and with batch normalization.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--root", required=True, metavar="FOLDER", help="where the four files of MNIST are")
    parser.add_argument("--out", required=True, metavar="JSON", help="the file to write, or to continue")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help=f"runs of each network, at least 2 (default: {SEEDS})")
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"of each run (default: {STEPS}, the paper's)")
    parser.add_argument("--download", action="store_true", help="fetch the files that are missing in --root (11 MB) first")
    options = parser.parse_args(arguments)
    if options.seeds < 2:
        parser.error(f"--seeds must be at least 2, got {options.seeds}; an interval needs two runs")
    try:
        train, test = (black_and_white(MNIST(options.root, train=part, download=options.download)) for part in (True, False))
        with _bar(2 * len(STDS) * options.seeds, options.steps) as progress:
            outcome = reproduce(train, test, seeds=range(options.seeds), steps=options.steps, out=options.out, progress=progress)
    except (OSError, RuntimeError, ValueError) as refused:
        print(refused, file=sys.stderr)
        return 2
    for std in STDS:
        for batch_norm in NAMES:
            accuracies = curves(outcome, batch_norm=batch_norm, std=std)[1][:, -1]
            found = interval(100 * accuracies)
            print(f"{NAMES[batch_norm]:<10}  std {std:<4g}  test accuracy {found.mean:.2f} +- {found.half:.2f} %")
    print(f"{options.out} ({options.seeds} seeds, 95 % t intervals)")
    return 0


@contextmanager
def _bar(runs: int, steps: int) -> Iterator[Callable[[str, int, float], None]]:
    """A function progress(what, step, accuracy) that moves a bar on a terminal, and says a line a run elsewhere."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    err, seen = console(stderr=True), []
    columns = (BarColumn(20), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(), TextColumn("{task.fields[last]}"))
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=runs * steps, last="")

        def progress(what: str, step: int, accuracy: float) -> None:
            if what not in seen:
                seen.append(what)
            last = f"{what}, step {step}: {100 * accuracy:.2f} %"
            bar.update(task, completed=(len(seen) - 1) * steps + step, last=last)
            if step == steps and not err.is_terminal:
                err.print(f"run {len(seen)} of {runs}: {last}", soft_wrap=True)

        yield progress


if __name__ == "__main__":
    sys.exit(main())
