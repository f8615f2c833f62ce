"""What a linear model is fitted to: a table of inputs and one number an example, in float64 on the host."""

import math
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...autograd import Tensor
from ...backend import to_numpy
from ...types import HostArray


class CoefficientPath(NamedTuple):
    """What the paths return: how the coefficients of a linear model move while the penalty is loosened.

    Attributes:
        strengths: (k,) float64, falling.
        coefs: (features, k) float64; column i belongs to strengths[i].
        info: what is known about the way there; its keys are said by the function that returns it.

    Example:
        >>> import numpy
        >>> path = CoefficientPath(numpy.array([2.0, 1.0]), numpy.array([[0.0, 3.0]]), {})
        >>> strengths, coefs, info = path
        >>> path.coefs.shape
        (1, 2)
    """

    strengths: HostArray
    coefs: HostArray
    info: dict[str, Any]


def numbers(who: str, name: str, values: Any, ndim: int) -> HostArray:
    """Values as a new float64 array on the host, refused unless they are finite real numbers in ndim dimensions.

    Args:
        who, name: for the message: the function that asks, and its argument.
        values: a Tensor on any device, an array, or (nested) lists of numbers; left as they are.
        ndim: 1 for a row of numbers, 2 for a table.

    Returns:
        A new array, row by row in memory.

    Raises:
        TypeError: not real numbers.
        ValueError: another number of dimensions; nothing in it; NaN or infinity.

    Example:
        >>> numbers("ridge", "y", [1, 2], 1)
        array([1., 2.])
    """
    what = ("a row of numbers", "a table of numbers, one row an example")[ndim - 1]
    try:
        array = to_numpy(values.array if isinstance(values, Tensor) else values)
    except ValueError:
        raise ValueError(f"{who}: {name} must be {what}, got rows of unequal length; give every row the same columns") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{who}: {name} must hold real numbers, got dtype {array.dtype}; code categories as columns of 0 and 1")
    if array.ndim != ndim:
        way = {(1, 2): "reshape(-1, 1) makes one column of it", (2, 1): "ravel() makes a row of one column; fit each target by itself"}
        advice = way.get((array.ndim, ndim), "reshape it")
        raise ValueError(f"{who}: {name} must be {what}, got shape {array.shape}; {advice}")
    if not array.size:
        raise ValueError(f"{who}: {name} must hold at least one number, got shape {array.shape}; there is nothing to fit")
    array = np.array(array, dtype="float64", order="C")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f"{name}[{', '.join(map(str, where))}]"
        raise ValueError(f"{who}: {name} must hold finite numbers, got {array[where]} at {place}; fill in what is missing, or drop the row")
    return array


def design(who: str, X: Any, y: Any) -> tuple[HostArray, HostArray]:
    """Make the inputs and the targets of a linear model float64 arrays on the host, refused where they do not fit.

    No column of ones is added, and nothing is centred or scaled: centre X and y before, and the intercept that is left
    out is the mean of y, unpenalized.

    Args:
        who: the function that asks, for the message.
        X: the inputs, a row an example; a Tensor on any device, an array or lists. Left as they are.
        y: one target an example.

    Shape:
        X (n, d), y (n,) with n, d >= 1.

    Returns:
        New float64 arrays (n, d) and (n,).

    Raises:
        TypeError: X or y does not hold real numbers.
        ValueError: the shapes do not fit; something is empty, NaN or infinite.

    Example:
        >>> X, y = design("ridge", [[1, 2], [3, 4]], [5, 6])
        >>> X.shape, y.dtype
        ((2, 2), dtype('float64'))
    """
    table, targets = numbers(who, "X", X, 2), numbers(who, "y", y, 1)
    if len(table) != len(targets):
        raise ValueError(
            f"{who}: X and y must have an entry for each example, got X of shape {table.shape} and y of shape {targets.shape}; "
            f"the rows of X are the examples{', X.T has as many' if table.shape[1] == len(targets) else ''}"
        )
    return table, targets


