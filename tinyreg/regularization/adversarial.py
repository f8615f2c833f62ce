"""Adversarial training: the loss not where an example lies, but where it is worst in a small ball around it.

Objective
    x is an example, y its label, L the loss, r a change of x no larger than epsilon in some norm. Adversarial training
    minimizes the worst case, or a mean of it and of the ordinary loss:

        max over |r| <= epsilon of  L(x + r, y)                                                  (1)

    Fast gradient sign. To first order L(x + r) = L(x) + <g, r> with g = dL/dx. Of all r with |r_i| <= epsilon the largest
    <g, r> is had element by element (Hölder's inequality, with equality):

        r = epsilon sign(g),      <g, r> = epsilon sum_i |g_i|                                   (2)
        x_adv = x + r;      targeted, towards the label y:  x - r                                (3)

    Projected gradient descent takes several such steps of size alpha and returns each time to the ball around x, beginning
    at a random point of it:

        x_adv  <-  within epsilon of x:  x_adv + alpha sign(dL/dx at x_adv)                      (4)

    Virtual adversarial. Without a label the network is compared with itself. With p(x) its probabilities,

        D(r) = KL(p(x) || p(x + r)) = sum_k p_k(x) [ln p_k(x) - ln p_k(x + r)]                   (5)
        loss = 1/N sum_n D(epsilon d_n),      d_n the unit vector for which D is largest         (6)

    D is 0 at r = 0 and nowhere negative, so that its gradient there is 0 too, and D(r) = r'Hr/2 to second order, with its
    second derivatives H: the worst d is the eigenvector of H with the largest eigenvalue. Multiplying by H again and again
    turns any vector that is not orthogonal to it there (power iteration), from a random one:

        d  <-  H d / |H d|                                                                       (7)

    and H d is a difference of two gradients, of which one is 0:

        H d  =  [dD/dr at xi d  -  dD/dr at 0] / xi  +  O(xi)  =  1/xi dD/dr at xi d  +  O(xi)   (8)

    The length drops out of (7). An iteration costs one forward and one backward pass; one is usually enough, since what
    matters is that d is not small in the worst direction.

    The choice of xi. Let p change over the distance l. (8) is wrong by xi/l, and by the rounding r of two nearly equal
    probabilities, r l/xi: least at xi = l sqrt(r). With r = 10 eps, and l measured in the scale of the input,

        xi = sqrt(10 eps) rms(x)        1.1e-3 rms(x) in float32, 4.7e-8 rms(x) in float64       (9)

    Measured on two hidden layers of tanh, H d / |H d| is then wrong by 8e-4 in float32; with the paper's xi = 1e-6 by 0.6,
    more noise than direction: that one needs float64.

Backward
    The loss (1) at x + r is an ordinary one. r depends on the weights, too, but at the worst point of the ball moving r does
    not change L to first order (Danskin's theorem; where the maximum is inside, dL/dr = 0, and on the border the constraint
    stops it), so r is a constant. So is p(x) in (5): the network shall move p(x + r) towards what it says at x, not the other
    way. By label smoothing's (7), with p(x) as the target, the scores at x + r get

        grad = (p(x + r) - p(x)) / N                                                            (10)

    and the network's own backward does the rest.

Why it regularizes
    Take logistic regression, labels y = -1 or 1, L = ln(1 + e^(-y(<w, x> + b))). L falls with its margin y(<w, x> + b), which
    r lowers by at most epsilon |w|_1, |w|_1 = sum_i |w_i|. So (1) is, exactly,

        ln(1 + e^(-y(<w, x> + b) + epsilon |w|_1))                                              (11)

    an L1 penalty inside the loss: where the margin is large it fades, while l1_penalty asks of every example the same. With
    D inputs |w|_1 grows like D: changes too small to see in each pixel add up. In a deep network (2) is the first order, an
    l1 norm of the slope in x where gradient_penalty has the square of an l2 norm.
    In (6) H = J' (diag p - pp') J with the Jacobian J of the scores: the Fisher information of x. The loss is epsilon^2/2
    times its largest eigenvalue, to second order: it smooths the answer around each example in the direction where it changes
    most. It needs no label: the examples without one say where to be smooth, and the boundary between classes moves to where
    there are none.

Edge cases
    epsilon = 0: x_adv = x, and a virtual adversarial loss of 0. Where g_i is 0, sign is 0 and x_i stays. clip keeps x_adv in
    the range of the data, (0, 1) for pixels; standardized data have none. A larger epsilon than the distance between
    classes asks for the impossible: the loss stays at that of guessing. If H d is 0 (the network is certain, or flat), d stays.
    The network is asked in the mode it is in; all passes of a call see the same dropout masks, those that the first one draws
    (so D(0) = 0), and leave the running averages of batch norm where they were (autograd/repeatable.py), the one at x + r
    included: they are those of clean data. In training mode batch norm lets examples influence each other, and the ball of
    one is no longer its own; attacks that measure robustness are made in eval(). Nobody's .grad is touched. Training on
    examples made once by (3) teaches the network to bend the loss at x (catastrophic overfitting): random starts and (4) help.
    Weight decay lowers |w| everywhere, this one where data are; with Adam it is a loss like any other. At evaluation the loss
    on x_adv is a measure of its own, beside that on x.

Cost
    fgsm a forward and a backward pass (which forms gradients of the parameters, too, and drops them), pgd one of each a step.
    The virtual adversarial loss 2 + K forward passes, K backward ones, and its own backward. Nothing waits for the device.

Source
    Goodfellow, Shlens, Szegedy 2015, "Explaining and harnessing adversarial examples", arXiv 1412.6572, sections 4 to 6.
    Madry, Makelov, Schmidt, Tsipras, Vladu 2018, "Towards deep learning models resistant to adversarial attacks", arXiv
    1706.06083. Miyato, Maeda, Koyama, Ishii 2018, "Virtual adversarial training: a regularization method for supervised and
    semi-supervised learning", arXiv 1704.03976, algorithm 1. Wong, Rice, Kolter 2020, "Fast is better than free", arXiv
    2001.03994, on overfitting to (3).
"""

