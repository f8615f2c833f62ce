"""The transforms by torchvision, given the same parameters: to one grey level on uint8, to 1e-6 in floating point."""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from tests.oracles.vision import torchvision
from tinyreg import Generator, transforms
from tinyreg.datasets import Digits

torch = pytest.importorskip("torch")
if find_spec("torchvision") is None:
    pytest.skip("could not import 'torchvision'", allow_module_level=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what the oracle warns of while it is imported is its own affair
    torchvision()
    from torchvision import transforms as v1
    from torchvision.transforms import v2
    from torchvision.transforms.v2 import functional as F

pytestmark = pytest.mark.filterwarnings("ignore")


def real():
    """Colour images of 16 x 16 whose channels are real: handwritten digits, enlarged, behind each other."""
    digits = np.stack([Digits(train=False)[i][0][0] for i in range(48)])
    large = np.kron(digits, np.ones((2, 2)))
    soft = (large + np.roll(large, 1, 1) + np.roll(large, 1, 2)) / 3
    return (255 * soft.reshape(16, 3, 16, 16).transpose(0, 2, 3, 1)).round().astype("uint8")


REAL = real()
RANDOM = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), dtype="uint8")
RANDOM[0, :4] = RANDOM[0, :4, :, :1]  # grey pixels, black and white ones
RANDOM[0, 4], RANDOM[0, 5] = 0, 255
UINT8 = {"real": REAL, "random": RANDOM, "grey": REAL[..., :1]}
FLOAT = {name: np.ascontiguousarray(x.transpose(0, 3, 1, 2) / np.float32(255)) for name, x in UINT8.items()}
BATCHES = [pytest.param(batch, id=f"{name} {batch.dtype}") for group in (UINT8, FLOAT) for name, batch in group.items()]
batches = pytest.mark.parametrize("batch", BATCHES)


def channels_first(x):
    """An image or a batch for the oracle: (..., C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, -3) if x.dtype == "uint8" else x))


def close(ours, theirs, grey_levels=1):
    ours = np.moveaxis(ours, -1, -3) if ours.dtype == "uint8" else ours
    theirs = theirs.numpy()
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    if ours.dtype == "uint8":
        assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= grey_levels
    else:
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def per_image(batch, theirs):
    """What the oracle makes of each image, by a function of it and its number."""
    return torch.stack([theirs(channels_first(image), i) for i, image in enumerate(batch)])


@batches
@pytest.mark.parametrize(("ours", "theirs"), [("RandomHorizontalFlip", "horizontal_flip"), ("RandomVerticalFlip", "vertical_flip")])
def test_flips(batch, ours, theirs):
    y, flipped = getattr(transforms, ours)()(batch, return_draws=True)
    close(y, per_image(batch, lambda x, i: getattr(F, theirs)(x) if flipped[i] else x), grey_levels=0)


FRAMES = [
    *({"padding": p, "padding_mode": mode} for p in (2, [1, 3], (1, 2, 3, 4)) for mode in ("constant", "edge", "reflect", "symmetric")),
    *({"padding": (-2, 1, 3, -4), "padding_mode": mode} for mode in ("constant", "edge", "reflect", "symmetric")),
    {"padding": 3, "fill": 1},
    {"padding": 30, "padding_mode": "edge"},
    {"padding": 15, "padding_mode": "reflect"},
    {"padding": 16, "padding_mode": "symmetric"},
]


@batches
@pytest.mark.parametrize("frame", FRAMES, ids=str)
def test_pad(batch, frame):
    close(transforms.Pad(**frame)(batch), v2.Pad(**frame)(channels_first(batch)), grey_levels=0)


def test_pad_with_a_colour():
    for batch, colour in ((REAL, (10, 20, 30)), (FLOAT["real"], (0.1, 0.2, 0.3))):
        close(transforms.Pad((1, 2), colour)(batch), v2.Pad((1, 2), colour)(channels_first(batch)), grey_levels=0)


@batches
@pytest.mark.parametrize("size", [1, 5, 6, 16, (7, 20), (20, 7), (21, 23)], ids=str)
def test_center_crop(batch, size):
    close(transforms.CenterCrop(size)(batch), v2.CenterCrop(size)(channels_first(batch)), grey_levels=0)
    assert repr(transforms.CenterCrop(size)) == repr(v1.CenterCrop(size))


@batches
@pytest.mark.parametrize(
    "settings", [{}, {"padding": 4}, {"padding": (1, 2, 3, 4), "padding_mode": "reflect"}, {"padding": 2, "fill": 1}], ids=str
)
def test_random_crop(batch, settings):
    y, draws = transforms.RandomCrop((12, 9), **settings)(batch, return_draws=True)
    framed = v2.Pad(**settings)(channels_first(batch)) if settings else channels_first(batch)
    close(y, torch.stack([F.crop(x, int(top), int(left), 12, 9) for x, (top, left) in zip(framed, draws)]), grey_levels=0)


@batches
@pytest.mark.parametrize("size", [18, (16, 20), (40, 3)], ids=str)
def test_random_crop_pads_if_needed(batch, size):
    """The oracle's own draws, found again among the places that a window can have."""
    crop = transforms.RandomCrop(size, pad_if_needed=True, fill=1)
    theirs = v2.RandomCrop(size, pad_if_needed=True, fill=1)(channels_first(batch[0])).numpy()
    places = {tuple(place) for place in crop.draw(Generator(0), 4000, (3, 16, 16)).tolist()}
    windows = [crop(batch[0], draws=[place]) for place in places]
    assert any(np.array_equal(np.moveaxis(w, -1, 0) if w.dtype == "uint8" else w, theirs) for w in windows)


