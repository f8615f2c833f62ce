"""Transforms of images: where tinyreg does not do what torchvision does."""

import numpy as np
import pytest

import tinyreg
from tinyreg import transforms


def flipped(library, batch):
    """Of many equal images, how many are flipped."""
    return {int(image.ravel()[0]) for image in np.asarray(library.RandomHorizontalFlip()(batch))}


def test_draws_of_a_batch():
    batch = np.tile(np.array([0, 1], dtype="float32"), (200, 1, 1, 1))
    assert flipped(transforms, batch) == {0, 1}


def test_draws_of_a_batch_in_pytorch(torch, torchvision):
    batch = torch.tensor([0.0, 1.0]).tile(200, 1, 1, 1)
    assert len(flipped(torchvision.transforms, batch)) == 1


def test_layout_of_images():
    x = np.arange(6, dtype="uint8").reshape(2, 1, 3)  # two rows of one pixel of three colours
    for image in (x, tinyreg.tensor(x)):
        assert np.asarray(transforms.RandomVerticalFlip(p=1)(image)).tolist() == x[::-1].tolist()
    floats = x.astype("float32")  # two channels of one row of three pixels
    assert transforms.RandomHorizontalFlip(p=1)(floats).tolist() == floats[..., ::-1].tolist()


def test_layout_of_images_in_pytorch(torch, torchvision):
    x = torch.arange(6, dtype=torch.uint8).reshape(2, 1, 3)  # two channels, whatever the dtype
    assert torchvision.transforms.RandomVerticalFlip(p=1)(x).tolist() == x.tolist()


def test_arrays_as_images():
    y = transforms.CenterCrop(1)(np.zeros((3, 3), dtype="uint8"))
    assert isinstance(y, np.ndarray) and y.shape == (1, 1)


def test_arrays_as_images_in_pytorch(torchvision):
    with pytest.raises(TypeError):
        torchvision.transforms.CenterCrop(1)(np.zeros((3, 3), dtype="uint8"))


def test_images_that_are_tensors_already():
    to_tensor = transforms.ToTensor()
    x = tinyreg.ones(1, 2, 3)
    assert to_tensor(x).tolist() == x.tolist() == to_tensor(x.numpy()).tolist()
    assert to_tensor(np.zeros((5, 2, 3), dtype="uint8")[..., None]).shape == (5, 1, 2, 3)


def test_images_that_are_tensors_already_in_pytorch(torch, torchvision):
    to_tensor = torchvision.transforms.ToTensor()
    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray"):
        to_tensor(torch.ones(1, 2, 3))
    assert to_tensor(np.ones((1, 2, 3), dtype="float32")).shape == (3, 1, 2)  # channels were last
    with pytest.raises(ValueError, match="2/3 dimensional"):
        to_tensor(np.zeros((5, 2, 3, 1), dtype="uint8"))


def test_draws_of_transforms():
    crop = transforms.RandomCrop(2, generator=tinyreg.Generator(0))
    image = np.arange(16, dtype="uint8").reshape(4, 4)
    y, draws = crop(image, return_draws=True)
    assert crop(image, draws=draws).tolist() == y.tolist()


def test_draws_of_transforms_in_pytorch(torchvision):
    with pytest.raises(TypeError, match="generator"):
        torchvision.transforms.RandomCrop(2, generator=None)
    with pytest.raises(TypeError, match="return_draws"):
        torchvision.transforms.RandomCrop(2)(None, return_draws=True)


NOT_THERE = "functional RandomResizedCrop FiveCrop RandomPerspective GaussianBlur RandomGrayscale AutoAugment ToPILImage".split()


def test_transforms_that_are_not_there():
    assert not any(hasattr(transforms, name) for name in NOT_THERE)


def test_transforms_that_are_not_there_in_pytorch(torchvision):
    assert all(hasattr(torchvision.transforms, name) for name in NOT_THERE)


def test_second_generation_of_transforms():
    from tinyreg.transforms import v2

    assert v2.__all__ == transforms.__all__ and all(getattr(v2, name) is getattr(transforms, name) for name in v2.__all__)
    assert not any(hasattr(v2, name) for name in ("ToImage", "ToDtype", "RandomChoice"))


def test_second_generation_of_transforms_in_pytorch(torchvision):
    from torchvision.transforms import v2

    assert v2.RandomCrop is not torchvision.transforms.RandomCrop and v2.ToImage and v2.ToDtype and v2.RandomChoice
    assert not hasattr(torchvision.transforms, "MixUp") and v2.MixUp and v2.CutMix
