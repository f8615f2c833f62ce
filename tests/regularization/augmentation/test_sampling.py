"""The kernels: affine_sample and resize_sample, by hand, by identities, and against scipy.ndimage."""

import numpy as np
import pytest

from tinyreg.regularization.augmentation import sampling
from tinyreg.regularization.augmentation.interpolation import InterpolationMode, as_mode
from tinyreg.regularization.augmentation.sampling import affine_sample, resize_sample, resize_weights

NEAREST, NEAREST_EXACT, BILINEAR, BICUBIC = InterpolationMode
IDENTITY = np.array([[[1.0, 0, 0], [0, 1, 0]]])
DTYPES = ["uint8", "float32", "float64"]


def images(shape, dtype, seed=0, last=False):
    """Noise of shape (N, C, H, W): grey levels, or numbers in [0, 1); last: with the channels last in memory."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, shape).astype(dtype) if dtype == "uint8" else rng.random(shape).astype(dtype)
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if last else x


def shift(x, y):
    return np.array([[[1.0, 0, x], [0, 1, y]]])


def random_maps(n, seed=0):
    rng = np.random.default_rng(seed)
    return IDENTITY + rng.uniform(-0.7, 0.7, (n, 2, 3)) * [1, 1, 5]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", [NEAREST, BILINEAR])
@pytest.mark.parametrize("fill", [None, 0, 1, (1, 0, 1)])
def test_the_identity_returns_the_same_bytes(mode, dtype, last, fill):
    x = images((2, 3, 7, 4), dtype, last=last)
    y = affine_sample(x, IDENTITY, mode, fill)
    assert y.dtype == x.dtype and np.array_equal(x, y) and not np.shares_memory(x, y) and x.strides == y.strides


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", [NEAREST, BILINEAR])
@pytest.mark.parametrize(("x", "y"), [(2, 0), (0, -3), (-1, 1), (9, 0), (0, 50)])
def test_whole_pixels_move_the_array(mode, dtype, x, y):
    before = images((1, 2, 6, 8), dtype)
    after = np.full_like(before, 7)
    for row in range(6):
        for column in range(8):
            if 0 <= row + y < 6 and 0 <= column + x < 8:
                after[:, :, row, column] = before[:, :, row + y, column + x]
    assert np.array_equal(affine_sample(before, shift(x, y), mode, 7), after)


def test_half_a_pixel_by_hand():
    x = np.array([[[[0.0, 1.0], [2.0, 4.0]]]])
    assert affine_sample(x, shift(0.5, 0), BILINEAR).tolist() == [[[[0.5, 0.5], [3, 2]]]]
    # s = 0.5, m = 0.5 at the right border: (s5) gives 0.25 where a line to 0 gives 0.5
    assert affine_sample(x, shift(0.5, 0), BILINEAR, 0).tolist() == [[[[0.5, 0.25], [3, 1]]]]
    assert affine_sample(x, shift(0.5, 0), BILINEAR, 8).tolist() == [[[[0.5, 4.25], [3, 5]]]]
    # all four: (0 + 1 + 2 + 4)/4, then two, two and one of them beside zeros
    assert affine_sample(x, shift(0.5, 0.5), BILINEAR).tolist() == [[[[1.75, 1.25], [1.5, 1]]]]
    # the place 0.5 is a tie of pixels 0 and 1, and 1.5 of 1 and 2: they go to the even one
    assert affine_sample(x, shift(0.5, 0), NEAREST, 9).tolist() == [[[[0, 9], [2, 9]]]]


def test_uint8_is_rounded_half_to_even():
    x = np.array([[[[10, 11, 14, 15]]]], dtype="uint8")
    assert affine_sample(x, shift(0.5, 0), BILINEAR).tolist() == [[[[10, 12, 14, 8]]]]  # 10.5, 12.5, 14.5, 7.5


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("fill", [0, 3, None])
def test_constant_images_stay_constant_inside(dtype, fill):
    x = np.full((3, 2, 12, 9), 201).astype(dtype)
    share = affine_sample(np.ones_like(x, dtype="float64"), random_maps(3), BILINEAR)
    inside = share > 1 - 1e-9
    y = affine_sample(x, random_maps(3), BILINEAR, fill)
    assert inside.any() and (y[inside] == 201).all() and (y[~inside] < 201).all()


def test_each_image_has_its_own_map_whatever_the_block():
    x, maps = images((700, 1, 12, 11), "float32"), random_maps(700)  # more than fits into a block
    for mode in (NEAREST, BILINEAR):
        alone = np.concatenate([affine_sample(x[i : i + 1], maps[i : i + 1], mode, 0.3) for i in range(700)])
        assert np.array_equal(affine_sample(x, maps, mode, 0.3), alone)


@pytest.mark.parametrize("last", [False, True])
def test_channels_are_filled_with_their_colours(last):
    x = images((2, 3, 5, 4), "uint8", last=last)
    for mode in (NEAREST, BILINEAR):
        assert affine_sample(x, shift(20, 0), mode, (1, 2, 3))[1, :, 2, 2].tolist() == [1, 2, 3]
    assert affine_sample(x, shift(20, 0), NEAREST, 2.5).max() == 2 and affine_sample(x, shift(20, 0), BILINEAR, 3.5).max() == 4


def test_float16_is_computed_in_float32():
    x = images((2, 3, 9, 8), "float32").astype("float16")
    for mode in (NEAREST, BILINEAR):
        want = affine_sample(x.astype("float32"), random_maps(2), mode, 0.5).astype("float16")
        got = affine_sample(x, random_maps(2), mode, 0.5)
        assert got.dtype == "float16" and np.array_equal(got, want)
    got = resize_sample(x, (5, 11), BICUBIC)
    assert got.dtype == "float16" and np.array_equal(got, resize_sample(x.astype("float32"), (5, 11), BICUBIC).astype("float16"))


@pytest.mark.parametrize("shape", [(0, 3, 5, 4), (0, 1, 1, 1)])
def test_no_images(shape):
    x = np.zeros(shape, dtype="uint8")
    assert affine_sample(x, np.zeros((0, 2, 3)), BILINEAR, 0).shape == shape
    assert resize_sample(x, (2, 9), BILINEAR).shape == resize_sample(x, (2, 9), NEAREST).shape == (*shape[:2], 2, 9)


def for_scipy(inverse, height, width):
    """The map of (row, column) -> (row, column) that says the same as ours from the middles, x before y."""
    matrix = inverse[::-1, 1::-1]
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    return matrix, middle + inverse[::-1, 2] - matrix @ middle


@pytest.mark.parametrize("seed", range(8))
def test_bilinear_agrees_with_scipy(seed):
    ndimage = pytest.importorskip("scipy.ndimage")
    rng = np.random.default_rng(seed)
    height, width = rng.integers(2, 30, 2)
    x, maps = images((3, 1, height, width), "float64", seed), random_maps(3, seed)
    zeros, blended = affine_sample(x, maps, BILINEAR), affine_sample(x, maps, BILINEAR, 0.25)
    share = affine_sample(np.ones_like(x), maps, BILINEAR)
    for i, inverse in enumerate(maps):
        matrix, offset = for_scipy(inverse, height, width)
        line = ndimage.affine_transform(x[i, 0], matrix, offset, order=1, mode="grid-constant", prefilter=False)
        assert np.allclose(zeros[i, 0], line, rtol=0, atol=1e-12)
        cut = ndimage.affine_transform(x[i, 0], matrix, offset, order=1, mode="constant", cval=0.25, prefilter=False)
        sure = (share[i, 0] > 1 - 1e-9) | (share[i, 0] < 1e-9)  # on the border that scipy's "constant" cuts off, (s5) blends
        assert sure.any() and np.allclose(blended[i, 0][sure], cut[sure], rtol=0, atol=1e-12)
        assert np.allclose(blended[i, 0], share[i, 0] * (line - 0.25) + 0.25, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_nearest_agrees_with_scipy(seed):
    ndimage = pytest.importorskip("scipy.ndimage")
    x, maps = images((2, 1, 21, 17), "uint8", seed), random_maps(2, seed)  # random: no ties
    y = affine_sample(x, maps, NEAREST, 40)
    for i, inverse in enumerate(maps):
        matrix, offset = for_scipy(inverse, 21, 17)
        want = ndimage.affine_transform(x[i, 0], matrix, offset, order=0, mode="grid-constant", cval=40, prefilter=False)
        assert np.array_equal(y[i, 0], want)


@pytest.mark.parametrize("size", [(20, 26), (5, 13), (31, 7), (11, 40)])
def test_resize_without_antialias_agrees_with_scipy(size):
    ndimage = pytest.importorskip("scipy.ndimage")
    x = images((1, 1, 10, 13), "float64")
    zoom = [now / was for now, was in zip(size, (10, 13))]
    want = ndimage.zoom(x[0, 0], zoom, order=1, mode="nearest", grid_mode=True, prefilter=False)
    assert np.allclose(resize_sample(x, size, BILINEAR, antialias=False)[0, 0], want, rtol=0, atol=1e-12)
    want = ndimage.zoom(x[0, 0], zoom, order=0, mode="nearest", grid_mode=True, prefilter=False)
    assert np.array_equal(resize_sample(x, size, NEAREST_EXACT)[0, 0], want)


def matrix(was, now, mode, antialias, dtype, whole=False):
    """The bands of (s6), put in their places."""
    A = np.zeros((now, was), dtype)
    row = 0
    for columns, band in resize_weights(np, was, now, mode, antialias, dtype, whole):
        A[row : row + len(band), columns] = band
        row += len(band)
    assert row == now
    return A


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("mode", [BILINEAR, BICUBIC])
@pytest.mark.parametrize(("was", "now"), [(300, 70), (130, 300), (999, 40), (129, 1000), (177, 89), (200, 33)])
def test_bands_leave_out_nothing_but_zeros(monkeypatch, mode, antialias, whole, was, now):
    bands = matrix(was, now, mode, antialias, "float64", whole)
    assert len(resize_weights(np, was, now, mode, antialias, "float64", whole)) == -(-now // sampling.BAND)
    monkeypatch.setattr(sampling, "NARROW", was)
    ((_, whole_matrix),) = resize_weights.__wrapped__(np, was, now, mode, antialias, "float64", whole)
    assert np.allclose(bands, whole_matrix, rtol=0, atol=1e-15)
    assert np.array_equal(bands == 0, whole_matrix == 0)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("mode", [BILINEAR, BICUBIC])
@pytest.mark.parametrize("size", [(70, 300), (40, 33), (211, 90)])
def test_a_resize_is_two_products_of_matrices(mode, antialias, size):
    x = np.random.default_rng(0).random((2, 3, 130, 170))
    down, across = (matrix(was, now, mode, antialias, "float64") for was, now in zip((130, 170), size))
    y = resize_sample(x, size, mode, antialias)
    assert np.allclose(y, down @ x @ across.T, rtol=0, atol=1e-13)
    assert np.array_equal(y[1:], resize_sample(x[1:], size, mode, antialias))  # the same digits in whatever batch


def test_halving_weighs_1_3_3_1():
    weights = matrix(8, 4, BILINEAR, True, "float64")
    assert (weights[1] * 8).tolist() == [0, 1, 3, 3, 1, 0, 0, 0]
    assert np.allclose(weights[0] * 7, [3, 3, 1, 0, 0, 0, 0, 0]) and np.allclose(weights[3] * 7, [0, 0, 0, 0, 0, 1, 3, 3])
    x = np.array([[[[0, 0, 8, 0, 0, 0, 0, 0]]]], dtype="float64")
    assert np.allclose(resize_sample(x, (1, 4), BILINEAR), [8 / 7, 3, 0, 0])
    assert resize_sample(x, (1, 4), BILINEAR, antialias=False).tolist() == [[[[0, 4, 0, 0]]]]


def test_doubling_weighs_1_3():
    for antialias in (True, False):
        weights = matrix(4, 8, BILINEAR, antialias, "float64")
        assert (
            weights[0].tolist() == [1, 0, 0, 0] and weights[3].tolist() == [0, 0.75, 0.25, 0] and weights[4].tolist() == [0, 0.25, 0.75, 0]
        )


@pytest.mark.parametrize(("was", "now"), [(3, 7), (28, 32), (5, 6), (1, 4), (10, 200)])
@pytest.mark.parametrize("whole", [False, True])
def test_enlarging_is_the_same_with_and_without_antialias(was, now, whole):
    smooth, plain = (matrix(was, now, BILINEAR, antialias, "float64", whole) for antialias in (True, False))
    assert np.allclose(smooth, plain, rtol=0, atol=1e-12)


def test_the_cubic_by_hand():
    """At half a pixel from the middle of the first of four, the taps lie at 3/4, 1/4, 5/4, 7/4 of a pixel."""
    a = -0.75

    def near(t):
        return (a + 2) * t**3 - (a + 3) * t**2 + 1

    def far(t):
        return a * (t**3 - 5 * t**2 + 8 * t - 4)

    weights = matrix(4, 8, BICUBIC, False, "float64")
    assert np.allclose(weights[3], [far(1.25), near(0.25), near(0.75), far(1.75)], rtol=0, atol=1e-15)
    # beyond the border the first pixel is repeated
    assert np.allclose(weights[0], [far(1.75) + near(0.75) + near(0.25), far(1.25), 0, 0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("mode", [BILINEAR, BICUBIC])
@pytest.mark.parametrize(("was", "now"), [(28, 32), (32, 28), (7, 3), (3, 7), (1, 5), (5, 1), (100, 3)])
def test_weights_sum_to_1(mode, antialias, whole, was, now):
    weights = matrix(was, now, mode, antialias, "float64", whole)
    assert weights.shape == (now, was) and np.allclose(weights.sum(axis=1), 1, rtol=0, atol=was * 2**-14 if whole else 1e-14)
    assert np.allclose(weights, weights[::-1, ::-1], rtol=0, atol=2**-13 if whole else 1e-12)  # left is as right


@pytest.mark.parametrize(("mode", "power"), [(BILINEAR, 1), (BICUBIC, 2)])
def test_enlarging_is_exact_for_polynomials(mode, power):
    """A line goes through the triangle unchanged, a parabola through Keys' cubic with a = -1/2: inside, where no tap is missing."""
    pixels, places = np.arange(20) + 0.5, (np.arange(50) + 0.5) * 20 / 50
    values = matrix(20, 50, mode, True, "float64") @ pixels**power
    assert np.allclose(values[6:-6], places[6:-6] ** power, rtol=0, atol=1e-11)


