"""Reductions, extrema, norms and running sums by PyTorch: every argument form."""

import math
from itertools import product

import numpy as np
import pytest

from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

INF, NAN = math.inf, math.nan
CUBE = np.random.default_rng(1).standard_normal((2, 3, 4))
ARRAYS = {
    "cube": CUBE,
    "number": np.array(2.5),
    "one": np.array([[2.0]]),
    "empty": np.zeros((0, 3)),
    "ties": np.array([[1.0, 1, 0], [2, 2, 2]]),
}
# the input as it comes, transposed, strided, and as other kinds of numbers
LAYOUTS = ["x", "x.mT if x.dim() > 1 else x", "x[..., ::2] if x.dim() else x"]
KINDS = ["x.detach().long()", "x.detach().int()", "x.detach().to(t.uint8)", "x > 0"]

DIMS = ["", "dim=0", "dim=-1", "1", "-1, True", "dim=0, keepdim=True", "dim=5", "dim=-4", "axis=0", "axis=0, keepdims=True"]
DIMS += ["dim='a'", "dim=True"]
SEVERAL = ["dim=(0,)", "dim=(0, -1)", "dim=[0, 1], keepdim=True", "dim=(0, 0)", "dim=1.5", "dim=()"]
ALL = ["dim=None", "None, True"]

FAMILIES = {
    **dict.fromkeys(["sum", "mean", "nansum", "nanmean", "all", "any"], DIMS + SEVERAL + ALL),
    **dict.fromkeys(["amax", "amin"], DIMS + SEVERAL),
    **dict.fromkeys(["argmax", "argmin"], [*DIMS, "dim=None"]),
    **dict.fromkeys(["max", "min", "median", "prod"], [*DIMS, "dim=(0,)"]),
    **dict.fromkeys(["cumsum", "cumprod"], ["0", "dim=-1", "1", "dim=5", "dim=(0,)", "axis=0", "None"]),
    "count_nonzero": ["", "dim=0", "dim=-1", "1", "dim=5", "axis=0", "dim=None", *SEVERAL],
    "aminmax": ["", "dim=0", "dim=-1, keepdim=True", "dim=5", "dim=(0, 1)", "keepdim=True", "dim=None"],
    "logsumexp": ["0", "dim=-1", "dim=1, keepdim=True", "(0, -1)", "dim=[0, 1], keepdim=True", "5", "dim=(0, 0)"],
}

# both refuse, but not for the same of two reasons
TWO_REASONS = {"amax(dim=(0, 0)) empty", "amin(dim=(0, 0)) empty"}


def call(name, values, options):
    return f"t.{name}({values}{', ' + options if options else ''})"


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("name, options", [(name, options) for name, forms in FAMILIES.items() for options in forms])
def test_forms(name, options, array):
    if f"{name}({options}) {array}" in TWO_REASONS:
        return
    for values in LAYOUTS:
        agree(lambda t, x: evaluate(call(name, values, options), t, x), ARRAYS[array])  # noqa: B023


@pytest.mark.parametrize("values", KINDS)
@pytest.mark.parametrize("array", ["cube", "number", "empty"])
@pytest.mark.parametrize("name", FAMILIES)
def test_integers_and_bools(name, array, values):
    if name == "median" and values == "x > 0":
        return  # refused for their dtype, where PyTorch looks at the shape first
    for options in FAMILIES[name]:
        if "'a'" not in options and "True" not in options and "1.5" not in options and "(" not in options:
            agree(lambda t, x: evaluate(call(name, values, options), t, x), ARRAYS[array])  # noqa: B023


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "uint8", "bool"])
@pytest.mark.parametrize("name", ["sum", "mean", "nansum", "nanmean", "prod", "cumsum", "cumprod"])
def test_dtypes(name, dtype):
    integers = np.arange(6.0).reshape(2, 3) + 1
    for values, options in product(["x.detach()", *KINDS], ["0", "dim=-1"]):
        agree(lambda t, x: evaluate(call(name, values, f"{options}, dtype=t.{dtype}"), t, x), integers)  # noqa: B023
    if dtype == "float64":
        agree(lambda t, x: evaluate(f"t.{name}(x.detach().float(), 0, dtype=t.float64)", t, x), integers)


CORRECTIONS = ["", "correction=0", "unbiased=False", "correction=None", "unbiased=True, correction=1", "correction='a'"]


@pytest.mark.parametrize("options", CORRECTIONS)
@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_moments(name, options):
    dims = [*DIMS[:-1], "dim=(0, -1)", "dim=[0, 1], keepdim=True", "dim=(0, 0)", "dim=None"]
    for array, dim in product(["cube", "number", "ties"], dims):
        if not (array == "number" and "keepdim" in dim) and not (dim == "-1, True" and "correction" in options):
            agree(lambda t, x: evaluate(call(name, "x", ", ".join(filter(None, [dim, options]))), t, x), ARRAYS[array])  # noqa: B023


