"""RandomRotation and RandomAffine on uint8 arrays, floating point tensors and batches."""

import math

import numpy as np
import pytest

import tinyreg
from tinyreg.random import Generator
from tinyreg.regularization.augmentation.affine import RandomAffine, RandomRotation, inverse_maps
from tinyreg.transforms import Compose, InterpolationMode

MODES = ["nearest", "bilinear"]


def forms(height=8, width=8, batch=3):
    """(name, image or batch, the axes (rows, columns), how many images) of every form that a transform takes."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (batch, height, width), dtype="uint8")
    colour = rng.integers(0, 256, (batch, height, width, 3), dtype="uint8")
    numbers = rng.random((batch, 3, height, width))
    yield "uint8 (H, W)", grey[0], (0, 1), 1
    yield "uint8 (H, W, C)", colour[0], (0, 1), 1
    yield "float64 (C, H, W)", numbers[0], (1, 2), 1
    yield "float32 (C, H, W)", numbers[0].astype("float32"), (1, 2), 1
    yield "uint8 (N, H, W, C)", colour, (1, 2), batch
    yield "float32 (N, C, H, W)", numbers.astype("float32"), (2, 3), batch


every_form = pytest.mark.parametrize(("x", "axes", "n"), [pytest.param(*form[1:], id=form[0]) for form in forms()])


def both(transform, x, draws):
    """What comes out of an array, after it was compared with what comes out of a Tensor."""
    y, before = transform(x, draws=draws), x.copy()
    z = transform(tinyreg.tensor(x), draws=draws)
    assert isinstance(z, tinyreg.Tensor) and isinstance(y, np.ndarray) and y.dtype == x.dtype
    assert np.array_equal(z.numpy(), y) and np.array_equal(x, before)
    return y


@every_form
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("quarters", [0, 1, 2, 3, -1, 4, 5])
def test_quarter_turns_are_those_of_numpy(x, axes, n, mode, quarters):
    want = np.rot90(x, quarters, axes)
    assert np.array_equal(both(RandomRotation(360, mode), x, [90 * quarters] * n), want)
    clockwise = [(-90 * quarters, 0, 0, 1, 0, 0)] * n
    assert np.array_equal(both(RandomAffine(360, interpolation=mode), x, clockwise), want)


@every_form
@pytest.mark.parametrize("mode", MODES)
def test_whole_shifts_move_the_array(x, axes, n, mode):
    y = both(RandomAffine(0, translate=(1, 1), interpolation=mode, fill=1), x, [(0, 3, -2, 1, 0, 0)] * n)
    want, fill = np.roll(x, (-2, 3), axes), 1
    rows, columns = axes
    want[(slice(None),) * rows + (slice(-2, None),)] = fill
    want[(slice(None),) * columns + (slice(0, 3),)] = fill
    assert np.array_equal(y, want)


@every_form
@pytest.mark.parametrize("mode", MODES)
def test_a_factor_of_two_shows_each_pixel_twice(x, axes, n, mode):
    """The pixel at X from the middle comes from X/2: for nearest, the middle of the image, each pixel of it as 2 x 2."""
    y = both(RandomAffine(0, interpolation=mode), x, [(0, 0, 0, 2, 0, 0)] * n)
    middle = np.take(np.take(x, range(2, 6), axes[0]), range(2, 6), axes[1])
    if mode == "nearest":
        assert np.array_equal(y, middle.repeat(2, axes[0]).repeat(2, axes[1]))
    else:
        weights = np.zeros((8, 8))
        for i in range(8):
            place = (i - 3.5) / 2 + 3.5
            weights[i, math.floor(place)], weights[i, math.floor(place) + 1] = 1 - place % 1, place % 1
        want = np.moveaxis(np.tensordot(weights, x.astype("float64"), (1, axes[0])), 0, axes[0])
        want = np.moveaxis(np.tensordot(weights, want, (1, axes[1])), 0, axes[1])
        assert np.allclose(y, want, rtol=0, atol=0.5 + 1e-6 if x.dtype == "uint8" else 1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_shear_moves_rows_by_their_height(mode):
    """45 degrees: the row at Y above the middle moves by Y, those below to the other side; along y the same of columns."""
    x = np.arange(1, 26, dtype="uint8").reshape(5, 5)
    want = np.zeros_like(x)
    for row in range(5):
        for column in range(5):
            if 0 <= column - (2 - row) < 5:
                want[row, column] = x[row, column - (2 - row)]
    assert np.array_equal(both(RandomAffine(0, interpolation=mode), x, [(0, 0, 0, 1, 45, 0)]), want)
    assert np.array_equal(both(RandomAffine(0, interpolation=mode), x.T, [(0, 0, 0, 1, 0, 45)]), want.T)


def test_the_center_stays_where_it_is():
    x = np.zeros((9, 9), dtype="uint8")
    x[2, 6] = 200  # the pixel that covers [6, 7] x [2, 3]
    for transform, draws in (
        (RandomRotation(180, center=(6.5, 2.5)), [137]),
        (RandomAffine(180, center=[6.5, 2.5]), [(77, 0, 0, 1.5, 10, 5)]),
    ):
        assert both(transform, x, draws)[2, 6] == 200
    turned = RandomRotation(180, center=(0, 0))(x, draws=[-90])  # clockwise about the corner: it leaves the image
    assert turned.max() == 0
    wide = np.zeros((5, 30), dtype="uint8")
    wide[1, 20] = 200
    assert RandomRotation(180, center=(20.5, 1.5))(wide, draws=[90])[1, 20] == 200
    moved = RandomAffine(180, center=(6.5, 2.5))(x, draws=[(45, 1, 3, 1, 0, 0)])
    assert moved[5, 7] == 200


def matrix_by_products(angle, translate, scale, shear, center):
    """T C R S Sy Sx C^-1, factor by factor, and its inverse by numpy.linalg."""
    angle, x, y = (math.radians(value) for value in (angle, *shear))
    shift = np.array([[1, 0, translate[0]], [0, 1, translate[1]], [0, 0, 1.0]])
    to, back = (np.array([[1, 0, sign * center[0]], [0, 1, sign * center[1]], [0, 0, 1.0]]) for sign in (1, -1))
    turn = np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
    grow = np.diag([scale, scale, 1.0])
    shear_y = np.array([[1, 0, 0], [-math.tan(y), 1, 0], [0, 0, 1]])
    shear_x = np.array([[1, -math.tan(x), 0], [0, 1, 0], [0, 0, 1]])
    return np.linalg.inv(shift @ to @ turn @ grow @ shear_y @ shear_x @ back)[:2]


def test_inverse_maps_are_the_inverses_of_the_products():
    rng = np.random.default_rng(0)
    angle, scale = rng.uniform(-360, 360, 50), rng.uniform(0.2, 3, 50)
    translate, shear, center = rng.uniform(-9, 9, (50, 2)), rng.uniform(-60, 60, (50, 2)), (3.5, -2.0)
    maps = inverse_maps(angle, translate, scale, shear, center)
    for i in range(50):
        assert np.allclose(maps[i], matrix_by_products(angle[i], translate[i], scale[i], shear[i], center), rtol=0, atol=1e-10)


@every_form
def test_rotation_agrees_with_scipy(x, axes, n):
    ndimage = pytest.importorskip("scipy.ndimage")
    y = both(RandomRotation(180, "bilinear", fill=None), x, [33] * n)
    want = ndimage.rotate(x.astype("float64"), 33, axes[::-1], reshape=False, order=1, mode="grid-constant", prefilter=False)
    assert np.allclose(y, want, rtol=0, atol=0.501 if x.dtype == "uint8" else 1e-6)  # and else two turns against the clock differ


@pytest.mark.parametrize("shape", [(8, 8), (5, 9), (1, 6)])
@pytest.mark.parametrize("angle", [0, 1, 33, 45, 90, 135, 180, 270, -60, 359])
def test_expand_leaves_nothing_outside(shape, angle):
    x = np.full(shape, 200, dtype="uint8")
    y = both(RandomRotation(360, expand=True), x, [angle])
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    height, width = shape
    for size, needed in zip(y.shape, (cos * height + sin * width, sin * height + cos * width)):
        assert -1e-3 < size - needed < 2
    assert abs((y == 200).sum() - height * width) <= height + width  # none of it was cut off, up to half of the border's pixels
    if angle % 90 == 0:
        assert np.array_equal(y, np.rot90(x, angle // 90))


def test_expand_takes_one_image_at_a_time():
    batch = np.zeros((4, 8, 8, 1), dtype="uint8")
    with pytest.raises(ValueError, match=r"RandomRotation: with expand=True images must come one at a time, got a batch of 4; "):
        RandomRotation(10, expand=True)(batch)
    assert RandomRotation(10, expand=True)(batch[:1], draws=[45]).shape == (1, 12, 12, 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "make", [lambda mode: RandomRotation(180, mode, fill=9), lambda mode: RandomAffine(90, (0.2, 0.3), (0.5, 2), (-20, 20, -5, 5), mode)]
)
@every_form
def test_a_batch_is_its_images(make, mode, x, axes, n):
    transform = make(mode)
    y, draws = transform(x, return_draws=True)
    assert np.array_equal(transform(x, draws=draws), y) and len(draws) == n
    if n > 1:
        assert len(np.unique(draws, axis=0)) == n  # each has a draw of its own
        for i in range(n):
            assert np.array_equal(transform(x[i], draws=draws[i : i + 1]), y[i])


def test_a_list_is_a_batch_and_its_labels():
    x, labels = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype="uint8"), np.arange(4)
    transform = RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1), shear=5, interpolation="bilinear")
    (images, same), draws = transform([x, labels], return_draws=True)
    assert images.shape == (4, 28, 28) and same is labels and draws.shape == (4, 6)
    assert np.array_equal(images[2], transform(x[2], draws=draws[2:3]))


def test_same_seed_same_images():
    x = np.random.default_rng(0).integers(0, 256, (5, 12, 12, 3), dtype="uint8")
    for make in (lambda g: RandomRotation(40, generator=g), lambda g: RandomAffine(40, (0.5, 0.5), (0.5, 1.5), 20, generator=g)):
        a, b, other = make(Generator(3))(x), make(Generator(3))(x), make(Generator(4))(x)
        assert np.array_equal(a, b) and not np.array_equal(a, other)
        with tinyreg.random.freeze() as frozen:
            a = make(None)(x)
            frozen.rewind()
            assert np.array_equal(make(None)(x), a)


def test_draws_fill_their_ranges():
    """n = 20000 draws a number: means within 6 standard errors of the middle, ends reached within a thousandth of the range."""
    n, shape = 20000, (3, 20, 30)
    transform = RandomAffine((-10, 30), (0.1, 0.25), (0.5, 1.5), (-5, 15, 0, 40))
    rows = transform.draw(Generator(0), n, shape)
    for column, (low, high) in enumerate([(-10, 30), (-3, 3), (-5, 5), (0.5, 1.5), (-5, 15), (0, 40)]):
        values, width = rows[:, column], high - low
        assert abs(values.mean() - (low + high) / 2) < 6 * width / math.sqrt(12 * n) * (1.2 if column in (1, 2) else 1)
        assert low <= values.min() < low + width / 1000 and high - width / 1000 < values.max() <= high
    assert set(rows[:, 1]) == set(range(-3, 4)) and set(rows[:, 2]) == set(range(-5, 6))
    # rounding leaves half of an interval to the ends: 1/12, and 1/6 to each of the others
    counts = np.bincount(rows[:, 1].astype(int) + 3)
    shares = np.array([1, 2, 2, 2, 2, 2, 1]) / 12
    assert (abs(counts - n * shares) < 6 * np.sqrt(n * shares * (1 - shares))).all()
    off = abs(np.corrcoef(rows.T) - np.eye(6))
    assert off.max() < 6 / math.sqrt(n)
    angles = RandomRotation((20, 60)).draw(Generator(0), n, shape)
    assert abs(angles.mean() - 40) < 6 * 40 / math.sqrt(12 * n) and 20 <= angles.min() < 20.04 and 59.96 < angles.max() <= 60


def test_what_is_not_asked_for_is_not_drawn():
    rows = RandomAffine(0).draw(Generator(0), 9, (1, 28, 28))
    assert np.array_equal(rows, [[0, 0, 0, 1, 0, 0]] * 9) and not np.signbit(rows).any()
    one = RandomAffine(10, shear=8).draw(Generator(0), 1000, (1, 28, 28))
    assert abs(one[:, 4]).max() > 7.9 and (one[:, 5] == 0).all() and (one[:, 3] == 1).all()


def test_no_images():
    for transform in (RandomRotation(10, "bilinear"), RandomAffine(10, (0.1, 0.1))):
        assert transform(np.zeros((0, 8, 8, 3), dtype="uint8")).shape == (0, 8, 8, 3)


def test_one_pixel():
    x = np.array([[7]], dtype="uint8")
    for mode in MODES:
        assert RandomRotation(180, mode)(x).shape == (1, 1) and RandomAffine(180, interpolation=mode)(x, draws=[(0, 0, 0, 1, 0, 0)]) == 7


def test_images_of_one_colour_are_given_back_by_fill_none_inside():
    x = np.full((3, 32, 32), 0.3, dtype="float32")
    y = RandomRotation(30, "bilinear", fill=None)(x, draws=[30])
    assert (y[:, 8:-8, 8:-8] == np.float32(0.3)).all() and (y <= np.float32(0.3)).all() and y[0, 0, 0] == 0


def test_repr_and_composition():
    assert repr(RandomRotation(10)) == "RandomRotation(degrees=(-10.0, 10.0), interpolation=nearest, expand=False, center=None, fill=0)"
    assert repr(RandomAffine((1, 2), shear=3, fill=(1, 2, 3))) == (
        "RandomAffine(degrees=(1.0, 2.0), translate=None, scale=None, shear=(-3.0, 3.0), "
        "interpolation=nearest, fill=(1, 2, 3), center=None)"
    )
    x = np.random.default_rng(0).random((3, 3, 8, 8), dtype="float32")
    chain = Compose([RandomRotation(20), RandomAffine(20, interpolation=InterpolationMode.BILINEAR)])
    y, draws = chain(x, return_draws=True)
    assert np.array_equal(chain(x, draws=draws), y)


X = np.zeros((8, 8, 3), dtype="uint8")
REFUSALS = [
    (lambda: RandomRotation(-5), ValueError, "RandomRotation: degrees must be at least 0 where it is one number, got -5; "),
    (lambda: RandomRotation(math.nan), ValueError, "degrees must be at least 0 where it is one number, got nan; "),
    (lambda: RandomRotation("ten"), TypeError, "RandomRotation: degrees must be a number, got degrees='ten'; "),
    (lambda: RandomRotation((1, 2, 3)), ValueError, r"degrees must be a sequence of 2 finite numbers, got \(1, 2, 3\); "),
    (lambda: RandomRotation((0, math.inf)), ValueError, r"degrees must be a sequence of 2 finite numbers, got \(0, inf\); "),
    (lambda: RandomRotation((20, 10)), ValueError, r"degrees must go from the smaller to the larger, got \(20, 10\); "),
    (lambda: RandomRotation((1, None)), TypeError, "degrees must be a number, got degrees=None; "),
    (
        lambda: RandomRotation(5, "lanczos"),
        ValueError,
        "RandomRotation: interpolation must be one of 'nearest', 'bilinear', got 'lanczos'; ",
    ),
    (lambda: RandomRotation(5, center=4), TypeError, "RandomRotation: center must be a sequence of 2 numbers, got 4; "),
    (lambda: RandomRotation(5, center=(1, 2, 3)), ValueError, r"center must be a sequence of 2 finite numbers, got \(1, 2, 3\); "),
    (lambda: RandomRotation(5, fill="black"), TypeError, "RandomRotation: fill must be a number, got fill='black'; "),
    (
        lambda: RandomRotation(5, fill=(1, 2))(X),
        ValueError,
        "RandomRotation: fill must be a number or one a channel, got 2 numbers for 3 channels; ",
    ),
    (lambda: RandomRotation(5, fill=256)(X), ValueError, r"RandomRotation: fill must lie in \[0, 255\] for uint8 images, got fill=256; "),
    (lambda: RandomRotation(5)(X, draws=[(1, 2)]), ValueError, "RandomRotation: draws must have 1 number an image, got 2; "),
    (lambda: RandomAffine(5, (0.1, 1.1)), ValueError, r"RandomAffine: translate must lie in \[0, 1\], got \(0.1, 1.1\); "),
    (lambda: RandomAffine(5, 0.1), TypeError, "RandomAffine: translate must be a sequence of 2 numbers, got 0.1; "),
    (lambda: RandomAffine(5, scale=(0, 1)), ValueError, r"RandomAffine: scale must be above 0, got \(0, 1\); "),
    (lambda: RandomAffine(5, scale=1.5), TypeError, "RandomAffine: scale must be a sequence of 2 numbers, got 1.5; "),
    (lambda: RandomAffine(5, scale=(2, 1)), ValueError, r"scale must go from the smaller to the larger, got \(2.0, 1.0\); "),
    (lambda: RandomAffine(5, shear=(1, 2, 3)), ValueError, r"shear must be a sequence of 2 or 4 finite numbers, got \(1, 2, 3\); "),
    (lambda: RandomAffine(5, shear=90), ValueError, "RandomAffine: shear must lie between -90 and 90 degrees, got 90; "),
    (lambda: RandomAffine(5)(X, draws=[30]), ValueError, "RandomAffine: draws must have 6 numbers an image, got 1; "),
    (
        lambda: RandomAffine(5)(X, draws=[(0, 0, 0, 0, 0, 0)]),
        ValueError,
        "RandomAffine: the factor of the draws must be above 0, got 0.0; ",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSALS)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
