"""Shapes, joining and cutting, repetitions, turns, diagonals and triangles by PyTorch: every argument form."""

import numpy as np
import pytest

from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

CUBE = np.random.default_rng(1).standard_normal((2, 3, 4))

SHAPES = """
t.reshape(x, (4, -1)); t.reshape(x, shape=(4, -1)); x.reshape(shape=(4, -1)); x.reshape(()); x.sum().reshape(()); x.sum().reshape(1, 1)
x.reshape([4, 6]); x.reshape(t.Size([4, 6])); x.reshape(-1); x.reshape(-1, -1); x.reshape(4.0, 6); x.reshape('a'); x.reshape(None)
x.reshape(True, 24); x.reshape(t.tensor(4), 6); x.reshape(0, -1); t.zeros(0, 3).reshape(-1, 0); t.zeros(0, 3).reshape(0, -1)
t.zeros(0, 3).reshape(3, -1); x.reshape(); x.view(size=(4, 6)); x.view((4, 6)); x.view(-1, 6); x.view(); x.view('a'); x.view(t.int64)
x.sum().view(1); x.view_as(other=x.reshape(4, 6)); x.view_as(x[0]); t.reshape([1], (1,)); t.flatten(x, start_dim=1, end_dim=-1)
t.flatten(x, -2, -1); t.flatten(x, 'a'); t.flatten(x, 1.0); t.flatten(x, -4); x.flatten(0, 0); x.flatten(1, 1); t.zeros(0, 3).flatten()
t.zeros(2, 0, 3).flatten(1); x.ravel(); t.ravel(x); t.ravel(x.mT); x.sum().ravel(); x.permute(dims=(2, 0, 1))
t.permute(x, dims=(2, 0, 1)); t.permute(x, (2, 0, 1)); x.permute([2, 0, 1]); x.permute(); x.sum().permute(()); x.permute(0, 1, 1)
x.permute('a'); x.permute(0, 1, 2.0); x.permute(-1, -2, -3); x.permute(0, 1, -4); x.sum().permute(); x.transpose(dim0=0, dim1=1)
x.transpose(0, 'a'); x.transpose(-3, -1); x.sum().transpose(0, 0); x.sum().transpose(0, 1); x.swapaxes(0, 1); x.swapdims(0, -1)
t.swapaxes(x, axis0=0, axis1=1); t.swapdims(x, dim0=0, dim1=2); x.swapaxes(0, 3); t.movedim(x, 0, 2); t.movedim(x, (0, 1), (1, 0))
x.movedim(source=0, destination=-1); x.moveaxis(0, 1); t.moveaxis(x, (0, -1), (-1, 0)); x.movedim((0, 0), (1, 2))
x.movedim((0, 1), (1, 1)); x.movedim((0, 1), 2); x.movedim(0, 3); x.movedim(3, 0); x.movedim((), ()); x.movedim([0, 2], [1, 0])
x.sum().movedim(0, 0); x.movedim('a', 0); x.movedim((0, 1), (0,)); x.t(); x[0].t(); x[0].T; x.T; x.sum().T; x[0, 0].T; x.mT; x[0, 0].mT
x.sum().mT; t.t(x[0]); x.sum().t(); t.squeeze(x[:1]); t.squeeze(x[:1], 0); t.squeeze(x[:1], dim=(0,)); x[:1, :1].squeeze((0, 1))
x[:1, :1].squeeze([0, 1]); x[:1].squeeze((0, 0)); x.squeeze(-4); x.squeeze('a'); x.sum().squeeze(); x.sum().squeeze(0)
x.sum().squeeze(-1); x.sum().squeeze(1); x.squeeze(()); x[:1].squeeze(()); x[:1].squeeze(dim=0); x[:1].squeeze(1.0); x.squeeze((0, 3))
(x[:1] * 1).squeeze_(); (x[:1] * 1).squeeze_(0); (x[:1, :1] * 1).squeeze_((0, 1)) * x[0, 0]; (x * 1).squeeze_(3); (x * 1).unsqueeze_(1) * 2
(x * 1).unsqueeze_(-1); (x * 1).unsqueeze_(5); (x[0] * 1).t_() @ x[0]; (x * 1).t_(); x.sum().t_(); (x * 1).transpose_(0, -1) * 3
(x * 1).transpose_(0, 3); (x * 1).swapaxes_(0, 1); (x * 1).swapdims_(dim0=1, dim1=2).mul_(2); x.squeeze_(); x.unsqueeze_(0)
x.transpose_(0, 1)
x.detach().clone().t_(); x.detach().clone().transpose_(0, 1).add_(1); (x * 1)[0].t_(); (x * 1)[:1].squeeze_() * 2; x.sum().squeeze_()
t.unsqueeze(x, 0); x.unsqueeze(dim=-1); x.unsqueeze('a'); x.unsqueeze(1.0); x.unsqueeze(-5); x.unsqueeze(None); x.sum().unsqueeze(-1)
x.sum().unsqueeze(1); x.sum().unsqueeze(-2); x[:, :1].expand(5, -1, 3, 4); x[:, :1].expand(size=(5, 2, 3, 4)); x.expand((2, 3, 4))
x.expand(2, 3, -1); x.expand(2, 3, 5); x.expand('a'); x.expand(-2, 3, 4); x.sum().expand(3); x.sum().expand(()); x.sum().expand(0)
x.sum().expand(2, -1); x.expand(); t.zeros(1, 3, dtype=t.float64).expand(0, 3); t.zeros(0, 3).expand(2, 0, 3); x.expand(0, 3, 4)
x.expand_as(other=x); x.expand(1.0, 3, 4); t.broadcast_to(x[0], size=(2, 3, 4)); t.broadcast_to(x[0], (2, 3, 4))
x[0].broadcast_to((2, 3, 4)); x[0].broadcast_to(2, 3, 4); t.broadcast_to(x, (3,)); t.broadcast_tensors(x[:, :1], x[0])
t.broadcast_tensors(x); t.broadcast_tensors(); t.broadcast_tensors(x, x[:, :2]); t.broadcast_tensors(x[0], x[0, 0], x.sum())
t.broadcast_shapes((2, 1), (3,)); t.broadcast_tensors(1, 2); x.unflatten(1, (3, 1)); t.unflatten(x, 2, (2, 2)); t.unflatten(x, 2, (2, -1))
x.unflatten(dim=-1, sizes=(2, -1)); x.unflatten(2, (3, -1)); x.unflatten(2, (5,)); x.unflatten(3, (1,)); x.unflatten(2, ())
x.unflatten(2, [2, 2]); x.unflatten(2, (-1, -1)); x.unflatten(2, (-2, 2)); x.unflatten('a', (2, 2)); x.sum().unflatten(0, (1,))
x.unflatten(2, 2); x.contiguous(); x.mT.contiguous(); x.is_contiguous(); x.mT.is_contiguous(); x.narrow(1, 0, 2); t.narrow(x, 2, 1, 3)
t.narrow(x, 2, t.tensor([1]), 1); t.narrow(x, 2, t.tensor(True), 1); t.narrow(x, 2, t.tensor(1.0), 1); t.narrow(x, 2, 1.0, 1)
t.narrow(x, 2, True, 1)
t.narrow(x, 2, -2, 2); t.narrow(x, 2, 2, 3); t.narrow(x, 3, 0, 1); t.narrow(x, 0, 0, 0); x.narrow(dim=1, start=1, length=1)
x.narrow(1, 0, -1); x.narrow(1, t.tensor(1), 1); x.narrow(1, -4, 1); x.narrow(2, 4, 0); x.sum().narrow(0, 0, 1); x.narrow(2, 5, 0)
x.select(1, 0); t.select(x, 2, -1); x.select(dim=0, index=1); x.select(1, 3); x.select(3, 0); x.sum().select(0, 0); x.select(1, 'a')
x.select(0, t.tensor(1)); t.meshgrid(x[0, 0], x[0, :, 0], indexing='ij'); t.meshgrid(x[0, 0], x[0, :, 0], indexing='xy')
t.meshgrid([x[0, 0], x[0, :, 0]], indexing='ij'); t.meshgrid(x[0, 0], x[0, :, 0], x[:, 0, 0], indexing='xy')
t.meshgrid(x[0, 0], indexing='xy'); t.meshgrid(x[0], indexing='ij'); t.meshgrid(indexing='ij'); t.meshgrid(x[0, 0], indexing='a')
t.meshgrid(x.sum(), x[0, 0], indexing='ij'); t.meshgrid(x[0, 0], x[0, 0].float(), indexing='ij')
t.meshgrid(t.zeros(0), t.zeros(2), indexing='ij'); t.meshgrid((x[0, 0], x[0, 0]), indexing='xy')
t.meshgrid(x.sum(), x.sum(), indexing='xy'); t.meshgrid(x[0, 0], x[0, :, 0]); x.size(0); x.size(-1); x.size(3); x.size('a')
x.sum().size(0); x.size(dim=1); x.size(1.5); x.stride(0); x.stride(3); x.stride(dim=-1); x.sum().stride(0); x.sum().stride(); x.numel()
t.numel(x); t.numel(5); x.dim(); x.ndimension(); x.nelement()
"""

