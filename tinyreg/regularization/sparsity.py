"""Sparsity: units are to be silent for most inputs. A penalty on activations instead of weights.

Objective
    A layer's activations a_nj, for example n of N in the batch and unit j (every position after the first dimension is a
    unit). Two penalties, s is strength. The first adds up sizes, a mean over the batch and a sum over units:

        penalty = s/N sum_n sum_j |a_nj|           p = 1                                         (1)
        penalty = s/(2N) sum_n sum_j a_nj^2        p = 2                                         (2)

    with the half of l2 in (2). The second is for activations that are rates, in (0, 1), as a sigmoid's. Over the batch a
    unit has the mean r_j, and it is asked to be near the target rho, small as a rule, in the sense of the divergence
    between two coins:

        r_j = 1/N sum_n a_nj                                                                     (3)
        penalty = s sum_j KL(rho || r_j)
                = s sum_j [rho ln(rho/r_j) + (1 - rho) ln((1 - rho)/(1 - r_j))]                  (4)

    (4) asks nothing of single activations: a unit may be at 1 for the few inputs that it stands for. (1) asks each for 0.

Backward
    Let G = dL/dpenalty. In (1) and (2) each activation stands alone:

        grad_a_nj = G s/N sign(a_nj)               p = 1, and 0 at 0 as in l1                    (5)
        grad_a_nj = G s/N a_nj                     p = 2                                         (6)

    In (4) each activation has one road, through its unit's mean, with dr_j/da_nj = 1/N; from dKL/dr = -rho/r + (1-rho)/(1-r)

        grad_a_nj = G s/N (r_j - rho) / (r_j (1 - r_j))                                          (7)

    the same for all examples of the batch: up where the unit is too quiet, down where it is too loud.

Why it regularizes
    If few units answer an input, each has to mean something, and the code of an input depends on few numbers: features
    become local and readable, and less can be memorized in their combinations (sparse coding, sparse autoencoders). (1) is
    the Laplace prior of l1, on activations. Behind a ReLU the zeros are exact, since the road back from a negative input is
    closed; behind a sigmoid nothing is ever 0, and (4) asks for the mean instead. In (7) the pull grows without bound as r
    goes to 0 or 1: no unit dies or is always on, while (1) lets units die, and dead ones stay dead behind a ReLU.

Edge cases
    strength = 0 gives 0 with gradients 0; a large one silences all units under (1) and (2), and under (4) makes all means
    rho. rho = 0 and rho = 1 are allowed, with 0 ln 0 = 0.
    A sigmoid in floating point does reach 0 and 1, and a unit may do so for the whole batch. Then (4) is infinite for every
    rho between, and (7) divides by 0. As binary_cross_entropy does, r and 1 - r are held at 1e-12 from below (float16: at
    its smallest normal number), in the value and in the slope: both are finite, and the slope still points inside. Behind a
    sigmoid it is multiplied by a (1 - a) = 0 there, without NaN. Activations outside [0, 1] are refused, NaN included.
    The mean (3) is over the batch: small batches make it noisy, a batch of one asks every unit for rho all the time, and
    accumulating gradients over parts of a batch is not the same as the whole. (1) and (2) do not mind.
    For a convolution every place of a map is a unit of its own; a.transpose(0, 1).flatten(1).T makes each channel one.
    Before batch norm, which undoes shift and scale, (1) and (2) push at nothing that the function feels: penalize what is
    behind it, and behind the nonlinearity. Dropout changes what is penalized: before it, a is the clean activation; behind
    it, its mean over masks is the same, the mean of its square 1/(1 - p) times as large. (1) and (2) can be dodged by small
    activations and large weights in the next layer; l2 on those weights stands against it. At evaluation the penalty is
    no part of the network. In fit, regularizer= is called right behind the forward of a training batch: let the hook keep
    the last output of each layer, as in the example. Those of the validation part, too, would gather in a list that grows.
    Elsewhere: Keras' activity regularizers L1 and L2 are s sum |a| and s sum a^2, without the half; tf.keras 2 divides
    by the batch size, Keras 3 does not. Ng's notes write beta for the s of (4).

Cost
    Two passes over the activations for the value (one more for the check of (4)) and an array of their size for the
    gradient. Activations are kept for backward anyway.

Source
    Nair, Hinton 2009, "3D object recognition with deep belief nets", NIPS, and Lee, Ekanadham, Ng 2008, "Sparse deep belief
    net model for visual area V2", NIPS, for targets of mean activity. Ng 2011, "Sparse autoencoder", CS294A lecture notes,
    for (4). Srivastava et al. 2014, "Dropout", JMLR 15, table 9, compares (4) with dropout. Glorot, Bordes, Bengio 2011,
    "Deep sparse rectifier neural networks", AISTATS, for (1) behind ReLUs.
"""

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module, pieces, require
from ..ops.floating import check_floating, listed
from ..ops.number import check_number, check_strength
from ..touches import opaque

