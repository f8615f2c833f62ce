"""save and load: safetensors files, whatever their suffix, and never a pickle.

A pickle runs code when it is read; a safetensors file holds numbers only. A flat dict of Tensors is such a file under
its own names, which PyTorch and every other framework can read. Nested dicts and lists with numbers, strings and None
(the usual {'epoch': 3, 'model': ..., 'optimizer': ...}) are the same file, with the nesting as JSON in its metadata.

A file is written under a temporary name beside its place, flushed to the disk, and renamed: after a crash there is the
old file or the new one, never half of one. A checksum of everything in it stands in the metadata, so that a bit that
turned on the disk is found out when the file is read, not by what a model does with it.
"""

import errno
import glob
import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

import numpy as np

from . import backend
from .autograd import Tensor
from .autograd.tensor import wrap
from .device import check
from .types import Device

_SKELETON = "tinyreg"  # the key of the nesting in the file's metadata
_CHECKSUM = "tinyreg.crc32"


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write Tensors, and what is nested around them, to a file.

    Args:
        obj: a Tensor, or dicts, lists and tuples of Tensors, numbers, strings and None.
        f: a path, or an object with write().

    Raises:
        TypeError: something else is inside; it is named with its place.

    Example:
        >>> import io, tinyreg
        >>> file = io.BytesIO()
        >>> tinyreg.save({"w": tinyreg.ones(2)}, file)
        >>> _ = file.seek(0)
        >>> tinyreg.load(file)
        {'w': tensor([1., 1.])}
    """
    data = to_bytes(obj)
    if hasattr(f, "write"):
        f.write(data)
    else:
        write_atomically(f, data)


def write_atomically(path, data, before=None):
    """Write bytes, or text in UTF-8, to a path so that it holds the old content or the new at every instant.

    Args:
        path: where to.
        data: what.
        before: called without arguments when the new content is on the disk, just before it takes the place of the old.
    """
    path = os.path.abspath(os.fspath(path))
    handle, temporary = tempfile.mkstemp(prefix=os.path.basename(path) + ".", suffix=".part", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        if before is not None:
            before()
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # what went wrong first is what has to be told
            os.unlink(temporary)
        raise


ADVICE = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within your quota",
    errno.EFBIG: "raise the limit on the size of files",
    errno.EACCES: "choose a folder in which you may write",
    errno.EPERM: "choose a folder in which you may write",
    errno.EROFS: "choose a folder in which you may write",
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "make its folder first",
    errno.EISDIR: "give the path of a file, not of a folder",
}


def advice(error: OSError) -> str:
    """What to do about a file that could not be written.

    Example:
        >>> advice(OSError(errno.ENOSPC, "No space left on device"))
        'make room on the disk'
    """
    return ADVICE.get(error.errno or 0, "look at the disk")


def remove_left_over(folder, name="*"):
    """Remove what a killed process had begun to write: the files that write_atomically had not renamed yet.

    Args:
        folder: where.
        name: of the file that was to be written; "*" is any.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open(f"{folder}/run.ckpt.abcd1234.part", "w").close()
        ...     remove_left_over(folder)
        ...     os.listdir(folder)
        []
    """
    name = name if name == "*" else glob.escape(name)
    for path in glob.glob(f"{name}.????????.part", root_dir=folder):
        with suppress(OSError):
            os.unlink(os.path.join(folder, path))


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def to_bytes(obj):
    """The content of the file that save writes."""
    from safetensors.numpy import save as to_safetensors

    tensors = {}
    skeleton = json.dumps(_describe(obj, "", tensors))  # of a flat dict, the order of its names: the format sorts them
    metadata = {"format": "pt", _SKELETON: skeleton, _CHECKSUM: str(_checksum(skeleton, tensors))}
    return to_safetensors(tensors, metadata=metadata)


def _checksum(skeleton, arrays):
    """CRC-32 over the nesting and the arrays by name; it finds every error of up to 32 bits in a row."""
    checksum = zlib.crc32(skeleton.encode())
    for name in sorted(arrays):
        array = arrays[name]
        checksum = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), checksum)
        checksum = zlib.crc32(array.reshape(-1).view(np.uint8), checksum)
    return checksum


def _plain(tensor):
    # safetensors writes wrong bytes for arrays that are not in C order, without a word
    return np.asarray(backend.to_numpy(tensor.array), order="C")


def _describe(obj, place, tensors):
    """The nesting as JSON values; Tensors go to `tensors` under the name of their place."""
    if obj is None or isinstance(obj, (bool, str)):
        return obj
    if isinstance(obj, np.generic):
        obj = obj.item()
    if isinstance(obj, (int, float)):
        return obj
    if isinstance(obj, Tensor):
        name = place or "tensor"
        while name in tensors:  # two places may read the same, such as the keys 0 and '0'
            name += "_"
        tensors[name] = _plain(obj)
        return {"tensor": name}
    inside = f"{place}." if place else ""
    if isinstance(obj, Mapping):
        for key in obj:
            if not isinstance(key, (str, int, float, bool)) and key is not None:
                raise TypeError(f"save: keys must be strings or numbers, got {key!r} in {place or 'the object'}; rename it")
        return {"dict": [[key, _describe(value, f"{inside}{key}", tensors)] for key, value in obj.items()]}
    if isinstance(obj, (list, tuple)):
        kind = "list" if isinstance(obj, list) else "tuple"
        return {kind: [_describe(value, f"{inside}{i}", tensors) for i, value in enumerate(obj)]}
    raise TypeError(
        f"save: what is saved must be Tensors, dicts, lists, numbers, strings or None, got {type(obj).__name__} at "
        f"{place or 'the top'}; save model.state_dict() instead of a model, .tolist() instead of an array"
    )


def load(f: str | os.PathLike[str] | IO[bytes], map_location: Device = None, weights_only: bool = True) -> Any:
    """Read what save wrote, or any safetensors file.

    Args:
        f: a path, or an object with read().
        map_location: accepted where it names the current backend's device; arrays are always born there.
        weights_only: nothing but numbers is ever read; False is accepted and changes nothing.

    Returns:
        The object that was saved; of a file that another framework wrote, a dict of Tensors.

    Raises:
        RuntimeError: the file is a pickle (PyTorch's own format), damaged, or of another kind.

    Example:
        >>> import tinyreg
        >>> import io
        >>> file = io.BytesIO()
        >>> tinyreg.save({"w": tinyreg.ones(2), "epoch": 3}, file)
        >>> _ = file.seek(0)
        >>> tinyreg.load(file)
        {'w': tensor([1., 1.]), 'epoch': 3}
    """
    if map_location is not None and not callable(map_location):
        check(map_location)
    if hasattr(f, "read"):
        data, name = f.read(), getattr(f, "name", "the file")
    else:
        name = os.fspath(f)
        with open(f, "rb") as file:
            data = file.read()
    # a safetensors file opens with the length of its header, whose low byte may be 0x80, too; then comes a brace
    if data[8:9] != b"{" and (data[:2] == b"PK" or data[:1] == b"\x80"):
        raise RuntimeError(
            f"load: {name} must be a safetensors file, got a pickle (PyTorch's own format), which can run code when it is read; "
            "where it was made, write it with safetensors.torch.save_file(model.state_dict(), path)"
        )
    arrays, metadata = _parse(data, name)
    tensors = {key: wrap(backend.asarray(array)) for key, array in arrays.items()}
    if _SKELETON not in metadata:
        return tensors
    return _rebuild(json.loads(metadata[_SKELETON]), tensors)


def _parse(data, name):
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_safetensors

    try:
        arrays = from_safetensors(data)
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
    except (SafetensorError, KeyError, ValueError) as error:
        raise RuntimeError(
            f"load: {name} must be a safetensors file, got {len(data)} bytes that are not ({error}); it may be damaged or cut off"
        ) from None
    metadata = header.pop("__metadata__", {})
    if _CHECKSUM in metadata and metadata[_CHECKSUM] != str(checksum := _checksum(metadata.get(_SKELETON, ""), arrays)):
        raise RuntimeError(
            f"load: {name} must hold what was written, got content of checksum {checksum} where {metadata[_CHECKSUM]} is noted; "
            "it is damaged, take another copy"
        )
    order = sorted(header, key=lambda key: header[key]["data_offsets"])
    return {key: arrays[key].copy() for key in order}, metadata  # the arrays that safetensors returns are read-only


def _rebuild(node, tensors):
    if not isinstance(node, dict):
        return node
    ((kind, content),) = node.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {key: _rebuild(value, tensors) for key, value in content}
    items = [_rebuild(value, tensors) for value in content]
    return items if kind == "list" else tuple(items)