@pytest.mark.parametrize("source", ["False", "True", "0, False", "(0,), True, True", "1, correction=0.5", "dim=1, correction=2"])
@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_older_forms_of_moments(name, source):
    agree(lambda t, x: evaluate(call(name, "x", source), t, x), CUBE)
    agree(lambda t, x: evaluate(call(name, "x.long()", source), t, x), CUBE)


NORMS = ["", "p=1", "p=2", "p='fro'", "p=np.inf", "p=-np.inf", "p=0", "p=3", "p=0.5", "p=-1", "p=-2", "p=None", "p='a'"]
NORM_DIMS = ["", "dim=0", "dim=-1", "dim=1, keepdim=True", "dim=(0,)", "dim=(0, -1)", "dim=[0, 1], keepdim=True", "dim=5", "dim=None"]


@pytest.mark.parametrize("array", ["cube", "ties", "number", "empty"])
@pytest.mark.parametrize("p", NORMS)
def test_norms(p, array):
    for dim, values in product(NORM_DIMS, ["x", "x.mT if x.dim() > 1 else x", "x.detach().long()"]):
        with np.errstate(divide="ignore"):  # 0 to a negative power
            agree(lambda t, x: evaluate(call("norm", values, ", ".join(filter(None, [p, dim]))), t, x), ARRAYS[array])  # noqa: B023


NUCLEAR = """
t.norm(x, 'nuc', dim=(0, 1)); t.norm(x, p='nuc', dim=(2, 0)); t.norm(x, 'nuc', (1, 2), True); t.norm(x[0], 'nuc'); t.norm(x[0].T, 'nuc')
t.norm(x, 'nuc'); t.norm(x, 'nuc', dim=0); t.norm(x[0], 'nuc', dim=(0, -1), keepdim=True); x[0].norm('nuc')
x.norm(2, 0); x.norm(2, 0, True); x.norm(p=1, dim=-1, keepdim=True); x.norm(dtype=t.float64); x.detach().float().norm(dtype=t.float64)
x.detach().norm(dtype=t.int64); x.norm(p=2, dim=1, dtype=t.float64)
"""


@pytest.mark.parametrize("source", calls(NUCLEAR))
def test_nuclear_norms_and_dtypes(source):
    agree(lambda t, x: evaluate(source, t, x), CUBE)


@pytest.mark.parametrize("values", [[[1, NAN, 3, NAN], [0, 2, -1, INF]], [[INF, -INF, 1, 2], [1, 2, 3, 4]]], ids=["nan", "inf"])
@pytest.mark.parametrize("name", ["sum", "nansum", "nanmean", "max", "min", "argmax", "argmin", "all", "any", "median"])
def test_nan_and_infinity(name, values):
    with np.errstate(invalid="ignore"):
        agree(lambda t, x: getattr(t, name)(x, -1), values)
        agree(lambda t, x: getattr(t, name)(x), values)


@pytest.mark.parametrize("name", ["amax", "amin", "aminmax", "prod", "logsumexp"])
def test_values_beside_nan_and_infinity(name):
    """Values only: PyTorch's gradients are nan there; ours go to the nan, or are the limits."""
    agree(lambda t, x: getattr(t, name)(x.detach(), dim=-1), [[1, NAN, 3, 1], [0, 2, -1, 1], [INF, -INF, 1, 2], [-INF] * 4])


ZEROS = [[[2.0, 3, 4, 5], [2, 0, 4, 5], [2, 0, 4, 0]], [[0.0, 3, 4, 0], [0, 0, 0, 0], [2, 3, 4, 0]]]


PRODUCTS = """
t.prod(x); t.prod(x, 0); t.prod(x, -1, keepdim=True); t.prod(x[1, 2:]); t.prod(x[1, 1]); x[0, 0].prod(); x.prod(dim=1)
x.cumprod(0); x.cumprod(1); t.cumprod(x, dim=-1); x[1, 2].cumprod(0); (x.sum() * 0.3).cumprod_(0); (x.sum() * 0.3).cumsum_(-1)
"""


@pytest.mark.parametrize("source", calls(PRODUCTS))
def test_products_with_zeros(source):
    agree(lambda t, x: evaluate(source, t, x), ZEROS)


@pytest.mark.parametrize("form", ["cumsum_(0)", "cumsum_(dim=-1)", "cumprod_(1)", "cumsum_(0, dtype=t.float64)", "cumsum_(3)"])
def test_in_place(form):
    agree(lambda t, x: evaluate(f"x.clone().{form}", t, x), CUBE)
    agree(lambda t, x: evaluate(f"x.detach().long().{form}", t, x), CUBE)
