"""PyTorch's torch.nn.utils.clip_grad."""

from ...regularization.gradient_clipping import clip_grad_norm_, clip_grad_value_, get_total_norm

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm"]
