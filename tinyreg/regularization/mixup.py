"""Mixup: the network is trained on weighted means of two examples, with the weighted mean of their two losses.

Forward
    Each example i of a batch gets a partner pi(i), where pi is a permutation of the batch, and one number decides for
    all of them (Zhang et al.'s code; with per_example, each draws its own):

        lam ~ Beta(alpha, alpha)                                                                 (1)
        x~_i = lam x_i + (1 - lam) x_pi(i)                                                       (2)

    The network f sees x~ alone. It is told both answers, each as loudly as its example is visible:

        L_i = lam l(f(x~_i), y_i) + (1 - lam) l(f(x~_i), y_pi(i))                                (3)

    The loss is mixed. To mix the targets instead,

        y~_i = lam y_i + (1 - lam) y_pi(i)                                                       (4)

    and to take l(f(x~_i), y~_i), is the same where l is affine in its target. The cross entropy -sum_k y_k ln p_k is:
    (3) is the cross entropy with the soft labels (4). The squared error is not: with o = f(x~),

        lam (o - a)^2 + (1 - lam) (o - b)^2 = (o - lam a - (1 - lam) b)^2 + lam (1 - lam) (a - b)^2    (5)

    differs, but by a number that o does not enter, so that the gradients are equal. The absolute error differs in its
    gradient, too: |o - y~| asks for the weighted mean, (3) asks for whichever of the two has the larger weight.

Backward
    x_j enters by two roads: it is example j itself, with weight lam_j, and it is the partner of the one example i that has
    pi(i) = j, with weight 1 - lam_i. Hence

        grad_x_j = lam_j g_j + (1 - lam_i) g_i        where i = pi^-1(j)                          (6)

    and g is the cotangent of x~. The adjoint of a permutation is its inverse: gradients are gathered, not scattered. So
    x may be the input or what any layer made of it (manifold mixup). With one lam, sum_j grad_x_j = sum_j g_j.

Why it regularizes
    Averaged over all pairs (i, j) of n examples, and over lam, (3) can be written without soft labels. Exchange i with j
    and lam with 1 - lam: neither average notices, as (1) is symmetric, and the second term of (3) becomes the first. So
    their sum is twice the first, E 2 lam l(f(x~), y_i); and 2 lam times the density of Beta(alpha, alpha) is the density
    of Beta(alpha + 1, alpha). With theta = 1 - lam:

        E L = E l(f(x_i + theta (x_j - x_i)), y_i)        1 - theta ~ Beta(alpha + 1, alpha)      (7)

    The label stays as it is, and the input is moved towards another one: shrunk towards the mean example by 1 - theta,
    and shaken by theta (x_j - mean), noise in just the directions in which the data vary. Let

        c = E lam (1 - lam) = E theta^2 = alpha / (2 (2 alpha + 1))        0 at alpha = 0, 1/4 at infinity    (8)

    A linear model with squared error does not notice. Its residual r_i = y_i - w'x_i - b is linear in the example, so
    that the residual of a mixture is the mixture of the residuals, and

        E (lam r_i + (1 - lam) r_j)^2 = (1 - 2c) Var r + (mean r)^2                              (9)

    With an intercept, mean r = 0 at the minimum, and the solution is that of least squares, whatever alpha is. Mixup
    acts on what is curved, in the loss or in the network. For a linear score z = w'x + b and a convex loss A(z) - y z
    (logistic: A = ln(1 + e^z)), (7) is to second order in the noise, with S the covariance of the examples and z_i
    moved towards the mean score, z = (1 - theta) z_i + theta mean z,

        E_j l = A(z) - y_i z + theta^2/2 A''(z) w'S w                                            (10)

    a ridge in the metric of the data, adapted by A'' as dropout's is; c stands where dropout has p/(1 - p), and S with
    all its correlations where dropout has the energy of each feature. In a network, the slope of f stands in the place
    of w, and a term in its curvature joins (Carratino et al. 2020, Zhang et al. 2021).

    And where a loss alone never rests, mixup makes it. For two examples, x = 1 with y = 1 and x = -1 with y = 0, the
    logistic loss of z = w x falls for ever as w grows. A mixture of the two lies at u = 2 lam - 1 with the soft label
    (1 + u)/2, and as w grows the slope of its loss tends to

        u ([u > 0] - (1 + u)/2) = |u| (1 - |u|)/2 > 0                                            (11)

    so that the best w is finite: for alpha = 1 it is 3.54 over all four pairs of (7), in half of which an example meets
    itself, and 2.60 where it always meets the other one. No model is sure of an example and of all its mixtures; and a
    wrong label, which has to be learnt by heart, contradicts every line that is drawn to its example.

Edge cases
    alpha = 0: lam = 1, the batch as it is (as in the paper's code; the limit of small alpha is a coin that says 0 or 1,
    with the same loss). alpha = infinity: lam = 1/2 always. In between, alpha = 1 is the uniform. lam = 1 and lam = 0
    give the examples and their partners, to the last digit. A batch of one is its own partner: nothing happens.
    uint8 images are mixed in float32 and rounded to the nearest integer, halves to the even one.
    At evaluation there is nothing to do, and nothing to compensate. The loss and the accuracy of mixed batches say
    little: the least loss is the entropy of (4), not 0. Compare losses of clean examples.
    Batch norm meets mixed examples in training only. Their variance is smaller by E lam^2 + (1 - lam)^2 = 1 - 2c, two
    thirds for alpha = 1, and that is what the running variance records. Dropout and weight decay act elsewhere and add
    up; what mixup takes on can be taken off them.
    Label smoothing flattens the targets a second time: for ten classes the least loss that is left is 0.50 with
    smoothing (eps = 0.1), 0.50 with mixup (alpha = 1, classes that differ), 0.91 with both. Both are linear, so that
    the order does not matter; but CrossEntropyLoss(label_smoothing=eps) smooths soft labels whoever made them: targets
    that were smoothed before mixing are smoothed by 1 - (1 - eps)^2 in all, 0.19 for eps = 0.1, and 1.18 is left.
    Many wrong labels ask for a large alpha: Zhang et al. take 8 for 20 % of them and 32 for 50 %.

Cost
    One gather and three products or sums an element, backward as much. The loss is evaluated twice by mixed_loss, once
    by soft labels; the network runs once. What is kept for backward is the order and lam.

Source
    Zhang, Cisse, Dauphin, Lopez-Paz 2018, "mixup: beyond empirical risk minimization", arXiv 1710.09412.
    Verma et al. 2019, "Manifold mixup", arXiv 1806.05236. Carratino, Cissé, Jenatton, Vert 2020, "On mixup
    regularization", arXiv 2006.06049, for (7). Zhang, Deng, Kawaguchi, Ghorbani, Zou 2021, "How does mixup help with
    robustness and generalization?", arXiv 2010.04819.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import blocks, get_array_module, get_default_dtype, is_array, require, to_numpy
from ..ops.broadcasting import cast
from ..ops.callables import check_callable
from ..ops.dimension import integer
from ..ops.floating import check_tensor, floating
from ..ops.labels import check_labels, one_hot
from ..ops.number import check_number
from ..random import Generator, chosen_generator
from ..types import Array
from .augmentation import Transform


class MixupFunction(ArrayFunction):
    """x~ = lam x + (1 - lam) x[index]; lam is a number or one an example, and index a permutation of the examples."""

    @staticmethod
    def forward(ctx, x, lam, index):
        ctx.save_for_backward(lam, index)
        xp = get_array_module(x)
        y = xp.empty_like(x)
        for rows in blocks(x):
            first, second = x[rows], x[index[rows]]
            if x.dtype.kind != "f":
                first, second = first.astype("float32"), second.astype("float32")
            weight = lam if isinstance(lam, float) else lam[rows]
            second *= 1 - weight
            second += first * weight                                                   # (2)
            y[rows] = second if x.dtype.kind == "f" else xp.rint(second)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        lam, index = ctx.saved
        inverse = get_array_module(index).argsort(index)                               # i = pi^-1(j)
        grad_x = (grad_y * (1 - lam))[inverse]
        grad_x += grad_y * lam                                                         # (6)
        return grad_x, None, None


@dataclass(frozen=True, eq=False)
class MixedTarget:
    """What mixed examples are to be: two targets each, and the weight of the first. Its length is their number.

    Attributes:
        y_a: the examples' own targets.
        y_b: their partners'.
        lam: the weight of y_a, in [0, 1]: a float for all, or a Tensor of one number an example. y_b has the rest.

    Example:
        >>> import tinyreg
        >>> target = MixedTarget(tinyreg.tensor([0, 2]), tinyreg.tensor([2, 0]), 0.75)
        >>> len(target), target.soft(3)
        (2, tensor([[0.7500, 0.0000, 0.2500],
                [0.2500, 0.0000, 0.7500]]))
    """

    y_a: Tensor
    y_b: Tensor
    lam: float | Tensor

    def __len__(self) -> int:
        return len(self.y_a)

    def soft(self, num_classes: int | None = None) -> Tensor:
        """The mixed target: lam y_a + (1 - lam) y_b, of labels the probabilities of the classes.

        Args:
            num_classes: how many classes integer labels stand for; None where the targets are floating point.

        Shape:
            labels (N,) -> (N, num_classes) in the default dtype; floating point targets stay as they are.

        Raises:
            ValueError: labels, and num_classes is None.
            RuntimeError, IndexError: targets that are neither labels of these classes nor floating point.

        Example:
            >>> import tinyreg
            >>> MixedTarget(tinyreg.tensor([1.0]), tinyreg.tensor([3.0]), 0.25).soft()
            tensor([2.5000])
        """
        y_a, y_b = (_numbers(y, num_classes) for y in (self.y_a, self.y_b))
        lam = _beside(self.lam, y_a)
        return y_a * lam + y_b * (1 - lam)                                             # (4)


def _numbers(y, num_classes):
    """Targets that can be averaged: floating point ones, or labels as rows of zeros with a 1 at the label."""
    if y.array.dtype.kind == "f":
        return y
    if num_classes is None:
        raise ValueError(
            f"MixedTarget: num_classes must be passed for class labels, got None and labels of dtype {y.array.dtype}; count the classes"
        )
    check_labels("MixedTarget", y.array, num_classes)
    return cast(one_hot(cast(y, "int64"), num_classes), get_default_dtype())


def _beside(lam, y):
    """lam as a factor of y: one number, or a column for the rows of y."""
    if not isinstance(lam, Tensor):
        return lam
    return wrap(lam.array.astype(y.array.dtype).reshape(-1, *[1] * (y.array.ndim - 1)))


def mixup(
    x: Tensor, y: Tensor, alpha: float = 1.0, *, per_example: bool = False, lam: Any = None, index: Any = None,
    return_draws: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Mix every example of a batch with another one: lam x + (1 - lam) x[index], with both targets and their weights.

    mixed_loss takes the loss of what the network makes of it. x may be a batch of inputs or the activations of a layer.

    Args:
        x: floating point or uint8 Tensor, examples along the first dimension.
        y: the target of each example: labels, probabilities, numbers.
        alpha: lam is drawn from Beta(alpha, alpha), alpha at least 0: 0 mixes nothing (lam = 1), 1 draws uniformly,
            math.inf takes halves.
        per_example: draw a lam for each example, instead of one for the batch.
        lam: used instead of drawing: a number in [0, 1], or N of them. 1 gives x, 0 the partners.
        index: the partners, used instead of drawing: a permutation of 0 to N - 1.
        return_draws: also return lam and index.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        x (N, ...), y (N, ...) -> x (N, ...), of its dtype, and a MixedTarget of N.

    Returns:
        The pair (x, target), or (x, target, (lam, index)). Where lam is 1, x is the one given.

    Raises:
        ValueError: alpha or lam out of range; an index that is no permutation; another number of targets.
        RuntimeError: integers other than uint8.
        TypeError: x or y is not a Tensor, alpha is no number.

    Example:
        >>> import tinyreg
        >>> x, y = tinyreg.tensor([[0.0, 4.0], [8.0, 0.0]]), tinyreg.tensor([0, 1])
        >>> mixed, target = mixup(x, y, lam=0.75, index=[1, 0])
        >>> mixed
        tensor([[2., 3.],
                [6., 1.]])
        >>> mixed_loss(tinyreg.nn.functional.cross_entropy, mixed, target)
        tensor(2.4100)
    """
    n = check_batch("mixup", x, y)
    if x.array.dtype.kind != "f" and x.array.dtype != "uint8":
        raise RuntimeError(f"mixup: x must be floating point or uint8, got dtype {x.array.dtype}; convert with .float()")
    generator = chosen_generator(generator)
    if lam is None:
        lam = draw_lam("mixup", alpha, (n,) if per_example else (), generator)
    drawn = lam, generator.permutation(n) if index is None else index
    lam, index = _weight(lam, x), check_partners("mixup", drawn[1], x)
    if isinstance(lam, float):
        mixed, weight = (x if lam == 1 else MixupFunction.apply(x, lam, index)), lam
    else:
        mixed, weight = MixupFunction.apply(x, lam.reshape(-1, *[1] * (x.array.ndim - 1)), index), wrap(lam)
    target = MixedTarget(y, y[wrap(index)], weight)
    return (mixed, target, drawn) if return_draws else (mixed, target)


