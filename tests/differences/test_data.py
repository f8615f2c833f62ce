"""Data and training: where tinyreg does not do what PyTorch and torchvision do."""

import os

import numpy as np
import pytest

import tinyreg
from tests.data.idx_files import write_parts


class Drawn:
    """Examples that draw a number."""

    def __init__(self, t):
        self.t = t

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return self.t.rand(())


class Processes(Drawn):
    """Examples that tell who gathered them."""

    def __getitem__(self, index):
        return os.getpid()


def gatherers(t):
    return {pid for batch in t.utils.data.DataLoader(Processes(t), num_workers=1) for pid in batch.tolist()}


def test_workers():
    assert gatherers(tinyreg) == {os.getpid()}


def test_workers_in_pytorch(torch):
    assert os.getpid() not in gatherers(torch)


def drawn(t, workers):
    t.manual_seed(0)
    return [batch.item() for batch in t.utils.data.DataLoader(Drawn(t), num_workers=workers)]


def test_chance_of_examples():
    assert drawn(tinyreg, 0) == drawn(tinyreg, 2)


def test_chance_of_examples_in_pytorch(torch):
    assert drawn(torch, 0) != drawn(torch, 2)


def read_from_the_front(t):
    class Counted(t.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(3))

    return sorted(batch.item() for batch in t.utils.data.DataLoader(Counted(), num_workers=2))


def test_workers_without_an_index():
    assert read_from_the_front(tinyreg) == [0, 1, 2]


def test_workers_without_an_index_in_pytorch(torch):
    assert read_from_the_front(torch) == [0, 0, 1, 1, 2, 2]


def transformed(t):
    return [batch.tolist() for batch in t.utils.data.DataLoader([1, 2, 3], 2, batch_transform=lambda batch: batch * 10)]


def test_transforms_of_batches():
    assert transformed(tinyreg) == [[10, 20], [30]]


def test_transforms_of_batches_in_pytorch(torch):
    with pytest.raises(TypeError, match="batch_transform"):
        transformed(torch)


def resumed(t):
    """What is left of a pass that is broken off after one batch and taken up by another loader."""
    loaders = [t.utils.data.DataLoader([1, 2, 3, 4, 5], 2) for _ in range(2)]
    next(iter(loaders[0]))
    loaders[1].load_state_dict(loaders[0].state_dict())
    return [batch.tolist() for batch in loaders[1]]


def test_positions_in_a_pass():
    assert resumed(tinyreg) == [[3, 4], [5]]


def test_positions_in_a_pass_in_pytorch(torch):
    with pytest.raises(AttributeError, match="state_dict"):
        resumed(torch)


def batch_of_numbers(t):
    return t.utils.data.default_collate([1.5, 2.5]).dtype


def test_batches_of_numbers():
    assert batch_of_numbers(tinyreg) == tinyreg.float32


def test_batches_of_numbers_in_pytorch(torch):
    assert batch_of_numbers(torch) == torch.float64


def settings_of_no_workers(t):
    return len(t.utils.data.DataLoader([1, 2], prefetch_factor=2, persistent_workers=True))


def test_settings_of_no_workers():
    assert settings_of_no_workers(tinyreg) == 2


def test_settings_of_no_workers_in_pytorch(torch):
    with pytest.raises(ValueError, match="prefetch_factor"):
        settings_of_no_workers(torch)


def test_datasets_of_nothing():
    with pytest.raises(ValueError, match="there must be a tensor, got none"):
        tinyreg.utils.data.TensorDataset()


def test_datasets_of_nothing_in_pytorch(torch):
    with pytest.raises(IndexError):
        len(torch.utils.data.TensorDataset())


def test_images(tmp_path):
    arrays = write_parts(tmp_path / "MNIST" / "raw", pack=False)
    image, label = tinyreg.datasets.MNIST(tmp_path)[3]
    np.testing.assert_array_equal(image, arrays["train-images-idx3-ubyte"][3])
    assert type(image) is np.ndarray and type(label) is int


def test_images_in_pytorch(torchvision, tmp_path):
    arrays = write_parts(tmp_path / "MNIST" / "raw", pack=False)
    image, label = torchvision.datasets.MNIST(tmp_path)[3]
    np.testing.assert_array_equal(np.asarray(image), arrays["train-images-idx3-ubyte"][3])
    assert type(image).__module__ == "PIL.Image" and type(label) is int


def test_files_of_cifar10(tmp_path):
    record = bytes([6]) + bytes(range(256)) * 12  # a class and 3 * 32 * 32 pixels
    (tmp_path / "test_batch.bin").write_bytes(record)
    data = tinyreg.datasets.CIFAR10(tmp_path, train=False)
    assert data.targets == [6] and data.data.shape == (1, 32, 32, 3)


def test_files_of_cifar10_in_pytorch(torchvision):
    CIFAR10 = torchvision.datasets.CIFAR10
    assert (CIFAR10.filename, CIFAR10.base_folder) == ("cifar-10-python.tar.gz", "cifar-10-batches-py")


def test_penalties():
    model = tinyreg.nn.Linear(2, 1)
    expected = 0.5 / 2 * (model.weight**2).sum().item()
    assert tinyreg.regularization.l2_penalty(model, 0.5).item() == pytest.approx(expected)


def test_penalties_in_pytorch(torch):
    assert not hasattr(torch, "regularization")


def test_the_training_loop():
    model = tinyreg.nn.Linear(1, 1)
    data = tinyreg.utils.data.DataLoader(tinyreg.utils.data.TensorDataset(tinyreg.ones(4, 1), tinyreg.zeros(4, 1)), 2)
    optimizer = tinyreg.optim.SGD(model.parameters(), lr=0.1)
    history = tinyreg.training.fit(model, data, loss=tinyreg.nn.functional.mse_loss, optimizer=optimizer, epochs=2, progress=False)
    assert len(history["loss"]) == 2 and history["loss"][1] < history["loss"][0]


def test_the_training_loop_in_pytorch(torch):
    assert not hasattr(torch, "training")
