import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, NpzImages

X = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), dtype="uint8")
Y = np.array([0, 1, 2, 1, 0, 3])


def write(path, **arrays):
    np.savez(path, **{"x_train": X, "y_train": Y, "x_test": X[:2], "y_test": Y[:2]} | arrays)
    return path


def test_both_parts_of_a_file(tmp_path):
    path = write(tmp_path / "small.npz", y_test=np.array([[3], [1]], dtype="uint8"))
    train, test = NpzImages(path), NpzImages(str(path), train=False, classes=["a", "b", "c", "d"])
    np.testing.assert_array_equal(train.data, X)
    assert train.targets == [0, 1, 2, 1, 0, 3] and test.targets == [3, 1] and train.classes == ["0", "1", "2", "3"]
    image, label = test[0]
    np.testing.assert_array_equal(image, X[0])
    assert test.classes[label] == "d" and test.class_to_idx == {"a": 0, "b": 1, "c": 2, "d": 3}
    images, labels = next(iter(DataLoader(train, batch_size=6)))
    assert images.dtype == torch.uint8 and labels.dtype == torch.int64 and labels.tolist() == train.targets


def test_grey_and_floating_point_images_and_compressed_files(tmp_path):
    np.savez_compressed(tmp_path / "grey.npz", x_train=X[..., 0] / 255, y_train=Y)
    data = NpzImages(tmp_path / "grey.npz")
    assert data[0][0].shape == (5, 4) and data[0][0].dtype == np.float64


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": X[0, 0]}, r"x_train in .*small.npz must have shape .* got \(4, 3\)"),
        ({"y_train": Y[:5]}, r"y_train in .*small.npz must be 6 integers, one an image, got int64 of shape \(5,\)"),
        ({"y_train": Y / 2}, "got float64 of shape"),
        ({"y_train": Y - 1}, "must hold classes from 0 on, got -1"),
        ({"y_train": np.array([None] * 6)}, "small.npz must be a whole .npz file of arrays, got Object arrays cannot be loaded"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path, arrays, message):
    with pytest.raises(RuntimeError, match=message):
        NpzImages(write(tmp_path / "small.npz", **arrays))


def test_files_that_are_something_else_are_named(tmp_path):
    path = tmp_path / "file.npz"
    whole = write(tmp_path / "whole.npz").read_bytes()
    middle = len(whole) // 4
    for content in (b"", b"<html>", whole[:-100], whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]):
        path.write_bytes(content)
        with pytest.raises(RuntimeError, match="file.npz must be a whole .npz file of arrays, got "):
            NpzImages(path)
    with open(path, "wb") as file:
        np.save(file, X)
    with pytest.raises(RuntimeError, match="must hold x_train and y_train, got one array without a name; write it"):
        NpzImages(path)
    np.savez(path, images=X)
    with pytest.raises(RuntimeError, match=r"file.npz must hold x_test and y_test, got \['images'\]; write it with numpy.savez"):
        NpzImages(path, train=False)
    with pytest.raises(FileNotFoundError):
        NpzImages(tmp_path / "nothing.npz")


def test_every_class_needs_its_name(tmp_path):
    with pytest.raises(RuntimeError, match="must hold classes below 2, one for each name, got 3"):
        NpzImages(write(tmp_path / "small.npz"), classes=["a", "b"])
