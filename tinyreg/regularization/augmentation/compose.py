"""Compose, Lambda and RandomApply: transforms made of transforms and of functions."""

from collections.abc import Callable, Sequence
from typing import Any

from ...autograd import Tensor
from ...autograd.tensor import wrap
from ...ops.number import check_probability
from ...random import Generator, chosen_generator
from .transform import Transform, beside, canonical, rows


class Compose(Transform):
    """One transform after the other; torchvision's.

    What is no Transform (a function, NormalizeImages, mixup) gets what came out so far as it is: an image, or the whole
    list [images, labels, ...].

    Args:
        transforms: a list of transforms and functions of one argument.

    Call:
        See Transform. The draws are a list, one entry a transform (None for a function): each is drawn when its turn
        comes, as it may depend on the shape that the ones before made.

    Attributes:
        stochastic: whether one of the transforms is.

    Raises:
        TypeError: something that cannot be called.
        ValueError: draws that are not as many as the transforms.

    Example:
        >>> import numpy
        >>> from tinyreg.transforms import Normalize, RandomHorizontalFlip, ToTensor
        >>> augment = Compose([RandomHorizontalFlip(p=1), ToTensor(), Normalize(0.5, 0.5)])
        >>> augment(numpy.array([[0, 255]], dtype="uint8"))
        tensor([[[ 1., -1.]]])
    """

    def __init__(self, transforms: Sequence[Callable[..., Any]]) -> None:
        super().__init__()
        if not hasattr(transforms, "__iter__"):
            raise TypeError(f"{self._who}: transforms must be a list, got {type(transforms).__name__}; write Compose([...])")
        self.transforms = list(transforms)
        for number, transform in enumerate(self.transforms):
            if not callable(transform):
                raise TypeError(
                    f"{self._who}: transforms must be callable, got {type(transform).__name__} at place {number}; "
                    "pass transforms, or functions of an image"
                )

    @property
    def stochastic(self) -> bool:  # type: ignore[override]
        """Whether one of the transforms draws.

        Example:
            >>> from tinyreg.transforms import CenterCrop, RandomCrop
            >>> Compose([CenterCrop(8)]).stochastic, Compose([CenterCrop(8), RandomCrop(4)]).stochastic
            (False, True)
        """
        return any(getattr(transform, "stochastic", False) for transform in self.transforms)

    def __call__(self, image: Any, *, draws: Any = None, return_draws: bool = False) -> Any:
        given = [None] * len(self.transforms) if draws is None else draws
        if not isinstance(given, (list, tuple)) or len(given) != len(self.transforms):
            what = len(given) if isinstance(given, (list, tuple)) else type(given).__name__
            raise ValueError(
                f"{self._who}: draws must be a list with an entry for each of {len(self.transforms)} transforms, got {what}; "
                "pass what return_draws=True gave"
            )
        drawn = []
        for transform, own in zip(self.transforms, given):
            if isinstance(transform, Transform):
                image, own = transform(image, draws=own, return_draws=True)
            else:
                image, own = transform(image), None
            drawn.append(own)
        return (image, drawn) if return_draws else image

    def __repr__(self) -> str:
        return "\n".join([f"{self._who}(", *(f"    {transform}" for transform in self.transforms), ")"])


