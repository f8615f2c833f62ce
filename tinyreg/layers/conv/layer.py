"""conv1d conv2d conv3d and Conv1d Conv2d Conv3d: the doors to convolution.py."""

import math
from typing import Any

from ... import init
from ...autograd import Tensor
from ...module import Module
from ...ops.creation import empty
from ...ops.dimension import integer
from ...ops.padding import pad
from ...parameter import Parameter
from ...types import Device, DType, Sizes
from ..geometry import out_size, per_axis
from .arguments import check_tensors, sides
from .convolution import ConvolutionFunction, Geometry


def _conv(axes, input, weight, bias, stride, padding, dilation, groups):
    who = f"conv{axes}d"
    check_tensors(who, axes, input, weight, bias, groups)
    kernel = weight.array.shape[2:]
    stride = per_axis(who, "stride", stride, 1, axes)
    dilation = per_axis(who, "dilation", dilation, 1, axes)
    padding = sides(who, padding, kernel, stride, dilation)
    out_size(who, input.array.shape[-axes:], kernel, stride, padding, dilation)
    return ConvolutionFunction.apply(input, weight, bias, geometry=Geometry(stride, padding, dilation), groups=groups)


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int] = 1, padding: int | tuple[int] | str = 0,
    dilation: int | tuple[int] = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Slide filters over signals: each output value is a weighted sum of the window under it.

    Args:
        input: signals.
        weight, bias, groups: as in conv2d.
        stride, padding, dilation: as in conv2d, an integer each; padding also "valid" or "same".

    Shape:
        input (N, C, L) or (C, L), weight (O, C/groups, K), bias (O,), output (N, O, P) or (O, P) with
        P = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1.

    Returns:
        The output, in memory with its channels last where elementwise operations keep that.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, settings out of range, a kernel larger than the padded input.
        TypeError: settings that are not integers, arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1.0, 2.0, 4.0, 8.0]])
        >>> conv1d(x, tinyreg.tensor([[[-1.0, 1.0]]]))
        tensor([[1., 2., 4.]])
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] | str = 0, dilation: int | tuple[int, int] = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
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
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int, int] = 1,
    padding: int | tuple[int, int, int] | str = 0, dilation: int | tuple[int, int, int] = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Slide filters over volumes: each output value is a weighted sum of the window under it.

    Args:
        input: volumes.
        weight, bias, groups: as in conv2d.
        stride, padding, dilation: as in conv2d, an integer or (depth, vertical, horizontal).

    Shape:
        input (N, C, D, H, W) or (C, D, H, W), weight (O, C/groups, J, K, L), bias (O,), output (N, O, Z, P, Q) or
        (O, Z, P, Q) with Z = floor((D + 2 padding - dilation (J - 1) - 1) / stride) + 1, and P, Q likewise.

    Returns:
        The output, in memory with its channels last where elementwise operations keep that.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, settings out of range, a kernel larger than the padded input.
        TypeError: settings that are not integers, arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> conv3d(tinyreg.ones(1, 2, 2, 3), tinyreg.ones(1, 1, 2, 2, 2))
        tensor([[[[8., 8.]]]])
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class ConvolutionLayer(Module):
    """What the convolutional layers share: settings, parameters, their first values, their repr.

    `axes` says how many spatial axes the input has, `transposed` which way round the weight stands.

    Example:
        >>> import tinyreg
        >>> isinstance(tinyreg.nn.Conv2d(1, 2, 3), ConvolutionLayer)
        True
    """

    penalized = ("weight",)
    axes = 2
    transposed = False

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Sizes, stride: Sizes, padding: Sizes | str, dilation: Sizes,
        output_padding: Sizes, groups: int, bias: bool, padding_mode: str, device: Device, dtype: DType,
    ) -> None:  # fmt: skip
        super().__init__()
        who, axes = type(self).__name__, self.axes
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
            if integer(who, **{name: value}) < 1:
                raise ValueError(f"{who}: {name} must be at least 1, got {name}={value}; it is a number of channels or groups")
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels)):
            if value % groups:
                raise ValueError(f"{who}: groups must divide {name}, got groups={groups} and {name}={value}; take a divisor")
        modes = PADDING_MODES[:1] if self.transposed else PADDING_MODES
        if padding_mode not in modes:
            raise ValueError(f"{who}: padding_mode must be one of {modes}, got padding_mode={padding_mode!r}; 'zeros' is the default")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.kernel_size = per_axis(who, "kernel_size", kernel_size, 1, axes)
        self.stride, self.dilation = per_axis(who, "stride", stride, 1, axes), per_axis(who, "dilation", dilation, 1, axes)
        named = isinstance(padding, str) and not self.transposed
        self.padding: Any = padding if named else per_axis(who, "padding", padding, 0, axes)
        self.frame = sides(who, self.padding, self.kernel_size, self.stride, self.dilation, error=ValueError)
        self.output_padding = per_axis(who, "output_padding", output_padding, 0, axes)
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(empty(first, second // groups, *self.kernel_size, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniformly within 1/sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = pad(input, [n for pair in reversed(self.frame) for n in pair], self.padding_mode)
            padding = 0
        return _conv(self.axes, input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        zeros, ones = (0,) * self.axes, (1,) * self.axes
        settings = (("padding", zeros), ("dilation", ones), ("output_padding", zeros), ("groups", 1))
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        shown += [f"{name}={getattr(self, name)}" for name, default in settings if getattr(self, name) != default]
        shown += ["bias=False"] if self.bias is None else []
        return ", ".join(shown + ([f"padding_mode={self.padding_mode}"] if self.padding_mode != "zeros" else []))


class Conv1d(ConvolutionLayer):
    """Filters that slide over signals.

    Args:
        in_channels, out_channels, groups, bias, padding_mode: as in Conv2d.
        kernel_size: taps of a filter, at least 1.
        stride, padding, dilation: see conv1d.

    Both parameters start uniform within 1/sqrt(fan_in), fan_in = in_channels/groups * kernel_size.

    Shape:
        (N, in_channels, L) -> (N, out_channels, P); also without N.

    Raises:
        ValueError: channels or groups that do not fit, another padding or padding_mode.
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> Conv1d(3, 8, 5, padding="same", padding_mode="circular")(tinyreg.randn(2, 3, 28)).shape
        Size([2, 8, 28])
    """

    axes = 1

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int], stride: int | tuple[int] = 1,
        padding: int | tuple[int] | str = 0, dilation: int | tuple[int] = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype)


class Conv2d(ConvolutionLayer):
    """Filters that slide over images.

    Args:
        in_channels, out_channels: channels of the images, number of filters.
        kernel_size: taps of a filter, at least 1; an integer or (vertical, horizontal), as the next three.
        stride, padding, dilation, groups: see conv2d.
        bias: whether a learned value is added to each filter's output.
        padding_mode: what the padding holds: 'zeros', or the images' own values, 'reflect', 'replicate', 'circular' (see pad).

    Both parameters start uniform within 1/sqrt(fan_in), fan_in = in_channels/groups * kernel height * width.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, P, Q); also without N.

    Raises:
        ValueError: channels or groups that do not fit, another padding or padding_mode.
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> layer = Conv2d(3, 8, 3, padding=1)
        >>> layer(tinyreg.randn(2, 3, 28, 28)).shape
        Size([2, 8, 28, 28])
    """

    axes = 2

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0, dilation: int | tuple[int, int] = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype)


class Conv3d(ConvolutionLayer):
    """Filters that slide over volumes.

    Args:
        in_channels, out_channels, groups, bias, padding_mode: as in Conv2d.
        kernel_size: taps of a filter, at least 1; an integer or (depth, vertical, horizontal), as the next three.
        stride, padding, dilation: see conv3d.

    Both parameters start uniform within 1/sqrt(fan_in), fan_in = in_channels/groups * the kernel's taps.

    Shape:
        (N, in_channels, D, H, W) -> (N, out_channels, Z, P, Q); also without N.

    Raises:
        ValueError: channels or groups that do not fit, another padding or padding_mode.
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> Conv3d(3, 8, (1, 3, 3), stride=2)(tinyreg.randn(2, 3, 5, 9, 9)).shape
        Size([2, 8, 3, 4, 4])
    """

    axes = 3

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int, int], stride: int | tuple[int, int, int] = 1,
        padding: int | tuple[int, int, int] | str = 0, dilation: int | tuple[int, int, int] = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype)