Activations: TypeAlias = Tensor | Iterable[Tensor]


class ActivityPenaltyFunction(ArrayFunction):
    """Equation (1) or (2) over all its inputs, and (5) or (6)."""

    @staticmethod
    def forward(ctx, *activations, strength, p):
        ctx.strength, ctx.p = strength, p
        ctx.save_for_backward(*activations)
        xp, total = get_array_module(activations[0]), 0
        for a in activations:
            parts = [part for (part,) in pieces(a.ravel(order="A"))]
            sizes = [xp.abs(part).sum() if p == 1 else part @ part for part in parts]
            total = total + xp.stack(sizes).sum() * (strength / p / _count(a))         # (1), (2)
        return total

    @staticmethod
    def backward(ctx, grad_penalty):
        xp, grads = get_array_module(grad_penalty), []
        for a, needs in zip(ctx.saved, ctx.needs_input_grad):
            factor = (grad_penalty * (ctx.strength / _count(a))).astype(a.dtype)
            grads.append(xp.empty_like(a) if needs else None)
            for part, grad in pieces(a, grads[-1]) if needs else ():
                xp.multiply(xp.sign(part) if ctx.p == 1 else part, factor, out=grad)       # (5), (6)
        return tuple(grads)


class KLSparsityFunction(ArrayFunction):
    """Equation (4) over all its inputs, and (7)."""

    @staticmethod
    def forward(ctx, *activations, strength, rho):
        ctx.strength, ctx.rho, ctx.shapes = strength, rho, [a.shape for a in activations]
        xp, total, means = get_array_module(activations[0]), 0, []
        for a in activations:
            r = a.sum(axis=0) / _count(a)                                              # (3)
            on, off = _held(r)
            kl = xp.zeros_like(r)
            if rho > 0:
                kl -= rho * xp.log(on / rho)
            if rho < 1:
                kl -= (1 - rho) * xp.log(off / (1 - rho))
            total = total + strength * kl.sum()                                        # (4)
            means.append(r)
        ctx.save_for_backward(*means)
        return total

    @staticmethod
    def backward(ctx, grad_penalty):
        xp, grads = get_array_module(grad_penalty), []
        for r, shape, needs in zip(ctx.saved, ctx.shapes, ctx.needs_input_grad):
            on, off = _held(r)
            slope = (1 - ctx.rho) / off - ctx.rho / on
            slope *= (grad_penalty * (ctx.strength / max(shape[0], 1))).astype(r.dtype)
            grads.append(xp.broadcast_to(slope, shape).copy() if needs else None)      # (7)
        return tuple(grads)


def _count(a):
    """The number of examples, nan where there is nothing to average."""
    return len(a) or math.nan


def _held(r):
    """r and 1 - r, held away from 0."""
    xp, least = get_array_module(r), max(1e-12, float(np.finfo(r.dtype).tiny))
    return xp.maximum(r, least), xp.maximum(1 - r, least)