PARTS = """
t.cat([x, x], -1); t.cat((x, x[:, :2]), dim=1); t.cat(tensors=[x, x]); t.cat([x, x[0]]); t.cat([]); t.cat(()); t.cat([x], 3)
t.cat([x.sum()]); t.cat(x); t.cat([x, 1]); t.cat([x, x], 'a'); t.cat(1); t.cat([x, x], dim=(0,)); t.cat([x, x], 1.0)
t.cat([x, x.float()]); t.cat([x, t.arange(24).reshape(2, 3, 4)]); t.cat([x > 0, x > 1]); t.cat([t.zeros(0), t.zeros(0)], 1)
t.cat([t.zeros(0), x], 5); t.cat([t.zeros(0), x], -1); t.cat([t.zeros(0), t.zeros(0)])
t.cat([t.zeros(0, 3), t.zeros(2, 3)]); t.cat([t.zeros(0, 3), t.zeros(2, 4)]); t.cat([x[:0], x]); t.cat([t.zeros(0, dtype=t.int64), x])
t.cat([t.zeros(0, dtype=t.float64), x, x], 2); t.concat([x, x]); t.concatenate([x, x], axis=1); t.concatenate([x, x], dim=2)
t.cat((q for q in [x, x])); t.cat(None); t.cat([None]); t.cat([x, x], -4); t.cat([t.zeros(0)], 1); t.stack([x, x])
t.stack((x, x), dim=-1); t.stack([x, x], 3); t.stack([x, x], 4); t.stack([x, x], -5); t.stack([x, x[0]]); t.stack([]); t.stack(x)
t.stack([x.sum(), x.sum()]); t.stack([x, x.float()]); t.stack([x, x], 'a'); t.stack([x, 1]); t.stack([x[:0], x[:0]]); t.stack(tensors=[x])
t.split(x, 3, 2); x.split(2); x.split(split_size=2, dim=1); x.split([1, 3], dim=2); x.split((1, 3), 2); x.split([1, 2], 2); x.split('a')
x.split(1.5); x.split(0); x.split(-1); x.split(None); x.split([1.0, 1.0]); x.split(['a', 'b']); x.split([-1, 3]); x.split(2, 3)
x.split(2, 'a'); x.sum().split(1); t.zeros(0, 3).split(1); t.zeros(0, 3).split(0); t.zeros(0, 3).split([0]); t.zeros(0, 3).split([])
x.split([]); x.split(100); x.split([2, 0]); t.split(tensor=x, split_size_or_sections=2); x.split(t.tensor(1))
x.split([t.tensor(1), t.tensor(1)]); x.split([[1], [1]]); x.split(True); t.chunk(x, 3, 2); x.chunk(2, -1); x.chunk(chunks=2, dim=1)
x.chunk(0); x.chunk(-1); x.chunk('a'); x.chunk(1.5); x.chunk(None); x.chunk(2, 3); x.chunk(2, 'a'); x.chunk(7, 2); x.sum().chunk(1)
t.zeros(0, 3).chunk(3); t.zeros(3, 0).chunk(2); t.zeros(3, 0).chunk(2, 1); t.chunk(x, chunks=2); x.chunk([2]); t.chunk(input=x, chunks=2)
x.chunk(2.0); t.tensor_split(x, 3, 2); x.tensor_split(2); x.tensor_split((1, 2), 2); x.tensor_split([1, 5], 2); x.tensor_split(0)
x.tensor_split(7, 1); x.tensor_split(t.tensor(2)); x.tensor_split(t.tensor([1, 2]), 2); x.tensor_split((-1,), 2)
x.tensor_split((2, 1), 2); x.tensor_split((), 1); x.tensor_split(2, 3); x.sum().tensor_split(1); x.tensor_split('a'); x.tensor_split(1.5)
x.tensor_split(-1); t.unbind(x, 1); x.unbind(); x.unbind(dim=-1); x.unbind(3); x.unbind('a'); x.sum().unbind(); t.zeros(0, 3).unbind()
t.zeros(3, 0).unbind(); t.unbind(x, dim=2); t.hstack([x, x]); t.vstack([x, x]); t.dstack([x, x]); t.hstack([x[0, 0], x[0, 0]])
t.vstack([x[0, 0], x[0, 0]]); t.dstack([x[0, 0], x[0, 0]]); t.hstack([x.sum(), x.sum()]); t.vstack([x.sum(), x.sum()])
t.dstack([x.sum(), x[0, 0, :1]]); t.hstack([]); t.vstack([]); t.hstack(x); t.hstack([x, x[0]]); t.dstack([x[0], x[0]])
t.vstack([x[0, 0], x[0]]); t.vstack((x, x.float())); t.hstack([x, 1])
"""

