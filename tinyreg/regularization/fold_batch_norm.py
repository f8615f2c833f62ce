"""Folding batch norm: in evaluation it is one affine map a channel, and the layer before it can do that map itself.

Forward
    A linear or convolutional layer makes y = W x + b, where W x means the products of the layer and b holds a value an output
    channel. A batch norm behind it, in evaluation, makes of each channel (batch_norm (6), with running averages)

        z = k y + c,    k = weight / sqrt(running_var + eps),    c = bias - running_mean k       (1)

    Both together are a layer of the first kind:

        z = k (W x + b) + c = (k W) x + (k b + c)                                                (2)

    so that the layer with

        W' = k W, each output channel's weights multiplied by its k                              (3)
        b' = (b - running_mean) k + bias                                                         (4)

    computes what the two did. weight and bias of the norm are 1 and 0 where it has none, b is 0 where the layer has none; b'
    is always there. In a transposed convolution the outputs stand in the second dimension of the weight, group by group,
    and (3) multiplies there.

Backward
    Nothing is differentiated: new parameters are computed from old ones. In training the new layer is an ordinary one. It can
    be trained on, but from another point: k is in W' now, and gradients reach W' where they would have reached W, weight
    and bias.

Why it regularizes
    It does not: it keeps the function that batch norm's noise helped to find, and drops the rest. That the map (1) is linear
    shows what is left of batch norm after training, a scale and a shift that any layer could have learned.

Edge cases
    (1) holds in evaluation only: in training mean and variance are those of the batch, and a layer or norm in training
    mode is refused, as is a norm without running averages. Padding makes no difference, also where it is zeros: the layer
    pads x, and (1) acts on its output. The other order does: a norm before a convolution
    that pads with zeros cannot be folded into it, as the frame would have to be 0 behind the norm, -c/k before it (inside
    the frame, and without padding, it could).
    What stands between the two ends it: after ReLU or dropout there is nothing to fold into. A layer that is wrapped, in
    DropConnect, is folded when it is taken out: fold_batch_norm(wrapped.module, norm). A linear layer's channels are its
    last dimension, batch norm's the second: they are the same for input (N, features), or for one channel and (N, 1, features).
    weight_norm and spectral_norm of the layer are settled: the new layer has an ordinary weight. Penalties and weight_decay
    then meet k W, batch norm's own parameters included. Rounding differs: (3) and (4) agree with
    (1) to 1e-12 in float64 and 1e-5 in float32, not to the bit. Where running_var is near 0, as in a dead channel, k is up to
    weight/sqrt(eps), 316 weight for eps = 1e-5, and (3) makes large weights of small ones.

Cost
    A pass over the weights, once. Each call then saves reading and writing the activations once.

Source
    Jacob et al. 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
    arXiv 1712.05877, section 3.2 and equation 14 (for the weights).
"""

from copy import deepcopy
from typing import Any, TypeVar

from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..module import Module
from ..parameter import Parameter

Layer = TypeVar("Layer", bound=Module)


def is_foldable(layer, norm):
    """Whether a module is a linear or conv layer, and another a batch norm.

    Example:
        >>> from tinyreg import nn
        >>> is_foldable(nn.Linear(2, 3), nn.BatchNorm1d(3)), is_foldable(nn.ReLU(), nn.BatchNorm1d(3))
        (True, False)
    """
    return "weight" in layer.penalized and hasattr(layer, "bias") and norm.normalization and norm.uses_batch_statistics


def fold_batch_norm(layer: Layer, norm: Module) -> Layer:
    """Make one layer of a linear or conv layer and the batch norm behind it; in evaluation it computes the same.

    Args:
        layer: Linear, Conv1d, Conv2d, Conv3d or a transposed one, in evaluation mode; it is left as it is.
        norm: BatchNorm1d, BatchNorm2d or BatchNorm3d on its output, in evaluation mode, with running averages.

    Shape:
        as the layer's.

    Returns:
        A copy of the layer with the weight (3) and the bias (4), in evaluation mode.

    Raises:
        TypeError: something else than such a layer and a batch norm.
        RuntimeError: training mode; no running averages; other channels than the layer gives.

    Example:
        >>> import tinyreg
        >>> layer, norm = tinyreg.nn.Linear(3, 2).eval(), tinyreg.nn.BatchNorm1d(2).eval()
        >>> norm.running_mean.data.fill_(5.0), norm.running_var.data.fill_(4.0)
        (tensor([5., 5.]), tensor([4., 4.]))
        >>> x = tinyreg.randn(6, 3)
        >>> tinyreg.allclose(fold_batch_norm(layer, norm)(x), norm(layer(x)), atol=1e-6)
        True
    """
    channels = _check(layer, norm)
    folded = deepcopy(layer)
    for computed in list(folded._computed.values()):
        computed.settle(folded)
    W, b = folded.weight, folded.bias
    xp = get_array_module(W.array)
    k = 1 / xp.sqrt(norm.running_var.array + norm.eps)
    if norm.weight is not None:
        k = k * norm.weight.array                                                      # (1)
    shift = -norm.running_mean.array if b is None else b.array - norm.running_mean.array
    shift = shift * k
    if norm.bias is not None:
        shift = shift + norm.bias.array                                                # (4)
    dtype = W.array.dtype
    trained = W.requires_grad
    folded.weight = Parameter(wrap(_scaled(layer, W.array, k).astype(dtype)), trained)
    shift = xp.broadcast_to(shift, (channels,)).astype(dtype)
    folded.bias = Parameter(wrap(shift), trained if b is None else b.requires_grad)
    return folded


