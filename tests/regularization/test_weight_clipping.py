import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.regularization.weight_clipping import clip_weights_, random_shrink_


def clipped(values, low, high):
    w = torch.tensor(np.array(values))
    clip_weights_([w], low, high)
    return w.array


def test_by_hand():
    np.testing.assert_array_equal(clipped([3.0, -0.005, -4.0, 0.0], -0.01, 0.02), [0.02, -0.005, -0.01, 0.0])


def test_both_ends():
    values = np.array([-3.0, 0.5, 2.0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(clipped(values, -math.inf, math.inf), values)
    np.testing.assert_array_equal(clipped(values, 0.25, 0.25), [0.25] * 5 + [np.nan])
    np.testing.assert_array_equal(clipped(values, 1.0, math.inf), [1, 1, 2, np.inf, 1, np.nan])


def test_it_is_idempotent_and_no_point_of_the_box_is_nearer():
    rng = np.random.default_rng(0)
    w = rng.standard_normal(6)
    z = clipped(w, -0.5, 0.8)
    np.testing.assert_array_equal(clipped(z, -0.5, 0.8), z)
    others = np.clip(z + rng.standard_normal((100_000, 6)) * 10.0 ** rng.uniform(-6, 0.5, (100_000, 1)), -0.5, 0.8)
    assert ((others - w) ** 2).sum(axis=1).min() >= ((z - w) ** 2).sum()


def test_projected_descent_satisfies_the_certificate():
    """Equation (4) on a least squares problem."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 8))
    y = x @ rng.standard_normal(8) + 0.1 * rng.standard_normal(60)
    w, tx, ty = torch.tensor(np.zeros(8), requires_grad=True), torch.tensor(x), torch.tensor(y)
    optimizer = torch.optim.SGD([w], lr=1 / np.linalg.norm(x, 2) ** 2)
    for _ in range(2000):
        optimizer.zero_grad()
        (((tx @ w - ty) ** 2).sum() / 2).backward()
        optimizer.step()
        clip_weights_([w], -0.6, 0.3)
    gradient, low, high = x.T @ (x @ w.array - y), w.array == -0.6, w.array == 0.3
    assert low.any() and high.any() and not (low | high).all()
    assert (gradient[low] > 1e-3).all() and (gradient[high] < -1e-3).all()
    np.testing.assert_allclose(gradient[~(low | high)], 0, atol=1e-9)


def test_it_acts_in_place_on_a_module_and_is_noticed_by_the_graph():
    net = torch.nn.Linear(3, 2)
    weight, bias, memory = net.weight.array.copy(), net.bias.array.copy(), net.weight.array
    y = (net.weight * net.weight).sum()
    clip_weights_(net, -0.1, 0.2)
    assert net.weight.array is memory and net.weight.requires_grad
    np.testing.assert_array_equal(memory, np.clip(weight, np.float32(-0.1), np.float32(0.2)))
    np.testing.assert_array_equal(net.bias.array, bias)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


def test_the_slope_of_a_clipped_layer_is_bounded():
    net = torch.nn.Linear(20, 5)
    clip_weights_(net, -0.01, 0.01)
    dx = torch.randn(1, 20)
    change = (net(dx) - net(torch.zeros(1, 20))).abs().max().item()
    assert change <= 0.01 * dx.abs().sum().item() * (1 + 1e-5)


def test_random_shrinking_prunes_nothing():
    """n = 30,000 standard normal weights: no zeros for any amount; of magnitude pruning at 2 sd, 95.45% to six sigma."""
    n, values = 30_000, np.random.default_rng(0).standard_normal(30_000).astype("float32")
    for amount in (0.1, 0.5, 1.0):
        w = torch.tensor(values.copy())
        random_shrink_([w], amount, generator=random.Generator(1))
        assert (w.array == 0).sum() == 0 and (np.sign(w.array) == np.sign(values)).all() and (abs(w.array) <= abs(values)).all()
    zeros = (abs(values) <= 2 * values.std()).mean()
    expected = math.erf(math.sqrt(2))
    assert abs(zeros - expected) < 6 * math.sqrt(expected * (1 - expected) / n)
    assert round(100 * zeros, 1) in (95.3, 95.4, 95.5)


def test_what_random_shrinking_takes_does_not_depend_on_size():
    """The share that a weight loses: mean amount/2, sd amount/sqrt(12), for small weights as for large ones (n = 200,000, 6 sigma)."""
    n, amount = 200_000, 0.6
    values = np.random.default_rng(0).standard_normal(n)
    w = torch.tensor(values.copy())
    random_shrink_([w], amount, generator=random.Generator(3))
    lost, small = 1 - w.array / values, abs(values) < 0.67
    spread = amount / math.sqrt(12)
    for part in (lost[small], lost[~small]):
        assert abs(part.mean() - amount / 2) < 6 * spread / math.sqrt(len(part))
    assert lost.std() == pytest.approx(spread, rel=0.01)
    assert abs(np.corrcoef(lost, abs(values))[0, 1]) < 6 / math.sqrt(n)


def test_random_shrinking_given_its_noise():
    v, w = torch.tensor([3.0, -4.0]), torch.tensor([[2.0]])
    noise = [torch.tensor([0.5, 0.0]), torch.tensor([[1.0]])]
    assert random_shrink_([v, w], 0.5, noise=noise) is None
    assert v.tolist() == [2.25, -4.0] and w.tolist() == [[1.0]]
    again = random_shrink_([v, w], 0.0, noise=noise, return_noise=True)
    assert v.tolist() == [2.25, -4.0] and all(a is b for a, b in zip(again, noise, strict=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_shrinking_of_several_pieces_leaves_its_noise_alone(dtype):
    rng = np.random.default_rng(0)
    v, u = rng.standard_normal((300, 400)).astype(dtype), rng.random((300, 400)).astype(dtype)
    w, noise = torch.tensor(v), torch.tensor(u)
    random_shrink_([w], 0.3, noise=[noise])
    np.testing.assert_allclose(w.array, v * (1 - 0.3 * u), rtol=1e-6)
    np.testing.assert_array_equal(noise.array, u)


def test_random_shrinking_is_reproducible():
    net, twin = torch.nn.Linear(5, 4), torch.nn.Linear(5, 4)
    twin.load_state_dict(net.state_dict())
    weight, bias = net.weight.array.copy(), net.bias.array.copy()
    (noise,) = random_shrink_(net, 0.3, generator=random.Generator(7), return_noise=True)
    assert noise.shape == (4, 5) and noise.dtype == torch.float32 and 0 <= noise.array.min() and noise.array.max() < 1
    np.testing.assert_allclose(net.weight.array, weight * (1 - 0.3 * noise.array), rtol=1e-6)
    np.testing.assert_array_equal(net.bias.array, bias)
    random_shrink_(twin, 0.3, generator=random.Generator(7))
    np.testing.assert_array_equal(twin.weight.array, net.weight.array)
    with random.freeze() as draws:
        (a,) = random_shrink_(net, 0.3, return_noise=True)
        draws.rewind()
        (b,) = random_shrink_(net, 0.3, return_noise=True)
    np.testing.assert_array_equal(a.array, b.array)


def test_random_shrinking_acts_in_place_and_is_noticed_by_the_graph():
    net = torch.nn.Linear(3, 2)
    memory, y = net.weight.array, (net.weight * net.weight).sum()
    random_shrink_(net, 0.5)
    assert net.weight.array is memory
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_dtypes_stay(dtype):
    w = torch.tensor(np.array([[1.0, -2.0]], dtype=dtype))
    clip_weights_([w], np.float64(-1.5), np.float64(1.5))
    random_shrink_([w], np.float64(0.5))
    assert w.dtype == dtype and abs(w.array[0, 1]) <= 1.5


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: clip_weights_([w], 1.0, -1.0), ValueError, "clip_weights_: low must be at most high, got low=1.0 and high=-1.0"),
        (lambda w: clip_weights_([w], math.nan, 1.0), ValueError, "got low=nan and high=1.0"),
        (lambda w: clip_weights_([w], None, 1.0), TypeError, "clip_weights_: low must be a number, got low=None"),
        (lambda w: clip_weights_([], -1.0, 1.0), ValueError, "got none in list"),
        (lambda w: random_shrink_([w], 1.5), ValueError, r"random_shrink_: amount must lie in \[0, 1\], got amount=1.5"),
        (lambda w: random_shrink_([w], "a"), TypeError, "got amount='a'"),
        (lambda w: random_shrink_([w], 0.5, noise=[]), ValueError, r"noise .* got \[\] for \[\(2,\)\]"),
        (lambda w: random_shrink_([w], 0.5, noise=[torch.ones(3)]), ValueError, r"noise .* got \[\(3,\)\] for \[\(2,\)\]"),
        (lambda w: random_shrink_([w], 0.5, noise=[0.5]), TypeError, "random_shrink_: noise must be a Tensor, got float"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(torch.ones(2))
