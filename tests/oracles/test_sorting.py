"""Sorting, searching and counting by PyTorch: every argument form."""

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
    "empty": np.zeros((0, 3)),
    "ties": np.array([[1.0, 1, 0], [2, 2, 2]]),
    "nan": np.array([[1, NAN, 3, NAN], [0, 2, -1, INF]]),
    "line": np.array([3, -1, 2, 0, -1.5, -4]),
    "repeated": np.array([[1.0, 2, 2, 1], [1, 2, 2, 1], [0, 2, 2, 0]]),
}
LAYOUTS = ["x", "x.mT if x.dim() > 1 else x", "x[..., ::2] if x.dim() else x"]
KINDS = ["x.detach().long()", "x.detach().int()", "x.detach().to(t.uint8)", "x > 0"]
DIMS = ["", "dim=0", "dim=-1", "1", "dim=5", "dim=-4", "dim='a'", "dim=None", "axis=0"]


def kinds(array):
    """The input in its layouts and as other kinds of numbers, if it can be converted."""
    return LAYOUTS if array == "nan" else LAYOUTS + KINDS


def call(name, *arguments):
    return f"t.{name}({', '.join(filter(None, arguments))})"


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("options", ["", "descending=True", "stable=True", "descending=True, stable=True"])
@pytest.mark.parametrize("name", ["sort", "argsort"])
def test_sort(name, options, array):
    for values, dim in product(kinds(array), DIMS):
        if not (dim == "1" and "stable" in options):  # PyTorch wants all by name then
            agree(lambda t, x: evaluate(call(name, values, dim, options), t, x), ARRAYS[array])  # noqa: B023


# among equal elements PyTorch picks any: not the arrays that have some
@pytest.mark.parametrize("array", ["cube", "number", "empty", "line"])
@pytest.mark.parametrize("k", ["1", "2", "0", "3", "k=1", "9", "-1", "1.5", "'a'", "t.tensor(1)"])
def test_topk(k, array):
    for values, dim, options in product(LAYOUTS, DIMS, ["", "largest=False", "sorted=True", "largest=False, sorted=True"]):
        if not (dim == "1" and k == "k=1") and dim != "dim=None":
            agree(lambda t, x: evaluate(call("topk", values, k, dim, options), t, x), ARRAYS[array])  # noqa: B023


TOPK = """
x.topk(2); x.topk(1, 0, False); x.topk(2, largest=False).values; x.topk(2).indices; x.topk(2)[0]; x.topk(2, -1, True, True)
t.topk(x, 2).values; (x > 0).topk(1); (x * 9).detach().long().topk(4).values; x.detach().int().topk(2).values; x.float().topk(1)
x.sort().values; x.sort(0, True).indices; x.sort(descending=True)[1]; t.sort(x, -1, False); x.argsort(0, True); x.argsort(-1)
x.sort().values.sum(); x.median(0).values; t.median(x, 1).indices; x.median(-1, True)[0]; x.median(dim=1, keepdim=True); x.median()
(x > 0).median(); (x > 0).median(0); x.median(keepdim=True); x.max(1).indices; x.aminmax(dim=1).min; t.aminmax(x).max; x.min(0).values
"""


@pytest.mark.parametrize("source", calls(TOPK))
def test_methods_and_names_of_results(source):
    agree(lambda t, x: evaluate(source, t, x), CUBE)


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("name", ["unique", "unique_consecutive"])
def test_unique(name, array):
    asked = ["", "return_inverse=True", "return_counts=True", "return_inverse=True, return_counts=True"]
    dims = ["", "dim=0", "dim=-1", "dim=1", "dim=5", "dim=None"]
    for values, options, dim in product([f"({values}).detach()" for values in kinds(array)], asked, dims):
        if not (array == "nan" and dim):  # which of slices with nan is smaller is left open
            agree(lambda t, x: evaluate(call(name, values, options, dim), t, x), ARRAYS[array])  # noqa: B023


COUNTS = """
t.unique(x.detach(), False); t.unique(x.detach(), True, True, True); t.unique(x.detach(), True, True, True, 0); x.detach().unique()
t.unique_consecutive(x.detach(), True, True, 1); x.detach().unique_consecutive(dim=0)
t.nonzero(x.detach(), True); x.nonzero(as_tuple=False); (x > 0).nonzero(as_tuple=True); t.where(x > 0); t.where(x)
t.bincount(t.arange(4)); t.bincount(t.tensor([1, 3, 1])); t.tensor([1, 3, 1]).bincount(minlength=6)
t.bincount(t.tensor([1, 3]), minlength=1); t.bincount(t.tensor([0, 1]), t.tensor([0.5, 0.25]))
t.bincount(t.tensor([0, 1]), t.tensor([1, 2])); t.bincount(t.tensor([0, 1]), x[0, 0, :2].detach())
t.bincount(t.tensor([0, 1]), weights=t.tensor([0.5, 0.25]), minlength=4); t.bincount(t.tensor([0, 1]), t.ones(3))
t.bincount(t.tensor([-1])); t.bincount(t.tensor([1]), minlength=-1); t.bincount(t.tensor(3)); t.bincount(t.tensor([[1]]))
t.bincount(t.ones(2)); t.bincount(t.tensor([True])); t.bincount(t.zeros(0, dtype=t.int64))
t.bincount(t.zeros(0, dtype=t.int64), minlength=3); t.bincount(t.tensor([1], dtype=t.uint8))
t.bincount(t.tensor([0, 1]), t.tensor([0.5, 0.25]).half()); t.bincount(t.tensor([1, 2], dtype=t.int32))
"""


@pytest.mark.parametrize("source", calls(COUNTS))
def test_counts(source):
    agree(lambda t, x: evaluate(source, t, x), CUBE)


@pytest.mark.parametrize("array", ARRAYS)
def test_places(array):
    for values, source in product(kinds(array), ["t.nonzero({})", "t.nonzero({}, as_tuple=True)", "t.where({})", "t.count_nonzero({})"]):
        agree(lambda t, x: evaluate(source.format(values), t, x), ARRAYS[array])  # noqa: B023
