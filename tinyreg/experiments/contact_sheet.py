"""Contact sheets: what each transform makes of real images, a picture for each: `tinyreg augment`."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..autograd.tensor import wrap
from ..backend import asarray, to_numpy
from ..data import NpzImages
from ..random import Generator, use
from ..regularization.cutout import Cutout
from ..serialization import write_atomically
from ..transforms import (
    CenterCrop,
    ColorJitter,
    Compose,
    CutMix,
    GaussianNoise,
    Grayscale,
    Lambda,
    MixUp,
    Normalize,
    Pad,
    RandomAffine,
    RandomApply,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
    ToTensor,
)
from .bad_option import BadOption
from .figures import GREY, new_figure, png
from .tasks import TASKS, host_array

IMAGES, DRAWS = 5, 8  # rows of a sheet, and how often each image is drawn
PAIRS = 8  # images of a sheet of a transform without chance


@dataclass(frozen=True)
class Example:
    """A transform with settings that show what it does.

    Attributes:
        name: as the command line writes it, and the name of its picture: the class, and a word where there are several.
        make: the transform for images of (height, width) in so many classes: make(height, width, classes).
        look: what to look at.
    """

    name: str
    make: Callable[[int, int, int], Any]
    look: str


TRANSFORMS = {
    example.name: example
    for example in (
        Example(
            "RandomHorizontalFlip",
            lambda h, w, k: RandomHorizontalFlip(),
            "Half are mirror images: still the same animal, but no digit any more.",
        ),
        Example("RandomVerticalFlip", lambda h, w, k: RandomVerticalFlip(), "Half stand on their heads: right for cells, wrong for cars."),
        Example("RandomCrop", lambda h, w, k: RandomCrop((h, w), padding=h // 8), "Shifted by up to an eighth; what comes in is black."),
        Example(
            "RandomCrop-reflect",
            lambda h, w, k: RandomCrop((h, w), padding=h // 4, padding_mode="reflect"),
            "Shifted by up to a quarter; what comes in is the mirror image of the border.",
        ),
        Example("CenterCrop", lambda h, w, k: CenterCrop((3 * h // 4, 3 * w // 4)), "The middle three quarters."),
        Example("Pad", lambda h, w, k: Pad(h // 8), "A frame of zeros."),
        Example("Pad-edge", lambda h, w, k: Pad(h // 4, padding_mode="edge"), "The outermost pixels go on."),
        Example("Pad-reflect", lambda h, w, k: Pad(h // 4, padding_mode="reflect"), "A mirror on the outermost pixels."),
        Example("Pad-symmetric", lambda h, w, k: Pad(h // 4, padding_mode="symmetric"), "A mirror behind the outermost pixels."),
        Example("Resize", lambda h, w, k: Resize(h // 2), "Half the size, averaged: nothing jagged."),
        Example("Resize-large", lambda h, w, k: Resize(2 * h, "bicubic"), "Twice the size, smooth between the pixels."),
        Example("RandomRotation", lambda h, w, k: RandomRotation(20, "bilinear"), "Turned by up to 20 degrees about the middle."),
        Example(
            "RandomAffine",
            lambda h, w, k: RandomAffine(10, (0.1, 0.1), (0.8, 1.2), 15, interpolation="bilinear"),
            "Turned, moved, scaled and sheared, all at once.",
        ),
        Example("ColorJitter", lambda h, w, k: ColorJitter(0.4, 0.4, 0.4, 0.1), "Another light: darker, paler, warmer. The shape stays."),
        Example("ColorJitter-hue", lambda h, w, k: ColorJitter(hue=0.5), "Any hue; what is grey stays grey."),
        Example("Grayscale", lambda h, w, k: Grayscale(3), "Luma: green counts most, blue least."),
        Example("GaussianNoise", lambda h, w, k: GaussianNoise(sigma=0.1), "Noise on every pixel, another on each image."),
        Example("RandomErasing", lambda h, w, k: RandomErasing(p=0.8), "A box of any shape is gone, in four images of five."),
        Example("RandomErasing-random", lambda h, w, k: RandomErasing(p=0.8, value="random"), "The box is noise."),
        Example("Cutout", lambda h, w, k: Cutout(h // 2), "A square of half the height; it may reach over the border."),
        Example("MixUp", lambda h, w, k: MixUp(num_classes=k), "Two images shine through each other, and so do their labels."),
        Example("CutMix", lambda h, w, k: CutMix(num_classes=k), "A box of another image; the label counts the pixels."),
        Example("Lambda", lambda h, w, k: Lambda(lambda images: images.max() - images), "A function: the negative."),
        Example(
            "RandomApply",
            lambda h, w, k: RandomApply([RandomRotation((90, 90)), GaussianNoise(sigma=0.1)]),
            "Both or neither: half of the images lie on their side and are noisy.",
        ),
        Example("ToTensor", lambda h, w, k: ToTensor(), "Other numbers, the same picture."),
        Example(
            "Normalize",
            lambda h, w, k: Compose([ToTensor(), Normalize(0.5, 0.25)]),
            "The same picture on another scale.",
        ),
        Example(
            "Compose",
            lambda h, w, k: Compose([RandomHorizontalFlip(), RandomCrop((h, w), padding=h // 8), ColorJitter(0.3, 0.3), RandomErasing()]),
            "What a network for photographs is trained on: no two alike, and most of them recognizable.",
        ),
    )
}


def select(names):
    """The examples of these names; a class stands for all of its examples, and no name for every one.

    Raises:
        BadOption: a name that no example has.

    Example:
        >>> [example.name for example in select(["CutMix", "RandomCrop"])]
        ['CutMix', 'RandomCrop', 'RandomCrop-reflect']
    """
    chosen = []
    for name in names or TRANSFORMS:
        found = [example for example in TRANSFORMS.values() if name in (example.name, example.name.split("-")[0])]
        if not found:
            near = get_close_matches(name, TRANSFORMS) or [known for known in TRANSFORMS if name.lower() in known.lower()]
            hint = f"near it: {', '.join(near)}" if near else f"known are {', '.join(TRANSFORMS)}"
            raise BadOption(f"augment: a transform must be one of the table, got {name!r}; {hint}")
        chosen += [example for example in found if example not in chosen]
    return chosen


def load(data, root):
    """The data set whose images are shown: a row of TASKS, or the .npz file that root is.

    Raises:
        BadOption: no such data, or no files under root.
    """
    if data not in TASKS:
        raise BadOption(f"augment: --data must be one of {', '.join(TASKS)}, got {data}; digits come with the package")
    task = TASKS[data]
    if root is None and not task.comes_with_the_package:
        raise BadOption(f"augment: --data {data} must have a folder with its files, got none; --root FOLDER names it")
    try:
        if root is not None and str(root).endswith(".npz"):
            return NpzImages(root, classes=None if task.comes_with_the_package else task.dataset.classes)
        return task.dataset(root, train=True)
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        raise BadOption(f"augment: --data {data} must be readable under {root}; {error}") from None


def choose(dataset, count, generator):
    """Images that are drawn, of as many classes as there are, and their labels: an array in host memory, and a list."""
    images, labels = host_array(dataset.data), host_array(dataset.targets).tolist()
    order = generator.permutation(len(labels)).tolist()
    first = {labels[place]: place for place in reversed(order)}  # of each class the first in this order
    places = [*sorted(first.values(), key=order.index), *(place for place in order if first[labels[place]] != place)][:count]
    return images[places], [labels[place] for place in places]


def sheet(example, dataset, seed=0):
    """The figure of a transform: the originals in the first column, draws of them beside it.

    Args:
        example: a row of TRANSFORMS.
        dataset: what load gives.
        seed: of the choice of the images, and of the draws.

    Returns:
        A matplotlib Figure.
    """
    generator = Generator(seed)
    classes = dataset.classes
    height, width = dataset.data.shape[-2:] if _channels_first(dataset.data) else dataset.data.shape[1:3]
    transform = example.make(int(height), int(width), len(classes))
    images, labels = choose(dataset, IMAGES if transform.stochastic else PAIRS, generator)
    batch = [wrap(asarray(images)), wrap(asarray(labels))]
    with use(generator):
        drawn = [transform(batch) for _ in range(DRAWS if transform.stochastic else 1)]
    columns = [list(images)] + [list(to_numpy(result.array)) for result, _ in drawn]
    captions = [[classes[label] for label in labels]] + [_mixtures(target, labels, classes) for _, target in drawn]
    return _grid(example, transform, columns, captions)


def _channels_first(images):
    return str(images.dtype).startswith("float")


def _mixtures(target, labels, classes):
    """What a label became, as a caption: "70 % cat, 30 % dog", or nothing where it is the old one."""
    target = to_numpy(target.array)
    if target.ndim == 1:
        return [""] * len(labels)
    captions = []
    for row in target:
        parts = sorted(((share, name) for share, name in zip(row.tolist(), classes) if share > 0), reverse=True)
        captions.append("\n".join(f"{100 * share:.0f} % {name}" for share, name in parts))
    return captions


def _grid(example, transform, columns, captions):
    """The pictures at one scale: a row for each image, or, of a transform without chance, a column."""
    from matplotlib.patches import Rectangle

    if not transform.stochastic:
        columns, captions = list(zip(*columns)), list(zip(*captions))
    pictures = [[_picture(image) for image in column] for column in columns]
    results = [picture for column in pictures for picture in column]
    tall, wide = (max(picture.shape[axis] for picture in results) for axis in (0, 1))
    low, high = min(0.0, *(float(picture.min()) for picture in results)), max(1.0, *(float(picture.max()) for picture in results))
    scale, outside = "", low < -1e-3 or high > 1.001
    if outside and transform.stochastic:
        low, high, scale = 0.0, 1.0, " (What lies below 0 is shown in black, what lies above 1 in white.)"
    elif outside:
        scale = f" (Black is {low:.2f}, white {high:.2f}.)"
    lines = max(caption.count("\n") + 1 if caption else 0 for column in captions for caption in column)
    down, right = tall * (1.06 + 0.14 * lines), wide * 1.06  # from picture to picture, with room for the captions
    figure = new_figure(1.5 * len(pictures) + 0.4, 1.5 * len(pictures[0]) * down / right + 1.1 + 0.24 * str(transform).count("\n"))
    axes = figure.subplots()
    for j, (column, texts) in enumerate(zip(pictures, captions)):
        for i, (picture, text) in enumerate(zip(column, texts)):
            (h, w), x, y = picture.shape[:2], (j + 0.5) * right, (i + 1) * down - 0.53 * tall
            place = (x - w / 2, x + w / 2, y + h / 2, y - h / 2)
            if not _is_original(transform, i, j):
                picture = ((picture - low) / (high - low)).clip(0, 1)
            axes.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest", extent=place)
            axes.add_patch(Rectangle((place[0], place[3]), w, h, fill=False, color=GREY, linewidth=0.7))
            axes.text(x, y - 0.52 * tall, text, fontsize=10, ha="center", va="bottom")
    axes.set(xlim=(0, right * len(pictures)), ylim=(down * len(pictures[0]), 0))
    axes.axis("off")
    first = "First column" if transform.stochastic else "First row"
    figure.suptitle(str(transform), x=0.01, ha="left", fontsize=13)
    figure.supxlabel(f"{first}: the originals. {example.look}{scale}", fontsize=12, x=0.01, ha="left")
    return figure


def _is_original(transform, row, column):
    """Whether that place of the sheet shows an image as it was."""
    return (column if transform.stochastic else row) == 0


def _picture(image):
    """An image as matplotlib shows it: (H, W) or (H, W, 3), where 0 is black and 1 white."""
    if image.dtype == "uint8":
        image = image / 255
    elif image.ndim == 3:
        image = image.transpose(1, 2, 0)
    return image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image


def draw_sheets(names, data="digits", root=None, out="runs/augment", seed=0):
    """Write a contact sheet for each transform, and give its path; a picture of that name is replaced.

    Args:
        names: of TRANSFORMS; none for all.
        data, root: see load.
        out: the folder.
        seed: of the choice of the images, and of the draws.

    Raises:
        BadOption: names, data, a folder or a seed that cannot be.
    """
    if seed < 0:
        raise BadOption(f"augment: --seed must be an integer of at least 0, got {seed}; take another")
    folder, examples, dataset = Path(out), select(names), load(data, root)
    if folder.exists() and not folder.is_dir():
        raise BadOption(f"augment: --out must name a folder, got the file {folder}; choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    for example in examples:
        path = folder / f"{example.name}.png"
        try:
            picture = png(lambda subject: sheet(subject, dataset, seed), example)
        except (TypeError, ValueError) as refused:
            raise BadOption(f"augment: {example.name} must be able to take the images of {root or data}; {refused}") from None
        write_atomically(path, picture)
        yield path
