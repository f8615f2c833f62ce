"""Gradient penalty: a function that changes little when its input does, because the loss charges for its slope in x.

Objective
    f is a network with parameters w. With one number f_n an example (the score of a critic, or an example's loss) the slope
    at the example x_n, the penalty's strength s and a target t,

        g_n = dF/dx_n,      F(x, w) = sum_n f_n                                                  (1)
        penalty = s/2 1/N sum_n (|g_n| - t)^2                                                    (2)

    t = 0 asks for a flat function: on a critic it is the R1 penalty with gamma = s, on the loss it is double
    backpropagation. t = 1 is WGAN-GP; its authors write lambda mean (|g| - 1)^2, without the half: lambda = 10 is s = 20.

    A network with C outputs has a Jacobian J_n = df_n/dx_n, (C, D). The Jacobian penalty is

        penalty = s/2 1/N sum_n |J_n|^2,      |J|^2 = sum_ij J_ij^2                              (3)

    A row of v'J is the gradient of <v, f>, one backward pass. For orthonormal v_1 ... v_C, |J|^2 = sum_k |v_k'J|^2, since
    turning the outputs changes no length. Fewer are enough on average: if v points anywhere with equal chance, E[v v'] = I/C,
    so that E|v'J|^2 = |J|^2/C, and with K directions

        |J|^2  ~  C/K sum_k |v_k'J|^2                                                            (4)

    without bias. The K directions of an example are drawn orthonormal: never worse than drawn one by one (the paper's way;
    equal for K = 1), and for K = C exact, whatever was drawn. So from K = C on nothing is drawn: the unit vectors serve.

Backward
    The penalty contains w only through g. Its derivative with respect to g_n is a vector u_n, a number for each element of x,

        u_n = s/N (1 - t/|g_n|) g_n,      for (4)  s C/(N K) g_n  for each direction             (5)

    and the chain rule asks for the mixed second derivative, along u only:

        grad_w = sum_n (dg_n/dw)' u_n = d/dw <u, dF/dx>        u held fixed                      (6)

    That product is the slope of F along u, and derivatives may be taken in either order. With h a number,

        grad_w = d/dh  grad_w F(x + h u)    at h = 0                                             (7)

    the change of an ordinary gradient when x moves along u. The difference to both sides of it is central. With
    m = max_n |u_n|, so that the example that moves most moves by the distance d,

        grad_w  ~  m/(2d) [grad_w F(x + d u/m) - grad_w F(x - d u/m)]                            (8)

    Three backward passes in all: one for g, two here. If x itself needs a gradient (a generator made it), the same two
    passes have it. In Taylor's series of (8) about d = 0 the even terms cancel. What is left, with the third derivative
    taken along u/m, is

        error = m d^2/6  d^3/dh^3 grad_w F  +  terms in d^4                                      (9)

    It is 0 if grad_w F is at most quadratic along u: of networks that are linear or quadratic in x, (8) is exact at any d.
    There is one d for the batch, not one for each example: the sum over examples in (6) is one derivative along one
    direction, and where examples meet (batch norm) they must move together.

    The choice of d. Let the gradient vary over the distance l, so that each derivative along u/m is about 1/l of the one
    before, and let it be rounded by r relative to its size. Relative to (8) the two errors are

        d^2/(6 l^2)  +  r l/d        least at  d = l (3 r)^(1/3)                                (10)

    r is about ten times eps, the dtype's resolution, and the scale of a network's input is what l is measured in:

        d = 3 eps^(1/3) rms(x)        1.5e-2 rms(x) in float32, 1.8e-5 rms(x) in float64        (11)

    leaves an error of about r^(2/3). Measured against PyTorch's double backward (two hidden layers of tanh or softplus; two
    convolutions with tanh) that is 8e-6 to 9e-5 in float32 and 1e-11 to 2e-10 in float64, of the length of the gradient.
    One distance serves all features: it supposes that they have been brought to one scale.

    Kinks. (8) is, for any F, the derivative with respect to w of

        m/(2d) [F(x + d u/m) - F(x - d u/m)]                                                    (12)

    the mean slope along u over the way between the two points. With ReLU, g jumps where a unit switches, and a penalty on
    g at a point knows nothing of the jumps beside it: double backward ignores them. (12) sees a unit that switches on its
    way, and each adds about 1/d. The smaller d, the rarer and the more violent: in float64 nearly every batch meets none,
    and (8) is what double backward gives. In float32 with (11) they drown it. On two layers of 64 ReLU on 256 examples the
    cosine between both was 0.65 at d = 0.015 rms(x), 0.88 at 0.1, 0.92 at 0.3 and 0.95 at 1. A network of straight pieces
    has no other error (9): give it step = 0.3, and (12) is the penalty of a function that was smoothed over that distance.

Why it regularizes
    To first order f(x + r) - f(x) = <g, r>: |g| is what a small change of the input can do, and (2) lowers it where data are.
    In a linear model g is the weight vector: (3) is s/2 |W|^2, l2_penalty itself. In a deep one (3) charges for the product
    of the layers as it acts on the data, instead of for each layer; directions in which data do not vary cost the same.
    Noise does nearly this: with r of variance s in each input, half the squared error rises on average by s/2 |J|^2, plus a
    term with the residual that is small where the fit is good (Bishop 1995). A loss along the sign of g instead of along
    noise is adversarial training. t = 1 does not make flat but steep: a critic whose slope is 1 everywhere measures a
    distance between distributions.

Edge cases
    strength = 0 gives 0 with gradients 0; leave the call out and save its passes. A gradient g_n of exactly 0 has no
    direction: for t > 0 its u_n is 0, as PyTorch's norm has it. Parameters that F does not contain get none.
    The model is asked in the mode it is in. All passes of a call see the same dropout masks, those that the first one draws,
    and leave the running averages of batch norm where they were (autograd/repeatable.py). Batch norm in training mode lets
    an example move the outputs of others; g_n then holds that, too, and is no longer the slope at x_n alone: Gulrajani et
    al. take layer norm in the critic. Forward hooks run in each pass. Weight decay and L2 beside it: both shrink the
    weights, it stops where the data see no slope. In Adam the sum of both gradients is rescaled, as with every penalty.
    It is a term of the training loss: at evaluation leave it out of what you compare. Under no_grad it is the value alone.

Cost
    Three forward and three backward passes, with K directions 1 + 2 K forward and 3 K backward; an array of the parameters'
    size a pass. Backward of the loss then only multiplies what was stored. Nothing waits for the device.

Source
    Drucker, LeCun 1992, "Improving generalization performance using double backpropagation", IEEE Transactions on Neural
    Networks 3:991. Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville 2017, "Improved training of Wasserstein GANs", arXiv
    1704.00028, (3). Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?", arXiv
    1801.04406, (9) for R1. Hoffman, Roberts, Yaida 2019, "Robust learning with Jacobian regularization", arXiv 1908.02729.
    Bishop 1995, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7:108.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ..autograd import ArrayFunction, Tensor, enable_grad, grad, is_grad_enabled
from ..autograd.repeatable import Repeatable
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..ops.callables import check_callable
from ..ops.floating import check_floating
from ..ops.number import check_number, check_strength
from ..random import Generator, chosen_generator
from ..touches import opaque


class GradientPenaltyFunction(ArrayFunction):
    """A number whose gradients were computed together with it; backward scales them."""

    @staticmethod
    def forward(ctx, *inputs, value, grads):
        ctx.save_for_backward(*grads)
        return value

    @staticmethod
    def backward(ctx, grad_penalty):
        return tuple(None if g is None else grad_penalty.astype(g.dtype) * g for g in ctx.saved)


def gradient_penalty(
    model: Callable[..., Any], x: Tensor, strength: float, *, target: float = 0.0, loss: Callable[..., Tensor] | None = None,
    params: Iterable[Tensor] | None = None, step: float | None = None,
) -> Tensor:  # fmt: skip
    """Penalize the slope of a critic, or of the loss, in its input: strength/2 mean (|gradient in x| - target)^2.

    Args:
        model: a Module, or a function of x with `params`. Without `loss` it gives one number an example.
        x: the examples. If it requires grad, it gets a gradient, too.
        strength: s, at least 0; 0 gives 0, a large one a function that is constant (target 0) around the examples.
        target: t, the length that gradients are pulled to, at least 0: 0 for R1 and double backpropagation, 1 for WGAN-GP.
        loss: loss(output) -> the losses of the examples, or their mean: it is the slope of an example's loss then that is
            penalized. `lambda output: cross_entropy(output, y)`.
        params: the Tensors that get a gradient; None for all parameters of the Module.
        step: how far x is moved in (8), in units of the root mean square of x, above 0. None is 3 eps^(1/3), for smooth
            networks; 0.3 for networks of ReLU.

    Shape:
        x (N, ...) -> a 0-d Tensor; model(x) has N elements, or is what `loss` takes.

    Returns:
        The penalty.

    Raises:
        ValueError: strength, target or step out of range; a function without params; not one number an example; no example.
        NotImplementedError: x is not floating point.

    Example:
        >>> import tinyreg
        >>> critic = tinyreg.nn.Linear(2, 1)
        >>> _ = critic.weight.data.copy_(tinyreg.tensor([[3.0, 4.0]]))
        >>> penalty = gradient_penalty(critic, tinyreg.randn(8, 2), strength=20.0, target=1.0)
        >>> print(f"{penalty.item():.2f}")  # 20/2 (5 - 1)^2
        160.00
    """
    who = "gradient_penalty"
    check_strength(who, strength=strength, target=target)
    parameters = _check(who, model, x, params, step)
    if loss is not None:
        check_callable(who, loss=loss)

    def total(z):
        return _total(who, model(z), len(x), loss), None

    with Repeatable(model, loss) as again:
        array = x.array
        xp, rows = get_array_module(array), len(array)
        ((g,),) = _slopes(array, lambda z: [total(z)])                                 # (1)
        length = xp.sqrt((g * g).reshape(rows, -1).sum(axis=1))
        excess = length - float(target)
        value = float(strength) / 2 * (excess @ excess / rows)                         # (2)
        grads = None
        if _wanted(x, parameters):
            factor = excess / (length + (length == 0))
            u = g * factor.reshape(-1, *[1] * (g.ndim - 1))                            # (5), without s/N
            grads = _mixed(total, x, parameters, u, float(strength) / rows, step, again)
    return opaque(_stored(x, parameters, value, grads), who, strength=float(strength))


def jacobian_penalty(
    model: Callable[..., Any], x: Tensor, strength: float, n_projections: int = 1, *, generator: Generator | None = None,
    projections: Tensor | None = None, return_projections: bool = False, params: Iterable[Tensor] | None = None,
    step: float | None = None,
) -> Any:  # fmt: skip
    """Penalize the Jacobian of a network: strength/2 mean |df/dx|^2, along random directions of the outputs.

    Args:
        model: a Module, or a function of x with `params`; it gives C numbers an example.
        x: the examples. If it requires grad, it gets a gradient, too.
        strength: s, at least 0; 0 gives 0, a large one outputs that do not depend on x around the examples.
        n_projections: K, at least 1: random orthonormal directions, drawn for each example. From C on the value is exact and
            nothing is drawn.
        generator: draws them; None for the default one.
        projections: the directions, given: K of them for each example, of length 1 and orthogonal to each other if the value
            is to estimate |J|^2. Nothing is drawn then.
        return_projections: also return the directions that were used.
        params: the Tensors that get a gradient; None for all parameters of the Module.
        step: as in gradient_penalty.

    Shape:
        x (N, ...) -> a 0-d Tensor; model(x) (N, ...) with C elements an example; projections (K, *shape of model(x)).

    Returns:
        The penalty; with return_projections, (penalty, projections).

    Raises:
        ValueError: strength, n_projections or step out of range; a function without params; projections or an output of
            another shape; no example.
        NotImplementedError: x is not floating point.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Linear(3, 2)
        >>> penalty = jacobian_penalty(layer, tinyreg.randn(8, 3), strength=0.1, n_projections=2)
        >>> bool(tinyreg.allclose(penalty, tinyreg.regularization.l2_penalty(layer, 0.1)))  # of a linear layer J is the weight
        True
    """
    who = "jacobian_penalty"
    check_strength(who, strength=strength)
    parameters = _check(who, model, x, params, step)
    if isinstance(n_projections, bool) or not isinstance(n_projections, int) or n_projections < 1:
        raise ValueError(f"{who}: n_projections must be an integer of at least 1, got {n_projections!r}; the number of outputs is exact")
    used: list[Any] = []

    def first(z):
        output = model(z)
        if not isinstance(output, Tensor) or output.array.ndim < 2 or len(output.array) != len(x):
            raise ValueError(f"{who}: model must give several numbers an example, (N, C) for {len(x)} examples, got {_got(output)}; keep N")
        used.extend(_directions(who, output, n_projections, projections, generator))
        return [(output, wrap(v)) for v in used]

    with Repeatable(model) as again:
        array, grads = x.array, None
        slopes = _slopes(array, first)
        scale = float(strength) * used[0][0].size / (len(used) * len(array))           # s C/(K N)
        value = scale / 2 * sum((g * g).sum() for (g,) in slopes)                      # (3), (4)
        if _wanted(x, parameters):
            for v, (g,) in zip(used, slopes):
                found = _mixed(lambda z, v=v: (model(z), wrap(v)), x, parameters, g, scale, step, again)   # (5)
                grads = found if grads is None else [_sum(a, b) for a, b in zip(grads, found)]
    penalty = opaque(_stored(x, parameters, value, grads), who, strength=float(strength))
    return (penalty, wrap(get_array_module(array).stack(used))) if return_projections else penalty


def _check(who, model, x, params, step):
    """The parameters, after a look at what both penalties take."""
    check_callable(who, model=model)
    check_floating(who, x, "x")
    if x.array.ndim == 0 or x.array.size == 0:
        raise ValueError(f"{who}: x must hold examples, got shape {tuple(x.array.shape)}; its first dimension counts them")
    if step is not None:
        check_number(who, step=step)
        if not 0 < step < float("inf"):
            raise ValueError(f"{who}: step must be positive and finite, got step={step}; None chooses it by the dtype")
    if params is None and not hasattr(model, "parameters"):
        raise ValueError(f"{who}: a function needs params, got params=None for {type(model).__name__}; pass params=model.parameters()")
    if params is not None and not isinstance(params, Iterable):
        raise TypeError(f"{who}: params must be Tensors, got {type(params).__name__}; pass model.parameters()")
    parameters = list(model.parameters() if params is None else params)
    for p in parameters:
        if not isinstance(p, Tensor):
            raise TypeError(f"{who}: params must be Tensors, got {type(p).__name__} among them; pass model.parameters()")
    return parameters


def _total(who, output, rows, loss):
    """F of (1), a 0-d Tensor."""
    if loss is None:
        if not isinstance(output, Tensor) or output.array.size != rows:
            raise ValueError(f"{who}: model must give one number for each of {rows} examples, got {_got(output)}; or pass loss=")
        return output.sum()
    value = loss(output)
    if not isinstance(value, Tensor) or value.array.shape not in ((), (rows,)):
        raise ValueError(f"{who}: loss must give one number for each of {rows} examples, or their mean, got {_got(value)}; reduce it")
    return value.sum() if value.array.ndim else value * rows


def _got(output):
    return f"shape {tuple(output.array.shape)}" if isinstance(output, Tensor) else type(output).__name__


def _directions(who, output, count, given, generator):
    """K arrays of the output's shape: orthonormal directions of each example."""
    array = output.array
    xp, rows, outputs = get_array_module(array), len(array), array[0].size
    if given is not None:
        if not isinstance(given, Tensor) or given.array.shape[1:] != array.shape or not len(given.array):
            raise ValueError(f"{who}: projections must have shape (K, *{tuple(array.shape)}), got {_got(given)}; K directions an example")
        return given.array.astype(array.dtype, copy=False)
    if count >= outputs:
        unit = xp.eye(outputs, dtype=array.dtype)
        return [xp.broadcast_to(e, (rows, outputs)).reshape(array.shape) for e in unit]
    wide = "float64" if array.dtype == "float64" else "float32"
    found: list[Any] = []
    for v in chosen_generator(generator).normal((count, rows, outputs), dtype=wide).astype(array.dtype, copy=False):
        for before in found:  # Gram and Schmidt
            v = v - before * (before * v).sum(axis=1, keepdims=True)
        found.append(v / xp.sqrt((v * v).sum(axis=1, keepdims=True)))
    return [v.reshape(array.shape) for v in found]


