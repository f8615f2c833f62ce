import gzip
import os

import numpy as np
import pytest

import tinyreg as torch
from tests.data.idx_files import idx_bytes, write_parts
from tinyreg.data import MNIST, DataLoader, FashionMNIST, NormalizeImages, Subset


@pytest.mark.parametrize("where", ["MNIST/raw", "."])
@pytest.mark.parametrize("pack", [False, True])
def test_the_four_files_are_found_where_people_have_them(tmp_path, where, pack):
    arrays = write_parts(tmp_path / where, pack=pack)
    for train, part in ((True, "train"), (False, "t10k")):
        data = MNIST(tmp_path, train=train)
        assert data.data.dtype == torch.uint8 and data.targets.dtype == torch.int64 and len(data) == (12 if train else 5)
        np.testing.assert_array_equal(data.data.numpy(), arrays[f"{part}-images-idx3-ubyte"])
        np.testing.assert_array_equal(data.targets.numpy(), arrays[f"{part}-labels-idx1-ubyte"])


def test_names_with_a_dot_and_a_home_folder(tmp_path, monkeypatch):
    for name in write_parts(tmp_path / "digits", pack=False):
        os.rename(tmp_path / "digits" / name, tmp_path / "digits" / name.replace("-idx", ".idx"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert len(MNIST("~/digits")) == 12


def test_fashion_mnist_has_its_own_folder_and_names(tmp_path):
    write_parts(tmp_path / "FashionMNIST" / "raw")
    data = FashionMNIST(str(tmp_path), train=False)
    assert len(data) == 5 and data.class_to_idx["Ankle boot"] == 9 and len(data.classes) == 10
    assert data.raw_folder == str(tmp_path / "FashionMNIST" / "raw") and data.mean == (0.2860,)
    with pytest.raises(RuntimeError, match="MNIST: .* got no train-images-idx3-ubyte"):
        MNIST(tmp_path)


def test_an_example_is_a_uint8_array_and_an_int(tmp_path):
    arrays = write_parts(tmp_path)
    data = MNIST(tmp_path)
    image, label = data[3]
    assert type(image) is np.ndarray and image.dtype == np.uint8 and image.shape == (28, 28) and type(label) is int
    assert label == 21 % 10 and data[-1][1] == data[11][1] == data[np.int64(11)][1] == data[torch.tensor(11)][1]
    image[:] = 0  # a transform that works in place
    np.testing.assert_array_equal(data[3][0], arrays["train-images-idx3-ubyte"][3])
    with pytest.raises(IndexError):
        data[12]
    assert sum(1 for _ in data) == 12  # iteration ends at the IndexError


def test_whole_batches_equal_examples_one_by_one(tmp_path):
    write_parts(tmp_path)
    data = MNIST(tmp_path)
    for indices in (np.array([4, 0, 11]), [4, 0, 11], torch.tensor([4, 0, 11])):
        images, labels = data.batch(indices)
        assert images.shape == (3, 28, 28) and images.dtype == torch.uint8 and labels.dtype == torch.int64
    whole = list(DataLoader(data, batch_size=5))
    single = list(DataLoader(data, batch_size=5, collate_fn=torch.utils.data.default_collate))
    for (a, b), (c, d) in zip(whole, single, strict=True):
        assert torch.equal(a, c) and torch.equal(b, d) and a.dtype == c.dtype and b.dtype == d.dtype


def test_transforms_are_asked_whenever_they_were_set(tmp_path):
    write_parts(tmp_path)
    data = MNIST(tmp_path, transform=lambda image: torch.tensor(image).float().unsqueeze(0) / 255, target_transform=lambda y: y + 100)
    images, labels = next(iter(DataLoader(data, batch_size=12)))
    assert images.shape == (12, 1, 28, 28) and images.max().item() <= 1 and labels.min().item() >= 100
    with pytest.raises(AttributeError, match="'MNIST' object has no attribute 'batch' while it has a transform"):
        data.batch([0])
    data.transform = data.target_transform = None
    part = Subset(data, [5, 2])
    assert next(iter(DataLoader(part, batch_size=2)))[0].dtype == torch.uint8
    data.transform = lambda image: torch.tensor(image).float()
    assert next(iter(DataLoader(part, batch_size=2)))[0].dtype == torch.float32


def test_whoever_replaces_data_and_targets_has_a_smaller_dataset(tmp_path):
    write_parts(tmp_path)
    data = MNIST(tmp_path)
    chosen = data.targets == 7
    data.data, data.targets = data.data[chosen], data.targets[chosen]
    assert len(data) == 2 and [label for _, label in data] == [7, 7]
    assert next(iter(DataLoader(data, batch_size=4)))[1].tolist() == [7, 7]


def test_what_it_says_of_itself(tmp_path):
    write_parts(tmp_path)
    text = repr(MNIST(tmp_path, train=False))
    assert text == f"Dataset MNIST\n    Number of datapoints: 5\n    Root location: {tmp_path}\n    Split: Test"


SMALL = np.zeros((12, 28, 28), "uint8")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-images-idx3-ubyte", idx_bytes(SMALL)[:-1], r"must hold 9424 bytes, 16 of header and 12 x 28 x 28 elements of 1, got 9423"),
        ("train-images-idx3-ubyte", gzip.compress(idx_bytes(SMALL), mtime=0)[:40], "must unpack as gzip, got Compressed file ended"),
        ("train-images-idx3-ubyte", idx_bytes(SMALL[:, :14]), r"must hold bytes of shape \(N, 28, 28\), got uint8 of shape \(12, 14, 28\)"),
        ("train-images-idx3-ubyte", idx_bytes(SMALL[:, 0, 0]), r"must hold bytes of shape \(N, 28, 28\), got uint8 of shape \(12,\)"),
        ("train-images-idx3-ubyte", idx_bytes(SMALL.astype("int32")), "got int32 of shape"),
        ("train-labels-idx1-ubyte", idx_bytes(SMALL), r"must hold bytes of shape \(N,\), got uint8 of shape \(12, 28, 28\)"),
        ("train-labels-idx1-ubyte", idx_bytes(SMALL[:11, 0, 0]), "got 12 images in .* and 11 classes in "),
        ("train-labels-idx1-ubyte", idx_bytes(np.arange(12, dtype="uint8")), "must hold classes below 10, got 11 at 11"),
        ("train-labels-idx1-ubyte", b"<!DOCTYPE html>", "got b'<!DO'"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, name, content, message):
    write_parts(tmp_path, pack=False)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RuntimeError, match=message) as refused:
        MNIST(tmp_path)
    assert str(tmp_path / name) in str(refused.value)
    assert len(MNIST(tmp_path, train=False)) == 5  # the other part is well


def test_missing_files_are_named_with_both_ways_to_get_them(tmp_path):
    with pytest.raises(RuntimeError, match=r"MNIST: .* got no t10k-images-idx3-ubyte\(.gz\); pass download=True, or put .*MNIST.raw"):
        MNIST(tmp_path, train=False)
    write_parts(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(RuntimeError, match="got no train-labels-idx1-ubyte"):
        MNIST(tmp_path)


def test_normalised_batches(tmp_path):
    write_parts(tmp_path)
    data = MNIST(tmp_path)
    loader = DataLoader(data, batch_size=12, batch_transform=NormalizeImages(data.mean, data.std))
    images, labels = next(iter(loader))
    assert images.shape == (12, 1, 28, 28) and images.dtype == torch.float32 and labels.tolist() == data.targets.tolist()
    expected = (data.data.numpy()[:, None].astype("float32") / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081)
    np.testing.assert_array_equal(images.numpy(), expected)
