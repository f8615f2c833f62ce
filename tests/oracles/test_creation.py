"""New tensors, conversions, fills and what a tensor tells of itself by PyTorch: every argument form."""

import numpy as np
import pytest

from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

CUBE = np.random.default_rng(1).standard_normal((2, 3, 4))

DETERMINED = """
t.is_floating_point(x); t.is_floating_point(t.arange(2)); t.arange(7, dtype=t.uint8); t.arange(0, 2, 0.5, dtype=t.float16)
t.zeros(2, 3); t.zeros((2, 3)); t.zeros([2, 3]); t.zeros(size=(2, 3)); t.zeros(t.Size([2, 3])); t.zeros(()); t.zeros(); t.zeros(0)
t.zeros(2, 0); t.zeros(-1); t.zeros('a'); t.zeros(2.5); t.zeros(2, 3, dtype=t.int64); t.zeros(2, dtype=t.bool)
t.zeros(2, requires_grad=True); t.zeros(t.tensor(2), 3); t.zeros(None); t.zeros(2, device='cpu')
t.zeros(2, dtype=t.int64, requires_grad=True); t.zeros(True); t.zeros(np.int64(2)); t.zeros(2, dtype=float); t.zeros(2, dtype=int)
t.zeros(2, dtype=bool); t.ones(2, 3); t.ones((2, 3)); t.ones(size=(2, 3)); t.ones(2, 3, dtype=t.float64); t.ones(-1); t.ones(2.5)
t.ones(()); t.ones(); t.empty(2, 3).shape; t.empty((2, 3)).shape; t.empty(size=(2, 3)).shape; t.empty(0); t.empty(-1); t.empty('a')
t.empty(()).shape; t.empty(2, 0, dtype=t.int64); t.full((2, 3), 7); t.full((2, 3), 7.5); t.full((2, 3), True)
t.full((2,), 7, dtype=t.float32); t.full((), 3); t.full(size=(2,), fill_value=3); t.full([2], 3); t.full((2,), 'a'); t.full((-1,), 2)
t.full((2,), t.tensor(3.0)); t.full((2,), float('nan')); t.full((2,), 1e309); t.full((2,), None); t.full((2,), 7.5, dtype=t.int64)
t.full((2,), 7.0, requires_grad=True); t.full((2,), 7, requires_grad=True); t.full((2.5,), 1); t.full((2,), 3, dtype=t.bool)
t.full((0,), 1); t.full((2,), np.float64(2.5)); t.full((2,), np.float32(2.5)); t.zeros_like(x); t.zeros_like(x, dtype=t.float32)
t.ones_like(x); t.ones_like(x, dtype=t.int64); t.empty_like(x).shape; t.full_like(x, 7); t.full_like(x, 7, dtype=t.int64)
t.full_like(x, 2.5); t.full_like(t.arange(3), 2.5); t.full_like(x, 'a'); t.zeros_like(2); t.ones_like([1]); t.zeros_like(input=x)
t.full_like(x, fill_value=1); t.zeros_like(x, requires_grad=True); t.empty_like(x, dtype=t.int32).dtype == t.int32
t.zeros_like(x, device='cpu'); t.full_like(x, t.tensor(3.0)); t.zeros_like(x.mT).stride(); t.ones_like(x.mT).stride()
t.full_like(x.mT, 1).stride(); t.empty_like(x.permute(2, 0, 1)).stride(); t.zeros_like(x[:, ::2]).stride(); t.arange(5); t.arange(end=5)
t.arange(1, 5); t.arange(1, 5, 2); t.arange(start=1, end=5, step=2); t.arange(0.0, 1, 0.25); t.arange(5.0); t.arange(5, dtype=t.float32)
t.arange(5, 1, -1); t.arange(5, 1); t.arange(1, 5, -1); t.arange(1, 5, 0); t.arange(0); t.arange(2, 2); t.arange(-3); t.arange('a')
t.arange(1.0, 2.0, 0.3); t.arange(0, 1, 0.1); t.arange(3, requires_grad=True); t.arange(3.0, requires_grad=True); t.arange(t.tensor(3))
t.arange(t.tensor(3.0)); t.arange(0, t.tensor(3)); t.arange(); t.arange(float('inf')); t.arange(float('nan'))
t.arange(1, 3, dtype=t.int32); t.arange(0, 5, 1.5, dtype=t.int64); t.arange(0.5, 3, dtype=t.int64); t.arange(np.int64(3)); t.arange(True)
t.arange(-2.5, 2.5); t.arange(None); t.arange(1, 7, step=3); t.arange(0, -5, -2); t.arange(1, end=4); t.arange(10, 0, -3.0)
t.arange(np.float64(3)); t.arange(np.float32(3)); t.linspace(0, 1, 5); t.linspace(start=0, end=1, steps=5); t.linspace(0, 1, 1)
t.linspace(0, 1, 0); t.linspace(0, 1, -1); t.linspace(3, -3, 7); t.linspace(0, 1, 5, dtype=t.float64); t.linspace(0, 10, 5, dtype=t.int64)
t.linspace(0, 1, 2.5); t.linspace('a', 1, 2); t.linspace(t.tensor(0.0), t.tensor(1.0), 3); t.linspace(0, 1, 3, requires_grad=True)
t.linspace(0, 3, 7, dtype=t.int64); t.linspace(-3, 4, 5, dtype=t.int32); t.linspace(t.tensor(0.0, dtype=t.float64), 1, 3)
t.linspace(t.tensor([0.0, 1.0]), 1, 3); t.logspace(0, 2, 3); t.logspace(start=0, end=2, steps=3, base=2); t.logspace(0, 1, 0)
t.logspace(0, 1, 1); t.logspace(0, 1, -1); t.logspace(-2, 2, 5, dtype=t.float64); t.logspace(0, 2, 3, 2.0)
t.logspace(0, 2, 3, requires_grad=True); t.logspace('a', 1, 2); t.logspace(0, 1, 5, dtype=t.float64); t.eye(3); t.eye(2, 3)
t.eye(n=2, m=3); t.eye(0); t.eye(-1); t.eye(2, -1); t.eye('a'); t.eye(2.5); t.eye(3, dtype=t.int64); t.eye(3, dtype=t.bool)
t.eye(2, requires_grad=True); t.eye(True); t.tensor(1); t.tensor([1, 2]); t.tensor([1.5]); t.tensor([[1, 2], [3, 4.0]]); t.tensor([])
t.tensor([[]]); t.tensor([True]); t.tensor([1, True]); t.tensor([1.0, True]); t.tensor(np.arange(3)); t.tensor(np.float32(2))
t.tensor([np.float64(2)]); t.tensor([np.float64(2), 1]); t.tensor([1, np.float32(2)]); t.tensor(x.detach())
t.tensor([x.sum().detach(), 1.0]); t.tensor([[1, 2], [3]]); t.tensor('a'); t.tensor([1, 2], dtype=t.float64)
t.tensor([1.5], dtype=t.int64); t.tensor([1, 2], dtype=t.bool); t.tensor([1.0], requires_grad=True); t.tensor([1], requires_grad=True)
t.tensor(range(3)); t.tensor((1, 2)); t.tensor([(1, 2), [3, 4]]); t.tensor(2 ** 40); t.tensor(float('nan'))
t.tensor([t.tensor(1), t.tensor(2)]); t.tensor(np.array([1, 2], dtype=np.int32)); t.tensor(np.zeros((2, 0))); t.tensor(1, device='cpu')
t.tensor(data=[1]); t.tensor([np.array([1.0, 2.0])]); t.tensor(np.array(3.0)); t.tensor(True); t.tensor([1e309])
t.tensor(np.arange(6).reshape(2, 3).T); t.tensor(np.arange(3)[::-1].copy()); t.tensor([2 ** 40]); t.tensor([1], dtype=t.uint8)
t.tensor([-1.7], dtype=t.int32); t.tensor(np.bool_(True)); t.tensor([1, 2]).dtype == t.int64; t.tensor(np.array(['a']))
t.tensor(np.float16(1)); t.as_tensor([1, 2]); t.as_tensor(x.detach()); t.as_tensor(x); t.as_tensor(np.arange(3))
t.as_tensor([1.0], dtype=t.float64); t.as_tensor(x, dtype=t.float32); t.as_tensor(2.5); t.as_tensor('a')
t.as_tensor(data=[1], dtype=t.float32); t.as_tensor(x, device='cpu'); t.from_numpy(np.arange(3))
t.from_numpy(np.zeros((2, 3), dtype=np.float32)); t.from_numpy([1]); t.from_numpy(np.float64(2)); t.from_numpy(np.array(2.0))
t.from_numpy(np.arange(6).reshape(2, 3).T); t.from_numpy(np.array([True])); t.from_numpy(np.array(['a'])); t.from_numpy(x.detach())
t.from_numpy(np.arange(3)[::2]); x.new_zeros(2, 3); x.new_zeros((2, 3)); x.new_zeros(size=(2,)); x.new_zeros(2, dtype=t.int64)
x.new_ones(2); x.new_ones((2,), requires_grad=True); x.new_full((2,), 3); x.new_full((2,), 3.5, dtype=t.float32)
x.new_full(size=(2,), fill_value=1); x.new_tensor([1, 2]); x.new_tensor([1, 2], dtype=t.int64); x.new_tensor(data=2.0, requires_grad=True)
x.new_empty(2).shape; x.new_empty((2, 3)).shape; x.new_empty((2,), dtype=t.int64).dtype == t.int64; x.new_zeros(2, device='cpu')
x.new_zeros('a'); x.new_zeros(-1); t.arange(3).new_tensor([1.7]); x.new_ones(2, 3, device='cpu'); x.new_tensor([1], device='cpu')
x.new_full((1,), 1, device='cpu'); x.new_zeros(()); t.arange(3).new_full((2,), 2.5); x.new(2, 3).shape; x.new([1, 2])
x.new_empty(2, device='cpu').shape; x.to(t.float32); x.to(dtype=t.float32); x.to('cpu'); x.to('cpu', t.float32)
x.to(device='cpu', dtype=t.float32); x.to(t.zeros(1)); x.to(t.float32, copy=True); x.to(t.float64); x.to(t.int64); x.to('a'); x.to(None)
x.to(t.float32, True); x.to('cpu', t.float32, False, True); x.to(); x.to(t.bool); x.to(t.float16); x.to(t.device('cpu'))
x.to('cpu', non_blocking=True); x.float(); x.double(); x.half(); x.long(); x.int(); x.short(); x.char(); x.bool(); x.type_as(t.zeros(1))
x.type_as(t.arange(2)); x.type_as([1]); x.cpu(); x.clone(); t.clone(x); x.mT.clone(); x.type(t.float32); x.type('torch.FloatTensor')
x.type() == 'torch.DoubleTensor'; x.type(t.FloatTensor); x.type(t.LongTensor); x.type(dtype=t.int64); x.type('a'); x.type(5)
t.arange(2).type() == 'torch.LongTensor'; t.FloatTensor([1, 2]); t.LongTensor([1, 2]); t.FloatTensor(2, 3).shape; t.DoubleTensor([1])
t.IntTensor([1]); t.BoolTensor([True]); t.ByteTensor([1]); isinstance(t.zeros(1), t.FloatTensor); isinstance(t.zeros(1), t.LongTensor)
t.HalfTensor([1.0]); t.FloatTensor(np.zeros(2, dtype=np.float32)); t.FloatTensor(); t.Tensor([1, 2]); t.Tensor(2, 3).shape; t.Tensor()
t.Tensor((2, 3)); t.Tensor(np.ones(2)); t.Tensor(x.detach().float()); t.LongTensor(2).shape; t.ShortTensor([1]); t.CharTensor([1])
x.type(t.float64) is x; (x * 1).copy_(x[0]); (x * 1).copy_(x.float()); (x * 1).copy_(t.tensor(2))
t.zeros(3, dtype=t.int64).copy_(t.tensor([1.7, 2, 3])); (x * 1).copy_(x[:, :2]); (x * 1).copy_(3.0); (x * 1).copy_([1]); (x * 1).fill_(3)
(x * 1).fill_(t.tensor(2.0)); (x * 1).fill_(x.sum()); (x * 1).fill_(t.ones(2)); (x * 1).fill_('a'); (x * 1).zero_()
t.zeros(2, dtype=t.int64).fill_(2.7); (x * 1).fill_(value=3); (x * 1).copy_(x, non_blocking=True); t.arange(3).fill_(2 ** 40)
t.zeros(2).fill_(True); t.full_like(x, True); x.item(); x.sum().item(); x[0, 0, :1].item(); x.tolist(); x.numpy(); x.detach().numpy()
t.arange(3).numpy(); len(x); len(x.sum()); list(x[0, 0]); x.sum().tolist(); float(x.sum()); int(t.tensor(3)); bool(x); bool(x.sum() > 0)
x in x; 1.0 in t.ones(2); x.element_size(); x.is_contiguous(); x.is_floating_point(); x.nelement(); x.data_ptr() > 0; t.is_tensor(x)
t.full((2,), 300, dtype=t.uint8); t.full((2,), -9, dtype=t.uint8); t.full((2,), -2.5, dtype=t.uint8); t.full((2,), 1e20, dtype=t.int64)
t.full((2,), np.nan, dtype=t.int64); t.full((2,), np.nan, dtype=t.bool); t.full_like(x, 128, dtype=t.int8)
t.full_like(x, -128, dtype=t.int8)
t.zeros(2, dtype=t.uint8).fill_(256); t.zeros(2, dtype=t.uint8).fill_(-1); t.zeros(2, dtype=t.int8).new_full((2,), -129)
t.tensor([300], dtype=t.uint8); t.tensor([-9], dtype=t.uint8); t.tensor([1.0, np.inf], dtype=t.int64); t.tensor(np.array([300])).to(t.uint8)
t.arange(1.0, 5.000001, 2.0, dtype=t.uint8); t.arange(-0.9, 2.1, 2.0, dtype=t.int32); t.arange(3.1, dtype=t.int8)
t.arange(3.1, dtype=t.int64)
t.arange(-1, 2, 2, dtype=t.uint8); t.arange(2.1, -2.9, -1.0, dtype=t.int16); t.arange(0, 2, 0.5, dtype=t.int32)
t.arange(0, 3, dtype=t.bool)
t.linspace(4.3, -3, 50, dtype=t.int64); t.linspace(-0.7, 6.9, 21, dtype=t.int32); t.linspace(0, 7, 4, dtype=t.uint8)
t.linspace(t.tensor(4.3), t.tensor(-3), 5, dtype=t.int64); t.logspace(0, 1.2, 2, dtype=t.int64)
t.logspace(-1.5, 3.9, 9, base=2, dtype=t.int64)
(x * 1).copy_(x.detach()); (x.detach() * 1).copy_(x); (x * 1).fill_(t.tensor(2)); (x * 1).normal_(2, 0); (x * 1).uniform_(2, 2)
(x * 1).bernoulli_(1); (x * 1).random_(7, 8)
t.is_tensor(1); x.dim(); x.ndim; x.shape == t.Size([2, 3, 4]); x.shape.numel(); t.numel(x); x.T.is_contiguous()
"""

