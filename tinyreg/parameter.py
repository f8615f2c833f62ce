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
    An iterable of Tensors: every one given. A Tensor: itself. A weight that is computed from others (weight_norm) is given as
    it is, recorded, so that a penalty on it reaches what it is computed from.

    Args:
        params: a Module, an iterable of Tensors, or a Tensor.
        who: the door that error messages name. One that ends in an underscore writes into what it is given: a result of an
            operation is refused, since what is written into it would be lost.

    Raises:
        ValueError: there is no tensor.
        TypeError: something else than Tensors.
        RuntimeError: a computed weight, or another result of an operation, for a door that writes.

    Example:
        >>> import tinyreg
        >>> len(penalized_parameters(tinyreg.nn.Linear(3, 2)))
        1
    """
    return [tensor for tensor, _ in penalized_with_modules(params, who)]


def penalized_with_modules(params: Weights, who: str = "penalty") -> list[tuple[Tensor, "Module | None"]]:
    """The tensors of penalized_parameters, each with the module whose weight it is; with None where Tensors were given.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Linear(3, 2)
        >>> [(weight is layer.weight, module is layer) for weight, module in penalized_with_modules(layer)]
        [(True, True)]
    """
    pairs: list[tuple[Tensor, Module | None]]
    if isinstance(params, Tensor):
        pairs = [(params, None)]
    elif hasattr(params, "modules"):  # a Module, which stands on a file above this one
        first: dict[int, Any] = {}
        for module in params.modules():
            for tensor in (_penalized(module, name, who) for name in module.penalized):
                if tensor is not None:
                    first.setdefault(id(tensor), (tensor, module))
        pairs = list(first.values())
    else:
        pairs = [(tensor, None) for tensor in list(params)]
        for tensor, _ in pairs:
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"{who}: params must be a Module or Tensors, got {type(tensor).__name__} among them; pass model.parameters()"
                )
    if not pairs:
        raise ValueError(
            f"{who}: params must hold a tensor, got none in {type(params).__name__}; a generator is empty after its first use"
        )
    for tensor, _ in pairs if who.endswith("_") else ():
        if tensor.edge is not None:
            raise RuntimeError(
                f"{who}: what is written into must be a leaf, got the output of {tensor.grad_fn}; pass what it was computed from"
            )
    return pairs


def _penalized(module, name, who):
    """The parameter of that name; a computed one for reading only."""
    if who.endswith("_") and name in module._computed:
        computed = module._computed[name]
        raise RuntimeError(
            f"{who}: what is written into must be a parameter, got {name} of {type(module).__name__}, which {computed.who} computes; "
            f"write into {' or '.join(computed.parts())}, or call remove_{computed.who} first"
        )
    return getattr(module, name)
