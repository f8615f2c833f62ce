"""fill_ zero_ uniform_ normal_ bernoulli_ random_: values written into a tensor that is there.

They write in place: a leaf that requires grad is filled under no_grad, and what a recorded tensor was before gets gradient 0.
"""

import math

import numpy as np

from ..autograd import Tensor
from ..autograd.in_place import empty
from ..autograd.tensor import wrap
from ..backend import xp
from ..random import Generator, chosen_generator
from .broadcasting import float32
from .creation import bernoulli
from .dimension import integer
from .floating import check_floating
from .number import check_number, in_dtype, whole_range


def _fill(input, values):
    return input.copy_(wrap(values.astype(input.array.dtype, copy=False)))


def fill_(input: Tensor, value: Tensor | float) -> Tensor:
    """Write one value into every element.

    Args:
        input: Tensor, itself written.
        value: a number or a tensor without dimensions.

    Raises:
        RuntimeError: a tensor with dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.empty(2).fill_(3)
        tensor([3., 3.])
    """
    if not isinstance(value, Tensor):
        check_number("fill_", value=value)
        result = input.copy_(wrap(xp().full((), in_dtype("fill_", value, input.array.dtype), dtype=input.array.dtype)))
        if not value:
            empty(input)  # of a gradient: it is forgotten
        return result
    if value.array.ndim:
        raise RuntimeError(f"fill_: value must be a number or a 0-d tensor, got a tensor of shape {value.array.shape}; take value.item()")
    return input.copy_(value)


def zero_(input: Tensor) -> Tensor:
    """Write zeros.

    Args:
        input: Tensor, itself written.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2).zero_()
        tensor([0., 0.])
    """
    return fill_(input, 0)


def uniform_(input: Tensor, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Write uniform random numbers in [a, b).

    Args:
        input: Tensor, itself written.
        a, b: the ends of the interval, a at most b; equal ones fill with a.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: a exceeds b.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.empty(1000).uniform_(-1, 1)
        >>> bool(abs(x).max() <= 1)
        True
    """
    check_number("uniform_", a=a, b=b)
    if a > b:
        raise RuntimeError(f"uniform_: a must not exceed b, got a={a}, b={b}; they are the ends of the interval")
    draws = chosen_generator(generator).uniform(input.array.shape, dtype=_draw_dtype("uniform_", input))
    return _fill(input, draws * (float(b) - float(a)) + float(a))


def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Write normal random numbers.

    Args:
        input: Tensor, itself written.
        mean: a number.
        std: at least 0; at 0 every element is the mean.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: std is negative.

    Example:
        >>> import tinyreg
        >>> tinyreg.empty(2).normal_(5, 0)
        tensor([5., 5.])
    """
    check_number("normal_", mean=mean, std=std)
    if std < 0:
        raise RuntimeError(f"normal_: std must not be negative, got {std}; it is a standard deviation")
    draws = chosen_generator(generator).normal(input.array.shape, dtype=_draw_dtype("normal_", input))
    return _fill(input, draws * float(std) + float(mean))


def bernoulli_(input: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Write 0 or 1, 1 with probability p (a number, or a tensor of probabilities that broadcasts).

    Args:
        input: Tensor, itself written.
        p: in [0, 1]; 0 writes zeros, 1 ones.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: p outside [0, 1].

    Example:
        >>> import tinyreg
        >>> tinyreg.empty(2).bernoulli_(1)
        tensor([1., 1.])
    """
    if isinstance(p, Tensor):
        return _fill(input, bernoulli(p.detach().expand(input.array.shape), generator=generator).array)
    return _fill(input, bernoulli(input.detach(), p, generator=generator).array)


def random_(input: Tensor, *bounds: int | None, to: int | None = None, generator: Generator | None = None) -> Tensor:
    """Write random integers: random_(to) from 0, random_(from, to) from another one, random_() all that the dtype holds.

    Args:
        input: Tensor, itself written.
        bounds, to: the smallest integer, 0 where it is left out, and one more than the largest; None for the largest one
            up to which the dtype holds every integer (2**24 for float32).
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: nothing lies between the bounds, or they leave an integer dtype.
        TypeError: the bounds are no integers.

    Example:
        >>> import tinyreg
        >>> tinyreg.empty(3).random_(5, 6)
        tensor([5., 5., 5.])
    """
    dtype = input.array.dtype
    given = (*bounds, to) if to is not None else bounds
    low, to = {0: (0, None), 1: (0, *given)}.get(len(given), given)
    if dtype.kind == "f":
        lowest, largest = -math.inf, 2 ** (np.finfo(dtype).nmant + 1)  # up to here it holds every integer
    else:
        lowest, largest = (0, 1) if dtype.kind == "b" else whole_range(dtype)
    low, end = integer("random_", **{"from": low}), largest + 1 if to is None else integer("random_", to=to)
    if low >= end:
        raise RuntimeError(f"random_: from must lie below to, got from={low}, to={end}; to is not drawn itself")
    if dtype.kind != "f" and not lowest <= low < end <= largest + 1:
        raise RuntimeError(f"random_: the integers must fit into dtype {dtype}, got from={low}, to={end}; bring them closer, or convert")
    return _fill(input, chosen_generator(generator).integers(low, end, input.array.shape))


def _draw_dtype(who, input):
    check_floating(who, input)
    return input.array.dtype if input.array.dtype.itemsize >= 4 else float32
