"""How far apart two vectors are, and in which direction one points: normalize, cosine_similarity, pairwise_distance.

    x/|x|                            normalize: the direction of x, a vector of length 1
    x1 x2 / (|x1| |x2|)              cosine_similarity: 1 in the same direction, 0 at a right angle, -1 opposite
    |x1 - x2|                        pairwise_distance

All are built from ops, and so are their derivatives. What the roads through the length add up to, with u = x/|x| and g
the cotangent of u:

    grad_x = (g - u (u g)) / |x|                                                                 (1)

the part of g at a right angle to u: a direction does not change when its vector grows. Where |x| lies below eps, the
length is the constant eps, and grad_x = g/eps.
"""

import numpy as np

from ..autograd import Tensor
from ..module import Module
from ..ops.arithmetic import add, div, mul, sub
from ..ops.broadcasting import operands, refuse_shapes
from ..ops.dimension import dimension, dimensions
from ..ops.elementwise import clamp
from ..ops.floating import check_floating, check_tensor
from ..ops.norm import norm
from ..ops.number import check_number
from ..ops.reduction import sum
from ..ops.shaping import broadcast_to


def normalize(input: Tensor, p: float | str = 2.0, dim: int | tuple[int, ...] | None = 1, eps: float = 1e-12) -> Tensor:
    """Divide by the p-norm along dim: input / max(|input|_p, eps).

    Args:
        input: floating point Tensor.
        p: which norm, as in norm; 2 is the Euclidean length.
        dim: the dimension along which vectors lie, or several; None for all.
        eps: the least that is divided by, so that 0 stays 0.

    Shape:
        any; output as input.

    Raises:
        IndexError: input has no such dimension.
        RuntimeError: integers; a p that is no norm.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.normalize(tinyreg.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    who = "normalize"
    check_floating(who, input, error=RuntimeError)
    check_number(who, eps=eps)
    dimensions(who, dim, input.array.ndim)
    return div(input, clamp(norm(input, p, dim, keepdim=True), min=float(eps)))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along dim: x1 x2 / (max(|x1|, eps) max(|x2|, eps)).

    Args:
        x1, x2: Tensors of numbers, at least one of them floating point, that broadcast.
        dim: the dimension along which vectors lie, in the common shape.
        eps: the least length that is divided by, at least 0.

    Shape:
        x1 and x2 broadcast to a common shape; output that shape without dim.

    Raises:
        IndexError: the common shape has no such dimension.
        RuntimeError: shapes that do not broadcast; two integers; eps below 0.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1.0, 0.0], [1.0, 1.0]])
        >>> tinyreg.nn.functional.cosine_similarity(x, tinyreg.tensor([[2.0, 0.0]]))
        tensor([1.0000, 0.7071])
    """
    who = "cosine_similarity"
    x1, x2 = _pair(who, x1, x2)
    check_floating(who, x1, "x1", RuntimeError)
    check_number(who, eps=eps)
    if eps < 0:
        raise RuntimeError(f"{who}: eps must be at least 0, got eps={eps}; it is the least length that is divided by")
    try:
        shape = np.broadcast_shapes(x1.array.shape, x2.array.shape)
    except ValueError:
        refuse_shapes(who, x1, x2)
    dimension(who, dim, len(shape))
    x1, x2 = (x if x.array.shape == shape else broadcast_to(x, shape) for x in (x1, x2))
    u1, u2 = (div(x, clamp(norm(x, 2, dim, keepdim=True), min=float(eps))) for x in (x1, x2))
    return sum(mul(u1, u2), dim)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension.

    Args:
        x1, x2: Tensors of numbers that broadcast; each row is compared with its partner.
        p: which norm; 2 is the Euclidean distance.
        eps: added to each difference, so that equal rows are no kink.
        keepdim: keep the last dimension, with size 1.

    Shape:
        x1 and x2 broadcast to (..., D); output (...), or (..., 1).

    Raises:
        RuntimeError: shapes that do not broadcast.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[0.0, 0.0], [3.0, 4.0]])
        >>> tinyreg.nn.functional.pairwise_distance(x, tinyreg.zeros(2))
        tensor([0.0000, 5.0000])
    """
    who = "pairwise_distance"
    check_number(who, p=p, eps=eps)
    x1, x2 = _pair(who, x1, x2)
    return norm(add(sub(x1, x2), float(eps)), float(p), -1, keepdim)


def _pair(who, x1, x2):
    check_tensor(who, x1, "x1")
    check_tensor(who, x2, "x2")
    return operands(who, x1, x2)


class CosineSimilarity(Module):
    """The cosine of the angle between vectors along dim; see cosine_similarity.

    Args:
        dim: the dimension along which vectors lie.
        eps: the least length that is divided by, at least 0.

    Shape:
        two inputs that broadcast to a common shape; output that shape without dim.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.CosineSimilarity(dim=0)(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([-2.0, -4.0]))
        tensor(-1.)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of the differences of rows; see pairwise_distance.

    Args:
        p: which norm; 2 is the Euclidean distance.
        eps: added to each difference.
        keepdim: keep the last dimension, with size 1.

    Shape:
        two inputs that broadcast to (..., D); output (...), or (..., 1).

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.PairwiseDistance(p=1, eps=0)(tinyreg.tensor([[1.0, 2.0]]), tinyreg.tensor([[0.0, 5.0]]))
        tensor([4.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        check_number("PairwiseDistance", p=p, eps=eps)
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
