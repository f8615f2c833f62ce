"""Each conversion proven: both conventions give the same predictions, on solutions found without it."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.datasets import Prostate
from tinyreg.regularization.paths import (
    elastic_net_path,
    elastic_net_strength,
    lasso_path,
    mean_strength,
    ridge,
    sum_strength,
    unit_norm_coef,
    unit_norm_strength,
    unit_variance_coef,
    unit_variance_strength,
    with_half,
    without_half,
    zou_hastie_strengths,
)


def columns(scaling):
    data = Prostate(scaling=scaling)
    return data.data.numpy(), data.targets.numpy()


def solved(X, y, loss, l1=0.0, l2=0.0):
    """Minimize loss |y - Xb|^2 + l1 |b|_1 + l2 |b|^2 by proximal gradient descent: no strength is converted."""
    b, lr = np.zeros(X.shape[1]), 0.5 / (loss * np.linalg.norm(X, 2) ** 2)
    for _ in range(3000):
        z = b + 2 * lr * loss * X.T @ (y - X @ b)
        after = np.sign(z) * np.maximum(abs(z) - lr * l1, 0) / (1 + 2 * lr * l2)
        if abs(after - b).max() <= 1e-15 * abs(b).max():
            break
        b = after
    return b


def assert_same(X, a, b):
    assert np.linalg.norm(X @ a) > 0.1
    np.testing.assert_allclose(X @ a, X @ b, atol=1e-9)


def test_mean_and_sum():
    """|y - Xb|^2/(2n) + s |b|_1 of the lasso, |y - Xb|^2/2 + n s |b|_1 of R's lars."""
    X, y = columns("norm")
    mean = lasso_path(X, y, strengths=[0.02]).coefs[:, 0]
    assert_same(X, mean, solved(X, y, loss=1 / 2, l1=sum_strength(0.02, n=67)))
    assert_same(X, solved(X, y, loss=1 / 2, l1=1.34), lasso_path(X, y, strengths=[mean_strength(1.34, n=67)]).coefs[:, 0])
    assert sum_strength(0.02, n=67) == 1.34


def test_with_and_without_the_half():
    """The half of the sum of squares, and the sum as ridge has it; of the mean, and MSELoss."""
    X, y = columns("norm")
    half = solved(X, y, loss=1 / 2, l2=0.7)
    assert_same(X, half, ridge(X, y, without_half(0.7)).coef)
    assert_same(X, ridge(X, y, 1.4).coef, solved(X, y, loss=1 / 2, l2=with_half(1.4)))
    mse = solved(X, y, loss=1 / 67, l1=without_half(0.02))
    assert_same(X, mse, lasso_path(X, y, strengths=[0.02]).coefs[:, 0])
    assert without_half(0.7) == 1.4 and with_half(1.4) == 0.7


def test_a_half_on_both_sides_is_no_half():
    """|y - Xb|^2/(2n) + s/2 |b|^2, the elastic net's end, is ridge with n s."""
    X, y = columns("norm")
    s = 0.01
    assert_same(X, elastic_net_path(X, y, 0, strengths=[s]).coefs[:, 0], ridge(X, y, without_half(with_half(sum_strength(s, n=67)))).coef)


@pytest.mark.parametrize("ddof", [0, 1])
def test_columns_of_unit_norm_and_of_unit_variance_under_l1(ddof):
    norm, y = columns("norm")
    variance = norm * np.sqrt(67 - ddof)
    np.testing.assert_allclose(variance.var(axis=0, ddof=ddof), 1, rtol=1e-12)
    small, large = 0.02, unit_variance_strength(0.02, n=67, power=1, ddof=ddof)
    a, b = lasso_path(norm, y, strengths=[small]).coefs[:, 0], lasso_path(variance, y, strengths=[large]).coefs[:, 0]
    np.testing.assert_allclose(norm @ a, variance @ b, atol=1e-12)
    np.testing.assert_allclose(unit_variance_coef(a, n=67, ddof=ddof), b, rtol=1e-10)
    np.testing.assert_allclose(unit_norm_coef(b, n=67, ddof=ddof), a, rtol=1e-10)
    assert unit_norm_strength(large, n=67, power=1, ddof=ddof) == pytest.approx(small, rel=1e-15)
    assert 0 < (b == 0).sum() < 8


@pytest.mark.parametrize("ddof", [0, 1])
def test_columns_of_unit_norm_and_of_unit_variance_under_the_squared_l2(ddof):
    norm, y = columns("norm")
    variance = norm * np.sqrt(67 - ddof)
    a, b = ridge(norm, y, 1.0).coef, ridge(variance, y, unit_variance_strength(1.0, n=67, power=2, ddof=ddof)).coef
    np.testing.assert_allclose(norm @ a, variance @ b, atol=1e-12)
    np.testing.assert_allclose(unit_variance_coef(a, n=67, ddof=ddof), b, rtol=1e-10)
    assert unit_variance_strength(1.0, n=67, power=2, ddof=ddof) == 67 - ddof
    assert unit_norm_strength(67 - ddof, n=67, power=2, ddof=ddof) == 1


