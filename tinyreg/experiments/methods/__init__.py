"""The methods that are compared, as data: a row says what a method changes, and among which strengths it is chosen.

A new regularizer joins the comparison by one more row; method.py says what a row may change. Which strength is used is
decided on the validation images, by runs that are not reported.

    >>> METHODS["l2"].candidates
    ({'strength': 0.003}, {'strength': 0.01}, {'strength': 0.03}, {'strength': 0.1})
"""

from . import activations, combinations, data, targets, training, weights
from .method import Method, grid
from .weights import ADAM_LEARNING_RATE, NONE

FAMILIES = (weights, activations, targets, data, training, combinations)
METHODS = {method.name: method for method in (NONE, *(row for family in FAMILIES for row in family.ROWS))}

__all__ = ["ADAM_LEARNING_RATE", "FAMILIES", "METHODS", "Method", "grid"]
