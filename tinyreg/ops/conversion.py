"""From one dtype or device to another, and copies."""

import builtins

import numpy as np

from .. import backend
from ..autograd import ArrayFunction, Tensor, is_grad_enabled
from ..autograd.in_place import write
from ..autograd.tensor import wrap
from ..device import check, device_of
from ..device import device as Place
from ..types import Device, DType
from .broadcasting import as_operand, bool_, cast, float16, float32, float64, int8, int16, int32, int64, uint8


class CloneFunction(ArrayFunction):
    """y = a copy of x; grad_x = grad_y."""

    @staticmethod
    def forward(ctx, x):
        return x.copy()

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y,)


def clone(input: Tensor) -> Tensor:
    """A copy in new memory; gradients pass through it.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(2)
        >>> y = x.clone().add_(1)
        >>> x
        tensor([1., 1.])
    """
    return CloneFunction.apply(input)


class TransferFunction(ArrayFunction):
    """y = x in the memory of another device; the gradient goes back."""

    @staticmethod
    def forward(ctx, x, *, to_host):
        ctx.to_host = to_host
        return backend.to_numpy(x) if to_host else backend.asarray(x)

    @staticmethod
    def backward(ctx, grad_y):
        return (backend.asarray(grad_y) if ctx.to_host else backend.to_numpy(grad_y),)


def to(
    input: Tensor, *args: Tensor | DType | Device | builtins.bool, dtype: DType = None, device: Device = None,
    copy: builtins.bool = False, non_blocking: builtins.bool = False,
) -> Tensor:  # fmt: skip
    """The tensor in another dtype, on another device, or like another tensor; itself where nothing changes.

    Args:
        input: Tensor.
        args: a dtype, a device or its name, or a Tensor whose dtype and device are taken.
        dtype, device: the same by name.
        copy: copy also where nothing changes.
        non_blocking: accepted for scripts that name it.

    Raises:
        TypeError: something that is no dtype, device or Tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3).to(tinyreg.float64).dtype
        dtype('float64')
    """
    for x in args:
        if isinstance(x, Tensor):
            dtype, device = x.array.dtype, device_of(x.array)
        elif isinstance(x, (str, Place)):
            device = x
        elif isinstance(x, builtins.bool):
            continue  # non_blocking, given by position
        else:
            dtype = x
    result = input
    if device is not None:
        result = _transfer(result, Place(device))
    if dtype is not None:
        try:
            result = cast(result, np.dtype(dtype))
        except TypeError:
            raise TypeError(f"to: must be a dtype, a device or a Tensor, got {dtype!r}; write tinyreg.float32, 'cpu' or a tensor") from None
    return clone(result) if copy and result is input else result


def _transfer(input, wanted):
    here = device_of(input.array)
    if here.type == wanted.type:
        return input
    if wanted.type == "cuda":
        check(wanted)
    return TransferFunction.apply(input, to_host=wanted.type == "cpu")


def cpu(input: Tensor) -> Tensor:
    """The tensor in host memory.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(2)
        >>> x.cpu().numpy()
        array([1., 1.], dtype=float32)
    """
    return _transfer(input, Place("cpu"))


def cuda(input: Tensor, device: Device = None, non_blocking: builtins.bool = False) -> Tensor:
    """The tensor on the GPU; refused where the backend is NumPy.

    Args:
        input: Tensor.
        device: None, or the GPU as in tinyreg.device.
        non_blocking: accepted for scripts that name it.

    Raises:
        RuntimeError: the backend is NumPy.
    """
    return _transfer(input, Place("cuda" if device is None else device))


def get_device(input: Tensor) -> Place:
    """The device on which the tensor lives.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).cpu().device
        device(type='cpu')
    """
    return device_of(input.array)


def pin_memory(input: Tensor) -> Tensor:
    """The tensor itself: there is no slower memory to bring it from.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(2)
        >>> x.pin_memory() is x
        True
    """
    return input


def is_cuda(input: Tensor) -> builtins.bool:
    """Whether the tensor lives on a GPU.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).cpu().is_cuda
        False
    """
    return get_device(input).type == "cuda"


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another.

    Args:
        input: Tensor.
        other: Tensor, of which only dtype and device count.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(2).type_as(tinyreg.ones(1))
        tensor([0., 1.])
    """
    return to(input, other)


def half(input: Tensor) -> Tensor:
    """The tensor in float16.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).half().dtype
        dtype('float16')
    """
    return cast(input, float16)


def float(input: Tensor) -> Tensor:
    """The tensor in float32.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(2).float()
        tensor([0., 1.])
    """
    return cast(input, float32)


def double(input: Tensor) -> Tensor:
    """The tensor in float64.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).double().dtype
        dtype('float64')
    """
    return cast(input, float64)


def char(input: Tensor) -> Tensor:
    """The tensor in int8.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).char().dtype
        dtype('int8')
    """
    return cast(input, int8)


def byte(input: Tensor) -> Tensor:
    """The tensor in uint8.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).byte().dtype
        dtype('uint8')
    """
    return cast(input, uint8)


def short(input: Tensor) -> Tensor:
    """The tensor in int16.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).short().dtype
        dtype('int16')
    """
    return cast(input, int16)


def int(input: Tensor) -> Tensor:
    """The tensor in int32.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([1.5, -1.5]).int().tolist()
        [1, -1]
    """
    return cast(input, int32)


def long(input: Tensor) -> Tensor:
    """The tensor in int64.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([1.5, -1.5]).long()
        tensor([ 1, -1])
    """
    return cast(input, int64)


def bool(input: Tensor) -> Tensor:
    """The tensor in bool: whether each element differs from 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([0.0, -2.0]).bool()
        tensor([False,  True])
    """
    return cast(input, bool_)


class Copy(ArrayFunction):
    """y = b, written over a: grad_a = 0, grad_b = grad_y."""

    @staticmethod
    def forward(ctx, a, b):
        return b.copy()

    @staticmethod
    def backward(ctx, grad_y):
        return backend.get_array_module(grad_y).zeros_like(grad_y), grad_y


def copy_(input: Tensor, other: Tensor, non_blocking: builtins.bool = False) -> Tensor:
    """Write the values of another tensor (broadcast, converted) into this one, in place.

    Args:
        input: Tensor, itself written.
        other: Tensor, array or number that broadcasts to input's shape; cast to its dtype.
        non_blocking: accepted for scripts that name it.

    Raises:
        RuntimeError: shapes that do not fit, or a leaf that requires grad, outside no_grad.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3).copy_(tinyreg.arange(3))
        tensor([[0., 1., 2.],
                [0., 1., 2.]])
    """
    other = as_operand("copy_", other)
    source = other if isinstance(other, Tensor) else wrap(backend.get_array_module(input.array).asarray(other))
    source = cast(source, input.array.dtype)
    if source.array.shape != input.array.shape:
        try:
            source = source.expand(input.array.shape)
        except RuntimeError:
            raise RuntimeError(
                f"copy_: the source must broadcast to the tensor's shape {input.array.shape}, got {source.array.shape}; reshape it"
            ) from None
    if is_grad_enabled() and (input.requires_grad or source.requires_grad):
        source = Copy.apply(input, source)
    return write(input, source)
