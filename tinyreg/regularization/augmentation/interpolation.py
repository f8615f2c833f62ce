"""InterpolationMode: how a value is found between pixels, under torchvision's names."""

from collections.abc import Sequence
from enum import Enum

_OF_PIL = {"nearest": 0, "nearest-exact": 0, "bilinear": 2, "bicubic": 3}  # the numbers that PIL has for them: PIL.Image.BILINEAR is 2


class InterpolationMode(Enum):
    """How a value is found between pixels; the value of a member is the word that may be given in its place.

    NEAREST takes the pixel that is nearest (a resize: the one that PyTorch's "nearest" takes, which is off by half a
    pixel), NEAREST_EXACT the nearest in a resize, too; BILINEAR weighs the 2 x 2 around it, BICUBIC the 4 x 4.

    Example:
        >>> InterpolationMode("bilinear") is InterpolationMode.BILINEAR
        True
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


def as_mode(who: str, interpolation: InterpolationMode | str | int, known: Sequence[InterpolationMode]) -> InterpolationMode:
    """The mode that was given as a member, as its word, or as PIL's number.

    Args:
        who: the transform that error messages name.
        interpolation: what was given.
        known: the modes that it can do.

    Raises:
        ValueError: it is none of them.

    Example:
        >>> as_mode("Resize", "bicubic", list(InterpolationMode))
        <InterpolationMode.BICUBIC: 'bicubic'>
    """
    for mode in known:
        if isinstance(interpolation, (InterpolationMode, str, int)) and interpolation in (mode, mode.value, _OF_PIL[mode.value]):
            return mode
    words = ", ".join(repr(mode.value) for mode in known)
    raise ValueError(
        f"{who}: interpolation must be one of {words}, got {interpolation!r:.60}; take InterpolationMode.{known[0].name} for speed, "
        "InterpolationMode.BILINEAR for smoothness"
    )
