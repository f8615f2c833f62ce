"""PyTorch's torch.nn.utils.fusion."""

from ...regularization.fold_batch_norm import fuse_conv_bn_eval, fuse_linear_bn_eval

__all__ = ["fuse_conv_bn_eval", "fuse_linear_bn_eval"]