# of a draw both libraries can agree on shape and dtype, or on a distribution of one value
DRAWN = """
t.rand_like(x).shape; t.rand_like(x).dtype == t.float64; t.randn_like(x).shape; t.randn_like(t.arange(3)); t.rand_like(t.arange(3))
t.rand_like(t.arange(3), dtype=t.float32).shape; t.randn_like(x, requires_grad=True).requires_grad; t.randint_like(x, 5).shape
t.randint_like(x, 5).dtype == t.float64; t.randint_like(x, 3, 7).dtype == t.float64; t.randint_like(x, low=3, high=4)
t.randint_like(x, high=1); t.randint_like(x, 5, dtype=t.int64).dtype == t.int64; t.randint_like(x, 5, 3); t.randn_like(2)
t.rand_like(x, device='cpu').shape; t.rand(2, 3).shape; t.rand((2, 3)).shape; t.rand(size=(2, 3)).shape; t.rand(-1); t.rand('a')
t.rand(2, dtype=t.float64).dtype == t.float64; t.rand(2, dtype=t.int64); t.rand(2, requires_grad=True).requires_grad; t.rand(0)
t.rand(()).shape; t.rand(); t.randn(2, 3).shape; t.randn((2, 3)).shape; t.randn(size=(2,)).shape; t.randn(2, dtype=t.int64); t.randn(-2)
t.randn(2.5); t.randn(()).shape; t.randn(2, generator=t.Generator()).shape; t.randint(5, (2, 3)).shape; t.randint(2, 5, (3,)).shape
t.randint(low=2, high=5, size=(3,)).shape; t.randint(high=5, size=(3,)).shape; t.randint(5, size=(3,)).dtype == t.int64
t.randint(5, (3,), dtype=t.float32).dtype == t.float32; t.randint(5); t.randint(5, 3, (2,)); t.randint(0, (2,)); t.randint(5, ('a',))
t.randint(5, (-1,)); t.randint('a', (2,)); t.randint(1, (2,)); t.randint(-3, -2, (2,)); t.randint(5, [2]).shape; t.randint(2.5, (2,))
t.randint(5, (0,)); t.randint(5, ()).shape; t.randint(0, 1, (2,), generator=t.Generator()); t.randperm(5).shape; t.randperm(0)
t.randperm(-1); t.randperm('a'); t.randperm(2.5); t.randperm(n=3).shape; t.randperm(3, dtype=t.float32).dtype == t.float32
t.randperm(3, generator=t.Generator()).shape; t.randperm(1); t.normal(0.0, 1.0, (2, 3)).shape; t.normal(x, 1.0).shape
t.normal(x, t.ones(2, 3, 4)).shape; t.normal(0.0, t.ones(2)).shape; t.normal(mean=x.detach(), std=0.0); t.normal(0, 1, size=(2,)).shape
t.normal(x, -1.0); t.normal(0.0, -1.0, (2,)); t.normal(0.0, 1.0); t.normal(x, t.ones(2)); t.normal('a', 1.0, (2,))
t.normal(2.0, t.zeros(3)); t.normal(x.detach().float(), 0.0); t.normal(x.detach(), std=0); t.normal(2.0, 0.0, (2,)).dtype == t.float32
t.normal(2.0, 0.0, (2,), dtype=t.float64); t.bernoulli(t.zeros(2)); t.bernoulli(t.ones(2)); t.bernoulli(x); t.bernoulli(t.arange(2))
t.bernoulli(t.zeros(2, dtype=t.float64)); t.bernoulli(t.zeros(0)); t.bernoulli(2); t.bernoulli(t.tensor([float('nan')]))
t.zeros(3).bernoulli_(0); t.zeros(3).bernoulli_(t.ones(3)); t.zeros(3).bernoulli_(2.0); t.zeros(3).bernoulli_(t.ones(2))
t.zeros(3, dtype=t.int64).bernoulli_(1.0); t.zeros(2).uniform_(1, 1); t.zeros(2).uniform_(2, 1); t.zeros(2).normal_(1, 0)
t.normal(x, 1.0, (2,)); t.normal(x, t.ones(2, 3, 4), (2, 3, 4)); t.normal(0.0, t.ones(2), (2,)); t.normal(0.0, 1.0, (-1,))
t.zeros(2).normal_(t.tensor(1.0), t.tensor(0.0)); t.zeros(2).uniform_(t.tensor(1.0), 1); t.zeros(2, 3).bernoulli_(t.ones(3))
t.zeros(2).bernoulli_('a'); t.bernoulli(x.detach(), 1.0); t.bernoulli(x.detach(), p=0); x.detach().bernoulli(0); t.bernoulli(t.arange(2), 1)
t.bernoulli(t.zeros(2), 1.5); t.bernoulli(t.zeros(2), p=-0.5); t.bernoulli(t.zeros(2), 'a'); t.bernoulli(t.zeros(2), t.ones(2))
t.zeros(3).random_(1); t.zeros(3).random_(4, 5); t.zeros(3).random_(to=1); t.zeros(3).random_(-2, to=-1); t.zeros(3).random_(5, 5)
t.zeros(3).random_(0); t.zeros(3).random_(-5); t.zeros(3).random_(1.5, 3); t.zeros(3).random_('a'); t.zeros(0).random_()
t.zeros(3, dtype=t.uint8).random_(-5, 3); t.zeros(3, dtype=t.uint8).random_(5, 300); t.zeros(3, dtype=t.bool).random_(1, 2)
t.zeros(3, dtype=t.bool).random_(0, 3); t.zeros(3, dtype=t.int64).random_(1).dtype == t.int64; x.random_(1); (x * 1).random_(1, None).shape
t.zeros(2).normal_(0, -1); t.zeros(2).normal_(mean=2, std=0); t.zeros(2, dtype=t.int64).normal_(); t.zeros(2, dtype=t.int64).uniform_()
"""


@pytest.mark.parametrize("source", calls(DETERMINED) + calls(DRAWN))
def test_calls(source):
    agree(lambda t, x: evaluate(source, t, x), CUBE)
