"""Early stopping: of all the weights that training passed through, keep those that were best on held-out data.

Objective. After each epoch a value is measured on data that training does not see. With `best` so far, and d = min_delta,
the new value counts as better where

    value < best - d        (mode 'min': a loss)                                  (1)
    value > best + d        (mode 'max': an accuracy)                             (2)

and training ends when that has not happened `patience` epochs in a row:

    epoch - best_epoch >= patience                                                (3)

Backward. Nothing is differentiated; the number of steps is the regularizer.

Why it regularizes. Weights that start small have had no time to grow. On a quadratic this can be said exactly. Near its
minimum w* let the loss be sum_j h_j (w_j - w*_j)^2/2 in the axes of its Hessian. Gradient descent of rate eps from 0
multiplies each distance by 1 - eps h_j a step, and so after tau steps

    w_j = [1 - (1 - eps h_j)^tau] w*_j                                            (4)

while the minimum of the same loss plus alpha |w|^2/2 (l2_penalty) is

    w_j = [h_j / (h_j + alpha)] w*_j                                              (5)

Both brackets rise from 0 to 1 as the curvature h_j grows: directions the data determine are learned, others are not yet.
For eps h_j << 1 and h_j << alpha they are tau eps h_j and h_j/alpha, equal if

    tau = 1 / (eps alpha)                                                         (6)

So time plays the part of 1/alpha: more epochs, weaker regularization. It ends there: (4) and (5) are different functions.
With (6) and a small rate they agree to 1% for h_j < alpha/50. As the rate goes to 0 they are 1 - exp(-x) and x/(1 + x) for
h_j = x alpha, and differ most where exp(x) = (1 + x)^2: at x = 2.513, where (4) lets 0.204 more through. And L2 needs its
strength beforehand; early stopping finds its own, tau, in a single run.

Edge cases. patience = 1 ends at the first epoch that is not better; large values only restore the best weights. A value
that repeats is not better (d = 0 asks for a strict improvement); NaN is never better. If no value was a number, there
is nothing to restore. The held-out data have been used for a choice: report results on other data. Where the value is
measured with noise of standard deviation sigma, the best of n values without a trend is too good by 2.5 sigma for n=100,
and by less than sigma sqrt(2 ln n) for every n; epoch n is a new best with probability 1/n, and patience k runs
out at the first occasion with probability 1/(k + 1). While the loss still falls by d an epoch, patience = 1 ends at the
second with probability Phi(-d/(sigma sqrt 2)), 0.47 for d = sigma/10: be patient, watch means of k epochs, whose noise
is sigma/sqrt(k), or set min_delta: at 2 sigma, luck passes for better with probability 0.08. A learning rate that falls
(a schedule) changes when the best epoch comes, and batch norm's running statistics are part of what is restored. At
evaluation it is absent: the network is the one that was kept.

Cost. A copy of the model's state at each improvement, and the evaluation of the held-out data.

Source. Prechelt 1998, Early stopping - but when?; Bishop 1995, Regularization and complexity control in feed-forward
networks; Goodfellow, Bengio, Courville 2016, Deep learning, algorithm 7.1 and section 7.8 for (4) to (6).
"""

import math
from collections.abc import Mapping
from typing import Any, SupportsFloat

from ..autograd.tensor import wrap
from ..module import Module
from ..ops.number import check_number


