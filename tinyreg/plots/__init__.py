"""Figures of the instruments, one function a figure: each returns a matplotlib Figure in the look of the house.

    coefficient_path   how each coefficient grows, enters and leaves as the strength falls
    filter_factors     what ridge, early stopping and principal components leave of each singular direction
    balls              why L1 gives zeros and L2 does not: balls and contours of a real regression
    double_descent     how least squares gets worse with more data, and ridge of the best strength does not
    ioffe_szegedy      batch norm learns faster, and what a sigmoid is fed meanwhile: the published figure, run again
    validation_curve   which strength cross-validation chooses: the best, and the strongest within one standard error of it
    ledger             who pulls at which parameter: the data, each penalty, weight_decay; and what a teacher would say
    conventions        the number that each library and paper needs for one and the same training

In a notebook the last line of a cell shows the figure; `.savefig("path.png")` writes it.
"""

from .balls import balls
from .coefficient_path import coefficient_path
from .conventions import conventions
from .double_descent import double_descent
from .filter_factors import filter_factors
from .ioffe_szegedy import ioffe_szegedy
from .ledger import ledger
from .validation_curve import validation_curve

__all__ = ["balls", "coefficient_path", "conventions", "double_descent", "filter_factors", "ioffe_szegedy", "ledger", "validation_curve"]
