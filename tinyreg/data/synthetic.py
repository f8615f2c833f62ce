"""Data of known law: two moons, spirals, a linear model."""

import math
from collections.abc import Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import asarray, get_default_dtype, xp
from ..random import Generator, chosen_generator
from ..types import DType


def _check(who, name, value, least, way):
    """Refuse what is no finite number of at least `least`; counts must be integers."""
    integer = isinstance(least, int)
    if not isinstance(value, (int, np.integer) if integer else (int, float, np.number)) or not least <= value < math.inf:
        kind = "an integer" if integer else "a number"
        raise ValueError(f"{who}: {name} must be {kind} of at least {least}, got {name}={value!r}; {way}")


def _finish(points, labels, noise, generator, dtype):
    """Points with noise, in random order, and their labels."""
    order = asarray(generator.permutation(len(labels)))
    points = points[order]
    if noise:
        points += noise * generator.normal(points.shape, dtype="float64")
    return wrap(points.astype(dtype or get_default_dtype())), wrap(labels[order])


def two_moons(n: int, noise: float = 0.1, generator: Generator | None = None, dtype: DType = None) -> tuple[Tensor, Tensor]:
    """Two half circles that reach into each other, n points in all.

        class 0, floor(n / 2) points:   (cos t, sin t)
        class 1, the others:            (1 - cos t, 1/2 - sin t)         t from 0 to pi in equal steps, both ends taken

    and to each coordinate noise * N(0, 1) is added. The points come in random order. (The law of scikit-learn's make_moons.)

    Args:
        n: points, at least 0.
        noise: standard deviation of each coordinate, at least 0: without noise the classes are apart, at 0.3 they mix.
        generator: where chance comes from; the default generator if None.
        dtype: of the points; the default dtype if None.

    Returns:
        Points of shape (n, 2) and int64 classes of shape (n,).

    Raises:
        ValueError: n is no count, or the noise is negative.

    Example:
        >>> x, y = two_moons(100, noise=0.0)
        >>> x.shape, y.sum().item()
        (Size([100, 2]), 50)
    """
    _check("two_moons", "n", n, 0, "it counts the points")
    _check("two_moons", "noise", noise, 0.0, "it is a standard deviation")
    lib, first = xp(), n // 2
    outer, inner = (lib.linspace(0, math.pi, count, dtype="float64") for count in (first, n - first))
    x = lib.concatenate([lib.cos(outer), 1 - lib.cos(inner)])
    y = lib.concatenate([lib.sin(outer), 0.5 - lib.sin(inner)])
    labels = (lib.arange(n) >= first).astype("int64")
    return _finish(lib.stack([x, y], axis=1), labels, noise, chosen_generator(generator), dtype)


def spirals(
    n: int, noise: float = 0.02, classes: int = 2, turns: float = 1.0, generator: Generator | None = None, dtype: DType = None
) -> tuple[Tensor, Tensor]:
    """Spiral arms around the origin, one a class, n points in all.

    The i-th point lies on the arm of class k = i mod classes, at the share s = (i + 1/2) / n of its length:

        s * (cos a, sin a),   a = 2 pi (turns * s + k / classes)

    and to each coordinate noise * N(0, 1) is added. The points come in random order.

    Args:
        n: points, at least 0; the classes differ by one point at most.
        noise: standard deviation of each coordinate, at least 0. Neighbouring arms are 1 / (turns * classes) apart.
        classes: arms, at least 1.
        turns: how often an arm winds around the origin; 0 makes the arms straight.
        generator: where chance comes from; the default generator if None.
        dtype: of the points; the default dtype if None.

    Returns:
        Points of shape (n, 2) and int64 classes of shape (n,).

    Raises:
        ValueError: n or classes is no count, or the noise is negative.

    Example:
        >>> x, y = spirals(90, classes=3)
        >>> x.shape, [(y == k).sum().item() for k in range(3)]
        (Size([90, 2]), [30, 30, 30])
    """
    _check("spirals", "n", n, 0, "it counts the points")
    _check("spirals", "classes", classes, 1, "it counts the arms")
    _check("spirals", "noise", noise, 0.0, "it is a standard deviation")
    _check("spirals", "turns", abs(turns), 0.0, "a negative number winds the other way")
    lib = xp()
    labels = (lib.arange(n) % classes).astype("int64")
    s = (lib.arange(n, dtype="float64") + 0.5) / max(n, 1)
    a = 2 * math.pi * (turns * s + labels / classes)
    return _finish(s[:, None] * lib.stack([lib.cos(a), lib.sin(a)], axis=1), labels, noise, chosen_generator(generator), dtype)


