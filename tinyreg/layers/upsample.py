"""interpolate and Upsample: signals, images and volumes made larger (or smaller) by repeating the nearest value.

Forward: along an axis of n values, y has m; scale is n/m, or 1/scale_factor where that is given,

        y[p] = x[i(p)],   i(p) = min(floor(p scale), n - 1)                                      (1)

so for a whole factor every value stands there `factor` times, side by side. Several axes are taken one after the other.
(1) is computed in float32, as PyTorch does for images: where p scale is a whole number but for rounding, that chooses the
neighbour. Where m is n or 2 n, i(p) is p or floor(p/2) whatever the factor was.

Backward: y holds copies of x, so every value collects the gradients of its copies (ops/axis.py):

        grad_x[i] = sum of G[p] over p with i(p) = i                                             (2)

i(p) never falls, so the copies of a value are a run in y. The k-th copies of all values that have so many are one pair of
ops/axis.py: strided slices where the runs are equally long, lists of places where they are not.
"""

from collections.abc import Sequence
from math import isfinite
from operator import index

from numpy import float32

from ..autograd import Tensor
from ..module import Module
from ..ops.axis import Copies
from .geometry import SHAPES

MODES = "linear bilinear bicubic trilinear area nearest-exact lanczos".split()  # PyTorch's others