def mixed_loss(loss: Callable[[Any, Any], Tensor], output: Tensor, target: MixedTarget) -> Tensor:
    """The mixed loss: lam loss(output, y_a) + (1 - lam) loss(output, y_b).

    Args:
        loss: loss(output, y) -> Tensor; where each example has a lam of its own, one with reduction="none".
        output: what the network made of the mixed examples.
        target: what mixup or cutmix returned.

    Shape:
        what loss returns: (), or (N, ...) with reduction="none".

    Raises:
        TypeError: target is no MixedTarget.
        ValueError: a lam for each example, and a loss that is not one number an example.

    Example:
        >>> import tinyreg
        >>> target = MixedTarget(tinyreg.tensor([0.0]), tinyreg.tensor([4.0]), 0.75)
        >>> mixed_loss(tinyreg.nn.functional.mse_loss, tinyreg.tensor([1.0]), target)
        tensor(3.)
    """
    check_callable("mixed_loss", loss=loss)
    if not isinstance(target, MixedTarget):
        raise TypeError(f"mixed_loss: target must be a MixedTarget, got {type(target).__name__}; pass what mixup returned")
    if isinstance(target.lam, float) and target.lam in (0, 1):
        return loss(output, target.y_a if target.lam else target.y_b)
    first, second = loss(output, target.y_a), loss(output, target.y_b)
    if isinstance(target.lam, Tensor) and first.shape[:1] != target.lam.shape:
        raise ValueError(
            f"mixed_loss: loss must give a number for each of {len(target)} examples, which have a lam each, "
            f"got shape {tuple(first.shape)}; use reduction='none'"
        )
    lam = _beside(target.lam, first)
    return first * lam + second * (1 - lam)                                            # (3)


