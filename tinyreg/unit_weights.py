"""Where in a tensor of weights those of one unit stand: what group lasso, max-norm and the like act on one by one.

The weight of a linear layer is (out, in), that of a convolution (out, in/G, *kernel) for G groups: the incoming weights of
an output unit (a row, a filter) are what has one index along dimension 0. A transposed convolution's weight is
(in, out/G, *kernel). Its units are numbered by dimension 1, once in each group, and group g of them is fed by group g of
dimension 0. Seen in the shape

    (G, in/G, out/G, *kernel)                                                                    (1)

a unit has one index along dimensions 0 and 2, and its incoming weights lie along the others. For the outgoing weights of
an input the two kinds of layers change places. Both are `Units` here: a shape in which to look at the tensor, which never
moves a number in memory, and the axes along which the weights of one unit lie.
"""

from math import prod
from typing import NamedTuple

from .autograd import Tensor
from .ops.dimension import dimension
from .parameter import Weights, penalized_with_modules


class Units(NamedTuple):
    """Weights unit by unit.

    Attributes:
        tensor: the weights.
        shape: to look at them in this shape is a view.
        axes: the weights of one unit lie along these axes of it, and the others number the units.
        groups: so many blocks of units, one behind the other, see different inputs.

    Example:
        >>> import tinyreg
        >>> (units,) = unit_weights(tinyreg.nn.Conv2d(4, 8, 3, groups=2), "example")
        >>> units.shape, units.axes, units.groups, units.size
        (Size([8, 2, 3, 3]), (1, 2, 3), 2, 18)
    """

    tensor: Tensor
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    groups: int = 1

    @property
    def size(self) -> int:
        """How many weights a unit has."""
        return prod(self.shape[axis] for axis in self.axes)


def unit_weights(params: Weights, who: str, dim: int = 0) -> list[Units]:
    """The weights on which a penalty acts, unit by unit.

    Args:
        params: a Module, whose linear and conv weights are meant; or Tensors, all of which are.
        who: the door that error messages name; with an underscore at its end where it writes.
        dim: with Tensors, the dimension that numbers the units. With a Module 0 for the incoming weights of each output
            unit, 1 for the outgoing weights of each input, also in transposed convolutions.

    Raises:
        IndexError: a tensor has no such dimension; neither 0 nor 1 with a Module.

    Example:
        >>> import tinyreg
        >>> [units.shape for units in unit_weights(tinyreg.nn.ConvTranspose1d(4, 6, 3, groups=2), "example")]
        [(2, 2, 3, 3)]
    """
    return [_units(tensor, module, who, dim) for tensor, module in penalized_with_modules(params, who)]


def _units(tensor, module, who, dim):
    shape, ndim = tensor.shape, tensor.array.ndim
    if module is None:
        axis, groups = dimension(who, dim, ndim), 1
    else:
        if dim not in (0, 1):
            raise IndexError(f"{who}: dim must be 0 or 1 for a Module, got dim={dim}; 0 is each output unit, 1 each of its inputs")
        axis = dimension(who, 1 - dim if getattr(module, "transposed", False) else dim, ndim)
        groups = getattr(module, "groups", 1)
    if axis == 1 and groups > 1:
        return Units(tensor, (groups, shape[0] // groups, *shape[1:]), (1, *range(3, ndim + 1)), groups)     # (1)
    return Units(tensor, shape, tuple(i for i in range(ndim) if i != axis), groups)
