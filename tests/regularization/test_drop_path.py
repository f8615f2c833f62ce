import math
from fractions import Fraction

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.drop_path import (
    StochasticDepth,
    StochasticDepthFunction,
    linear_decay,
    stochastic_depth,
    stochastic_residual,
)

RATES = [0.1, 0.5, 0.8]


def both(function, p):
    """The expectation over a branch that is kept with probability 1 - p."""
    return (1 - p) * function(True) + p * function(False)


def one(keep, ndim=2):
    return torch.tensor(np.full((1,) * ndim, keep))


def test_by_hand():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y, used = stochastic_depth(x, 0.75, "row", mask=torch.tensor([[True], [False]]), return_mask=True)
    y.backward(torch.tensor([[1.0, 2.0], [5.0, 7.0]]))
    assert y.tolist() == [[4.0, 8.0], [0.0, 0.0]] and used.tolist() == [[True], [False]]
    assert x.grad.tolist() == [[4.0, 8.0], [0.0, 0.0]]
    assert stochastic_depth(x, 0.75, "batch", mask=one(True)).tolist() == [[4.0, 8.0], [12.0, 16.0]]
    assert stochastic_depth(x, 0.75, "row", scale="test", mask=torch.tensor([[True], [False]])).tolist() == [[1.0, 2.0], [0.0, 0.0]]
    assert stochastic_depth(x, 0.75, "row", training=False, scale="test").tolist() == [[0.25, 0.5], [0.75, 1.0]]


@pytest.mark.parametrize("p", RATES)
def test_mean_and_covariance_over_the_draws(p):
    """Equation (4), exactly; the paper's scale has the mean that it takes in evaluation."""
    x = torch.tensor([[1.5, -2.0, 0.5]], dtype=torch.float64)
    mean = both(lambda keep: stochastic_depth(x, p, "batch", mask=one(keep)).numpy()[0], p)
    np.testing.assert_allclose(mean, x.numpy()[0], rtol=1e-14)
    second = both(lambda keep: np.outer(*[stochastic_depth(x, p, "batch", mask=one(keep)).numpy()[0]] * 2), p)
    np.testing.assert_allclose(second - np.outer(mean, mean), np.outer(x.numpy()[0], x.numpy()[0]) * p / (1 - p), rtol=1e-13)
    unscaled = both(lambda keep: stochastic_depth(x, p, "batch", scale="test", mask=one(keep)).numpy(), p)
    np.testing.assert_allclose(unscaled, stochastic_depth(x, p, "batch", training=False, scale="test").numpy(), rtol=1e-14)


@pytest.mark.parametrize("p", RATES)
def test_expected_squared_error_penalizes_the_branch(p):
    """Equation (10), exactly, for one draw and for one an example."""
    h, x, t = (np.random.default_rng(i).normal(size=(2, 3)) for i in range(3))
    wanted = ((t - h - x) ** 2).sum() + p / (1 - p) * (x**2).sum()

    def error(mode, mask):
        return ((t - h - stochastic_depth(torch.tensor(x), p, mode, mask=mask).numpy()) ** 2).sum()

    assert both(lambda keep: error("batch", one(keep)), p) == pytest.approx(wanted, rel=1e-13)
    rows = both(lambda a: both(lambda b: error("row", torch.tensor([[a], [b]])), p), p)
    assert rows == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("p", RATES)
@pytest.mark.parametrize("scale", ["train", "test"])
def test_what_a_batch_norm_behind_the_sum_records(scale, p):
    """Over the examples and the draws: the mean of evaluation, and a variance that is larger by E x^2 p/(1 - p), or p (1 - p)."""
    h, x = np.random.default_rng(1).standard_normal((2, 7, 1)) + 0.5

    def moments(y):
        return (h + y).mean(), ((h + y) ** 2).mean()

    def drawn(keep):
        return np.array(moments(stochastic_depth(torch.tensor(x), p, "row", scale=scale, mask=torch.full((7, 1), keep)).numpy()))

    mean, square = both(drawn, p)
    mean_0, square_0 = moments(stochastic_depth(torch.tensor(x), p, "row", training=False, scale=scale).numpy())
    assert mean == pytest.approx(mean_0, rel=1e-13)
    added = (x**2).mean() * p * (1 / (1 - p) if scale == "train" else 1 - p)
    assert square - mean**2 == pytest.approx(square_0 - mean_0**2 + added, rel=1e-13)


