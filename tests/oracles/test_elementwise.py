"""Functions of one number, bounds, and arithmetic by PyTorch: every argument form, every kind of dtype."""

import math
from itertools import product

import numpy as np
import pytest

from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

INF, NAN = math.inf, math.nan
ARRAYS = {
    "signs": np.array([[0.6, -1.7, 0.2], [2.5, -0.3, 1.0]]),
    "ties": np.array([[1.0, 1, 0], [2, 2, 2]]),
    "number": np.array(0.4),
    "empty": np.zeros((0, 3)),
}
LAYOUTS = ["x", "x.detach().float()", "x.mT if x.dim() > 1 else x", "x[..., ::2] if x.dim() else x"]
KINDS = ["x.detach().long()", "x.detach().int()", "x.detach().to(t.uint8)", "(x > 0)"]
UNARY = "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt abs square reciprocal neg sign floor ceil round trunc frac fix logit erf"
UNARY += " sin cos tan asin acos atan sinh cosh arcsin arccos arctan absolute negative isnan isinf isfinite logical_not"


def check(source, array):
    with np.errstate(all="ignore"):
        agree(lambda t, x: evaluate(source, t, x), array)


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("name", UNARY.split())
def test_functions_of_one_number(name, array):
    for values in LAYOUTS + KINDS:
        check(f"t.{name}({values})", ARRAYS[array])
        if not name.startswith("is") and (name != "logical_not" or values in KINDS):
            check(f"({values}).clone().{name}_()", ARRAYS[array])


@pytest.mark.parametrize("values", LAYOUTS + KINDS)
def test_their_options(values):
    for options in ["round({}, decimals=1)", "round({}, decimals=-1)", "logit({}, 0.1)", "logit({}, eps=0.2)", "logit({}, None)"]:
        for array in ARRAYS.values():
            check(f"t.{options}".format(values), array)


@pytest.mark.parametrize("name", "exp log sqrt rsqrt reciprocal square sign floor frac sin tan atan cosh logit erf abs relu".split())
def test_nan_and_infinity(name):
    check(f"t.{name}(x)", [NAN, INF, -INF, 0.0])


BOUNDS = ["0", "0.5", "t.tensor(0.5)", "t.tensor([0.5], dtype=t.float64)", "x.detach()", "t.tensor(1)", "None", "'a'", "np.inf", "np.nan"]


@pytest.mark.parametrize("values", LAYOUTS + KINDS)
@pytest.mark.parametrize("bound", BOUNDS)
def test_bounds(bound, values):
    forms = ["t.clamp({}, {})", "t.clamp({}, max={})", "t.clamp({}, {}, {})", "t.clip({}, min={})", "t.clamp_min({}, {})"]
    forms += ["t.clamp_max({}, max={})", "{}.clone().clamp_({})", "{}.clone().clamp_min_({})", "{}.clone().clamp_max_({})", "{}.clip({})"]
    for form, array in product(forms, ["ties", "number", "empty"]):
        check(form.format(f"({values})", bound, bound), ARRAYS[array])


# not: bitwise operators of floating point, where the libraries refuse different things first
OTHERS = ["x", "x.detach().long()", "x.detach().float()", "t.tensor(2)", "t.tensor(1.5)", "2", "2.5", "True", "(x > 0)", "t.ones(5)"]
OTHERS += ["'a'", "-2", "None", "t.tensor(-2)", "np.float64(2.5)", "x.detach().to(t.uint8)", "[1]"]
BINARY = "add sub mul div true_divide fmod remainder pow rsub eq ne lt le gt ge isclose equal max min logical_and atan2".split()
IN_PLACE = "add sub mul div fmod remainder pow atan2".split()
ANSWERS_IN_PLACE = "eq lt logical_and".split()  # of what is not recorded: PyTorch's gradients there are another matter
INTEGER = ("long()", "int()", "uint8)", "(x > 0)")


def left_open(name, values, other):
    """What PyTorch gets wrong, cannot do because its backward fails, or refuses for the first of two reasons."""
    if other in ("None", "'a'", "[1]") and (name in ("max", "min") or "(x > 0)" in values):
        return True
    if name in ("pow", "atan2") and "(x > 0)" in (values, other):
        return True  # its backward subtracts or negates bools
    if name == "atan2" and "uint8" in values and "x" == other[:1]:
        return True  # its backward negates unsigned integers
    if "uint8" in values and "-2" == other and name in ("lt", "le", "gt", "ge"):
        return True  # it wraps -2 to 254 before it compares
    return name in ("fmod", "remainder") and values.endswith(INTEGER) and other.endswith(INTEGER)  # it stops at 1 % 0


