"""Gradient cases of reshaping, joining and indexing."""

from .case import Case


def assigned(x, index, v):
    """x with x[index] = v."""
    y = x * 1
    y[index] = v
    return y


CASES = [
    Case("reshape", lambda t, x: t.reshape(x, (2, -1)), ((3, 4),)),
    Case("view", lambda t, x: x.reshape(3, 4).contiguous().view(-1, 2), ((3, 4),)),
    Case("flatten", lambda t, x: t.flatten(x, 1), ((2, 3, 4),)),
    Case("squeeze", lambda t, x: t.squeeze(x, 1), ((2, 1, 3),)),
    Case("squeeze all", lambda t, x: x.squeeze(), ((1, 2, 1, 3),)),
    Case("unsqueeze", lambda t, x: t.unsqueeze(x, -1), ((2, 3),)),
    Case("permute", lambda t, x: t.permute(x, (2, 0, 1)), ((2, 3, 4),)),
    Case("transpose", lambda t, x: t.transpose(x, 0, -1), ((2, 3, 4),)),
    Case("t", lambda t, x: t.t(x), ((2, 3),)),
    Case("T", lambda t, x: x.T, ((2, 3),)),
    Case("mT", lambda t, x: x.mT, ((2, 3, 4),)),
    Case("contiguous", lambda t, x: x.transpose(0, 1).contiguous(), ((2, 3),)),
    Case("expand", lambda t, x: x.expand(4, -1, 3), ((2, 1),)),
    Case("expand 0-d", lambda t, x: x.expand(2, 3), ((),)),
    Case("broadcast_to", lambda t, x: t.broadcast_to(x, (2, 2, 3)), ((2, 1),)),
    Case("cat", lambda t, a, b: t.cat([a, b, a], dim=-1), ((2, 3), (2, 1))),
    Case("stack", lambda t, a, b: t.stack([a, b], dim=1), ((2, 3), (2, 3))),
    Case("split", lambda t, x: t.split(x, [1, 3], dim=1), ((2, 4),)),
    Case("split one part used", lambda t, x: t.split(x, 2, dim=1)[1], ((2, 5),)),
    Case("chunk", lambda t, x: t.chunk(x, 3, dim=1), ((2, 5),)),
    Case("unbind", lambda t, x: t.unbind(x, 1), ((2, 3),)),
    Case("nn.functional.pad", lambda t, x: t.nn.functional.pad(x, (1, 2, -1, 1), value=3.0), ((3, 4),)),
    Case("nn.functional.pad last", lambda t, x: t.nn.functional.pad(x, (2, 0)), ((2, 3),)),
    Case("index", lambda t, x: x[1:, None, ::2], ((3, 4),)),
    Case("index one element", lambda t, x: x[1, -1], ((3, 4),)),
    Case("index repeated", lambda t, x: x[:, t.tensor([[1, 1], [2, 0]])], ((2, 3),)),
    Case("index apart", lambda t, x: x[[0, 1, 0], :, [2, 2, 2]], ((2, 2, 3),)),
    Case("index integer and list", lambda t, x: x[1, :, [2, 0, 2]], ((2, 2, 3),)),
    Case("index mask", lambda t, x: x[t.tensor([[True, False, True], [False, True, True]])], ((2, 3),)),
    Case("index_select", lambda t, x: t.index_select(x, 1, t.tensor([2, 0, 2])), ((2, 3),)),
    Case("gather", lambda t, x: t.gather(x, 1, t.tensor([[2, 0, 2], [1, 1, 0]])), ((2, 3),)),
    Case("setitem", lambda t, x, v: assigned(x, (slice(1, None), slice(None, None, 2)), v), ((3, 4), (1, 2))),
    Case("setitem list", lambda t, x, v: assigned(x, (0, [0, 3]), v), ((3, 4), (2,))),
    Case("setitem mask", lambda t, x, v: assigned(x, t.tensor([True, False, True]), v), ((3, 4), ())),
    Case("setitem number", lambda t, x: assigned(x, 0, 7.0), ((3, 4),)),
    Case("where", lambda t, a, b: t.where(t.tensor([True, False, True]), a, b), ((2, 3), (3,))),
    Case("where number", lambda t, a: t.where(t.tensor([[True], [False]]), 1.5, a), ((3,),)),
    Case("masked_fill", lambda t, x: x.masked_fill(t.tensor([True, False, True]), 7.0), ((2, 3),)),
    Case("masked_fill tensor", lambda t, x, v: x.masked_fill(t.tensor([True, False, True]), v), ((2, 3), ())),
]