def _slopes(array, first):
    """The gradients at x of the outputs of the first pass, with their cotangents."""
    z = wrap(array).requires_grad_()
    with enable_grad():
        return [[g.array for g in grad(output, z, v, retain_graph=True)] for output, v in first(z)]


def _wanted(x, parameters):
    return is_grad_enabled() and any(p.requires_grad for p in (x, *parameters))


def _mixed(evaluate, x, parameters, u, scale, step, again):
    """scale times the derivative of <u, dF/dx> with respect to x and the parameters: (6) by (8); None where F has none.

    Args:
        evaluate: evaluate(z) -> F at z, as an output and its cotangent.
        u: (5) without scale, which is a number: so that its square does not underflow.
        again: the Repeatable of all passes.
    """
    array = x.array
    xp = get_array_module(array)
    m = xp.sqrt((u * u).reshape(len(u), -1).sum(axis=1)).max()
    step = 3 * float(xp.finfo(array.dtype).eps) ** (1 / 3) if step is None else float(step)
    rms = xp.sqrt((array * array).mean())
    d = step * (rms + (rms == 0))                                                      # (11)
    way = u * (d / (m + (m == 0)))
    needs = [p.requires_grad for p in (x, *parameters)]
    sides = []
    for moved in (array + way, array - way):
        again.rewind()
        z = wrap(moved).requires_grad_()
        with enable_grad():
            output, v = evaluate(z)
            asked = [p for p, needed in zip((z, *parameters), needs) if needed]
            found = iter(grad(output, asked, v, retain_graph=True, allow_unused=True))
        sides.append([next(found) if needed else None for needed in needs])
    factor = scale * m / (2 * d)
    return [None if a is None else (a.array - b.array) * factor.astype(a.array.dtype) for a, b in zip(*sides)]     # (8)


def _sum(a, b):
    return a if b is None else b if a is None else a + b


def _stored(x, parameters, value, grads):
    inputs = (x, *parameters)
    return GradientPenaltyFunction.apply(*inputs, value=value, grads=[None] * len(inputs) if grads is None else grads)
