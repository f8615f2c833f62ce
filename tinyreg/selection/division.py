"""Into which folds the examples are cut: what `cv` may be, and what it comes to."""

from typing import Any

import numpy as np

from ..data.folds import KFold, StratifiedKFold
from ..random import keyed
from ..types import HostArray
from .examples import Examples

Fold = tuple[HostArray, HostArray]


class Division:
    """The folds of a search: for each the examples to train on and the examples to measure on.

    An integer k cuts the examples as they lie, without shuffling, as scikit-learn does: by StratifiedKFold(k) where the
    targets look like classes (integers, bools or strings, one an example, each k times on the average), else by KFold(k).
    scikit-learn asks the estimator whether it classifies; whole numbers that are to be regressed take KFold(k). Examples
    that are sorted by what is to be predicted need KFold(k, shuffle=True); the order it deals in is then decided by the
    seed of the search, where it has no generator of its own.

    Args:
        who: whom errors name.
        cv: an integer of at least 2; an object with split(X, y), such as KFold; or an iterable of pairs (train, test) of
            indices, which is read once.
        seed: decides the chance of a split that has no generator.

    Attributes:
        description: cv in words.

    Raises:
        TypeError: cv is none of these.
        ValueError: an integer below 2.

    Example:
        >>> Division("doctest", 2).of(Examples("doctest", np.zeros((4, 1)), np.array([0.1, 0.2, 0.3, 0.4])))
        [(array([2, 3]), array([0, 1])), (array([0, 1]), array([2, 3]))]
    """

    def __init__(self, who: str, cv: Any, seed: int = 0) -> None:
        self.who, self.cv, self.seed = who, cv, seed
        if isinstance(cv, (int, np.integer)) and not isinstance(cv, bool):
            KFold(int(cv))  # refuses what is no number of folds
        elif not hasattr(cv, "split") or isinstance(cv, str):
            try:
                self.cv = list(cv)
            except TypeError:
                raise TypeError(
                    f"{who}: cv must be a number of folds, a KFold, or pairs of indices, got {cv!r:.60}; 5 and 10 are common"
                ) from None
        self.description = f"{len(self.cv)} pairs of indices" if isinstance(self.cv, list) else str(self.cv)

    def of(self, examples: Examples) -> list[Fold]:
        """The folds of these examples, pairs (train, test) of int64 host arrays.

        Args:
            examples: what is to be cut.

        Raises:
            ValueError: there are more folds than examples; a pair names an example that there is not, or one on both
                sides; a side is empty.
        """
        if isinstance(self.cv, list):
            pairs = self.cv
        else:
            targets = examples.targets
            splitter = self._splitter(targets)
            with keyed(self.seed):
                pairs = list(splitter.split(examples.on_host(), targets))
        if not pairs:
            raise ValueError(f"{self.who}: cv must give a fold, got none from {self.description}; pass pairs (train, test)")
        return [self._fold(number, pair, examples.count) for number, pair in enumerate(pairs)]

    def _splitter(self, targets):
        if not isinstance(self.cv, (int, np.integer)):
            return self.cv
        return (StratifiedKFold if _are_classes(targets, self.cv) else KFold)(int(self.cv))

    def _fold(self, number, pair, count):
        try:
            train, test = (_indices(side) for side in pair)
        except (TypeError, ValueError):
            raise TypeError(
                f"{self.who}: every fold must be a pair (train, test) of indices, got {pair!r:.60} for fold {number}; KFold makes such"
            ) from None
        for name, side in (("train", train), ("test", test)):
            if not side.size:
                raise ValueError(f"{self.who}: both sides of a fold must hold examples, got no {name} in fold {number}; take fewer folds")
            if side.min() < 0 or side.max() >= count:
                raise ValueError(
                    f"{self.who}: indices must lie in [0, {count}), got {side.min()} to {side.max()} in the {name} part of fold {number}; "
                    f"there are {count} examples"
                )
        measured = np.zeros(count, dtype=bool)
        measured[test] = True
        if measured[train].any():
            both = np.unique(train[measured[train]])
            raise ValueError(
                f"{self.who}: no example may be trained and measured on, got {both.size} such in fold {number}, {both[0]} among them; "
                "take it from one of the two"
            )
        return train, test


def _indices(side):
    indices = np.asarray(side)
    if indices.dtype == bool:
        indices = np.flatnonzero(indices)
    if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
        raise TypeError
    return indices.astype(np.int64)


def _are_classes(targets, k):
    if targets is None or targets.ndim != 1:
        return False
    if targets.dtype.kind not in "iubUS" and not (targets.dtype.kind == "O" and all(isinstance(target, str) for target in targets)):
        return False
    return len(targets) >= k * len(set(targets.tolist()))
