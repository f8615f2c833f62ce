"""A figure of the task: the first training images of a seed, with the labels that the networks are told."""

from dataclasses import replace

import numpy as np

from .figures import INK, ORANGE, new_figure
from .trial import draw_data

ROWS, COLUMNS = 2, 8


def examples(settings, seed=0):
    """The first images that a seed draws, in its order; a wrong label is orange and says what the image is.

    Args:
        settings: a Settings.
        seed: of the draw.

    Returns:
        A matplotlib Figure.
    """
    (images, labels), _ = draw_data(settings, seed)
    (_, truth), _ = draw_data(replace(settings, label_noise=0.0), seed)  # the same images: their order is drawn first
    names = settings.task.dataset.classes
    figure = new_figure(14.5, 5.6)
    for axes, image, label, right in zip(figure.subplots(ROWS, COLUMNS).ravel(), images, labels, truth):
        if settings.task.comes_with_the_package:
            image = image[0]                                                       # (1, H, W) -> (H, W)
        axes.imshow(image, cmap="gray_r" if np.ndim(image) == 2 else None, interpolation="nearest")
        axes.axis("off")
        wrong = label != right
        text = f"{names[label]}\n(is {names[right]})" if wrong else f"{names[label]}\n"
        axes.set_title(text, fontsize=14, color=ORANGE if wrong else INK, weight="bold" if wrong else "normal", loc="center")
    noise = settings.label_noise
    told = f", {100 * noise:g} % with a wrong label (orange)" if noise else ""
    figure.suptitle(f"What the network is told: the first of {settings.train_size} training images{told}", x=0.01, ha="left", fontsize=19)
    return figure
