"""Reductions, shapes, indices, products and comparisons by PyTorch: values, dtypes, shapes, gradients, exception types."""

import math
from itertools import product

import numpy as np
import pytest

from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

INF, NAN = math.inf, math.nan
RNG = np.random.default_rng(1)
CUBE = RNG.standard_normal((2, 3, 4))
TIES = np.array([[1.0, 1, 0], [2, 2, 2]])
ARRAYS = {"cube": CUBE, "number": np.array(2.5), "empty": np.zeros((0, 3)), "ties": TIES, "zeros": np.zeros((2, 3))}
DIMS = [{}, {"dim": 0}, {"dim": -1}, {"dim": -1, "keepdim": True}, {"dim": 1}, {"dim": 7}]
CORRECTIONS = [{"correction": 0}, {"unbiased": False}, {"dim": -1, "correction": 2}, {"dim": 1, "correction": 0.5}]
UNBIASED = [{"dim": 1, "unbiased": True}]
TUPLES = [{"dim": (0, -1)}, {"dim": [-1, 0], "keepdim": True}]


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "all", "any"])
@pytest.mark.parametrize("options", DIMS + TUPLES, ids=str)
def test_reductions(name, array, options):
    agree(lambda t, x: getattr(t, name)(x, **options), ARRAYS[array])


@pytest.mark.parametrize("array", ["cube", "ties", "zeros"])
@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("options", DIMS + TUPLES + CORRECTIONS + UNBIASED, ids=str)
def test_moments(name, array, options):
    agree(lambda t, x: getattr(t, name)(x, **options), ARRAYS[array])


@pytest.mark.parametrize("array", [*ARRAYS.values(), [1, NAN, 3, NAN], [INF, INF, 1]], ids=str)
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_extrema(name, array):
    for options in DIMS:
        agree(lambda t, x: getattr(t, name)(x, **options), array)  # noqa: B023


@pytest.mark.parametrize("array", ["cube", "ties", "zeros", "number"])
@pytest.mark.parametrize("p", ["fro", 2, 1, INF, -INF, 0, 3, 1.5, 0.5, 2.5])
@pytest.mark.parametrize("options", [{}, {"dim": 0}, {"dim": -1, "keepdim": True}, {"dim": (0, -1)}], ids=str)
def test_norms(p, array, options):
    if array == "number" and options.get("dim") == (0, -1):
        options = {"dim": (0,)}
    agree(lambda t, x: t.norm(x, p=p, **options), ARRAYS[array])


@pytest.mark.parametrize("values", [[1000.0, -1000], [-INF, 3], [NAN, 1], [-1e5, -1e5]], ids=str)
def test_logsumexp(values):
    agree(lambda t, x: t.logsumexp(x, 0), values)
    agree(lambda t, x: t.logsumexp(x, (0, -1), keepdim=True), CUBE)
    agree(lambda t, x: t.logsumexp(t.zeros(3, 0), -1), CUBE)


SHAPING = """
t.reshape(x, (4, -1)); t.reshape(x, (5, -1)); x.reshape(-2, 3); x.view(24); x.view(4, 6); x.view_as(x.reshape(4, 6))
t.flatten(x); t.flatten(x, 1, 2); t.flatten(x, 2, 1); t.flatten(x, 3); t.flatten(x.sum())
x.permute(2, 0, 1); x.permute((-1, 0, 1)); x.permute(0, 1); x.permute(0, 0, 1); x.permute(0, 1, 3)
x.transpose(0, -1); x.transpose(0, 3); x.t(); x[0].t(); x[0].T; x.mT; x[0, 0].mT; x.sum().transpose(0, -1)
x[:1].squeeze(); x[:1].squeeze(0); x.squeeze(1); x[:1, :1].squeeze((0, 1)); x.squeeze(3)
x.unsqueeze(-1); x.unsqueeze(3); x.unsqueeze(4); x.unsqueeze(-4); x.sum().unsqueeze(0)
x[:, :1].expand(5, -1, 3, 4); x.expand(2, 3, 5); x.expand(-1, 2, 3, 4); x.expand(3, 4); t.broadcast_to(x[0], (2, 3, 4))
t.cat([x, x * 2], -1); t.cat([x, x[:, :2]], -1); t.cat([x, x[0]]); t.cat([]); t.cat([x], 3); t.cat([x.sum()]); t.cat(x)
t.cat([t.zeros(0, dtype=t.float64), x], 0); t.cat([t.tensor([1, 2]), x[0, 0].float()]); t.concat([x, x[:, :1]], dim=1)
t.stack([x, x], 2); t.stack([x, x], -1); t.stack([x, x[0]]); t.stack([]); t.stack([x, x], 5)
t.split(x, 3, 2); x.split([1, 3], 2); x.split([1, 2], 2); t.chunk(x, 3, 2); t.chunk(x, 9, 1); x.chunk(0); x.split(0)
t.unbind(x, 1); t.unbind(x, 1)[1]; t.unbind(x, 3); x.sum().unbind()
pad(x, (1, 2)); pad(x, (-1, 2, 1, -1), value=2.5); pad(x, (1,)); pad(x, (1,) * 8); pad(x, (-5, 0)); pad(x, (-4, 6)); pad(x, (-2, -2))
"""

