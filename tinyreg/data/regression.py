"""Diabetes and Prostate: the two small tables on which the penalized regressions were introduced, and their papers' scalings.

    scaling=None         the values as they were measured
    scaling="norm"       every input column centred, sum of its squares 1            (Efron et al. 2004; Zou & Hastie 2005)
    scaling="variance"   every input column centred, variance 1 (divided by n - 1)   (Hastie, Tibshirani, Friedman 2009)

Scaled, the targets are centred, too, so that no intercept is needed. Which of the two it is matters: the same penalty on
columns that are larger by sqrt(n - 1) is weaker by n - 1. Where there are test rows, means and scales are those of the
training rows: they belong to what is learned.
"""

import csv
from importlib.resources import files
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import asarray
from ..types import DType
from .dataset import TensorDataset


class RegressionTable(TensorDataset):
    """A table of numbers: inputs, and one number to be predicted.

    Args:
        inputs: (n, d) host array.
        targets: (n,) host array.
        fitted: which rows the means and scales come from, a mask.
        chosen: which rows are kept, a mask.
        scaling: None, "norm" or "variance"; see above.
        dtype: of the Tensors.

    Attributes:
        data: the inputs of the kept rows, a Tensor.
        targets: their targets, a Tensor.
        center, scale: (d,) host arrays; data is (inputs - center) / scale. Without scaling 0 and 1.
        target_center: a float; targets is (targets - target_center).
        feature_names: the names of the inputs.
        target_name: the name of what is to be predicted.

    Raises:
        ValueError: an unknown scaling.

    Example:
        >>> import numpy
        >>> x, y, all_of_them = numpy.array([[1.0], [3.0]]), numpy.array([5.0, 9.0]), numpy.array([True, True])
        >>> table = RegressionTable(x, y, all_of_them, all_of_them, "norm")
        >>> table[0]
        (tensor([-0.7071], dtype=tinyreg.float64), tensor(-2., dtype=tinyreg.float64))
    """

    feature_names: list[str] = []
    target_name = ""

    def __init__(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        fitted: np.ndarray,
        chosen: np.ndarray,
        scaling: str | None = None,
        dtype: DType = "float64",
    ) -> None:
        if scaling not in (None, "norm", "variance"):
            raise ValueError(
                f"{type(self).__name__}: scaling must be None, 'norm' or 'variance', got {scaling!r}; "
                "'norm' makes the squares of a column sum to 1, 'variance' to n - 1"
            )
        self.center, self.scale, self.target_center = np.zeros(inputs.shape[1]), np.ones(inputs.shape[1]), 0.0
        if scaling is not None:
            self.center, self.target_center = inputs[fitted].mean(axis=0), float(targets[fitted].mean())
            squares = ((inputs[fitted] - self.center) ** 2).sum(axis=0)
            self.scale = np.sqrt(squares if scaling == "norm" else squares / (fitted.sum() - 1))
        rows, goals = (inputs[chosen] - self.center) / self.scale, targets[chosen] - self.target_center
        super().__init__(wrap(asarray(rows, dtype=dtype)), wrap(asarray(goals, dtype=dtype)))

    @property
    def data(self) -> Tensor:
        """The inputs, one row an example."""
        return self.tensors[0]

    @property
    def targets(self) -> Tensor:
        """What is to be predicted, one number an example."""
        return self.tensors[1]


def _columns(name):
    """The columns of a table of the package: {name: float64 array}."""
    lines = files("tinyreg.data").joinpath("files", name).read_text(encoding="utf-8").splitlines()
    header, *rows = csv.reader(lines)
    return dict(zip(header, np.array(rows, dtype="float64").T, strict=True))


class Diabetes(RegressionTable):
    """442 patients, ten measurements each, and how their diabetes had progressed a year later. Comes with the package.

    Source: Efron, Hastie, Johnstone, Tibshirani 2004, "Least angle regression", Annals of Statistics 32:407; the inputs are
    age, sex, body mass index, mean blood pressure and six serum measurements. The paper and R's lars take
    scaling="norm" (its lasso path begins at max_j |<x_j, y>| = 949.435); scikit-learn's load_diabetes has these inputs, and
    targets that are not centred.

    Args:
        root: accepted as in torchvision's datasets; the data come with the package.
        scaling: None for the measured values, "norm" or "variance"; see the module.
        dtype: float64 (what the solvers of penalized regressions need for the papers' digits) or float32 (what a network
            of float32 weights takes).

    Attributes:
        data, targets: Tensors of shape (442, 10) and (442,).
        feature_names, target_name: the names of the columns.
        center, scale, target_center: what was subtracted and divided by.

    Raises:
        ValueError: an unknown scaling.

    Example:
        >>> diabetes = Diabetes()
        >>> x, y = diabetes[0]
        >>> len(diabetes), x.shape, y.item()
        (442, Size([10]), 151.0)
    """

    feature_names = "age sex bmi bp s1 s2 s3 s4 s5 s6".split()
    target_name = "y"

    def __init__(self, root: Any = None, scaling: str | None = None, dtype: DType = "float64") -> None:
        columns = _columns("diabetes.csv")
        everyone = np.ones(len(columns["y"]), dtype=bool)
        inputs = np.stack([columns[name] for name in self.feature_names], axis=1)
        super().__init__(inputs, columns["y"], everyone, everyone, scaling, dtype)


class Prostate(RegressionTable):
    """97 men before an operation of the prostate, eight measurements each, and the logarithm of an antigen. Comes with the package.

    Source: Stamey et al. 1989, Journal of Urology 141:1076; the division into 67 training and 30 test rows is that of
    Hastie, Tibshirani, Friedman 2009, "The Elements of Statistical Learning". Two versions of the data are in print: until
    about 2009 row 32 had lweight 6.1076, a prostate of 449 g, which is 44.9 g (3.8044). Papers before are reproduced with
    corrected=False (Zou & Hastie 2005: least squares has the test error 0.586), the book with corrected=True (0.521).

    Args:
        root: accepted as in torchvision's datasets; the data come with the package.
        train: the 67 training rows, the 30 test rows; None for all 97.
        corrected: row 32 as corrected, or as printed before.
        scaling: None for the measured values, "norm" or "variance", both by the training rows (by all 97 with
            train=None); see the module.
        dtype: float64 or float32, as in Diabetes.

    Attributes:
        data, targets: Tensors of shape (N, 8) and (N,).
        feature_names, target_name: the names of the columns.
        center, scale, target_center: what was subtracted and divided by.

    Raises:
        ValueError: an unknown scaling.

    Example:
        >>> len(Prostate()), len(Prostate(train=False)), Prostate().feature_names[:2]
        (67, 30, ['lcavol', 'lweight'])
    """

    feature_names = "lcavol lweight age lbph svi lcp gleason pgg45".split()
    target_name = "lpsa"

    def __init__(
        self, root: Any = None, train: bool | None = True, corrected: bool = True, scaling: str | None = None, dtype: DType = "float64"
    ) -> None:
        columns = _columns("prostate.csv")
        if not corrected:
            columns["lweight"] = columns["lweight_uncorrected"]
        training = columns["train"] == 1
        inputs = np.stack([columns[name] for name in self.feature_names], axis=1)
        everyone = np.ones(len(training), dtype=bool)
        chosen = everyone if train is None else training if train else ~training
        super().__init__(inputs, columns["lpsa"], everyone if train is None else training, chosen, scaling, dtype)
