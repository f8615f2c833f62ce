"""All parameters as one vector, and back: for methods that are written for a vector, and to look along a line in weight space."""

from collections.abc import Iterable

from .autograd import Tensor
from .ops.joining import cat


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters, one after the other; differentiable.

    Args:
        parameters: Tensors of one dtype, at least one.

    Returns:
        A Tensor of one dimension.

    Raises:
        ValueError: no parameter.

    Example:
        >>> import tinyreg
        >>> parameters_to_vector(tinyreg.nn.Linear(3, 2).parameters()).shape
        Size([8])
    """
    flat = [p.reshape(-1) for p in parameters]
    if not flat:
        raise ValueError("parameters_to_vector: parameters must hold a tensor, got none; a generator is empty after its first use")
    return cat(flat)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the elements of a vector into parameters, as parameters_to_vector lays them out.

    Args:
        vec: a Tensor of one dimension.
        parameters: Tensors; their values are replaced, nothing is recorded.

    Raises:
        TypeError: vec is no Tensor.
        RuntimeError: it has not as many elements as the parameters; none is changed then.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Linear(2, 1)
        >>> vector_to_parameters(tinyreg.tensor([1.0, 2.0, 3.0]), layer.parameters())
        >>> layer.weight.tolist(), layer.bias.tolist()
        ([[1.0, 2.0]], [3.0])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters: vec must be a Tensor, got {type(vec).__name__}; wrap it with tinyreg.tensor")
    targets = list(parameters)
    needed = sum(p.numel() for p in targets)
    if tuple(vec.shape) != (needed,):
        raise RuntimeError(
            f"vector_to_parameters: vec must have one dimension of the parameters' {needed} elements, got shape {tuple(vec.shape)}; "
            "make it with parameters_to_vector"
        )
    begin = 0
    for p in targets:
        p.data.copy_(vec.detach()[begin : begin + p.numel()].reshape(p.shape))
        begin += p.numel()
