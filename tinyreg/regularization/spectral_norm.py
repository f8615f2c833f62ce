"""Spectral normalization: a weight is divided by its largest singular value, so that its layer stretches nothing.

Forward
    W is the weight as a matrix, one row an output: W.reshape(out, -1) for linear and conv layers. Its largest singular value

        sigma(W) = max over x != 0 of |W x|/|x|                                                  (1)

    is how much the layer can stretch the difference of two inputs. The weight that is used is

        W_sn = W / sigma,    sigma = u'W v                                                       (2)

    u and v are the unit vectors for which (2) is (1), the first singular vectors. They are found by power iteration: from any
    start, with probability 1, repeating

        v <- W'u / |W'u|,    u <- W v / |W v|                                                    (3)

    leads to them. One turn multiplies the share of the second singular vector by (s_2/s_1)^2, s_1 = sigma being the first and
    s_2 the second singular value. In training, each call of the layer makes n_power_iterations turns and keeps u and v: W
    moves little in a step, so that one turn follows it. In evaluation they stay. u'W v never exceeds (1): before it has
    converged, W_sn is a little too large.

Backward
    Let G = dL/dW_sn, and <A, B> the sum of the products of their elements. u and v are constants: they depend on W, but at
    the maximum (1) a small turn of unit vectors changes u'W v to second order only, so that no road leads through them.

    road 1, the W above the line:  G / sigma                                                     (4)

    road 2, sigma. From (2) dsigma/dW = u v', and dW_sn/dsigma = -W/sigma^2 = -W_sn/sigma:

        -<G, W_sn>/sigma  u v'                                                                   (5)

    Their sum:

        grad_W = (G - <G, W_sn> u v') / sigma                                                    (6)

    A check by hand: <W, grad_W> = <G, W_sn> - <G, W_sn> u'W v/sigma = 0, for any u and v. The length of W has no effect, and
    its gradient is at a right angle to it.

Why it regularizes
    With (2) in each layer, and activations that stretch nothing (ReLU, Tanh, Sigmoid), a network f of linear layers obeys

        |f(x) - f(y)| <= product over the layers of sigma(W_l) |x - y| = |x - y|                 (7)

    No input can be changed a little and the output a lot; gradients with respect to inputs are bounded by 1. L2 shrinks all
    singular values of W alike, (2) sets the first to 1 and leaves the others in proportion. The critic of a generative
    adversarial network is what it was made for. A classifier under (7) can become confident only where classes lie far apart:
    a scale that is learned behind the last layer, or no norm in that layer, gives it back the size of its logits.

    In a convolution W acts on windows. An input value is part of at most T = ceil(K/stride) ceil(L/stride) of them, for
    kernels of K L taps without dilation, so that the windows together are at most sqrt(T) times as long as the input: the
    layer stretches by up to sqrt(T) sigma(W), not by 1. In a transposed one, where an output value is what gathers from a
    window, an input value is part of up to T = K L of them, whatever the stride.

Edge cases
    In evaluation u and v are used as they are; they are buffers, saved and loaded. In Monte Carlo mode the layer evaluates,
    and mode_report() tells whether they move. The start is drawn when the layer is
    wrapped and turned 15 times, so that evaluation before training is right, too (PyTorch leaves u and v as drawn there).
    Rank 1: exact after one turn. s_1 = s_2: u and v do not settle, sigma does; (6) is then one of several slopes. A W of zeros
    is refused when it is wrapped, and (2) gives NaN later on. eps is the least length that (3) divides by. dim says which
    dimension of the weight numbers the outputs: 0, and 1 in transposed convolutions.
    Penalties on a Module (l2_penalty, ...) act on W_sn: for L2 that is s/2 |W|^2/sigma^2, the sum of the squared singular
    values in units of the largest (the stable rank): it lowers the others. An optimizer's weight_decay acts on W, whose length
    is without effect: as before batch norm it sets the effective learning rate lr/|W|^2. What writes into weights,
    l1_proximal_ and max_norm_, refuses W_sn, a result; a bound on lengths within W would be undone by (2).
    Before batch norm, which divides by the standard deviation of the output, (2) has no effect, and (7) does not hold with
    it: its scale weight r is not bounded. Dropout multiplies by 1/(1 - p): in training, (7) grows by that factor.

Cost
    In training two products of W with a vector a turn, and a pass over W for (2); backward two passes. An example costs
    nothing: it does not depend on the batch. out + in numbers of state.

Source
    Miyato, Kataoka, Koyama, Yoshida 2018, "Spectral normalization for generative adversarial networks", arXiv 1802.05957,
    algorithm 1 for (3), and section 2.
"""

