"""Gradient clipping: a step may go where the gradient says, but not arbitrarily far.

Forward. After backward() and before optimizer.step(), on the gradients of all parameters at once. With g the vector of
all their elements and the norm

    |g| = (sum_i |g_i|^q)^(1/q),        q = norm_type (2 by default; max_i |g_i| for infinity)    (1)

clipping by norm scales all of them alike, clipping by value cuts each alone:

    g  <-  g min(1, c / (|g| + 1e-6)),        c = max_norm                        (2)
    g_i  <-  min(max(g_i, -c), c),            c = clip_value                      (3)

(2) keeps the direction, and |g| <= c afterwards. (3) does not: where one coordinate is cut, the others count for more.

Backward. Nothing is differentiated: both act on gradients. Read backwards, they tell which loss was descended instead. For
one weight and the loss h w^2/2 the gradient h w clipped to [-c, c] is the derivative of

    h w^2/2  where h |w| <= c,        c |w| - c^2/(2h)  elsewhere                 (4)

Huber's loss: quadratic near the minimum, where nothing changes, and of bounded slope far away.

Why it regularizes. It does not shrink weights; it keeps single batches from throwing them away. Through T layers (or time
steps) of gain a gradients scale as a^T: above 1 they explode, and one step of length lr |g| then leaves the region in
which the gradient meant anything. With (2), a step of SGD moves the weights by at most

    |w_new - w|  <=  lr c                                                         (5)

for every batch, an outlier included. A steep wall in the loss is descended in steps of lr c; plain SGD diverges on it as
soon as lr exceeds 2/curvature. Setting the largest entry to 0 instead, as is sometimes told, removes the very coordinate
that matters: it never moves, and what is left is nearly orthogonal to the gradient.

Edge cases. max_norm = 0 gives zeros, infinity changes nothing. The 1e-6 in (2) is PyTorch's; it keeps 0/0 away and
makes the clipped norm smaller than c by one part in |g| 10^6. If |g| is NaN, all gradients become NaN; if it is
infinite, finite elements become 0 and infinite ones NaN: error_if_nonfinite stops there instead. Parameters whose grad
is None are passed over. With accumulated gradients, clip once, before the step, as fit does: the mean of (30, 0) and
(0, 40) clipped to 1 is (0.6, 0.8); clipped one by one they have the mean (0.5, 0.5), of another direction and another
length. With Adam, which divides by the gradient's own size, (5) does not hold; clipping then keeps an outlier from
inflating v for 1/(1 - beta2) steps. At evaluation there are no gradients.

Cost. (2) reads the gradients twice and writes them once, (3) reads and writes them once. The norm stays on the device;
error_if_nonfinite, which must look at it, waits for it there.

Source. Mikolov 2012, thesis, for (3); Pascanu, Mikolov, Bengio 2013, On the difficulty of training recurrent neural
networks, arXiv 1211.5063, algorithm 1, for (2); Zhang, He, Sra, Jadbabaie 2020, Why gradient clipping accelerates
training, arXiv 1905.11881.
"""

import math
import warnings
from collections.abc import Iterable
from types import GeneratorType

