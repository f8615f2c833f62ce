"""flip roll rot90: the same elements, each in another place.

Every element moves to exactly one place, so that backward is the move back:

    flip      y_i = x_(n - 1 - i)                 grad_x = grad_y flipped: a mirror is its own inverse
    roll      y_i = x_((i - s) mod n)             grad_x = grad_y rolled by -s
    rot90     a transposition and a flip          the same, in the other order
"""

from collections.abc import Sequence

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..types import Dims, Sizes
from .conversion import clone
from .dimension import dimension, dimensions, integer, integers
from .floating import check_tensor
from .shaping import transpose


class Flip(ArrayFunction):
    """y = x with some axes reversed; grad_x = grad_y, reversed back."""

    @staticmethod
    def forward(ctx, x, *, axes):
        ctx.axes = axes
        return get_array_module(x).flip(x, axes).copy()  # PyTorch's is a copy, too

    @staticmethod
    def backward(ctx, grad_y):
        return (get_array_module(grad_y).flip(grad_y, ctx.axes),)


class Roll(ArrayFunction):
    """y = x moved along its axes (None: in row-major order), around the end; grad_x = grad_y moved back."""

    @staticmethod
    def forward(ctx, x, *, shifts, axes):
        ctx.shifts, ctx.axes = shifts, axes
        return get_array_module(x).roll(x, shifts, axes)

    @staticmethod
    def backward(ctx, grad_y):
        back = -ctx.shifts if ctx.axes is None else tuple([-shift for shift in ctx.shifts])
        return (get_array_module(grad_y).roll(grad_y, back, ctx.axes),)


def flip(input: Tensor, *order: Sizes, dims: Sequence[int] | None = None) -> Tensor:
    """The elements in reverse order along some dimensions: a copy.

    Args:
        input: Tensor.
        order, dims: the dimensions, each once, as integers or one tuple of them.

    Raises:
        RuntimeError: a dimension is named twice.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.flip(tinyreg.tensor([[1, 2], [3, 4]]), (0,))
        tensor([[3, 4],
                [1, 2]])
    """
    check_tensor("flip", input)
    given = integers("flip", order, dims, "dims")
    axes = dimensions("flip", given, input.array.ndim)
    return clone(input) if axes is None else Flip.apply(input, axes=axes)


def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order: flip along dimension 1.

    Args:
        input: Tensor of at least 2 dimensions.

    Raises:
        RuntimeError: fewer dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.fliplr(tinyreg.tensor([[1, 2], [3, 4]]))
        tensor([[2, 1],
                [4, 3]])
    """
    return _mirrored("fliplr", input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order: flip along dimension 0.

    Args:
        input: Tensor of at least 1 dimension.

    Raises:
        RuntimeError: a 0-d tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.flipud(tinyreg.tensor([[1, 2], [3, 4]]))
        tensor([[3, 4],
                [1, 2]])
    """
    return _mirrored("flipud", input, 0)


def _mirrored(who, input, axis):
    check_tensor(who, input)
    shape = tuple(input.array.shape)
    if len(shape) <= axis:
        raise RuntimeError(f"{who}: the input must have at least {axis + 1} dimensions, got shape {shape}; unsqueeze it")
    return Flip.apply(input, axes=(axis,))


def roll(input: Tensor, shifts: Sizes, dims: Dims = None) -> Tensor:
    """The elements moved along some dimensions; what leaves at one end enters at the other.

    Args:
        input: Tensor.
        shifts: by how many places, one number a dimension; negative ones move towards the beginning.
        dims: the dimensions, in which one may come twice; None moves the elements in row-major order.

    Raises:
        RuntimeError: not as many shifts as dims.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.roll(tinyreg.tensor([1, 2, 3, 4]), 1)
        tensor([4, 1, 2, 3])
        >>> tinyreg.roll(tinyreg.tensor([[1, 2], [3, 4]]), (1, 1), (0, 1))
        tensor([[4, 3],
                [2, 1]])
    """
    check_tensor("roll", input)
    by = integers("roll", (shifts,), name="shifts")
    along = () if dims is None else integers("roll", (dims,), name="dims")
    if len(by) != (len(along) or 1):
        raise RuntimeError(f"roll: shifts must hold one number for each of dims, got shifts={shifts} and dims={dims}; give as many")
    if not along:
        return Roll.apply(input, shifts=by[0], axes=None)
    if input.array.ndim == 0:
        raise IndexError(f"roll: the input must have a dimension to name, got dims={dims} for a 0-d tensor; leave dims out")
    return Roll.apply(input, shifts=by, axes=tuple([dimension("roll", dim, input.array.ndim) for dim in along]))


def rot90(input: Tensor, k: int = 1, dims: tuple[int, int] = (0, 1)) -> Tensor:
    """The tensor turned by k times 90 degrees in the plane of two dimensions, from the first towards the second: a copy.

    Args:
        input: Tensor of at least 2 dimensions.
        k: quarter turns; negative ones turn back.
        dims: two different dimensions.

    Raises:
        RuntimeError: not two different dimensions, or an input that has fewer.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.rot90(tinyreg.tensor([[1, 2], [3, 4]]))
        tensor([[2, 4],
                [1, 3]])
    """
    check_tensor("rot90", input)
    turns, plane = integer("rot90", k=k), integers("rot90", (dims,), name="dims")
    ndim = input.array.ndim
    if len(plane) != 2 or ndim < 2:
        raise RuntimeError(
            f"rot90: dims must be two dimensions of an input that has as many, got {dims} for shape {tuple(input.array.shape)}; name two"
        )
    first, second = dimensions("rot90", plane, ndim)
    if turns % 4 == 0:
        return clone(input)
    if turns % 4 == 2:
        return Flip.apply(input, axes=(first, second))
    return Flip.apply(transpose(input, first, second), axes=(first if turns % 4 == 1 else second,))
