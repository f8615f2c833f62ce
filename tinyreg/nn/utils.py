"""PyTorch's torch.nn.utils: doors to what acts on parameters from outside."""

from ..parameter_vector import parameters_to_vector, vector_to_parameters
from ..regularization.gradient_clipping import clip_grad_norm_, clip_grad_value_, get_total_norm

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "vector_to_parameters"]
