"""conv2d and Conv2d: the doors to convolution.py."""

import math

from ... import init
from ...autograd import Tensor
from ...module import Module
from ...ops.creation import empty
from ...parameter import Parameter
from ..geometry import check_images, out_size, pair
from .convolution import Conv2dFunction, Geometry


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide filters over images: each output pixel is a weighted sum of the window under it.

    Args:
        input: images.
        weight: the filters.
        bias: a value a filter, added to its output, or None.
        stride: pixels from one window to the next, at least 1; an integer or (vertical, horizontal), as all of these.
        padding: zeros around the images, at least 0; "valid" is 0, "same" as many as keep the size (stride 1; the odd one
            goes below and to the right).
        dilation: pixels from one tap of a window to the next, at least 1: 1 for a window without holes.
        groups: cuts channels and filters into groups that do not see each other; in_channels of them: each channel alone.

    Shape:
        input (N, C, H, W) or (C, H, W), weight (O, C/groups, K, L), bias (O,), output (N, O, P, Q) or (O, P, Q) with
        P = floor((H + 2 padding - dilation (K - 1) - 1) / stride) + 1, and Q likewise.

    Returns:
        The output, in memory with its channels last where elementwise operations keep that.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, settings out of range, a kernel larger than the padded input.
        TypeError: settings that are not integers, arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[[1.0, 2.0, 4.0, 8.0]]])
        >>> difference = tinyreg.tensor([[[[-1.0, 1.0]]]])
        >>> conv2d(x, difference)
        tensor([[[1., 2., 4.]]])
    """
    who = "conv2d"
    check_images(who, input)
    _check_weight(who, input, weight, bias, groups)
    kernel = weight.array.shape[2:]
    stride = pair(who, "stride", stride, least=1)
    dilation = pair(who, "dilation", dilation, least=1)
    padding = _sides(who, padding, kernel, stride, dilation)
    out_size(who, input.array.shape[-2:], kernel, stride, padding, dilation)
    return Conv2dFunction.apply(input, weight, bias, geometry=Geometry(stride, padding, dilation), groups=groups)


def _check_weight(who, input, weight, bias, groups):
    for name, tensor, dims in (("weight", weight, "(O, C/groups, K, L)"), ("bias", bias, "(O,)")):
        if tensor is None and name == "bias":
            continue
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{who}: {name} must be a Tensor, got {type(tensor).__name__}; wrap it with tinyreg.tensor")
        if tensor.array.ndim != dims.count(",") + (name == "weight"):
            raise RuntimeError(f"{who}: {name} must have shape {dims}, got shape {tensor.array.shape}; reshape it")
        if tensor.array.dtype != input.array.dtype:
            raise RuntimeError(
                f"{who}: input and {name} must have one dtype, got {input.array.dtype} and {tensor.array.dtype}; "
                "convert the input, x.to(weight.dtype), or the model, model.double()"
            )
    if not isinstance(groups, int) or groups < 1:
        raise RuntimeError(f"{who}: groups must be a positive integer, got groups={groups}; 1 connects every filter with every channel")
    channels, filters = input.array.shape[-3], weight.array.shape[0]
    if filters % groups:
        raise RuntimeError(f"{who}: groups must divide the number of filters, got groups={groups} and {filters} filters; take a divisor")
    if channels != weight.array.shape[1] * groups:
        raise RuntimeError(
            f"{who}: input must have {weight.array.shape[1] * groups} channels (weight of shape {weight.array.shape}, groups={groups}), "
            f"got {channels} in input of shape {input.array.shape}; the channels are dimension -3"
        )
    if bias is not None and bias.array.shape[0] != filters:
        raise RuntimeError(f"{who}: bias must hold one value a filter, {filters}, got shape {bias.array.shape}; build it for this weight")


def _sides(who, padding, kernel, stride, dilation):
    """((top, bottom), (left, right)) from what the user writes as padding."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in pair(who, "padding", padding, least=0))
    if padding == "valid":
        return ((0, 0), (0, 0))
    if padding != "same":
        raise RuntimeError(f"{who}: padding must be integers, 'same' or 'valid', got padding={padding!r}; write padding=0 for none")
    if stride != (1, 1):
        raise RuntimeError(f"{who}: padding='same' must go with stride 1, got stride={stride}; give the padding in pixels")
    missing = (d * (k - 1) for d, k in zip(dilation, kernel))
    return tuple((m // 2, m - m // 2) for m in missing)


class Conv2d(Module):
    """Filters that slide over images.

    Args:
        in_channels, out_channels: channels of the images, number of filters.
        kernel_size: taps of a filter, at least 1; an integer or (vertical, horizontal), as the next three.
        stride, padding, dilation, groups: see conv2d.
        bias: whether a learned value is added to each filter's output.
        padding_mode: 'zeros'.

    Both parameters start uniform within 1/sqrt(fan_in), fan_in = in_channels/groups * kernel height * width.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, P, Q); also without N.

    Example:
        >>> import tinyreg
        >>> layer = Conv2d(3, 8, 3, padding=1)
        >>> layer(tinyreg.randn(2, 3, 28, 28)).shape
        Size([2, 8, 28, 28])
    """

    penalized = ("weight",)

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode="zeros",
        device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        who = "Conv2d"
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
            if value < 1:
                raise ValueError(f"{who}: {name} must be at least 1, got {name}={value}; it is a number of channels or groups")
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels)):
            if value % groups:
                raise ValueError(f"{who}: groups must divide {name}, got groups={groups} and {name}={value}; take a divisor")
        if padding_mode != "zeros":
            raise ValueError(
                f"{who}: padding_mode must be 'zeros', got padding_mode={padding_mode!r}; "
                f"pad before the layer, nn.functional.pad(x, ..., mode={padding_mode!r}), and give the layer padding=0"
            )
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.kernel_size = pair(who, "kernel_size", kernel_size, least=1)
        self.stride, self.dilation = pair(who, "stride", stride, least=1), pair(who, "dilation", dilation, least=1)
        _sides(who, padding, self.kernel_size, self.stride, self.dilation)
        self.padding = padding if isinstance(padding, str) else pair(who, "padding", padding, least=0)
        self.weight = Parameter(empty(out_channels, in_channels // groups, *self.kernel_size, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw weight and bias anew, uniformly within 1/sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self):
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        shown += [
            f"{name}={value}"
            for name, value, default in (("padding", self.padding, (0, 0)), ("dilation", self.dilation, (1, 1)), ("groups", self.groups, 1))
            if value != default
        ]
        return ", ".join(shown + (["bias=False"] if self.bias is None else []))
