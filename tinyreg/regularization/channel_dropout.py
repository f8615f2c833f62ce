"""Channel dropout: in training whole feature maps are zeroed, each with probability p, and the others grow by 1/(1 - p).

Forward
    x_s are the pixels of one channel of one example. One b is drawn for all of them, 1 with probability 1 - p and else 0,
    independently for each channel of each example:

        scale = 1/(1 - p)                                                                        (1)
        y_s = x_s b scale                                                                        (2)

    For a single pixel that is dropout: E[y_s] = x_s, and its variance is that of the room dropout, equation (3). What is
    new is that the pixels of a channel move together:

        Cov[y_s, y_t] = x_s x_t scale^2 Var[b] = x_s x_t p/(1 - p)                               (3)

    which for masks an element is 0 unless s = t.

Backward
    One road: y_s depends on x_s alone, and for a given b dy_s/dx_s = b scale:

        grad_x_s = grad_y_s b scale                                                              (4)

    the backward of dropout for a mask that broadcasts. A channel that was dropped gets no gradient at any of its pixels: the
    filter that made it learns nothing from this example.

Why it regularizes
    What follows a feature map adds up many of its pixels, a convolution those of a window, average pooling all. Let S of
    them be about equal, x_s = x: their average is x, and over the masks its variance is

        masks an element        x^2 p/(1 - p) / S                                                (5)
        masks a channel         x^2 p/(1 - p)                                                    (6)

    (6) by (3), S^2 equal terms divided by S^2. Where neighbours agree, as in the first layers of a network of images, masks
    an element average out: the network sees nearly what it sees without them. Masks a channel do not: no unit can count on
    a particular feature, which is what dropout is for (Tompson et al. 2015).

Edge cases
    p=0 and evaluation return the input itself; p=1 gives zeros, and zero gradients. Masking multiplies: an infinity that is
    dropped becomes NaN. Few channels make a rough mask: all C of an example are dropped with probability p^C.
    Shapes are PyTorch's. dropout1d takes (N, C, L), or (C, L) without examples, and refuses others. dropout2d is meant for
    (N, C, H, W); it reads three dimensions as (N, C, L), not as (C, H, W), and warns. dropout3d takes (N, C, D, H, W) or
    (C, D, H, W). Other numbers of dimensions are warned of; the second, in dropout3d the first, are then the channels.
    Before batch norm the variance in training is larger than in evaluation, as behind dropout: put it behind the last batch
    norm of its branch. Group and layer norm behind it see channels of zeros in their mean and variance, too. It has
    `stochastic` set, and so draws in Monte Carlo mode. Weight decay acts on a filter whether its map was dropped or not.

Cost
    A random number a channel instead of one a pixel, and one multiplication a pixel, forward and backward. The mask is
    kept, one byte a channel. Nothing in evaluation.

Source
    Tompson, Goroshin, Jain, LeCun, Bregler 2015, "Efficient object localization using convolutional networks", CVPR,
    arXiv 1411.4280, section 3.2 ("SpatialDropout").
"""

import warnings
from typing import Any

from ..autograd import Tensor
from ..dropping import DroppingLayer, channel_mask_shape, check_channel_mask, check_masked, drop
from ..ops.floating import check_tensor
from ..ops.number import check_probability
from ..random import Generator, chosen_generator
from .dropout import DropoutFunction

