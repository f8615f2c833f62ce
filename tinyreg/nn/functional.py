"""PyTorch's torch.nn.functional: doors to the functional forms."""

from ..layers.conv import conv2d
from ..layers.linear import linear
from ..layers.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
    nll_loss,
)
from ..layers.pooling import adaptive_avg_pool2d, avg_pool2d, max_pool2d
from ..ops.activation import elu, leaky_relu, log_softmax, relu, sigmoid, silu, softmax, softplus, tanh
from ..ops.joining import pad
from ..regularization.batch_norm import batch_norm
from ..regularization.dropout import dropout
from ..regularization.group_norm import group_norm
from ..regularization.instance_norm import instance_norm
from ..regularization.layer_norm import layer_norm

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv2d",
    "cross_entropy",
    "dropout",
    "elu",
    "group_norm",
    "instance_norm",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "pad",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
