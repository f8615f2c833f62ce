"""A parameter that is computed from others whenever it is read: what weight norm and spectral norm make of a weight.

`layer.weight` is then no Parameter and stands nowhere. Reading it computes it from its parts, the parameters that training
changes (weight_g and weight_v, say), and records how: the gradient of a loss of the layer's output, and that of a penalty
on `layer.weight`, reach the parts. What is not stored cannot be stale: after a step, load_state_dict() or double() whoever
reads it next gets the present value, and copy.deepcopy(layer) copies the parts.

Writing into it would be lost with the copy that was read, so what can know refuses: assigning the attribute, and the doors
that change the weights of a Module in place (l1_proximal_, decay_, ...).
"""

from weakref import ref

from .autograd import Tensor, no_grad
from .module import Module
from .parameter import Parameter


class ComputedParameter:
    """Base of what stands in a module's table of computed parameters: subclasses write compute(module).

    Attributes:
        who: the door that puts it there.
        suffixes: of the names of its parts, parameters and buffers of the module.
        scale_free: the suffix of the part whose length does not matter, since computing divides by it; "" for none.
        follows: what of it moves with each call of the module in training, for mode_report(); "" for nothing.
        name: of the parameter that is computed.

    Example:
        >>> import tinyreg
        >>> class Doubled(ComputedParameter):
        ...     who, suffixes = "doubled", ("_half",)
        ...     def compute(self, module):
        ...         return 2 * module.weight_half
        >>> layer = tinyreg.nn.Linear(1, 1)
        >>> Doubled("weight").install(layer, _half=tinyreg.nn.Parameter(tinyreg.ones(1, 1)))
        >>> layer.weight, list(layer.state_dict())
        (tensor([[2.]], grad_fn=<MulBackward0>), ['bias', 'weight_half'])
    """

    who = ""
    suffixes: tuple[str, ...] = ()
    scale_free = ""
    follows = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Module) -> Tensor:
        """The parameter's present value, recorded."""
        raise NotImplementedError(f"{type(self).__name__}: compute must be written, got a call without one; define compute(self, module)")

    def read(self, module: Module) -> Tensor:
        """compute, and a word on the Tensor about where it comes from."""
        value = self.compute(module)
        value.computed = ref(module), self.name
        return value

    def scale_axes(self, ndim: int) -> tuple[int, ...] | None:
        """Along which axes of that part a vector lies that has a length of its own; None for all of them."""
        return None

    def parts(self) -> list[str]:
        """The names of its parts."""
        return [self.name + suffix for suffix in self.suffixes]

    def refuse_assignment(self, value: object) -> None:
        """Raise: what is assigned to the parameter would not change what it is computed from."""
        raise TypeError(
            f"{self.name}: a parameter that is computed must not be assigned, got {type(value).__name__}; "
            f"write into {' and '.join(self.parts())}, or call remove_{self.who} first"
        )

    def install(self, module: Module, **parts: Tensor) -> None:
        """Take the parameter's place; the parts are Parameters, and Tensors that become buffers, by suffix."""
        for suffix, part in parts.items():
            if isinstance(part, Parameter):
                module.register_parameter(self.name + suffix, part)
            else:
                module.register_buffer(self.name + suffix, part)
        del module._parameters[self.name]
        module._computed[self.name] = self

    def settle(self, module: Module) -> None:
        """Leave: the parameter is one again, with its present value, and the parts are gone."""
        with no_grad():
            value = self.compute(module)
        del module._computed[self.name]
        for part in self.parts():
            delattr(module, part)
        for key, (hook, _) in list(module._forward_pre_hooks.items()):
            if hook is self:
                del module._forward_pre_hooks[key]
        setattr(module, self.name, Parameter(value))


def own_parameter(who, module, name, none=ValueError):
    """The Parameter of a module under a name, that a computed one shall replace.

    Args:
        who: the door that error messages name.
        module: a Module.
        name: of one of its own parameters.
        none: the exception for a parameter that is switched off.

    Raises:
        TypeError: module is no Module.
        KeyError: it has no parameter of that name, or one that is computed already.
        RuntimeError: that is computed by the same door.

    Example:
        >>> import tinyreg
        >>> own_parameter("weight_norm", tinyreg.nn.Linear(3, 2), "weight").shape
        Size([2, 3])
    """
    if not isinstance(module, Module):
        raise TypeError(f"{who}: module must be a Module, got {type(module).__name__}; pass a layer that has a parameter {name!r}")
    _check_name(who, name)
    kind = type(module).__name__
    if name in module._computed:
        other = module._computed[name]
        error = RuntimeError if other.who == who else KeyError
        raise error(f"{who}: {name} must be a parameter, got what {other.who} computes in {kind}; call remove_{other.who} first")
    if name not in module._parameters:
        raise KeyError(f"{who}: {name} must be a parameter of the module, got {list(module._parameters)} in {kind}; name one of them")
    weight = module._parameters[name]
    if weight is None:
        raise none(f"{who}: {name} must be a parameter that is there, got None in {kind}; build the layer with it")
    if weight.array.ndim == 0:
        raise ValueError(f"{who}: {name} must have a dimension, got shape () in {kind}; a number has no direction")
    return weight


def remove(who, module, name):
    """Settle the computed parameter that the door `who` has put there.

    Raises:
        ValueError: there is none.
    """
    _check_name(who, name)
    computed = getattr(module, "_computed", {}).get(name)
    if computed is None or computed.who != who:
        raise ValueError(f"{who}: {name} must be what {who} computes, got a {type(module).__name__} where it is not; it was never applied")
    computed.settle(module)


def _check_name(who, name):
    if not isinstance(name, str):
        raise TypeError(f"{who}: name must be that of a parameter, got {name!r:.60}; 'weight' is that of a layer")