def check_alpha(who: str, alpha: float) -> None:
    """Refuse what is no alpha of Beta(alpha, alpha).

    Raises:
        ValueError: alpha is negative or nan. TypeError: it is no number.

    Example:
        >>> check_alpha("mixup", 0.2)
    """
    check_number(who, alpha=alpha)
    if not alpha >= 0:
        raise ValueError(f"{who}: alpha must be at least 0, got alpha={alpha}; 0 mixes nothing, math.inf takes halves")


def draw_lam(who: str, alpha: float, shape: tuple[int, ...], generator: Generator) -> Any:
    """Weights from Beta(alpha, alpha), a float for the shape (), else an array in host memory; 1 where alpha is 0.

    Raises:
        ValueError: alpha is negative or nan. TypeError: it is no number.

    Example:
        >>> import math
        >>> draw_lam("mixup", 0, (), Generator(0)), draw_lam("mixup", math.inf, (), Generator(0))
        (1.0, 0.5)
    """
    check_alpha(who, alpha)
    if alpha in (0, math.inf):
        lam = to_numpy([0.5 if alpha else 1.0] * math.prod(shape)).reshape(shape)
    else:
        lam = generator.beta(float(alpha), float(alpha), shape, "float64", host=True)  # (1)
    return lam if shape else float(lam)


