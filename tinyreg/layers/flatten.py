"""Flatten and Identity: layers without parameters that only pass values on."""

from ..module import Module
from ..ops.shaping import flatten


class Flatten(Module):
    """Take dimensions together: images (N, C, H, W) become rows (N, C H W).

    Args:
        start_dim, end_dim: the first and the last dimension to take; 0 takes the examples, too.

    Example:
        >>> import tinyreg
        >>> Flatten()(tinyreg.randn(5, 3, 8, 8)).shape
        Size([5, 192])
    """

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """Return the input itself; a place holder. Arguments are accepted and ignored.

    Example:
        >>> import tinyreg
        >>> Identity(54, unused=True)(tinyreg.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input
