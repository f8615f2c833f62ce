"""Transposed convolution: every pixel of x paints a kernel onto a larger image. The adjoint of convolution, as a layer.

    x        (N, C, H, W)          images
    weight   (C, O/G, K, L)        group g of the channels of x paints on group g of the channels of y
    bias     (O,)
    y        (N, O, P, Q)

Signals and volumes are written with one and three letters where images have two.

Forward
    Convolution (convolution.py (1)) reads pixel p s + k d - top of its input into pixel p of its output. Run backwards,
    from output to input, with the same weights:

        y[n, o, i, j] = bias[o] + sum over c, p, q, k, l with p s + k d - top = i, q s + l d - left = j
                                  of weight[c, o, k, l] x[n, c, p, q]                            (1)

    so x is laid out s pixels apart, each value paints a kernel with holes of d, and `padding` pixels are cut off around.
    What is left has

        P = (H - 1) s - 2 padding + d (K - 1) + output_padding + 1                               (2)

    rows. A stride s > 1 makes convolution forget up to s - 1 rows (its floor): images of s different heights give the
    same output, and output_padding says which of them is meant. It adds rows behind, on which the kernels go on
    painting, not zeros around.

    With A the matrix of that convolution (a linear map from images (N, O, P, Q) to images (N, C, H, W)), (1) is

        y = A^T x + bias                                                                         (3)

    that is convolution.py (6) or (7) with x in the place of G.

Backward
    Let G = dL/dy. (3) is linear in x, and A^T's adjoint is A: the gradient is the convolution itself,

        grad_x = A G = conv(G, weight)                                                           (4)

    (1) pairs the same pixels as convolution does, its input now called y and its output x. So <G, A^T x> = <A G, x>, as a
    function of the weights, is what convolution.py differentiated, with G as input and x as the output's gradient:

        grad_W = x im2col(G)^T                                                                   (5)
        grad_bias[o] = sum over the pixels of G[o]                                               (6)

Cost
    As convolution's backward: the columns of y, a few images at a time.

Source
    Zeiler, Krishnan, Taylor, Fergus 2010, "Deconvolutional networks", doi 10.1109/CVPR.2010.5539957.
    Dumoulin, Visin 2016, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285, section 4.
"""

from collections.abc import Sequence

from ...autograd import ArrayFunction, Tensor
from ...types import Device, DType
from ..geometry import per_axis
from .arguments import check_tensors
from .convolution import Geometry, bias_gradient, convolve, input_gradient, products, weight_gradient
from .layer import ConvolutionLayer


class ConvTransposeFunction(ArrayFunction):
    """y = A^T x + bias; the options are the Geometry of the convolution A, groups, and the size (P, Q) of y."""

    @staticmethod
    def forward(ctx, x, weight, bias, *, geometry, groups, size):
        ctx.geometry, ctx.groups = geometry, groups
        ctx.save_for_backward(x, weight)
        images = x if x.ndim == weight.ndim else x[None]
        shape = (len(images), weight.shape[1] * groups, *size)
        y = input_gradient(images, weight, shape, geometry, groups)                    # (3)
        if bias is not None:
            y += bias.reshape(-1, *[1] * len(size))
        return y if x.ndim == weight.ndim else y[0]

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        images, G = (x, grad_y) if x.ndim == weight.ndim else (x[None], grad_y[None])
        grad_x = grad_weight = grad_bias = None
        if needs_x and needs_weight:  # the columns of G serve both
            grad_x, grad_weight = products(G, weight.shape, ctx.geometry, ctx.groups, weight=weight, G=images)  # (4), (5)
        elif needs_x:
            grad_x = convolve(G, weight, None, ctx.geometry, ctx.groups)               # (4)
        if needs_weight and grad_weight is None:
            grad_weight = weight_gradient(G, images, weight.shape, ctx.geometry, ctx.groups)       # (5)
        if needs_bias:
            grad_bias = bias_gradient(G)                                               # (6)
        return grad_x if grad_x is None else grad_x.reshape(x.shape), grad_weight, grad_bias


