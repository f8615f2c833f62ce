"""Gradient cases of matrix products and of choices between tensors."""

from .case import Case

CASES = [
    Case("matmul", lambda t, a, b: t.matmul(a, b), ((2, 3), (3, 4))),
    Case("matmul stacks", lambda t, a, b: a @ b, ((5, 1, 2, 3), (4, 3, 2))),
    Case("matmul vector", lambda t, a, b: a @ b, ((2, 4, 3), (3,))),
    Case("matmul row", lambda t, a, b: a @ b, ((3,), (2, 3, 4))),
    Case("mm", lambda t, a, b: t.mm(a, b), ((2, 3), (3, 4))),
    Case("bmm", lambda t, a, b: t.bmm(a, b), ((2, 2, 3), (2, 3, 4))),
    Case("mv", lambda t, a, b: t.mv(a, b), ((2, 3), (3,))),
    Case("dot", lambda t, a, b: t.dot(a, b), ((3,), (3,))),
    Case("where", lambda t, a, b: t.where(t.tensor([True, False, True]), a, b), ((2, 3), (3,))),
    Case("masked_fill", lambda t, x: x.masked_fill(t.tensor([True, False, True]), 7.0), ((2, 3),)),
]
