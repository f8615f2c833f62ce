"""GridSearch and RandomSearch: measure candidates by cross-validation and take the best."""

import os
from typing import Any, Self

from .candidates import of_grid, of_space
from .division import Division
from .estimators import Scorer
from .examples import Examples
from .header import header_of
from .journal import Journal
from .measuring import check_seed, measure
from .results import SearchResults


class Search:
    """What the searches share: candidates, and their scores on the same folds.

    Every candidate meets the same folds, and on each of them the same chance (initial weights, order of batches, masks), so
    that their scores may be subtracted from each other.

    The score of the best candidate is too good: it was chosen because it is the largest, luck included. What the chosen
    model is worth is measured on examples that no fold has seen.

    Attributes:
        candidates: a list of dicts.
        results: after fit, a SearchResults: a row a candidate, and a table.
        best_params_, best_score_, best_index_: of the best mean; of equals, the first.
        cv_results_: the table under scikit-learn's names.
        n_splits_: the number of folds.
    """

    def __init__(
        self, estimator: Any, candidates: list[dict[str, Any]], tried: dict[str, Any], cv: Any, executor: Any, journal: Any, seed: Any,
        progress: Any,
    ) -> None:  # fmt: skip
        self.who = type(self).__name__
        if not (journal is None or isinstance(journal, str | os.PathLike)):
            raise TypeError(f"{self.who}: journal must be the path of a file, got {journal!r:.60}; write 'search.jsonl'")
        self.candidates, self._tried = candidates, tried
        self.estimator, self.executor, self.journal, self.progress = estimator, executor, journal, progress
        self.seed = check_seed(self.who, seed)
        self._scorer = Scorer(self.who, estimator)
        for params in candidates:
            self._scorer.must_take(params)
        self._division = Division(self.who, cv, self.seed)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Measure all candidates; those that the journal holds are not measured again.

        Args:
            X, y: as in cross_val_score.

        Returns:
            The search itself.

        Raises:
            ValueError: X and y do not fit; the journal is another search's; no candidate has a score (the results are there).
            TypeError: what cross_val_score refuses.
            RuntimeError: the estimator raised an exception, the sentence names the candidate and the fold, and __cause__ is
                what it raised; a process died; the journal cannot be written. What is finished is kept in the journal.
        """
        examples = Examples(self.who, X, y)
        folds = self._division.of(examples)
        self.n_splits_ = len(folds)

        def open_journal() -> Journal:
            header = header_of(self.who, self._tried, self._scorer, examples, folds, self._division.description, self.seed)
            return Journal(self.who, self.journal, header, len(self.candidates), len(folds))

        scores, seconds, also = measure(
            self.who, self._scorer, self.candidates, examples, folds,
            seed=self.seed, executor=self.executor, open_journal=None if self.journal is None else open_journal, progress=self.progress,
        )  # fmt: skip
        self.results = SearchResults.of(self.candidates, scores, seconds, also)
        self.cv_results_ = self.results.cv_results()
        best = self.results.best
        self.best_index_, self.best_params_, self.best_score_ = self.results.best_index, dict(best.params), best.mean
        return self

    def __repr__(self) -> str:
        return f"{self.who}({self._scorer.name}, {len(self.candidates)} candidates, cv={self._division.description})"


class GridSearch(Search):
    """Try every combination of a grid.

    Args:
        estimator: a function score(train, test, **params), or an object with fit and score: see cross_val_score.
        grid: {name: list of values}, or a list of such dicts, one grid after the other. log_grid lays out strengths.
        cv: a number of folds, an object with split, or pairs of indices: see cross_val_score.
        executor: who does the work; None does one after the other. All (candidate, fold) are submitted at once.
        journal: the path of a file to which each finished (candidate, fold) is written as a line of JSON. A search that was
            killed goes on where it was when it is begun again with the same file; other candidates, folds, data, seeds or
            versions are refused. What a function does inside is not seen: when its code has changed, name another file.
        seed: decides, with the number of a fold, the chance of a training.
        progress: None is silent; True shows a bar after two seconds; or a function progress(done, planned, row), called
            before the first (row is None) and after each, row a dict: candidate, params, fold, score, seconds.

    Attributes:
        candidates, results, best_params_, best_score_, best_index_, cv_results_, n_splits_: see Search.

    A training that diverges (FloatingPointError, which fit raises) or a score that is not finite is NaN, and a candidate with
    a NaN is the worst, and never chosen. Any other exception stops the search.

    Raises:
        TypeError, ValueError: an estimator, a grid, folds or a seed that are none.

    Example:
        >>> import numpy as np
        >>> from tinyreg.selection import log_grid
        >>> def score(train, test, strength):
        ...     return -(strength - 0.1) ** 2  # instead of a training
        >>> search = GridSearch(score, {"strength": log_grid(0.01, 1, 3)}, cv=2).fit(np.zeros((4, 1)), np.zeros(4))
        >>> search.best_params_, len(search.results)
        ({'strength': 0.1}, 3)
    """

    def __init__(
        self, estimator: Any, grid: Any, *, cv: Any = 5, executor: Any = None, journal: Any = None, seed: int = 0, progress: Any = None
    ) -> None:
        candidates = of_grid("GridSearch", grid)
        tried = {f"candidate {i}": params for i, params in enumerate(candidates)}
        super().__init__(estimator, candidates, tried, cv, executor, journal, seed, progress)
        self.grid = grid


class RandomSearch(Search):
    """Try n candidates that are drawn at random.

    With several parameters of which one matters, n draws try n values of it, where a grid of n candidates tries the few
    values of its axis again and again (Bergstra & Bengio 2012, "Random search for hyper-parameter optimization", Journal of
    Machine Learning Research 13:281).

    Args:
        estimator: as in GridSearch.
        space: {name: LogUniform(low, high), Uniform(low, high), or a list of values that are equally likely}.
        n: how many candidates. They are drawn when the search is made, from Generator(seed): a search that goes on tries the
            same ones, and those of a shorter search are the first of a longer one.
        cv, executor, journal, progress: as in GridSearch.
        seed: decides the candidates, too.

    Attributes:
        candidates, results, best_params_, best_score_, best_index_, cv_results_, n_splits_: see Search.

    Raises:
        TypeError, ValueError: as in GridSearch; an n below 1.

    Example:
        >>> import numpy as np
        >>> from tinyreg.selection import LogUniform
        >>> def score(train, test, strength, p):
        ...     return -abs(strength - 0.1) - p
        >>> search = RandomSearch(score, {"strength": LogUniform(1e-3, 10), "p": [0.0, 0.5]}, 20, cv=2).fit(np.zeros((4, 1)))
        >>> len(search.results), search.best_params_["p"]
        (20, 0.0)
    """

    def __init__(
        self, estimator: Any, space: Any, n: int, *, cv: Any = 5, executor: Any = None, journal: Any = None, seed: int = 0,
        progress: Any = None,
    ) -> None:  # fmt: skip
        candidates = of_space("RandomSearch", space, n, check_seed("RandomSearch", seed))
        tried = {"n": int(n), "space": dict(space)}
        super().__init__(estimator, candidates, tried, cv, executor, journal, seed, progress)
        self.space, self.n = space, int(n)
