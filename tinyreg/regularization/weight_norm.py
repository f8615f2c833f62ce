"""Weight normalization: a weight is learned as a direction and a length, each by itself.

Forward
    The weight w of a layer gives way to two parameters, v of its shape and g, one number for each of the vectors that w is
    made of (with dim=0 the incoming weights of each output; with dim=None all of w is one vector):

        |v| = sqrt(sum_i v_i^2)                                                                  (1)
        w = g v / |v|                                                                            (2)

    |w| = |g| whatever v is, and the length of v changes nothing. It starts at v = w, g = |w|: the same layer. (2) is computed
    anew whenever the weight is read, by the layer's forward or by a penalty.

Backward
    Let G = dL/dw, and <G, v> = sum_i G_i v_i. g enters (2) once:

        grad_g = <G, v> / |v|                                                                    (3)

    v enters by two roads. Road 1, the v above the line, with |v| held fixed:

        g/|v| G_j                                                                                (4)

    Road 2, the length: dw_i/d|v| = -g v_i/|v|^2, and from (1) d|v|/dv_j = v_j/|v|:

        -g <G, v>/|v|^2 v_j/|v|  =  -g/|v| v_j grad_g/|v|                                        (5)

    Their sum:

        grad_v = g/|v| (G - v grad_g/|v|)                                                        (6)

    In brackets stands what is left of G at a right angle to v. Hence <v, grad_v> = 0, and after a step of plain SGD

        |v - lr grad_v|^2 = |v|^2 + lr^2 |grad_v|^2                                              (7)

    the length of v can only grow.

Why it regularizes
    It does not forbid anything: every w has its g and v, and nothing in the loss prefers one to another. What changes is how
    w moves. By (6) a step of v is g/|v| times as long as w's own would be across its direction, and by (2) what v moves
    across its direction moves w by g/|v| of that: w sees, in all directions but its own, the learning rate

        lr g^2/|v|^2                                                                             (8)

    By (7) it falls by itself, the faster the larger and noisier the gradients: a rate that was chosen too high is put right
    after a few steps (Salimans, Kingma 2016, section 2.1). Unlike batch norm it draws no noise from the batch, so that an
    example is treated alike in any company, and in evaluation as in training.

Edge cases
    In evaluation the same (2): `remove_weight_norm` puts it into an ordinary weight for good. dim=-1 is None, as in PyTorch:
    one length for all of the weight; other negative dims count from the last. A direction of length 0 has no meaning: such a
    weight is refused when it is wrapped, and (2) gives NaN later on. v and g are new parameters, w is none any more: make the
    optimizer afterwards. Their initial values are those of w; PyTorch does not have the paper's first batch, either, on which
    g and the bias are chosen so that outputs have mean 0 and variance 1.
    Penalties on a Module (l2_penalty, l1_penalty, ...) act on w, (2): for L2 that is s/2 sum g^2, by (6) without any pull on v.
    An optimizer's weight_decay acts on the parameters it is given, g and v: on g it is that L2; on v it leaves the function
    alone and, against (7), keeps the rate (8) from falling. What writes into weights, l1_proximal_ and max_norm_, refuses w:
    it would write into a result; a bound on lengths is one on g, `layer.weight_g.data.clamp_(max=c)`. Adam divides each
    element by its own size, so that its steps are not at a right angle to v: (7) does not hold for it.
    Before batch norm g is without effect, too: choose one of the two.

Cost
    A pass over the weights for (1) and one for (2) at each call of the layer, three in backward; one number a vector more to
    train. It does not depend on the batch.

Source
    Salimans, Kingma 2016, "Weight normalization: a simple reparameterization to accelerate training of deep neural
    networks", arXiv 1602.07868, equations 2 and 3 and section 2.1. van Laarhoven 2017, "L2 regularization versus batch and
    weight normalization", arXiv 1706.05350.
"""

from typing import TypeVar

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import require
from ..computed_parameter import ComputedParameter, own_parameter, remove
from ..module import Module
from ..ops.dimension import dimension, kept_shape
from ..ops.floating import check_floating
from ..ops.norm import lengths
from ..parameter import Parameter

Layer = TypeVar("Layer", bound=Module)


class WeightNormFunction(ArrayFunction):
    """w = g v/|v|, the lengths taken over `axes`; g has one element for each of them."""

    @staticmethod
    def forward(ctx, v, g, *, axes):
        length = lengths(v, _all(v) if axes is None else axes)                         # (1)
        scale = g.reshape(length.shape) / length
        ctx.axes, ctx.shape_of_g = axes, g.shape
        ctx.save_for_backward(v, length, scale)
        return v * scale                                                               # (2)

    @staticmethod
    def backward(ctx, grad_w):
        v, length, scale = ctx.saved
        grad_g = (grad_w * v).sum(axis=ctx.axes, keepdims=True) / length               # (3)
        needs_v, needs_g = ctx.needs_input_grad
        grad_v = scale * (grad_w - v * (grad_g / length)) if needs_v else None         # (6)
        return grad_v, grad_g.reshape(ctx.shape_of_g) if needs_g else None


def _all(v):
    return tuple(range(v.ndim))


def _axes(dim, ndim):
    """The axes along which a vector lies: all but dim, or None for all."""
    if dim is None or dim == -1:
        return None
    kept = dimension("weight_norm", dim, ndim)
    return tuple([axis for axis in range(ndim) if axis != kept])