@batches
@pytest.mark.parametrize("channels", [1, 3])
def test_grayscale(batch, channels):
    close(transforms.Grayscale(channels)(batch), v2.Grayscale(channels)(channels_first(batch)))


STEPS = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
FACTORS = {"brightness": (0, 0.3, 1, 1.7), "contrast": (0, 0.4, 1, 2.5), "saturation": (0, 0.6, 1, 3), "hue": (-0.5, -0.13, 0, 0.31, 0.5)}
SINGLE = [(number, factor) for number, name in enumerate(FACTORS) for factor in FACTORS[name]]


@batches
@pytest.mark.parametrize(("number", "factor"), SINGLE)
def test_each_step_of_the_jitter(batch, number, factor):
    factors = np.array([[1, 1, 1, 0]] * len(batch), dtype=float)
    factors[:, number] = factor
    jitter = transforms.ColorJitter(*[(0, 9) if k == number else None for k in range(3)], hue=0.5 if number == 3 else None)
    draws = [[0, 1, 2, 3]] * len(batch), factors
    theirs = STEPS[number](channels_first(batch), factor)
    if number == 3 and batch.dtype == "float32":  # both are off by up to 1e-6
        np.testing.assert_allclose(jitter(batch, draws=draws), jitter(batch.astype("float64"), draws=draws), rtol=0, atol=1e-6)
        np.testing.assert_allclose(jitter(batch, draws=draws), theirs.numpy(), rtol=0, atol=2e-6)
    else:
        close(jitter(batch, draws=draws), theirs)


@batches
def test_color_jitter(batch):
    y, (order, factors) = transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)(batch, return_draws=True)

    def theirs(x, i):
        for k in order[i]:
            x = STEPS[k](x, float(factors[i, k]))
        return x

    theirs = per_image(batch, theirs)
    if batch.dtype == "uint8":  # a grey level that one step takes the other way is multiplied by those behind it
        apart = np.abs(np.moveaxis(y, -1, -3).astype(int) - theirs.numpy().astype(int))
        assert apart.max() <= 3 and (apart > 0).mean() < 1e-3 and (apart > 1).mean() < 1e-4
    else:
        np.testing.assert_allclose(y, theirs.numpy(), rtol=0, atol=5e-6)


@pytest.mark.parametrize("value", [0.4, 1.5, (0.2, 1.3), 0, (1, 1)])
def test_settings_of_the_jitter(value):
    ours, theirs = transforms.ColorJitter(value, value, value), v1.ColorJitter(value, value, value)
    assert (ours.brightness, ours.contrast, ours.saturation) == (theirs.brightness, theirs.contrast, theirs.saturation)
    assert repr(ours) == repr(theirs)
    hue = 0.3 if not isinstance(value, tuple) else (-0.1, 0.4)
    assert transforms.ColorJitter(hue=hue).hue == v1.ColorJitter(hue=hue).hue


