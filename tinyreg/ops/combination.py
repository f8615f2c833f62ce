"""lerp addcmul addcdiv: three tensors become one in the ways in which optimizers' updates are written.

    lerp(a, b, w)                a + w (b - a)              from a to b
    addcmul(x, a, b, value=v)    x + v a b
    addcdiv(x, a, b, value=v)    x + v a / b

Each is linear in most of its inputs, and its slopes can be read from the formula. What was broadcast collects its
gradient in a sum, which the engine does (`broadcasts = True`).
"""

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .broadcasting import cast, result_type
from .floating import check_tensor
from .number import check_number


class Lerp(ArrayFunction):
    """y = a + w (b - a): dy/da = 1 - w, dy/db = w, dy/dw = b - a.

    From the middle on it is computed from b, as b - (1 - w)(b - a), so that w = 1 gives b to the last digit.
    """

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b, w):
        ctx.save_for_backward(a, b, w)
        way = b - a
        if isinstance(w, (int, float)):
            return a + w * way if abs(w) < 0.5 else b - way * (1 - w)
        return get_array_module(a).where(abs(w) < 0.5, a + w * way, b - way * (1 - w))

    @staticmethod
    def backward(ctx, grad_y):
        a, b, w = ctx.saved
        return grad_y * (1 - w), grad_y * w, grad_y * (b - a) if ctx.needs_input_grad[2] else None


class Addcmul(ArrayFunction):
    """y = x + v a b: dy/dx = 1, dy/da = v b, dy/db = v a."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, a, b, *, value):
        ctx.value = value
        ctx.save_for_backward(a, b)
        return x + (a * b if value == 1 else value * a * b)

    @staticmethod
    def backward(ctx, grad_y):
        a, b = ctx.saved
        _, needs_a, needs_b = ctx.needs_input_grad
        g = grad_y * ctx.value
        return grad_y, g * b if needs_a else None, g * a if needs_b else None


class Addcdiv(ArrayFunction):
    """y = x + v a / b: dy/dx = 1, dy/da = v / b, dy/db = -v a / b^2."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, a, b, *, value):
        ctx.value = value
        ctx.save_for_backward(a, b)
        return x + (a / b if value == 1 else value * a / b)

    @staticmethod
    def backward(ctx, grad_y):
        a, b = ctx.saved
        _, needs_a, needs_b = ctx.needs_input_grad
        if not (needs_a or needs_b):
            return grad_y, None, None
        grad_a = grad_y * ctx.value / b
        return grad_y, grad_a, -grad_a * a / b if needs_b else None


def _combined(who, function, *inputs, **options):
    try:
        return function.apply(*inputs, **options)
    except ValueError:
        shapes = [tuple(x.array.shape) for x in inputs if isinstance(x, Tensor)]
        raise RuntimeError(
            f"{who}: shapes must broadcast (equal, or 1, from the right), got {', '.join(map(str, shapes))}; "
            "reshape or unsqueeze one of them"
        ) from None


def lerp(input: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    """input + weight * (end - input), elementwise with broadcasting: on the way from input to end.

    Args:
        input, end: floating point Tensors of one dtype.
        weight: 0 stays at input, 1 arrives at end; a number, a 0-d Tensor, or a Tensor of the same dtype.

    Raises:
        NotImplementedError: input is not floating point.
        RuntimeError: different dtypes, or shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.lerp(tinyreg.tensor([0.0, 10.0]), tinyreg.tensor([10.0, 20.0]), 0.25)
        tensor([ 2.5000, 12.5000])
    """
    check_tensor("lerp", input)
    check_tensor("lerp", end, "end")
    dtype = input.array.dtype
    if isinstance(weight, Tensor):
        weight_dtype = weight.array.dtype
        if weight.array.ndim == 0:
            weight = cast(weight, dtype)
            weight_dtype = dtype
    else:
        check_number("lerp", weight=weight)
        weight, weight_dtype = float(weight), dtype
    if not dtype == end.array.dtype == weight_dtype:
        raise RuntimeError(
            f"lerp: input, end and weight must have one dtype, got {dtype}, {end.array.dtype} and {weight_dtype}; convert with .to(dtype)"
        )
    if dtype.kind != "f":
        raise NotImplementedError(f"lerp: input must be floating point, got dtype {dtype}; convert with .float() first")
    return _combined("lerp", Lerp, input, end, weight)


def _three(who, input, tensor1, tensor2, value):
    """The three tensors in one dtype, and the factor."""
    for x, name in ((input, "input"), (tensor1, "tensor1"), (tensor2, "tensor2")):
        check_tensor(who, x, name)
    check_number(who, value=value)
    value = value.item() if isinstance(value, Tensor) else value
    dtype = result_type(input, tensor1, tensor2)
    if dtype.kind == "b":
        raise NotImplementedError(f"{who}: the tensors must be numbers, got dtype {dtype}; use & and | for bools")
    if dtype.kind != "f" and isinstance(value, float):
        raise RuntimeError(f"{who}: value must be an integer for integer tensors, got value={value}; convert the tensors with .float()")
    return [cast(x, dtype) for x in (input, tensor1, tensor2)], value


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value * tensor1 * tensor2, elementwise with broadcasting.

    Args:
        input, tensor1, tensor2: Tensors that broadcast; their dtypes are promoted.
        value: the factor; an integer for integer tensors.

    Raises:
        NotImplementedError: bools.
        RuntimeError: a fraction for integer tensors; shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> v, g = tinyreg.tensor([1.0, 1.0]), tinyreg.tensor([2.0, 4.0])
        >>> (0.5 * v).addcmul_(g, g, value=0.5)
        tensor([2.5000, 8.5000])
    """
    tensors, value = _three("addcmul", input, tensor1, tensor2, value)
    return _combined("addcmul", Addcmul, *tensors, value=value)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value * tensor1 / tensor2, elementwise with broadcasting.

    Args:
        input, tensor1, tensor2: Tensors that broadcast; their dtypes are promoted. One of the last two is floating point.
        value: the factor.

    Raises:
        RuntimeError: two integers to divide; shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> w, m, v = tinyreg.tensor([1.0]), tinyreg.tensor([3.0]), tinyreg.tensor([4.0])
        >>> w.addcdiv_(m, v.sqrt(), value=-0.1)
        tensor([0.8500])
    """
    if isinstance(tensor1, Tensor) and isinstance(tensor2, Tensor) and "f" not in (tensor1.array.dtype.kind, tensor2.array.dtype.kind):
        raise RuntimeError(
            f"addcdiv: one of the tensors to divide must be floating point, got {tensor1.array.dtype} and {tensor2.array.dtype}; "
            "convert one with .float()"
        )
    tensors, value = _three("addcdiv", input, tensor1, tensor2, value)
    return _combined("addcdiv", Addcdiv, *tensors, value=value)