@pytest.mark.parametrize("p", RATES)
def test_rows_are_dropped_whole_and_alone(p):
    """n = 100,000 examples: the share kept, and that of neighbours which are both kept, within 6 sigma."""
    n = 100_000
    y, mask = stochastic_depth(torch.ones(n, 2, 3), p, "row", return_mask=True)
    keep = mask.numpy()
    assert mask.shape == (n, 1, 1)
    np.testing.assert_allclose(y.numpy(), np.broadcast_to(keep / (1 - p), y.shape), rtol=1e-6)
    assert abs(keep.mean() - (1 - p)) < 6 * math.sqrt(p * (1 - p) / n)
    pairs, both_kept = (keep[:-1] & keep[1:]).mean(), (1 - p) ** 2
    assert abs(pairs - both_kept) < 6 * math.sqrt(3 * both_kept * (1 - both_kept) / n)


def test_a_batch_goes_as_one():
    """n = 2,000 calls at p = 0.3: all or nothing, the share within 6 sigma."""
    seen = [stochastic_depth(torch.ones(4, 2), 0.3, "batch", return_mask=True) for _ in range(2000)]
    assert {tuple(sorted({round(v, 4) for row in y.tolist() for v in row})) for y, _ in seen} == {(0.0,), (1.4286,)}
    assert all(mask.shape == (1, 1) for _, mask in seen)
    assert abs(np.mean([mask.item() for _, mask in seen]) - 0.7) < 6 * math.sqrt(0.21 / 2000)


def test_what_is_the_identity_returns_the_input_itself():
    x = torch.randn(3, 2, requires_grad=True)
    for settings in ({"p": 0.0}, {"p": 0.7, "training": False}, {"p": 0.0, "training": False, "scale": "test"}):
        assert stochastic_depth(x, mode="row", **settings) is x
        y, mask = stochastic_depth(x, mode="row", return_mask=True, **settings)
        assert y is x and mask.tolist() == [[True]] * 3
    whole = torch.tensor([1, 2])
    assert stochastic_depth(whole, 0.5, "batch", training=False) is whole


@pytest.mark.parametrize("scale", ["train", "test"])
def test_p_1_gives_zeros_and_zero_gradients(scale):
    x = torch.randn(3, 2, requires_grad=True)
    for mode in ("row", "batch"):
        y, mask = stochastic_depth(x, 1.0, mode, scale=scale, return_mask=True)
        y.backward(torch.ones(3, 2))
        assert not y.detach().numpy().any() and not x.grad.numpy().any() and not mask.numpy().any()
    assert stochastic_depth(x, 1.0, "row", training=False, scale="test").tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize("shape", [(4,), (4, 2, 3, 2, 2), (0, 3), (1, 5)])
def test_any_shape_in_float32(shape):
    x = torch.ones(*shape, requires_grad=True)
    for mode in ("row", "batch"):
        y, mask = stochastic_depth(x, 0.5, mode, return_mask=True)
        y.sum().backward()
        assert y.shape == x.grad.shape == shape and y.dtype == x.grad.dtype == torch.float32
        assert mask.shape == (shape[0] if mode == "row" else 1, *[1] * (len(shape) - 1))
    assert stochastic_depth(torch.tensor(1.0), 0.5, "batch").shape == ()


