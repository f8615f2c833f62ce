"""Small IDX files for the tests, written as the format's description says."""

import gzip
import struct

import numpy as np

TYPES = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}


def idx_bytes(array):
    """The IDX file of an array."""
    header = bytes([0, 0, TYPES[str(array.dtype)], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_parts(folder, train=12, test=5, pack=True, seed=0):
    """The four files of a small MNIST; returns {file name without .gz: array}."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    arrays = {}
    for part, count in (("train", train), ("t10k", test)):
        arrays[f"{part}-images-idx3-ubyte"] = rng.integers(0, 256, (count, 28, 28), dtype="uint8")
        arrays[f"{part}-labels-idx1-ubyte"] = (np.arange(count) * 7 % 10).astype("uint8")
    for name, array in arrays.items():
        content = idx_bytes(array)
        (folder / (name + ".gz" * pack)).write_bytes(gzip.compress(content) if pack else content)
    return arrays
