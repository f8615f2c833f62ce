"""What the rooms share that drop elements or channels at random: the rules for masks, the door, the product with a mask, the layer.

A mask is an array of bool, True for what is kept, of the shape of what it masks or of one that broadcasts to it: one with
sizes of 1 behind the channels, (N, C, 1, 1), drops whole channels.
"""

from __future__ import annotations

from .autograd.in_place import write
from .autograd.tensor import wrap
from .backend import fuse, get_array_module, pieces, reads_at_once
from .module import Module
from .ops.floating import check_floating, check_tensor
from .ops.number import check_probability
from .thread_pool import each


def check_masked(who, input, mask, training):
    """Refuse an input that cannot be scaled, and a mask that does not fit it.

    Args:
        who: the door that error messages name.
        input: a Tensor, of floating point numbers in training.
        mask: a Tensor of bool that broadcasts to input's shape, or None.
        training: whether input will be masked.

    Raises:
        TypeError: input or mask is not a Tensor.
        RuntimeError: integers in training.
        ValueError: a mask of another dtype or shape.

    Example:
        >>> import tinyreg
        >>> check_masked("dropout", tinyreg.ones(2), tinyreg.tensor([True, False]), training=True)
    """
    check_tensor(who, input)
    if training:
        check_floating(who, input, error=RuntimeError)
    if mask is None:
        return
    _check_bool(who, mask)
    check_broadcast(who, input, mask, "mask")


def check_broadcast(who, input, factor, name):
    """Refuse what does not broadcast to input's shape: a product with it would be larger.

    Raises:
        ValueError: both shapes are named.

    Example:
        >>> import tinyreg
        >>> check_broadcast("dropout", tinyreg.ones(2, 3), tinyreg.ones(3), "mask")
    """
    sizes = zip(reversed(factor.array.shape), reversed(input.array.shape))
    if factor.array.ndim > input.array.ndim or any(m not in (1, n) for m, n in sizes):
        raise ValueError(
            f"{who}: {name} must broadcast to input, got {name} of shape {factor.array.shape} for input of shape {input.array.shape}; "
            "give it input's shape"
        )


def channel_mask_shape(who, shape, channel=1):
    """The shape of a mask with one element a channel: the sizes up to the channels, and a 1 for each dimension behind.

    Raises:
        RuntimeError: there is no dimension of channels.

    Example:
        >>> channel_mask_shape("dropout2d", (8, 3, 32, 32))
        (8, 3, 1, 1)
    """
    if len(shape) <= channel:
        raise RuntimeError(f"{who}: input must have channels, (N, C) or (N, C, ...), got shape {shape}; unsqueeze it, or take dropout")
    return (*shape[: channel + 1], *[1] * (len(shape) - channel - 1))


def check_channel_mask(who, mask, shape):
    """Refuse a mask, if there is one, that has not one element for each channel.

    Raises:
        TypeError: it is not a Tensor.
        ValueError: another dtype or shape.

    Example:
        >>> import tinyreg
        >>> check_channel_mask("dropout2d", tinyreg.tensor([[[[True]]]]), (1, 1, 1, 1))
    """
    check_mask(who, mask, shape, "one element a channel")


def check_mask(who, mask, shape, meaning):
    """Refuse a mask, if there is one, that is not of bool or not of exactly this shape; `meaning` says what that is.

    Raises:
        TypeError: it is not a Tensor.
        ValueError: another dtype or shape.

    Example:
        >>> import tinyreg
        >>> check_mask("stochastic_depth", tinyreg.tensor([[True], [False]]), (2, 1), "one element an example")
    """
    if mask is None:
        return
    _check_bool(who, mask)
    if mask.array.shape != shape:
        raise ValueError(f"{who}: mask must have shape {shape}, {meaning}, got {mask.array.shape}; return_mask=True shows one")


def _check_bool(who, mask):
    check_tensor(who, mask, "mask")
    if mask.array.dtype.kind != "b":
        raise ValueError(f"{who}: mask must be bool, True for what is kept, got dtype {mask.array.dtype}; compare it with 0")


def drop(who, input, active, inplace, factor, return_factor, shape, *, draw, apply, dtype=bool):
    """What a functional door does once its arguments are checked: draw what was not given, apply it, return what was asked for.

    Args:
        who: the door that error messages name.
        input: a Tensor.
        active: whether anything is dropped; otherwise the result is input itself.
        inplace: write the result into input.
        factor: the mask or the noise, a Tensor; None draws it.
        return_factor: also return it; where nothing was dropped, it is all ones.
        shape, dtype: of the factor.
        draw: draw() -> an array, called only where it is needed.
        apply: apply(factor) -> the output.

    Example:
        >>> import tinyreg
        >>> x, half = tinyreg.ones(2), tinyreg.tensor([True, False])
        >>> drop("who", x, True, False, half, True, (2,), draw=None, apply=lambda mask: x * mask)
        (tensor([1., 0.]), tensor([ True, False]))
    """
    if active:
        factor = wrap(draw()) if factor is None else factor
        output = apply(factor)
        if inplace:
            output = write(input, output, who)
    else:
        factor, output = None, input
    if not return_factor:
        return output
    return output, wrap(get_array_module(input.array).ones(shape, dtype=dtype)) if factor is None else factor


def thin(x, mask, scale):
    """x mask scale, piece by piece: the mask grows from one byte an element to x's dtype in the cache only.

    Example:
        >>> import numpy
        >>> thin(numpy.array([1.0, 2.0]), numpy.array([True, False]), 2)
        array([2., 0.])
    """
    if mask.shape != x.shape:
        return x * (mask * x.dtype.type(scale))
    if not reads_at_once(x):
        return _thinned(x, mask, scale)
    xp = get_array_module(x)
    y = xp.empty_like(x)

    def product(part):
        x_part, mask_part, y_part = part
        factor = mask_part.astype(x.dtype)
        factor *= scale
        xp.multiply(x_part, factor, out=y_part)

    each(product, pieces(x, mask, y), x.size)
    return y


@fuse
def _thinned(x, mask, scale):
    return x * (mask.astype(x.dtype) * scale)


class DroppingLayer(Module):
    """Base of the layers that drop with probability p in training, and are the identity in evaluation; they write forward.

    Args:
        p: the probability, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.
    """

    stochastic = True
    meaning = "p is the probability of dropping an element"

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(type(self).__name__, self.meaning, p=p)
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