def test_the_path_stays_open():
    """Equation (9): where a branch is dropped its example's gradient passes unchanged, else J' joins in, scaled."""
    rng = np.random.default_rng(0)
    W, g = rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
    h = torch.tensor(rng.normal(size=(2, 3)), requires_grad=True)
    branch = stochastic_depth(h @ torch.tensor(W), 0.2, "row", mask=torch.tensor([[True], [False]]))
    (h + branch).backward(torch.tensor(g))
    np.testing.assert_allclose(h.grad.numpy(), np.stack([g[0] + g[0] @ W.T / 0.8, g[1]]), rtol=1e-13)


def test_gradcheck_replays_the_mask():
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    for mode in ("row", "batch"):
        assert gradcheck(lambda x, mode=mode: stochastic_depth(x, 0.3, mode), (x,))
    assert gradcheck(StochasticDepth(0.6, "row"), (x,))


# the linear rule


@pytest.mark.parametrize("depth", [1, 2, 54, 110, 1202])
def test_expected_depth(depth):
    """Equations (6) and (7): (3 L - 1)/4 at p_L = 1/2, exactly; 40.25 of 54."""
    exact = [Fraction(block, depth) * Fraction(1, 2) for block in range(1, depth + 1)]
    assert sum(1 - p for p in exact) == Fraction(3 * depth - 1, 4)
    rule = linear_decay(depth, 0.5)
    assert rule == [float(p) for p in exact] == linear_decay(np.int64(depth), 0.5) and rule[-1] == 0.5
    assert math.fsum(1 - p for p in rule) == pytest.approx((3 * depth - 1) / 4, rel=1e-15)
    for p_last in (0.0, 0.2, 1.0):
        assert math.fsum(1 - p for p in linear_decay(depth, p_last)) == pytest.approx(depth - p_last * (depth + 1) / 2, rel=1e-13)


def test_the_depth_that_is_drawn():
    """L = 12 blocks, n = 3,000 passes: the mean number of branches that were computed is (3 L - 1)/4 within 6 sigma."""
    rule, n, computed = linear_decay(12), 3000, 0

    def branch(h):
        nonlocal computed
        computed += 1
        return h

    h = torch.zeros(1)
    for _ in range(n):
        for p in rule:
            stochastic_residual(h, branch, p)
    assert abs(computed / n - (3 * 12 - 1) / 4) < 6 * math.sqrt(sum(p * (1 - p) for p in rule) / n)


def test_chance_comes_from_the_generator():
    x = torch.ones(100, 2)
    for draw in (
        lambda g: stochastic_depth(x, 0.5, "row", generator=g).tolist(),
        lambda g: [stochastic_residual(x[0], abs, 0.5, return_keep=True, generator=g)[1] for _ in range(40)],
    ):
        assert draw(random.Generator(3)) == draw(random.Generator(3)) != draw(random.Generator(4))
        before = random.get_state()
        draw(random.Generator(3))
        assert random.get_state() == before  # the default one was not asked
        with random.freeze() as draws:
            first = draw(None)
            draws.rewind()
            assert draw(None) == first


class Block(torch.nn.Module):
    def __init__(self, width, p):
        super().__init__()
        self.first, self.second = torch.nn.Linear(width, width), torch.nn.Linear(width, width)
        self.drop = StochasticDepth(p, "row")

    def forward(self, h):
        return h + self.drop(self.second(torch.relu(self.first(h))))