from typing import Any, TypeVar

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import stamp
from ..autograd.tensor import wrap
from ..backend import get_array_module, require
from ..computed_parameter import ComputedParameter, own_parameter, remove
from ..module import Module
from ..ops.dimension import dimension, integer
from ..ops.floating import check_floating
from ..ops.number import check_strength
from ..random import Generator, chosen_generator

Layer = TypeVar("Layer", bound=Module)
FIRST_TURNS = 15  # of power iteration when a layer is wrapped


class SpectralNormFunction(ArrayFunction):
    """W_sn = W/sigma with sigma = u'W v; u and v are arguments, and constants."""

    @staticmethod
    def forward(ctx, weight, u, v, *, dim):
        sigma = u @ (as_matrix(weight, dim) @ v)                                       # (2)
        W_sn = weight / sigma
        if ctx.needs_input_grad[0]:
            ctx.dim = dim
            ctx.save_for_backward(W_sn, u.copy(), v.copy(), sigma)  # the next call moves u and v, maybe before backward
        return W_sn

    @staticmethod
    def backward(ctx, G):
        W_sn, u, v, sigma = ctx.saved
        grad = as_matrix(G, ctx.dim) - (G * W_sn).sum() * u[:, None] * v               # (6)
        grad /= sigma
        return as_weight(grad, G.shape, ctx.dim), None, None


def as_matrix(weight, dim):
    """A weight as a matrix: one row for each index along dim.

    Example:
        >>> import numpy
        >>> as_matrix(numpy.zeros((2, 3, 5)), 1).shape
        (3, 10)
    """
    rows = get_array_module(weight).moveaxis(weight, dim, 0)
    return rows.reshape(len(rows), -1)


def as_weight(matrix, shape, dim):
    """The matrix of a weight in the weight's shape again.

    Example:
        >>> import numpy
        >>> as_weight(numpy.zeros((3, 10)), (2, 3, 5), 1).shape
        (2, 3, 5)
    """
    others = [size for axis, size in enumerate(shape) if axis != dim]
    return get_array_module(matrix).moveaxis(matrix.reshape(shape[dim], *others), 0, dim)


def turned(matrix, u, turns, eps=1e-12):
    """Turn u and v towards the first singular vectors of a matrix: equation (3).

    Args:
        matrix: an array (out, in).
        u: an array (out,), where to begin.
        turns: how often, at least 1.
        eps: the least length that is divided by.

    Returns:
        u and v, arrays of length 1.

    Example:
        >>> import numpy
        >>> u, v = turned(numpy.array([[0.0, 3.0], [1.0, 0.0]]), numpy.array([0.6, 0.8]), turns=20)
        >>> u.round(6).tolist(), v.round(6).tolist()
        ([1.0, 0.0], [0.0, 1.0])
    """
    for _ in range(turns):
        v = _unit(u @ matrix, eps)
        u = _unit(matrix @ v, eps)                                                     # (3)
    return u, v


def _unit(x, eps):
    xp = get_array_module(x)
    return x / xp.maximum(xp.sqrt(x @ x), eps)