def _weight(lam, x):
    """lam as a float, or as an array beside x with a number for each example."""
    raw = lam.array if isinstance(lam, Tensor) else lam
    if getattr(raw, "ndim", 1 if isinstance(raw, (list, tuple)) else 0) == 0:
        check_number("mixup", lam=lam)
        if not 0 <= lam <= 1:
            raise ValueError(f"mixup: lam must lie in [0, 1], got lam={float(lam)}; it is the weight of x itself")
        return float(lam)
    raw = _as_array("mixup", "lam", lam, x).astype(x.array.dtype if x.array.dtype.kind == "f" else "float32", copy=False)
    if raw.shape != x.array.shape[:1]:
        raise ValueError(f"mixup: lam must be a number or {len(x)} of them, got shape {raw.shape}; give one an example")
    low, high = (raw.min(), raw.max()) if raw.size else (0, 1)
    require(
        (low >= 0) & (high <= 1),
        lambda: ValueError(f"mixup: lam must lie in [0, 1], got values from {float(low)} to {float(high)}; they weigh x itself"),
    )
    return raw


def check_batch(who: str, x: Tensor, y: Tensor) -> int:
    """The number of examples, refused where the targets are more or fewer.

    Example:
        >>> import tinyreg
        >>> check_batch("mixup", tinyreg.zeros(4, 2), tinyreg.arange(4))
        4
    """
    check_tensor(who, x, "x")
    check_tensor(who, y, "y")
    if not x.ndim or x.shape[:1] != y.shape[:1]:
        raise ValueError(
            f"{who}: x and y must hold as many examples, got shapes {tuple(x.shape)} and {tuple(y.shape)}; the first dimension counts them"
        )
    return len(x)


