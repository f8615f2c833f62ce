"""RandomErasing and Cutout, the transforms of cutout.py: what they draw, and what they refuse."""

import math

import numpy as np
import pytest

import tinyreg as torch
from tests.regularization.test_cutout import BOXES, erased, images, layouts
from tinyreg import random
from tinyreg.data import DataLoader, Dataset, TensorDataset
from tinyreg.regularization.cutout import ATTEMPTS, Cutout, RandomErasing, cutout
from tinyreg.transforms import Compose


def reference(transform, u, height, width):
    """torchvision's loop, one image at a time, on the uniform numbers of one image."""
    acts, down, right = u[2 * ATTEMPTS :]
    (least, most), (low, high) = transform.scale, map(math.log, transform.ratio)
    if acts >= transform.p:
        return [0, 0, 0, 0]
    for attempt in range(10):
        area = height * width * (least + (most - least) * u[attempt])
        aspect = math.exp(low + (high - low) * u[ATTEMPTS + attempt])
        h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if h < height and w < width:
            return [int(down * (height - h + 1)), int(right * (width - w + 1)), h, w]
    return [0, 0, 0, 0]


@pytest.mark.parametrize("size", [(28, 28), (5, 40), (2, 2), (1, 7)])
@pytest.mark.parametrize("settings", [{}, {"p": 1, "scale": (0.5, 1.0)}, {"p": 0.9, "ratio": (0.01, 100.0)}, {"scale": (0, 0)}])
def test_it_is_torchvisions_loop(size, settings):
    transform, n = RandomErasing(**settings), 300
    with random.freeze() as draws:
        boxes = transform.draw(random.Generator(0), n, (3, *size))
    ((_, u),) = draws.draws
    assert boxes.dtype == np.int64 and boxes.tolist() == [reference(transform, row, *size) for row in u]


def test_p_at_both_ends():
    x = images((20, 3, 28, 28), "float32")
    np.testing.assert_array_equal(RandomErasing(p=0)(x), x)
    boxes = RandomErasing(p=1)(x, return_draws=True)[1]
    assert (boxes[:, 2:] > 0).all() and len({tuple(box) for box in boxes.tolist()}) > 15, "every image has a box of its own"


def test_the_share_that_is_erased():
    """Probability, area and place; n = 20,000, 6 sigma. The mean area lies at the middle of scale but for those that do not fit."""
    n, height, width = 20_000, 64, 64
    boxes = RandomErasing(p=0.3, scale=(0.1, 0.2)).draw(random.Generator(0), n, (1, height, width))
    hit = boxes[:, 2] > 0
    assert abs(hit.mean() - 0.3) < 6 * (0.3 * 0.7 / n) ** 0.5
    i, j, h, w = boxes[hit].T
    area = h * w / height / width
    assert 0.09 < area.min() and area.max() < 0.21 and abs(area.mean() - 0.15) < 6 * area.std() / len(area) ** 0.5
    aspect = np.log(h / w)
    assert abs(aspect.mean()) < 6 * aspect.std() / len(aspect) ** 0.5 + 0.01 and aspect.max() < math.log(3.3) + 0.1
    for start, length, side in ((i, h, height), (j, w, width)):
        place = start / (side - length)
        assert place.min() == 0 and place.max() == 1 and abs(place.mean() - 0.5) < 6 * place.std() / len(place) ** 0.5


def test_random_values_of_floats_are_normal():
    """n = 3 * 60 * 60 pixels."""
    x = np.zeros((3, 64, 64), dtype="float32")
    transform = RandomErasing(value="random")
    noise = random.Generator(0).normal((1, 3, 3600))
    y = transform(x, draws=(np.array([[2, 2, 60, 60]]), noise))
    np.testing.assert_array_equal(y[:, 2:62, 2:62], noise[0].reshape(3, 60, 60))
    assert not y[:, :2].any() and not y[:, :, 62:].any() and y.dtype == np.float32
    assert abs(noise.mean()) < 6 / noise.size**0.5 and abs(noise.var() - 1) < 6 * (2 / noise.size) ** 0.5