def spectrally_normalized(weight: Tensor, u: Tensor, v: Tensor, dim: int = 0) -> Tensor:
    """Divide a weight by u'W v: what spectral_norm puts in the place of a layer's weight.

    Args:
        weight: floating point Tensor of at least one dimension.
        u, v: vectors of length 1; their gradient is not taken. For the first singular vectors u'W v is sigma(W).
        dim: the dimension that numbers the outputs, the rows of W.

    Shape:
        weight any, u as many as weight has along dim, v all others together; output weight's.

    Returns:
        The weight, with (6) behind it.

    Raises:
        IndexError: weight has no such dimension.
        RuntimeError: u or v that do not fit; integers.
        TypeError: no Tensors.

    Example:
        >>> import tinyreg
        >>> W = tinyreg.tensor([[4.0, 0.0], [0.0, 1.0]])
        >>> spectrally_normalized(W, W[0] / 4, W[0] / 4)
        tensor([[1.0000, 0.0000],
                [0.0000, 0.2500]])
    """
    who = "spectrally_normalized"
    for name, tensor in (("weight", weight), ("u", u), ("v", v)):
        check_floating(who, tensor, name, RuntimeError)
    dim = dimension(who, dim, weight.array.ndim)
    rows = weight.array.shape[dim] if weight.array.ndim else 0
    wanted = ((rows,), (weight.array.size // max(rows, 1),))
    if (u.array.shape, v.array.shape) != wanted:
        raise RuntimeError(
            f"{who}: u and v must have shapes {wanted[0]} and {wanted[1]}, got {u.array.shape} and {v.array.shape} for a weight of shape "
            f"{weight.array.shape} and dim={dim}; there is one number in u a row of the matrix, one in v a column"
        )
    return SpectralNormFunction.apply(weight, u.detach(), v.detach(), dim=dim)


class SpectralNorm(ComputedParameter):
    """What spectral_norm puts in the place of a parameter: W/sigma, from its name with _orig, _u and _v.

    Called as a hook before forward, it turns u and v where the module is in training.

    Args:
        name: of the parameter.
        n_power_iterations: turns a call, at least 1.
        dim: the dimension that numbers the outputs.
        eps: the least length that is divided by.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.utils.spectral_norm(tinyreg.nn.Linear(2, 1))
        >>> SpectralNorm("weight").compute(layer).norm()
        tensor(1., grad_fn=<NormBackward0>)
    """

    who = "spectral_norm"
    suffixes = ("_orig", "_u", "_v")
    scale_free = "_orig"
    follows = "u and v"

    def __init__(self, name: str, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__(name)
        self.n_power_iterations, self.dim, self.eps = n_power_iterations, dim, eps

    def _parts(self, module):
        return [getattr(module, part) for part in self.parts()]

    def compute(self, module: Module) -> Tensor:
        """W/sigma of the module's present W, u and v."""
        weight, u, v = self._parts(module)
        return spectrally_normalized(weight, u, v, self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        """Turn u and v, in training."""
        if module.training:
            weight, u, v = self._parts(module)
            u.array[...], v.array[...] = turned(as_matrix(weight.array, self.dim), u.array, self.n_power_iterations, self.eps)
            stamp(u)
            stamp(v)


def spectral_norm(
    module: Layer, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None, *,
    generator: Generator | None = None,
) -> Layer:  # fmt: skip
    """Divide a weight by its largest singular value: weight_orig becomes the parameter, weight is computed from it.

    Args:
        module: a Module, usually a linear or conv layer; it is changed.
        name: of one of its parameters.
        n_power_iterations: turns of power iteration a call in training, at least 1; the more, the nearer to sigma(W).
        eps: the least length that is divided by, at least 0.
        dim: the dimension of the weight that numbers the outputs; None for 0, and for 1 in transposed convolutions.
        generator: a tinyreg.Generator that draws where power iteration starts, instead of the default one.

    Shape:
        weight_orig as the weight, weight_u (out,), weight_v all other dimensions together.

    Returns:
        The module.

    Raises:
        RuntimeError: it is applied to this parameter already; the weight has no such dimension.
        KeyError: the module has no such parameter; TypeError: module is no Module.
        ValueError: the parameter is None, or zeros; n_power_iterations below 1; a negative eps.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Linear(2, 2, bias=False)
        >>> _ = layer.weight.data.copy_(tinyreg.tensor([[4.0, 0.0], [0.0, 1.0]]))
        >>> spectral_norm(layer).weight
        tensor([[1.0000, 0.0000],
                [0.0000, 0.2500]], grad_fn=<SpectralNormBackward0>)
    """
    who = "spectral_norm"
    weight = own_parameter(who, module, name)
    if integer(who, n_power_iterations=n_power_iterations) < 1:
        raise ValueError(f"{who}: n_power_iterations must be at least 1, got n_power_iterations={n_power_iterations}; 1 follows training")
    check_strength(who, eps=eps)
    dim = int(getattr(module, "transposed", False)) if dim is None else dim
    dim = dimension(who, dim, weight.array.ndim, error=RuntimeError)
    W = as_matrix(weight.array, dim)
    drawn = chosen_generator(generator).normal(W.shape[:1], "float64" if W.dtype == "float64" else "float32")
    u, v = turned(W, drawn.astype(W.dtype), FIRST_TURNS, float(eps))
    require(W.any(), lambda: _zeros(module, name, weight))
    hook = SpectralNorm(name, n_power_iterations, dim, float(eps))
    hook.install(module, _orig=weight, _u=wrap(u), _v=wrap(v))
    module.register_forward_pre_hook(hook)
    return module


def _zeros(module, name, weight):
    return ValueError(
        f"spectral_norm: {name} must have a singular value above 0, got zeros of shape {weight.array.shape} in {type(module).__name__}; "
        "draw it anew"
    )


def remove_spectral_norm(module: Layer, name: str = "weight") -> Layer:
    """Put the present weight back as an ordinary parameter; the layer computes the same.

    Args:
        module: a Module that spectral_norm was applied to.
        name: of the parameter.

    Returns:
        The module.

    Raises:
        ValueError: spectral_norm was not applied to it.

    Example:
        >>> import tinyreg
        >>> layer = remove_spectral_norm(spectral_norm(tinyreg.nn.Linear(2, 1)))
        >>> list(layer.state_dict())
        ['bias', 'weight']
    """
    remove("spectral_norm", module, name)
    return module
