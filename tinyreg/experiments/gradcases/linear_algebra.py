"""Gradient cases of matrix products."""

from .case import Case

CASES = [
    Case("matmul", lambda t, a, b: t.matmul(a, b), ((2, 3), (3, 4))),
    Case("matmul same tensor", lambda t, a: a @ a, ((3, 3),)),
    Case("matmul constant left", lambda t, b: t.ones(2, 3, dtype=b.dtype) @ b, ((3, 4),)),
    Case("matmul vectors", lambda t, a, b: a @ b, ((3,), (3,))),
    Case("matmul matrix vector", lambda t, a, b: a @ b, ((2, 3), (3,))),
    Case("matmul vector matrix", lambda t, a, b: a @ b, ((3,), (3, 4))),
    Case("matmul batch matrix", lambda t, a, b: a @ b, ((5, 2, 3), (3, 4))),
    Case("matmul matrix batch", lambda t, a, b: a @ b, ((2, 3), (5, 3, 4))),
    Case("matmul batches broadcast", lambda t, a, b: a @ b, ((5, 1, 2, 3), (4, 3, 2))),
    Case("matmul batch vector", lambda t, a, b: a @ b, ((2, 4, 3), (3,))),
    Case("matmul vector batch", lambda t, a, b: a @ b, ((3,), (2, 3, 4))),
    Case("mm", lambda t, a, b: t.mm(a, b), ((2, 3), (3, 4))),
    Case("bmm", lambda t, a, b: t.bmm(a, b), ((2, 2, 3), (2, 3, 4))),
    Case("mv", lambda t, a, b: t.mv(a, b), ((2, 3), (3,))),
    Case("dot", lambda t, a, b: t.dot(a, b), ((3,), (3,))),
]