def weight_of(v: Tensor, g: Tensor, dim: int | None = 0) -> Tensor:
    """Give a direction a length: g v/|v|, what weight_norm puts in the place of a layer's weight.

    Args:
        v: floating point Tensor; only its direction counts.
        g: the length of each vector, negative ones turn it round.
        dim: the dimension that numbers the vectors; None, or -1, for a single one, all of v.

    Shape:
        v any, g v's with 1 everywhere but in dim, or () for dim=None; output v's.

    Returns:
        The weight, with (3) and (6) behind it.

    Raises:
        IndexError: v has no such dimension.
        RuntimeError: a g that does not fit; integers.
        TypeError: v or g is no Tensor.

    Example:
        >>> import tinyreg
        >>> weight_of(tinyreg.tensor([[3.0, 4.0], [0.0, 2.0]]), tinyreg.tensor([[10.0], [1.0]]))
        tensor([[6., 8.],
                [0., 1.]])
    """
    check_floating("weight_of", v, "v", RuntimeError)
    check_floating("weight_of", g, "g", RuntimeError)
    axes = _axes(dim, v.array.ndim)
    shape = kept_shape(v.array.shape, axes)
    if g.array.shape != shape or g.array.dtype != v.array.dtype:
        raise RuntimeError(
            f"weight_of: g must have one length a vector, shape {shape} and dtype {v.array.dtype}, got shape {g.array.shape} and dtype "
            f"{g.array.dtype} for v of shape {v.array.shape} and dim={dim}; reshape or convert it"
        )
    return WeightNormFunction.apply(v, g, axes=axes)


class WeightNorm(ComputedParameter):
    """What weight_norm puts in the place of a parameter: w, computed from its name with _g and with _v.

    Args:
        name: of the parameter.
        dim: the dimension that numbers the vectors, or None.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.utils.weight_norm(tinyreg.nn.Linear(2, 1))
        >>> WeightNorm("weight", 0).compute(layer).shape
        Size([1, 2])
    """

    who = "weight_norm"
    suffixes = ("_g", "_v")
    scale_free = "_v"

    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def scale_axes(self, ndim: int) -> tuple[int, ...] | None:
        """Those along which each v lies."""
        return _axes(self.dim, ndim)

    def compute(self, module: Module) -> Tensor:
        """w = g v/|v| of the module's present g and v."""
        return weight_of(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)


def weight_norm(module: Layer, name: str = "weight", dim: int | None = 0) -> Layer:
    """Learn a weight as length and direction: weight_g and weight_v become the parameters, weight is computed from them.

    Args:
        module: a Module, usually a linear or conv layer; it is changed.
        name: of one of its parameters.
        dim: the dimension that numbers the vectors, each of which gets a length: 0 for the incoming weights of each output
            (of a transposed convolution: 1); None, or -1, for one length for the whole weight.

    Shape:
        weight_v as the weight, weight_g the same with 1 everywhere but in dim; () for dim=None.

    Returns:
        The module.

    Raises:
        RuntimeError: it is applied to this parameter already.
        AttributeError, KeyError: the module has no such parameter; TypeError: it is None, or module is no Module.
        IndexError: the weight has no such dimension.
        ValueError: a vector of length 0.

    Example:
        >>> import tinyreg
        >>> layer = weight_norm(tinyreg.nn.Linear(20, 40))
        >>> [(name, tuple(p.shape)) for name, p in layer.named_parameters()]
        [('bias', (40,)), ('weight_g', (40, 1)), ('weight_v', (40, 20))]
        >>> bool((layer.weight - layer.weight_v).abs().max() < 1e-6)
        True
    """
    who = "weight_norm"
    if isinstance(module, Module) and isinstance(name, str) and not hasattr(module, name):
        raise AttributeError(
            f"{who}: name must be that of a parameter, got {name!r} for {type(module).__name__}; name one of {list(module._parameters)}"
        )
    weight = own_parameter(who, module, name, none=TypeError)
    axes = _axes(dim, weight.array.ndim)
    length = lengths(weight.array, _all(weight.array) if axes is None else axes)
    require((length > 0).all(), lambda: _without_direction(module, name, length))
    g = Parameter(wrap(length.reshape(kept_shape(weight.array.shape, axes))))
    WeightNorm(name, dim).install(module, _g=g, _v=Parameter(weight.detach()))
    return module


def _without_direction(module, name, length):
    return ValueError(
        f"weight_norm: each vector of {name} must have a direction, got {int((length == 0).sum())} of length 0 among {length.size} in "
        f"{type(module).__name__}; draw them anew, or choose another dim"
    )


def remove_weight_norm(module: Layer, name: str = "weight") -> Layer:
    """Put the present weight back as an ordinary parameter; the layer computes the same.

    Args:
        module: a Module that weight_norm was applied to.
        name: of the parameter.

    Returns:
        The module.

    Raises:
        ValueError: weight_norm was not applied to it.

    Example:
        >>> import tinyreg
        >>> layer = remove_weight_norm(weight_norm(tinyreg.nn.Linear(2, 1)))
        >>> list(layer.state_dict())
        ['bias', 'weight']
    """
    remove("weight_norm", module, name)
    return module