class Lambda(Transform):
    """A function of the image as a transform; torchvision's.

    Args:
        lambd: a function of an image or a batch, which stands in its own layout; of a list [images, labels, ...] it gets
            the images.

    Raises:
        TypeError: something that cannot be called.

    Example:
        >>> import numpy
        >>> Lambda(lambda image: 255 - image)(numpy.array([[0, 250]], dtype="uint8"))
        array([[255,   5]], dtype=uint8)
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        super().__init__()
        if not callable(lambd):
            raise TypeError(f"Lambda: lambd must be callable, got {type(lambd).__name__}; pass a function of an image")
        self.lambd = lambd

    def __call__(self, image: Any, *, draws: Any = None, return_draws: bool = False) -> Any:
        result = [self.lambd(image[0]), *image[1:]] if isinstance(image, (list, tuple)) else self.lambd(image)
        return (result, None) if return_draws else result


class RandomApply(Transform):
    """With probability p apply all the transforms, else none; torchvision's, with a draw for each image of a batch.

    Args:
        transforms: a list of transforms and functions, at least one, as in Compose; or a single one.
        p: probability of applying them, in [0, 1]: 0 changes nothing, 1 is Compose.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. In a batch, the chosen images make a smaller batch, which the transforms get; they must leave shape
        and dtype as they are, unless all images are chosen. The draws are the pair of one bool an image, True where it is
        chosen, and what Compose drew for the chosen ones.

    Raises:
        ValueError: p outside [0, 1], no transforms; in the call, images that became another shape or dtype than the rest.
        TypeError: p is no number, something that cannot be called.

    Example:
        >>> import numpy
        >>> from tinyreg.transforms import RandomVerticalFlip
        >>> x = numpy.array([[1], [2]], dtype="uint8")
        >>> RandomApply([RandomVerticalFlip(p=1)], p=1)(x).tolist(), RandomApply([RandomVerticalFlip(p=1)], p=0)(x).tolist()
        ([[2], [1]], [[1], [2]])
    """

    stochastic = True

    def __init__(
        self, transforms: Sequence[Callable[..., Any]] | Callable[..., Any], p: float = 0.5, *, generator: Generator | None = None
    ) -> None:
        super().__init__(generator=generator)
        check_probability(self._who, "p is the probability of applying the transforms", p=p)
        self.p = p
        given: list[Any] = list(transforms) if isinstance(transforms, (list, tuple)) else [transforms]
        if not given:
            raise ValueError(f"{self._who}: transforms must hold a transform, got {transforms}; pass at least one")
        self.transforms = given
        self._compose = Compose(given)

    def __call__(self, image: Any, *, draws: Any = None, return_draws: bool = False) -> Any:
        fields = image if isinstance(image, (list, tuple)) else None
        images = image if fields is None else fields[0] if fields else None
        x, one, _ = canonical(self._who, images, in_list=fields is not None)
        if draws is None:
            chosen, inner = chosen_generator(self.generator).uniform((len(x),), host=True) < self.p, None
        else:
            chosen, inner = self._given(draws, len(x))
        if not chosen.any():
            result, inner = images, None
        elif one:
            result, inner = self._compose(images, draws=inner, return_draws=True)
        elif chosen.all():
            (result,), inner = self._compose([images], draws=inner, return_draws=True)
        else:
            result, inner = self._some(images, chosen.nonzero()[0], inner)
        result = result if fields is None else [result, *fields[1:]]
        return (result, (chosen, inner)) if return_draws else result

    def _some(self, images, places, inner):
        """The batch with the images at these places transformed, and the draws."""
        array = images.array if isinstance(images, Tensor) else images
        places = beside(places, array)
        chosen = wrap(array[places]) if isinstance(images, Tensor) else array[places]
        (changed,), inner = self._compose([chosen], draws=inner, return_draws=True)
        changed = changed.array if isinstance(changed, Tensor) else changed
        if (changed.shape[1:], changed.dtype) != (array.shape[1:], array.dtype):
            raise ValueError(
                f"{self._who}: transforms of some images of a batch must leave shape and dtype as they are, got {changed.dtype} "
                f"{tuple(changed.shape[1:])} from {array.dtype} {tuple(array.shape[1:])}; apply them to every image, or one at a time"
            )
        result = array.copy()
        result[places] = changed
        return (wrap(result) if isinstance(images, Tensor) else result), inner

    def _given(self, draws, n):
        """The draws that were given: which images, and what for the transforms."""
        if not isinstance(draws, tuple) or len(draws) != 2:
            raise ValueError(
                f"{self._who}: draws must be the pair (one bool for each of {n} images, draws of the transforms), got {draws!r:.60}; "
                "pass what return_draws=True gave"
            )
        return rows(self._who, draws[0], n, ()), draws[1]

    def __repr__(self) -> str:
        return "\n".join([f"{self._who}(", f"    p={self.p}", *(f"    {transform}" for transform in self.transforms), ")"])
