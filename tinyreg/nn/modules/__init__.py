"""PyTorch's torch.nn.modules."""

from ...module import Module
from . import batchnorm

__all__ = ["Module", "batchnorm"]