def activity_penalty(activations: Activations, strength: float, p: int = 1) -> Tensor:
    """Penalize large activations: strength/p times the sum over units of |a|^p, averaged over the batch.

    Args:
        activations: a Tensor, or Tensors of several layers, whose penalties are added; kept by a forward hook, say.
        strength: at least 0; 0 switches the penalty off, a large one silences all units.
        p: 1 for absolute values, 2 for squares (with the half of l2_penalty).

    Shape:
        (N, ...) each, N examples -> a 0-d Tensor.

    Returns:
        The penalty, with gradient strength/N * sign(a), 0 at 0, for p = 1 and strength/N * a for p = 2.

    Raises:
        ValueError: strength is negative or not finite; p is neither 1 nor 2; no tensors, or one without a batch dimension.
        TypeError: something else than Tensors of floating point numbers.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(3, 4), tinyreg.nn.ReLU(), tinyreg.nn.Linear(4, 2))
        >>> last = {}  # the last output of each layer that is watched
        >>> handle = net[1].register_forward_hook(lambda module, inputs, output: last.update({module: output}))
        >>> loss = net(tinyreg.ones(5, 3)).square().mean()
        >>> (loss + activity_penalty(last.values(), strength=0.01)).backward()
        >>> handle.remove()
        >>> activity_penalty(tinyreg.tensor([[1.0, -2.0], [0.0, 5.0]]), strength=1.0)
        tensor(4.)
    """
    who = "activity_penalty"
    check_strength(who, strength=strength)
    check_number(who, p=p)
    if p not in (1, 2):
        raise ValueError(f"{who}: p must be 1 or 2, got p={p}; 1 takes absolute values, 2 squares")
    penalty = ActivityPenaltyFunction.apply(*_listed(who, activations), strength=float(strength), p=int(p))
    return opaque(penalty, who, strength=float(strength))


def kl_sparsity(activations: Activations, strength: float, rho: float = 0.05) -> Tensor:
    """Penalize units whose mean activation over the batch is not rho: strength times the sum over units of KL(rho || mean).

    Args:
        activations: a Tensor of numbers in [0, 1], as a sigmoid gives, or such Tensors of several layers.
        strength: at least 0; 0 switches the penalty off, a large one makes every mean rho.
        rho: the target of a unit's mean, in [0, 1]: 0 asks for silence, 1 for the opposite.

    Shape:
        (N, ...) each, N examples -> a 0-d Tensor.

    Returns:
        The penalty, with gradient strength/N * (mean - rho) / (mean * (1 - mean)).

    Raises:
        ValueError: strength is negative or not finite; rho outside [0, 1]; no tensors, or one without a batch dimension;
            activations outside [0, 1].
        TypeError: something else than Tensors of floating point numbers.

    Example:
        >>> import tinyreg
        >>> a = tinyreg.tensor([[0.2, 0.5], [0.0, 0.5]], requires_grad=True)
        >>> kl_sparsity(a, strength=1.0, rho=0.1).backward()
        >>> a.grad
        tensor([[0.0000, 0.8000],
                [0.0000, 0.8000]])
    """
    who = "kl_sparsity"
    check_strength(who, strength=strength)
    check_number(who, rho=rho)
    if not 0 <= rho <= 1:
        raise ValueError(f"{who}: rho must lie in [0, 1], got rho={rho}; it is the mean activation that is asked for")
    tensors = _listed(who, activations)
    for tensor in tensors:
        if tensor.array.size:
            _require_rates(who, tensor.array.min(), tensor.array.max())
    penalty = KLSparsityFunction.apply(*tensors, strength=float(strength), rho=float(rho))
    return opaque(penalty, who, strength=float(strength))


def _require_rates(who, lowest, highest):
    require(
        (lowest >= 0) & (highest <= 1),  # nan fails, too
        lambda: ValueError(
            f"{who}: activations must lie in [0, 1], got values from {float(lowest)} to {float(highest)}; "
            "take those behind a sigmoid, or activity_penalty"
        ),
    )


def _listed(who, activations):
    if hasattr(activations, "modules"):
        raise TypeError(
            f"{who}: activations must be Tensors, got {type(activations).__name__}; collect what it puts out with register_forward_hook"
        )
    tensors = listed(who, activations, "activations")
    if not tensors:
        raise ValueError(f"{who}: activations must hold a tensor, got none in {type(activations).__name__}; call the network first")
    for tensor in tensors:
        check_floating(who, tensor, "activations", TypeError)
        if not tensor.array.ndim:
            raise ValueError(f"{who}: activations must have a batch dimension, got shape (); stack those of a batch")
    return tensors
