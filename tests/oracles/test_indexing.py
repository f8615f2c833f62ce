"""Elements by a dimension and positions along it, by masks, by numbers; writing by index, by PyTorch: every argument form."""

import numpy as np
import pytest

from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

CUBE = np.random.default_rng(1).standard_normal((2, 3, 4))

CALLS = """
t.take_along_dim(x.sum(), t.tensor(0), 0); t.take_along_dim(x.sum(), t.tensor(0)); t.take_along_dim(x[:0], I[:0], 1)
t.gather(x[:0], 1, I[:0]); t.scatter_add(x[:0], 0, I[:0], x[:0, :2]); t.index_add(x[:0], 1, t.tensor([0]), x[:0, :1])
t.masked_select(x[:0], x[:0] > 0); t.index_fill(x[:0], 1, t.tensor([0]), 1.0); t.gather(x.permute(1, 0, 2), 0, t.zeros_like(J).mT)
x[:, ::2].scatter(1, J * 0, 1.0); x[:1].expand(3, 3, 4).gather(0, t.zeros(1, 3, 4, dtype=t.int64))
t.gather(x, 1, I); x.gather(dim=-2, index=I); t.gather(x, 1, J); t.gather(x, 1, J - 1); t.gather(x, 1, J + 1); t.gather(x, 3, J)
t.gather(x, 1, J.int()); t.gather(x, 1, J.float()); t.gather(x, 1, J[0]); t.gather(x, 0, t.zeros(1, 4, 4, dtype=t.int64))
t.gather(x, 1, t.zeros(2, 0, 4, dtype=t.int64)); t.gather(x.sum(), 0, t.tensor(0)); t.gather(x.sum(), 0, t.tensor([0, 0]))
t.gather(x[0, 0], 0, t.tensor(2)); t.gather(x, 1, I, sparse_grad=False); t.gather(x, 1, [0]); t.gather(x, 'a', I)
t.gather(t.arange(3), 0, t.tensor([2, 2])); t.gather(x, 1, t.tensor([], dtype=t.int64)); t.gather(x, 1, J == 0)
t.gather(x, 1, J.to(t.uint8)); t.index_select(x, 1, t.tensor([2, 0, 0])); x.index_select(dim=0, index=t.tensor(1))
x.index_select(0, t.tensor([2])); x.index_select(0, t.tensor([-1])); t.index_select(x, 1, t.tensor([[2]]))
t.index_select(x, 3, t.tensor([0])); t.index_select(x, 1, t.tensor([], dtype=t.int64)); t.index_select(x, 1, t.tensor([1.0]))
t.index_select(x, 1, t.tensor([1], dtype=t.int32)); t.index_select(x.sum(), 0, t.tensor([0])); t.index_select(x.sum(), 0, t.tensor(0))
t.index_select(x, 1, [0]); t.index_select(x, 1, t.tensor([True])); t.index_select(x.sum(), 0, t.tensor([0, 0]))
t.index_select(x.sum(), 0, t.tensor([1])); t.scatter(x, 1, J, x[:, :1] * 2); x.scatter(1, J, 9.5); x.scatter(1, J, value=9)
x.scatter(1, J, True); x.scatter(1, J, t.tensor(3.0)); x.scatter(1, J, t.tensor(3.0, dtype=t.float64)); x.scatter(1, J + 1, 1.0)
x.scatter(1, J - 1, 1.0); x.scatter(3, J, 1.0); x.scatter(1, J.int(), 1.0); x.scatter(1, J.float(), 1.0); x.scatter(1, J[0], 1.0)
x.scatter(1, I, x[:, :1]); x.scatter(1, t.zeros(2, 4, 4, dtype=t.int64), x.expand(2, 3, 4)); x.scatter(1, J, x.float())
x.scatter(1, t.zeros(3, 1, 4, dtype=t.int64), 1.0); x.sum().scatter(0, t.tensor(0), 5.0); x.sum().scatter(0, t.tensor([0]), 5.0)
t.scatter(t.arange(3), 0, t.tensor([1]), 7); t.scatter(t.arange(3), 0, t.tensor([1]), 7.5); (x * 1).scatter_(1, J, 5.0)
x.scatter(1, [0], 1.0); x.scatter(1, J); x.scatter('a', J, 1.0); x.scatter(1, J, 'a'); x.scatter(1, t.tensor([], dtype=t.int64), 1.0)
x.scatter(1, J, x, reduce='bad'); x.detach().scatter(1, J, x.detach(), reduce='add'); t.scatter_add(x, 1, J, x[:, :1] * 2)
x.scatter_add(1, J, x.float()); x.scatter_add(1, J, 2.0); x.scatter_add(1, J + 1, x); x.scatter_add(1, J - 1, x); x.scatter_add(3, J, x)
x.scatter_add(1, t.zeros(2, 4, 4, dtype=t.int64), x); t.scatter_add(t.zeros(3), 0, t.tensor([0, 0, 2, 0]), t.ones(4))
t.scatter_add(x.sum(), 0, t.tensor(0), x.sum()); t.scatter_add(t.arange(3), 0, t.tensor([1, 1]), t.tensor([5, 6]))
t.index_add(x, 1, t.tensor([0, 2, 0]), x * 2); x.index_add(dim=1, index=t.tensor([1]), source=x[:, :1])
x.index_add(1, t.tensor([0, 2, 0]), x * 2, alpha=3); x.index_add(1, t.tensor([0, 3, 0]), x); x.index_add(1, t.tensor([0, -1, 0]), x)
x.index_add(1, t.tensor([0, 1]), x); x.index_add(3, t.tensor([0]), x); x.index_add(1, t.tensor([0, 1, 2]), x.float())
x.index_add(1, t.tensor([[0, 1, 2]]), x); x.index_add(1, t.tensor(0), x[:, 0]); x.index_add(1, t.tensor(0), x[:, :1])
x.index_add(1, t.tensor([0, 0], dtype=t.int32), x[:, :2]); x.index_add(1, t.tensor([0.0]), x[:, :1])
x.index_add(1, t.tensor([0]), x[:, :1, :2]); (x * 1).index_add_(0, t.tensor([1, 1]), x)
x[0, 0].index_add(0, t.tensor([0, 0]), x[0, 1, :2]); x.index_add(1, t.tensor([], dtype=t.int64), x[:, :0])
x.index_add(1, t.tensor([0]), 1.0); t.arange(3).index_add(0, t.tensor([0]), t.tensor([2]), alpha=2)
x.index_add(1, t.tensor([0, 2, 0]), x[0]); x.sum().index_add(0, t.tensor(0), x.sum()); x.index_add(1, t.tensor([0, 2, 0]), x, alpha='a')
t.arange(3).index_add(0, t.tensor([0]), t.tensor([2]), alpha=2.5); x.index_fill(1, t.tensor([0, 2]), 7.0)
x.index_fill(1, t.tensor([0, 2]), x.sum()); x.index_fill(1, t.tensor([0, 2, 0]), x.sum()); x.index_fill(1, t.tensor([2, -1]), 2.0)
x.index_fill(-1, t.tensor([[]]).long()[0], x.sum())
t.zeros(3, dtype=t.uint8).index_fill(0, t.tensor([0]), 300); t.zeros(3, dtype=t.uint8).index_fill(0, t.tensor([0]), -1)
t.gather(x, 1, t.tensor([])); t.gather(x, 1, t.zeros(2, 0)); t.gather(x, 3, t.tensor([])); x.scatter(1, t.tensor([]), x.detach())
x.scatter(1, t.zeros(0, 9), 2.0)
x.scatter_add(1, t.zeros(0, 9, 4), x.detach()); x.scatter(3, t.tensor([]), 2.0); x.scatter(0, t.zeros(1, 0, 9, dtype=t.int64), x.detach())
t.zeros(3, dtype=t.uint8).scatter(0, t.tensor([0]), 300); t.zeros(3, dtype=t.int8).masked_fill(t.tensor([True, False, True]), 1000)
t.zeros(3, dtype=t.int64).masked_fill(t.tensor([True, False, True]), np.inf)
 t.index_fill(x, dim=1, index=t.tensor(1), value=3); x.index_fill(1, t.tensor([3]), 1.0)
x.index_fill(1, t.tensor([-1]), 1.0); x.index_fill(1, t.tensor([-4]), 1.0); x.index_fill(3, t.tensor([0]), 1.0)
x.index_fill(1, t.tensor([[0]]), 1.0); x.index_fill(1, t.tensor([0.5]), 1.0); x.index_fill(1, t.tensor([0]), x[0])
x.index_fill(1, t.tensor([0], dtype=t.int32), 1.0); (x * 1).index_fill_(0, t.tensor([1, 1]), 2.0)
x.index_fill(1, t.tensor([], dtype=t.int64), 1.0); x.index_fill(1, t.tensor([0]), 'a'); t.arange(3).index_fill(0, t.tensor([1]), 2.5)
x.index_fill(1, t.tensor([0]), t.tensor(3.0)); x.sum().index_fill(0, t.tensor([0]), 2.0); x.index_fill(1, [0], 1.0)
x.index_copy(1, t.tensor([2, 0]), x[:, :2] * 3); t.index_copy(x, dim=0, index=t.tensor([1]), source=x[:1])
x.index_copy(1, t.tensor([0, 3]), x[:, :2]); x.index_copy(1, t.tensor([0, -1]), x[:, :2]); x.index_copy(1, t.tensor([0]), x[:, :2])
x.index_copy(3, t.tensor([0]), x); x.index_copy(1, t.tensor([0]), x[:, :1].float()); x.index_copy(1, t.tensor([[0]]), x[:, :1])
x.index_copy(1, t.tensor(0), x[:, 0]); x.index_copy(1, t.tensor(0), x[:, :1]); (x * 1).index_copy_(0, t.tensor([1, 0]), x * 2)
x.index_copy(1, t.tensor([0]), x[:, :1, :2]); x.index_copy(1, t.tensor([], dtype=t.int64), x[:, :0])
x.index_copy(1, t.tensor([0], dtype=t.int32), x[:, :1]); x.sum().index_copy(0, t.tensor([0]), x[0, 0, :1])
x.index_copy(1, t.tensor([0]), 1.0); x.index_copy(1, t.tensor([0.0]), x[:, :1]); x.sum().index_copy(0, t.tensor(0), x.sum())
t.take_along_dim(x, J, 1); t.take_along_dim(x, t.tensor([[[0], [1]]]), 1); x.take_along_dim(t.tensor([3, 23, 0]))
x.take_along_dim(indices=t.tensor([[[1]]]), dim=0); t.take_along_dim(x, t.tensor([[[-1]]]), 1); t.take_along_dim(x, t.tensor([0]), 1)
t.take_along_dim(x, t.tensor([[[0.5]]]), 1); t.take_along_dim(x, x.argmax(1, keepdim=True), 1); t.take_along_dim(x, t.tensor([[[0]]]), 3)
t.take_along_dim(x, t.tensor([24])); t.take_along_dim(x, t.tensor([[1, 2]])); t.take_along_dim(x, t.tensor([[[0]]], dtype=t.int32), 1)
t.take_along_dim(x, t.zeros(3, 1, 1, dtype=t.int64), 1); t.take_along_dim(x, [0], 1); t.masked_select(x, x > 0); x.masked_select(x[0] > 0)
x.masked_select(mask=t.tensor(True)); t.masked_select(x, x); t.masked_select(x, x[:, :2] > 0); x.sum().masked_select(t.tensor(True))
x.sum().masked_select(x > 0); x[0].masked_select(t.tensor([[True], [False], [True]])); t.masked_select(x, t.tensor(False))
x.masked_select([True]); t.masked_select(t.zeros(0, 3), t.zeros(0, 3) > 0); x[0, 0].masked_select(x > 0); t.take(x, t.tensor([0, 5, -1]))
x.take(t.tensor([[0, 5], [1, 1]])); t.take(x, t.tensor(3)); t.take(x, t.tensor([24])); t.take(x, t.tensor([0.5]))
t.take(x, index=t.tensor([0])); t.take(x, [0]); t.take(x, t.tensor([-25])); t.take(x, t.tensor([], dtype=t.int64))
t.take(x.mT, t.tensor([1])); t.take(x, t.tensor([0], dtype=t.int32)); t.where(x > 0); t.where(x); t.where(x.sum() > 0); t.nonzero(x > 0)
(x > 0).nonzero(as_tuple=True); F.one_hot(t.tensor([0, 2])); F.one_hot(t.tensor([0, 2]), 4)
F.one_hot(t.tensor([[0, 2], [1, 1]]), num_classes=3); F.one_hot(t.tensor(1)); F.one_hot(t.tensor([0, 2]), 2); F.one_hot(t.tensor([-1, 2]))
F.one_hot(t.tensor([0.0])); F.one_hot(t.tensor([], dtype=t.int64)); F.one_hot(t.tensor([], dtype=t.int64), 3)
F.one_hot(t.tensor([0], dtype=t.int32)); F.one_hot(t.tensor([0]), 0); F.one_hot(t.tensor([0]), -2); F.one_hot([0])
F.one_hot(t.tensor([0]), 'a'); F.one_hot(t.zeros(0, 2, dtype=t.int64), 3); F.one_hot(t.tensor([], dtype=t.int64), 0)
F.one_hot(t.tensor([True])); F.one_hot(t.tensor([0]), 2.0)
"""