def linear_regression(
    n: int,
    d: int,
    noise: float = 1.0,
    weight: Tensor | np.ndarray | Sequence[float] | None = None,
    correlation: float = 0.0,
    generator: Generator | None = None,
    dtype: DType = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Targets that are a linear function of Gaussian inputs, and noise.

        y = <x, weight> + noise * N(0, 1),   x ~ N(0, C),   C_jk = correlation**|j - k|

    With correlation 0 the inputs are independent. The best weight that is learned from n examples has the expected risk
    noise**2 on new ones, which nothing goes below; least squares peaks at n = d.

    Args:
        n: examples, at least 0.
        d: inputs of each, at least 1.
        noise: standard deviation of the noise, at least 0.
        weight: d numbers; None draws a direction, of length 1, uniformly.
        correlation: of neighbouring inputs, in (-1, 1).
        generator: where chance comes from; the default generator if None.
        dtype: of the three; the default dtype if None.

    Returns:
        Inputs (n, d), targets (n,), and the weight (d,).

    Raises:
        ValueError: a number out of its range, or a weight of another length.

    Source: Nakkiran, Venkat, Kakade, Ma 2021, arXiv:2003.01897, figure 1 (d = 500, noise 1/2, weight of length 1); with
    correlation 1/2, noise 3 and the weight (3, 3/2, 0, 0, 2, 0, 0, 0) Tibshirani 1996, section 7.2.

    Example:
        >>> x, y, weight = linear_regression(4, 2, noise=0.0, weight=[1.0, -2.0])
        >>> ((x[:, 0] - 2 * x[:, 1] - y).abs() < 1e-5).all().item()
        True
    """
    _check("linear_regression", "n", n, 0, "it counts the examples")
    _check("linear_regression", "d", d, 1, "it counts the inputs of an example")
    _check("linear_regression", "noise", noise, 0.0, "it is a standard deviation")
    if not -1 < correlation < 1:
        raise ValueError(f"linear_regression: correlation must lie in (-1, 1), got correlation={correlation}; 0 makes inputs independent")
    generator, dtype = chosen_generator(generator), dtype or get_default_dtype()
    if weight is None:
        w = generator.normal((d,), dtype="float64")
        w /= math.sqrt(float((w * w).sum()))
    else:
        w = asarray(weight.array if isinstance(weight, Tensor) else weight, dtype="float64")
    if w.shape != (d,):
        raise ValueError(f"linear_regression: weight must hold d={d} numbers, got shape {tuple(w.shape)}; it has one for each input")
    z = generator.normal((n, d), dtype="float64")
    x = z if correlation == 0 else z @ _factor(d, correlation)
    y = x @ w
    if noise:
        y += noise * generator.normal((n,), dtype="float64")
    return wrap(x.astype(dtype)), wrap(y.astype(dtype)), wrap(w.astype(dtype))


def _factor(d, correlation):
    """The upper triangle R with R' R = C: each input is the one before it times the correlation, and something new.

    x_0 = z_0,  x_k = c x_(k-1) + sqrt(1 - c**2) z_k;  so R_jk = c**(k - j) (1 if j = 0 else sqrt(1 - c**2)) for j <= k
    """
    lib = xp()
    steps = lib.arange(d)[None, :] - lib.arange(d)[:, None]
    factor = lib.where(steps >= 0, float(correlation) ** abs(steps), 0.0)
    factor[1:] *= math.sqrt(1 - correlation**2)
    return factor
