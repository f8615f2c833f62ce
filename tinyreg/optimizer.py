"""Optimizer: parameters in groups, a state for each, and a step that changes them in place.

A subclass writes two methods:

    check(group)             refuse numbers out of range
    update(group, params)    change the arrays of these parameters, all of which have a gradient

The rest is common: groups with settings of their own, PyTorch's state_dict, the closure, zero_grad. An optimizer of
PyTorch's kind, which overrides step() itself, works as well.
"""

import copy
import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeAlias

import numpy as np

from .autograd import Tensor, enable_grad, no_grad, stamp
from .autograd.function import clock
from .autograd.tensor import wrap
from .backend import get_array_module, to_numpy
from .ops.number import check_number
from .step_hooks import StepHooks, with_hooks
from .touches import add_optimizer

Params: TypeAlias = Iterable[Tensor | tuple[str, Tensor] | dict[str, Any]]  # one kind of them; a dict is a group


def counter(value=0):
    """A count of steps as PyTorch keeps it, a 0-d float32 Tensor; it stays on the host, where every step reads it."""
    return wrap(np.array(float(value), dtype="float32"))


def refuse_negative(who, group, *names):
    """Refuse settings of a group that are not finite numbers of at least 0."""
    for name in names:
        if getattr(group[name], "shape", ()) not in ((), (1,)):
            raise ValueError(f"{who}: {name} must be one number, got {name} of shape {tuple(group[name].shape)}; give a group each its own")
        check_number(who, **{name: group[name]})
        if not 0 <= group[name] < math.inf:
            raise ValueError(f"{who}: {name} must be a finite number of at least 0, got {name}={group[name]}; give 0 or more")