def check_strengths(who: str, strengths: Any) -> HostArray:
    """Strengths of a path as a float64 array, falling; equal ones are kept.

    Args:
        who: the function that asks, for the message.
        strengths: finite numbers of at least 0 in any order, at least one.

    Raises:
        TypeError: not real numbers.
        ValueError: one is negative or not finite; there is none.

    Example:
        >>> check_strengths("lasso_path", [0.1, 10, 1, 1]).tolist()
        [10.0, 1.0, 1.0, 0.1]
    """
    falling = np.sort(numbers(who, "strengths", strengths, 1))[::-1].copy()
    if falling[-1] < 0:
        raise ValueError(f"{who}: strengths must be finite numbers of at least 0, got {falling[-1]}; 0 is least squares")
    return falling


def geometric(largest: float, n_strengths: int, eps: float) -> HostArray:
    """A path's strengths from the largest down to eps times the largest, each the same share of the one before.

    Example:
        >>> geometric(10.0, 3, 0.01).tolist()
        [10.0, 1.0, 0.1]
    """
    steps = np.arange(n_strengths) / max(n_strengths - 1, 1)
    return largest * np.exp(math.log(eps) * steps)


def on_the_way(largest: float, strength: float) -> Iterator[float]:
    """Strengths before a much smaller one, so that few weights have to change at a time; the strength itself comes last.

    Example:
        >>> list(on_the_way(16.0, 0.9))
        [4.0, 1.0, 0.9]
    """
    between = largest / 4
    while between > strength:
        yield between
        between /= 4
    yield strength


def check_grid(who: str, n_strengths: Any, eps: Any, max_iter: Any) -> None:
    """Refuse a number of strengths or of sweeps that is no positive integer, and an end that does not lie in (0, 1).

    Raises:
        TypeError: n_strengths or max_iter is no integer.
        ValueError: there would be no strength or no sweep, or the strengths would not fall.

    Example:
        >>> check_grid("lasso_path", 100, 1e-3, 1000)
    """
    if isinstance(n_strengths, bool) or not isinstance(n_strengths, (int, np.integer)):
        raise TypeError(f"{who}: n_strengths must be an integer, got {n_strengths!r}; 100 is common")
    if n_strengths < 1:
        raise ValueError(f"{who}: n_strengths must be at least 1, got {n_strengths}; 100 is common")
    if not isinstance(eps, (int, float, np.floating)) or not 0 < eps < 1:
        raise ValueError(f"{who}: eps must lie in (0, 1), got {eps!r}; it is the last strength as a share of the first")
    if isinstance(max_iter, bool) or not isinstance(max_iter, (int, np.integer)):
        raise TypeError(f"{who}: max_iter must be an integer, got {max_iter!r}; 1000 is plenty")
    if max_iter < 1:
        raise ValueError(f"{who}: max_iter must be at least 1, got {max_iter}; 1000 is plenty")


def warn_of_violations(who: str, path: CoefficientPath, limits: HostArray, max_iter: int, stacklevel: int) -> None:
    """Warn of the strength whose conditions of optimality are missed by more than its limit, the worst of them.

    Args:
        who: the function that was called.
        path: with "kkt" and "iterations" in its info.
        limits: what is promised for each strength, (k,).
        max_iter: the sweeps that were allowed.
        stacklevel: of warnings.warn, seen from here.

    Example:
        >>> import numpy
        >>> path = CoefficientPath(numpy.array([1.0]), numpy.zeros((2, 1)), {"kkt": numpy.array([1e-9]), "iterations": [3]})
        >>> warn_of_violations("lasso_path", path, numpy.array([1e-7]), 1000, 2)
    """
    missed = path.info["kkt"]
    if (missed > limits).any():
        worst = int(np.argmax(missed / limits))
        warnings.warn(
            f"{who}: at strength {path.strengths[worst]:.3g} the conditions of optimality are missed by {missed[worst]:.1e}, more than "
            f"{limits[worst]:.1e}, after {path.info['iterations'][worst]} sweeps; raise max_iter={max_iter}, or give larger strengths",
            stacklevel=stacklevel,
        )
