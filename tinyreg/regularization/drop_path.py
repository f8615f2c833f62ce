"""Drop path, or stochastic depth: in training a residual branch is left out with probability p, whole.

Forward
    A residual network adds branches f_l to a path that nothing interrupts. h is the path, x = f_l(h) the branch's output
    for N examples. p is the probability of DROPPING a branch, as in torchvision (Huang et al. write p for its survival):

        scale = 1/(1 - p)                                                                        (1)
        y_n = x_n b_n scale                                                                      (2)
        h_n <- h_n + y_n                                                                         (3)

    b_n is 1 with probability 1 - p and else 0: one draw for each example (mode "row"), or one for all (mode "batch"). The
    mean of y is x, so that evaluation changes nothing: y = x. All elements of an example go together:

        E[y_ni] = x_ni,    Cov[y_ni, y_nj] = x_ni x_nj p/(1 - p)                                 (4)

    where dropout of a single element has the same variance and no covariance. The paper leaves the scale to evaluation
    (scale="test" here):

        training y_n = x_n b_n,    evaluation y = (1 - p) x                                      (5)

    Depth. Huang et al. let p grow linearly with the depth l = 1, ..., L of the block, to p_L at the last: early blocks make
    the features that all others use.

        p_l = l/L p_L,    survival 1 - l/L p_L                                                   (6)
        expected number of blocks  sum_l (1 - p_l) = L - p_L (L + 1)/2                           (7)

    For p_L = 1/2 that is (3 L - 1)/4: a quarter of the network is absent at any time.

Backward
    One road, as in dropout, under the same b and scale:

        grad_x_n = grad_y_n b_n scale                                                            (8)

    With J the derivative of the branch at h, (3) and (8) make of it

        grad_h_n = G_n + J' G_n b_n scale                                                        (9)

    The first term needs no b: however many branches are dropped, the gradient arrives at every block, and, on average
    over the masks, through fewer matrices.

Why it regularizes
    Each draw trains another of 2^L networks of all depths that share their weights; evaluation runs an approximate average
    of them. No block can rely on the one before it having run. For the squared error at a path that targets t,
    over the draws, in both modes,

        E |t - h - y|^2 = |t - h - x|^2 + p/(1 - p) |x|^2                                       (10)

    from (4): a penalty on the length of what a branch adds. Blocks stay close to the identity, and do in several small
    steps what one could do alone. The two modes share (10) and differ in how noisy its gradient is: "row" averages N draws.

Edge cases
    p=0 and evaluation return the input itself (with scale="test", evaluation multiplies by 1 - p); p=1 gives zeros, and zero
    gradients. Masking multiplies, as torchvision does: an infinity that is dropped becomes NaN, and a branch that is dropped
    has been computed, with what it does on the way: its batch norm has moved its running averages, its dropout has drawn.
    stochastic_residual draws first, and leaves a dropped branch out altogether: its weights have no gradient at all (None),
    so that an optimizer passes them over, where the gradient 0 of a masked branch still lets weight decay, momentum and
    Adam move them. A batch norm behind the sum (3) records the variance of training: its mean is that of evaluation, but the
    variance is larger by E x^2 times p/(1 - p), with (5) times p (1 - p). Dropout of rate q at the end of a branch multiplies:
    E y^2 = x^2/((1 - p)(1 - q)). For a short network p_L = 1/2 is much: L = 3 leaves 2.
    A class whose forward calls these functions itself needs `stochastic = True` to draw in Monte Carlo mode.

Cost
    A random number an example, or one in all, and a multiplication an element; b is kept. Time is saved by
    stochastic_residual alone, which calls a branch with probability 1 - p: (7) of L branches in a forward and backward pass.

Source
    Huang, Sun, Liu, Sedra, Weinberger 2016, "Deep networks with stochastic depth", arXiv 1603.09382.
    Larsson, Maire, Shakhnarovich 2017, "FractalNet", arXiv 1605.07648, for the name drop-path.
"""

from collections.abc import Callable
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..dropping import check_mask, thin
from ..module import Module
from ..ops.arithmetic import add, mul
from ..ops.callables import check_callable
from ..ops.floating import check_floating, check_tensor
from ..ops.number import check_probability
from ..random import Generator, chosen_generator