class Optimizer(StepHooks):
    """Base class of optimizers.

    Args:
        params: what to optimize: Tensors, pairs (name, Tensor), or dicts {"params": ..., setting: value, ...}, each a
            group with settings of its own. Any leaf will do; those whose grad is None are skipped.
        defaults: the settings of a group that does not name its own.

    Attributes:
        param_groups: the groups, dicts whose settings may be changed between steps (schedules change "lr").
        state: Tensor -> dict of what the optimizer remembers of it.
        steps: how often step() was called.
        needs_closure: whether step() must be given a closure, since it computes the gradient more than once.
        adapts: whether each coordinate's step is divided by the size of its gradients so far; a penalty in the loss, and
            weight_decay as a part of the gradient, then lose their strength in the quotient.
        last_steps: of the clock that numbers operations and writes, at the last step and at the one before.

    Raises:
        TypeError: params is a Tensor, a Module, a set, or holds something else than Tensors; a setting is no number.
        ValueError: no parameters, one twice, one that is not a leaf, names for some only, a setting out of range.

    Example:
        >>> import tinyreg
        >>> class SignDescent(tinyreg.optim.Optimizer):
        ...     def __init__(self, params, lr=0.1):
        ...         super().__init__(params, {"lr": lr})
        ...     def update(self, group, params):
        ...         for p in params:
        ...             p.array -= group["lr"] * p.grad.sign().array
        >>> w = tinyreg.tensor([1.0, -2.0], requires_grad=True)
        >>> optimizer = SignDescent([w])
        >>> (w ** 2).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    needs_closure = False
    adapts = False
    last_steps = (0, 0)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        optimizer = super().__new__(cls)
        add_optimizer(optimizer)
        return optimizer

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "last_steps"}  # of this process's clock

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        who = type(self).__name__
        self.check(defaults)
        if isinstance(params, Tensor) or not hasattr(params, "__iter__"):
            raise TypeError(
                f"{who}: params must be an iterable of Tensors or dicts, got {type(params).__name__}; "
                "pass [tensor], or model.parameters()"
            )
        if defaults.get("differentiable"):
            raise NotImplementedError(f"{who}: differentiable must be False, got True; steps are not recorded")
        if defaults.get("fused") and defaults.get("foreach"):
            raise RuntimeError(f"{who}: fused and foreach must not both be True, got fused=True, foreach=True; choose one")
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        self.steps = 0
        self._warned = False
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError(
                f"{who}: params must hold a parameter, got an empty parameter list; a generator is empty after its first use"
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def check(self, group: dict[str, Any]) -> None:
        """Refuse a group whose settings are out of range; a subclass adds its own."""
        refuse_negative(type(self).__name__, group, *({"lr", "weight_decay"} & set(group)))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters, with settings of their own.

        Args:
            param_group: {"params": Tensors or pairs (name, Tensor), setting: value, ...}.

        Raises:
            TypeError: it is no dict, or holds no Tensors.
            ValueError: no params, a parameter that another group has, a setting out of range.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> optimizer.add_param_group({"params": [tinyreg.zeros(2)], "lr": 0.1})
            >>> [group["lr"] for group in optimizer.param_groups]
            [0.5, 0.1]
        """
        who = type(self).__name__
        if not isinstance(param_group, dict):
            raise TypeError(
                f"{who}: a parameter group must be a dict, got {type(param_group).__name__}; write {{'params': [...], 'lr': ...}}"
            )
        if "params" not in param_group:
            raise ValueError(f"{who}: a parameter group must hold 'params', got {list(param_group)}; write {{'params': [...]}}")
        params, names = _unzip(who, param_group["params"])
        self._refuse(who, params)
        group = {**self.defaults, **param_group, "params": params}
        if names:
            group["param_names"] = names
        if self.param_groups and ("param_names" in group) != ("param_names" in self.param_groups[0]):
            raise ValueError(
                f"{who}: all groups must have names or none, got names={bool(names)} after names={not names}; use named_parameters()"
            )
        self.check(group)
        self.param_groups.append(group)

    def _refuse(self, who, params):
        """Refuse what cannot be optimized, or is optimized already."""
        known = {id(p) for group in self.param_groups for p in group["params"]}
        for i, p in enumerate(params):
            if not isinstance(p, Tensor):
                raise TypeError(f"{who}: params must be Tensors, got {type(p).__name__} at position {i}; pass model.parameters()")
            if not p.is_leaf:
                raise ValueError(
                    f"{who}: params must be leaves, got the output of {p.grad_fn} at position {i}; optimize what it was computed from"
                )
            if id(p) in known:
                raise ValueError(
                    f"{who}: a parameter must be given once, got position {i} (shape {tuple(p.array.shape)}) a second time; drop it"
                )
            known.add(id(p))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, so that the next backward starts anew.

        Args:
            set_to_none: True sets them to None, which frees their memory; False writes zeros.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> w.sum().backward()
            >>> optimizer.zero_grad()
            >>> w.grad is None
            True
        """
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p.grad is not None:
                    p.grad.array[...] = 0
                    stamp(p.grad)
                    p.grad.account = None

    @with_hooks
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        Args:
            closure: computes the loss and its gradients anew, and returns the loss.

        Returns:
            What closure returned, or None.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> w.sum().backward()
            >>> optimizer.step()
            >>> w
            tensor([0.5000], requires_grad=True)
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self.steps += 1
        moved = False
        with no_grad():
            for group in self.param_groups:
                params = [p for p in group["params"] if p._grad is not None]
                if params:
                    self.update(group, params)
                    moved = True
                    stamp(*params)
        self.last_steps = clock(), self.last_steps[0]
        if not moved and not self._warned:
            self._warned = True
            count = sum(len(group["params"]) for group in self.param_groups)
            warnings.warn(
                f"{type(self).__name__}: step() must find a gradient, got grad=None for all {count} parameters; "
                "call loss.backward() before it, on a loss that depends on these parameters",
                stacklevel=2,
            )
        return loss

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Change these parameters of the group in place; every subclass writes its own."""
        raise NotImplementedError(
            f"{type(self).__name__}: update must be written, got a step() without one; define update(self, group, params)"
        )

    def state_dict(self) -> dict[str, Any]:
        """The state and the settings as PyTorch lays them out, parameters by their number.

        Returns:
            {"state": {number: {name: value}}, "param_groups": [{setting: value, "params": [numbers]}]}. The Tensors
            are the optimizer's own: copy.deepcopy it to keep it while training goes on.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> optimizer.state_dict()["param_groups"][0]["lr"]
            0.5
        """
        number = {}
        for group in self.param_groups:
            for p in group["params"]:
                number[id(p)] = len(number)
        return {
            "state": dict(sorted((number[id(p)], state) for p, state in self.state.items())),
            "param_groups": [{**group, "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from what state_dict() returned; everything is copied, in the dtype of the parameters.

        Args:
            state_dict: what state_dict() of an optimizer with the same groups returned.

        Raises:
            ValueError: other groups or numbers of parameters than this optimizer has, or a setting out of range.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> twin = tinyreg.optim.SGD([w], lr=0.1)
            >>> twin.load_state_dict(optimizer.state_dict())
            >>> twin.param_groups[0]["lr"]
            0.5
        """
        who = type(self).__name__
        saved = [{**self.defaults, **group} for group in state_dict["param_groups"]]
        sizes = [[len(group["params"]) for group in groups] for groups in (saved, self.param_groups)]
        if sizes[0] != sizes[1]:
            raise ValueError(
                f"{who}: load_state_dict must find a group of {sizes[1]} parameters each, got {sizes[0]}; "
                "build the optimizer as the one that was saved"
            )
        for group in saved:
            self.check(group)
        state = defaultdict(dict)
        for group, own in zip(saved, self.param_groups):
            for number, p in zip(group["params"], own["params"]):
                if number in state_dict["state"]:
                    state[p] = {key: _copied(value, p, key) for key, value in state_dict["state"][number].items()}
        for group, own in zip(saved, self.param_groups):
            own.update({key: copy.deepcopy(value) for key, value in group.items() if key != "params"})
        self.state = state

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def _unzip(who, params):
    """The Tensors and the names of a group's params."""
    if isinstance(params, set):
        raise TypeError(f"{who}: params must have an order, got a set of {len(params)}; pass a list")
    entries = [params] if isinstance(params, Tensor) else list(params)
    names = [entry[0] for entry in entries if isinstance(entry, tuple)]
    if len(names) not in (0, len(entries)):
        raise ValueError(f"{who}: all params must have names or none, got {len(names)} names for {len(entries)}; use named_parameters()")
    return [entry[1] if isinstance(entry, tuple) else entry for entry in entries], names


def _copied(value, param, key):
    """A copy of a saved value, on the parameter's backend and in its dtype; a count of steps stays as it is."""
    if key == "step":
        return counter(value.item() if isinstance(value, Tensor) else value)
    if isinstance(value, Tensor):
        dtype = param.array.dtype if value.is_floating_point() else value.array.dtype
        return wrap(get_array_module(param.array).array(to_numpy(value.array), dtype=dtype))
    if isinstance(value, dict):
        return {k: _copied(v, param, k) for k, v in value.items()}
    return copy.deepcopy(value)
