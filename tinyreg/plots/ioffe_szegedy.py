"""Figure 1 of Ioffe & Szegedy 2015: test accuracy with and without batch norm, and what one sigmoid is fed in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..experiments.figures import BLUE, DASHED, ORANGE, new_figure
from ..experiments.ioffe_szegedy import NAMES, PERCENTILES, curves
from ..experiments.statistics import interval
from .end_labels import label_ends
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {False: ORANGE, True: BLUE}
STYLES = ("-", DASHED, (0, (1, 1.2)), "-.")


@house_look
def ioffe_szegedy(outcome: Mapping[str, Any], *, std: float = 0.1, seed: int = 0) -> Figure:
    """Draw what experiments.ioffe_szegedy.reproduce measured: panels a, b and c.

    a: test accuracy over the steps of training, the mean over the seeds with its 95 % t interval as a band; a line style
    for each std of the first weights. b, c: the 15th, 50th and 85th percentile of the input of one sigmoid of the last
    hidden layer, of one seed and one std, without and with batch norm.

    Args:
        outcome: of experiments.ioffe_szegedy.reproduce, or committed(); two seeds or more.
        std: of the first weights in b and c.
        seed: of b and c.

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: outcome is something else.
        ValueError: an std or a seed that is not in it, or a single seed.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> from tinyreg.experiments.ioffe_szegedy import committed
        >>> figure = ioffe_szegedy(committed())
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['a: accuracy on the test images', 'b: plain', 'c: batch norm']
    """
    if not isinstance(outcome, Mapping) or not {"settings", "seeds", "images", "runs"} <= set(outcome):
        raise TypeError(
            f"ioffe_szegedy: outcome must be what experiments.ioffe_szegedy.reproduce returns, got {outcome!r:.60}; committed() is one"
        )
    seeds, stds = outcome["seeds"], sorted(outcome["settings"]["stds"], reverse=True)
    if seed not in seeds or std not in stds or len(seeds) < 2:
        raise ValueError(
            f"ioffe_szegedy: std and seed must be of an outcome of two seeds or more, got std={std}, seed={seed} where there are "
            f"stds={stds}, seeds={seeds}; take one of these"
        )
    figure = new_figure(18, 6.2)
    left, *others = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1.35, 1, 1]})
    others[1].sharey(others[0])
    ends, names = [], []
    for batch_norm, name in NAMES.items():
        for each, style in zip(stds, STYLES):
            steps, accuracies, _ = curves(outcome, batch_norm=batch_norm, std=each)
            found = [interval(column) for column in 100 * accuracies.T]
            left.fill_between(steps, [i.low for i in found], [i.high for i in found], color=COLOURS[batch_norm], alpha=0.2, lw=0)
            ends += left.plot(steps, [i.mean for i in found], color=COLOURS[batch_norm], linestyle=style)
            names.append(f"{name}, std {each:g}")
    left.set_ylim(0, 102)
    left.set_ylabel("test accuracy [%]")
    left.set_title("a: accuracy on the test images")
    for letter, axes, (batch_norm, name) in zip("bc", others, NAMES.items()):
        steps, _, percentiles = curves(outcome, batch_norm=batch_norm, std=std)
        low, middle, high = percentiles[seeds.index(seed)].T
        axes.fill_between(steps, low, high, color=COLOURS[batch_norm], alpha=0.15, lw=0)
        for values, style in ((high, DASHED), (middle, "-"), (low, (0, (1, 1.2)))):
            axes.plot(steps, values, color=COLOURS[batch_norm], linestyle=style)
        axes.set_title(f"{letter}: {name}")
    others[0].set_ylabel("input of one sigmoid")
    for axes in (left, *others):
        axes.set_xscale("log")
        axes.set_xlim(steps[0], steps[-1])
        axes.set_xlabel("training step")
    images = f"{outcome['images']['test']:,} test images, {len(seeds)} seeds, bands: 95 % intervals"
    figure.suptitle(f"Ioffe & Szegedy 2015, figure 1: {images}; b and c: std {std:g}, seed {seed}", x=0.01, ha="left", fontsize=19)
    figure.draw_without_rendering()
    label_ends(left, ends, names)
    for axes in others:
        label_ends(axes, axes.lines[:], [f"{share} %" for share in reversed(PERCENTILES)])
    return figure
