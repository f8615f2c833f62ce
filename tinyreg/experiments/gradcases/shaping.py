"""Gradient cases of reshaping, joining and indexing."""

from .case import Case

CASES = [
    Case("reshape", lambda t, x: t.reshape(x, (2, -1)), ((3, 4),)),
    Case("view", lambda t, x: x.reshape(3, 4).contiguous().view(-1, 2), ((3, 4),)),
    Case("flatten", lambda t, x: t.flatten(x, 1), ((2, 3, 4),)),
    Case("squeeze", lambda t, x: t.squeeze(x, 1), ((2, 1, 3),)),
    Case("unsqueeze", lambda t, x: t.unsqueeze(x, -1), ((2, 3),)),
    Case("permute", lambda t, x: t.permute(x, (2, 0, 1)), ((2, 3, 4),)),
    Case("transpose", lambda t, x: t.transpose(x, 0, -1), ((2, 3, 4),)),
    Case("t", lambda t, x: t.t(x), ((2, 3),)),
    Case("contiguous", lambda t, x: x.transpose(0, 1).contiguous(), ((2, 3),)),
    Case("expand", lambda t, x: x.expand(4, -1, 3), ((2, 1),)),
    Case("cat", lambda t, a, b: t.cat([a, b, a], dim=-1), ((2, 3), (2, 1))),
    Case("stack", lambda t, a, b: t.stack([a, b], dim=1), ((2, 3), (2, 3))),
    Case("split", lambda t, x: t.split(x, [1, 3], dim=1), ((2, 4),)),
    Case("chunk", lambda t, x: t.chunk(x, 3, dim=1), ((2, 5),)),
    Case("unbind", lambda t, x: t.unbind(x, 1), ((2, 3),)),
    Case("nn.functional.pad", lambda t, x: t.nn.functional.pad(x, (1, 2, -1, 1), value=3.0), ((3, 4),)),
    Case("index", lambda t, x: x[1:, None, ::2], ((3, 4),)),
    Case("index integers", lambda t, x: x[t.tensor([0, 2, 0, 0]), 1], ((3, 4),)),
    Case("index mask", lambda t, x: x[t.tensor([True, False, True])], ((3, 4),)),
    Case("index repeated", lambda t, x: x[:, t.tensor([[1, 1], [2, 0]])], ((2, 3),)),
    Case("assign by index", lambda t, x, v: _assigned(t, x, v), ((3, 4), (1, 2))),
]


def _assigned(t, x, v):
    y = x * 1
    y[1:, ::2] = v
    return y
