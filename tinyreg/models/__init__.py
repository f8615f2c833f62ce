"""Networks, ready to be trained with and without each regularizer."""

from .lenet import LeNet
from .mlp import MLP

__all__ = ["LeNet", "MLP"]
