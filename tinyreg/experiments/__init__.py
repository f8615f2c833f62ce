"""Experiments: the comparison of the regularizers, its figures and its report, and the table of gradient cases."""