def test_shrinking_without_antialias_aliases():
    """Stripes one pixel wide are grey from afar; two taps in six turn them into white."""
    x = np.zeros((1, 1, 1, 60))
    x[..., 1::2] = 1
    assert np.allclose(resize_sample(x, (1, 20), BILINEAR)[..., 1:-1], 0.5, rtol=0, atol=0.06)
    assert set(resize_sample(x, (1, 20), BILINEAR, antialias=False).ravel().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", list(InterpolationMode))
def test_resize_to_the_same_size_and_of_constants(mode, dtype, last):
    x = images((2, 3, 9, 6), dtype, last=last)
    assert resize_sample(x, (9, 6), mode) is x
    for antialias in (False, True):
        for size in ((9, 13), (4, 6), (30, 2)):
            y = resize_sample(np.full_like(x, 211), size, mode, antialias)
            assert y.dtype == x.dtype and y.shape == (2, 3, *size) and np.allclose(y, 211, rtol=1e-6, atol=0)
            assert (y.strides[1] < y.strides[3]) == last  # in the order of the memory of x
    down = resize_sample(x, (4, 6), mode)  # each column for itself
    assert np.allclose(down[:, :, :, 2:3], resize_sample(x[:, :, :, 2:3], (4, 1), mode), rtol=0, atol=1e-6)


def test_nearest_takes_the_left_edge_and_nearest_exact_the_middle():
    x = np.arange(6.0).reshape(1, 1, 1, 6)
    assert resize_sample(x, (1, 3), NEAREST).tolist() == [[[[0, 2, 4]]]]
    assert resize_sample(x, (1, 3), NEAREST_EXACT).tolist() == [[[[1, 3, 5]]]]
    assert resize_sample(x, (1, 4), NEAREST).tolist() == [[[[0, 1, 3, 4]]]]
    assert resize_sample(x, (1, 4), NEAREST_EXACT).tolist() == [[[[0, 2, 3, 5]]]]
    assert resize_sample(x, (2, 9), NEAREST)[0, 0, 1].tolist() == [0, 0, 1, 2, 2, 3, 4, 4, 5]


def test_uint8_is_rounded_half_up_in_a_resize():
    x = np.array([[[[0, 2, 0, 6]]]], dtype="uint8")
    assert resize_sample(x, (1, 8), BILINEAR).tolist() == [[[[0, 1, 2, 2, 1, 2, 5, 6]]]]  # 0, 0.5, 1.5, 1.5, 0.5, 1.5, 4.5, 6


def test_uint8_is_rounded_and_clipped_after_each_pass():
    x = np.array([[[[0, 0, 255, 255], [255, 255, 0, 0]]]], dtype="uint8")
    across = resize_sample(x, (2, 8), BICUBIC, antialias=False)
    values = resize_sample(x.astype("float64"), (2, 8), BICUBIC, antialias=False)
    assert values.min() < -5 and values.max() > 260 and np.array_equal(across, np.clip(np.floor(values + 0.5), 0, 255))
    both = resize_sample(x, (4, 8), BICUBIC, antialias=False)
    assert np.array_equal(both, resize_sample(across, (4, 8), BICUBIC, antialias=False))


def test_weights_of_uint8_are_multiples_of_a_power_of_two():
    for was, now, bits in ((28, 32, 14), (32, 28, 15), (3000, 3, 22)):
        weights = matrix(was, now, BILINEAR, True, "float64", True) * 2**bits
        exact = matrix(was, now, BILINEAR, True, "float64") * 2**bits
        assert np.array_equal(weights, np.floor(exact + 0.5)) and weights.max() < 2**15
        assert bits == 22 or 2 * exact.max() >= 2**15 - 0.5  # another bit, and the largest would not fit


def test_modes_are_known_by_their_words_and_by_pils_numbers():
    every = list(InterpolationMode)
    assert [as_mode("Resize", mode.value, every) for mode in every] == every
    assert [as_mode("Resize", number, every) for number in (0, 2, 3)] == [NEAREST, BILINEAR, BICUBIC]
    with pytest.raises(ValueError, match=r"RandomAffine: interpolation must be one of 'nearest', 'bilinear', got 'bicubic'; "):
        as_mode("RandomAffine", "bicubic", (NEAREST, BILINEAR))
    with pytest.raises(ValueError, match="got <InterpolationMode.NEAREST_EXACT: 'nearest-exact'>; "):
        as_mode("RandomAffine", NEAREST_EXACT, (NEAREST, BILINEAR))
    for wrong in (None, 7, ["nearest"]):
        with pytest.raises(ValueError, match="Resize: interpolation must be one of 'nearest', 'nearest-exact', 'bilinear', 'bicubic', got"):
            as_mode("Resize", wrong, every)
