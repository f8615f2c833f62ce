"""PyTorch's torch.nn.modules.batchnorm; scripts ask `isinstance(module, _BatchNorm)`."""

from ...regularization.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _BatchNorm

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "_BatchNorm"]
