"""PyTorch's torch.nn.parameter."""

from ..parameter import Parameter

__all__ = ["Parameter"]
