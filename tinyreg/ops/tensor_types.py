"""FloatTensor, LongTensor, ...: PyTorch's older names of dtypes, which are constructors and types at once.

    FloatTensor([1, 2])              a float32 tensor of these values; FloatTensor(2, 3) of this size
    isinstance(x, FloatTensor)       whether x is a float32 tensor
    x.type(FloatTensor)              x in float32; x.type() is the name, 'torch.FloatTensor'
"""

from typing import Any

import numpy as np

from ..autograd import Tensor, no_grad
from ..device import device_of
from ..types import DType
from .broadcasting import bool_, cast, float16, float32, float64, int8, int16, int32, int64, uint8


class TensorType:
    """A dtype by its older name.

    Args:
        name: as PyTorch's.
        dtype: of the tensors that it makes.

    Example:
        >>> import tinyreg
        >>> tinyreg.LongTensor([1, 2]), isinstance(tinyreg.ones(2), tinyreg.LongTensor)
        (tensor([1, 2]), False)
    """

    def __init__(self, name: str, dtype: np.dtype) -> None:
        self.name, self.dtype = name, dtype

    def __call__(self, *data: Any) -> Tensor:
        with no_grad():
            return cast(Tensor(*data), self.dtype)

    def __instancecheck__(self, x: object) -> bool:
        return isinstance(x, Tensor) and x.array.dtype == self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.name}'>"


FloatTensor, DoubleTensor = TensorType("FloatTensor", float32), TensorType("DoubleTensor", float64)
HalfTensor, BoolTensor = TensorType("HalfTensor", float16), TensorType("BoolTensor", bool_)
CharTensor, ByteTensor = TensorType("CharTensor", int8), TensorType("ByteTensor", uint8)
ShortTensor, IntTensor, LongTensor = TensorType("ShortTensor", int16), TensorType("IntTensor", int32), TensorType("LongTensor", int64)
TYPES = (FloatTensor, DoubleTensor, HalfTensor, BoolTensor, CharTensor, ByteTensor, ShortTensor, IntTensor, LongTensor)


def type(input: Tensor, dtype: TensorType | DType = None, non_blocking: bool = False) -> Tensor | str:
    """The tensor in another dtype, or, without one, the older name of its own.

    Args:
        input: Tensor.
        dtype: a dtype, an older name such as tinyreg.LongTensor, or that as text, 'torch.LongTensor'.
        non_blocking: accepted for scripts that name it.

    Raises:
        ValueError: text that names no type.
        TypeError: something else.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(2).type(tinyreg.float32), tinyreg.arange(2).type()
        (tensor([0., 1.]), 'torch.LongTensor')
    """
    place = "torch" if device_of(input.array).type == "cpu" else "torch.cuda"
    if dtype is None:
        return next(f"{place}.{kind.name}" for kind in TYPES if kind.dtype == input.array.dtype)
    if isinstance(dtype, str):
        named = [kind for kind in TYPES if f"{place}.{kind.name}" == dtype]
        if not named:
            raise ValueError(f"type: text must name a type such as '{place}.FloatTensor', got {dtype!r}; or give a dtype")
        (dtype,) = named
    try:
        return cast(input, np.dtype(dtype.dtype if isinstance(dtype, TensorType) else dtype))
    except TypeError:
        raise TypeError(f"type: must be a dtype, a tensor type or its name, got {dtype!r}; write tinyreg.float32") from None