INDICES = """
1; 1, 2, 3; slice(None), slice(1, None), slice(None, None, 2); None, slice(None), None, 1; ..., 1; -1, -2; (); slice(2, None)
[0, 1, 1]; slice(None), [[0, 1], [2, 2]]; [0, 1], slice(None), [1, 2]; 0, slice(None), [1, 2]; slice(None), 0, [1, 2]; []
slice(None), [0, 1], ..., [1, 2]; [0, 1], None, [1, 2]; t.tensor(1); slice(None), slice(t.tensor(1), None); np.int64(1); range(2)
x > 0; t.tensor([True, False]); slice(None), t.tensor([True, False, True]), slice(1, 3); t.tensor([True, False]), 1; [True, False]
t.tensor([True, True]), [0, 2]; t.tensor([[True, False, True], [False, True, True]]); True; False; np.array([1, 0])
2; 0, -4; [0, 2]; 0, 0, 0, 0; t.tensor([True, False, True]); t.tensor([1.0]); slice(None, None, -1); 1.5; ([0, 1], [0, 1, 2])
"""

CHOICES = """
t.where(x > 0, t.tensor(3, dtype=t.int8), 300); t.where(x > 0, t.ones(4, dtype=t.uint8), -1); t.where(x > 0, x > 1, True)
t.where(x > 0, x, 0.0); t.where(x > 0, 1, x[0]); x.where(x > 0, x * 3); t.where(x > 0, 1.0, 0.0); t.where(x > 0, 1, 0); t.where(x > 0)
t.where(x, x, x); t.where(x > 0, x, x[:, :2]); t.where(x > 0, x.float(), x); t.where(x > 0, x.float(), x.sum())
x.masked_fill(x[0] > 0, 2); x.masked_fill(x > 0, x.sum()); x.masked_fill(x, 1.0); t.arange(3).masked_fill(t.arange(3) > 1, 9.5)
x.masked_fill(x > 0, x); t.eq(x, x[0]); x == x[:, :2]; x < 0.3; 0.3 < x; (x > 0) & (x < 1); (x > 0) | (x < -1); (x > 0) ^ (x < 1); ~(x > 0)
~t.arange(4); x & x; ~x; t.arange(4) & 2; (t.arange(4) > 1) & t.arange(4); t.logical_and(x, x[0]); t.logical_not(t.arange(3))
t.isclose(x, x + 1e-7); t.isclose(x, x.float()); t.isnan(x); t.isinf(t.arange(3))
t.isfinite(t.tensor([1.0, float("inf")])); t.allclose(x, x + 1); t.equal(x, x)
t.sum(t.tensor([1, 2], dtype=t.uint8)); (x > 0).sum(1); x.float().sum(dtype=t.float64); t.arange(3).sum(dtype=t.float32)
t.arange(3).mean(); t.arange(3).mean(dtype=t.float32); t.norm(t.arange(3)); t.var(t.arange(3)); t.arange(5).max(); (x > 0).max()
t.max(x, x[0]); t.min(x, x[0]); x.var(False); t.gather(x, 1, t.tensor([[[2, 0, 0, 1]], [[1, 1, 1, 1]]])); t.gather(x, 1, t.tensor([[0]]))
t.gather(x, 1, t.tensor([[[3]]])); t.index_select(x, 1, t.tensor([2, 0, 0])); x.index_select(0, t.tensor(1))
x.index_select(0, t.tensor([2])); t.index_select(x, 1, t.tensor([[2]]))
"""


@pytest.mark.parametrize("source", calls(SHAPING) + calls(CHOICES))
def test_calls(source):
    agree(lambda t, x: evaluate(source, t, x), CUBE)


@pytest.mark.parametrize("index", calls(INDICES))
def test_reading_by_index(index):
    agree(lambda t, x: x[evaluate(index, t, x)], CUBE)


# not: places written twice, whose order PyTorch leaves open; an index out of range, which PyTorch calls a RuntimeError here
WRITES = [index for index in calls(INDICES) if "1, 1]" not in index and "2, 2]" not in index and index != "[0, 2]"]


@pytest.mark.parametrize("index", WRITES)
def test_writing_by_index(index):
    def run(t, x, value):
        y = x * 1
        y[evaluate(index, t, x.detach())] = value
        return y

    agree(run, CUBE, np.array(3.0))
    agree(run, CUBE, np.array([[[[3.0]]]]))
    if index != "False":  # nothing selected: PyTorch does not look at the shape
        agree(run, CUBE, np.ones(7))


FORMS = [(3,), (4,), (2, 3), (3, 4), (), (5, 2, 3), (5, 3, 4), (3, 3, 4), (1, 3, 4), (4, 1, 2, 3), (0, 3), (3, 0)]


@pytest.mark.parametrize("a, b", list(product(FORMS, FORMS)), ids=str)
def test_products(a, b):
    a, b = RNG.standard_normal(a), RNG.standard_normal(b)
    agree(lambda t, x, y: x @ y, a, b)
    for name in ("mm", "mv", "dot", "bmm") if a.ndim else ():
        agree(lambda t, x, y: getattr(t, name)(x, y), a, b)  # noqa: B023


def test_products_of_different_dtypes():
    agree(lambda t, x: x @ x.float().mT, CUBE)
    agree(lambda t, x: t.arange(4) @ t.arange(4), CUBE)
