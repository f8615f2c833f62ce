"""DropConnect: in training every weight is zeroed with probability p, and what is kept grows by 1/(1 - p).

Forward
    p is the probability of DROPPING a connection, as in dropout (Wan et al. write p for keeping it). x is (N, I), N
    examples of I inputs, weight (O, I). The mask m_oi is 1 with probability 1 - p and else 0:

        scale = 1/(1 - p)                                                                        (1)
        kept_oi = weight_oi m_oi scale                                                           (2)
        y_no = sum_i x_ni kept_oi + bias_o                                                       (3)

    That is one mask a call: all examples of the batch meet the same thinned layer. Wan et al. draw a mask for each example:

        y_no = scale sum_i x_ni weight_oi m_noi + bias_o                                         (4)

    In both the mean is that of the whole layer, which is what evaluation computes; for one example

        E[y_no] = sum_i x_ni weight_oi + bias_o,
        Var[y_no] = p/(1 - p) sum_i weight_oi^2 x_ni^2                                           (5)

    The bias is not masked, as no penalty here acts on it. Wan et al. mask it, too: append a 1 to the input, and let the
    last column of weight be the bias.

Backward
    One mask a call: backward goes through the layer with `kept` in the place of weight, and from (2)

        grad_weight_oi = grad_kept_oi m_oi scale                                                 (6)

    A mask an example: in (4) x_ni meets weight_oi once for each output, weight_oi meets x_ni once for each example, each
    time under the mask of that example. Let G = dL/dy:

        grad_x_ni = scale sum_o G_no weight_oi m_noi                                             (7)
        grad_weight_oi = scale sum_n m_noi G_no x_ni                                             (8)
        grad_bias_o = sum_n G_no                                                                 (9)

    A connection that was dropped neither hears nor learns. The masks stand inside the sum of (8): they differ from example
    to example, and no product of two matrices is left of it.

Why it regularizes
    Linear regression of targets t. Over the masks, the expected squared error is that of the mean plus the variance (5):

        E |t - y|^2 = |t - x weight^T - bias|^2 + p/(1 - p) sum_oi weight_oi^2 sum_n x_ni^2      (10)

    Ridge regression with a strength for each input, its energy sum_n x_ni^2: the very penalty of dropout on x, since for one
    output it is the same thing to lose the input or the connection. The company makes the difference. Dropout takes an input
    away from all outputs at once, DropConnect draws for each; and one mask a call takes a connection away from all examples:

        Cov[y_no, y_nq] = p/(1 - p) sum_i weight_oi weight_qi x_ni^2   dropout;   0   DropConnect, o != q       (11)
        Cov[y_no, y_ko] = p/(1 - p) sum_i weight_oi^2 x_ni x_ki        one mask a call;   0   a mask an example, n != k   (12)

    By (12) a larger batch averages the noise of one mask a call away no further: a mask an example costs more and leaves
    calmer gradients. Dropout of x is the special case of masks whose columns are 0 or 1 as a whole.

Inference
    u = y_no is a sum of many independent terms, so nearly normal, with the moments (5). The output a(u) of the layer, a its
    activation, averages over the masks to what Z draws of a normal number tell (Wan et al., algorithm 2):

        u ~ N(weight v + bias, p/(1 - p) (weight * weight) (v * v))                             (13)
        r = 1/Z sum_z a(u_z)                                                                    (14)

    (* is elementwise. With p the probability of keeping and no scale it reads N(p W v, p (1 - p) (W * W)(v * v)): put W/p
    for W.) The layer in evaluation mode takes a(E[u]) for E[a(u)], without a draw. They are equal where a is linear over the
    spread of u; for relu, which is convex, a(E[u]) is too small, most where u is near 0.

Edge cases
    p=0 and evaluation compute the whole layer; p=1 leaves the bias alone, and (13) has no finite variance there. Masking
    multiplies: an infinite weight that is dropped gives NaN. Only the module's own `penalized` weights are masked. They stay
    the module's parameters, under the names of state_dict that they have without DropConnect: weights travel between a
    network with it and one without. Penalties see the whole weight, once; weight decay pulls dropped connections, too. Under
    weight_norm and spectral_norm the mask acts on the weight that is computed: what is kept may then stretch by more than 1.
    Before batch norm the running variance is that of training, larger by (5) than in evaluation: put it behind the last
    batch norm.

Cost
    One mask a call: a random number and two multiplications a weight, whatever the batch, and one byte a weight kept for
    backward. A mask an example: N O I of everything. The mask, one byte each, is kept for backward: 82 MB for 128 examples
    of 800 x 800. The masked weights of (4) exist for a block of examples at a time on the CPU, for all of them on a GPU, 4
    bytes each in float32. On one core that layer took about thirty times as long, forward and backward, as the plain one.
    No blocking makes products of matrices of it: each of the N O I weights is masked three times, by (4), (7) and (8).
    Inference: two products of matrices, and Z values an output.

Source
    Wan, Zeiler, Zhang, LeCun, Fergus 2013, "Regularization of neural networks using DropConnect", ICML, PMLR 28(3).
    Srivastava et al. 2014, JMLR 15, section 9.1, for the like of (10).
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from ..autograd import ArrayFunction, Tensor, no_grad
from ..autograd.tensor import wrap
from ..backend import blocks, get_array_module
from ..dropping import check_mask
from ..module import Module
from ..ops.arithmetic import add, mul
from ..ops.callables import check_callable
from ..ops.elementwise import sqrt, square
from ..ops.floating import check_floating, check_tensor
from ..ops.linear_algebra import matmul
from ..ops.number import check_probability
from ..ops.reduction import mean
from ..ops.shaping import transpose
from ..random import Generator, chosen_generator
from .dropout import dropout

MEANING = "p is the probability of dropping a connection"


class DropConnectFunction(ArrayFunction):
    """Equation (4): a linear layer with a mask for each example, the mask an argument."""

    @staticmethod
    def forward(ctx, x, weight, bias, mask, *, scale):
        ctx.save_for_backward(x, weight, mask)
        ctx.scale = scale
        xp = get_array_module(x)
        X, scaled = _examples(x, mask), weight * scale
        y = xp.empty((*X.shape[:2], len(weight)), dtype=x.dtype)
        room = _room(mask, x)
        for n in blocks(mask):
            kept = xp.multiply(mask[n], scaled, out=room[: len(mask[n])])
            y[n] = X[n] @ kept.swapaxes(1, 2)                                          # (4)
        if bias is not None:
            y += bias
        return y.reshape(*x.shape[:-1], len(weight))

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, mask = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        xp = get_array_module(x)
        X, G, scaled = _examples(x, mask), _examples(grad_y, mask), weight * ctx.scale
        grad_x: Any = xp.empty(X.shape, dtype=x.dtype) if needs_x else None
        grad_weight: Any = xp.zeros(weight.shape, dtype=x.dtype) if needs_weight else None
        product = xp.multiply if X.shape[1] == 1 else xp.matmul  # of a column and a row they are the same; this one is faster
        room = _room(mask, x)
        for n in blocks(mask):
            part = room[: len(mask[n])]
            if needs_x:
                grad_x[n] = G[n] @ xp.multiply(mask[n], scaled, out=part)              # (7)
            if needs_weight:
                product(G[n].swapaxes(1, 2), X[n], out=part)
                part *= mask[n]
                grad_weight += part[0] if len(part) == 1 else part.sum(axis=0)         # (8)
        if needs_x:
            grad_x = grad_x.reshape(x.shape)
        if needs_weight:
            grad_weight *= ctx.scale
        return grad_x, grad_weight, G.sum(axis=(0, 1)) if needs_bias else None, None   # (9)


def _examples(x, mask):
    """(N, ..., I) -> (N, T, I): T rows share the mask of their example; (I) is one example."""
    return x.reshape(len(mask), math.prod(x.shape[1:-1]), x.shape[-1])


def _room(mask, x):
    """Memory for the masked weights of a block of examples, written anew for each."""
    longest = max(len(mask[n]) for n in blocks(mask))
    return get_array_module(x).empty((longest, *mask.shape[1:]), dtype=x.dtype)


def drop_connect(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, p: float = 0.5, training: bool = True, per_example: bool = False, *,
    mask: Tensor | None = None, return_mask: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """A linear layer that zeroes each weight with probability p and scales the others by 1/(1 - p) in training.

    Args:
        input: floating point Tensor, inputs in the last dimension.
        weight: a row an output.
        bias: added to the outputs, never masked; or None.
        p: probability of dropping a connection, in [0, 1]: 0 drops nothing, 1 leaves the bias alone.
        training: False computes the whole layer.
        per_example: False draws one mask, True one for each example, that is for each entry of input's first dimension.
        mask: bool Tensor, True for what is kept, used instead of drawing one; p then sets the scale only.
        return_mask: also return the mask that was used (all True where nothing was dropped).
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input (I) or (N, ..., I), weight (O, I), bias (O), output (..., O); mask (O, I), or (N, O, I) with per_example,
        where N is 1 for input (I).

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError: p outside [0, 1]; a mask that is not bool, or of another shape.
        RuntimeError: shapes that do not fit, dtypes that differ, or integers.
        TypeError: something that is no Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> x, weight = tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([[3.0, 4.0]])
        >>> drop_connect(x, weight, p=0.5, mask=tinyreg.tensor([[True, False]]))
        tensor([6.])
        >>> drop_connect(x, weight, p=0.5, training=False)
        tensor([11.])
    """
    check_probability("drop_connect", MEANING, p=p)
    p = float(p)
    _check("drop_connect", input, weight, bias)
    examples = len(input.array) if input.array.ndim > 1 else 1
    shape = (examples, *weight.array.shape) if per_example else weight.array.shape
    check_mask("drop_connect", mask, shape, "one element a weight" + (" and example" if per_example else ""))
    keep = mask
    if not training or (p == 0 and mask is None):
        output, keep = _linear(input, weight, bias), None
    else:
        if keep is None:
            keep = wrap(chosen_generator(generator).keep_mask(shape, p))
        if per_example:
            scale = 1 / (1 - p) if p < 1 else 0.0                                      # (1)
            output = DropConnectFunction.apply(input, weight, bias, keep.array, scale=scale)
        else:
            output = _linear(input, dropout(weight, p, mask=keep), bias)               # (2), (3)
    if not return_mask:
        return output
    return output, wrap(get_array_module(weight.array).ones(shape, dtype=bool)) if keep is None else keep


def _linear(x, weight, bias):
    """x weight^T + bias, in operations that record themselves."""
    y = matmul(x, transpose(weight, 0, 1))
    return y if bias is None else add(y, bias)


def _check(who, input, weight, bias):
    check_floating(who, input, error=RuntimeError)
    check_tensor(who, weight, "weight")
    x, w = input.array, weight.array
    if w.ndim != 2:
        raise RuntimeError(f"{who}: weight must have shape (O, I), got shape {w.shape}; reshape it, or wrap a conv in DropConnect")
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise RuntimeError(
            f"{who}: the last dimension of input must hold {w.shape[1]} features, got input of shape {x.shape} for weight of shape "
            f"{w.shape}; flatten the input, or build the layer for its number of features"
        )
    if bias is not None:
        check_tensor(who, bias, "bias")
        if bias.array.shape != w.shape[:1]:
            raise RuntimeError(f"{who}: bias must hold one value an output, {w.shape[:1]}, got shape {bias.array.shape}; rebuild it")
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.array.dtype != x.dtype:
            raise RuntimeError(
                f"{who}: input and {name} must have one dtype, got {x.dtype} and {tensor.array.dtype}; convert the input or the model"
            )


def drop_connect_moments(input: Tensor, weight: Tensor, bias: Tensor | None = None, p: float = 0.5) -> tuple[Tensor, Tensor]:
    """Mean and variance, over the masks, of what a linear layer computes in training, for each example by itself.

    Args:
        input, weight, bias: as for drop_connect.
        p: probability of dropping a connection, in [0, 1): 0 has the variance 0, which grows without bound towards 1.

    Shape:
        input (..., I), weight (O, I), bias (O), mean and variance (..., O).

    Returns:
        The pair (mean, variance), with gradients.

    Raises:
        ValueError: p outside [0, 1).
        RuntimeError: as drop_connect.

    Example:
        >>> import tinyreg
        >>> drop_connect_moments(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([[3.0, 4.0]]), p=0.5)
        (tensor([11.]), tensor([73.]))
    """
    _check_below_1("drop_connect_moments", p)
    _check("drop_connect_moments", input, weight, bias)
    return _moments(input, weight, bias, p)


def _moments(v, weight, bias, p):
    variance = mul(matmul(square(v), transpose(square(weight), 0, 1)), p / (1 - p))    # (5), (13)
    return _linear(v, weight, bias), variance


def _check_below_1(who, p):
    check_probability(who, MEANING, p=p)
    if p == 1:
        raise ValueError(f"{who}: p must lie below 1, got p={p}; where every connection is dropped the variance has no bound")


def drop_connect_inference(
    input: Tensor, weight: Tensor, bias: Tensor | None, p: float, activation: Callable[[Tensor], Tensor], samples: int = 100, *,
    noise: Tensor | None = None, return_noise: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Average the output of a layer over its masks, by normal numbers of the right mean and variance; nothing is recorded.

    Args:
        input, weight, bias: as for drop_connect.
        p: probability of dropping a connection, in [0, 1): at 0 all samples agree.
        activation: what follows the layer, a function of a Tensor such as tinyreg.relu.
        samples: Z, at least 1; the error falls as 1/sqrt(Z).
        noise: Tensor of standard normal numbers that is used instead of drawing one; its length is Z.
        return_noise: also return the noise that was used.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input (..., I), weight (O, I), bias (O), noise (Z, ..., O), output (..., O). activation is given (Z, ..., O).

    Returns:
        The average, or the pair (average, noise).

    Raises:
        ValueError: p outside [0, 1); samples below 1; noise of another shape.
        RuntimeError: as drop_connect.

    Example:
        >>> import tinyreg
        >>> x, weight = tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([[2.0, -1.0]])
        >>> drop_connect_inference(x, weight, None, 0.5, tinyreg.relu, noise=tinyreg.tensor([[-1.0], [1.0]]))
        tensor([1.4142])
        >>> tinyreg.relu(x @ weight.T)
        tensor([0.])
    """
    who = "drop_connect_inference"
    _check_below_1(who, p)
    _check(who, input, weight, bias)
    check_callable(who, activation=activation)
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 1:
        raise ValueError(f"{who}: samples must be an integer of at least 1, got samples={samples}; 100 give one more digit than 1")
    shape = (*input.array.shape[:-1], len(weight.array))
    if noise is not None:
        check_tensor(who, noise, "noise")
        if noise.array.shape[1:] != shape or not len(noise.array):
            raise ValueError(f"{who}: noise must have shape (Z, *{shape}), got {noise.array.shape}; its length is the number of samples")
    with no_grad():
        center, variance = _moments(input, weight, bias, p)
        if noise is None:
            drawn = chosen_generator(generator).normal((samples, *shape), _drawn_dtype(center.array.dtype))
            noise = wrap(drawn.astype(center.array.dtype, copy=False))
        u = add(mul(noise, sqrt(variance)), center)                                    # (13)
        average = mean(activation(u), 0)                                               # (14)
    return (average, noise) if return_noise else average