def _as_array(who, name, given, x):
    """A list, array or Tensor of numbers as an array beside x."""
    raw = given.array if isinstance(given, Tensor) else given
    try:
        raw = get_array_module(x.array).asarray(raw)
    except ValueError:  # lists of several lengths
        raise ValueError(f"{who}: {name} must be a number for each example, got {raw!r:.60}; draw it anew") from None
    if raw.dtype.kind not in "biuf":
        raise TypeError(f"{who}: {name} must be numbers, got dtype {raw.dtype}; draw it anew")
    return raw


def check_partners(who: str, index: Any, x: Tensor) -> Array:
    """Partners as an int64 array beside x, refused where they are no permutation.

    Example:
        >>> import tinyreg
        >>> check_partners("mixup", [1, 2, 0], tinyreg.zeros(3))
        array([1, 2, 0])
    """
    xp, n = get_array_module(x.array), len(x)
    index = _as_array(who, "index", index, x)
    right = index.shape == (n,) and (index.dtype.kind in "iu" or not n)
    require(
        right and (xp.sort(index) == xp.arange(n)).all(),
        lambda: ValueError(
            f"{who}: index must be a permutation of 0 to {n - 1}, got {index.dtype} of shape {index.shape}"
            + (f", {to_numpy(index).tolist()!r:.60}" if right else "")
            + "; every example is one other's partner"
        ),
    )
    return index.astype("int64", copy=False)


def rolled(n: int) -> Array:
    """The partners that torchvision takes, in host memory: each example's is the one before it, and the first one's the last.

    Example:
        >>> rolled(4)
        array([3, 0, 1, 2])
    """
    return to_numpy([n - 1, *range(n - 1)][:n]).astype("int64")


class BatchMixing(Transform):
    """Base class of the transforms that mix a batch of images and labels: MixUp, and CutMix.

    Args:
        alpha: of Beta(alpha, alpha), at least 0.
        num_classes: how many classes the labels stand for; None where they are probabilities already.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Example:
        >>> isinstance(MixUp(num_classes=10), BatchMixing)
        True
    """

    stochastic = True

    def __init__(self, *, alpha: float = 1.0, num_classes: int | None = None, generator: Generator | None = None) -> None:
        super().__init__(generator=generator)
        check_alpha(self._who, alpha)
        if num_classes is not None and integer(self._who, num_classes=num_classes) < 1:
            raise ValueError(f"{self._who}: num_classes must be at least 1, got num_classes={num_classes}; count the classes")
        self.alpha, self.num_classes = alpha, num_classes

    def pair(self, name: str, draws: Any, n: int) -> tuple[Any, Any]:
        """The draws (what is called name, index) that were given, or (None, torchvision's partners for n examples).

        Example:
            >>> MixUp(num_classes=3).pair("lam", None, 3)
            (None, array([2, 0, 1]))
        """
        if draws is None:
            return None, rolled(n)
        if not isinstance(draws, (tuple, list)) or len(draws) != 2:
            raise ValueError(f"{self._who}: draws must be the pair ({name}, index), got {draws!r:.60}; pass what return_draws=True gave")
        return draws[0], draws[1]

    def mix(self, images: Tensor, labels: Tensor, draws: Any) -> Any:
        """The mixed images, a MixedTarget, and the draws, which are given unless they are None.

        Args:
            images, labels: a batch.
            draws: what was returned as such, or None.
        """
        raise NotImplementedError(f"{self._who}: mix must be defined by a subclass, got {type(self)}; define it")

    def __call__(self, image: Any, *fields: Any, draws: Any = None, return_draws: bool = False) -> Any:
        batch = (image, *fields) if fields else image
        if not isinstance(batch, (list, tuple)) or len(batch) < 2:
            raise ValueError(f"{self._who}: a batch must be [images, labels], got {type(batch).__name__}; pass what a DataLoader gives")
        for name, field in zip(("images", "labels"), batch):
            if not isinstance(field, Tensor) and not is_array(field):
                raise ValueError(
                    f"{self._who}: {name} must be a Tensor or an array, got {type(field).__name__}; it takes whole batches: give it to a "
                    "DataLoader as batch_transform"
                )
        images, labels = (field if isinstance(field, Tensor) else wrap(field) for field in batch[:2])
        check_batch(self._who, images, labels)
        check_soft(self._who, labels, self.num_classes)
        if labels.ndim == 2:
            labels = floating(self._who, labels)
        mixed, target, draws = self.mix(images, labels, draws)
        results = mixed, target.soft(self.num_classes)
        parts = [result if isinstance(field, Tensor) else result.array for field, result in zip(batch, results)] + list(batch[2:])
        whole = parts if isinstance(batch, list) else tuple(parts)
        return (whole, draws) if return_draws else whole

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}, num_classes={self.num_classes}"


