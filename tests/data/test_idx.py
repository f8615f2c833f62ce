import gzip
import struct

import numpy as np
import pytest

from tinyreg.data import read_idx


def write(path, array, code, order=">"):
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(array.dtype.newbyteorder(order)).tobytes())
    return path


def test_a_file_by_hand(tmp_path):
    """2 x 3 numbers of 2 bytes, big-endian: every byte of the file stands here."""
    path = tmp_path / "numbers"
    path.write_bytes(bytes([0, 0, 0x0B, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 0, 2, 1, 0, 255, 255, 0, 0, 127, 255]))
    numbers = read_idx(path)
    assert numbers.tolist() == [[1, 2, 256], [-1, 0, 32767]] and numbers.dtype == np.int16 and numbers.dtype.isnative
    numbers[0, 0] = 5  # the array belongs to the caller


@pytest.mark.parametrize(
    ("dtype", "code"), [("uint8", 0x08), ("int8", 0x09), ("int16", 0x0B), ("int32", 0x0C), ("float32", 0x0D), ("float64", 0x0E)]
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_type_of_the_format(tmp_path, dtype, code, packed):
    array = (np.arange(24).reshape(2, 3, 4) * 5 - 7 * (dtype != "uint8")).astype(dtype)
    path = write(tmp_path / "array", array, code)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    read = read_idx(path)
    np.testing.assert_array_equal(read, array)
    assert read.dtype == dtype


def test_no_elements_and_no_dimensions(tmp_path):
    assert read_idx(write(tmp_path / "a", np.zeros((0, 28, 28), "uint8"), 8)).shape == (0, 28, 28)
    assert read_idx(write(tmp_path / "b", np.array(7, "uint8"), 8)) == 7


WHOLE = bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with two zero bytes.* got b''"),
        (b"<html>not found</html>", "must begin with two zero bytes.* got b'<htm'"),
        (bytes([0, 0, 7, 1]), r"got b'\\x00\\x00\\x07\\x01'"),
        (WHOLE[:6], "must begin with a header of 8 bytes for 1 dimensions, got 6 bytes"),
        (WHOLE[:-1], "must hold 11 bytes, 8 of header and 3 elements of 1, got 10"),
        (WHOLE + b"x", "must hold 11 bytes, 8 of header and 3 elements of 1, got 12"),
        (gzip.compress(WHOLE, mtime=0)[:-9], "must unpack as gzip, got Compressed file ended"),
        (gzip.compress(WHOLE, mtime=0)[:-8] + bytes(8), "must unpack as gzip, got CRC check failed"),
        (gzip.compress(WHOLE, mtime=0)[:10] + b"\xff\xff" + gzip.compress(WHOLE, mtime=0)[12:], "must unpack as gzip, got "),
        (gzip.compress(WHOLE, mtime=0) + b"rest", "must unpack as gzip, got Not a gzipped file"),
        (gzip.compress(WHOLE[:-1], mtime=0), "got 10"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "damaged-file"
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match=f"read_idx: .*damaged-file.*{message}") as refused:
        read_idx(path)
    assert "delete it and get it again" in str(refused.value)


def test_a_size_beyond_memory_is_no_reason_to_ask_for_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes([0, 0, 14, 3]) + b"\xff" * 12)
    with pytest.raises(RuntimeError, match="must hold 6338252996.* got 16"):
        read_idx(path)


def test_a_missing_file_is_the_systems_to_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        read_idx(tmp_path / "nothing-here")
