"""PyTorch's torch.nn: doors to the layers and to the rooms of regularization."""

from ..layers.activation import (
    ELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from ..layers.container import ModuleDict, ModuleList, ParameterList, Sequential
from ..layers.conv import Conv2d
from ..layers.flatten import Flatten, Identity
from ..layers.linear import Linear
from ..layers.loss import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, NLLLoss
from ..layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from ..module import Module
from ..parameter import Parameter
from ..regularization.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ..regularization.dropout import Dropout
from ..regularization.group_norm import GroupNorm
from ..regularization.instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from ..regularization.layer_norm import LayerNorm
from . import functional, init, parameter, utils

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Conv2d",
    "CrossEntropyLoss",
    "Dropout",
    "ELU",
    "Flatten",
    "GroupNorm",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ParameterList",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "functional",
    "init",
    "parameter",
    "utils",
]
