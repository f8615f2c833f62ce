"""CutMix: a box of each image is replaced by what its partner shows there, and the losses are mixed by area.

Forward
    One number and one centre decide for the batch, and every image i has a partner pi(i), pi a permutation:

        lam ~ Beta(alpha, alpha),   r_x ~ uniform on 0 ... W - 1,   r_y ~ uniform on 0 ... H - 1    (1)

    The box is to cover the share 1 - lam, in the shape of the image: its half sides are

        h_w = floor(W sqrt(1 - lam)/2),   h_h = floor(H sqrt(1 - lam)/2)                         (2)

    and what reaches over the border is cut off: columns x1 to x2 and rows y1 to y2 (x2 and y2 not among them),

        x1 = max(r_x - h_w, 0), x2 = min(r_x + h_w, W), y1 = max(r_y - h_h, 0), y2 = min(r_y + h_h, H)    (3)

    so that lam is set to the share that is really left:

        lam = 1 - (x2 - x1)(y2 - y1)/(W H)                                                       (4)

    With the mask m, 0 in the box and 1 outside, in every channel,

        x~_i = m x_i + (1 - m) x_pi(i)                                                           (5)
        L_i = lam l(f(x~_i), y_i) + (1 - lam) l(f(x~_i), y_pi(i))                                (6)

    where the cross entropy with the soft label lam y_i + (1 - lam) y_pi(i) is (6); see mixup.

Backward
    Each pixel of x~_i is a copy of one pixel, so that each pixel of x has one road: outside the box it is in its own
    image, inside it is in the image i whose partner it is:

        grad_x_j = m g_j + (1 - m) g_i        where i = pi^-1(j)                                  (7)

Why it regularizes
    Least squares with one weight a pixel, exactly: the images centred, S their covariance, c_k the covariance of pixel
    k with the target. Over all pairs of images and all boxes, pixels k and l are of the same image with probability
    R_kl, else of two independent ones. With E over the boxes, what regression sees is

        E x~_k x~_l = R_kl S_kl         R_kl = E [m_k = m_l]                                     (8)
        E x~_k y~ = d_k c_k             d_k = E (m_k lam + (1 - m_k)(1 - lam))                   (9)

    and the weights solve (R o S) w = d o c (o: element by element) in place of S w = c. R is 1 on the diagonal and
    falls with the distance of the pixels: the variances stay, and the covariances of pixels far from each other count
    for less, where dropout discounts all covariances alike, against the variances; d is below 1, which shrinks the
    weights. Mixup scales S and c by one and the same number, which least squares does not notice. In a network, what
    only the whole image tells becomes less reliable than what a part tells. This was the aim of the authors: to know an
    object by any of its parts, without throwing pixels away, as cutout does.

Edge cases
    alpha = 0: lam = 1, no box, the batch as it is; alpha = infinity: sides of sqrt(1/2) of the image's; alpha = 1 is
    the authors' choice: the share of the box is uniform, until the borders make it smaller. lam = 1 gives an empty box;
    at lam = 0 the box is as large as the image, but covers it only where its centre is the image's. A box that is given
    may be the whole image: the partners, to the last digit. (2) rounds half sides, so that boxes have even sides before
    they are cut off. Pixels are copied: uint8 images stay exact.
    At evaluation there is nothing to do. The loss of mixed batches is not that of clean ones, see mixup.
    Batch norm at the input sees what it sees without: a permutation moves each pixel to one other image, and mean and
    variance over the batch stay, to the last digit but for the order of the sum, which mixup's do not. Label smoothing
    flattens the targets a second time, see mixup.
    An object that lies outside of what is left counts for (6) all the same: labels are noisy, the more the smaller
    objects are. Crop before, not after: a crop changes the shares.

Cost
    A copy of the images and a gather of the box. The loss is evaluated twice by mixed_loss, once by soft labels.

Source
    Yun, Han, Oh, Chun, Choe, Yoo 2019, "CutMix: regularization strategy to train strong classifiers with localizable
    features", arXiv 1905.04899. The box is the paper's, with the roundings of torchvision's v2.CutMix.
"""

import math
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..ops.number import check_number
from ..random import Generator, chosen_generator
from .augmentation.transform import canonical
from .mixup import BatchMixing, MixedTarget, check_batch, check_partners, draw_lam