def check_soft(who: str, labels: Tensor, num_classes: int | None) -> None:
    """Refuse labels that cannot be made probabilities of num_classes classes.

    Example:
        >>> import tinyreg
        >>> check_soft("MixUp", tinyreg.arange(3), 10)
    """
    shape = tuple(labels.shape)
    if len(shape) not in (1, 2):
        raise ValueError(f"{who}: labels must be classes (N,) or probabilities (N, num_classes), got shape {shape}; mixup takes others")
    if len(shape) == 1:
        if num_classes is None:
            raise ValueError(f"{who}: num_classes must be passed for class labels, got None and labels of shape {shape}; count the classes")
        check_labels(who, labels.array, num_classes)
    elif num_classes not in (None, shape[1]):
        raise ValueError(
            f"{who}: probabilities must have num_classes={num_classes} columns, got shape {shape}; leave num_classes out, or correct it"
        )


class MixUp(BatchMixing):
    """Mixup as a transform of batches, with torchvision's name: images and labels in, mixed images and soft labels out.

    Each image is mixed with the one before it, and the first one with the last, as torchvision does: shuffle. (The
    functional mixup draws a permutation; both are a random pairing where batches are shuffled, but here nobody is his
    own partner.) With the same lam the results are torchvision's.

    Args:
        alpha: lam is drawn from Beta(alpha, alpha), one number a batch; alpha at least 0: 0 mixes nothing, 1 draws
            uniformly, math.inf takes halves.
        num_classes: how many classes the labels stand for; None where they are probabilities already.
        per_example: draw a lam for each example.
        generator: a tinyreg.Generator to draw from, instead of the default one, which a DataLoader keys by (seed,
            epoch, batch), so that the number of workers changes no digit.

    Call:
        batch: [images, labels, ...], or images and labels as two arguments; Tensors or ndarrays. Images are floating
            point, or uint8, which are rounded; labels (N,) integers or (N, num_classes). Further fields pass through.
        draws: (lam, index), used instead of drawing.
        return_draws: also return (lam, index).

    Returns:
        The batch with mixed images and probabilities (N, num_classes), or the pair of it and the draws.

    Raises:
        ValueError: alpha out of range; no labels, other shapes, no num_classes.

    Example:
        >>> import tinyreg
        >>> images, labels = tinyreg.tensor([[[[0.0]]], [[[8.0]]]]), tinyreg.tensor([0, 1])
        >>> MixUp(num_classes=3)([images, labels], draws=(0.75, [1, 0]))[1]
        tensor([[0.7500, 0.2500, 0.0000],
                [0.2500, 0.7500, 0.0000]])
    """

    def __init__(
        self, *, alpha: float = 1.0, num_classes: int | None = None, per_example: bool = False, generator: Generator | None = None
    ) -> None:
        super().__init__(alpha=alpha, num_classes=num_classes, generator=generator)
        self.per_example = per_example

    def mix(self, images: Tensor, labels: Tensor, draws: Any) -> Any:
        """The mixed images, a MixedTarget, and the draws (lam, index), which are given unless they are None.

        Args:
            images, labels: a batch.
            draws: (lam, index), or None.

        Example:
            >>> import tinyreg
            >>> x, target, (lam, index) = MixUp(num_classes=3).mix(tinyreg.ones(2, 4), tinyreg.tensor([0, 1]), (0.75, [1, 0]))
            >>> lam, target.y_b
            (0.75, tensor([1, 0]))
        """
        lam, index = self.pair("lam", draws, len(images))
        return mixup(
            images, labels, self.alpha, per_example=self.per_example, lam=lam, index=index, return_draws=True, generator=self.generator
        )

    def extra_repr(self) -> str:
        return super().extra_repr() + (", per_example=True" if self.per_example else "")
