"""`tinyreg gradcheck`: which rows, and what they say of a wrong gradient."""

import math

import numpy as np
import pytest

from tinyreg.autograd import ArrayFunction
from tinyreg.experiments import doors, gradcases
from tinyreg.experiments.gradcases import Case
from tinyreg.experiments.settings import BadOption


class Wrong(ArrayFunction):
    """x**2 with the gradient of x**2 / 2."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved
        return (grad * x,)


GOOD = Case("nn.functional.good", lambda t, x: x * x, ((3,),))
OTHER = Case("nn.functional.good large", lambda t, x: x * x * x, ((30,),))
WRONG = Case("wrong", lambda t, x: Wrong.apply(x), ((3,),))
BROKEN = Case("broken", lambda t, x: t.no_such_function(x), ((3,),))
CHANCE = Case("chance", lambda t, x: x * np.random.default_rng().random(), ((3,),))
CASES = [GOOD, OTHER, WRONG, BROKEN, CHANCE]


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(gradcases, "CASES", CASES)


def test_a_row_for_each_door(table):
    checks = {check.door: check for check in doors.run()}
    assert list(checks) == ["nn.functional.good", "wrong", "broken", "chance"]
    assert checks["nn.functional.good"].cases == 2 and checks["nn.functional.good"].error < 1e-8
    assert checks["nn.functional.good"].failures == ()


def test_a_wrong_gradient_is_measured_and_explained(table):
    (check,) = doors.run(["wrong"])
    # numeric 2 v x, analytic v x: the distance is |v x|, the scale max(1, |v x|)
    assert 0.1 < check.error <= 1 + 1e-6
    assert "ratio 0.5" in check.failures[0] and check.failures[0].startswith("wrong: ")


def test_what_cannot_be_checked_is_a_failure_not_the_end(table):
    checks = {check.door: check for check in doors.run(["broken", "chance"])}
    assert "no_such_function" in checks["broken"].failures[0] and math.isnan(checks["broken"].error)
    assert "the same values twice" in checks["chance"].failures[0] and math.isnan(checks["chance"].error)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], CASES),
        (["good"], [GOOD, OTHER]),
        (["nn.functional.good"], [GOOD, OTHER]),
        (["nn.functional.good large"], [OTHER]),
        (["wrong", "good", "wrong"], [WRONG, GOOD, OTHER]),
    ],
)
def test_doors_are_found_by_any_of_their_names(names, found):
    assert doors.select(names, CASES) == found


def test_an_unknown_door_is_told_its_neighbours():
    with pytest.raises(BadOption, match="got 'goood'; near it: .*good"):
        doors.select(["goood"], CASES)
    with pytest.raises(BadOption, match="got 'ORK'"):
        doors.select(["ORK"], CASES)


def test_the_real_table_has_every_family():
    assert len(gradcases.CASES) > 60 and len(gradcases.FAMILIES) > 3
    assert "case" not in gradcases.FAMILIES