class CutMixFunction(ArrayFunction):
    """x~: x with the pixels `where` (slices of all its axes) taken from x[index]; index is a permutation of the examples."""

    @staticmethod
    def forward(ctx, x, index, *, where):
        ctx.where = where
        ctx.save_for_backward(index)
        y = x.copy()
        y[where] = x[where][index]                                                     # (5)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (index,) = ctx.saved
        inverse = get_array_module(index).argsort(index)                               # i = pi^-1(j)
        grad_x = grad_y.copy()
        grad_x[ctx.where] = grad_y[ctx.where][inverse]                                 # (7)
        return grad_x, None


def cutmix(
    x: Tensor, y: Tensor, alpha: float = 1.0, *, lam: float | None = None, box: tuple[int, int, int, int] | None = None,
    index: Any = None, return_draws: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Replace one box of all images of a batch by their partners', and return both targets with their shares.

    mixed_loss (see mixup) takes the loss of what the network makes of it.

    Args:
        x: a batch of images, floating point or uint8.
        y: the target of each image.
        alpha: lam is drawn from Beta(alpha, alpha), alpha at least 0: 0 cuts nothing (lam = 1), 1 draws uniformly,
            math.inf takes halves.
        lam: used instead of drawing one, in [0, 1]: 1 gives no box, 0 the largest; the centre is drawn.
        box: (x1, y1, x2, y2), columns x1 to x2 and rows y1 to y2, used instead of drawing anything.
        index: the partners, used instead of drawing: a permutation of 0 to N - 1.
        return_draws: also return box and index.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        x floating point (N, C, H, W), uint8 (N, H, W) or (N, H, W, C); y (N, ...); x as before, and a MixedTarget of N,
        whose lam is the share of the image that is left.

    Returns:
        The pair (x, target), or (x, target, (box, index)). Where the box is empty, x is the one given.

    Raises:
        ValueError: alpha or lam out of range, a box outside of the image, an index that is no permutation; other shapes.
        TypeError: x or y is not a Tensor, x neither floating point nor uint8; alpha is no number.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[[1, 2, 3, 4]], [[5, 6, 7, 8]]], dtype=tinyreg.uint8)
        >>> mixed, target = cutmix(x, tinyreg.tensor([0, 1]), box=(2, 0, 3, 1), index=[1, 0])
        >>> mixed.tolist(), target.lam
        ([[[1, 2, 7, 4]], [[5, 6, 3, 8]]], 0.75)
    """
    n = check_batch("cutmix", x, y)
    height, width = canonical("cutmix", x, in_list=True)[0].shape[2:]
    generator = chosen_generator(generator)
    if box is None:
        lam = draw_lam("cutmix", alpha, (), generator) if lam is None else lam
        box = draw_box("cutmix", lam, height, width, generator)
    elif lam is not None:
        raise ValueError(f"cutmix: lam and box exclude each other, got lam={lam} and box={box}; the box decides lam")
    drawn = box, generator.permutation(n) if index is None else index
    x1, y1, x2, y2 = check_box("cutmix", box, height, width)
    index = check_partners("cutmix", drawn[1], x)
    area = (x2 - x1) * (y2 - y1)
    rows, columns = slice(y1, y2), slice(x1, x2)
    where = (slice(None), rows, columns) if x.array.dtype.kind != "f" else (slice(None), slice(None), rows, columns)
    mixed = CutMixFunction.apply(x, index, where=where) if area else x
    target = MixedTarget(y, y[wrap(index)], 1 - area / (height * width or 1))          # (4)
    return (mixed, target, drawn) if return_draws else (mixed, target)


def draw_box(who: str, lam: float, height: int, width: int, generator: Generator) -> tuple[int, int, int, int]:
    """A box (x1, y1, x2, y2) of about the share 1 - lam of an image, its centre drawn, cut off at the border.

    Raises:
        ValueError: lam outside [0, 1].

    Example:
        >>> x1, y1, x2, y2 = draw_box("cutmix", 0.75, 28, 32, Generator(0))
        >>> 8 <= x2 - x1 <= 16 and 7 <= y2 - y1 <= 14
        True
    """
    check_number(who, lam=lam)
    if not 0 <= lam <= 1:
        raise ValueError(f"{who}: lam must lie in [0, 1], got lam={float(lam)}; it is the share of the image that is left")
    r_x, r_y = (int(generator.integers(0, max(size, 1), (), host=True)) for size in (width, height))    # (1)
    half = 0.5 * math.sqrt(1 - lam)
    h_w, h_h = int(half * width), int(half * height)                                   # (2)
    return max(r_x - h_w, 0), max(r_y - h_h, 0), min(r_x + h_w, width), min(r_y + h_h, height)    # (3)


def check_box(who: str, box: Any, height: int, width: int) -> tuple[int, int, int, int]:
    """The box (x1, y1, x2, y2) as integers, refused where it is none, or not inside the image.

    Example:
        >>> check_box("cutmix", [0, 0, 28, 14], 28, 28)
        (0, 0, 28, 14)
    """
    given = tuple(box) if hasattr(box, "__len__") and not isinstance(box, str) else (box,)
    for number in given:
        check_number(who, box=number)
    numbers = tuple(int(number) if math.isfinite(number) else -1 for number in given)
    if len(numbers) != 4 or not (0 <= numbers[0] <= numbers[2] <= width and 0 <= numbers[1] <= numbers[3] <= height):
        raise ValueError(
            f"{who}: box must be (x1, y1, x2, y2) with 0 <= x1 <= x2 <= {width} and 0 <= y1 <= y2 <= {height}, got {numbers}; "
            "columns come first, and x2 and y2 are not inside"
        )
    return numbers


class CutMix(BatchMixing):
    """CutMix as a transform of batches, with torchvision's name: images and labels in, cut images and soft labels out.

    Each image gets the box from the one before it, and the first one from the last, as torchvision's does: shuffle. (The
    functional cutmix draws a permutation.) With the same box the results are torchvision's.

    Args:
        alpha: lam is drawn from Beta(alpha, alpha), one number a batch, alpha at least 0: 0 cuts nothing, 1 draws
            uniformly, math.inf takes halves.
        num_classes: how many classes the labels stand for; None where they are probabilities already.
        generator: a tinyreg.Generator to draw from, instead of the default one, which a DataLoader keys by (seed,
            epoch, batch), so that the number of workers changes no digit.

    Call:
        batch: [images, labels, ...], or images and labels as two arguments; Tensors or ndarrays. Images are floating point
            (N, C, H, W) or uint8 (N, H, W) or (N, H, W, C); labels (N,) integers or (N, num_classes). Further fields
            pass through.
        draws: (box, index), used instead of drawing; box is (x1, y1, x2, y2).
        return_draws: also return (box, index).

    Returns:
        The batch with mixed images and probabilities (N, num_classes), or the pair of it and the draws.

    Raises:
        ValueError: alpha out of range; no labels, other shapes, no num_classes.
        TypeError: images that are neither floating point nor uint8.

    Example:
        >>> import tinyreg
        >>> images, labels = tinyreg.tensor([[[[1.0, 2.0, 3.0, 4.0]]], [[[5.0, 6.0, 7.0, 8.0]]]]), tinyreg.tensor([0, 1])
        >>> images, labels = CutMix(num_classes=2)([images, labels], draws=((3, 0, 4, 1), [1, 0]))
        >>> images.tolist(), labels.tolist()
        ([[[[1.0, 2.0, 3.0, 8.0]]], [[[5.0, 6.0, 7.0, 4.0]]]], [[0.75, 0.25], [0.25, 0.75]])
    """

    def mix(self, images: Tensor, labels: Tensor, draws: Any) -> Any:
        """The mixed images, a MixedTarget, and the draws (box, index), which are given unless they are None.

        Args:
            images, labels: a batch.
            draws: (box, index), or None.

        Example:
            >>> import tinyreg
            >>> draws = (0, 0, 4, 1), [1, 0]
            >>> CutMix(num_classes=3).mix(tinyreg.ones(2, 1, 4, 4), tinyreg.tensor([0, 1]), draws)[1].lam
            0.75
        """
        box, index = self.pair("box", draws, len(images))
        return cutmix(images, labels, self.alpha, box=box, index=index, return_draws=True, generator=self.generator)