class EarlyStopping:
    """Say when to stop, and bring back the best weights.

    Args:
        patience: epochs in a row without improvement after which to stop, an integer of at least 1.
        min_delta: by how much a value must be better to count, at least 0.
        mode: 'min' where small values are good (a loss), 'max' where large ones are (an accuracy).
        restore_best: keep a copy of the model's state at its best value, and load it when stopping.

    Attributes:
        best: the best value so far; infinite before the first.
        best_epoch: the call of step() that brought it, counted from 1; 0 before the first.
        epoch: calls of step() so far.

    Raises:
        ValueError: patience below 1, a negative min_delta, another mode.

    Example:
        >>> import tinyreg
        >>> stopping = EarlyStopping(patience=2)
        >>> [stopping.step(loss) for loss in (0.9, 0.7, 0.8, 0.75)]
        [False, False, False, True]
        >>> stopping.best, stopping.best_epoch
        (0.7, 2)
    """

    def __init__(self, patience: int, min_delta: float = 0, mode: str = "min", restore_best: bool = True) -> None:
        if not isinstance(patience, int) or patience < 1:
            raise ValueError(f"EarlyStopping: patience must be an integer of at least 1, got patience={patience}; it counts epochs")
        check_number("EarlyStopping", min_delta=min_delta)
        if not 0 <= min_delta < math.inf:
            raise ValueError(
                f"EarlyStopping: min_delta must be a finite number of at least 0, got min_delta={min_delta}; 0 counts any gain"
            )
        if mode not in ("min", "max"):
            raise ValueError(f"EarlyStopping: mode must be 'min' or 'max', got mode={mode!r}; 'min' suits a loss, 'max' an accuracy")
        self.patience, self.min_delta, self.mode, self.restore_best = patience, float(min_delta), mode, restore_best
        self.best = math.inf if mode == "min" else -math.inf
        self.best_epoch = self.epoch = 0
        self._best_weights = None

    def step(self, value: SupportsFloat, model: Module | None = None) -> bool:
        """Take the value of an epoch.

        Args:
            value: a number or a Tensor of one element.
            model: a Module, whose state is copied where the value is the best so far, and restored where training is
                to stop (with restore_best).

        Returns:
            Whether to stop.

        Example:
            >>> stopping = EarlyStopping(patience=1)
            >>> stopping.step(0.5), stopping.step(0.6)
            (False, True)
        """
        check_number("EarlyStopping", value=value)
        if model is not None and not isinstance(model, Module):
            raise TypeError(f"EarlyStopping: model must be a Module or None, got {type(model).__name__}; it is the one that is trained")
        value = float(value)
        self.epoch += 1
        if self.mode == "min":
            better = value < self.best - self.min_delta                           # (1)
        else:
            better = value > self.best + self.min_delta                           # (2)
        if better:
            self.best, self.best_epoch = value, self.epoch
            self._best_weights = _copy(model.state_dict()) if self.restore_best and model is not None else None
        stop = self.epoch - self.best_epoch >= self.patience                      # (3)
        if stop and model is not None:
            self.restore(model)
        return stop

    def restore(self, model: Module) -> bool:
        """Load the best weights into the model; returns whether there were any.

        Args:
            model: a Module of the kind that step() was given.

        Example:
            >>> import tinyreg
            >>> model = tinyreg.nn.Linear(1, 1)
            >>> EarlyStopping(patience=1).restore(model)
            False
        """
        if self._best_weights is None:
            return False
        model.load_state_dict(self._best_weights)
        return True

    def state_dict(self) -> dict[str, Any]:
        """What has been seen so far, the best weights included: numbers, Tensors and None.

        Example:
            >>> sorted(EarlyStopping(patience=1).state_dict())
            ['best', 'best_epoch', 'best_weights', 'epoch']
        """
        weights = None if self._best_weights is None else _copy(self._best_weights)
        return {"best": self.best, "best_epoch": self.best_epoch, "epoch": self.epoch, "best_weights": weights}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from what state_dict() returned; patience, min_delta and mode are this object's own.

        Args:
            state_dict: what state_dict() returned.

        Example:
            >>> first, second = EarlyStopping(patience=2), EarlyStopping(patience=2)
            >>> _ = first.step(0.5)
            >>> second.load_state_dict(first.state_dict())
            >>> second.best
            0.5
        """
        self.best, self.best_epoch, self.epoch = (state_dict[name] for name in ("best", "best_epoch", "epoch"))
        weights = state_dict["best_weights"]
        self._best_weights = None if weights is None else _copy(weights)

    def __repr__(self) -> str:
        settings = f"patience={self.patience}, min_delta={self.min_delta:g}, mode={self.mode!r}, restore_best={self.restore_best}"
        return f"EarlyStopping({settings})"


def _copy(state):
    """The Tensors of a state, in memory of their own."""
    return {name: wrap(tensor.array.copy()) for name, tensor in state.items()}