def test_a_residual_network_learns():
    """Twelve blocks on two classes that no line separates: the loss of evaluation falls by a factor of ten in 150 steps."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 16), *(Block(16, p) for p in linear_decay(12, 0.3)), torch.nn.Linear(16, 2))
    x = torch.randn(128, 2)
    target = (x[:, 0] * x[:, 1] > 0).long()
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=3e-3), torch.nn.CrossEntropyLoss()

    def evaluated():
        net.eval()
        value = loss(net(x), target).item()
        assert value == loss(net(x), target).item()
        net.train()
        return value

    before = evaluated()
    for _ in range(150):
        optimizer.zero_grad()
        loss(net(x), target).backward()
        optimizer.step()
    assert net(x).tolist() != net(x).tolist() and evaluated() < before / 10


# refusals


@pytest.mark.parametrize("p", [1.3, -0.1, float("nan")])
def test_p_outside_its_range_is_refused(p):
    x = torch.ones(2, 2)
    for who, call in [
        ("stochastic_depth", lambda: stochastic_depth(x, p, "row")),
        ("stochastic_depth", lambda: stochastic_depth(x, p, "row", training=False)),
        ("StochasticDepth", lambda: StochasticDepth(p, "row")),
        ("stochastic_residual", lambda: stochastic_residual(x, abs, p)),
    ]:
        with pytest.raises(ValueError, match=rf"^{who}: p must lie in \[0, 1\], got p={p}; p is the probability of dropping a branch$"):
            call()


def test_refusals_name_the_values():
    x = torch.ones(2, 3)
    for error, said, call in [
        (ValueError, "stochastic_depth: mode must be 'batch' or 'row', got mode='rows'", lambda: stochastic_depth(x, 0.5, "rows")),
        (ValueError, "StochasticDepth: mode must be 'batch' or 'row', got mode='all'", lambda: StochasticDepth(0.5, "all")),
        (ValueError, "scale must be 'train' or 'test', got scale='eval'", lambda: StochasticDepth(0.5, "row", "eval")),
        (TypeError, "stochastic_depth: input must be a Tensor, got ndarray", lambda: stochastic_depth(np.ones(3), 0.5, "row")),
        (TypeError, "stochastic_residual: input must be a Tensor, got list", lambda: stochastic_residual([1.0], abs, 0.5)),
        (RuntimeError, "got dtype int64", lambda: stochastic_depth(torch.tensor([1, 2]), 0.5, "row")),
        (IndexError, "mode 'row' needs examples in dimension 0, got a 0-d input", lambda: stochastic_depth(torch.tensor(1.0), 0.5, "row")),
        (TypeError, "mask must be a Tensor, got list", lambda: stochastic_depth(x, 0.5, "row", mask=[True])),
        (ValueError, "mask must be bool, .* got dtype float32", lambda: stochastic_depth(x, 0.5, "row", mask=torch.ones(2, 1))),
        (ValueError, r"shape \(2, 1\), one element an example, got \(1, 1\)", lambda: stochastic_depth(x, 0.5, "row", mask=one(True))),
        (ValueError, r"shape \(1, 1\), one element in all, got \(1,\)", lambda: stochastic_depth(x, 0.5, "batch", mask=one(True, 1))),
        (ValueError, "linear_decay: depth must be an integer of at least 1, got depth=0", lambda: linear_decay(0)),
        (ValueError, "got depth=2.5", lambda: linear_decay(2.5)),
        (ValueError, r"linear_decay: p_last must lie in \[0, 1\], got p_last=1.5", lambda: linear_decay(3, 1.5)),
    ]:
        with pytest.raises(error, match=said):
            call()


def test_the_layer():
    layer = StochasticDepth(0.3, "row")
    assert layer.stochastic and not list(layer.parameters()) and not layer.state_dict()
    assert repr(layer) == "StochasticDepth(p=0.3, mode=row)"
    assert repr(StochasticDepth(0.3, "batch", scale="test")) == "StochasticDepth(p=0.3, mode=batch, scale=test)"
    x = torch.ones(50, 2)
    assert layer(x).tolist() != x.tolist() and layer.eval()(x) is x
    assert set(np.unique(layer.monte_carlo()(x).numpy()).tolist()) == {0.0, float(np.float32(1) * np.float32(1 / 0.7))}
    assert StochasticDepth(0.25, "row", "test").eval()(x).tolist() == [[0.75, 0.75]] * 50


def test_the_function_is_pure():
    x, keep = np.arange(6.0).reshape(3, 2), np.array([[True], [False], [True]])
    before = random.get_state()
    first, second = (StochasticDepthFunction.apply(wrap(x), keep, scale=2.0).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.ravel().tolist() == list(range(6))