@pytest.mark.parametrize("values", ["x", "x.detach().float()", "x.mT if x.dim() > 1 else x", *KINDS])
@pytest.mark.parametrize("other", OTHERS)
def test_two_operands(other, values):
    for name, array in product(BINARY, ["ties", "number", "empty"]):
        if not left_open(name, values, other) and (array != "number" or "ones" not in other):
            check(f"t.{name}({values}, {other})", ARRAYS[array])
            if name in IN_PLACE:
                check(f"({values}).clone().{name}_({other})", ARRAYS[array])
            elif name in ANSWERS_IN_PLACE:
                check(f"({values}).detach().clone().{name}_(({other}).detach() if t.is_tensor({other}) else {other})", ARRAYS[array])


@pytest.mark.parametrize("values", ["x", *KINDS])
@pytest.mark.parametrize("other", [other for other in OTHERS if other not in ("None", "'a'", "[1]")])
def test_operators(other, values):
    for operator, (left, right) in product("+ - * / ** == <".split(), [(values, other), (other, values)]):
        if operator == "**" and ("(x > 0)" in (left, right) or "True" in (left, right)) or "-2" in (left, right) and "uint8" in values:
            continue
        check(f"({left}) {operator} ({right})", ARRAYS["ties"])


DIVIDENDS = ["x.detach()", "x.detach() * -1.5", "x.detach().long() - 2", "x.detach().int()", "x.detach().to(t.uint8)", "(x > 0)"]
DIVISORS = ["2", "-2", "2.5", "-0.7", "t.tensor(2)", "t.tensor([2, -1, 3])", "t.tensor([1.5, -1, 2])", "(x >= 0)", "'a'"]


@pytest.mark.parametrize("values", DIVIDENDS)
@pytest.mark.parametrize("other", DIVISORS)
def test_rounded_division(other, values):
    if "uint8" in values and "-" in other and "." not in other and "[" not in other:
        return  # PyTorch wraps the number around
    for form in ["t.floor_divide({}, {})", "({}) // ({})", "t.fmod({}, {})", "t.remainder({}, {})", "({}) % ({})"]:
        check(form.format(values, other), ARRAYS["ties"])
    for mode in ["None", "'floor'", "'trunc'"] + ["'a'"] * (other != "'a'"):
        check(f"t.div({values}, {other}, rounding_mode={mode})", ARRAYS["ties"])
        check(f"({values}).clone().div_({other}, rounding_mode={mode})", ARRAYS["ties"])


ROUNDED = """
t.div(x, 2, rounding_mode='trunc'); t.div(x, x * 2, rounding_mode='floor'); t.div(x, 0, rounding_mode='floor'); t.div(x, 0.0)
t.div(x.detach(), 0, rounding_mode='trunc'); x.fmod(-0.7); x.remainder(-0.7); x.remainder(x * 0.7 + 2); x.fmod(x * 0.7 + 2)
t.remainder(5, x.detach() + 1); t.remainder(t.tensor(5), x.detach()); x.detach() % np.inf; -x.detach() % np.inf
t.fmod(x.detach(), np.inf); (x.detach() * np.inf) // 2; t.fmod(5, x); t.pow(2, x); t.pow(2.5, x.detach().long())
t.pow(x, x.detach().long()); t.pow(x.detach().long(), -1); t.pow(x.detach().long(), t.tensor(-1))
t.pow(x.detach().long() - 2, -x.detach().long()); t.pow(2, t.tensor([-1, 0, 3])); t.pow(-1, t.tensor([-1, -2]))
t.pow(1, t.tensor([-1])); t.pow(x > 0, x > 0); t.pow(x > 0, 2); t.pow(2, x > 0); t.pow(x > 0, 2.0); t.pow(x, 0)
t.pow(x * 0, -1); x**0.5; t.pow(x.detach().to(t.uint8), -1); t.pow(x.detach().to(t.uint8), 2); x**x; t.square(x > 0)
x.pow(exponent=2); t.pow(input=x, exponent=2)
"""


