"""PyTorch's torch.nn.utils: doors to what acts on parameters from outside."""

from ...parameter_vector import parameters_to_vector, vector_to_parameters
from ...regularization.fold_batch_norm import fuse_conv_bn_eval, fuse_linear_bn_eval
from ...regularization.gradient_clipping import clip_grad_norm_, clip_grad_value_, get_total_norm
from ...regularization.spectral_norm import remove_spectral_norm, spectral_norm
from ...regularization.weight_norm import remove_weight_norm, weight_norm
from . import clip_grad, convert_parameters, fusion

__all__ = [
    "clip_grad",
    "clip_grad_norm_",
    "clip_grad_value_",
    "convert_parameters",
    "fuse_conv_bn_eval",
    "fuse_linear_bn_eval",
    "fusion",
    "get_total_norm",
    "parameters_to_vector",
    "remove_spectral_norm",
    "remove_weight_norm",
    "spectral_norm",
    "vector_to_parameters",
    "weight_norm",
]