MEANING = "p is the probability of dropping a branch"


class StochasticDepthFunction(ArrayFunction):
    """y = x b scale, b one bool for each example or one for all: (N, 1, ...) or (1, 1, ...)."""

    @staticmethod
    def forward(ctx, x, mask, *, scale):
        ctx.scale = scale
        ctx.save_for_backward(mask)
        return thin(x, mask, scale)                                                    # (2)

    @staticmethod
    def backward(ctx, grad_y):
        (mask,) = ctx.saved
        return thin(grad_y, mask, ctx.scale), None                                     # (8)


def stochastic_depth(
    input: Tensor, p: float, mode: str, training: bool = True, *, scale: str = "train", mask: Tensor | None = None,
    return_mask: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Zero the output of a residual branch with probability p, each example for itself or all at once.

    Args:
        input: what the branch computed, examples in the first dimension.
        p: probability of dropping, in [0, 1]: 0 returns the input, 1 gives zeros.
        mode: "row" draws for each example, "batch" once for all.
        training: False returns the input; or, with scale="test", the input times 1 - p.
        scale: "train" divides by 1 - p in training, as torchvision does; "test" multiplies by it in evaluation, as the paper.
        mask: bool Tensor, True for what is kept, used instead of drawing; p then sets the scale only.
        return_mask: also return the mask that was used (all True where nothing was dropped).
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input (N, ...), mask (N, 1, ...) in mode "row" and (1, 1, ...) in mode "batch", output as input.

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError: p outside [0, 1]; another mode or scale; a mask that is not bool, or of another shape.
        IndexError: mode "row" of a 0-d input.
        RuntimeError: a Tensor of integers.
        TypeError: input or mask is no Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> keep = tinyreg.tensor([[True], [False]])
        >>> stochastic_depth(tinyreg.ones(2, 3), p=0.2, mode="row", mask=keep)
        tensor([[1.2500, 1.2500, 1.2500],
                [0.0000, 0.0000, 0.0000]])
    """
    _check("stochastic_depth", p, mode, scale)
    check_tensor("stochastic_depth", input)
    x = input.array
    if mode == "row" and x.ndim == 0:
        raise IndexError("stochastic_depth: mode 'row' needs examples in dimension 0, got a 0-d input; take mode='batch'")
    shape = (len(x) if mode == "row" else 1, *(1,) * (x.ndim - 1)) if x.ndim else ()
    check_mask("stochastic_depth", mask, shape, "one element an example" if mode == "row" else "one element in all")
    keep, output = mask, input
    if training and (p > 0 or mask is not None):
        check_floating("stochastic_depth", input, error=RuntimeError)
        if keep is None:
            keep = wrap(chosen_generator(generator).keep_mask(shape, p))
        output = StochasticDepthFunction.apply(input, keep.array, scale=_train_scale(p, scale))
    else:
        keep = None
        if not training and scale == "test" and p > 0:
            check_floating("stochastic_depth", input, error=RuntimeError)
            output = mul(input, 1 - p)                                                 # (5)
    if not return_mask:
        return output
    return output, wrap(get_array_module(x).ones(shape, dtype=bool)) if keep is None else keep


def _train_scale(p, scale):
    if scale == "test":
        return 1.0                                                                     # (5)
    return 1 / (1 - p) if p < 1 else 0.0                                               # (1)


def _check(who, p, mode, scale):
    check_probability(who, MEANING, p=p)
    if mode not in ("batch", "row"):
        raise ValueError(f"{who}: mode must be 'batch' or 'row', got mode={mode!r}; 'row' draws for each example, 'batch' for all")
    if scale not in ("train", "test"):
        raise ValueError(f"{who}: scale must be 'train' or 'test', got scale={scale!r}; 'train' leaves evaluation as it is")


def stochastic_residual(
    input: Tensor, branch: Callable[[Tensor], Tensor], p: float, training: bool = True, *, scale: str = "train",
    keep: bool | None = None, return_keep: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Add a residual branch to its input, and in training leave the branch out, uncomputed, with probability p.

    The sum is that of stochastic_depth in mode "batch"; what differs is the time, and that nothing happens in a dropped
    branch. The draw is made on the host, since it decides what is computed.

    Args:
        input: the path h.
        branch: a Module or function of it.
        p: probability of leaving the branch out, in [0, 1]: 0 never does, 1 always.
        training: False always computes the branch.
        scale: as for stochastic_depth.
        keep: whether to compute the branch in training, used instead of drawing; p then sets the scale only.
        return_keep: also return whether it was computed.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input any, output input's; branch(input) must broadcast with input.

    Returns:
        The Tensor, which is input itself where the branch is left out; or the pair (Tensor, keep).

    Raises:
        ValueError: p outside [0, 1]; another scale.
        TypeError: input is no Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> h = tinyreg.ones(2)
        >>> stochastic_residual(h, lambda h: h * 3, p=0.25, keep=True)
        tensor([5., 5.])
        >>> stochastic_residual(h, lambda h: h * 3, p=0.25, keep=False) is h
        True
    """
    _check("stochastic_residual", p, "batch", scale)
    check_tensor("stochastic_residual", input)
    check_callable("stochastic_residual", branch=branch)
    factor = 1.0
    if not training:
        keep = True
        if scale == "test":
            factor = 1 - p                                                             # (5)
    else:
        if keep is None:
            keep = p == 0 or float(chosen_generator(generator).uniform((), dtype="float64", host=True)) >= p
        factor = _train_scale(p, scale)
    if keep:
        y = branch(input)
        output = add(input, y if factor == 1 else mul(y, factor))                      # (3)
    else:
        output = input
    return (output, bool(keep)) if return_keep else output


def linear_decay(depth: int, p_last: float = 0.5) -> list[float]:
    """The probability of dropping each of `depth` blocks: growing linearly, from p_last/depth to p_last.

    Args:
        depth: L, the number of blocks, at least 1.
        p_last: probability of dropping the last block, in [0, 1]: 0 drops none. (The paper's p_L is that of its survival,
            1 - p_last; its choice 0.5 is the same in both.)

    Returns:
        p_1, ..., p_L; the survival of block l is 1 - l/L p_last.

    Raises:
        ValueError: depth below 1; p_last outside [0, 1].

    Example:
        >>> linear_decay(4, 0.5)
        [0.125, 0.25, 0.375, 0.5]
        >>> sum(1 - p for p in linear_decay(54, 0.5))
        40.25
    """
    if not hasattr(depth, "__index__") or depth < 1:
        raise ValueError(f"linear_decay: depth must be an integer of at least 1, got depth={depth}; it is the number of blocks")
    check_probability("linear_decay", "p_last is the probability of dropping the last block", p_last=p_last)
    return [p_last * block / depth for block in range(1, depth + 1)]              # (6)


class StochasticDepth(Module):
    """Stochastic depth as a layer, the last of a residual branch: active in training mode; see stochastic_depth.

    Args:
        p: probability of dropping the branch, in [0, 1]: 0 does nothing, 1 gives zeros.
        mode: "row" draws for each example, "batch" once for all.
        scale: "train" divides by 1 - p in training, as torchvision does; "test" multiplies by it in evaluation, as the paper.

    Shape:
        (N, ...), output as input.

    Raises:
        ValueError: p outside [0, 1]; another mode or scale.
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> class Block(tinyreg.nn.Module):
        ...     def __init__(self, width, p):
        ...         super().__init__()
        ...         self.branch = tinyreg.nn.Sequential(
        ...             tinyreg.nn.Linear(width, width), tinyreg.nn.ReLU(), tinyreg.nn.Linear(width, width), StochasticDepth(p, "row")
        ...         )
        ...     def forward(self, h):
        ...         return h + self.branch(h)
        >>> net = tinyreg.nn.Sequential(*(Block(8, p) for p in linear_decay(10)), tinyreg.nn.Linear(8, 3))
        >>> net(tinyreg.randn(5, 8)).shape
        Size([5, 3])
    """

    stochastic = True

    def __init__(self, p: float, mode: str, scale: str = "train") -> None:
        super().__init__()
        _check("StochasticDepth", p, mode, scale)
        self.p, self.mode, self.scale = p, mode, scale

    def forward(self, input: Tensor) -> Tensor:
        return stochastic_depth(input, self.p, self.mode, self.training, scale=self.scale)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}" + (f", scale={self.scale}" if self.scale != "train" else "")