def _conv_transpose(axes, input, weight, bias, stride, padding, output_padding, groups, dilation):
    who = f"conv_transpose{axes}d"
    check_tensors(who, axes, input, weight, bias, groups, transposed=True)
    stride, dilation = per_axis(who, "stride", stride, 1, axes), per_axis(who, "dilation", dilation, 1, axes)
    padding, extra = per_axis(who, "padding", padding, 0, axes), per_axis(who, "output_padding", output_padding, 0, axes)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(
            f"{who}: output_padding must be smaller than stride or dilation, got output_padding={extra}, stride={stride}, "
            f"dilation={dilation}; it chooses among the sizes that a convolution maps to the input's"
        )
    rows = zip(input.array.shape[-axes:], weight.array.shape[2:], stride, padding, extra, dilation)
    size = tuple([(n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, p, e, d in rows])         # (2)
    if min(size) < 1 or min(input.array.shape[-axes:]) < 1:
        raise RuntimeError(
            f"{who}: input and output must have pixels, got input of shape {input.array.shape} and an output of {size}; "
            "use less padding or a larger kernel"
        )
    geometry = Geometry(stride, tuple([(p, p - e) for p, e in zip(padding, extra)]), dilation)
    return ConvTransposeFunction.apply(input, weight, bias, geometry=geometry, groups=groups, size=size)


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int] = 1, padding: int | tuple[int] = 0,
    output_padding: int | tuple[int] = 0, groups: int = 1, dilation: int | tuple[int] = 1,
) -> Tensor:  # fmt: skip
    """Let every value of signals paint a kernel onto longer signals: the adjoint of conv1d.

    Args:
        input: signals.
        weight, bias, groups: as in conv_transpose2d.
        stride, padding, output_padding, dilation: as in conv_transpose2d, an integer each.

    Shape:
        input (N, C, L) or (C, L), weight (C, O/groups, K), bias (O,), output (N, O, P) or (O, P) with
        P = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.

    Returns:
        The output.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, settings out of range, an output without values.
        TypeError: settings that are not integers, arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> conv_transpose1d(tinyreg.tensor([[1.0, 10.0]]), tinyreg.tensor([[[1.0, 2.0, 3.0]]]), stride=2)
        tensor([[ 1.,  2., 13., 20., 30.]])
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int] = 1, padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0, groups: int = 1, dilation: int | tuple[int, int] = 1,
) -> Tensor:  # fmt: skip
    """Let every pixel of images paint a kernel onto larger images: the adjoint of conv2d.

    Args:
        input: images.
        weight: the kernels.
        bias: a value an output channel, or None.
        stride: pixels of the output from one kernel to the next, at least 1; an integer or (vertical, horizontal), as the
            next three and dilation.
        padding: pixels cut off around the output, at least 0.
        output_padding: more pixels below and to the right, at least 0 and below stride or dilation.
        groups: cuts the channels of input and output into groups that do not see each other.
        dilation: pixels from one tap of a kernel to the next, at least 1.

    Shape:
        input (N, C, H, W) or (C, H, W), weight (C, O/groups, K, L), bias (O,), output (N, O, P, Q) or (O, P, Q) with
        P = (H - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1, and Q likewise.

    Returns:
        The output.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, settings out of range, an output without pixels.
        TypeError: settings that are not integers, arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[[1.0, 2.0]]])
        >>> conv_transpose2d(x, tinyreg.ones(1, 1, 2, 2), stride=2)
        tensor([[[1., 1., 2., 2.],
                 [1., 1., 2., 2.]]])
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int, int] = 1,
    padding: int | tuple[int, int, int] = 0, output_padding: int | tuple[int, int, int] = 0, groups: int = 1,
    dilation: int | tuple[int, int, int] = 1,
) -> Tensor:  # fmt: skip
    """Let every value of volumes paint a kernel onto larger volumes: the adjoint of conv3d.

    Args:
        input: volumes.
        weight, bias, groups: as in conv_transpose2d.
        stride, padding, output_padding, dilation: as in conv_transpose2d, an integer or (depth, vertical, horizontal).

    Shape:
        input (N, C, D, H, W) or (C, D, H, W), weight (C, O/groups, J, K, L), bias (O,), output (N, O, Z, P, Q) or
        (O, Z, P, Q) with Z = (D - 1) stride - 2 padding + dilation (J - 1) + output_padding + 1, and P, Q likewise.

    Returns:
        The output.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, settings out of range, an output without values.
        TypeError: settings that are not integers, arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> conv_transpose3d(tinyreg.ones(1, 1, 1, 2), tinyreg.ones(1, 1, 1, 1, 2))
        tensor([[[[1., 2., 1.]]]])
    """
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


