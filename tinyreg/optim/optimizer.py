"""PyTorch's torch.optim.optimizer."""

from ..optimizer import Optimizer

__all__ = ["Optimizer"]
