"""Turning, shearing and resizing by torchvision, at random settings: uint8 to one grey level, floating point to 1e-5.

NEAREST is equal but for places that lie so near to the middle between two pixels that the last digits of float32 decide.
"""

import numpy as np
import pytest

from tests.oracles.vision import torchvision
from tinyreg.regularization.augmentation import InterpolationMode, RandomAffine, RandomRotation, Resize

torch = pytest.importorskip("torch")
try:
    torchvision()
except ImportError as error:
    pytest.skip(f"could not import 'torchvision': {error}", allow_module_level=True)
from torchvision.transforms import InterpolationMode as Mode  # noqa: E402
from torchvision.transforms.v2 import functional as vision  # noqa: E402

DTYPES = ["uint8", "float32", "float64"]
TOLERANCE = {"uint8": 1, "float32": 1e-5, "float64": 1e-10}
SEEDS = range(12)


def image(rng, dtype, channels=None, low=1):
    """Noise (C, H, W) of a random size."""
    shape = (channels or int(rng.choice([1, 3])), *rng.integers(low, 33, 2))
    return rng.integers(0, 256, shape, dtype="uint8") if dtype == "uint8" else rng.random(shape).astype(dtype)


def ours(transform, x, **settings):
    """The transform on a (C, H, W) image, in the layout that its dtype asks for, alone and as the second of a batch."""
    if x.dtype == "uint8":
        layouts = [x.transpose(1, 2, 0), np.ascontiguousarray(x.transpose(1, 2, 0))] + ([x[0]] if len(x) == 1 else [])
        results = [transform(layout, **settings) for layout in layouts]
        results = [(y if y.ndim == 3 else y[..., None]).transpose(2, 0, 1) for y in results]
    else:
        results = [transform(x, **settings), transform(x.transpose(1, 2, 0).copy().transpose(2, 0, 1), **settings)]
    assert all(np.array_equal(y, results[0]) for y in results) and results[0].dtype == x.dtype
    return results[0]


def theirs(function, x, *args, **settings):
    return function(torch.from_numpy(np.ascontiguousarray(x)), *args, **settings).numpy()


def assert_near(got, want, dtype):
    assert got.shape == want.shape
    np.testing.assert_allclose(got.astype("float64"), want.astype("float64"), rtol=0, atol=TOLERANCE[dtype])


def assert_equal_but_for_ties(transform, x, row, want):
    got = ours(transform, x, draws=[row])
    sure = np.ones(got.shape, dtype=bool)
    for x_step, y_step in ((1e-4, 1e-4), (1e-4, -1e-4), (-1e-4, 1e-4), (-1e-4, -1e-4)):
        sure &= ours(transform, x, draws=[(row[0], row[1] + x_step, row[2] + y_step, *row[3:])]) == got
    assert sure.mean() > 0.9 and np.array_equal(got[sure], want[sure])


