"""The statistics of a comparison: intervals, paired differences, and verdicts that survive many comparisons.

One training run is a sample: another seed gives another subset, other wrong labels, other initial weights, and with them
another accuracy. Three questions, three answers.

    How good is a method?               mean m of n runs, 95 % interval m +- t s / sqrt(n)                           (1)
    Is it better than the baseline?     the same interval for the n differences d_i = method_i - baseline_i          (2)
    Would it be so by luck?             p = P(|T| >= |mean(d)| / (s_d / sqrt(n))), T of Student's law, n - 1 df      (3)

s is the standard deviation with n - 1 in the denominator and t the 97.5 % point of Student's law with n - 1 degrees of
freedom. The differences are paired: run i of both methods shares its seed, so what is easy or hard about seed i cancels,
and (2) is usually much narrower than the difference of two intervals (1).

An accuracy is a count of images, and so are differences: five seeds that differ by the same one image have no spread, and
would give certainty. A count knows its value to half an image, which is a standard deviation of 1/sqrt(12) images, and a
difference of two to sqrt(2/12): no s_d is taken smaller than that.                                              (5)

Eleven comparisons at the 5 % level find a "better" by luck alone in up to 1 - 0.95**11 = 43 % of experiments. Holm's rule
bounds that by 5 % again: sort the p values, multiply the smallest by k, the next by k - 1, ..., never let them fall,   (4)
and call significant what stays under 0.05. It assumes nothing about how the comparisons depend on each other.

Student's law needs the regularized incomplete beta function I_x(a, b), since P(|T| >= t) = I_x(df/2, 1/2) with
x = df / (df + t**2). Its continued fraction is evaluated by Lentz's method.

Sources: Student (1908), Biometrika 6:1; Holm (1979), Scandinavian Journal of Statistics 6:65; the continued fraction:
Abramowitz & Stegun (1964), 26.5.8; Lentz's method: Press et al., Numerical Recipes, section 6.4.
"""

import math
from dataclasses import dataclass


