import math
from fractions import Fraction

import numpy as np
import pytest

import tinyreg as torch


def test_data_keep_or_get_their_dtype():
    assert torch.tensor([1.0, 2]).dtype == torch.float32 and torch.tensor([1, 2]).dtype == torch.int64
    assert torch.tensor(True).dtype == torch.bool and torch.tensor(np.ones(2)).dtype == torch.float64
    assert torch.tensor([np.float64(1)]).dtype == torch.float64 and torch.tensor([]).dtype == torch.float32
    assert torch.tensor([[1, 2], [3, 4]], dtype=torch.float64).tolist() == [[1, 2], [3, 4]]
    assert torch.tensor([torch.tensor(1.5), 2.0]).tolist() == [1.5, 2.0]


def test_tensor_copies_and_as_tensor_shares():
    array = np.zeros(2)
    copied, shared, same = torch.tensor(array), torch.as_tensor(array), torch.from_numpy(array)
    array[0] = 1
    assert copied.tolist() == [0, 0] and shared.tolist() == same.tolist() == [1, 0]
    assert torch.as_tensor(shared) is shared and torch.as_tensor(shared, dtype=torch.float32).dtype == torch.float32
    again = torch.tensor(shared)
    array[1] = 1
    assert again.tolist() == [1, 0] and shared.tolist() == [1, 1]


def test_sizes_in_every_form():
    for size in ((2, 3), ((2, 3),), ([2, 3],), (torch.Size([2, 3]),)):
        assert torch.zeros(*size).shape == torch.ones(*size).shape == torch.randn(*size).shape == (2, 3)
    assert torch.zeros(()).shape == () and torch.zeros(0, 3).shape == (0, 3)


def test_rows_of_numbers():
    assert torch.arange(5).tolist() == [0, 1, 2, 3, 4] and torch.arange(1, 2, 0.5).tolist() == [1.0, 1.5]
    assert torch.linspace(0, 1, 3).tolist() == [0, 0.5, 1] and torch.eye(2).tolist() == [[1, 0], [0, 1]]
    assert torch.full((2,), 7).dtype == torch.int64 and torch.full((2,), 7.0).dtype == torch.float32
    assert torch.zeros_like(torch.arange(2)).dtype == torch.int64


def test_randint_in_the_forms_of_scripts():
    x = torch.randint(0, 10, size=(1, 4)).float()
    assert x.shape == (1, 4) and x.dtype == torch.float32
    assert torch.randint(3, (50,)).numpy().max() == 2 and torch.randint(5, 6, (3,)).tolist() == [5, 5, 5]


def test_seeds_repeat():
    draws = []
    for _ in range(2):
        torch.manual_seed(5)
        draws.append([torch.rand(3).tolist(), torch.randn(3).tolist(), torch.randint(0, 9, (3,)).tolist(), torch.randperm(4).tolist()])
    assert draws[0] == draws[1]


def test_distributions():
    torch.manual_seed(0)
    n = 100_000
    uniform, normal, coins = torch.rand(n).numpy(), torch.randn(n).numpy(), torch.bernoulli(torch.full((n,), 0.3)).numpy()
    assert 0 <= uniform.min() and uniform.max() < 1
    # means within six standard errors
    assert abs(uniform.mean() - 0.5) < 6 * (1 / 12 / n) ** 0.5
    assert abs(normal.mean()) < 6 / n**0.5 and abs(normal.var() - 1) < 6 * (2 / n) ** 0.5
    assert abs(coins.mean() - 0.3) < 6 * (0.21 / n) ** 0.5 and set(coins) == {0, 1}
    assert abs(torch.empty(n).normal_(2, 3).numpy().mean() - 2) < 6 * 3 / n**0.5
    assert abs(torch.empty(n).uniform_(-1, 1).numpy().mean()) < 6 * (1 / 3 / n) ** 0.5


@pytest.mark.parametrize("make", [torch.zeros, torch.ones, torch.empty, torch.rand, torch.randn])
def test_the_size_may_be_named(make):
    assert make(size=(2, 3)).shape == (2, 3) and make(size=()).shape == () and make(size=[4]).shape == (4,)
    with pytest.raises(TypeError, match=r"got \(2, \(3,\)\)"):
        make(2, size=(3,))


def test_normal_makes_leaves():
    w = torch.normal(0, 0.01, size=(3, 1), dtype=torch.float64, requires_grad=True)
    assert w.is_leaf and w.requires_grad and w.dtype == torch.float64 and w.shape == (3, 1)
    assert not torch.normal(w, 1.0).requires_grad
    with pytest.raises(RuntimeError, match="got 'cuda'"):
        torch.normal(0.0, 1.0, (2,), device="cuda")


def test_normal_takes_numbers_and_tensors():
    mean, std = torch.tensor([1.0, 2.0]), torch.tensor([[0.0], [0.0]])
    assert torch.normal(mean, std).tolist() == [[1, 2], [1, 2]] and torch.normal(mean, 0.0).tolist() == [1, 2]
    assert torch.normal(3.0, std).tolist() == [[3], [3]] and torch.normal(3.0, 0.0, (2,)).tolist() == [3, 3]


