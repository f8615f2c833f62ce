"""PyTorch's torch.nn.utils.convert_parameters."""

from ...parameter_vector import parameters_to_vector, vector_to_parameters

__all__ = ["parameters_to_vector", "vector_to_parameters"]
