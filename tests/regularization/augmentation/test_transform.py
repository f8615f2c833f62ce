"""What every transform owes to its base: layouts, batches, draws, tensors, generators, workers."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import transforms
from tinyreg.data import DataLoader
from tinyreg.random import Generator
from tinyreg.transforms import (
    CenterCrop,
    ColorJitter,
    Compose,
    GaussianNoise,
    Grayscale,
    Normalize,
    Pad,
    RandomApply,
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    ToTensor,
    Transform,
)

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (5, 10, 12), dtype="uint8")
COLOURS = RNG.integers(0, 256, (5, 10, 12, 3), dtype="uint8")
FLOATS = RNG.random((5, 3, 10, 12), dtype="float32")
EVERY = [
    RandomHorizontalFlip(),
    RandomVerticalFlip(0.3),
    RandomCrop(8, padding=2),
    CenterCrop((7, 14)),
    Pad((1, 2), padding_mode="reflect"),
    Grayscale(),
    Grayscale(3),
    ColorJitter(0.5, 0.5, 0.5, 0.2),
    GaussianNoise(),
    ToTensor(),
    RandomApply([RandomHorizontalFlip(p=1)], p=0.5),
    Compose([RandomCrop(9), RandomHorizontalFlip(), ColorJitter(0.2)]),
]
every = pytest.mark.parametrize("transform", EVERY, ids=lambda transform: type(transform).__name__)
batches = pytest.mark.parametrize("batch", [GREY, COLOURS, FLOATS, FLOATS[:, :1]], ids=["grey", "colours", "floats", "grey floats"])


def numbers(value):
    return value.numpy() if isinstance(value, torch.Tensor) else value


def pick(draws, i):
    """The draws of one image."""
    if isinstance(draws, (tuple, list)):
        return type(draws)(pick(part, i) for part in draws)
    return None if draws is None else draws[i : i + 1]


def same(a, b):
    """Equal but for the last digit, which belongs to the order of the additions in memory."""
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    if a.dtype == "uint8":
        np.testing.assert_array_equal(a, b)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@every
@batches
def test_a_batch_is_its_images_each_by_a_draw_of_its_own(transform, batch):
    (y, labels), draws = transform([batch, "labels"], return_draws=True)
    assert labels == "labels"
    if isinstance(transform, RandomApply):  # its inner draws are those of the chosen images
        chosen, _ = draws
        singles = [transform(image, draws=(chosen[i : i + 1], None)) for i, image in enumerate(batch)]
    else:
        singles = [transform(image, draws=pick(draws, i)) for i, image in enumerate(batch)]
    same(numbers(y), np.stack([numbers(single) for single in singles]))


@every
@batches
def test_arrays_and_tensors_give_what_they_are(transform, batch):
    (y,), draws = transform([batch], return_draws=True)
    (z,) = transform([torch.tensor(batch)], draws=draws)
    assert isinstance(z, torch.Tensor) and (isinstance(y, np.ndarray) or isinstance(transform, ToTensor))
    np.testing.assert_array_equal(numbers(y), z.numpy())


@every
@batches
def test_layout_follows_the_dtype(transform, batch):
    (y,) = transform([batch])
    one = transform(batch[0])
    assert one.ndim == y.ndim - 1
    floating = y.dtype.kind == "f"
    assert y.ndim == (4 if floating or batch.ndim == 4 or isinstance(transform, Grayscale) and transform.num_output_channels == 3 else 3)


@every
@batches
def test_the_input_is_left_as_it_is(transform, batch):
    before = batch.copy()
    transform([batch])
    transform(batch[0])
    np.testing.assert_array_equal(batch, before)


@every
@batches
def test_the_same_seed_gives_the_same_digits_and_draws_replay(transform, batch):
    def seeded():
        torch.manual_seed(7)
        return transform([batch], return_draws=True)

    ((first,), draws), ((second,), _) = seeded(), seeded()
    np.testing.assert_array_equal(numbers(first), numbers(second))
    np.testing.assert_array_equal(numbers(transform([batch], draws=draws)[0]), numbers(first))
    with torch.random.freeze() as frozen:
        a = transform([batch])[0]
        frozen.rewind()
        np.testing.assert_array_equal(numbers(transform([batch])[0]), numbers(a))


@every
def test_transposed_and_sliced_arrays(transform):
    x = RNG.integers(0, 256, (12, 20, 3), dtype="uint8").transpose(1, 0, 2)[::2]
    y, draws = transform(x, return_draws=True)
    np.testing.assert_array_equal(numbers(transform(x.copy(), draws=draws)), numbers(y))


@every
def test_stochastic_ones_draw_and_the_others_do_not(transform):
    state = torch.get_rng_state()
    transform(COLOURS)
    assert (torch.get_rng_state() != state) is transform.stochastic


def test_a_generator_of_its_own():
    a, b = (RandomCrop(4, generator=Generator(3)) for _ in range(2))
    torch.manual_seed(1)
    state = torch.get_rng_state()
    np.testing.assert_array_equal(a(COLOURS), b(COLOURS))
    assert torch.get_rng_state() == state


def test_bare_batches_of_four_dimensions():
    flip = RandomHorizontalFlip()
    for x in (COLOURS, FLOATS):
        y, draws = flip(x, return_draws=True)
        np.testing.assert_array_equal(y, flip([x], draws=draws)[0])


def test_three_dimensions_of_uint8_are_one_image_alone_and_a_batch_in_a_list():
    x = np.arange(12, dtype="uint8").reshape(2, 2, 3)
    assert RandomVerticalFlip(p=1)(x).tolist() == x[::-1].tolist()
    assert RandomVerticalFlip(p=1)([x])[0].tolist() == x[:, ::-1].tolist()


def test_a_tensor_comes_out_as_a_constant():
    x = torch.ones(1, 4, 4, requires_grad=True)
    for transform in (RandomHorizontalFlip(p=1), Normalize(0.5, 0.5), GaussianNoise()):
        assert not transform(x).requires_grad


class Images:
    """Examples that are transformed one at a time."""

    def __init__(self, transform=None):
        self.transform = transform

    def __len__(self):
        return 23

    def __getitem__(self, index):
        image = np.random.default_rng(index).integers(0, 256, (10, 12, 3), dtype="uint8")
        return (image if self.transform is None else self.transform(image)), index


AUGMENT = Compose([RandomHorizontalFlip(), RandomCrop(10, padding=2), ColorJitter(0.4), RandomApply([GaussianNoise()]), ToTensor()])


@pytest.mark.parametrize("at_once", [False, True])
def test_the_number_of_workers_changes_no_digit(at_once):
    def epochs(workers):
        settings = {"batch_transform": AUGMENT} if at_once else {}
        data = Images(None if at_once else AUGMENT)
        loader = DataLoader(data, 5, shuffle=True, num_workers=workers, generator=Generator(3), **settings)
        return [[images.numpy() for images, _ in loader] for _ in range(2)]

    alone, two, four = epochs(0), epochs(2), epochs(4)
    for others in (two, four):
        for a, b in zip(alone[0] + alone[1], others[0] + others[1]):
            np.testing.assert_array_equal(a, b)
    assert not np.array_equal(alone[0][0], alone[1][0])  # another epoch, other draws


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        ("image.png", TypeError, "Pad: image must be an ndarray or a Tensor, got str; convert with numpy.asarray"),
        ([], TypeError, "got NoneType"),
        (np.zeros((4, 4), dtype="int64"), TypeError, r"Pad: image must be uint8 or floating point, got int64 of shape \(4, 4\)"),
        (np.zeros((4, 4), dtype=bool), TypeError, "got bool"),
        (np.zeros(4, dtype="uint8"), ValueError, r"image must be uint8 \(H, W\), .*got uint8 of shape \(4,\)"),
        (np.zeros((4, 4)), ValueError, r"floating point \(C, H, W\), .*got float64 of shape \(4, 4\)"),
        (np.zeros((3, 32, 32), dtype="uint8"), ValueError, r"uint8 images must have their channels last, .*got shape \(3, 32, 32\)"),
        (np.zeros((8, 3, 32, 30), dtype="uint8"), ValueError, r"got shape \(8, 3, 32, 30\); transpose what has them first"),
        (np.zeros((1, 1, 1, 1, 1), dtype="uint8"), ValueError, r"got uint8 of shape \(1, 1, 1, 1, 1\)"),
        ([np.zeros((4, 4), dtype="uint8")], ValueError, r"images of a batch must be uint8 \(N, H, W\), .*got uint8 of shape \(4, 4\)"),
        ([np.zeros((3, 4, 4))], ValueError, r"images of a batch .*floating point \(N, C, H, W\), got float64 of shape \(3, 4, 4\)"),
    ],
)
def test_refusals(image, error, message):
    with pytest.raises(error, match=message):
        Pad(1)(image)


def test_draws_have_one_row_an_image():
    with pytest.raises(ValueError, match=r"RandomHorizontalFlip: draws must have one row an image.*got draws of shape \(3,\) for 5 images"):
        RandomHorizontalFlip()(COLOURS, draws=[True, False, True])
    with pytest.raises(ValueError, match=r"got draws of shape \(\) for 5 images"):
        RandomHorizontalFlip()(COLOURS, draws=True)
    with pytest.raises(ValueError, match=r"of shape \(\), got draws of shape \(5, 1\) for 5 images"):
        RandomHorizontalFlip()(COLOURS, draws=[[True]] * 5)
    with pytest.raises(ValueError, match=r"RandomCrop: .* of shape \(2,\), got draws of shape \(5, 3\)"):
        RandomCrop(3)(COLOURS, draws=[[0, 0, 0]] * 5)


def test_a_subclass_defines_apply():
    with pytest.raises(NotImplementedError, match="Nothing: apply must be defined by a subclass, got <class"):
        type("Nothing", (Transform,), {})()(COLOURS)
    assert not Transform.stochastic and repr(Transform()) == "Transform()"


def test_the_door_exports_what_the_room_has():
    from tinyreg.regularization import augmentation

    assert set(transforms.__all__) >= set(augmentation.__all__)
    assert all(getattr(transforms, name) is getattr(augmentation, name) for name in augmentation.__all__)
