"""Conventions: what a strength means in PyTorch, Keras, scikit-learn, Chainer, R and the papers; `tinyreg.convert` translates.

    convention      a convention as data, and the four families
    l2, l1, elastic_net, decay      the rows: objective or step, relation to the house's strength, source
    known           the convention that a name means
    translator      convert(value, source, target, *, lr=None, n=None)
    table           convert.table(), as text, Markdown, HTML and data

A row claims: whoever trains with its rule and its number reaches, step for step, the weights of the house's rule with the
house's number. tests/conventions takes three steps of each.
"""

from .convention import FAMILIES, Convention, Family
from .table import ConventionTable
from .translator import Convert

__all__ = ["FAMILIES", "Convention", "ConventionTable", "Convert", "Family", "convert"]

convert = Convert()
