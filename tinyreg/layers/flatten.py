"""Flatten, Unflatten and Identity: layers without parameters that only pass values on."""

from typing import Any

from ..autograd import Tensor
from ..module import Module
from ..ops.dimension import integers
from ..ops.shaping import flatten, unflatten


class Flatten(Module):
    """Take dimensions together: images (N, C, H, W) become rows (N, C H W).

    Args:
        start_dim, end_dim: the first and the last dimension to take; 0 takes the examples, too.

    Example:
        >>> import tinyreg
        >>> Flatten()(tinyreg.randn(5, 3, 8, 8)).shape
        Size([5, 192])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split a dimension into several: rows (N, C H W) become images (N, C, H, W).

    Args:
        dim: the dimension that is split.
        unflattened_size: the sizes that it becomes, whose product it is; one may be -1, to be worked out.

    Shape:
        (..., S, ...) -> (..., *unflattened_size, ...).

    Raises:
        TypeError: unflattened_size is not a tuple of integers.
        RuntimeError: sizes whose product is another one, when it is called.

    Example:
        >>> import tinyreg
        >>> Unflatten(1, (3, 8, -1))(tinyreg.randn(5, 192)).shape
        Size([5, 3, 8, 8])
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...] | list[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"Unflatten: unflattened_size must be a tuple of integers, got {unflattened_size!r}; give one size a dimension"
            )
        integers("Unflatten", (unflattened_size,), name="unflattened_size")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return unflatten(input, self.dim, tuple(self.unflattened_size))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """Return the input itself; a place holder. Arguments are accepted and ignored.

    Example:
        >>> import tinyreg
        >>> Identity(54, unused=True)(tinyreg.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