@pytest.mark.parametrize("source", calls(CALLS))
def test_calls(source):
    def run(t, x):
        many = t.tensor([[[0, 2, 1, 0], [1, 0, 2, 2]], [[2, 1, 1, 0], [0, 0, 0, 1]]])
        return evaluate(source, t, x, I=many, J=many[:, :1])

    agree(run, CUBE)


# beyond those of test_ops.py
INDICES = """
...; None; slice(0, 0); slice(5, 9); slice(-100, 100); slice(-1, None); None, None; ..., None; 0, ..., None, 0
slice(None), [[0, 1], [2, 0]]; [0, 1], slice(None), [1, 0]; slice(None), None, [0, 2]; [0], [[1], [2]]; 1, [0]; t.zeros(0, dtype=t.int64)
t.tensor([0, 1], dtype=t.int32); t.tensor(0), t.tensor([1]); t.tensor(True), 0; True, 1; x.sum() > 0; np.array([True, False]); np.array(1)
slice(np.int64(0), np.int64(1)); slice(1, None), ..., slice(None, 2); slice(t.tensor(0), t.tensor(2), t.tensor(2))
slice('a', None); slice(None, None, 0); slice(None), slice(None), slice(None), slice(None); 1.0, 2; t.tensor([]); x
"""
VALUES = """
3.0; 7; True; np.float64(2.5); t.tensor(2.0, dtype=t.float64); y; y[None, None, None]; y * x[:1, :1, :1].detach(); t.ones(7); 'a'; None
"""


@pytest.mark.parametrize("index", calls(INDICES))
def test_reading(index):
    agree(lambda t, x: x[evaluate(index, t, x.detach())], CUBE)


@pytest.mark.parametrize("value", calls(VALUES))
@pytest.mark.parametrize("index", calls(INDICES))
def test_writing(index, value):
    def run(t, x, y):
        z = x * 1
        z[evaluate(index, t, x.detach())] = evaluate(value, t, x, y=y)
        return z

    agree(run, CUBE, np.array(1.7))
