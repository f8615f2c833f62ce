"""cross_val_score: how well an estimator does on examples that it was not trained on."""

from collections.abc import Mapping
from typing import Any

from ..types import HostArray
from .division import Division
from .estimators import Scorer
from .examples import Examples
from .measuring import check_seed, measure


def cross_val_score(
    estimator: Any, X: Any, y: Any = None, *, cv: Any = 5, params: Mapping[str, Any] | None = None, executor: Any = None,
    seed: int = 0, progress: Any = None,
) -> HostArray:  # fmt: skip
    """Train and measure once a fold, each time on the others.

    Args:
        estimator: one of two.
            A function score(train, test, **params) that trains on the one part, and returns its score on the other: a
            number of which greater is better (an accuracy, minus an error; scikit-learn's rule), or a dict that holds it
            under "score" and beside it other numbers, which a search keeps in its rows. The parts are Subsets of
            a dataset, pairs (X, y) of arrays or Tensors, or parts of X where there is no y.
            An object with fit(X, y) and score(X, y), scikit-learn's protocol (fit(part) and score(part) where there is no
            y). For every fold a deep copy of it is fitted; it is never touched itself.
        X: a dataset (anything with a length that gives an example for an index), or inputs along their first dimension.
        y: the targets of inputs; None of a dataset.
        cv: an integer k, or an object with split (KFold), or pairs (train, test) of indices. An integer takes
            StratifiedKFold where the targets look like classes (integers, bools or strings, each k times on the average),
            else KFold, both without shuffling, as scikit-learn does. Whole numbers that are to be regressed: KFold(k).
        params: what is passed to the function by name; of an object, set by its set_params, or else as attributes.
        executor: who does the work: any executor of concurrent.futures, or whatever has submit; None does one fold after
            the other. No number depends on it, as long as the BLAS threads are equally many: see processes. Processes are
            sent X and y with every fold; of large data, threads or a dataset that reads its examples from files cost less.
        seed: decides, with the number of a fold, the default generator while the estimator works. The caller's stays where
            it was.
        progress: None is silent; True shows a bar after two seconds; or a function progress(done, planned, row).

    Shape:
        (k,), one score a fold, float64.

    Returns:
        A NumPy array. A training that diverged (FloatingPointError), or a score that is not finite, is NaN.

    Raises:
        TypeError: an estimator that is neither, a dataset with y, what a process cannot be sent.
        ValueError: X and y of different lengths, more folds than examples, a fold with an example on both sides.
        RuntimeError: the estimator raised something else; the sentence names the fold, and __cause__ is what it raised.

    Example:
        >>> import numpy as np
        >>> X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([2.0, 4.0, 6.0, 8.0])
        >>> def score(train, test, strength):
        ...     (x, t), (u, v) = train, test
        ...     w = (x[:, 0] @ t) / (x[:, 0] @ x[:, 0] + strength)  # ridge regression through the origin
        ...     return -((v - u[:, 0] * w) ** 2).mean()
        >>> cross_val_score(score, X, y, cv=2, params={"strength": 5.0})  # w is 25/15 and 2 - 1: X'y / (X'X + 5)
        array([ -0.27777778, -12.5       ])
    """
    who = "cross_val_score"
    if params is not None and not isinstance(params, Mapping):
        raise TypeError(f"{who}: params must be a dict, got {params!r:.60}; write {{'strength': 0.1}}")
    params = dict(params or {})
    seed, examples, scorer = check_seed(who, seed), Examples(who, X, y), Scorer(who, estimator)
    scorer.must_take(params)
    folds = Division(who, cv, seed).of(examples)
    return measure(who, scorer, [params], examples, folds, seed=seed, executor=executor, progress=progress)[0][0]
