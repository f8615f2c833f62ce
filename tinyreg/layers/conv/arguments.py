"""What the doors of conv and conv_transpose ask of their arguments."""

from ...autograd import Tensor
from ...ops.dimension import integer
from ..geometry import check_input, per_axis

TAPS = {1: "K", 2: "K, L", 3: "J, K, L"}  # axes -> the spatial axes of a filter


def check_tensors(who, axes, input, weight, bias, groups, transposed=False):
    """Refuse tensors that are no filters for this input.

    Args:
        axes: 1 for signals, 2 for images, 3 for volumes.
        transposed: whether the input's channels are the weight's first axis, as in conv_transpose, or its second.
    """
    check_input(who, input, axes)
    x, shape = input.array, f"(C, O/groups, {TAPS[axes]})" if transposed else f"(O, C/groups, {TAPS[axes]})"
    for name, tensor, dims in (("weight", weight, axes + 2), ("bias", bias, 1)):
        if tensor is None and name == "bias":
            continue
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{who}: {name} must be a Tensor, got {type(tensor).__name__}; wrap it with tinyreg.tensor")
        if tensor.array.ndim != dims:
            must = shape if name == "weight" else "(O,)"
            raise RuntimeError(f"{who}: {name} must have shape {must}, got shape {tensor.array.shape}; reshape it")
        if tensor.array.dtype != x.dtype:
            raise RuntimeError(
                f"{who}: input and {name} must have one dtype, got {x.dtype} and {tensor.array.dtype}; "
                "convert the input, x.to(weight.dtype), or the model, model.double()"
            )
    if x.dtype.kind == "b":
        raise NotImplementedError(f"{who}: input must hold numbers, got dtype {x.dtype}; convert it with .float()")
    if integer(who, groups=groups) < 1:
        raise RuntimeError(f"{who}: groups must be a positive integer, got groups={groups}; 1 connects every filter with every channel")
    _check_channels(who, x, weight.array.shape, groups, transposed)
    filters = weight.array.shape[1] * groups if transposed else weight.array.shape[0]
    if bias is not None and bias.array.shape[0] != filters:
        raise RuntimeError(f"{who}: bias must hold one value a filter, {filters}, got shape {bias.array.shape}; build it for this weight")


def _check_channels(who, x, shape, groups, transposed):
    """Refuse numbers of channels and filters that do not fit together."""
    if min(shape[2:]) < 1 or shape[0] < 1:
        raise RuntimeError(f"{who}: weight must have filters with taps, got shape {shape}; only the channels of an input may be none")
    first = "channels" if transposed else "filters"
    if shape[0] % groups:
        raise RuntimeError(f"{who}: groups must divide the number of {first}, got groups={groups} and {shape[0]} {first}; take a divisor")
    channels, wanted = x.shape[1 - len(shape)], shape[0] if transposed else shape[1] * groups
    if channels != wanted:
        raise RuntimeError(
            f"{who}: input must have {wanted} channels (weight of shape {shape}, groups={groups}), "
            f"got {channels} in input of shape {x.shape}; the channels are dimension {1 - len(shape)}"
        )


def sides(who, padding, kernel, stride, dilation, error=RuntimeError):
    """Padding (before, behind) for each axis from what the user writes; `error` is what is raised for a name that fails.

    Example:
        >>> sides("conv2d", "same", kernel=(3, 4), stride=(1, 1), dilation=(1, 1))
        ((1, 1), (1, 2))
    """
    if not isinstance(padding, str):
        return tuple([(p, p) for p in per_axis(who, "padding", padding, 0, len(kernel))])
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same":
        raise error(f"{who}: padding must be integers, 'same' or 'valid', got padding={padding!r}; write padding=0 for none")
    if max(stride) > 1:
        raise error(f"{who}: padding='same' must go with stride 1, got stride={stride}; give the padding in pixels")
    missing = [d * (k - 1) for d, k in zip(dilation, kernel)]
    return tuple([(m // 2, m - m // 2) for m in missing])