@layouts
def test_random_values_fill_each_box_and_nothing_else(shape, dtype, batch):
    """Every pixel and channel of a box has a number of its own, the first ones of its image; a box that juts out is cut off."""
    x = images(shape, dtype)
    transform = RandomErasing(p=1, value="random", generator=random.Generator(3))
    y, (boxes, noise) = transform(x, return_draws=True)
    n, channels = len(boxes), 3 if 3 in shape else 1
    assert noise.shape == (n, channels, (boxes[:, 2] * boxes[:, 3]).max()) and noise.dtype == np.float32
    ones = np.ones(noise.shape, noise.dtype)
    erased_by_one = transform(x, draws=(boxes, ones))
    np.testing.assert_array_equal(erased_by_one, erased(x, batch, boxes, 215 if dtype == "uint8" else 1))
    np.testing.assert_array_equal(y != x, erased_by_one != x)
    if dtype != "uint8":
        i, j, h, w = boxes[0]
        first = y[0] if batch else y
        np.testing.assert_array_equal(first[:, i : i + h, j : j + w], noise[0, :, : h * w].reshape(-1, h, w))
    jutting = np.array([[-1, -2, 3, 5]] * n)
    np.testing.assert_array_equal(
        transform(x, draws=(jutting, np.ones((n, channels, 15), "float32"))),
        erased(x, batch, [(0, 0, 2, 3)] * n, 215 if dtype == "uint8" else 1),
    )


def test_random_values_of_bytes_are_uniform():
    """The mean over 256 values, and all of them; n = 64 * 64 * 3 * 20, 6 sigma."""
    x = np.zeros((20, 64, 64, 3), dtype="uint8")
    transform = RandomErasing(value="random")
    y = transform(x, draws=(np.array([[0, 0, 64, 64]] * 20), random.Generator(0).normal((20, 3, 4096))))
    n = y.size
    assert y.dtype == np.uint8 and abs(y.mean() - 127.5) < 6 * ((256**2 - 1) / 12 / n) ** 0.5
    counts = np.bincount(y.ravel(), minlength=256)
    assert abs(counts / n - 1 / 256).max() < 6 * (1 / 256 / n) ** 0.5
    extreme = transform(x[:1], draws=(np.array([[0, 0, 64, 64]]), np.full((1, 3, 4096), 40.0, dtype="float32")))
    assert set(extreme.ravel().tolist()) == {255}


def test_a_value_for_each_channel():
    x = images((2, 3, 4, 5), "float32")
    y = RandomErasing(value=(1, 2.5, 3))(x, draws=[(0, 0, 1, 1), (3, 4, 1, 1)])
    assert y[0, :, 0, 0].tolist() == [1, 2.5, 3] and y[1, :, 3, 4].tolist() == [1, 2.5, 3]
    y = RandomErasing(value=(1, 2.9, 3))(images((4, 5, 3), "uint8"), draws=[(0, 0, 1, 1)])
    assert y[0, 0].tolist() == [1, 2, 3], "bytes lose the fraction, as in torchvision"


@layouts
def test_in_place(shape, dtype, batch):
    x = images(shape, dtype)
    wanted, boxes = RandomErasing(p=1)(x, return_draws=True)
    assert (wanted != x).any()
    y = RandomErasing(inplace=True)(x, draws=boxes)
    assert np.shares_memory(x, y)
    np.testing.assert_array_equal(x, wanted)
    tensor = torch.tensor(images(shape, dtype))
    RandomErasing(inplace=True)(tensor, draws=boxes)
    np.testing.assert_array_equal(tensor.numpy(), wanted)


# chance


EVERY = [Cutout(3), RandomErasing(), RandomErasing(p=1, value="random")]


class Single(Dataset):
    """Images one by one, each transformed as it is gathered."""

    def __init__(self, transform):
        self.transform, self.x = transform, images((40, 1, 9, 9), "float32")

    def __getitem__(self, index):
        return self.transform(self.x[index])

    def __len__(self):
        return 40


@pytest.mark.parametrize("transform", EVERY, ids=str)
@pytest.mark.parametrize("as_batch", [False, True])
def test_the_number_of_workers_changes_no_digit(transform, as_batch):
    data = TensorDataset(torch.tensor(images((40, 1, 9, 9), "float32")), torch.arange(40))

    def epochs(workers):
        torch.manual_seed(4)
        if as_batch:
            loader = DataLoader(data, 8, shuffle=True, num_workers=workers, batch_transform=transform)
            return [batch[0].tolist() for _ in range(2) for batch in loader]
        return [x.tolist() for _ in range(2) for x in DataLoader(Single(transform), 8, shuffle=True, num_workers=workers)]

    first = epochs(0)
    assert first == epochs(2) and len({str(x) for x in first}) == 10


@pytest.mark.parametrize("transform", EVERY, ids=str)
def test_draws_are_returned_and_taken(transform):
    for x in (images((5, 6, 8, 3), "uint8"), images((5, 3, 6, 8), "float32")):
        y, draws = transform(x, return_draws=True)
        np.testing.assert_array_equal(transform(x, draws=draws), y)
        y, draws = Compose([transform, transform])(x, return_draws=True)
        np.testing.assert_array_equal(Compose([transform, transform])(x, draws=draws), y)
        with random.freeze() as frozen:
            first = transform(x)
            frozen.rewind()
            np.testing.assert_array_equal(transform(x), first)
    assert transform.stochastic


