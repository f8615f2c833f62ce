"""How a Tensor prints: PyTorch's format, digit for digit.

    tensor([[1.0000, 2.5000]], grad_fn=<MulBackward0>)

A dtype is printed where the values do not show it: not float32 (or what set_default_dtype chose), int64 and bool. It is
written as one writes it, `dtype=tinyreg.float64`; so much differs from PyTorch's `dtype=torch.float64`.
"""

import math
from typing import Any

import numpy as np

from ..backend import get_default_dtype, to_numpy

PRECISION = 4  # digits behind the point
THRESHOLD = 1000  # tensors of more elements are shortened ...
EDGE = 3  # ... to so many at each end of a dimension
WIDTH = 80  # of a line


def tensor_repr(tensor):
    """The text of a tensor.

    Example:
        >>> import tinyreg
        >>> print(tensor_repr(tinyreg.tensor([1.0, 1e-8, float("inf")], requires_grad=True)))
        tensor([1.0000e+00, 1.0000e-08,        inf], requires_grad=True)
        >>> print(tensor_repr(tinyreg.zeros(0, 3)))
        tensor([], size=(0, 3))
    """
    array = to_numpy(tensor.array)
    about = []
    if array.size == 0:
        text = "[]"
        if array.ndim != 1:
            about.append(f"size={tuple(array.shape)}")
        evident = array.dtype == get_default_dtype()
    else:
        summarize = array.size > THRESHOLD
        text = _nested(array, len("tensor("), summarize, *_formatter(_shown(array) if summarize else array))
        evident = array.dtype in (get_default_dtype(), np.int64, np.bool_)
    if not evident:
        about.append(f"dtype=tinyreg.{array.dtype}")
    if tensor.grad_fn is not None:
        about.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        about.append("requires_grad=True")
    return tensor.repr_prefix + _with(about, "tensor(" + text) + ")"


def _formatter(values):
    """A function from a number to its text, and the width that all of these texts have."""
    write: Any = str
    if values.dtype.kind != "f":
        width = max(len(str(x)) for x in values.ravel().tolist())
    else:
        values = values.astype(np.float64).ravel()
        values = values[np.isfinite(values) & (values != 0)]
        size = np.abs(values)
        integral = bool((values == np.ceil(values)).all())
        scientific = values.size > 0 and bool(size.max() / size.min() > 1000 or size.max() > 1e8 or size.min() < 1e-4)
        if scientific:
            write = f"{{:.{PRECISION}e}}".format
        elif integral:
            write = _whole
        else:
            write = f"{{:.{PRECISION}f}}".format
        width = max((len(write(x)) for x in values.tolist()), default=1)
    return lambda x: write(x).rjust(width), width


def _whole(x):
    """A float without digits behind the point: the point says that it is one."""
    return f"{x:.0f}." if math.isfinite(x) else f"{x:.0f}"


def _shown(array):
    """The elements that a shortened text shows."""
    for axis in range(array.ndim):
        if array.shape[axis] > 2 * EDGE:
            ends = [*range(EDGE), *range(array.shape[axis] - EDGE, array.shape[axis])]
            array = array.take(ends, axis=axis)
    return array


def _nested(array, indent, summarize, write, width):
    """Brackets in brackets, each dimension indented by one more."""
    if array.ndim == 0:
        return write(array.item())
    cut = summarize and len(array) > 2 * EDGE
    if array.ndim == 1:
        items = [write(x) for x in (_shown(array) if cut else array).tolist()]
        if cut:
            items.insert(EDGE, " ...")
        per_line = max(1, (WIDTH - indent) // (width + 2))
        rows = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(rows) + "]"
    parts = [_nested(part, indent + 1, summarize, write, width) for part in (_shown_parts(array) if cut else array)]
    if cut:
        parts.insert(EDGE, "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _shown_parts(array):
    return [*array[:EDGE], *array[-EDGE:]]


def _with(about, text):
    """Append the remarks, on a new line where the last one would become too long."""
    length = len(text) - text.rfind("\n") + 1
    for remark in about:
        if length + len(remark) + 2 > WIDTH:
            text += ",\n" + " " * len("tensor(") + remark
            length = len("tensor(") + len(remark)
        else:
            text += ", " + remark
            length += len(remark) + 2
    return text
