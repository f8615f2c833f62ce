"""The half of the mean of squares as a function of the coefficients: its gradient, its second derivatives, its roundings."""

import numpy as np

from ...types import HostArray

EPS = float(np.finfo("float64").eps)
SMALLEST = float(np.sqrt(np.finfo("float64").tiny / EPS))  # the squares of shorter columns, 1e-146, lose digits


class LinearModel:
    """|y - Xb|^2/(2n): inputs and targets, and the parts of X'X/n that were asked for, each computed once.

    Args:
        who: the function that asks, for the message.
        X, y: (n, d) and (n,) float64 arrays.

    Attributes:
        n: the number of examples.
        norms: (d,) lengths of the columns.
        correlation: (d,) X'y/n, the gradient at b = 0 but for its sign.
        largest: the largest of them in absolute value.

    Raises:
        ValueError: squares of the entries do not fit into float64.

    Example:
        >>> import numpy
        >>> model = LinearModel("lasso_path", numpy.array([[1.0, 0.0], [1.0, 2.0]]), numpy.array([1.0, 3.0]))
        >>> model.correlation, model.gram(numpy.array([1]))
        (array([2., 3.]), array([[2.]]))
    """

    def __init__(self, who: str, X: HostArray, y: HostArray) -> None:
        self.X, self.y, self.n = np.asfortranarray(X), y, len(y)
        with np.errstate(over="ignore", invalid="ignore"):
            self.norms = np.sqrt(np.einsum("ij,ij->j", X, X))
            self.size = float(np.sqrt(y @ y))
            self.correlation = self.X.T @ y / self.n
        self.largest = float(abs(self.correlation).max())
        if not np.isfinite([self.norms.max(), self.size, self.largest]).all() or (X.any(axis=0) & (self.norms < SMALLEST)).any():
            raise ValueError(
                f"{who}: the squares of X and y must fit into float64, got columns with entries between {abs(X).max(axis=0).min():.1e} "
                f"and {abs(X).max():.1e} and y up to {abs(y).max():.1e}; divide them by their sizes"
            )
        self._place = np.full(X.shape[1], -1)  # of a column in _products
        self._known = np.empty(0, dtype=np.intp)
        self._products = np.empty((0, 0))

    def gradient(self, b: HostArray) -> HostArray:
        """X'(y - Xb)/n, from the residuals; (d,) -> (d,)."""
        active = np.flatnonzero(b)
        return self.X.T @ (self.y - self.X[:, active] @ b[active]) / self.n

    def rounding(self, b: HostArray) -> HostArray:
        """How far each element of the gradient may be off in float64; (d,) -> (d,)."""
        return 4 * EPS * self.norms * (self.size + self.norms @ abs(b)) / self.n

    def gram(self, columns: HostArray) -> HostArray:
        """X'X/n between these columns; (k,) indices -> (k, k)."""
        new = columns[self._place[columns] < 0]
        if len(new):
            before = len(self._known)
            self._place[new] = before + np.arange(len(new))
            self._known = np.concatenate([self._known, new])
            mixed = self.X[:, self._known].T @ self.X[:, new] / self.n
            self._products = np.block([[self._products, mixed[:before]], [mixed[:before].T, mixed[before:]]])
        places = self._place[columns]
        return np.ascontiguousarray(self._products[np.ix_(places, places)])

    def newton_step(self, columns: HostArray, gram: HostArray, slope: HostArray, l2: float) -> tuple[HostArray, bool]:
        """The step to the minimum of a quadratic over some columns, X'X/n + l2 its second derivative, and if it is endless.

        Where columns depend on each other there may be no minimum: along the part of the slope that no step takes away,
        the quadratic is a straight line downhill.

        Args:
            columns: (k,) indices.
            gram: (k, k), of these columns.
            slope: (k,), how fast the quadratic falls along each.
            l2: at least 0.

        Returns:
            (step, False), or (direction, True) where the way has no end.
        """
        size, wide = abs(slope).max(), len(columns) > self.n
        try:
            if wide and l2 > 0:
                rows = self.X[:, columns]
                step = (slope - rows.T @ np.linalg.solve(_plus(rows @ rows.T / self.n, l2), rows @ slope) / self.n) / l2    # (10)
            else:
                step = np.linalg.solve(_plus(gram.copy(), l2), slope)             # (10)
            if abs(gram @ step + l2 * step - slope).max() <= 1e-6 * size:
                return step, False
        except np.linalg.LinAlgError:  # singular to the last digit
            pass
        _, d, Vt = np.linalg.svd(self.X[:, columns], full_matrices=False)
        kept = d > max(self.n, len(columns)) * EPS * d[0]
        d, Vt = d[kept], Vt[kept]
        along = Vt @ slope
        rest = slope - Vt.T @ along
        rest -= Vt.T @ (Vt @ rest)  # else a rounding error over l2 would be a step
        if l2 == 0 and abs(rest).max() > 1e-6 * size:
            return rest, True
        step = Vt.T @ (along / (d * d / self.n + l2))
        return (step + rest / l2 if l2 > 0 else step), False


def _plus(matrix, l2):
    """The matrix with l2 added to its diagonal, in place."""
    matrix.flat[:: len(matrix) + 1] += l2
    return matrix