from .. import backend
from ..autograd import Tensor
from ..autograd.account import Change
from ..autograd.tensor import wrap
from ..backend import fuse, get_array_module, pieces
from ..ops.floating import listed
from ..ops.number import check_number
from ..thread_pool import each


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float | str = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale all gradients by one number, in place, so that their common norm does not exceed max_norm.

    Args:
        parameters: Tensors, or one Tensor; those whose grad is None are passed over.
        max_norm: c, at least 0; 0 gives zeros, infinity only measures.
        norm_type: q, positive; 2 is the length, infinity (or "inf") the largest absolute value.
        error_if_nonfinite: raise where the norm is NaN or infinite, before anything is written.
        foreach: accepted for scripts that choose PyTorch's implementation; there is one here.

    Returns:
        The norm before clipping, a 0-d Tensor.

    Raises:
        ValueError: max_norm is negative or NaN, or norm_type is not positive.
        RuntimeError: the norm is NaN or infinite and error_if_nonfinite is set.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.zeros(2, requires_grad=True)
        >>> (w * tinyreg.tensor([30.0, 40.0])).sum().backward()
        >>> clip_grad_norm_([w], max_norm=1.0)
        tensor(50.)
        >>> w.grad
        tensor([0.6000, 0.8000])
    """
    check_number("clip_grad_norm_", max_norm=max_norm, norm_type=math.inf if norm_type == "inf" else norm_type)
    max_norm, norm_type = float(max_norm), float(norm_type)
    if not max_norm >= 0:
        raise ValueError(f"clip_grad_norm_: max_norm must be at least 0, got max_norm={max_norm}; infinity does not clip")
    if not norm_type > 0:
        raise ValueError(f"clip_grad_norm_: norm_type must be positive, got norm_type={norm_type}; 2 is the length")
    grads = [grad for grad in _gradients("clip_grad_norm_", parameters) if grad.array.size]
    total = _total("clip_grad_norm_", grads, norm_type, error_if_nonfinite)
    scale = _scale(total, max_norm)
    change = Change("clip_grad_norm_", scale, max_norm=max_norm)
    for grad in grads:
        grad.array *= scale.astype(grad.array.dtype, copy=False)                  # (2)
        change.note(grad)
    return wrap(total)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float | str = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """Measure the common norm of some Tensors, as (1) does that of the gradients; nothing is written.

    Args:
        tensors: Tensors, or one Tensor; for the norm of the gradient, `[p.grad for p in model.parameters()]`.
        norm_type: q, positive; 2 is the length, infinity (or "inf") the largest absolute value.
        error_if_nonfinite: raise where the norm is NaN or infinite.
        foreach: accepted for scripts that choose PyTorch's implementation; there is one here.

    Returns:
        A 0-d Tensor; 0 where there is no element.

    Raises:
        ValueError: norm_type is not positive.
        TypeError: something that is no Tensor.
        RuntimeError: integers; the norm is NaN or infinite and error_if_nonfinite is set.

    Example:
        >>> import tinyreg
        >>> get_total_norm([tinyreg.tensor([3.0]), tinyreg.tensor([[4.0]])])
        tensor(5.)
    """
    check_number("get_total_norm", norm_type=math.inf if norm_type == "inf" else norm_type)
    if not float(norm_type) > 0:
        raise ValueError(f"get_total_norm: norm_type must be positive, got norm_type={norm_type}; 2 is the length")
    given = listed("get_total_norm", tensors, "tensors")
    for tensor in given:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"get_total_norm: tensors must be Tensors, got {type(tensor).__name__} among them; leave out a grad of None")
        if tensor.array.dtype.kind != "f":
            raise RuntimeError(f"get_total_norm: tensors must be floating point, got dtype {tensor.array.dtype}; convert it with .float()")
    return wrap(_total("get_total_norm", [tensor for tensor in given if tensor.array.size], float(norm_type), error_if_nonfinite))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Cut each element of each gradient to [-clip_value, clip_value], in place; the direction changes.

    Args:
        parameters: Tensors, or one Tensor; those whose grad is None are passed over.
        clip_value: c, at least 0; 0 gives zeros, infinity changes nothing.
        foreach: accepted for scripts that choose PyTorch's implementation; there is one here.

    Raises:
        ValueError: clip_value is negative or NaN.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.zeros(2, requires_grad=True)
        >>> (w * tinyreg.tensor([30.0, 0.5])).sum().backward()
        >>> clip_grad_value_([w], clip_value=1.0)
        >>> w.grad
        tensor([1.0000, 0.5000])
    """
    check_number("clip_grad_value_", clip_value=clip_value)
    clip_value = float(clip_value)
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_: clip_value must be at least 0, got clip_value={clip_value}; infinity does not clip")
    change = Change("clip_grad_value_", clip_value=clip_value)
    for grad in _gradients("clip_grad_value_", parameters):
        xp = get_array_module(grad.array)
        xp.clip(grad.array, -clip_value, clip_value, out=grad.array)              # (3)
        change.note(grad)


@fuse
def _scale(total, max_norm):
    return get_array_module(total).minimum(max_norm / (total + 1e-6), 1.0)


def _gradients(who, parameters):
    """The gradients of the parameters that have one."""
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    elif not hasattr(parameters, "__iter__"):
        raise TypeError(f"{who}: parameters must be Tensors, got {type(parameters).__name__}; pass model.parameters()")
    given = list(parameters)
    if not given and isinstance(parameters, GeneratorType):
        warnings.warn(f"{who}: parameters must hold a Tensor, got an empty generator; it is empty after its first use", stacklevel=3)
    for p in given:
        if not isinstance(p, Tensor):
            raise TypeError(f"{who}: parameters must be Tensors, got {type(p).__name__} among them; pass model.parameters()")
    return [p.grad for p in given if p.grad is not None]


def _total(who, tensors, q, error_if_nonfinite):
    """The norm (1) of Tensors that have elements, a 0-d array; 0 of none."""
    if not tensors:
        return backend.xp().zeros((), dtype="float32")
    xp = get_array_module(tensors[0].array)
    total = _norm(xp, [tensor.array for tensor in tensors], q)
    if error_if_nonfinite and not bool(xp.isfinite(total)):
        raise RuntimeError(
            f"{who}: the norm of the gradients must be finite, got {float(total)}; lower the learning rate, "
            "look for NaN in the data, or pass error_if_nonfinite=False"
        )
    return total


def _norm(xp, arrays, q):
    """Equation (1) over all the arrays, a 0-d array."""
    parts = [part for array in arrays for (part,) in pieces(array.ravel(order="A"))]
    if q == math.inf:
        return xp.asarray(xp.stack([xp.abs(part).max() for part in parts]).max())
    if q == 2:
        sums = each(lambda part: part @ part, parts, sum(array.size for array in arrays))
    else:
        sums = [(xp.abs(part) ** q).sum() for part in parts]
    return xp.asarray(xp.stack(sums).sum() ** (1 / q))                            # (1)