def incomplete_beta(a, b, x):
    """The regularized incomplete beta function I_x(a, b).

    Args:
        a, b: positive numbers.
        x: in [0, 1]; I_0 = 0 and I_1 = 1.

    Returns:
        The probability that a Beta(a, b) variable is at most x.

    Raises:
        ValueError: a or b not positive, x outside [0, 1].

    Example:
        >>> incomplete_beta(1, 1, 0.3)  # the uniform law
        0.3
        >>> round(incomplete_beta(2, 2, 0.5), 12)
        0.5
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"incomplete_beta: a and b must be positive and x lie in [0, 1], got a={a}, b={b}, x={x}; check the arguments")
    if x in (0, 1):
        return float(x)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side: I_x(a, b) = 1 - I_{1-x}(b, a)
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)) / a
    tiny = 1e-300  # Lentz: a denominator that vanishes is replaced by a tiny number
    d = 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    c, fraction = 1.0, d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = 1 / ((1 + coefficient * d) or tiny)
            c = (1 + coefficient / c) or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * fraction


def two_sided_p(t, df):
    """The probability that Student's T with df degrees of freedom is at least |t| in absolute value.

    Example:
        >>> round(two_sided_p(1.0, 1), 12)  # the Cauchy law: half its mass lies beyond +-1
        0.5
    """
    if df < t * t:  # both forms are equal; each is exact where the other rounds
        return incomplete_beta(df / 2, 0.5, df / (df + t * t))
    return 1 - incomplete_beta(0.5, df / 2, t * t / (df + t * t))


def t_quantile(confidence, df):
    """The t that Student's |T| with df degrees of freedom stays under with this probability.

    Args:
        confidence: in (0, 1); 0.95 gives the factor of a 95 % interval.
        df: degrees of freedom, at least 1.

    Raises:
        ValueError: confidence outside (0, 1), df below 1.

    Example:
        >>> round(t_quantile(0.95, 4), 4)  # five runs; the normal law's 1.96 would be far too narrow
        2.7764
    """
    if not 0 < confidence < 1 or df < 1:
        raise ValueError(f"t_quantile: confidence must lie in (0, 1) and df be at least 1, got {confidence} and {df}; take two runs")
    low, high = 0.0, 1.0
    while two_sided_p(high, df) > 1 - confidence:
        high *= 2
    for _ in range(200):  # bisection: p falls in t
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if two_sided_p(middle, df) > 1 - confidence else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class Interval:
    """A mean and its interval: mean - half to mean + half."""

    mean: float
    half: float

    @property
    def low(self):
        """The lower end."""
        return self.mean - self.half

    @property
    def high(self):
        """The upper end."""
        return self.mean + self.half


def _mean_and_error(values, least=0.0):
    """The mean and its standard error s / sqrt(n), s at least `least`."""
    n = len(values)
    mean = math.fsum(values) / n
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    return mean, max(spread, least) / math.sqrt(n)


def interval(values, confidence=0.95, least=0.0):
    """The mean of the values and its t interval (1).

    Args:
        values: at least two numbers, one a run.
        confidence: in (0, 1).
        least: no smaller standard deviation is believed.

    Raises:
        ValueError: fewer than two values.

    Example:
        >>> i = interval([1.0, 2.0, 3.0])
        >>> i.mean, round(i.half, 4)  # s = 1, t = 4.3027, so 4.3027 / sqrt(3)
        (2.0, 2.4841)
    """
    values = [float(v) for v in values]
    if len(values) < 2:
        raise ValueError(f"interval: an interval needs at least 2 values, got {len(values)}; take more seeds")
    mean, error = _mean_and_error(values, least)
    return Interval(mean, t_quantile(confidence, len(values) - 1) * error)


@dataclass(frozen=True)
class Difference:
    """A paired difference: its interval (2) and its two-sided p (3)."""

    interval: Interval
    p: float


def paired_difference(values, baseline, confidence=0.95, resolution=0.0):
    """The mean of values[i] - baseline[i], its t interval (2) and its two-sided p (3).

    Args:
        values, baseline: numbers of equal count, at least two; place i of both comes from the same seed.
        confidence: in (0, 1).
        resolution: the step in which values are counted, 1/n for shares of n images (5); 0 for exact numbers.

    Returns:
        A Difference. Exact differences that are all equal have no spread: p is 1 where they are 0, else 0.

    Raises:
        ValueError: different counts, or fewer than two.

    Example:
        >>> d = paired_difference([3.0, 5.0, 7.0], [1.0, 2.0, 3.0])
        >>> d.interval.mean, round(d.p, 4)  # differences 2, 3, 4: T = 3 / (1 / sqrt(3)) = 5.196
        (3.0, 0.0351)
    """
    if len(values) != len(baseline):
        raise ValueError(f"paired_difference: both sides must have a value a seed, got {len(values)} and {len(baseline)}; pair by seed")
    differences = [float(v) - float(b) for v, b in zip(values, baseline)]
    least = resolution * math.sqrt(2 / 12)                                                                           # (5)
    of_differences = interval(differences, confidence, least)
    mean, error = _mean_and_error(differences, least)
    if error == 0:
        return Difference(of_differences, 1.0 if mean == 0 else 0.0)
    return Difference(of_differences, two_sided_p(mean / error, len(differences) - 1))


def holm(p_values):
    """Holm's adjusted p values (4), in the order given.

    Args:
        p_values: numbers in [0, 1].

    Raises:
        ValueError: a value outside [0, 1].

    Example:
        >>> holm([0.01, 0.04, 0.03])  # 3 * 0.01, then 2 * 0.03, then max(0.06, 1 * 0.04)
        [0.03, 0.06, 0.06]
    """
    outside = [p for p in p_values if not 0 <= p <= 1]
    if outside:
        raise ValueError(f"holm: p values must lie in [0, 1], got {outside[0]}; pass probabilities")
    adjusted, floor = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        floor = max(floor, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = floor
    return adjusted


def verdict(difference, adjusted_p, level=0.05):
    """What may be said of a paired difference: "better", "worse" or "not distinguishable".

    Args:
        difference: the mean difference; more is better.
        adjusted_p: its p value after `holm`.
        level: the probability with which one or more verdicts of the whole table may be luck.

    Example:
        >>> verdict(2.5, 0.003), verdict(-1.0, 0.2)
        ('better', 'not distinguishable')
    """
    if adjusted_p >= level or difference == 0:
        return "not distinguishable"
    return "better" if difference > 0 else "worse"