def _drawn_dtype(dtype):
    return "float64" if dtype.itemsize == 8 else "float32"


class DropConnect(Module):
    """Wrap a linear or conv layer, whose weight it masks in training; after eval() it is the layer itself.

    Args:
        module: a Module with weights among its `penalized` parameters: Linear, Conv1d, Conv2d, ...; for per_example
            a Linear.
        p: probability of dropping a connection, in [0, 1]: 0 drops nothing, 1 leaves the bias alone.
        per_example: False draws one mask a call, True one for each example; (4) then takes the place of the module's own
            forward in training.

    The module's hooks run in training, too. The names in state_dict are the module's own, as if it were not wrapped.

    Shape:
        As the module's.

    Raises:
        TypeError: module is no Module, or p no number.
        ValueError: p outside [0, 1]; a module without weights; per_example for one whose weight is not (O, I).

    Example:
        >>> import tinyreg
        >>> layer = DropConnect(tinyreg.nn.Linear(3, 2), p=0.5)
        >>> list(layer.state_dict())
        ['weight', 'bias']
        >>> x = tinyreg.ones(1, 3)
        >>> bool((layer.eval()(x) == layer.module(x)).all())
        True
    """

    stochastic = True

    def __init__(self, module: Module, p: float = 0.5, per_example: bool = False) -> None:
        super().__init__()
        if not isinstance(module, Module):
            raise TypeError(f"DropConnect: module must be a Module, got {type(module).__name__}; wrap a layer such as nn.Linear")
        check_probability("DropConnect", MEANING, p=p)
        weights = _weights(module)
        if per_example and [(name, w.array.ndim) for name, w in weights.items()] != [("weight", 2)]:
            shapes = [tuple(w.array.shape) for w in weights.values()]
            raise ValueError(
                f"DropConnect: per_example=True needs a Linear, whose weight is (O, I), got {type(module).__name__} with {shapes}; "
                "draw one mask a call, per_example=False"
            )
        self.module, self.p, self.per_example = module, p, per_example

    def forward(self, input: Tensor) -> Any:
        if not self.training or self.p == 0:
            return self.module(input)
        attributes = vars(self.module)
        before = {name: attributes[name] for name in ("forward",) if name in attributes}
        attributes["forward"] = partial(self._thinned, self.module.forward)
        try:
            return self.module(input)  # its hooks, and between them what follows
        finally:
            del attributes["forward"]
            attributes.update(before)

    def _thinned(self, forward, input):
        """The module's forward with masks on its weights, which are read here: after the hooks that turn what they depend on."""
        own = _weights(self.module)
        if self.per_example:
            return drop_connect(input, own["weight"], self.module.bias, self.p, per_example=True)    # (4)
        parameters = self.module._parameters
        try:
            for name, weight in own.items():
                parameters[name] = dropout(weight, self.p)                             # (2)
            return forward(input)
        finally:
            for name, weight in own.items():
                if name in self.module._computed:
                    del parameters[name]  # where it is not stored, and only hid what is computed
                else:
                    parameters[name] = weight

    def state_dict(self, *, destination: dict[str, Tensor] | None = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """The state of the module, under its own names.

        Args:
            destination, prefix, keep_vars: as for Module.state_dict.

        Example:
            >>> import tinyreg
            >>> list(DropConnect(tinyreg.nn.Linear(3, 2)).state_dict(prefix="head."))
            ['head.weight', 'head.bias']
        """
        return self.module.state_dict(destination=destination, prefix=prefix, keep_vars=keep_vars)

    def extra_repr(self) -> str:
        return f"p={self.p}, per_example={self.per_example}"


def _weights(module):
    """The parameters on which penalties act, by name."""
    weights = {name: getattr(module, name, None) for name in module.penalized}
    if not weights or None in weights.values():
        raise ValueError(
            f"DropConnect: module must hold weights of its own, got {type(module).__name__} with the parameters "
            f"{[name for name, tensor in module._parameters.items() if tensor is not None]}; wrap a linear or a conv layer"
        )
    return weights