from collections.abc import Callable
from typing import Any

from ..autograd import Tensor, enable_grad, grad, no_grad
from ..autograd.repeatable import Repeatable
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..ops.callables import check_callable
from ..ops.floating import check_floating, check_tensor
from ..ops.gathering import gather
from ..ops.number import check_number, check_strength
from ..ops.softmax import log_softmax
from ..random import Generator, chosen_generator
from ..touches import opaque


def fgsm(
    model: Callable[..., Any], x: Tensor, y: Any, epsilon: float, *, loss: Callable[..., Tensor] | None = None,
    clip: tuple[float, float] | None = None, targeted: bool = False,
) -> Tensor:  # fmt: skip
    """Move each element of x by epsilon, in the direction that raises the loss (fast gradient sign).

    To train on both, as Goodfellow et al. do: 0.5 * loss(model(x), y) + 0.5 * loss(model(fgsm(model, x, y, 0.1)), y).

    Args:
        model: a Module, or a function of x.
        x: the examples.
        y: what the loss compares with: class indices, (N,), where loss is None.
        epsilon: the size of the change, at least 0; 0 changes nothing.
        loss: loss(output, y) -> a Tensor, which is summed; None is the cross entropy.
        clip: the range of the data, (low, high); None for any.
        targeted: lower the loss instead, so that y is what the network is to say.

    Shape:
        x (N, ...), output as x.

    Returns:
        The changed examples, without a record.

    Raises:
        ValueError: epsilon or clip out of range; an output of another shape than (N, K) where loss is None.
        NotImplementedError: x is not floating point.

    Example:
        >>> import tinyreg
        >>> model = tinyreg.nn.Linear(2, 2)
        >>> _ = model.weight.data.copy_(tinyreg.tensor([[1.0, -2.0], [0.0, 0.0]]))
        >>> fgsm(model, tinyreg.zeros(1, 2), tinyreg.tensor([0]), epsilon=0.1)
        tensor([[-0.1000,  0.1000]])
    """
    who = "fgsm"
    _check(who, model, x, loss, clip, epsilon=epsilon)
    with Repeatable(model, loss):
        sign = _sign(who, model, x.array, y, loss, targeted)
    return wrap(_within(x.array + float(epsilon) * sign, clip))                        # (3)


