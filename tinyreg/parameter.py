"""Parameter: a Tensor that training changes; and which of them penalties act on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeAlias, Union

from .autograd import Tensor
from .ops.floating import check_floating

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


def penalized_parameters(params: Weights, who: str = "penalty", *, writes: bool | None = None) -> list[Tensor]:
    """The tensors on which a penalty acts.

    A Module: the weights of its linear and conv layers, each once; biases and normalization parameters are left alone.
    An iterable of Tensors: every one given. A Tensor: itself. A weight that is computed from others (weight_norm) is given as
    it is, recorded, so that a penalty on it reaches what it is computed from.

    A door whose name ends in an underscore changes weights for good. Of a Module it is given those that train: weights
    that are frozen (requires_grad=False) stay what they are.

    Args:
        params: a Module, an iterable of Tensors, or a Tensor.
        who: the door that error messages name.
        writes: whether it writes into what it is given; None for what the underscore says. A result of an operation is
            then refused, since what is written into it would be lost, and so are integers.

    Raises:
        ValueError: there is no tensor.
        TypeError: something else than Tensors.
        RuntimeError: a computed weight, another result of an operation, or integers, for a door that writes.

    Example:
        >>> import tinyreg
        >>> len(penalized_parameters(tinyreg.nn.Linear(3, 2)))
        1
    """
    return [tensor for tensor, _ in penalized_with_modules(params, who, writes=writes)]


def penalized_with_modules(params: Weights, who: str = "penalty", *, writes: bool | None = None) -> list[tuple[Tensor, "Module | None"]]:
    """The tensors of penalized_parameters, each with the module whose weight it is; with None where Tensors were given.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Linear(3, 2)
        >>> [(weight is layer.weight, module is layer) for weight, module in penalized_with_modules(layer)]
        [(True, True)]
    """
    stays = who.endswith("_")  # what is written is not taken back
    writes = stays if writes is None else writes
    pairs: list[tuple[Tensor, Module | None]]
    if isinstance(params, Tensor):
        pairs = [(params, None)]
    elif hasattr(params, "modules") and not isinstance(params, type):  # a Module, which stands on a file above this one
        first: dict[int, Any] = {}
        for module in params.modules():
            for name in module.penalized:
                tensor = _penalized(module, name, who, writes)
                if tensor is not None and (tensor.requires_grad or not stays):
                    first.setdefault(id(tensor), (tensor, module))
        pairs = list(first.values())
    elif isinstance(params, type) or not isinstance(params, Iterable):
        got = f"the class {params.__name__}" if isinstance(params, type) else type(params).__name__
        raise TypeError(f"{who}: params must be a Module or Tensors, got {got}; pass model, or model.parameters()")
    else:
        pairs = [(tensor, None) for tensor in list(params)]
        for tensor, _ in pairs:
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"{who}: params must be a Module or Tensors, got {type(tensor).__name__} among them; pass model.parameters()"
                )
    if not pairs:
        raise ValueError(
            f"{who}: params must hold a tensor{' that trains' * stays}, got none in {type(params).__name__}; a generator is empty after "
            "its first use"
        )
    for tensor, _ in pairs if writes else ():
        check_floating(who, tensor, "params", RuntimeError)
        if tensor.edge is not None:
            raise RuntimeError(
                f"{who}: what is written into must be a leaf, got the output of {tensor.grad_fn}; pass what it was computed from"
            )
    return pairs


def _penalized(module, name, who, writes):
    """The parameter of that name; a computed one for reading only."""
    if writes and name in module._computed:
        computed = module._computed[name]
        parts = [part for part in computed.parts() if part in module._parameters]
        raise RuntimeError(
            f"{who}: what is written into must be a parameter, got {name} of {type(module).__name__}, which {computed.who} computes; "
            f"write into {' or '.join(parts)}, or call remove_{computed.who} first"
        )
    return getattr(module, name)