def _scaled(layer, W, k):
    """The weight with its output channels multiplied by k: equation (3)."""
    if not getattr(layer, "transposed", False):
        return W * k.reshape(-1, *[1] * (W.ndim - 1))                                  # (3)
    inputs, outputs, *taps = W.shape                                                   # a group's outputs
    groups = layer.groups
    W = W.reshape(groups, inputs // groups, outputs, *taps)
    k = k.reshape(groups, 1, outputs, *[1] * len(taps))
    return (W * k).reshape(inputs, outputs, *taps)                                     # (3)


def _check(layer, norm):
    """Refuse what cannot be folded; returns the number of the layer's output channels."""
    who = "fold_batch_norm"
    if not (isinstance(layer, Module) and isinstance(norm, Module) and is_foldable(layer, norm)):
        raise TypeError(
            f"{who}: layer must be a linear or conv layer and norm a batch norm, got {type(layer).__name__} and {type(norm).__name__}; "
            "pass them in this order"
        )
    modes = [module.training for module in (layer, norm)]
    if any(modes):
        raise RuntimeError(
            f"{who}: layer and norm must be in evaluation mode, got training={modes[0]} and training={modes[1]}; "
            "call eval() first: in training, the norm follows the batch"
        )
    if norm.running_mean is None or norm.running_var is None:
        raise RuntimeError(
            f"{who}: norm must have running averages, got track_running_stats={norm.track_running_stats}; without them it follows "
            "the batch in evaluation, too"
        )
    shape = layer.weight.shape
    channels = shape[1] * layer.groups if getattr(layer, "transposed", False) else shape[0]
    if norm.num_features != channels and not (norm.num_features == 1 and len(shape) == 2):
        raise RuntimeError(
            f"{who}: norm must have the layer's {channels} output channels, got num_features={norm.num_features}; fold a norm into the "
            "layer right before it"
        )
    return channels


def _in_order(module):
    """Whether the module's forward is the one that was said to apply its children in their order."""
    writer = next(cls for cls in type(module).__mro__ if "forward" in vars(cls))
    return vars(writer).get("in_order", False)


def fold_batch_norms(model: Layer) -> Layer:
    """Fold every batch norm of a network into the linear or conv layer right before it; in evaluation it computes the same.

    Only in Sequential can be seen what is right before what: a norm that a forward of your own applies is left where it is,
    fold_batch_norm takes its pair.

    Args:
        model: a network in evaluation mode; it is left as it is.

    Returns:
        A copy of it without those norms; what was behind one has moved up, as if the norm had never been there.

    Raises:
        RuntimeError: such a pair in training mode; a norm without running averages, or with other channels.
        ValueError: there is no such pair.

    Example:
        >>> from tinyreg import nn
        >>> net = nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).eval()
        >>> fold_batch_norms(net)
        Sequential(
          (0): Linear(in_features=3, out_features=4, bias=True)
          (1): ReLU()
          (2): Linear(in_features=4, out_features=2, bias=True)
        )
    """
    if not isinstance(model, Module):
        raise TypeError(f"fold_batch_norms: model must be a Module, got {type(model).__name__}; pass the network")
    folded = deepcopy(model)
    pairs = 0
    containers: list[Any] = [module for module in folded.modules() if _in_order(module)]
    for container in containers:
        for place in range(len(container) - 1, 0, -1):
            layer, norm = container[place - 1], container[place]
            if is_foldable(layer, norm):
                container[place - 1] = fold_batch_norm(layer, norm)
                del container[place]
                pairs += 1
    if not pairs:
        raise ValueError(
            f"fold_batch_norms: model must have a batch norm right behind a linear or conv layer in a Sequential, got none in "
            f"{type(model).__name__}; fold the pairs of a forward of your own with fold_batch_norm"
        )
    return folded


def fuse_conv_bn_eval(conv: Layer, bn: Module, transpose: bool = False) -> Layer:
    """PyTorch's name for fold_batch_norm of a convolution.

    Args:
        conv, bn: layer and norm of fold_batch_norm.
        transpose: accepted; the layer itself says whether it is transposed.

    Returns:
        The new layer.

    Raises:
        TypeError, RuntimeError: as fold_batch_norm.

    Example:
        >>> from tinyreg import nn
        >>> fuse_conv_bn_eval(nn.Conv2d(3, 8, 3, bias=False).eval(), nn.BatchNorm2d(8).eval())
        Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
    """
    return fold_batch_norm(conv, bn)


def fuse_linear_bn_eval(linear: Layer, bn: Module) -> Layer:
    """PyTorch's name for fold_batch_norm of a linear layer.

    Args:
        linear, bn: layer and norm of fold_batch_norm.

    Returns:
        The new layer.

    Raises:
        TypeError, RuntimeError: as fold_batch_norm.

    Example:
        >>> from tinyreg import nn
        >>> fuse_linear_bn_eval(nn.Linear(3, 8).eval(), nn.BatchNorm1d(8).eval())
        Linear(in_features=3, out_features=8, bias=True)
    """
    return fold_batch_norm(linear, bn)
