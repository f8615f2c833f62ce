"""Transform: what all transforms share: layouts, batches, draws that are given and returned."""

from typing import Any

from ...autograd import Tensor
from ...autograd.tensor import wrap
from ...backend import get_array_module, is_array, reads_at_once, to_numpy
from ...random import Generator, chosen_generator
from ...types import Array

CHANNELS = 4  # of a uint8 image at most, with its opacity: more are a sign that another dimension is taken for them


class Transform:
    """Base class of the transforms of images: chance in `draw`, computation in `apply`, layouts here.

    The dtype tells the layout. uint8 is (H, W) or (H, W, C), pixels in [0, 255]; floating point is (C, H, W), in [0, 1]
    where a transform has to know. One more dimension in front makes a batch, and every image of it gets a draw of its
    own. A subclass sees neither: `draw` makes one row of numbers an image, and `apply` computes on a view of shape
    (N, C, H, W), whatever the dtype and the order of the memory, and returns one.

    Args:
        generator: a tinyreg.Generator to draw from, instead of the default one. Within a DataLoader the default one is
            keyed by (seed, epoch, index), so that the number of workers changes no digit; a generator of its own
            serves whichever thread comes first.

    Call:
        image: an ndarray, which gives an ndarray, or a Tensor, which gives a Tensor on its device, outside of any graph:
            one image, a batch of four dimensions, or a list [images, labels, ...] (what a DataLoader's
            batch_transform gets), whose first field is a batch also where it is (N, H, W), and whose others pass through.
        draws: what to use instead of drawing: what `return_draws` gave. One row an image.
        return_draws: also return what was drawn (None where nothing is random).

    Returns:
        The image, the batch or the list, or the pair of it and the draws. It shares memory with the input where a
        transform changes nothing.

    Raises:
        TypeError: no array or Tensor, or neither uint8 nor floating point.
        ValueError: a shape that is no image, uint8 with more than 4 channels; draws that are not one row an image.

    Example:
        >>> import tinyreg
        >>> class Negative(Transform):
        ...     def apply(self, x, draws):
        ...         return 255 - x if x.dtype == "uint8" else 1 - x
        >>> Negative()(tinyreg.tensor([[0, 255], [1, 2]], dtype=tinyreg.uint8))
        tensor([[255,   0],
                [254, 253]], dtype=tinyreg.uint8)
    """

    stochastic = False  # whether draw() draws
    row: tuple[int, ...] | None = None  # the shape of an image's draw, where draws of another shape shall be refused

    def __init__(self, *, generator: Generator | None = None) -> None:
        self.generator = generator

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Any:
        """What chance decides: arrays in host memory with one row an image (several in a tuple); None without chance.

        Args:
            generator: where to draw from.
            n: how many images.
            shape: (C, H, W) of each.

        Example:
            >>> import tinyreg
            >>> print(Transform().draw(tinyreg.Generator(0), 2, (1, 8, 8)))
            None
        """
        return None

    def apply(self, x: Array, draws: Any) -> Array:
        """What is computed: raw images of shape (N, C, H, W) and their draws -> images of shape (N, C', H', W').

        Args:
            x: an array of either library, uint8 or floating point; a view, which is left as it is.
            draws: what `draw` returned, or was given.
        """
        raise NotImplementedError(f"{self._who}: apply must be defined by a subclass, got {type(self)}; define apply(self, x, draws)")

    def __call__(self, image: Any, *, draws: Any = None, return_draws: bool = False) -> Any:
        fields = image if isinstance(image, (list, tuple)) else None
        given = image if fields is None else fields[0] if fields else None
        x, one, flat = canonical(self._who, given, in_list=fields is not None)
        if draws is None:
            draws = self.draw(chosen_generator(self.generator), len(x), x.shape[1:])
        else:
            draws = rows(self._who, draws, len(x), self.row)
        y = restored(self.apply(x, draws), one, flat)
        result: Any = wrap(y) if isinstance(given, Tensor) else y
        if fields is not None:
            result = [result, *fields[1:]]
        return (result, draws) if return_draws else result

    @property
    def _who(self):
        return type(self).__name__

    def extra_repr(self) -> str:
        """The settings, as they stand between the brackets of the repr.

        Example:
            >>> Transform().extra_repr()
            ''
        """
        return ""

    def __repr__(self) -> str:
        return f"{self._who}({self.extra_repr()})"


