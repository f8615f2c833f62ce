"""Choosing the strength: cross-validation, searches, and the rule of one standard error.

A strength is no better known than the data allow. Cut into k folds, every example is predicted once by a model that has not
seen it (cross_val_score); the candidates are measured on the same folds (GridSearch, RandomSearch); and of those that the
measurement cannot tell from the best, the most regularized is taken (one_standard_error).

What does the training is a function, or an object with scikit-learn's fit and score. Who does the work is any executor of
concurrent.futures. What is finished is written down at once, where a journal is named.
"""

from ..data.folds import KFold, StratifiedKFold
from .candidates import LogUniform, Uniform, log_grid
from .cross_validation import cross_val_score
from .executors import SerialExecutor
from .one_standard_error import one_standard_error
from .processes import processes
from .results import Row, SearchResults
from .search import GridSearch, RandomSearch

__all__ = [
    "GridSearch",
    "KFold",
    "LogUniform",
    "RandomSearch",
    "Row",
    "SearchResults",
    "SerialExecutor",
    "StratifiedKFold",
    "Uniform",
    "cross_val_score",
    "log_grid",
    "one_standard_error",
    "processes",
]