def test_the_scaling_that_the_table_makes_is_the_one_that_is_converted():
    norm, variance = columns("norm")[0], columns("variance")[0]
    np.testing.assert_allclose(norm * np.sqrt(66), variance, rtol=1e-12)


def test_an_elastic_net_changes_its_ratio_with_its_columns():
    """Its two strengths have different factors, so they are converted one by one."""
    norm, y = columns("norm")
    variance = columns("variance")[0]
    l1, l2 = zou_hastie_strengths(0.02, 0.5, n=67)
    s, r = elastic_net_strength(unit_variance_strength(l1, n=67, power=1), unit_variance_strength(l2, n=67, power=2), n=67)
    a, b = elastic_net_path(norm, y, 0.5, strengths=[0.02]).coefs[:, 0], elastic_net_path(variance, y, r, strengths=[s]).coefs[:, 0]
    np.testing.assert_allclose(norm @ a, variance @ b, atol=1e-12)
    assert r < 0.2


def test_zou_and_hastie():
    X, y = columns("norm")
    l1, l2 = zou_hastie_strengths(0.02, 0.7, n=67)
    assert (l1, l2) == pytest.approx((2 * 67 * 0.02 * 0.7, 67 * 0.02 * 0.3), rel=1e-15)
    assert_same(X, solved(X, y, loss=1, l1=l1, l2=l2), elastic_net_path(X, y, 0.7, strengths=[0.02]).coefs[:, 0])
    s, r = elastic_net_strength(3.0, 1.0, n=67)
    assert_same(X, solved(X, y, loss=1, l1=3.0, l2=1.0), elastic_net_path(X, y, r, strengths=[s]).coefs[:, 0])


@pytest.mark.parametrize(("l1", "l2", "ratio"), [(2.0, 0.0, 1.0), (0.0, 2.0, 0.0), (0.0, 0.0, 1.0)])
def test_zou_and_hastie_at_the_ends(l1, l2, ratio):
    s, r = elastic_net_strength(l1, l2, n=4)
    assert r == ratio and zou_hastie_strengths(s, r, n=4) == (l1, l2)


def test_rows_of_strengths_and_tables_of_weights():
    np.testing.assert_array_equal(sum_strength([0.5, 1.0], n=4), [2.0, 4.0])
    np.testing.assert_array_equal(mean_strength(torch.tensor([2.0, 4.0]), n=4), [0.5, 1.0])
    np.testing.assert_array_equal(unit_norm_coef([[1.0, -1.0]], n=5), [[2.0, -2.0]])
    assert type(without_half(np.float32(0.5))) is float


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: sum_strength(-1.0, n=4), ValueError, "sum_strength: strength .* got strength=-1.0"),
        (lambda: mean_strength([1.0, -2.0], n=4), ValueError, "mean_strength: strength .* got strength=-2.0"),
        (lambda: without_half("a"), TypeError, "without_half: strength must be a number, got strength='a'"),
        (lambda: with_half(float("nan")), ValueError, "with_half: strength .* got strength=nan"),
        (lambda: sum_strength(1.0, n=0), ValueError, "sum_strength: n must be at least 1, got n=0"),
        (lambda: sum_strength(1.0, n=2.0), TypeError, "sum_strength: n must be an integer, got n=2.0"),
        (lambda: unit_variance_strength(1.0, n=4, power=3), ValueError, "power must be 1 or 2 and ddof 0 or 1, got power=3 and ddof=1"),
        (lambda: unit_norm_strength(1.0, n=4, power=1, ddof=2), ValueError, "got power=1 and ddof=2"),
        (lambda: unit_variance_coef([1.0], n=1), ValueError, "unit_variance_coef: n must be more than ddof, got n=1 and ddof=1"),
        (lambda: unit_norm_coef([np.inf], n=3), ValueError, r"unit_norm_coef: coef must hold finite numbers, got inf at coef\[0\]"),
        (lambda: zou_hastie_strengths(-1.0, 0.5, n=3), ValueError, "zou_hastie_strengths: strength .* got strength=-1.0"),
        (lambda: zou_hastie_strengths(1.0, 1.5, n=3), ValueError, r"l1_ratio must lie in \[0, 1\], got l1_ratio=1.5"),
        (lambda: elastic_net_strength(1.0, -1.0, n=3), ValueError, "elastic_net_strength: l2 .* got l2=-1.0"),
    ],
    ids=range(13),
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


@pytest.mark.parametrize("convert", [with_half, without_half])
def test_a_block_of_numbers_is_refused(convert):
    with pytest.raises(ValueError, match=r"must be a table of numbers, one row an example, got shape \(2, 2, 2\)"):
        convert(np.ones((2, 2, 2)))