MEANING = "p is the probability of dropping a channel"


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, mask: Tensor | None = None, return_mask: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Zero each channel with probability p and scale the others by 1/(1 - p); in evaluation do nothing.

    Args:
        input: floating point Tensor.
        p: probability of dropping a channel, in [0, 1]: 0 returns the input, 1 gives zeros.
        training: False returns the input.
        inplace: write the result into input, which must not be a leaf that requires grad.
        mask: bool Tensor, True for what is kept, used instead of drawing one; p then sets the scale only.
        return_mask: also return the mask that was used (all True where nothing was dropped).
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input (N, C, L) or (C, L), mask (N, C, 1) or (C, 1), output input's.

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError: p outside [0, 1]; a mask that is not bool, or of another shape.
        RuntimeError: another number of dimensions; a Tensor of integers; inplace on a leaf that requires grad.
        TypeError: input or mask is not a Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> keep = tinyreg.tensor([[True], [False]])
        >>> dropout1d(tinyreg.ones(2, 3), p=0.2, mask=keep)
        tensor([[1.2500, 1.2500, 1.2500],
                [0.0000, 0.0000, 0.0000]])
    """
    dimensions = _dimensions("dropout1d", input, p)
    if dimensions not in (2, 3):
        raise RuntimeError(
            f"dropout1d: input must have shape (N, C, L) or (C, L), got shape {input.array.shape}; take dropout2d, dropout3d or dropout"
        )
    return _drop("dropout1d", input, p, training, inplace, mask, return_mask, generator, dimensions - 2)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, mask: Tensor | None = None, return_mask: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Zero each feature map with probability p and scale the others by 1/(1 - p); in evaluation do nothing.

    Args:
        input: floating point Tensor.
        p: probability of dropping a channel, in [0, 1]: 0 returns the input, 1 gives zeros.
        training, inplace, mask, return_mask, generator: as for dropout1d.

    Shape:
        input (N, C, H, W), mask (N, C, 1, 1), output input's. Of other numbers of dimensions, at least two, the second is
        taken for the channels, with a warning.

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError, RuntimeError, TypeError: as dropout1d; RuntimeError in training for fewer than two dimensions.

    Example:
        >>> import tinyreg
        >>> y = dropout2d(tinyreg.ones(1, 6, 2, 2), p=0.5)
        >>> sorted({tuple(channel.flatten().tolist()) for channel in y[0]})
        [(0.0, 0.0, 0.0, 0.0), (2.0, 2.0, 2.0, 2.0)]
    """
    dimensions = _dimensions("dropout2d", input, p)
    if dimensions == 3:
        _warn("dropout2d", "(N, C, H, W)", input, "it is read as (N, C, L): take dropout1d for that, and unsqueeze (C, H, W)")
    elif dimensions != 4:
        _warn("dropout2d", "(N, C, H, W)", input, "its second dimension is taken for the channels: take dropout for masks an element")
    return _drop("dropout2d", input, p, training, inplace, mask, return_mask, generator, 1)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, mask: Tensor | None = None, return_mask: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Zero each channel of voxels with probability p and scale the others by 1/(1 - p); in evaluation do nothing.

    Args:
        input: floating point Tensor.
        p: probability of dropping a channel, in [0, 1]: 0 returns the input, 1 gives zeros.
        training, inplace, mask, return_mask, generator: as for dropout1d.

    Shape:
        input (N, C, D, H, W) or (C, D, H, W), mask (N, C, 1, 1, 1) or (C, 1, 1, 1), output input's. Of other numbers of
        dimensions, at least one, the first is taken for the channels, with a warning.

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError, RuntimeError, TypeError: as dropout1d; RuntimeError in training for a 0-d input.

    Example:
        >>> import tinyreg
        >>> y, mask = dropout3d(tinyreg.ones(2, 3, 4, 4, 4), p=0.5, return_mask=True)
        >>> mask.shape, bool((y == 2 * mask.float()).all())
        (Size([2, 3, 1, 1, 1]), True)
    """
    dimensions = _dimensions("dropout3d", input, p)
    if dimensions not in (4, 5):
        advice = "its first dimension is taken for the channels: take dropout for masks an element"
        _warn("dropout3d", "(N, C, D, H, W) or (C, D, H, W)", input, advice)
    return _drop("dropout3d", input, p, training, inplace, mask, return_mask, generator, int(dimensions == 5))


def _dimensions(who, input, p):
    check_probability(who, MEANING, p=p)
    check_tensor(who, input)
    return input.array.ndim


def _warn(who, layouts, input, advice):
    warnings.warn(f"{who}: input must have shape {layouts}, got shape {input.array.shape}; {advice}", stacklevel=3)


def _drop(who, input, p, training, inplace, mask, return_mask, generator, channel):
    """Draw for each channel, `channel` the dimension that counts them, and multiply."""
    check_masked(who, input, None, training)
    active = training and (p > 0 or mask is not None)
    shape = channel_mask_shape(who, input.array.shape, channel) if active or return_mask or mask is not None else ()
    check_channel_mask(who, mask, shape)
    scale = 1 / (1 - p) if p < 1 else 0.0                                              # (1)
    return drop(
        who, input, active, inplace, mask, return_mask, shape,
        draw=lambda: chosen_generator(generator).keep_mask(shape, p),
        apply=lambda mask: DropoutFunction.apply(input, mask.array, scale=scale),      # (2)
    )  # fmt: skip


class Dropout1d(DroppingLayer):
    """Channel dropout as a layer behind Conv1d: active in training mode, the identity after eval(); see dropout1d.

    Args:
        p: probability of dropping a channel, in [0, 1]: 0 does nothing, 1 gives zeros.
        inplace: write the result into the input.

    Shape:
        (N, C, L) or (C, L), output as input.

    Raises:
        ValueError: p outside [0, 1].
        RuntimeError: another number of dimensions.
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Dropout1d(0.5)
        >>> layer(tinyreg.ones(8, 4, 10)).shape
        Size([8, 4, 10])
    """

    meaning = MEANING

    def forward(self, input: Tensor) -> Tensor:
        return dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(DroppingLayer):
    """Channel dropout as a layer behind Conv2d: active in training mode, the identity after eval(); see dropout2d.

    Args:
        p: probability of dropping a channel, in [0, 1]: 0 does nothing, 1 gives zeros.
        inplace: write the result into the input.

    Shape:
        (N, C, H, W), output as input; (N, C, L) with a warning.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.Conv2d(1, 8, 3), tinyreg.nn.ReLU(), tinyreg.nn.Dropout2d(0.2))
        >>> net(tinyreg.randn(2, 1, 28, 28)).shape
        Size([2, 8, 26, 26])
    """

    meaning = MEANING

    def forward(self, input: Tensor) -> Tensor:
        return dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(DroppingLayer):
    """Channel dropout as a layer behind Conv3d: active in training mode, the identity after eval(); see dropout3d.

    Args:
        p: probability of dropping a channel, in [0, 1]: 0 does nothing, 1 gives zeros.
        inplace: write the result into the input.

    Shape:
        (N, C, D, H, W) or (C, D, H, W), output as input.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Dropout3d(0.5)(tinyreg.ones(2, 3, 4, 4, 4)).shape
        Size([2, 3, 4, 4, 4])
    """

    meaning = MEANING

    def forward(self, input: Tensor) -> Tensor:
        return dropout3d(input, self.p, self.training, self.inplace)
