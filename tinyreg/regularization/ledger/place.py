"""Place: a parameter, where it stands in the model, and which optimizers hold it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...autograd import Tensor
from ...module import Module
from ...touches import optimizers


@dataclass(frozen=True)
class Stepping:
    """An optimizer as one parameter sees it.

    Attributes:
        optimizer: it; of one that wraps another, as SAM does, the inner one, which steps.
        label: what it is called.
        lr, weight_decay: of the parameter's group, now.
        decoupled: whether weight_decay acts beside the gradient, not in it.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Linear(2, 1)
        >>> optimizer = tinyreg.optim.AdamW(layer.parameters(), lr=0.5, weight_decay=0.1)
        >>> stepping = places(layer)[0].steppings[0]
        >>> stepping.label, stepping.lr, stepping.weight_decay, stepping.decoupled
        ('AdamW', 0.5, 0.1, True)
    """

    optimizer: Any
    label: str
    lr: float
    weight_decay: float
    decoupled: bool


@dataclass(eq=False)
class Place:
    """A parameter of a model.

    Attributes:
        parameter: it.
        names: its dotted names; a tied parameter has several.
        module: the module that it belongs to, the first of them.
        role: "weight", "bias", "scale" or "shift" (of a normalization), or "" for what nobody can tell.
        computes: the door, as weight_norm, that computes a weight from it; "" for none.
        scale_free: whether that door undoes its length, and of what: the axes along which a vector lies, or None for all of it.
        masks: what lays random masks on it in training.
        steppings: the optimizers at work on it.

    Example:
        >>> import tinyreg
        >>> [(place.name, place.role) for place in places(tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1)))]
        [('0.weight', 'weight'), ('0.bias', 'bias')]
    """

    parameter: Tensor
    names: list[str]
    module: Module
    role: str
    computes: str = ""
    scale_free: tuple[bool, tuple[int, ...] | None] = False, None
    masks: list[str] = field(default_factory=list)
    steppings: list[Stepping] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its names, joined."""
        return " = ".join(self.names)

    @property
    def in_gradient(self) -> float:
        """The weight_decay that its optimizers add to the gradient."""
        return sum(s.weight_decay for s in self.steppings if not s.decoupled)

    @property
    def last_steps(self) -> tuple[int, int]:
        """Of the clock: its last step, and the one before."""
        return max([s.optimizer.last_steps for s in self.steppings], default=(0, 0))


def places(model: Module) -> list[Place]:
    """Every parameter of a model once.

    Args:
        model: a Module.

    Example:
        >>> import tinyreg
        >>> [place.role for place in places(tinyreg.nn.BatchNorm1d(2))]
        ['scale', 'shift']
    """
    found: dict[int, Place] = {}
    masked: dict[int, list[str]] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        inner = getattr(module, "module", None)
        if module.stochastic and isinstance(inner, Module) and inner.penalized:
            masked.setdefault(id(inner), []).append(f"{type(module).__name__} p={getattr(module, 'p', '?')}")
        for name, parameter in module._parameters.items():
            if parameter is not None:
                place = found.setdefault(id(parameter), Place(parameter, [], module, _role(module, name), *_computed(module, name)))
                dotted = f"{path}.{name}" if path else name
                if dotted not in place.names:
                    place.names.append(dotted)
                    place.masks += masked.get(id(module), []) if place.role == "weight" else []
    for parameter, stepping in _steppings():
        if id(parameter) in found:
            found[id(parameter)].steppings.append(stepping)
    for place in found.values():
        # one that another has left behind by two steps is done, and only something still refers to it
        passed = max([s.optimizer.last_steps[1] for s in place.steppings], default=0)
        place.steppings = [s for s in place.steppings if s.optimizer.last_steps[0] >= passed]
    return list(found.values())


def _role(module, name):
    if module.normalization:
        return {"weight": "scale", "bias": "shift"}.get(name, "")
    if name.startswith("bias"):
        return "bias"
    return "weight" if name in module.penalized or _computed(module, name)[0] else ""


def _computed(module, name):
    """The door that computes a weight from this parameter, and whether it undoes its length."""
    for computed in module._computed.values():
        if name in computed.parts():
            free = bool(computed.scale_free) and name == computed.name + computed.scale_free
            return computed.who, (free, computed.scale_axes(module._parameters[name].array.ndim) if free else None)
    return "", (False, None)


def _steppings() -> Iterator[tuple[Tensor, Stepping]]:
    """Pairs of a parameter and an optimizer that holds it; an optimizer inside another is named with it."""
    alive = [optimizer for optimizer in optimizers() if getattr(optimizer, "param_groups", None)]
    around = {id(getattr(optimizer, "base_optimizer", None)): type(optimizer).__name__ for optimizer in alive}
    for optimizer in sorted(alive, key=lambda optimizer: type(optimizer).__name__):
        if hasattr(optimizer, "base_optimizer"):
            continue
        kind = type(optimizer).__name__
        label = f"{around[id(optimizer)]}({kind})" if id(optimizer) in around else kind
        for group in optimizer.param_groups:
            decay, decoupled = float(group.get("weight_decay", 0)), bool(group.get("decoupled_weight_decay"))
            for parameter in group["params"]:
                yield parameter, Stepping(optimizer, label, float(group.get("lr", "nan")), decay, decoupled)
