"""Variable: what had to be wrapped around a tensor before it could require grad, in PyTorch before 0.4."""


from .tensor import Tensor, wrap


def Variable(data: Tensor, requires_grad: bool = False) -> Tensor:
    """A leaf on the memory of a Tensor: older scripts write it where newer ones write requires_grad_().

    Args:
        data: a Tensor.
        requires_grad: whether operations on the result are recorded.

    Raises:
        TypeError: data is no Tensor.

    Example:
        >>> import tinyreg
        >>> x = Variable(tinyreg.ones(2), requires_grad=True)
        >>> (x * 3).sum().backward()
        >>> x.grad
        tensor([3., 3.])
    """
    if not isinstance(data, Tensor):
        raise TypeError(f"Variable: data must be a Tensor, got {type(data).__name__}; wrap it with tinyreg.tensor")
    return wrap(data.array).requires_grad_(requires_grad)