def pgd(
    model: Callable[..., Any], x: Tensor, y: Any, epsilon: float, alpha: float | None = None, steps: int = 10, *,
    loss: Callable[..., Tensor] | None = None, clip: tuple[float, float] | None = None, targeted: bool = False,
    random_start: bool = True, generator: Generator | None = None, start: Tensor | None = None, return_start: bool = False,
) -> Any:  # fmt: skip
    """Raise the loss by several sign steps inside the box |change| <= epsilon (projected gradient descent).

    Args:
        model, x, y, loss, clip, targeted: as in fgsm.
        epsilon: the largest change of an element, at least 0; 0 changes nothing.
        alpha: the size of a step, at least 0; None is 2.5 epsilon / steps, which reaches the border and can turn.
        steps: how many, at least 1.
        random_start: begin at a random point of the box; False begins at x.
        generator: draws it; None for the default one.
        start: the change to begin with, given; nothing is drawn then.
        return_start: also return it.

    Shape:
        x (N, ...), start and output as x.

    Returns:
        The changed examples, without a record; with return_start, (examples, start).

    Raises:
        ValueError: epsilon, alpha, steps or clip out of range; start of another shape; an output as in fgsm.
        NotImplementedError: x is not floating point.

    Example:
        >>> import tinyreg
        >>> model = tinyreg.nn.Linear(2, 2)
        >>> x, y = tinyreg.randn(4, 2), tinyreg.tensor([0, 1, 1, 0])
        >>> found, first = (attack(model, x, y, epsilon=0.1) for attack in (pgd, fgsm))
        >>> bool(tinyreg.allclose(found, first, atol=1e-6))  # of a linear model the first step is the worst
        True
    """
    who = "pgd"
    _check(who, model, x, loss, clip, epsilon=epsilon, **({} if alpha is None else {"alpha": alpha}))
    _check_count(who, 1, steps=steps)
    array, epsilon = x.array, float(epsilon)
    xp = get_array_module(array)
    alpha = 2.5 * epsilon / steps if alpha is None else float(alpha)
    if start is not None:
        _check_like(who, x, start=start)
        change = start.array
    elif random_start:
        change = (2 * _draw("uniform", array, generator) - 1) * epsilon
    else:
        change = xp.zeros_like(array)
    low, high = array - epsilon, array + epsilon
    moved = _within(xp.clip(array + change, low, high), clip)
    with Repeatable(model, loss) as again:
        for _ in range(steps):
            again.rewind()
            moved = moved + alpha * _sign(who, model, moved, y, loss, targeted)
            moved = _within(xp.clip(moved, low, high), clip)                           # (4)
    return (wrap(moved), wrap(change)) if return_start else wrap(moved)


def virtual_adversarial_loss(
    model: Callable[..., Any], x: Tensor, epsilon: float, xi: float | None = None, n_power_iterations: int = 1, *,
    generator: Generator | None = None, direction: Tensor | None = None, return_direction: bool = False,
) -> Any:  # fmt: skip
    """Charge for how far the network's probabilities move when x moves by epsilon in the worst direction; needs no labels.

    Args:
        model: a Module, or a function of x; it gives scores (logits) of K classes.
        x: the examples, labelled or not; they get no gradient.
        epsilon: the length of the change of an example, at least 0; 0 gives 0.
        xi: the length at which (8) looks, above 0; None is sqrt(10 eps) times the root mean square of x.
        n_power_iterations: how often (7) turns the direction, at least 0; 0 takes a random one.
        generator: draws the first direction; None for the default one.
        direction: the first direction, given, of any length; nothing is drawn then.
        return_direction: also return the first direction, as it was drawn or given, and the one at the end, of length 1.

    Shape:
        x (N, ...) -> a 0-d Tensor; model(x) (N, K) or (N, K, ...); directions as x.

    Returns:
        The loss, to be added to the others; with return_direction, (loss, first, last).

    Raises:
        ValueError: epsilon, xi or n_power_iterations out of range; direction or an output of another shape.
        NotImplementedError: x is not floating point.

    Example:
        >>> import tinyreg
        >>> model = tinyreg.nn.Linear(2, 3)
        >>> loss = virtual_adversarial_loss(model, tinyreg.randn(8, 2), epsilon=0.5)
        >>> loss.backward()
        >>> loss.item() > 0, model.weight.grad.shape
        (True, Size([3, 2]))
    """
    who = "virtual_adversarial_loss"
    _check(who, model, x, None, None, epsilon=epsilon)
    _check_count(who, 0, n_power_iterations=n_power_iterations)
    if xi is not None:
        check_number(who, xi=xi)
        if not 0 < xi < float("inf"):
            raise ValueError(f"{who}: xi must be positive and finite, got xi={xi}; None chooses it by the dtype")
    if direction is not None:
        _check_like(who, x, direction=direction)
    array = x.array
    xp = get_array_module(array)
    first = _draw("normal", array, generator) if direction is None else direction.array.astype(array.dtype, copy=False)
    d = _unit(first)
    rms = xp.sqrt((array * array).mean())
    look = (10 * float(xp.finfo(array.dtype).eps)) ** 0.5 * (rms + (rms == 0)) if xi is None else float(xi)     # (9)
    with Repeatable(model) as again:
        with no_grad():
            log_p = _log_probabilities(who, model, wrap(array))
            p = log_p.exp()
        for _ in range(n_power_iterations):
            again.rewind()
            z = wrap(array + look * d).requires_grad_()
            with enable_grad():
                (h,) = grad((p * (log_p - _log_probabilities(who, model, z))).sum(), z)
            d = _unit(h.array, d)                                                      # (7), (8)
        again.rewind()
        log_q = _log_probabilities(who, model, wrap(array + float(epsilon) * d))
        loss = opaque((p * (log_p - log_q)).sum(1).mean(), who, epsilon=float(epsilon))    # (5), (6)
    return (loss, wrap(first), wrap(d)) if return_direction else loss


