"""Module: parameters, buffers and children under names."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from .autograd import Tensor, no_grad
from .autograd.in_place import stamp
from .autograd.tensor import wrap
from .dotted_name import DottedNames
from .forward_hooks import ForwardHooks
from .modes import Modes
from .parameter import Parameter
from .printing import module_repr
from .types import Device, DType


class IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict returns: the names that the state lacked, and those that the module has not."""

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


class Module(ForwardHooks, DottedNames, Modes):
    """Base class of layers and networks: write `__init__` and `forward`.

    Assigning a Parameter or a Module to an attribute registers it; `register_buffer` registers a Tensor that is saved
    but not trained. Flags that code outside a layer reads, instead of asking for its class:

        stochastic               forward draws chance in training (dropout)
        uses_batch_statistics    in training, an example's output depends on the rest of the batch (batch norm)
        normalization            it normalizes: its weight and bias are a scale and a shift, not weights
        in_order                 forward applies the children one after the other; it counts for the forward beside it alone
        penalized                names of the parameters on which penalties act (the weights of linear and conv layers)
        transposed, groups       of convolutions: those weights number the output units by dimension 1; in so many groups
        optional_state           names that a state may lack, even for load_state_dict(strict=True)

    Example:
        >>> import tinyreg
        >>> class Line(tinyreg.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.slope = tinyreg.nn.Parameter(tinyreg.ones(1))
        ...     def forward(self, x):
        ...         return self.slope * x
        >>> [name for name, _ in Line().named_parameters()]
        ['slope']
    """

    stochastic = False
    uses_batch_statistics = False
    normalization = False
    in_order = False
    penalized: tuple[str, ...] = ()
    optional_state: tuple[str, ...] = ()
    training: bool

    def __init__(self) -> None:
        tables = ("_parameters", "_buffers", "_modules", "_computed", "_forward_pre_hooks", "_forward_hooks")
        self.__dict__.update(training=True, _transient=set(), **{name: OrderedDict() for name in tables})

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__}: forward must be written, got a call without one; define forward(self, ...)")

    # registration

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        if isinstance(value, (Parameter, Module)) and "_parameters" not in tables:
            raise AttributeError(
                f"{type(self).__name__}: Module.__init__ must run before {name!r} is assigned, got no call; "
                "begin __init__ with super().__init__()"
            )
        if name in tables.get("_computed", ()):
            self._computed[name].refuse_assignment(value)
        if isinstance(value, Parameter):
            self._forget(name, keep=self._parameters)
            self._parameters[name] = value
        elif isinstance(value, Module):
            self._forget(name, keep=self._modules)
            self._modules[name] = value
        elif name in tables.get("_parameters", ()):
            if value is not None:
                raise TypeError(f"{name}: a parameter can become a Parameter or None, got {type(value).__name__}; wrap it in nn.Parameter")
            self._parameters[name] = None
        elif name in tables.get("_modules", ()) and value is None:
            self._modules[name] = None
        elif name in tables.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"{name}: a buffer can become a Tensor or None, got {type(value).__name__}; wrap it with tinyreg.tensor")
            self._buffers[name] = value
        else:
            if name in tables.get("_modules", ()):
                del self._modules[name]
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for table in ("_parameters", "_buffers", "_modules"):
            found = own.get(table)
            if found and name in found:
                return found[name]
        if name in own.get("_computed", ()):
            return self._computed[name].read(self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def _forget(self, name, keep=None):
        """Drop what stands under a name; in the table `keep` its successor will take its place in the order."""
        known = False
        for table in (self._parameters, self._buffers, self._modules, self.__dict__):
            if name in table and table is not keep:
                del table[name]
                known = True
        self._transient.discard(name)
        return known

    def _refuse_name(self, who, name, table):
        """Refuse a name that would break the names of state_dict, or hide what the module has already."""
        if not isinstance(name, str):
            raise TypeError(f"{who}: name must be a string, got {name!r:.60}; it is an attribute of the module")
        if "." in name or not name:
            raise KeyError(f"{who}: name must be a non-empty string without dots, got {name!r}; dots separate levels")
        if name not in table and hasattr(self, name):
            raise KeyError(f"{who}: name must be free, got {name!r}, which {type(self).__name__} has already; choose another")

    def __dir__(self) -> list[str]:
        tables = (self.__dict__.get(table, ()) for table in ("_parameters", "_buffers", "_modules", "_computed"))
        return [*super().__dir__(), *(name for table in tables for name in table if name.isidentifier())]

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a Parameter, or None for one that is switched off (a bias).

        Args:
            name: without dots, not yet taken by something else.
            param: a Parameter or None.

        Raises:
            KeyError: a name that is empty, dotted or taken.
            TypeError: param is no Parameter.

        Example:
            >>> import tinyreg
            >>> module = tinyreg.nn.Module()
            >>> module.register_parameter("bias", None)
            >>> module.bias is None, list(module.parameters())
            (True, [])
        """
        self._refuse_name("register_parameter", name, self._parameters)
        if param is None:
            self._forget(name, keep=self._parameters)
            self._parameters[name] = None
        elif isinstance(param, Parameter):
            setattr(self, name, param)
        else:
            raise TypeError(f"register_parameter: param must be a Parameter or None, got {type(param).__name__}; wrap it in nn.Parameter")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a Tensor that belongs to the state but is not trained (a running mean); None for one switched off.

        Args:
            name: without dots, not yet taken by something else.
            tensor: a Tensor or None.
            persistent: False leaves it out of state_dict.

        Raises:
            KeyError: a name that is empty, dotted or taken.
            TypeError: tensor is no Tensor.

        Example:
            >>> import tinyreg
            >>> module = Module()
            >>> module.register_buffer("seen", tinyreg.zeros(1))
            >>> module.seen, list(module.state_dict()), list(module.parameters())
            (tensor([0.]), ['seen'], [])
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"register_buffer: tensor must be a Tensor or None, got {type(tensor).__name__}; wrap it with tinyreg.tensor")
        self._refuse_name("register_buffer", name, self._buffers)
        self._forget(name, keep=self._buffers)
        self._buffers[name] = tensor
        if not persistent:
            self._transient.add(name)

    def register_module(self, name: str, module: Module) -> None:
        """The same as add_module.

        Args:
            name, module: as in add_module.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Module()
            >>> net.register_module("head", tinyreg.nn.ReLU())
            >>> net.head
            ReLU()
        """
        self.add_module(name, module)

    def add_module(self, name: str, module: Module) -> None:
        """Register a child under a name.

        Args:
            name: without dots, not yet taken by something else.
            module: a Module, or None for one that is switched off.

        Raises:
            KeyError: a name that is empty, dotted or taken.
            TypeError: module is no Module.

        Example:
            >>> import tinyreg
            >>> net = Module()
            >>> net.add_module("head", tinyreg.nn.Linear(2, 1))
            >>> [name for name, _ in net.named_children()]
            ['head']
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"add_module: module must be a Module or None, got {type(module).__name__}; subclass nn.Module")
        self._refuse_name("add_module", name, self._modules)
        self._forget(name, keep=self._modules)
        self._modules[name] = module

    # what is inside

    def children(self) -> Iterator[Module]:
        """The direct children.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1), tinyreg.nn.ReLU())
            >>> list(net.children())
            [Linear(in_features=2, out_features=1, bias=True), ReLU()]
        """
        return (module for _, module in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct children with their names.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1), tinyreg.nn.ReLU())
            >>> [name for name, _ in net.named_children()]
            ['0', '1']
        """
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, each once.

        Args:
            remove_duplicate: False lists a module that stands in several places once for each.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1), tinyreg.nn.ReLU())
            >>> [type(module).__name__ for module in net.modules()]
            ['Sequential', 'Linear', 'ReLU']
        """
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it with dotted names, parents first.

        Args:
            memo: a set of modules that are left out.
            prefix: put before every name.
            remove_duplicate: False names a module that stands in several places once for each.

        Example:
            >>> import tinyreg
            >>> [name for name, _ in tinyreg.nn.Sequential(tinyreg.nn.Linear(1, 1), tinyreg.nn.ReLU()).named_modules()]
            ['', '0', '1']
        """
        memo = set() if memo is None else memo
        if remove_duplicate and self in memo:
            return
        memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def _named(self, table, prefix, recurse, remove_duplicate=True):
        seen = set()
        for path, module in self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]:
            for name, tensor in getattr(module, table).items():
                if tensor is not None and not (remove_duplicate and id(tensor) in seen):
                    seen.add(id(tensor))
                    yield f"{path}.{name}" if path else name, tensor

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every Parameter once, own ones first.

        Args:
            recurse: False for those of this module alone.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1), tinyreg.nn.ReLU())
            >>> [tuple(p.shape) for p in net.parameters()]
            [(1, 2), (1,)]
        """
        return (tensor for _, tensor in self.named_parameters(recurse=recurse))

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Every Parameter with its dotted name.

        Args:
            prefix: put before every name.
            recurse: False for those of this module alone.
            remove_duplicate: False names a Parameter that stands in several places once for each.

        Example:
            >>> import tinyreg
            >>> [name for name, _ in tinyreg.nn.Sequential(tinyreg.nn.Linear(1, 1)).named_parameters()]
            ['0.weight', '0.bias']
        """
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Every buffer once.

        Args:
            recurse: False for those of this module alone.

        Example:
            >>> import tinyreg
            >>> len(list(tinyreg.nn.BatchNorm1d(3).buffers()))
            3
        """
        return (tensor for _, tensor in self.named_buffers(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """Every buffer with its dotted name.

        Args:
            prefix: put before every name.
            recurse: False for those of this module alone.
            remove_duplicate: False names a buffer that stands in several places once for each.

        Example:
            >>> import tinyreg
            >>> [name for name, _ in tinyreg.nn.BatchNorm1d(3).named_buffers()]
            ['running_mean', 'running_var', 'num_batches_tracked']
        """
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call fn(module) on every module, children first; returns self.

        Args:
            fn: takes a module; what it returns is ignored.

        Example:
            >>> import tinyreg
            >>> def start(module):
            ...     if isinstance(module, tinyreg.nn.Linear):
            ...         _ = tinyreg.nn.init.ones_(module.weight)
            >>> tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1)).apply(start)[0].weight.tolist()
            [[1.0, 1.0]]
        """
        if not callable(fn):
            raise TypeError(f"apply: fn must take a module, got {fn!r:.60}; write a function, or a lambda")
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # gradients

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for gradients of every parameter, or freeze them.

        Args:
            requires_grad: False freezes the parameters.

        Example:
            >>> import tinyreg
            >>> [p.requires_grad for p in tinyreg.nn.Linear(2, 1).requires_grad_(False).parameters()]
            [False, False]
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of every parameter.

        Args:
            set_to_none: True sets them to None, which frees their memory; False writes zeros.

        Example:
            >>> import tinyreg
            >>> layer = tinyreg.nn.Linear(2, 1)
            >>> layer(tinyreg.ones(1, 2)).sum().backward()
            >>> layer.zero_grad()
            >>> layer.weight.grad is None
            True
        """
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.array[...] = 0
                stamp(parameter.grad)
                parameter.grad.account = None

    # dtype and device

    def _convert(self, function):
        with no_grad():
            for module in self.modules():
                for tensor in (*module._parameters.values(), *module._buffers.values()):
                    if tensor is not None:
                        tensor.data = function(tensor.data)
                        if tensor.grad is not None:
                            tensor.grad = function(tensor.grad)
        return self

    def to(self, *args: Tensor | DType | Device | bool, dtype: DType = None, device: Device = None, non_blocking: bool = False) -> Self:
        """Convert floating point parameters and buffers to a dtype, and everything to a device, in place.

        Args:
            args: a dtype, a device or its name, or a Tensor whose dtype and device are taken.
            dtype, device: the same by name.
            non_blocking: accepted for scripts that name it.

        Raises:
            TypeError: a dtype that is not floating point.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Linear(1, 1).to(tinyreg.float64).weight.dtype
            dtype('float64')
        """

        def convert(x):
            converted = x.to(*args, dtype=dtype, device=device)
            if x.is_floating_point() and not converted.is_floating_point():
                raise TypeError(f"to: dtype must be floating point, got {converted.dtype}; weights and averages are no integers")
            if x.is_floating_point() or converted.array.dtype == x.array.dtype:
                return converted
            return converted.to(x.array.dtype)

        return self._convert(convert)

    def float(self) -> Self:
        """Convert floating point parameters and buffers to float32.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Linear(1, 1).double().float().weight.dtype
            dtype('float32')
        """
        return self._convert(lambda x: x.float() if x.is_floating_point() else x)

    def double(self) -> Self:
        """Convert floating point parameters and buffers to float64.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Linear(1, 1).double().weight.dtype
            dtype('float64')
        """
        return self._convert(lambda x: x.double() if x.is_floating_point() else x)

    def half(self) -> Self:
        """Convert floating point parameters and buffers to float16.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Linear(1, 1).half().weight.dtype
            dtype('float16')
        """
        return self._convert(lambda x: x.half() if x.is_floating_point() else x)

    def cpu(self) -> Self:
        """Move everything to host memory.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Linear(1, 1).cpu().weight.device
            device(type='cpu')
        """
        return self._convert(lambda x: x.cpu())

    def cuda(self, device: Device = None) -> Self:
        """Move everything to the GPU; refused where the backend is NumPy.

        Args:
            device: None, or the GPU as in tinyreg.device.

        Raises:
            RuntimeError: the backend is NumPy.
        """
        return self._convert(lambda x: x.cuda(device))

    # state

    def state_dict(self, *, destination: dict[str, Tensor] | None = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Every parameter and persistent buffer under its dotted name: own parameters, own buffers, then children.

        Args:
            destination: a dict that is filled; None for a new one.
            prefix: put before every name.
            keep_vars: True gives the parameters themselves, False the same memory outside the graph.

        Example:
            >>> import tinyreg
            >>> list(tinyreg.nn.Linear(1, 1).state_dict())
            ['weight', 'bias']
        """
        state = OrderedDict() if destination is None else destination
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            if tensor is not None and name not in self._transient:
                state[prefix + name] = tensor if keep_vars else tensor.detach()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copy values into parameters and buffers by name.

        Args:
            state_dict: name -> Tensor, as state_dict() returns.
            strict: refuse names that are missing or unexpected, before anything is written.
            assign: take the given memory instead of copying into the module's own.

        Returns:
            The names (missing_keys, unexpected_keys).

        Raises:
            TypeError: state_dict is no dict.
            RuntimeError: names, shapes or values that do not fit.

        Example:
            >>> import tinyreg
            >>> model, twin = tinyreg.nn.Linear(1, 1), tinyreg.nn.Linear(1, 1)
            >>> twin.load_state_dict(model.state_dict()).missing_keys
            []
            >>> bool(twin.weight == model.weight)
            True
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict: state_dict must be a dict of names and Tensors, got {type(state_dict).__name__}; "
                "pass what state_dict() returned, or tinyreg.load(path)"
            )
        own = self.state_dict(keep_vars=True)
        modules = self.named_modules(remove_duplicate=False)
        optional = {f"{path}.{name}" if path else name for path, module in modules for name in module.optional_state}
        missing = [name for name in own if name not in state_dict and name not in optional]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and missing:
            problems.append(f"missing {missing}")
        if strict and unexpected:
            problems.append(f"unexpected {unexpected}")
        for name, tensor in own.items():
            given = state_dict.get(name, tensor)
            if not hasattr(given, "shape"):
                problems.append(f"{name} of type {type(given).__name__} where the module has a Tensor")
            elif tuple(given.shape) != tensor.array.shape:
                problems.append(f"{name} of shape {tuple(given.shape)} where the module has {tensor.array.shape}")
        if problems:
            raise RuntimeError(
                f"load_state_dict: the state must fit {type(self).__name__}, got {'; '.join(problems)}; build the module with the "
                "settings it was saved with, or pass strict=False to skip names"
            )
        for name, tensor in own.items():
            if name not in state_dict:
                continue
            given = state_dict[name] if isinstance(state_dict[name], Tensor) else wrap(state_dict[name])
            if assign:
                tensor.data = given.detach()
            else:
                tensor.array[...] = given.to(tensor.array.dtype).array
                stamp(tensor)
        return IncompatibleKeys(missing, unexpected)

    # printing

    def extra_repr(self) -> str:
        """The settings that repr shows in parentheses."""
        return ""

    def __repr__(self) -> str:
        return module_repr(self, [(name, repr(module)) for name, module in self._modules.items()])