@batches
@pytest.mark.parametrize("settings", [{}, {"mean": 0.1, "sigma": 0.5}, {"clip": False}], ids=str)
def test_gaussian_noise(batch, settings, monkeypatch):
    y, e = transforms.GaussianNoise(**settings)(batch, return_draws=True)
    monkeypatch.setattr(torch, "randn_like", lambda x, dtype=None: torch.from_numpy(e))
    close(y, F.gaussian_noise(channels_first(batch), **settings), grey_levels=0 if batch.dtype == "float32" else 1)


@batches
def test_to_tensor(batch):
    ours = transforms.ToTensor()(batch[0]).numpy()
    theirs = v1.ToTensor()(batch[0]) if batch.dtype == "uint8" else channels_first(batch[0])
    np.testing.assert_array_equal(ours, theirs.numpy())


def test_to_tensor_of_a_grey_image():
    np.testing.assert_array_equal(transforms.ToTensor()(REAL[0, ..., 0]).numpy(), v1.ToTensor()(REAL[0, ..., 0]).numpy())


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize(("mean", "std"), [([0.5, 0.4, 0.3], [0.1, 0.2, 0.3]), ([0.5], [0.25])], ids=str)
def test_normalize(mean, std, inplace):
    x = FLOAT["real"].copy()
    theirs = v1.Normalize(mean, std, inplace)(torch.from_numpy(x.copy()))
    np.testing.assert_array_equal(transforms.Normalize(mean, std, inplace)(x), theirs.numpy())
    assert repr(transforms.Normalize(mean, std)) == repr(v1.Normalize(mean, std))


@pytest.mark.parametrize("name", ["RandomHorizontalFlip", "RandomVerticalFlip", "ToTensor", "Grayscale"])
def test_reprs(name):
    assert repr(getattr(transforms, name)()) == repr(getattr(v1, name)())


def test_reprs_of_what_takes_settings():
    for make in (
        lambda t: t.Pad(1), lambda t: t.Pad((1, 2), 3, "edge"), lambda t: t.RandomCrop(3), lambda t: t.RandomCrop((3, 4), padding=2),
        lambda t: t.Compose([t.ToTensor(), t.RandomApply([t.CenterCrop(3)], p=0.3)]), lambda t: t.Lambda(abs),
    ):  # fmt: skip
        assert str(make(transforms)) == str(make(v1))
    assert repr(transforms.GaussianNoise()) == repr(v2.GaussianNoise())


SETTINGS = """
RandomHorizontalFlip(0.5); RandomHorizontalFlip(p=0.2); Pad(1); Pad((1, 2)); Pad([1, 2, 3, 4], 1, "edge"); Pad((1, 2, 3)); Pad("a")
Pad(1, padding_mode="wrap"); CenterCrop(3); CenterCrop((3, 4)); CenterCrop((1, 2, 3)); RandomCrop(3); RandomCrop((3, 4), 1, True, 0, "edge")
RandomCrop((1, 2, 3)); ColorJitter(0.1, 0.2, 0.3, 0.4); ColorJitter(-1); ColorJitter(hue=0.6); ColorJitter((2, 1)); ColorJitter("a")
ColorJitter((1, 2, 3)); RandomApply([]); RandomApply([abs], p=1.5); Normalize([0.5], [0.5], True); GaussianNoise(0.0, 0.1, False)
"""


@pytest.mark.parametrize("call", [call.strip() for line in SETTINGS.strip().splitlines() for call in line.split(";")])
def test_settings_are_taken_and_refused_alike(call):
    def outcome(library):
        try:
            eval(call, {**vars(library), "abs": abs})
            return None
        except Exception as error:
            return type(error)

    if "GaussianNoise" in call:  # v1 has none
        assert outcome(transforms) == outcome(v2)
        return
    assert outcome(transforms) in (outcome(v1), outcome(v2))
