"""Zou & Hastie 2005, table 1, to the printed digits; and the two mistakes after which it does not come out."""

import pytest

from tinyreg.experiments.prostate_table import PRINTED, table_1

ALL = list(range(1, 9))


@pytest.mark.parametrize(
    ("method", "mse", "se", "variables"),
    [
        ("least squares", "0.586", "0.184", ALL),
        ("ridge", "0.566", "0.188", ALL),
        ("lasso", "0.499", "0.161", [1, 2, 4, 5, 8]),
        ("naive elastic net", "0.566", "0.188", ALL),
        ("elastic net", "0.381", "0.105", [1, 2, 5, 6, 8]),
    ],
)
def test_the_table_comes_out_digit_by_digit(method, mse, se, variables):
    row = {row.method: row for row in table_1()}[method]
    assert (f"{row.mse:.3f}", f"{row.se:.3f}") == (mse, se) == tuple(f"{number:.3f}" for number in PRINTED[method])
    assert row.variables == variables


def test_its_rows_are_those_of_the_paper_in_its_order():
    assert [row.method for row in table_1()] == list(PRINTED)
    assert [row.parameters for row in table_1()] == ["", "l2 = 1", "s = 0.39", "l2 = 1, s = 1", "l2 = 1000, s = 0.26"]


def test_corrected_data_have_other_digits_and_the_same_variables():
    as_printed, rows = table_1(), table_1(corrected=True)
    assert [row.variables for row in rows] == [row.variables for row in as_printed]
    by_name = {row.method: (f"{row.mse:.3f}", f"{row.se:.3f}") for row in rows}
    assert by_name["least squares"] == ("0.521", "0.179") and by_name["elastic net"] == ("0.375", "0.105")


def test_columns_of_variance_one_are_another_table():
    """l2 is another strength and 1 + l2 another correction; least squares and the lasso's fraction do not depend on it."""
    as_printed, rows = ({row.method: row for row in table_1(scaling=scaling)} for scaling in ("norm", "variance"))
    assert f"{rows['ridge'].mse:.3f}" == f"{rows['naive elastic net'].mse:.3f}" == "0.577"
    assert rows["elastic net"].mse > 1000
    for method in ("least squares", "lasso"):
        assert rows[method].mse == pytest.approx(as_printed[method].mse, rel=1e-9)