def fills(rng, dtype, channels):
    one = int(rng.integers(0, 256)) if dtype == "uint8" else round(float(rng.random()), 3)
    return [None, 0, one, [one / 2 + channel for channel in range(channels)] if dtype == "uint8" else [one, one / 2, 0.0][:channels]]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_affine(dtype, seed):
    rng = np.random.default_rng(seed)
    for _ in range(6):
        x = image(rng, dtype)
        angle, scale, shear = rng.uniform(-180, 180), rng.uniform(0.5, 2), rng.uniform(-40, 40, 2).tolist()
        translate = rng.integers(-8, 9, 2).tolist()
        center = None if rng.random() < 0.5 else rng.uniform(0, 30, 2).tolist()
        row = (angle, *translate, scale, *shear)
        for fill in fills(rng, dtype, len(x)):
            settings = {"fill": fill, "center": center}
            want = theirs(vision.affine, x, angle, translate, scale, shear, Mode.BILINEAR, **settings)
            assert_near(ours(RandomAffine(0, interpolation="bilinear", **settings), x, draws=[row]), want, dtype)
            want = theirs(vision.affine, x, angle, translate, scale, shear, Mode.NEAREST, **settings)
            assert_equal_but_for_ties(RandomAffine(0, **settings), x, row, want)


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rotation(dtype, seed, expand):
    rng = np.random.default_rng(seed)
    for kind in range(6):
        x = image(rng, dtype)
        angle = float(rng.choice([0, 90, 180, 270, -90, 720])) if kind == 0 else rng.uniform(-400, 400)
        center = None if expand or rng.random() < 0.5 else rng.uniform(0, 30, 2).tolist()
        if kind == 0 and angle % 180 and not expand:
            x = x[:, : min(x.shape[1:]), : min(x.shape[1:])]  # a quarter turn of what is not square ends between pixels: all are ties
            center = None
        for fill in fills(rng, dtype, len(x)):
            settings = {"expand": expand, "fill": fill, "center": center}
            want = theirs(vision.rotate, x, angle, Mode.BILINEAR, **settings)
            assert_near(ours(RandomRotation(0, "bilinear", **settings), x, draws=[angle]), want, dtype)
            want = theirs(vision.rotate, x, angle, Mode.NEAREST, **settings)
            got = ours(RandomRotation(0, **settings), x, draws=[angle])
            assert got.shape == want.shape and (got != want).mean() <= (0 if kind == 0 or dtype == "float64" else 1e-2)


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("mode", list(InterpolationMode))
@pytest.mark.parametrize("dtype", DTYPES)
def test_resize(dtype, mode, antialias):
    """PyTorch's antialiasing of floating point is wrong where the result is one pixel wide; PIL's is not, and so not here."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        x, size = image(rng, dtype), rng.integers(2, 41, 2).tolist()
        want = theirs(vision.resize, x, size, Mode[mode.name], antialias=antialias)
        got = ours(Resize(size, mode, antialias=antialias), x)
        assert_near(got, want, dtype)
        if "NEAREST" in mode.name:
            assert np.array_equal(got, want)
        elif dtype == "uint8":  # where torchvision has kernels for uint8, which round as ours do
            native = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
            assert not native or (got != want).mean() < 1e-2


@pytest.mark.parametrize("settings", [(7,), (7, 9), ([7],), ((9, 4),), (None, 11), (3, 30)])
def test_sizes(settings):
    size, max_size = (*settings, None)[:2]
    for height in range(5, 41, 5):
        for width in range(5, 41, 7):
            x = np.zeros((1, height, width), dtype="float32")
            want = theirs(vision.resize, x, [size] if isinstance(size, int) else size, max_size=max_size)
            assert Resize(size, max_size=max_size).output_size(height, width) == want.shape[1:]


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(5, 1), (1, 1), (9, 12), (30, 3), (7, 40)])
def test_resize_of_floating_point_by_pil(size, mode):
    images = pytest.importorskip("PIL.Image")
    x = np.random.default_rng(0).random((1, 17, 13), dtype="float32")
    want = np.asarray(images.fromarray(x[0]).resize(size[::-1], getattr(images, mode.upper())))
    assert_near(Resize(size, mode)(x)[0], want, "float32")


@pytest.mark.parametrize("mode", list(InterpolationMode))
def test_resize_of_batches(mode):
    rng = np.random.default_rng(1)
    colours, numbers = rng.integers(0, 256, (4, 28, 20, 3), dtype="uint8"), rng.random((4, 3, 28, 20), dtype="float32")
    for size in ([32, 32], [14, 31]):
        want = theirs(vision.resize, colours.transpose(0, 3, 1, 2), size, Mode[mode.name])
        assert_near(Resize(size, mode)(colours), want.transpose(0, 2, 3, 1), "uint8")
        assert_near(Resize(size, mode)(numbers), theirs(vision.resize, numbers, size, Mode[mode.name]), "float32")


def test_affine_of_batches():
    """torchvision has one map for a whole batch, so its images go one at a time."""
    rng = np.random.default_rng(1)
    colours, numbers = rng.integers(0, 256, (5, 28, 20, 3), dtype="uint8"), rng.random((5, 3, 28, 20), dtype="float32")
    transform = RandomAffine(30, (0.2, 0.2), (0.7, 1.3), (-20, 20, -10, 10), "bilinear", fill=0.25)
    for x, planes, dtype in ((colours, colours.transpose(0, 3, 1, 2), "uint8"), (numbers, numbers, "float32")):
        y, draws = transform(x, return_draws=True)
        for plane, got, (angle, right, down, scale, *shear) in zip(planes, y, draws.tolist()):
            want = theirs(vision.affine, plane, angle, [int(right), int(down)], scale, shear, Mode.BILINEAR, 0.25)
            assert_near(got.transpose(2, 0, 1) if dtype == "uint8" else got, want, dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float64"])  # in float32 torchvision's places lose digits with their number
@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("mode", [InterpolationMode.BILINEAR, InterpolationMode.BICUBIC])
@pytest.mark.parametrize("size", [(224, 224), (60, 250), (301, 31)])
def test_resize_of_a_photograph(size, mode, antialias, dtype):
    """Of many bands of the matrices, most columns of which are zeros that are left out."""
    rng = np.random.default_rng(2)
    x = rng.integers(0, 256, (3, 180, 270), dtype="uint8") if dtype == "uint8" else rng.random((3, 180, 270))
    want = theirs(vision.resize, x, list(size), Mode[mode.name], antialias=antialias)
    assert_near(ours(Resize(size, mode, antialias=antialias), x), want, dtype)
