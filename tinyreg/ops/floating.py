"""Floating point tensors: who takes nothing else refuses the rest, who can turns integers into them."""

from ..autograd import Tensor
from ..backend import get_default_dtype
from .broadcasting import cast


def check_tensor(who, input, name="input"):
    """Refuse what is not a Tensor.

    Raises:
        TypeError: the type is named.

    Example:
        >>> import tinyreg
        >>> check_tensor("relu", tinyreg.ones(2))
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"{who}: {name} must be a Tensor, got {type(input).__name__}; convert with tinyreg.tensor")


def listed(who, given, name):
    """What was given as a list: a Tensor alone, or what an iterable holds, which the caller looks at.

    Raises:
        TypeError: a number, a function, a Module; the type is named.

    Example:
        >>> import tinyreg
        >>> len(listed("get_total_norm", tinyreg.ones(2), "tensors"))
        1
    """
    if isinstance(given, Tensor):
        return [given]
    if isinstance(given, type) or not hasattr(given, "__iter__"):
        raise TypeError(f"{who}: {name} must be Tensors, got {type(given).__name__}; pass a list of them")
    return list(given)


def check_floating(who, input, name="input", error=NotImplementedError):
    """Refuse what is not a Tensor of floating point numbers.

    Args:
        who: the door that error messages name.
        input: what was given.
        name: of the argument.
        error: what PyTorch raises for integers. Where its kernel lacks them that is a NotImplementedError, which is a
            RuntimeError, too.

    Raises:
        TypeError: no Tensor.
        NotImplementedError: integers or bools, if error is not another exception.

    Example:
        >>> import tinyreg
        >>> check_floating("silu", tinyreg.ones(2))
    """
    if not isinstance(input, Tensor):
        check_tensor(who, input, name)
    if input.array.dtype.kind != "f":
        raise error(f"{who}: {name} must be floating point, got dtype {input.array.dtype}; convert with .float() first")


def floating(who, input):
    """The tensor in floating point: integers and bools become the default dtype, as in PyTorch.

    Example:
        >>> import tinyreg
        >>> floating("sqrt", tinyreg.tensor([1, 4])).dtype
        dtype('float32')
    """
    if isinstance(input, Tensor) and input.array.dtype.kind == "f":
        return input
    check_tensor(who, input)
    return cast(input, get_default_dtype())
