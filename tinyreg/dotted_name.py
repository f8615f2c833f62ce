"""What stands under a dotted name of a network: "features.0.weight" is the weight of the first of its features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .autograd import Tensor
    from .module import Module
    from .parameter import Parameter


class DottedNames:
    """The part of Module that finds modules, parameters and buffers by name.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1), tinyreg.nn.ReLU())
        >>> net.get_submodule("1"), net.get_parameter("0.bias").shape
        (ReLU(), Size([1]))
    """

    _modules: dict[str, Any]

    def get_submodule(self, target: str) -> Module:
        """The module under a dotted name.

        Args:
            target: names of children, joined by dots; "" is this module.

        Raises:
            AttributeError: there is no such module.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Sequential(tinyreg.nn.ReLU()).get_submodule("0")
            ReLU()
        """
        module: Any = self
        for name in _dotted("get_submodule", target).split(".") if target != "" else ():
            if module._modules.get(name) is None:
                raise AttributeError(
                    f"get_submodule: target must name a module, got {target!r}; {type(module).__name__} has {list(module._modules)}"
                )
            module = module._modules[name]
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The Parameter under a dotted name.

        Args:
            target: as in named_parameters.

        Raises:
            AttributeError: there is no such parameter.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 1)).get_parameter("0.weight").shape
            Size([1, 2])
        """
        return self._tensor("get_parameter", target, "parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer under a dotted name.

        Args:
            target: as in named_buffers.

        Raises:
            AttributeError: there is no such buffer.

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.BatchNorm1d(2).get_buffer("running_mean")
            tensor([0., 0.])
        """
        return self._tensor("get_buffer", target, "buffer")

    def _tensor(self, who, target, kind):
        path, _, name = _dotted(who, target).rpartition(".")
        table = getattr(self.get_submodule(path), f"_{kind}s")
        if table.get(name) is None:
            raise AttributeError(f"{who}: target must name a {kind}, got {target!r}; named_{kind}s() lists {list(table)} there")
        return table[name]


def _dotted(who, target):
    if not isinstance(target, str):
        raise AttributeError(f"{who}: target must be names joined by dots, got {target!r:.60}; named_modules() lists them")
    return target