def sources(n, m, scale):
    """i(p) of equation (1) for every p: m places in n values.

    Example:
        >>> sources(3, 7, 3 / 7)
        [0, 0, 0, 1, 1, 2, 2]
    """
    if m in (n, 2 * n):
        return [p * n // m for p in range(m)]
    scale = float32(scale)
    return [min(int(float32(p) * scale), n - 1) for p in range(m)]                     # (1)


def runs(places):
    """The pairs (places in y, places in x) of ops/axis.py, for y[p] = x[places[p]] with places that never fall.

    Example:
        >>> runs([0, 0, 1, 1]), runs([0, 0, 1])
        ([(slice(0, 3, 2), slice(0, 2, 1)), (slice(1, 4, 2), slice(0, 2, 1))], [([0, 2], [0, 1]), ([1], [0])])
    """
    pairs, copy = [], 0
    for p, i in enumerate(places):
        copy = copy + 1 if p and places[p - 1] == i else 0  # which copy of x[i] this is
        if copy == len(pairs):
            pairs.append(([], []))
        pairs[copy][0].append(p)
        pairs[copy][1].append(i)
    return pairs if len({len(there) for there, _ in pairs}) > 1 else [(_strided(there), _strided(here)) for there, here in pairs]


def _strided(places):
    """Rising places as a slice, where they have one distance."""
    steps = {b - a for a, b in zip(places, places[1:])} or {1}
    return slice(places[0], places[-1] + 1, *steps) if len(steps) == 1 else places


def interpolate(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | tuple[float, ...] | list[float] | None = None,
    mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """The input with more (or fewer) values on its spatial axes, each the nearest of the input's.

    Args:
        input: signals, images or volumes, with batch and channels.
        size: values on each spatial axis of the output, at least 1; an integer or one an axis.
        scale_factor: how many times as many, above 0; a number or one an axis. Give either size or scale_factor.
        mode: 'nearest'.
        align_corners, antialias: have no meaning for 'nearest'; None and False.
        recompute_scale_factor: with scale_factor: True takes the ratio of the sizes in (1), None and False the factor as it
            was given.

    Shape:
        (N, C, L) -> (N, C, P), (N, C, H, W) -> (N, C, P, Q), (N, C, D, H, W) -> (N, C, Z, P, Q); with scale_factor
        P = floor(L scale_factor).

    Returns:
        The output, of the input's dtype.

    Raises:
        ValueError: neither or both of size and scale_factor; as many of them as there are no axes; an option that has no
            meaning.
        NotImplementedError: another mode; an input without batch or channels.
        RuntimeError: an input or output without values.
        TypeError: sizes that are not integers, factors that are not numbers.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[[1, 2, 3]]])
        >>> interpolate(x, scale_factor=2), interpolate(x, size=2)
        (tensor([[[1, 1, 2, 2, 3, 3]]]), tensor([[[1, 2]]]))
    """
    who = "interpolate"
    if not isinstance(input, Tensor):
        raise TypeError(f"{who}: input must be a Tensor, got {type(input).__name__}; wrap it with tinyreg.tensor")
    _check_options(who, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    shape = input.array.shape
    inside = shape[2:]
    out, scales = _sizes(who, inside, size, scale_factor)
    if len(inside) not in SHAPES:
        raise NotImplementedError(
            f"{who}: input must be (N, C, L), (N, C, H, W) or (N, C, D, H, W), got shape {shape}; unsqueeze what is missing"
        )
    if min(*inside, *out) < 1 or shape[1] < 1:
        raise RuntimeError(
            f"{who}: input and output must have values, got input of shape {shape} and output of size {out}; only the batch may be empty"
        )
    if scales is None or recompute_scale_factor:
        scales = [float32(n) / float32(m) for n, m in zip(inside, out)]
    rows = enumerate(zip(inside, out, scales))
    steps = [(axis - len(inside), m, runs(sources(n, m, scale))) for axis, (n, m, scale) in rows]
    return Copies.apply(input, steps=steps)


def _check_options(who, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias):
    if mode != "nearest":
        known = f"{mode!r} of PyTorch is missing here" if mode in MODES else "it copies the nearest value"
        raise NotImplementedError(f"{who}: mode must be 'nearest', got mode={mode!r}; {known}")
    if align_corners is not None:
        raise ValueError(f"{who}: align_corners must be None for mode='nearest', got {align_corners}; there is nothing between values")
    if antialias:
        raise ValueError(f"{who}: antialias must be False for mode='nearest', got {antialias}; pool before, avg_pool2d, to smooth")
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{who}: one of size and scale_factor must be given, got size={size} and scale_factor={scale_factor}; give one")
    if recompute_scale_factor and size is not None:
        raise ValueError(f"{who}: recompute_scale_factor must go with scale_factor, got size={size}; a size has no factor")


def _sizes(who, inside, size, scale_factor):
    """The sizes of the output, and the scales of (1) where factors were given, else None."""
    name, wanted = ("size", size) if scale_factor is None else ("scale_factor", scale_factor)
    given = wanted if isinstance(wanted, (tuple, list)) else (wanted,) * len(inside)
    if len(given) != len(inside):
        raise ValueError(
            f"{who}: {name} must hold one entry for each of the {len(inside)} spatial axes, got {name}={wanted}; "
            "batch and channels keep their size"
        )
    try:
        if scale_factor is None:
            return tuple([index(m) for m in given]), None
        factors = [_number(factor) for factor in given]
    except TypeError:
        raise TypeError(f"{who}: {name} must be a finite number, or one an axis, got {name}={wanted!r:.60}; sizes are integers") from None
    out = tuple([int(n * factor // 1) for n, factor in zip(inside, factors)])
    return out, [1 / factor if factor else 0 for factor in factors]


def _number(value):
    if not hasattr(value, "__float__") or not isfinite(float(value)):
        raise TypeError
    return float(value)


class Upsample(Module):
    """Signals, images or volumes made larger by repeating the nearest value; see interpolate.

    Args:
        size: values on each spatial axis of the output; an integer or one an axis.
        scale_factor: how many times as many; a number or one an axis. Give either size or scale_factor.
        mode: 'nearest'.
        align_corners: None; it has no meaning for 'nearest'.
        recompute_scale_factor: see interpolate.

    Shape:
        (N, C, L) -> (N, C, P), (N, C, H, W) -> (N, C, P, Q), (N, C, D, H, W) -> (N, C, Z, P, Q)

    Raises:
        ValueError: a scale_factor that is text but no number; in forward, what interpolate raises.

    Example:
        >>> import tinyreg
        >>> Upsample(scale_factor=2)(tinyreg.randn(2, 3, 8, 8)).shape
        Size([2, 3, 16, 16])
    """

    def __init__(
        self, size: int | Sequence[int] | None = None, scale_factor: float | tuple[float, ...] | list[float] | None = None,
        mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.size, self.mode = size, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor
        if isinstance(scale_factor, (tuple, list)):
            self.scale_factor: float | tuple[float, ...] | None = tuple([float(factor) for factor in scale_factor])
        else:
            self.scale_factor = None if scale_factor is None else float(scale_factor)

    def forward(self, input: Tensor) -> Tensor:
        return interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor)

    def extra_repr(self) -> str:
        which = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{which}, mode={self.mode!r}"
