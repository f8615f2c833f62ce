import gzip
import hashlib
import io
import tarfile

import numpy as np
import pytest

import tinyreg as torch
from tests.data.servers import mirror
from tinyreg.data import CIFAR10, DataLoader, NormalizeImages

NAMES = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]


def records(count, seed):
    """Images (N, 32, 32, 3), classes, and the bytes of their file, written as the format's description says."""
    rng = np.random.default_rng(seed)
    images, labels = rng.integers(0, 256, (count, 32, 32, 3), dtype="uint8"), rng.integers(0, 10, count, dtype="uint8")
    content = b"".join(bytes([label]) + b"".join(image[:, :, c].tobytes() for c in range(3)) for image, label in zip(images, labels))
    return images, labels, content


PARTS = {name: records(3 + seed, seed) for seed, name in enumerate(NAMES)}


def write_folder(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, _, content) in PARTS.items():
        (folder / name).write_bytes(content)


def archive(names=NAMES):
    """The bytes of cifar-10-binary.tar.gz."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as files:
        for name in names:
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(PARTS[name][2])
            files.addfile(member, io.BytesIO(PARTS[name][2]))
    return packed.getvalue()


def check(root):
    train, test = CIFAR10(root), CIFAR10(root, train=False)
    np.testing.assert_array_equal(train.data, np.concatenate([PARTS[name][0] for name in NAMES[:5]]))
    assert train.targets == np.concatenate([PARTS[name][1] for name in NAMES[:5]]).tolist()
    np.testing.assert_array_equal(test.data, PARTS["test_batch.bin"][0])
    assert train.data.dtype == np.uint8 and type(train.targets[0]) is int and train.data.flags.c_contiguous and train.data.flags.writeable


@pytest.mark.parametrize("where", ["cifar-10-batches-bin", "."])
def test_the_unpacked_folder(tmp_path, where):
    write_folder(tmp_path / where)
    check(tmp_path)


def test_the_archive_as_it_is_downloaded(tmp_path):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(archive(NAMES[::-1]))
    check(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-binary.tar.gz"]  # nothing is unpacked to disk


def test_a_subset(tmp_path):
    images, labels, _ = PARTS["data_batch_1.bin"]
    np.savez(tmp_path / "cifar10_small.npz", x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1])
    for root in (tmp_path, tmp_path / "cifar10_small.npz"):
        data = CIFAR10(root)
        np.testing.assert_array_equal(data.data, images)
        assert data.targets == labels.tolist() and len(CIFAR10(root, train=False)) == 1 and data.classes[9] == "truck"


def test_examples_batches_and_normalised_batches(tmp_path):
    write_folder(tmp_path)
    data = CIFAR10(tmp_path)
    image, label = data[4]
    assert image.shape == (32, 32, 3) and image.dtype == np.uint8 and type(label) is int and label == data.targets[4]
    images, labels = data.batch(np.array([4, 0]))
    assert images.shape == (2, 32, 32, 3) and images.dtype == torch.uint8 and labels.tolist() == [data.targets[4], data.targets[0]]
    images, labels = next(iter(DataLoader(data, batch_size=6, batch_transform=NormalizeImages(data.mean, data.std))))
    assert images.shape == (6, 3, 32, 32) and images.dtype == torch.float32 and labels.dtype == torch.int64
    np.testing.assert_allclose(images[5, 1].numpy(), (data.data[5, :, :, 1] / 255 - 0.4822) / 0.2435, rtol=1e-5, atol=1e-6)


def test_labels_changed_in_place_are_those_of_the_batches(tmp_path):
    write_folder(tmp_path)
    data = CIFAR10(tmp_path)
    data.targets[0] = 9 - data.targets[0]
    assert data.batch([0])[1].item() == data[0][1] == data.targets[0]


def test_download(tmp_path, monkeypatch):
    pytest.importorskip("pooch", reason="pooch is not installed")
    content = archive()
    monkeypatch.setattr(CIFAR10, "checksum", "md5:" + hashlib.md5(content).hexdigest())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with mirror({"cifar-10-binary.tar.gz": content}) as server:
        monkeypatch.setattr(CIFAR10, "mirrors", (server.url("cifar-10-binary.tar.gz"),))
        CIFAR10(tmp_path / "new", download=True)
        CIFAR10(tmp_path / "new", train=False, download=True)
    assert len(server.asked) == 1
    check(tmp_path / "new")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data_batch_3.bin", PARTS["data_batch_3.bin"][2][:-1], "data_batch_3.bin must hold whole records of 3073 bytes, got 15364 bytes"),
        ("data_batch_3.bin", b"", "data_batch_3.bin must hold whole records of 3073 bytes, got 0 bytes"),
        ("data_batch_1.bin", b"\x0a" + bytes(3072), "must hold classes below 10, got 10 for image 0"),
        ("data_batch_2.bin", None, "must hold data_batch_1.bin, .*, got no data_batch_2.bin"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, message):
    write_folder(tmp_path)
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    with pytest.raises(RuntimeError, match=f"CIFAR10: .*{message}"):
        CIFAR10(tmp_path)
    assert len(CIFAR10(tmp_path, train=False)) == 8


PACKED = archive()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PACKED[:-5000], "must unpack as tar and gzip, got "),
        (PACKED[:-8] + bytes(8), "must unpack as tar and gzip, got CRC check failed"),
        (PACKED[:5000] + bytes([PACKED[5000] ^ 255]) + PACKED[5001:], "must unpack as tar and gzip, got "),
        (b"<html>", "must unpack as tar and gzip, got Not a gzipped file"),
        (gzip.compress(b"text" * 1000, mtime=0), "must unpack as tar and gzip, got "),
        (archive(NAMES[:2]), "must hold data_batch_1.bin, .*, got no data_batch_3.bin, data_batch_4.bin, data_batch_5.bin"),
    ],
)
def test_damaged_archives_are_named(tmp_path, content, message):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(content)
    with pytest.raises(RuntimeError, match=f"CIFAR10: .*cifar-10-binary.tar.gz.*{message}"):
        CIFAR10(tmp_path)


def test_missing_files_and_the_version_that_is_not_read(tmp_path):
    with pytest.raises(RuntimeError, match="CIFAR10: .* got none of them; pass download=True, or put https://.*tar.gz there"):
        CIFAR10(tmp_path)
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(RuntimeError, match="got none of them, but the python version, which is pickles and not read; pass"):
        CIFAR10(tmp_path)


def test_subsets_that_do_not_fit(tmp_path):
    np.savez(tmp_path / "cifar10_grey.npz", x_train=np.zeros((2, 32, 32), "uint8"), y_train=np.zeros(2, "int64"))
    with pytest.raises(RuntimeError, match=r"cifar10_grey.npz must hold uint8 images .*, got uint8 of shape \(2, 32, 32\)"):
        CIFAR10(tmp_path)
    (tmp_path / "cifar10_b.npz").write_bytes(b"")
    with pytest.raises(RuntimeError, match="must hold one subset, got cifar10_b.npz, cifar10_grey.npz"):
        CIFAR10(tmp_path)