def test_shapes_and_dtypes_of_another_tensor():
    x = torch.zeros(2, 3, dtype=torch.float64)
    for like in (torch.zeros_like, torch.ones_like, torch.empty_like, torch.rand_like, torch.randn_like):
        assert like(x).shape == (2, 3) and like(x).dtype == torch.float64 and like(x, dtype=torch.float32).dtype == torch.float32
    assert torch.full_like(x, 7).tolist() == [[7] * 3] * 2
    assert x.new_ones(2).tolist() == [1, 1] and x.new_tensor([1, 2]).dtype == torch.float64
    assert torch.empty(2).bernoulli_(torch.tensor([0.0, 1.0])).tolist() == [0, 1]
    assert torch.zeros(2, dtype=torch.float16).normal_(1, 0).tolist() == [1, 1]
    assert torch.bernoulli(torch.zeros(0)).shape == (0,)


def test_new_tensors_of_a_dtype():
    x = torch.ones(2, 3, dtype=torch.float64)
    mask = x.new(*x.size()).bernoulli_(1.0)
    assert mask.dtype == torch.float64 and mask.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert x.new([1, 2]).tolist() == [1, 2] and x.new_zeros(2).dtype == torch.float64 and x.new_full((1,), 3).tolist() == [3]
    assert torch.Tensor([1, 2]).dtype == torch.float32 and torch.Tensor(2, 3).shape == (2, 3)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: torch.tensor([[1, 2], [3]]), ValueError, "rows must have equal lengths"),
        (lambda: torch.tensor("a"), TypeError, "got 'a'"),
        (lambda: torch.tensor([1, 2], requires_grad=True), RuntimeError, "got dtype int64"),
        (lambda: torch.zeros(-1), RuntimeError, r"got \(-1,\)"),
        (lambda: torch.zeros(2.5), TypeError, r"got \(2.5,\)"),
        (lambda: torch.arange(0, 3, -1), RuntimeError, "step=-1"),
        (lambda: torch.randint(3, 3, (2,)), RuntimeError, "low=3, high=3"),
        (lambda: torch.randint(0, 300, (2,), dtype=torch.int8), RuntimeError, "must fit into dtype int8, got 299"),
        (lambda: torch.randint(3), TypeError, r"got randint\(3\)"),
        (lambda: torch.bernoulli(torch.tensor([2.0])), RuntimeError, "got values from 2.0 to 2.0"),
        (lambda: torch.normal(0.0, -1.0, (2,)), RuntimeError, "normal: std must not be negative, got -1.0"),
        (lambda: torch.normal(torch.zeros(2), torch.tensor([1.0, -0.5])), RuntimeError, "got -0.5"),
        (lambda: torch.normal(0.0, 1.0), TypeError, "got mean=0.0, std=1.0"),
        (lambda: torch.randperm(-1), RuntimeError, "randperm: n must be at least 0, got -1"),
        (lambda: torch.linspace(0, 1, -2), RuntimeError, "linspace: steps must be at least 0, got -2"),
        (lambda: torch.eye(-1), RuntimeError, r"eye: sizes must not be negative, got \(-1, -1\)"),
        (lambda: torch.zeros(1, device="cuda"), RuntimeError, "got 'cuda'"),
        (lambda: torch.zeros(1, device="tpu"), RuntimeError, "got 'tpu'"),
        (lambda: torch.set_default_dtype(torch.int64), TypeError, "got int64"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_numbers_by_name_and_of_other_kinds():
    assert torch.arange(end=3).tolist() == [0, 1, 2]
    assert torch.arange(np.int64(3)).dtype == torch.arange(torch.tensor(3)).dtype == torch.int64
    assert torch.arange(0, 5, 1.5, dtype=torch.int64).tolist() == [0, 1, 2, 3, 4]  # cut to integers first
    assert torch.arange(0, 1, 0.1, dtype=torch.float64)[3].item() == 3 * 0.1
    assert torch.linspace(-3, 4, 5, dtype=torch.int32).tolist() == [-3, -1, 0, 2, 4]
    assert torch.logspace(0, 3, 4, base=2).tolist() == [1, 2, 4, 8]
    assert torch.full((2,), np.float64(2.5)).dtype == torch.float32
    assert torch.randint(high=1, size=(2,)).tolist() == [0, 0]


def test_like_tensors_have_the_order_of_memory_too():
    x = torch.zeros(2, 3, dtype=torch.float64).T
    for like in (torch.zeros_like, torch.ones_like, torch.empty_like, lambda x: torch.full_like(x, 7)):
        assert like(x).stride() == x.stride() == (1, 3)
    drawn = torch.randint_like(x, 5, 6)
    assert drawn.tolist() == [[5, 5]] * 3 and drawn.dtype == torch.float64
    assert torch.randn_like(x, requires_grad=True).requires_grad


def test_as_tensor_in_another_dtype_stays_in_the_graph():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.as_tensor(w, dtype=torch.float64).sum().backward()
    assert w.grad.tolist() == [1, 1]


def test_new_tensors_take_a_size_by_name_and_a_device():
    x = torch.arange(3)
    assert x.new_zeros(size=(2,), device="cpu").tolist() == [0, 0] and x.new_empty((2, 0)).dtype == torch.int64
    assert x.new_ones(2, 1).shape == (2, 1) == x.new_full((2, 1), 3, device="cpu").shape


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: torch.zeros(), TypeError, r"zeros: size must be integers, got \(\)"),
        (lambda: torch.zeros(True), TypeError, r"got \(True,\)"),
        (lambda: torch.full((2,), "a"), TypeError, "full: fill_value must be a number, got fill_value='a'"),
        (lambda: torch.full_like(torch.ones(2), None), TypeError, "full_like: fill_value must be a number, got fill_value=None"),
        (lambda: torch.zeros_like([1]), TypeError, "zeros_like: input must be a Tensor, got list"),
        (lambda: torch.randn_like(2), TypeError, "randn_like: input must be a Tensor, got int"),
        (lambda: torch.arange("a"), TypeError, "arange: end must be a number, got end='a'"),
        (lambda: torch.arange(float("inf")), RuntimeError, "arange: start, end and step must be finite, got start=0, end=inf, step=1"),
        (lambda: torch.arange(3, dtype=torch.bool), NotImplementedError, "arange: dtype must be one of numbers, got dtype=bool"),
        (lambda: torch.full((2,), 300, dtype=torch.uint8), RuntimeError, "full: value must fit into dtype uint8, got 300"),
        (lambda: torch.full_like(torch.arange(2), math.nan), RuntimeError, "full_like: value must fit into dtype int64, got nan"),
        (lambda: torch.tensor([[1, 2], [256, 3]], dtype=torch.uint8), RuntimeError, "tensor: .* uint8, got 256"),
        (lambda: torch.normal(torch.ones(2), 1.0, (2,)), TypeError, r"normal: size must be left out .* got size=\(2,\)"),
        (lambda: torch.normal(0.0, 1.0, (-1,)), RuntimeError, r"normal: sizes must not be negative, got \(-1,\)"),
        (lambda: torch.bernoulli(torch.ones(2), "a"), TypeError, "bernoulli: p must be a number, got p='a'"),
        (lambda: torch.bernoulli(torch.ones(2), torch.ones(3)), TypeError, r"bernoulli: p must be one number, got shape \(3,\)"),
        (lambda: torch.linspace(0, 1, 2.5), TypeError, "linspace: steps must be an integer, got steps=2.5"),
        (lambda: torch.logspace(0, 1, -1), RuntimeError, "logspace: steps must be at least 0, got -1"),
        (lambda: torch.rand(2, dtype=torch.int64), NotImplementedError, "rand: dtype must be floating point, got int64"),
        (lambda: torch.randn_like(torch.arange(2)), NotImplementedError, "randn: dtype must be floating point, got int64"),
        (lambda: torch.bernoulli(torch.arange(2)), NotImplementedError, "bernoulli: dtype must be floating point, got int64"),
        (lambda: torch.randint(2.5, (2,)), TypeError, "randint: high must be an integer, got high=2.5"),
        (lambda: torch.randint_like(torch.ones(2), 5, 3), RuntimeError, "low=5, high=3"),
        (lambda: torch.randperm(2.5), TypeError, "randperm: n must be an integer, got n=2.5"),
        (lambda: torch.from_numpy([1]), TypeError, "from_numpy: must be a NumPy array of real numbers or bools, got list"),
        (lambda: torch.from_numpy(np.array(["a"])), TypeError, "from_numpy: .* got <U1"),
        (lambda: torch.tensor(np.array(["a"])), TypeError, "tensor: data must be real numbers, got an array of dtype <U1"),
        (lambda: torch.tensor(np.ones(2, dtype=">f4")), ValueError, "tensor: .* byte order, got dtype '>f4'"),
        (lambda: torch.from_numpy(np.ones(2, dtype=">i2")), ValueError, "from_numpy: .* byte order, got dtype '>i2'"),
        (lambda: torch.tensor([2**63]), ValueError, r"integers must lie in \[-2\*\*63, 2\*\*63\), got \[9223372036854775808\]"),
    ],
)
def test_refusals_of_forms(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_one_probability_for_all_elements():
    _ = torch.manual_seed(0)
    x = torch.bernoulli(torch.full((1000,), 7), 0.25)
    assert x.dtype == torch.int64 and 168 < x.sum() < 332  # 6 sigma are 82


def test_integers_in_a_row_lose_only_their_fractions():
    for start, end, steps in [(-12, 2, 22), (-12, 4, 7), (3, -11, 15), (0, 9, 31)]:
        exact = [int(start + Fraction(end - start, steps - 1) * k) for k in range(steps)]
        assert torch.linspace(start, end, steps, dtype=torch.int64).tolist() == exact