REPETITIONS = """
x.repeat(2, 1, 1); x.repeat((2, 1, 1)); x.repeat(repeats=(2, 1, 1)); x.repeat(3, 2, 1, 1); x.repeat(2); x.repeat(0, 1, 1)
x.repeat(-1, 1, 1); x.repeat('a'); x.repeat(1.5, 1, 1); x.sum().repeat(3); x.sum().repeat(); x.repeat(); x.sum().repeat(2, 3)
x[0, 0].repeat(2, 3); t.zeros(0, 3).repeat(2, 2); t.arange(3).repeat(2, 2); x.repeat([1, 2, 3]); x.repeat(t.Size([1, 2, 3]))
(x > 0).repeat(1, 1, 2); x.mT.repeat(2, 1, 3); t.tile(x, (2,)); t.tile(x, (2, 1, 1, 3)); x.tile(2, 2); x.tile(()); x.tile(dims=(2,))
t.tile(x, dims=(2, 1)); x.sum().tile(2); x.tile(-1); x.tile('a'); x.tile(0); x.tile((2, 1)); t.repeat_interleave(x, 2)
t.repeat_interleave(x, 2, 1); x.repeat_interleave(2, dim=-1); x.repeat_interleave(repeats=2, dim=0)
t.repeat_interleave(x, t.tensor([1, 2]), 0); t.repeat_interleave(x, t.tensor([1, 0, 2]), dim=1); t.repeat_interleave(x, t.tensor([2]), 1)
t.repeat_interleave(x, t.tensor(2), 1); t.repeat_interleave(t.tensor([1, 0, 2])); t.repeat_interleave(x, t.tensor([1, 2]), 1)
t.repeat_interleave(x, -1); t.repeat_interleave(x, t.tensor([1, -1, 0]), 1); t.repeat_interleave(x, 2, 3); t.repeat_interleave(x, 1.5)
t.repeat_interleave(x, t.tensor([1, 2]), 0, output_size=3); t.repeat_interleave(x, t.tensor([1, 2]), dim=0, output_size=3)
t.repeat_interleave(x, t.tensor([1, 2]), dim=0, output_size=4); t.repeat_interleave(x.sum(), 3); t.repeat_interleave(x.sum(), 3, 0)
t.repeat_interleave(x, 0, 0); t.repeat_interleave(x, [1, 2], 0); t.repeat_interleave(x, t.tensor([[1, 2]]), 0)
t.repeat_interleave(x, 'a'); t.repeat_interleave(t.tensor([[1, 2]])); t.repeat_interleave(x, 2, 'a')
t.repeat_interleave(x, 2, dim=0, output_size=4); t.repeat_interleave(t.zeros(0, 3), 2, 0); t.repeat_interleave(t.tensor([0, 0]))
t.flip(x, (0,)); x.flip(0); x.flip(0, 1); x.flip((0, -1)); x.flip([1]); x.flip(dims=(1, 2)); x.flip(3); x.flip(0, 0); x.flip('a')
x.flip(()); x.flip(); x.sum().flip(0); x.sum().flip(()); t.flip(x, dims=[0, 2]); x.sum().flip(-1); x.sum().flip(1); t.fliplr(x)
t.flipud(x); x.fliplr(); x.flipud(); x[0, 0].fliplr(); x.sum().flipud(); x[0, 0].flipud(); t.flip(t.zeros(0, 3), (0, 1)); x.mT.flip(0)
t.roll(x, 1); t.roll(x, 1, 0); t.roll(x, (1, -2), (0, 2)); x.roll(shifts=1, dims=1); x.roll((1, 1), (0, 0)); x.roll(5, 2); x.roll(-5)
x.roll(1, 3); x.roll((1, 2), (0,)); x.roll((1, 2)); x.roll('a'); x.roll(1.5); x.sum().roll(1); x.sum().roll(1, 0); x.roll((), ())
x.roll([1], [0]); t.roll(t.zeros(0, 3), 1, 0); x.roll(0, 1); x.roll(1, 'a'); x.roll((1,), ()); x.mT.roll(1); t.rot90(x); t.rot90(x, 2)
t.rot90(x, -1, (1, 2)); x.rot90(k=1, dims=(0, 2)); x.rot90(3, [0, 1]); x.rot90(1, (0,)); x.rot90(1, (0, 0)); x.rot90(1, (0, 3))
x[0, 0].rot90(); x.rot90(0); x.rot90(5, (-1, -2)); x.rot90('a'); x.rot90(1, (0, -3)); x.rot90(1.5)
"""