def test_its_own_generator():
    x = images((5, 3, 6, 8), "float32")
    one, same = (RandomErasing(p=1, generator=random.Generator(5))(x) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    state = random.get_state()
    RandomErasing(p=1, generator=random.Generator(5))(x)
    cutout(torch.tensor(x), 2, generator=random.Generator(5))
    assert random.get_state() == state


def test_how_they_print():
    assert repr(Cutout(8)) == "Cutout(size=8, value=0.0)"
    assert repr(RandomErasing()) == "RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0.0, inplace=False)"


# refusals

X = images((2, 3, 4, 5), "float32")
BYTES = images((2, 4, 5, 3), "uint8")


@pytest.mark.parametrize(
    ("error", "said", "call"),
    [
        (TypeError, "cutout: x must be a Tensor, got ndarray", lambda: cutout(X, 2)),
        (ValueError, "cutout: size must be at least 0, got size=-1", lambda: cutout(torch.tensor(X), -1)),
        (TypeError, "Cutout: size must be an integer, got size=2.5", lambda: Cutout(2.5)),
        (TypeError, "Cutout: value must be a number, got value='x'", lambda: Cutout(2, "x")),
        (ValueError, r"Cutout: value must lie in \[0, 255\] for uint8 images, got value=\(-1,\)", lambda: Cutout(2, -1)(BYTES)),
        (
            ValueError,
            r"boxes must be integers .* 2 images, got int64 of shape \(2, 3\)",
            lambda: cutout(torch.tensor(X), 2, boxes=[[0] * 3] * 2),
        ),
        (ValueError, r"boxes must be integers .*, got float64 of shape \(2, 4\)", lambda: Cutout(2)(X, draws=np.zeros((2, 4)))),
        (ValueError, r"draws must have one row an image, got draws of shape \(1, 4\) for 2 images", lambda: Cutout(2)(X, draws=BOXES[:1])),
        (ValueError, r"cutout: .*got float32 of shape \(4, 5\)", lambda: cutout(torch.zeros(4, 5), 2)),
        (ValueError, r"RandomErasing: p must lie in \[0, 1\], got p=1.5; p is the probability of erasing", lambda: RandomErasing(1.5)),
        (TypeError, "RandomErasing: scale must be a pair of numbers, got scale=0.5", lambda: RandomErasing(scale=0.5)),
        (ValueError, r"scale must be .*, got scale=\(0.5, 0.1\); the default is \(0.02, 0.33\)", lambda: RandomErasing(scale=(0.5, 0.1))),
        (ValueError, r"scale must be .*, got scale=\(0.5, 1.1\)", lambda: RandomErasing(scale=(0.5, 1.1))),
        (ValueError, r"ratio must be .*0 < smallest .*, got ratio=\(0, 1\)", lambda: RandomErasing(ratio=(0, 1))),
        (ValueError, r"ratio must be .*, got ratio=\(1, inf\)", lambda: RandomErasing(ratio=(1, math.inf))),
        (TypeError, r"ratio\[1\] must be a number, got ratio\[1\]='a'", lambda: RandomErasing(ratio=(1, "a"))),
        (ValueError, "value must be numbers or 'random', got value='noise'", lambda: RandomErasing(value="noise")),
        (TypeError, "value must be a number, got value=None", lambda: RandomErasing(value=None)),
        (ValueError, r"value must be one number or one for each of 3 channels, got value=\[1, 2\]", lambda: RandomErasing(value=[1, 2])(X)),
        (ValueError, r"value must lie in \[0, 255\] for uint8 images, got value=\(256.0,\)", lambda: RandomErasing(value=256)(BYTES)),
        (
            ValueError,
            "draws must be boxes, .* got boxes alone for value='random'",
            lambda: RandomErasing(value="random")(X, draws=BOXES[:2]),
        ),
        (
            ValueError,
            r"got boxes and noise of shape \(2, 3\) for",
            lambda: RandomErasing()(X, draws=(np.zeros((2, 4), int), np.zeros((2, 3)))),
        ),
        (
            ValueError,
            r"must have a number for each of the 20 pixels of the largest box, got shape \(2, 3, 12\)",
            lambda: RandomErasing(value="random")(X, draws=([(0, 0, 1, 1), (0, 0, 6, 8)], np.zeros((2, 3, 12)))),
        ),
        (
            ValueError,
            r"boxes must be integers .* 2 images, got float64 of shape \(2, 4\)",
            lambda: RandomErasing(value="random")(X, draws=(np.zeros((2, 4)), np.zeros((2, 3, 20)))),
        ),
        (TypeError, "image must be uint8 or floating point, got int64", lambda: RandomErasing()(X.astype(int))),
    ],
)
def test_refusals_name_the_values(error, said, call):
    with pytest.raises(error, match=said):
        call()
