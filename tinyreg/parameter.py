"""Parameter: a Tensor that training changes; and which of them penalties act on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeAlias, Union

from .autograd import Tensor

if TYPE_CHECKING:
    from .module import Module

Weights: TypeAlias = Union["Module", Iterable[Tensor]]  # what a penalty acts on


class Parameter(Tensor):
    """A Tensor that a Module lists among its parameters as soon as it is assigned to an attribute.

    Args:
        data: a Tensor; its memory and dtype are kept. None for one without elements.
        requires_grad: whether training changes it.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Parameter(tinyreg.ones(2))
        Parameter containing:
        tensor([1., 1.], requires_grad=True)
    """

    repr_prefix = "Parameter containing:\n"

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        return super().__new__(cls)

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        data = Tensor() if data is None else data
        if not isinstance(data, Tensor):
            raise TypeError(f"Parameter: data must be a Tensor, got {type(data).__name__}; wrap it with tinyreg.tensor")
        self.array = data.array
        self._requires_grad = False
        self._grad = self.edge = None
        if requires_grad:
            self.requires_grad_()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = super().__deepcopy__(memo)
        twin.grad = None  # as PyTorch: a copied model starts without gradients
        return twin


def penalized_parameters(params: Weights, who: str = "penalty") -> list[Tensor]:
    """The tensors on which a penalty acts.

    A Module: the weights of its linear and conv layers, each once; biases and normalization parameters are left alone.
    An iterable of Tensors: every one given. A Tensor: itself. `who` is the door that error messages name.

    Example:
        >>> import tinyreg
        >>> len(penalized_parameters(tinyreg.nn.Linear(3, 2)))
        1
    """
    if isinstance(params, Tensor):
        return [params]
    if hasattr(params, "modules"):  # a Module, which stands on a file above this one
        tensors = [getattr(module, name) for module in params.modules() for name in module.penalized]
        tensors = list({id(tensor): tensor for tensor in tensors if tensor is not None}.values())
    else:
        tensors = list(params)
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"{who}: params must be a Module or Tensors, got {type(tensor).__name__} among them; pass model.parameters()"
                )
    if not tensors:
        raise ValueError(
            f"{who}: params must hold a tensor, got none in {type(params).__name__}; a generator is empty after its first use"
        )
    return tensors
