"""erf: the area under the bell curve, which gelu and the normal distribution need and NumPy does not have.

    erf(x) = 2/sqrt(pi) * integral of e^(-t^2) dt from 0 to x                                                   (1)

Forward
    The integral is not elementary. Two rational functions, fitted once and for all, give it to the last digit of float64:

        erf(x) = x * P(x^2)/Q(x^2)                 for 0 <= x < 1,                                              (2)
        erf(x) = 1 - e^(-x^2) * R(x)/S(x)          for 1 <= x,                                                  (3)

    and erf(-x) = -erf(x) gives the rest. Both are computed everywhere and `where` picks; x is cut at 6, where erf has
    long rounded to 1, so that no power of x overflows.

Backward
    By (1) the slope is the bell curve itself:

        d erf(x)/dx = 2/sqrt(pi) * e^(-x^2)                                                                     (4)

Source: S. L. Moshier, Methods and Programs for Mathematical Functions (1989); the coefficients are those of the Cephes
    library, ndtr.c (T, U, P and Q there).
"""

import math

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module, pieces
from .floating import floating

P = (9.60497373987051638749, 90.0260197203842689217, 2232.00534594684319226, 7003.32514112805075473, 55592.3013010394962768)
Q = (1.0, 33.5617141647503099647, 521.357949780152679795, 4594.32382970980127987, 22629.0000613890934246, 49267.3942608635921086)
R = (
    2.46196981473530512524e-10, 0.564189564831068821977, 7.46321056442269912687, 48.6371970985681366614, 196.520832956077098242,
    526.445194995477358631, 934.528527171957607540, 1027.55188689515710272, 557.535335369399327526,
)  # fmt: skip
S = (
    1.0, 13.2281951154744992508, 86.7072140885989742329, 354.937778887819891062, 975.708501743205489753,
    1823.90916687909736289, 2246.33760818710981792, 1656.66309194161350182, 557.535340817727675546,
)  # fmt: skip


def erf_values(x):
    """erf of a raw floating point array, to the last digits of its dtype.

    Example:
        >>> import numpy
        >>> erf_values(numpy.array([-numpy.inf, 0.0, 0.5])).round(6).tolist()
        [-1.0, 0.0, 0.5205]
    """
    if x.dtype.itemsize < 4:  # float16 has no room for the coefficients
        return erf_values(x.astype("float32")).astype(x.dtype)
    xp = get_array_module(x)
    y = xp.empty_like(x)
    for x_part, y_part in pieces(x, y):
        size = xp.minimum(xp.abs(x_part), 6)
        square = size * size
        inner = size * polynomial(P, square) / polynomial(Q, square)                                           # (2)
        outer = 1 - xp.exp(-square) * polynomial(R, size) / polynomial(S, size)                                # (3)
        xp.copysign(xp.where(size < 1, inner, outer), x_part, out=y_part)
    return y


def polynomial(coefficients, x):
    """c0 x^n + c1 x^(n-1) + ... + cn of a raw array by Horner's rule: multiply by x, add the next, and so on.

    Example:
        >>> import numpy
        >>> polynomial((1.0, 0.0, 2.0), numpy.array([3.0])).tolist()
        [11.0]
    """
    first, second, *rest = coefficients
    y = x * first
    y += second
    for coefficient in rest:
        y *= x
        y += coefficient
    return y


class Erf(ArrayFunction):
    """y = erf(x): dy/dx = 2/sqrt(pi) * e^(-x^2)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return erf_values(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y * (2 / math.sqrt(math.pi) * get_array_module(x).exp(-x * x)),)                          # (4)


def erf(input: Tensor) -> Tensor:
    """The error function, elementwise: 2/sqrt(pi) times the integral of e^(-t^2) from 0 to input.

    It rises from -1 to 1; (1 + erf(x/sqrt(2)))/2 is the probability that a standard normal number lies below x.

    Args:
        input: Tensor; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.erf(tinyreg.tensor([-0.5, 0.0, 0.5, 6.0]))
        tensor([-0.5205,  0.0000,  0.5205,  1.0000])
    """
    return Erf.apply(floating("erf", input))