class _ConvTransposeLayer(ConvolutionLayer):
    """The settings of ConvolutionLayer for a transposed convolution, and the choice of an output size."""

    transposed = True

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        return _conv_transpose(
            self.axes, input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )  # fmt: skip

    def _extra(self, input, output_size):
        """The output_padding that gives this size, by (2)."""
        who, axes = type(self).__name__, self.axes
        if not isinstance(output_size, (tuple, list)):
            raise TypeError(f"{who}: output_size must be a tuple of integers, got {output_size!r:.60}; write one size an axis")
        before = input.array.ndim - axes
        size = tuple(output_size)[before:] if len(output_size) == axes + before else tuple(output_size)
        if len(size) != axes:
            raise ValueError(
                f"{who}: output_size must hold {axes} sizes, or {axes + before} with batch and channels, got {tuple(output_size)}; "
                "the batch and the channels are given by the input and the layer"
            )
        rows = zip(input.array.shape[before:], self.kernel_size, self.stride, self.padding, self.dilation)
        least = tuple([(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in rows])
        extra = tuple([n - m for n, m in zip(size, least)])
        if any(not 0 <= e < s for e, s in zip(extra, self.stride)):
            most = tuple([m + s - 1 for m, s in zip(least, self.stride)])
            raise ValueError(
                f"{who}: output_size must lie between {least} and {most}, got {size}; a stride of {self.stride} leaves no other choice"
            )
        return extra


class ConvTranspose1d(_ConvTransposeLayer):
    """Kernels that values of signals paint onto longer signals: the adjoint of Conv1d, with weights of its own.

    Args:
        in_channels, out_channels, groups, bias, padding_mode: as in ConvTranspose2d.
        kernel_size: taps of a kernel, at least 1.
        stride, padding, output_padding, dilation: see conv_transpose1d.

    Shape:
        (N, in_channels, L) -> (N, out_channels, P), also without N; `layer(x, output_size=(P,))` as in ConvTranspose2d.

    Raises:
        ValueError: channels or groups that do not fit, another padding_mode, an output_size out of reach.
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> ConvTranspose1d(3, 8, 4, stride=2, padding=1)(tinyreg.randn(2, 3, 28)).shape
        Size([2, 8, 56])
    """

    axes = 1

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int], stride: int | tuple[int] = 1,
        padding: int | tuple[int] = 0, output_padding: int | tuple[int] = 0, groups: int = 1, bias: bool = True,
        dilation: int | tuple[int] = 1, padding_mode: str = "zeros", device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        settings = kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode, device, dtype
        super().__init__(in_channels, out_channels, *settings)


class ConvTranspose2d(_ConvTransposeLayer):
    """Kernels that pixels paint onto larger images: the adjoint of Conv2d, with weights of its own.

    Args:
        in_channels, out_channels: channels of the images that come in and go out.
        kernel_size: taps of a kernel, at least 1; an integer or (vertical, horizontal), as the next three and dilation.
        stride, padding, output_padding, groups, dilation: see conv_transpose2d.
        bias: whether a learned value is added to each output channel.
        padding_mode: 'zeros'.

    Both parameters start uniform within 1/sqrt(out_channels/groups * kernel height * width), as in PyTorch.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, P, Q); also without N. `layer(x, output_size=(P, Q))` chooses, for this
        call, the output_padding that gives this size; it must be one of the stride's sizes from the smallest on.

    Raises:
        ValueError: channels or groups that do not fit, another padding_mode, an output_size out of reach.
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> layer = ConvTranspose2d(3, 8, 3, stride=2)
        >>> layer(tinyreg.randn(2, 3, 5, 5)).shape, layer(tinyreg.randn(2, 3, 5, 5), output_size=(12, 11)).shape
        (Size([2, 8, 11, 11]), Size([2, 8, 12, 11]))
    """

    axes = 2

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0, output_padding: int | tuple[int, int] = 0, groups: int = 1, bias: bool = True,
        dilation: int | tuple[int, int] = 1, padding_mode: str = "zeros", device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        settings = kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode, device, dtype
        super().__init__(in_channels, out_channels, *settings)


class ConvTranspose3d(_ConvTransposeLayer):
    """Kernels that values of volumes paint onto larger volumes: the adjoint of Conv3d, with weights of its own.

    Args:
        in_channels, out_channels, groups, bias, padding_mode: as in ConvTranspose2d.
        kernel_size: taps of a kernel, at least 1; an integer or (depth, vertical, horizontal), as the next.
        stride, padding, output_padding, dilation: see conv_transpose3d.

    Shape:
        (N, in_channels, D, H, W) -> (N, out_channels, Z, P, Q), also without N; `layer(x, output_size=(Z, P, Q))` as in
        ConvTranspose2d.

    Raises:
        ValueError: channels or groups that do not fit, another padding_mode, an output_size out of reach.
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> ConvTranspose3d(3, 8, 2, stride=2)(tinyreg.randn(2, 3, 4, 4, 4)).shape
        Size([2, 8, 8, 8, 8])
    """

    axes = 3

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int, int], stride: int | tuple[int, int, int] = 1,
        padding: int | tuple[int, int, int] = 0, output_padding: int | tuple[int, int, int] = 0, groups: int = 1, bias: bool = True,
        dilation: int | tuple[int, int, int] = 1, padding_mode: str = "zeros", device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        settings = kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode, device, dtype
        super().__init__(in_channels, out_channels, *settings)
