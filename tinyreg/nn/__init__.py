"""PyTorch's torch.nn: doors to the layers and to the rooms of regularization."""

from ..layers.activation import (
    CELU,
    ELU,
    GELU,
    SELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softmin,
    Softplus,
    Softsign,
    Tanh,
)
from ..layers.container import ModuleDict, ModuleList, ParameterList, Sequential
from ..layers.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..layers.distance import CosineSimilarity, PairwiseDistance
from ..layers.flatten import Flatten, Identity, Unflatten
from ..layers.linear import Linear
from ..layers.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from ..layers.pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)
from ..layers.upsample import Upsample
from ..module import Module
from ..parameter import Parameter
from ..regularization.alpha_dropout import AlphaDropout, FeatureAlphaDropout
from ..regularization.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ..regularization.channel_dropout import Dropout1d, Dropout2d, Dropout3d
from ..regularization.drop_connect import DropConnect
from ..regularization.drop_path import StochasticDepth
from ..regularization.dropout import Dropout
from ..regularization.gaussian_dropout import GaussianDropout
from ..regularization.group_norm import GroupNorm
from ..regularization.instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from ..regularization.layer_norm import LayerNorm
from ..regularization.noise import GaussianNoise
from ..regularization.rms_norm import RMSNorm
from . import functional, init, modules, parameter, utils

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AlphaDropout",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CELU",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "DropConnect",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "ELU",
    "FeatureAlphaDropout",
    "Flatten",
    "GELU",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNorm",
    "Hardtanh",
    "HuberLoss",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "PReLU",
    "PairwiseDistance",
    "Parameter",
    "ParameterList",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "SELU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softsign",
    "StochasticDepth",
    "Tanh",
    "Unflatten",
    "Upsample",
    "functional",
    "init",
    "modules",
    "parameter",
    "utils",
]