def _check(who, model, x, loss, clip, **sizes):
    check_callable(who, model=model, **({} if loss is None else {"loss": loss}))
    check_floating(who, x, "x")
    check_strength(who, **sizes)
    if x.array.ndim == 0 or x.array.size == 0:
        raise ValueError(f"{who}: x must hold examples, got shape {tuple(x.array.shape)}; its first dimension counts them")
    if clip is None:
        return
    pair = isinstance(clip, tuple | list) and len(clip) == 2
    if pair:
        check_number(who, **{"clip[0]": clip[0], "clip[1]": clip[1]})
    if not pair or not clip[0] <= clip[1]:
        raise ValueError(f"{who}: clip must be (low, high) with low <= high, got clip={clip!r}; None for data without a range")


def _check_count(who, least, **count):
    ((name, value),) = count.items()
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{who}: {name} must be an integer of at least {least}, got {name}={value!r}; give {least} or more")


def _check_like(who, x, **given):
    ((name, tensor),) = given.items()
    check_tensor(who, tensor, name)
    if tensor.array.shape != x.array.shape:
        raise ValueError(
            f"{who}: {name} must have the shape of x, {tuple(x.array.shape)}, got {tuple(tensor.array.shape)}; it moves each element"
        )


def _draw(kind, array, generator):
    wide = "float64" if array.dtype == "float64" else "float32"
    return getattr(chosen_generator(generator), kind)(array.shape, dtype=wide).astype(array.dtype, copy=False)


def _sign(who, model, array, y, loss, targeted):
    """sign(g) at the array, or its opposite."""
    z = wrap(array).requires_grad_()
    with enable_grad():
        output = model(z)
        if loss is not None:
            value = loss(output, y)
            check_tensor(who, value, "what loss returns")
        else:
            check_tensor(who, output, "what model returns")
            check_tensor(who, y, "y")
            if output.array.ndim != 2 or y.array.shape != output.array.shape[:1]:
                raise ValueError(
                    f"{who}: the cross entropy needs outputs (N, K) and labels (N,), got {tuple(output.array.shape)} and "
                    f"{tuple(y.array.shape)}; or pass loss="
                )
            value = -gather(log_softmax(output, 1), 1, y.reshape(-1, 1))
        (g,) = grad(value.sum(), z)
    sign = get_array_module(array).sign(g.array)                                       # (2)
    return -sign if targeted else sign


def _within(array, clip):
    return array if clip is None else get_array_module(array).clip(array, *map(float, clip))


def _unit(v, otherwise=None):
    """Each example's vector at length 1; where it is 0, the other one."""
    xp = get_array_module(v)
    rows = v.reshape(len(v), -1)
    largest = abs(rows).max(axis=1, keepdims=True)  # its square may underflow
    rows = rows / (largest + (largest == 0))
    length = xp.sqrt((rows * rows).sum(axis=1, keepdims=True))
    rows = rows / (length + (length == 0))
    if otherwise is not None:
        rows = xp.where(largest > 0, rows, otherwise.reshape(rows.shape))
    return rows.reshape(v.shape)


def _log_probabilities(who, model, z):
    output = model(z)
    if not isinstance(output, Tensor) or output.array.ndim < 2 or len(output.array) != len(z):
        got = f"shape {tuple(output.array.shape)}" if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(f"{who}: model must give scores (N, K) for {len(z)} examples, got {got}; the classes are dimension 1")
    return log_softmax(output, 1)
