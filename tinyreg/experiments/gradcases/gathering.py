"""Gradient cases of reading and writing by a dimension and the positions along it."""

from .case import Case

CASES = [
    Case("index_select", lambda t, x: t.index_select(x, 1, t.tensor([2, 0, 2])), ((2, 3),)),
    Case("gather", lambda t, x: t.gather(x, 1, t.tensor([[2, 0, 2], [1, 1, 0]])), ((2, 3),)),
    Case("take_along_dim", lambda t, x: t.take_along_dim(x, t.tensor([[2, -1]]), 1), ((2, 3),)),
    Case("take_along_dim flat", lambda t, x: t.take_along_dim(x, t.tensor([5, 0, 5])), ((2, 3),)),
    Case("scatter", lambda t, x, v: t.scatter(x, 1, t.tensor([[2, 0], [1, 2]]), v), ((2, 3), (2, 2))),
    Case("scatter part of src", lambda t, x, v: t.scatter(x, 0, t.tensor([[1, 0]]), v), ((2, 3), (3, 3)), torch=False),
    Case("scatter number", lambda t, x: t.scatter(x, 1, t.tensor([[2], [0]]), 7.0), ((2, 3),)),
    Case("scatter reduce", lambda t, x, v: t.scatter(x, 1, t.tensor([[2, 2], [0, 1]]), v, reduce="add"), ((2, 3), (2, 2)), torch=False),
    Case("scatter_add", lambda t, x, v: t.scatter_add(x, 1, t.tensor([[2, 2], [0, 1]]), v), ((2, 3), (2, 2))),
    Case("scatter_add part of src", lambda t, x, v: t.scatter_add(x, 0, t.tensor([[1, 0]]), v), ((2, 3), (3, 3)), torch=False),
    Case("index_add", lambda t, x, v: t.index_add(x, 1, t.tensor([2, 0, 2]), v, alpha=-2), ((2, 3, 2), (2, 3, 2))),
    Case("index_add vector", lambda t, x, v: t.index_add(x, 0, t.tensor([1, 1]), v), ((3,), (2,))),
    Case("index_copy", lambda t, x, v: t.index_copy(x, 1, t.tensor([2, 0]), v), ((2, 3), (2, 2))),
    Case("index_fill", lambda t, x: t.index_fill(x, 1, t.tensor([2, 0]), 7.0), ((2, 3),)),
    Case("index_fill tensor", lambda t, x, v: t.index_fill(x, 1, t.tensor([1, 0]), v), ((2, 3), ())),
]
