"""What a search found: a row a candidate, and the tables that are made of it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np

from ..text_table import aligned, html
from ..types import HostArray
from .one_standard_error import check_rows, first_best, one_standard_error, rounding

SHOWN = 10  # folds that have columns of their own in a printed table


@dataclass(frozen=True)
class Row:
    """A candidate and how it did. The numbers of the equations are those of one_standard_error.

    Attributes:
        params: {name: value}.
        scores: one a fold, greater is better; NaN where training diverged, or the score was not finite.
        seconds: that all of its folds took together.
        also: what else the estimator measured, {name: one number a fold}; NaN where it did not.
    """

    params: dict[str, Any]
    scores: tuple[float, ...]
    seconds: float = 0.0
    also: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """The mean of the scores: NaN, and so the worst, where one of them is."""
        return math.fsum(self.scores) / len(self.scores)                                                             # (1)

    @property
    def standard_error(self) -> float:
        """The standard deviation of the scores, with k - 1 in the denominator, over sqrt(k); NaN of a single fold."""
        k = len(self.scores)
        if k < 2:
            return math.nan
        mean = self.mean
        return math.sqrt(math.fsum((score - mean) ** 2 for score in self.scores) / (k - 1) / k)                      # (2)


class SearchResults(Sequence[Row]):
    """The candidates of a search in the order in which they were laid out or drawn: a sequence of rows, and a table.

    Args:
        rows: of the candidates, at least one; all with scores of the same folds.

    Attributes:
        rows: a tuple of Row.

    Raises:
        ValueError: no row, or rows of different numbers of folds.

    Example:
        >>> results = SearchResults.of([{"strength": 0.1}, {"strength": 1.0}], [[0.8, 0.9], [0.7, 0.7]])
        >>> print(results)
        strength  mean  standard error  fold 0  fold 1  seconds
             0.1  0.85            0.05     0.8     0.9     0.00  best
               1  0.70            0.00     0.7     0.7     0.00
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(check_rows("SearchResults", rows))
        if not self.rows:
            raise ValueError("SearchResults: there must be a row, got none; a search tries at least one candidate")
        counts = sorted({len(row.scores) for row in self.rows})
        if len(counts) > 1 or not counts[0]:
            raise ValueError(f"SearchResults: every row must have a score a fold, got {counts} scores; measure all on the same folds")

    @classmethod
    def of(
        cls, candidates: Sequence[dict[str, Any]], scores: Any, seconds: Any = None, also: Mapping[str, Any] | None = None
    ) -> "SearchResults":
        """The results of candidates and their scores.

        Args:
            candidates: a dict each.
            scores: (candidates, folds) numbers.
            seconds: (candidates, folds) numbers; None is 0.
            also: {name: (candidates, folds) numbers}; None is nothing else.

        Example:
            >>> SearchResults.of([{"p": 0.5}], [[0.25, 0.75]]).best.mean
            0.5
        """
        seconds = np.zeros(len(candidates)) if seconds is None else np.asarray(seconds).sum(axis=1)
        others = {name: np.asarray(values, dtype="float64").tolist() for name, values in (also or {}).items()}
        found = zip(candidates, np.asarray(scores, dtype="float64").tolist(), seconds.tolist(), strict=True)
        return cls(
            [
                Row(dict(params), tuple(row), time, {name: tuple(values[i]) for name, values in others.items()})
                for i, (params, row, time) in enumerate(found)
            ]
        )

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        return self.rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def names(self) -> list[str]:
        """What was varied, in the order in which it was named."""
        return list(dict.fromkeys(name for row in self.rows for name in row.params))

    @property
    def best_index(self) -> int | None:
        """The number of the candidate with the best mean, the first of equals; None where no candidate has a score."""
        return first_best(self.rows)

    @property
    def best(self) -> Row:
        """The row of the candidate with the best mean, the first of equals.

        Raises:
            ValueError: no candidate has a score.
        """
        index = self.best_index
        if index is None:
            raise ValueError(
                f"SearchResults: a candidate must have a score, got NaN from all {len(self)}; training diverged, try other values"
            )
        return self.rows[index]

    def one_standard_error(self, name: str, *, larger_is_simpler: bool = True) -> Row:
        """The most regularized candidate whose mean lies within one standard error of the best: see one_standard_error.

        Args:
            name, larger_is_simpler: as there.

        Example:
            >>> results = SearchResults.of([{"C": 1}, {"C": 10}], [[0.5, 0.7], [0.6, 0.7]])
            >>> results.one_standard_error("C", larger_is_simpler=False).params
            {'C': 1}
        """
        return one_standard_error(self, name, larger_is_simpler=larger_is_simpler)

    @property
    def scores(self) -> HostArray:
        """All scores, (candidates, folds)."""
        return np.array([row.scores for row in self.rows])

    def cv_results(self) -> dict[str, Any]:
        """The table under scikit-learn's names.

        Returns:
            A dict: "params" (a list of dicts), "param_<name>" (object arrays, masked where a candidate has no such
            parameter), "split<j>_test_score", "mean_test_score", "std_test_score", "rank_test_score" (1 is the best,
            equals share a rank, NaN comes last). The standard deviation divides by k, as scikit-learn's does; that of
            Row.standard_error by k - 1.

        Example:
            >>> SearchResults.of([{"p": 0.1}, {"p": 0.5}], [[0.25, 0.75], [0.5, 1.0]]).cv_results()["rank_test_score"]
            array([2, 1], dtype=int32)
        """
        scores, mean = self.scores, np.array([row.mean for row in self.rows])
        found: dict[str, Any] = {"params": [dict(row.params) for row in self.rows]}
        for name in self.names:
            values = np.ma.MaskedArray(np.empty(len(self), dtype=object), mask=True)
            for i, row in enumerate(self.rows):
                if name in row.params:
                    values[i] = row.params[name]
            found[f"param_{name}"] = values
        found |= {f"split{j}_test_score": scores[:, j] for j in range(scores.shape[1])}
        worth = np.where(np.isnan(mean), -np.inf, mean)
        equal = np.array([0.0 if math.isnan(row.mean) else rounding(row) for row in self.rows])
        ranks = 1 + (worth[None, :] - equal > worth[:, None]).sum(axis=1)
        return found | {"mean_test_score": mean, "std_test_score": scores.std(axis=1), "rank_test_score": ranks.astype("int32")}

    def _table(self):
        """Headings, and the texts of each row; the last column says which is the best."""
        folds = len(self.rows[0].scores) if len(self.rows[0].scores) <= SHOWN else 0
        headings = [*self.names, "mean", "standard error", *(f"fold {j}" for j in range(folds)), "seconds", ""]
        columns = [[_text(row.params[name]) if name in row.params else "" for row in self.rows] for name in self.names]
        columns += [_decimals([row.mean for row in self.rows]), _decimals([row.standard_error for row in self.rows])]
        columns += [_decimals([row.scores[j] for row in self.rows]) for j in range(folds)]
        columns += [[f"{row.seconds:.2f}" for row in self.rows]]
        notes = ["best" if i == self.best_index else "worst" if math.isnan(row.mean) else "" for i, row in enumerate(self.rows)]
        return headings, [[*cells, note] for cells, note in zip(zip(*columns), notes)]

    def __str__(self) -> str:
        headings, rows = self._table()
        widths = [max(map(len, column)) for column in zip(headings, *rows)]
        first, *others = [[f"{cell:>{width}}" for cell, width in zip(line, widths[:-1])] + line[-1:] for line in [headings, *rows]]
        return aligned(first, others)

    def __repr__(self) -> str:
        return f"SearchResults({len(self)} candidates, {len(self.rows[0].scores)} folds)"

    def _repr_html_(self) -> str:
        return html(*self._table())


def _text(value):
    return f"{value:.4g}" if isinstance(value, float) else getattr(value, "__name__", str(value))


def _decimals(numbers):
    """The numbers of a column with equally many decimals: as many as four digits of the largest need, fewer where zeros would follow."""
    finite = [number for number in numbers if math.isfinite(number)]
    largest = max(map(abs, finite), default=0.0)
    if largest and not 1e-4 <= largest < 1e7:
        return [f"{number:.3e}" for number in numbers]
    most = max(1, 3 - math.floor(math.log10(largest))) if largest else 1
    enough = (d for d in range(1, most) if all(f"{x:.{d}f}" + "0" * (most - d) == f"{x:.{most}f}" for x in finite))
    decimals = next(enough, most)
    return [f"{number:.{decimals}f}" for number in numbers]