@pytest.mark.parametrize("source", calls(ROUNDED))
def test_remainders_and_powers(source):
    check(source, ARRAYS["ties"])


NUMBERS = """
t.add(2, 3); t.add(2, 3.5, alpha=2); t.add(True, 3); t.sub(2.5, 1); t.mul(-8, 6); t.mul(2, 0.5); t.div(1, 2)
t.div(-7, 2, rounding_mode='floor')
t.div(-7.5, 2, rounding_mode='trunc'); t.true_divide(1, 4); t.floor_divide(-7, 2); t.floor_divide(7.5, 2); t.pow(2, 3); t.remainder(2, 3)
t.fmod(2, 3); t.rsub(2, x); t.rsub(2, 3); t.maximum(x, 2); t.maximum(2, x); t.minimum(x, 0.5); t.atan2(1, x); t.eq(2, x); t.ne(2, 3)
t.lt(2, x)
t.greater_equal(0.5, x); t.bitwise_and(6, 3); t.bitwise_and(6, t.tensor([3])); t.bitwise_or(t.tensor([3]), 6); t.bitwise_xor(1, 2)
t.bitwise_or(True, x > 0); t.logical_and(1, x); (x * 1 + 0.3).logit_(0.2); (x * 1 + 0.3).logit_(eps=0.1); x.logit('a')
"""


@pytest.mark.parametrize("source", calls(NUMBERS))
def test_numbers_beside_tensors_and_alone(source):
    check(source, ARRAYS["ties"])


@pytest.mark.parametrize("values", ["x", "x.detach().float()", *KINDS])
@pytest.mark.parametrize("alpha", ["2", "0.5", "True", "1.0", "-1", "t.tensor(2)", "'a'", "None"])
def test_alpha(alpha, values):
    for name, other in product(["add", "sub", "rsub"], ["x", "x.detach().long()", "(x > 0)", "2", "2.5", "t.tensor(1.5)"]):
        check(f"t.{name}({values}, {other}, alpha={alpha})", ARRAYS["ties"])
        if name != "rsub":
            check(f"({values}).clone().{name}_({other}, alpha={alpha})", ARRAYS["ties"])


THIRDS = ["x * 2 + 1", "x.detach().long()", "x.detach().float()", "t.tensor(1.5)", "x[:1]", "t.ones(7)", "2", "(x > 0)"]


@pytest.mark.parametrize("values", ["x", "x.detach().float()", "x.detach().long()"])
@pytest.mark.parametrize("other", THIRDS)
def test_combinations(other, values):
    for third, value in product(THIRDS, ["", ", value=2", ", value=-0.5", ", value='a'"]):
        integral = all("long" in item or item == "(x > 0)" for item in (values, other, third))
        if not (integral and "." in value):  # PyTorch drops the fraction of the factor
            check(f"t.addcmul({values}, {other}, {third}{value})", ARRAYS["ties"])
            if "float" not in values:  # its backward is of float32
                check(f"({values}).clone().addcmul_({other}, {third}{value})", ARRAYS["ties"])
        if third not in ("x.detach().long()", "(x > 0)", "t.tensor(1.5)", "x.detach().float()"):  # it fails, or is of float32
            check(f"t.addcdiv({values}, {other}, {third}{value})", ARRAYS["signs"])
            check(f"({values}).clone().addcdiv_({other}, {third}{value})", ARRAYS["signs"])


@pytest.mark.parametrize("values", ["x", "x.detach().float()", "x.detach().long()", "x.mT"])
@pytest.mark.parametrize("weight", ["0.3", "0.8", "1", "2", "-1", "x", "x.float()", "t.tensor(0.25)", "t.tensor(1)", "'a'", "None"])
def test_lerp(weight, values):
    for end in ["x * 2 + 1", "x.detach().long()", "x[:1]", "t.tensor(1.5)", "t.ones(7)", "2", "x.mT * 3"]:
        if not ("long" in values and "t.tensor" in weight):  # PyTorch computes with integers there
            check(f"t.lerp({values}, {end}, {weight})", ARRAYS["signs"])
            check(f"({values}).clone().lerp_({end}, {weight})", ARRAYS["signs"])
    if not ("long" in values and "t.tensor" in weight):
        check(f"t.lerp({values}, {values}, weight={weight})", ARRAYS["signs"])