DIAGONALS = """
t.diag(x[0]); t.diag(x[0], 1); t.diag(x[0], -1); t.diag(x[0], 9); t.diag(x[0], -9); t.diag(x[0, 0]); t.diag(x[0, 0], 2)
t.diag(x[0, 0], -1); x[0].diag(diagonal=1); t.diag(x); t.diag(x.sum()); t.diag(x[0], 'a'); t.diag(x[0], 1.5); t.diag(t.zeros(0))
t.diag(t.zeros(0, 3)); t.diag(t.arange(3)); t.diag(x[0] > 0); t.diagonal(x); t.diagonal(x, 1); t.diagonal(x, -1, 1, 2)
x.diagonal(offset=0, dim1=-1, dim2=0); x.diagonal(0, 0, 0); x.diagonal(0, 0, 3); x.diagonal(9); x.diagonal(-9); x.diagonal(0, 2, 1)
x[0, 0].diagonal(); x.diagonal('a'); x.mT.diagonal(1, 1, 2); x.sum().diagonal(); x.diagonal(1, 2, 0); x.diagonal(-1, 2, 0)
t.diag_embed(x); t.diag_embed(x, 1); t.diag_embed(x, -2, 0, 2); t.diag_embed(x, dim1=0, dim2=-1); t.diag_embed(x, 0, 1, 1)
t.diag_embed(x, 0, 4, 0); t.diag_embed(x.sum()); x[0, 0].diag_embed(); t.diag_embed(x, 1, 2, 0); t.diag_embed(t.zeros(0))
t.diag_embed(t.zeros(0), 1); t.diag_embed(x[0], offset=-1); t.trace(x[0]); x[0].trace(); t.trace(x); t.trace(x[0, 0])
t.trace(t.zeros(0, 3)); t.trace(t.arange(6).reshape(2, 3)); t.trace(t.arange(6, dtype=t.int32).reshape(2, 3)); t.trace(x.float()[0])
x.tril(diagonal=2); x.triu(diagonal=-2); t.tril(x); t.tril(x, 1); t.tril(x, -1); t.tril(x, 9); t.tril(x, -9); t.tril(x[0, 0])
t.tril(x.sum()); t.tril(x, 'a'); t.tril(x, 1.5); t.triu(x); t.triu(x, 1); t.triu(x, -1); t.triu(x[0, 0]); t.triu(x.mT); t.tril(x.mT, -1)
t.tril(t.zeros(0, 3)); t.tril(x > 0); t.triu(t.arange(6).reshape(2, 3)); (x * 1).tril_(); (x * 1).triu_(1); t.tril_indices(3, 4)
t.tril_indices(3, 4, 1); t.tril_indices(3, 4, -1); t.triu_indices(3, 4); t.triu_indices(row=3, col=4, offset=-1)
t.triu_indices(3, 4, 1, dtype=t.int32); t.tril_indices(-1, 3); t.tril_indices(0, 3); t.tril_indices(3, 0); t.tril_indices('a', 3)
t.tril_indices(2.5, 3)
"""


@pytest.mark.parametrize("source", calls(SHAPES) + calls(PARTS) + calls(REPETITIONS) + calls(DIAGONALS))
def test_calls(source):
    agree(lambda t, x: evaluate(source, t, x), CUBE)
