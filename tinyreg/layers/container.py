"""Modules that hold modules: Sequential, ModuleList, ModuleDict; and ParameterList."""

from __future__ import annotations

import operator
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

from ..autograd import Tensor
from ..module import Module
from ..parameter import Parameter
from ..printing import grouped, module_repr


class _Listed(Module):
    """What Sequential, ModuleList and ParameterList share: children under the names "0", "1", ..."""

    _table = "_modules"

    def __init__(self, entries: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(entries or ())

    def _entries(self):
        return self.__dict__[self._table]

    def _refill(self, children):
        """Name the children 0, 1, ... anew."""
        self._entries().clear()
        for child in children:
            self.append(child)

    def _place(self, index):
        """The name at an index, which may be negative."""
        try:
            place = operator.index(index)
        except TypeError:
            raise TypeError(f"{type(self).__name__}: index must be an integer or a slice, got {index!r}; names are attributes") from None
        if not -len(self) <= place < len(self):
            raise IndexError(f"{type(self).__name__}: index must lie in [{-len(self)}, {len(self)}), got {place}; count from 0")
        return self._names()[place]

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self._entries().values())[index])
        return self._entries()[self._place(index)]

    def __setitem__(self, index: int, child: Module) -> None:
        setattr(self, self._place(index), self._checked(child))

    def __delitem__(self, index: int | slice) -> None:
        gone = self._chosen(index)
        self._refill([child for name, child in self._entries().items() if name not in gone])

    def _chosen(self, index):
        """The names at an index or a slice."""
        return self._names()[index] if isinstance(index, slice) else [self._place(index)]

    def _names(self):
        return list(self._entries())

    def __len__(self) -> int:
        return len(self._entries())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries().values())

    def append(self, module: Module) -> Self:
        """Put one more at the end; returns the container."""
        setattr(self, str(len(self)), self._checked(module))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Put several at the end; returns the container."""
        if not hasattr(modules, "__iter__"):
            raise TypeError(f"{type(self).__name__}: entries must come in an iterable, got {type(modules).__name__}; put it into a list")
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put one before the index; those behind it move up a number; returns the container."""
        children = list(self)
        children.insert(index, self._checked(module))
        self._refill(children)
        return self

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def pop(self, index: int = -1) -> Any:
        """Take one out and return it.

        Args:
            index: from 0, or from -1, the last, backwards.

        Example:
            >>> from tinyreg.nn import ReLU, Tanh
            >>> layers = ModuleList([ReLU(), Tanh()])
            >>> layers.pop(), len(layers)
            (Tanh(), 1)
        """
        module = self[index]
        del self[index]
        return module

    def _checked(self, module):
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: entries must be Modules, got {type(module).__name__}; subclass nn.Module")
        return module


class Sequential(_Listed):
    """Modules one after the other, each applied to the output of the one before.

    Args:
        *args: modules, named 0, 1, ...; or one OrderedDict of names and modules.

    Example:
        >>> import tinyreg
        >>> from tinyreg.nn import Linear, ReLU
        >>> net = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
        >>> net(tinyreg.randn(5, 4)).shape, len(net), net[-1].out_features
        (Size([5, 2]), 3, 2)
    """

    in_order = True

    def __init__(self, *args: Module | Mapping[str, Module]) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], dict):
            for name, module in args[0].items():
                self.add_module(name, self._checked(module))
        else:
            self.extend(args)  # type: ignore[arg-type]  # what is no Module is refused there

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(dict(list(self._modules.items())[index]))
        return super().__getitem__(index)

    def __delitem__(self, index: int | slice) -> None:
        if all(name.isdigit() for name in self._modules):
            super().__delitem__(index)
        else:  # names that were given stay
            for name in self._chosen(index):
                delattr(self, name)

    def __add__(self, other: Sequential) -> Self:
        return type(self)(*self, *self._sequence(other))

    def __iadd__(self, other: Sequential) -> Self:  # type: ignore[override]  # as PyTorch
        return self.extend(self._sequence(other))

    def _sequence(self, other):
        if not isinstance(other, Sequential):
            raise ValueError(f"{type(self).__name__}: + must join two Sequentials, got {type(other).__name__}; use extend")
        return other

    def forward(self, input: Tensor) -> Tensor:
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_Listed):
    """A list of modules whose parameters are found; how they are applied is up to you.

    Args:
        modules: an iterable of Modules.

    Example:
        >>> from tinyreg.nn import Linear
        >>> layers = ModuleList(Linear(3, 3) for _ in range(4))
        >>> len(layers), len(list(layers.parameters()))
        (4, 8)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__(modules)

    def __add__(self, other: Iterable[Module]) -> Self:
        return type(self)([*self, *other])

    def __repr__(self) -> str:
        return module_repr(self, grouped([repr(module) for module in self]))


class ModuleDict(Module):
    """A dict of modules whose parameters are found.

    Args:
        modules: a dict, or pairs of a name and a Module.

    Example:
        >>> from tinyreg.nn import ReLU, Tanh
        >>> choices = ModuleDict({"relu": ReLU(), "tanh": Tanh()})
        >>> list(choices), "relu" in choices
        (['relu', 'tanh'], True)
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __getitem__(self, key: str) -> Any:
        if key not in self._modules:
            raise KeyError(f"ModuleDict: key must be one of {list(self._modules)}, got {key!r}; put a module under it first")
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"ModuleDict: entries must be Modules, got {type(module).__name__} for {key!r}; subclass nn.Module")
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> ValuesView[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> ItemsView[str, Any]:
        """Pairs of a name and a module."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Put every pair of a name and a module in; a name that is there gets the new module.

        Args:
            modules: a dict, or pairs of a name and a Module.

        Example:
            >>> from tinyreg.nn import ReLU, Tanh
            >>> choices = ModuleDict({"first": ReLU()})
            >>> choices.update({"first": Tanh()})
            >>> choices["first"]
            Tanh()
        """
        if not hasattr(modules, "__iter__"):
            raise TypeError(f"ModuleDict: modules must be a dict or pairs, got {type(modules).__name__}; write {{'name': module}}")
        for key, module in modules.items() if hasattr(modules, "items") else modules:
            self[key] = module

    def clear(self) -> None:
        """Take every module out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take a module out and return it.

        Args:
            key: its name.

        Raises:
            KeyError: there is none.

        Example:
            >>> from tinyreg.nn import ReLU
            >>> choices = ModuleDict({"relu": ReLU()})
            >>> choices.pop("relu"), len(choices)
            (ReLU(), 0)
        """
        module = self[key]
        del self[key]
        return module


class ParameterList(_Listed):
    """A list of Parameters that a Module finds; Tensors become Parameters.

    Args:
        values: an iterable of Parameters or Tensors.

    Example:
        >>> import tinyreg
        >>> powers = ParameterList([tinyreg.zeros(2), tinyreg.ones(3)])
        >>> [p.shape for p in powers.parameters()]
        [Size([2]), Size([3])]
    """

    _table = "_parameters"

    def __init__(self, values: Iterable[Tensor] | None = None) -> None:
        super().__init__(values)

    def _checked(self, value):
        if not isinstance(value, Tensor):
            raise TypeError(f"ParameterList: entries must be Tensors, got {type(value).__name__}; wrap it with tinyreg.tensor")
        return value if isinstance(value, Parameter) else Parameter(value)

    def extra_repr(self) -> str:
        return "\n".join(
            f"  ({place}): Parameter containing: [tinyreg.{value.dtype} of size {'x'.join(map(str, value.shape))}]"
            for place, value in enumerate(self)
        )
