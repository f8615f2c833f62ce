"""Comparisons, tests and choices. What they return is bool and has no gradient; `where` passes gradients through."""

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module, is_array
from .broadcasting import operands, refuse_shapes


def _compare(who, input, other):
    """The raw operands, promoted as in arithmetic."""
    a, b = operands(who, input.detach() if isinstance(input, Tensor) else input, other.detach() if isinstance(other, Tensor) else other)
    a_, b_ = (x.array if isinstance(x, Tensor) else x for x in (a, b))
    try:
        result = _comparisons[who](a_, b_)
    except ValueError:
        refuse_shapes(who, a, b)
    return wrap(get_array_module(a_ if isinstance(a, Tensor) else b_).asarray(result))


_comparisons = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def _comparable(x):
    return isinstance(x, (Tensor, bool, int, float)) or is_array(x) or hasattr(x, "item")


def eq(input, other):
    """input == other, elementwise with broadcasting."""
    return _compare("eq", input, other) if _comparable(other) else NotImplemented


def ne(input, other):
    """input != other, elementwise with broadcasting."""
    return _compare("ne", input, other) if _comparable(other) else NotImplemented


def lt(input, other):
    """input < other, elementwise with broadcasting."""
    return _compare("lt", input, other)


def le(input, other):
    """input <= other, elementwise with broadcasting."""
    return _compare("le", input, other)


def gt(input, other):
    """input > other, elementwise with broadcasting."""
    return _compare("gt", input, other)


def ge(input, other):
    """input >= other, elementwise with broadcasting."""
    return _compare("ge", input, other)


def _test(input, name):
    xp = get_array_module(input.array)
    return wrap(xp.asarray(getattr(xp, name)(input.array)))


def isnan(input):
    """Whether each element is NaN."""
    return _test(input, "isnan")


def isinf(input):
    """Whether each element is infinite."""
    return _test(input, "isinf")


def isfinite(input):
    """Whether each element is finite."""
    return _test(input, "isfinite")


def equal(input, other):
    """Whether two tensors have the same shape and elements: a Python bool."""
    return input.array.shape == other.array.shape and bool((input.array == other.array).all())


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol |other|, elementwise."""
    a, b = operands("isclose", input.detach(), other.detach())
    xp = get_array_module(a.array)
    return wrap(xp.asarray(xp.isclose(a.array, b.array, rtol=rtol, atol=atol, equal_nan=equal_nan)))


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether isclose holds for every element: a Python bool."""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def _logical(name, input, *others):
    xp = get_array_module(input.array)
    others = [x.array if isinstance(x, Tensor) else x for x in others]
    return wrap(xp.asarray(getattr(xp, name)(input.array, *others)))


def logical_and(input, other):
    """Whether both differ from 0."""
    return _logical("logical_and", input, other)


def logical_or(input, other):
    """Whether one differs from 0."""
    return _logical("logical_or", input, other)


def logical_not(input):
    """Whether each element is 0."""
    return _logical("logical_not", input)


class WhereFunction(ArrayFunction):
    """z = a where the condition holds, else b; the gradient goes where the value came from."""

    broadcasts = True

    @staticmethod
    def forward(ctx, condition, a, b):
        ctx.save_for_backward(condition)
        return get_array_module(condition).where(condition, a, b)

    @staticmethod
    def backward(ctx, grad_z):
        (condition,) = ctx.saved
        xp = get_array_module(grad_z)
        zero = grad_z.dtype.type(0)
        _, needs_a, needs_b = ctx.needs_input_grad
        return None, xp.where(condition, grad_z, zero) if needs_a else None, xp.where(condition, zero, grad_z) if needs_b else None


def where(condition, input, other):
    """input where the condition holds, other elsewhere; all three broadcast.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([-1.0, 2.0])
        >>> tinyreg.where(x > 0, x, 0)
        tensor([0., 2.])
    """
    if not isinstance(condition, Tensor) or condition.array.dtype.kind != "b":
        got = condition.array.dtype if isinstance(condition, Tensor) else type(condition).__name__
        raise RuntimeError(f"where: condition must be a bool Tensor, got {got}; write a comparison such as x > 0")
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        input = wrap(get_array_module(condition.array).asarray(input, dtype="float32" if isinstance(input, float) or isinstance(other, float) else None))
    a, b = operands("where", input, other)
    if not isinstance(b, Tensor) and b is not None:
        b = wrap(get_array_module(a.array).asarray(b, dtype=a.array.dtype))
    elif not isinstance(a, Tensor):
        a = wrap(get_array_module(b.array).asarray(a, dtype=b.array.dtype))
    try:
        return WhereFunction.apply(condition, a, b)
    except ValueError:
        refuse_shapes("where", a, b)


def masked_fill(input, mask, value):
    """input, with value where the mask holds."""
    return where(mask, value, input)
