"""How a Tensor prints: PyTorch's format, digit for digit.

    tensor([[1.0000, 2.5000]], grad_fn=<MulBackward0>)

A dtype is printed where the values do not show it: not float32 (or what set_default_dtype chose), int64 and bool. It is
written as one writes it, `dtype=tinyreg.float64`; so much differs from PyTorch's `dtype=torch.float64`.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backend import get_default_dtype, to_numpy


@dataclass
class _Options:
    precision: int = 4  # digits behind the point
    threshold: float = 1000  # tensors of more elements are shortened ...
    edgeitems: int = 3  # ... to so many at each end of a dimension
    linewidth: int = 80
    sci_mode: bool | None = None  # powers of ten always, never, or where the numbers ask for them


_PROFILES = {
    "default": _Options(),
    "short": _Options(precision=2, edgeitems=2),
    "full": _Options(threshold=math.inf),
}
_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors print; what is left out stays as it is, but for sci_mode, which is chosen anew each time.

    Args:
        precision: digits behind the point (4 at first).
        threshold: a tensor of more elements is shortened (1000).
        edgeitems: to so many at each end of a dimension (3).
        linewidth: characters a line (80).
        profile: "default", "short" or "full": where to begin.
        sci_mode: True writes powers of ten, False never; None where the numbers differ much.

    Raises:
        ValueError: another profile.

    Example:
        >>> import tinyreg
        >>> set_printoptions(precision=2)
        >>> tinyreg.tensor([0.125, 1000.0])
        tensor([1.25e-01, 1.00e+03])
        >>> set_printoptions(sci_mode=False)
        >>> tinyreg.tensor([0.125, 1000.0])
        tensor([   0.12, 1000.00])
        >>> set_printoptions(profile="default")
    """
    global _options
    if profile is not None and profile.lower() not in _PROFILES:
        raise ValueError(f"set_printoptions: profile must be one of {', '.join(_PROFILES)}, got {profile!r}; choose one")
    begin = _options if profile is None else replace(_PROFILES[profile.lower()], linewidth=_options.linewidth)
    given: dict[str, Any] = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _options = replace(begin, sci_mode=sci_mode, **{name: value for name, value in given.items() if value is not None})


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
        summarize = array.size > _options.threshold
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
        if scientific if _options.sci_mode is None else _options.sci_mode:
            write = f"{{:.{_options.precision}e}}".format
        elif integral:
            write = _whole
        else:
            write = f"{{:.{_options.precision}f}}".format
        width = max((len(write(x)) for x in values.tolist()), default=1)
    return lambda x: write(x).rjust(width), width


def _whole(x):
    """A float without digits behind the point: the point says that it is one."""
    return f"{x:.0f}." if math.isfinite(x) else f"{x:.0f}"


def _shown(array):
    """The elements that a shortened text shows."""
    for axis in range(array.ndim):
        if array.shape[axis] > 2 * _options.edgeitems:
            ends = [*range(_options.edgeitems), *range(array.shape[axis] - _options.edgeitems, array.shape[axis])]
            array = array.take(ends, axis=axis)
    return array


def _nested(array, indent, summarize, write, width):
    """Brackets in brackets, each dimension indented by one more."""
    if array.ndim == 0:
        return write(array.item())
    cut = summarize and len(array) > 2 * _options.edgeitems
    if array.ndim == 1:
        items = [write(x) for x in (_shown(array) if cut else array).tolist()]
        if cut:
            items.insert(_options.edgeitems, " ...")
        per_line = max(1, (_options.linewidth - indent) // (width + 2))
        rows = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(rows) + "]"
    parts = [_nested(part, indent + 1, summarize, write, width) for part in (_shown_parts(array) if cut else array)]
    if cut:
        parts.insert(_options.edgeitems, "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _shown_parts(array):
    return [*array[: _options.edgeitems], *array[-_options.edgeitems :]]


def _with(about, text):
    """Append the remarks, on a new line where the last one would become too long."""
    length = len(text) - text.rfind("\n") + 1
    for remark in about:
        if length + len(remark) + 2 > _options.linewidth:
            text += ",\n" + " " * len("tensor(") + remark
            length = len("tensor(") + len(remark)
        else:
            text += ", " + remark
            length += len(remark) + 2
    return text
