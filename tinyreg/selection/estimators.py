"""What is tuned: a function that trains and measures, or an object that can be fitted and scored."""

import copy
import inspect
from collections.abc import Iterable
from typing import Any


class Scorer:
    """One way to call both kinds of estimators: scorer(train, test, params) is the score, of which greater is better.

    Args:
        who: whom errors name.
        estimator: score(train, test, **params), a function; or an object with fit(X, y) and score(X, y). The object is
            never touched: for every candidate and fold a deep copy of it gets its params, by set_params(**params) where
            it has that, else as attributes, which it must have.

    Raises:
        TypeError: it is neither; a class instead of an object.

    Example:
        >>> def score(train, test, strength):
        ...     return -strength
        >>> scorer = Scorer("doctest", score)
        >>> scorer.must_take(["strength"])
        >>> scorer([1], [2], {"strength": 3.0})
        -3.0
    """

    def __init__(self, who: str, estimator: Any) -> None:
        self.who, self.estimator = who, estimator
        self.fits = hasattr(estimator, "fit") and hasattr(estimator, "score")
        if isinstance(estimator, type):
            raise TypeError(f"{who}: estimator must be an object, got the class {estimator.__name__}; write {estimator.__name__}()")
        if not self.fits and not callable(estimator):
            raise TypeError(
                f"{who}: estimator must be a function score(train, test, **params) or have fit and score, got {type(estimator).__name__}; "
                "write a function that trains, and returns a score of which greater is better"
            )

    def must_take(self, names: Iterable[str]) -> None:
        """Refuse params that the estimator does not know.

        Args:
            names: of what will be set.

        Raises:
            TypeError: a function without such an argument, or with another that has no default.
            ValueError: an object without such a parameter.
        """
        if not self.fits:
            return _check_call(self.who, self.estimator, sorted(names))
        unknown = [name for name in sorted(names) if not _has_parameter(self.estimator, name)]
        if unknown:
            known, kind = ", ".join(_parameters(self.estimator)) or "none", type(self.estimator).__name__
            raise ValueError(f"{self.who}: {kind} must have what is set, got {unknown[0]!r}; known are {known}")

    def __call__(self, train: Any, test: Any, params: dict[str, Any]) -> Any:
        if not self.fits:
            return self.estimator(train, test, **params)
        estimator = copy.deepcopy(self.estimator)
        if hasattr(estimator, "set_params"):
            estimator.set_params(**params)
        else:
            for name, value in params.items():
                setattr(estimator, name, value)
        estimator.fit(*_sides(train))
        return estimator.score(*_sides(test))

    @property
    def name(self) -> str:
        """Where the estimator is defined, in words."""
        inner = getattr(self.estimator, "func", self.estimator)  # of a functools.partial
        named = inner if hasattr(inner, "__qualname__") else type(inner)
        return f"{named.__module__}.{named.__qualname__}"

    def settings(self) -> dict[str, Any]:
        """What an object, or a functools.partial, was made with, as far as it says."""
        if hasattr(self.estimator, "func"):
            return {str(i): value for i, value in enumerate(self.estimator.args)} | dict(self.estimator.keywords)
        return _parameters(self.estimator) if self.fits else {}


def _sides(part):
    return part if isinstance(part, tuple) else (part,)


def _parameters(estimator):
    if hasattr(estimator, "get_params"):
        return dict(estimator.get_params())
    held = getattr(estimator, "__dict__", {})
    return {name: value for name, value in held.items() if not name.startswith("_") and not name.endswith("_")}  # coef_ was learnt


def _has_parameter(estimator, name):
    return name in estimator.get_params() if hasattr(estimator, "get_params") else hasattr(estimator, name)


def _check_call(who, function, names):
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # one that is written in C does not say
        return
    try:
        signature.bind("train", "test", **dict.fromkeys(names))
    except TypeError as error:
        raise TypeError(
            f"{who}: estimator must take (train, test{''.join(f', {name}' for name in names)}), got {signature} ({error}); "
            "what is tuned is passed by name"
        ) from None
