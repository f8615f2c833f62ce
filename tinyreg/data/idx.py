"""IDX: the file format of MNIST, an array behind a header of a few numbers.

    two zero bytes, one byte for the type, one for the number d of dimensions
    d sizes, each a big-endian integer of 4 bytes
    the elements, big-endian, the last dimension running fastest

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"  # what every gzip file begins with, whatever it is called
ADVICE = "the file is damaged or something else: delete it and get it again"


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array of an IDX file, packed with gzip or not (its first bytes decide, not its name).

    The header must fit the length to the byte; gzip's own checksum is verified, too.

    Args:
        path: of the file.

    Returns:
        A writable array in host memory, in the machine's byte order.

    Raises:
        RuntimeError: the file is truncated, damaged, too long, or no IDX file; it is named, with what was expected
            and what was found.
        OSError: it cannot be opened.

    Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "File formats".

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "labels-idx1-ubyte")
        ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
        ...     read_idx(path).tolist()
        [5, 0, 4]
    """
    content = Path(path).read_bytes()
    if content.startswith(GZIP):
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise RuntimeError(f"read_idx: {path} must unpack as gzip, got {error}; {ADVICE}") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise RuntimeError(
            f"read_idx: {path} must begin with two zero bytes, a type of {sorted(TYPES)} and the number of dimensions, "
            f"got {content[:4]!r}; {ADVICE}"
        )
    dtype, dimensions = np.dtype(TYPES[content[2]]), content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise RuntimeError(
            f"read_idx: {path} must begin with a header of {start} bytes for {dimensions} dimensions, got {len(content)} bytes; {ADVICE}"
        )
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        sizes = " x ".join(map(str, shape))
        raise RuntimeError(
            f"read_idx: {path} must hold {expected} bytes, {start} of header and {sizes} elements of {dtype.itemsize}, "
            f"got {len(content)}; {ADVICE}"
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