def canonical(who: str, image: Any, in_list: bool = False) -> tuple[Array, bool, bool]:
    """The image or batch as a view (N, C, H, W), whether it is one image, and whether it has no axis of channels.

    Args:
        who: the transform that error messages name.
        image: Tensor or array.
        in_list: it is the first field of a batch, and so no single image.

    Example:
        >>> import numpy
        >>> x, one, flat = canonical("Pad", numpy.zeros((28, 20, 3), dtype="uint8"))
        >>> x.shape, one, flat
        ((1, 3, 28, 20), True, False)
    """
    x = image.array if isinstance(image, Tensor) else image
    if not is_array(x):
        raise TypeError(f"{who}: image must be an ndarray or a Tensor, got {type(image).__name__}; convert with numpy.asarray")
    ndim = x.ndim
    if x.dtype == "uint8":
        if ndim == 4 or ndim == 3 and not in_list:
            _refuse_channels_first(who, x)
        if ndim == 4:
            return x.transpose(0, 3, 1, 2), False, False  # (N, H, W, C) -> (N, C, H, W)
        if ndim == 3:
            return (x[:, None], False, True) if in_list else (x.transpose(2, 0, 1)[None], True, False)
        if ndim == 2 and not in_list:
            return x[None, None], True, True
    elif x.dtype.kind == "f":
        if ndim == 4:
            return x, False, False
        if ndim == 3 and not in_list:
            return x[None], True, False
    else:
        raise TypeError(
            f"{who}: image must be uint8 or floating point, got {x.dtype} of shape {tuple(x.shape)}; "
            "pixels are uint8 in [0, 255] or floating point in [0, 1]"
        )
    form = "(N, H, W), (N, H, W, C)" if in_list else "(H, W), (H, W, C), (N, H, W, C)"
    raise ValueError(
        f"{who}: {'images of a batch' if in_list else 'image'} must be uint8 {form} or floating point "
        f"{'(N, C, H, W)' if in_list else '(C, H, W), (N, C, H, W)'}, got {x.dtype} of shape {tuple(x.shape)}; "
        "the dtype tells where the channels are"
    )


def _refuse_channels_first(who, x):
    if x.shape[-1] > CHANNELS:
        raise ValueError(
            f"{who}: uint8 images must have their channels last, at most {CHANNELS}, got shape {tuple(x.shape)}; transpose what has "
            "them first, and put a batch (N, H, W) into a list, [images]"
        )


def restored(y: Array, one: bool, flat: bool) -> Array:
    """Images (N, C, H, W) in the layout of their dtype: the inverse of canonical.

    Args:
        y: the images.
        one: give the only image without the axis of the batch.
        flat: leave out the axis of channels of uint8 images that have only one.

    Example:
        >>> import numpy
        >>> restored(numpy.zeros((1, 3, 28, 20), dtype="uint8"), one=True, flat=False).shape
        (28, 20, 3)
    """
    if y.dtype.kind != "f":
        y = y[:, 0] if flat and y.shape[1] == 1 else y.transpose(0, 2, 3, 1)
    return y[0] if one else y


def rows(who: str, draws: Any, n: int, row: tuple[int, ...] | None = None) -> Any:
    """Draws that were given, as arrays with one row for each of n images, of the shape `row` unless it is None.

    Example:
        >>> rows("RandomHorizontalFlip", [True, False], 2)
        array([ True, False])
    """
    if isinstance(draws, tuple):
        return tuple([rows(who, part, n, row) for part in draws])
    if not isinstance(draws, Tensor) and not is_array(draws):
        try:
            draws = to_numpy(draws)
        except ValueError:  # lists of several lengths
            raise ValueError(f"{who}: draws must be one row an image, got {draws!r:.60}; pass what return_draws=True gave") from None
    draws = draws.array if isinstance(draws, Tensor) else draws
    if draws.dtype.kind not in "biuf":
        raise TypeError(f"{who}: draws must be numbers, got dtype {draws.dtype}; pass what return_draws=True gave")
    if draws.ndim == 0 or len(draws) != n or draws.shape[1:] != (draws.shape[1:] if row is None else row):
        raise ValueError(
            f"{who}: draws must have one row an image{'' if row is None else f', of shape {row}'}, got draws of shape "
            f"{tuple(draws.shape)} for {n} images; pass what return_draws=True gave for as many"
        )
    return draws


def beside(draws: Array, x: Array) -> Array:
    """Draws in the memory of the images x: themselves, or a copy on the device.

    Example:
        >>> import numpy
        >>> draws = numpy.ones(2)
        >>> beside(draws, numpy.ones((2, 1, 8, 8))) is draws
        True
    """
    return to_numpy(draws) if reads_at_once(x) else get_array_module(x).asarray(draws)
