"""Mixing and erasing images: where tinyreg does not do what torchvision does."""

import importlib
import warnings

import numpy as np
import pytest

import tinyreg


def v2(torchvision):
    """The transforms that mix batches; torchvision loads them when they are asked for."""
    return importlib.import_module(f"{torchvision.__name__}.transforms.v2")


def bytes_mixed(t, transforms):
    """A black and a white image of bytes, mixed."""
    images = t.tensor([[[[0]]], [[[255]]]], dtype=t.uint8)
    return transforms.MixUp(num_classes=2)([images, t.tensor([0, 1])])[0]


def test_mixing_bytes():
    mixed = bytes_mixed(tinyreg, tinyreg.transforms)
    assert mixed.dtype == tinyreg.uint8 and int(mixed[0].item()) + int(mixed[1].item()) == 255


def test_mixing_bytes_in_pytorch(torch, torchvision):
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        bytes_mixed(torch, v2(torchvision))


def test_nothing_to_mix():
    images, labels = [tinyreg.ones(2, 1, 3, 3), tinyreg.tensor([0, 1])]
    for transform in (tinyreg.transforms.MixUp(alpha=0, num_classes=2), tinyreg.transforms.CutMix(alpha=0, num_classes=2)):
        assert transform([images, labels])[1].tolist() == [[1, 0], [0, 1]]
    assert tinyreg.transforms.MixUp(alpha=float("inf"), num_classes=2)([images, labels])[1].tolist() == [[0.5, 0.5]] * 2


def test_nothing_to_mix_in_pytorch(torch, torchvision):
    for name in ("MixUp", "CutMix"):
        with pytest.raises(ValueError, match="to satisfy the constraint"):
            getattr(v2(torchvision), name)(alpha=0, num_classes=2)


def one_lam_each(transforms):
    return transforms.MixUp(num_classes=2, per_example=True)


def test_one_lam_an_example():
    _, (lam, _) = one_lam_each(tinyreg.transforms)([tinyreg.ones(5, 3), tinyreg.tensor([0, 1, 0, 1, 1])], return_draws=True)
    assert len(set(lam.tolist())) == 5


def test_one_lam_an_example_in_pytorch(torch, torchvision):
    with pytest.raises(TypeError, match="per_example"):
        one_lam_each(v2(torchvision))


def elsewhere(transforms):
    return transforms.MixUp(num_classes=2, labels_getter=lambda batch: batch[2])


def test_labels_elsewhere():
    with pytest.raises(TypeError, match="labels_getter"):
        elsewhere(tinyreg.transforms)


def test_labels_elsewhere_in_pytorch(torch, torchvision):
    x, z, y = elsewhere(v2(torchvision))([torch.ones(2, 1, 3, 3), "names", torch.tensor([0, 1])])
    assert z == "names" and y.shape == (2, 2)


def holes(t, transforms):
    """The erased pixels of a batch of eight equal images."""
    t.manual_seed(0)
    x = transforms.RandomErasing(p=1, scale=(0.1, 0.2))(t.ones(8, 1, 16, 16)).numpy()
    return {one.tobytes() for one in x}


def test_boxes_in_a_batch():
    assert len(holes(tinyreg, tinyreg.transforms)) > 4


def test_boxes_in_a_batch_in_pytorch(torch, torchvision):
    assert len(holes(torch, v2(torchvision))) == 1


def noise(t, transforms, *shape):
    """The values in an erased black image of bytes; about half of its pixels are drawn."""
    t.manual_seed(0)
    transform = transforms.RandomErasing(p=1, scale=(0.5, 0.6), value="random")
    return np.unique(transform(t.zeros(*shape, dtype=t.uint8)).numpy())


def test_random_bytes():
    assert len(noise(tinyreg, tinyreg.transforms, 64, 64)) > 200


def test_random_bytes_in_pytorch(torch, torchvision):
    assert len(noise(torch, v2(torchvision), 1, 64, 64)) < 16


def turned(transforms):
    return transforms.RandomErasing(scale=(0.3, 0.1))


def test_ranges_that_are_turned():
    with pytest.raises(ValueError, match=r"got scale=\(0.3, 0.1\)"):
        turned(tinyreg.transforms)


def test_ranges_that_are_turned_in_pytorch(torch, torchvision):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        turned(v2(torchvision))
    assert any("kind (min, max)" in str(warning.message) for warning in seen)
