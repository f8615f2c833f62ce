"""The three modes of a network: what its layers do that behave differently in training and in evaluation.

                    what draws chance (dropout)    what uses the batch (batch norm)
    train()         draws                          uses its statistics, and moves the running averages
    eval()          draws nothing                  uses the running averages, which stay
    monte_carlo()   draws                          uses the running averages, which stay

Under spectral_norm a weight goes with batch norm: u and v, which its norm is measured with, move in train() alone.

A mode is no state of the network but a flag of each module, `training`, which anybody may set on any of them.
`mode_report()` reads them all and says what they come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, cast

from .mode_report import ModeReport

if TYPE_CHECKING:
    from .module import Module


class Modes:
    """The part of Module that switches between the modes.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.BatchNorm1d(3), tinyreg.nn.Dropout(0.5))
        >>> [module.training for module in net.monte_carlo()]
        [False, True]
    """

    stochastic: bool
    training: bool
    modules: Any  # Module's

    def train(self, mode: bool = True) -> Self:
        """Training mode for this module and all below it: masks are drawn, batch statistics are used.

        Args:
            mode: True for training, False for evaluation.

        Raises:
            ValueError: mode is no bool.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Dropout(0.5)).eval()
            >>> net.train()[0].training
            True
        """
        if not isinstance(mode, bool):
            raise ValueError(f"train: mode must be a bool, got {mode!r}; write train() or eval()")
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self) -> Self:
        """Evaluation mode: train(False).

        Example:
            >>> import tinyreg
            >>> tinyreg.nn.Dropout(0.5).eval()(tinyreg.ones(3))
            tensor([1., 1., 1.])
        """
        return self.train(False)

    def monte_carlo(self) -> Self:
        """Monte Carlo mode: modules that draw chance (`stochastic`) in training mode, all others in evaluation mode.

        Dropout is on and batch norm frozen, so that many predictions of one input differ by the masks alone; see
        regularization.monte_carlo, which makes them, and gives every module its mode back.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 2), tinyreg.nn.BatchNorm1d(2), tinyreg.nn.Dropout(0.5))
            >>> [module.training for module in net.monte_carlo()]
            [False, False, True]
        """
        for module in self.modules():
            object.__setattr__(module, "training", bool(module.stochastic))
        return self

    def mode_report(self) -> ModeReport:
        """What the modules do at the moment that behave differently in training and in evaluation.

        Returns:
            A ModeReport: it prints as a table, and iterates over its rows.

        Example:
            >>> import tinyreg
            >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 2), tinyreg.nn.Dropout(0.5))
            >>> net.mode_report()
            train: every module trains
            name  module                         training  now
            1     Dropout(p=0.5, inplace=False)  True      draws masks or noise
            >>> net.eval().mode_report().mode
            'eval'
        """
        return ModeReport(cast("Module", self))


@contextmanager
def kept_modes(model: Module) -> Iterator[None]:
    """In a block the modes may change; after it, also after an exception, each module has its own again.

    Args:
        model: a Module.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.BatchNorm1d(3).eval(), tinyreg.nn.Dropout(0.5))
        >>> with kept_modes(net):
        ...     _ = net.eval()
        >>> [module.training for module in net]
        [False, True]
    """
    flags = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in flags:
            object.__setattr__(module, "training", training)
