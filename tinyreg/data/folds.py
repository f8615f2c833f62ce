"""KFold and StratifiedKFold: every example is in the test part once."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..random import Generator, chosen_generator
from .split import classes_of


class KFold:
    """Cut the examples into k folds; each fold in turn is the test part, and the others are the training part.

    Of n examples, the first n mod k folds have floor(n / k) + 1 and the others floor(n / k): without shuffling stretches
    of the examples in their order, with shuffling parts of one random order. (scikit-learn's names and rules, with a
    `generator` in place of its random_state.)

    Args:
        n_splits: k, at least 2.
        shuffle: deal the examples in random order, anew for each split().
        generator: where the order comes from; the default generator if None. Only with shuffle.

    Raises:
        ValueError: n_splits is no integer of at least 2, or a generator is given without shuffle.
        TypeError: shuffle is no bool.

    Example:
        >>> for train, test in KFold(3).split(range(7)):
        ...     print(train, test)
        [3 4 5 6] [0 1 2]
        [0 1 2 5 6] [3 4]
        [0 1 2 3 4] [5 6]
    """

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, generator: Generator | None = None) -> None:
        who = type(self).__name__
        if not isinstance(n_splits, (int, np.integer)) or n_splits < 2:
            raise ValueError(f"{who}: n_splits must be an integer of at least 2, got n_splits={n_splits!r}; 5 and 10 are common")
        if not isinstance(shuffle, bool):
            raise TypeError(f"{who}: shuffle must be True or False, got {shuffle!r}; pass a seeded Generator as generator")
        if generator is not None and not shuffle:
            raise ValueError(f"{who}: a generator has an effect with shuffle=True only, got shuffle=False; leave it out, or shuffle")
        self.n_splits, self.shuffle, self.generator = int(n_splits), shuffle, generator

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """The number of folds.

        Args:
            X, y, groups: of no influence, as in scikit-learn.

        Example:
            >>> KFold(3).get_n_splits()
            3
        """
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The folds, one after the other.

        Args:
            X: anything with a length: a dataset, a Tensor, an array, a list.
            y: the class of each example; KFold does not look at it, StratifiedKFold takes X.targets if it is None.
            groups: of no influence, as in scikit-learn.

        Returns:
            An iterator of pairs (train, test): int64 host arrays of indices, each in rising order. Subset(dataset, train)
            is the dataset's part.

        Raises:
            ValueError: there are fewer examples than folds.

        Example:
            >>> train, test = next(KFold(2, shuffle=True).split([10, 20, 30, 40]))
            >>> sorted(train.tolist() + test.tolist())
            [0, 1, 2, 3]
        """
        count = len(X)
        if count < self.n_splits:
            raise ValueError(
                f"{type(self).__name__}: there must be an example for each of n_splits={self.n_splits} folds, got {count}; take fewer folds"
            )
        fold = self._fold_of_each(X, y, count)
        return ((np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(self.n_splits))

    def _permutation(self, count):
        return chosen_generator(self.generator).permutation(count) if self.shuffle else np.arange(count)

    def _fold_of_each(self, X, y, count):
        """The number of the fold in which an example is tested, for each example."""
        sizes = count // self.n_splits + (np.arange(self.n_splits) < count % self.n_splits)
        fold = np.empty(count, dtype=np.int64)
        fold[self._permutation(count)] = np.repeat(np.arange(self.n_splits), sizes)
        return fold

    def __repr__(self) -> str:
        return f"{type(self).__name__}(n_splits={self.n_splits}, shuffle={self.shuffle})"


class StratifiedKFold(KFold):
    """Cut the examples into k folds in each of which every class has its share, to within one example.

    Line the examples up by class and deal them out in turn, one a fold: that is how many of each class a fold gets, and
    folds differ by at most one example in size and in each class. Of a class, the first fold takes its first examples, and
    so on; with shuffling each takes random ones. (scikit-learn's names and rules, with a `generator` in place of its
    random_state.)

    Args:
        n_splits, shuffle, generator: as in KFold.

    Raises:
        ValueError, TypeError: as in KFold.

    Example:
        >>> for train, test in StratifiedKFold(2).split(range(6), [0, 0, 0, 0, 1, 1]):
        ...     print(train, test)
        [2 3 5] [0 1 4]
        [0 1 4] [2 3 5]
    """

    def _fold_of_each(self, X, y, count):
        classes = classes_of("StratifiedKFold", X, y)
        if classes.dtype.kind == "f" and (classes != np.floor(classes)).any():
            raise ValueError(f"StratifiedKFold: y must hold classes, got {classes.dtype} numbers such as {classes[0]}; KFold is for these")
        # classes are numbered as they first appear
        _, first, codes = np.unique(classes, return_index=True, return_inverse=True)
        codes = np.argsort(np.argsort(first))[codes]
        sizes = np.bincount(codes)
        if sizes.max() < self.n_splits:
            raise ValueError(
                f"StratifiedKFold: a class must have an example for each of n_splits={self.n_splits} folds, got {sizes.max()} in the "
                "largest class; take fewer folds"
            )
        if sizes.min() < self.n_splits:
            warnings.warn(
                f"StratifiedKFold: the smallest class has {sizes.min()} examples, fewer than n_splits={self.n_splits}: some folds lack it",
                stacklevel=3,
            )
        lined_up = np.sort(codes)
        fold = np.empty(count, dtype=np.int64)
        shares = [np.bincount(lined_up[number :: self.n_splits], minlength=len(sizes)) for number in range(self.n_splits)]
        for code, dealt in enumerate(np.stack(shares, axis=1)):
            places = np.repeat(np.arange(self.n_splits), dealt)
            fold[codes == code] = places[self._permutation(len(places))]
        return fold
