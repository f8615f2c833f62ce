import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.max_norm import max_norm_


def projected(values, c, dim=0):
    w = torch.tensor(np.array(values))
    max_norm_([w], c, dim=dim)
    return w.array


def test_by_hand():
    np.testing.assert_allclose(projected([[3.0, -4.0], [0.6, 0.8], [0.0, 0.0]], 2.5), [[1.5, -2.0], [0.6, 0.8], [0.0, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(projected([[3.0, 0.6], [4.0, 0.8]], 2.5, dim=1), [[1.5, 0.6], [2.0, 0.8]], rtol=1e-15)
    np.testing.assert_array_equal(projected([-3.0, 0.5, 2.0], 1.0), [-1.0, 0.5, 1.0])


def test_inside_the_ball_nothing_changes_not_even_the_last_digit():
    values = np.random.default_rng(0).standard_normal((50, 7)).astype("float32")
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    np.testing.assert_array_equal(projected(values, 1.001), values)


def test_it_is_idempotent_and_the_length_is_the_bound():
    values = np.random.default_rng(0).standard_normal((200, 9)) * 3
    once = projected(values, 1.7)
    np.testing.assert_allclose(projected(once, 1.7), once, rtol=1e-15)
    lengths = np.linalg.norm(once, axis=1)
    longer = np.linalg.norm(values, axis=1) > 1.7
    assert 0 < longer.sum() <= 200 and (lengths <= 1.7 * (1 + 1e-15)).all()
    np.testing.assert_allclose(lengths[longer], 1.7, rtol=1e-15)
    np.testing.assert_allclose(once[longer] / lengths[longer, None], values[longer] / np.linalg.norm(values[longer], axis=1, keepdims=True))


def test_no_point_of_the_ball_is_nearer():
    """Equation (2) by brute force: 100,000 points of the ball, most of them near the claimed one."""
    rng = np.random.default_rng(0)
    for w in rng.standard_normal((5, 3)) * 2:
        z = projected(w[None], 1.0)[0]
        others = z + rng.standard_normal((100_000, 3)) * 10.0 ** rng.uniform(-6, 0.5, (100_000, 1))
        others /= np.maximum(1, np.linalg.norm(others, axis=1, keepdims=True))
        assert ((others - w) ** 2).sum(axis=1).min() >= ((z - w) ** 2).sum() - 1e-15


def test_the_projection_does_not_lengthen_distances():
    """Projections on convex sets bring points nearer to each other."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 500, 4)) * 2
    apart = np.linalg.norm(projected(a, 1.3) - projected(b, 1.3), axis=1)
    assert (apart <= np.linalg.norm(a - b, axis=1) * (1 + 1e-14)).all()


def test_projected_descent_satisfies_the_certificate():
    """Equation (3): each unit has its own decay mu >= 0, and none where it is not at the bound."""
    rng = np.random.default_rng(0)
    x, true = rng.standard_normal((80, 6)), rng.standard_normal((4, 6)) * np.array([[0.2], [1.0], [2.0], [0.3]])
    y = x @ true.T + 0.1 * rng.standard_normal((80, 4))
    w, tx, ty = torch.tensor(np.zeros((4, 6)), requires_grad=True), torch.tensor(x), torch.tensor(y)
    optimizer = torch.optim.SGD([w], lr=1 / np.linalg.norm(x, 2) ** 2)
    for _ in range(2000):
        optimizer.zero_grad()
        (((tx @ w.T - ty) ** 2).sum() / 2).backward()
        optimizer.step()
        max_norm_([w], 1.5)
    gradient, bound = (x.T @ (x @ w.array.T - y)).T, np.linalg.norm(w.array, axis=1) > 1.5 - 1e-9
    assert bound.tolist() == [False, True, True, False]
    mu = -(gradient * w.array).sum(axis=1) / (w.array**2).sum(axis=1)
    assert (mu[bound] > 1).all() and abs(mu[~bound]).max() < 1e-9
    np.testing.assert_allclose(gradient, -mu[:, None] * w.array, atol=1e-8)


def test_both_ends():
    values = np.array([[3.0, -4.0], [0.0, 0.0], [np.inf, 1.0]])
    np.testing.assert_array_equal(projected(values[:2], 0), np.zeros((2, 2)))
    np.testing.assert_array_equal(projected(values, math.inf), values)
    with np.errstate(invalid="ignore"):
        assert np.isnan(projected(values, 2.0)[2, 0]) and projected(values, 2.0)[2, 1] == 0
    np.testing.assert_array_equal(projected(np.array([[np.nan, 1.0]]), 2.0), [[np.nan, np.nan]])


@pytest.mark.parametrize(
    "layer",
    [
        torch.nn.Linear(6, 4),
        torch.nn.Conv2d(6, 4, 3),
        torch.nn.Conv2d(6, 4, 3, groups=2),
        torch.nn.ConvTranspose2d(6, 4, 3),
        torch.nn.ConvTranspose2d(6, 4, 3, groups=2),
    ],
    ids=str,
)
def test_of_a_module_each_units_answer_is_scaled(layer):
    """Whatever the layer: a unit's whole output is multiplied by c/|w|, |w| the root of its summed squared weights, or stays."""
    torch.manual_seed(0)
    layer.bias.array[...] = 0
    x = torch.randn(1, 6) if layer.weight.ndim == 2 else torch.randn(1, 6, 5, 5)
    before = layer(x).detach().numpy()
    total, bias = float((layer.weight.array**2).sum()), layer.bias
    c = math.sqrt(total / 4)  # between the shortest and the longest of the four units
    max_norm_(layer, c)
    after = layer(x).detach().numpy()
    scale = after.reshape(4, -1) / before.reshape(4, -1)
    assert (np.ptp(scale, axis=1) < 1e-3).all()
    shortened = scale.mean(axis=1) < 0.9999
    assert 0 < shortened.sum() < 4 and (scale.mean(axis=1)[~shortened] == pytest.approx(1, abs=1e-6)) and layer.bias is bias
    kept = float((layer.weight.array**2).sum()) - shortened.sum() * c**2
    assert 0 < kept < (4 - shortened.sum()) * c**2


def test_it_acts_in_place_and_is_noticed_by_the_graph():
    net = torch.nn.Linear(3, 2)
    memory, bias = net.weight.array, net.bias.array.copy()
    y = (net.weight * net.weight).sum()
    max_norm_(net, 0.1)
    assert net.weight.array is memory and net.weight.requires_grad
    np.testing.assert_allclose(np.linalg.norm(memory, axis=1), 0.1, rtol=1e-6)
    np.testing.assert_array_equal(net.bias.array, bias)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


def test_before_batch_norm_it_changes_nothing():
    torch.manual_seed(0)
    layer, norm = torch.nn.Linear(6, 4, bias=False).double(), torch.nn.BatchNorm1d(4, eps=1e-30).double()
    x = torch.tensor(np.random.default_rng(0).standard_normal((30, 6)))
    before = norm(layer(x)).detach().numpy()
    max_norm_(layer, 0.05)
    np.testing.assert_allclose(norm(layer(x)).detach().numpy(), before, rtol=1e-10, atol=1e-12)


def test_dtypes_layouts_and_emptiness():
    values = np.arange(6.0).reshape(2, 3) - 2
    for array in (values.T, values[:, ::2], values[::-1], values[0, 0:0], values[:, 0:0], np.float64(2.0), values.astype("float32")):
        array = np.array(array)
        rows = array.reshape(len(array) if array.ndim else 1, math.prod(array.shape[1:]))
        length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
        expected = (rows * np.minimum(1, 1 / np.maximum(length, 1e-300 if array.dtype == "float64" else 1e-30))).reshape(array.shape)
        w = torch.from_numpy(array.copy())
        max_norm_(w, np.float64(1.0))
        assert w.dtype == array.dtype
        np.testing.assert_allclose(w.array, expected, rtol=1e-15 if array.dtype == "float64" else 1e-6)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: max_norm_([w], -0.5), ValueError, "max_norm_: max_norm must be at least 0, got max_norm=-0.5"),
        (lambda w: max_norm_([w], math.nan), ValueError, "got max_norm=nan"),
        (lambda w: max_norm_([w], "a"), TypeError, "max_norm_: max_norm must be a number, got max_norm='a'"),
        (lambda w: max_norm_([], 1.0), ValueError, "got none in list"),
        (lambda w: max_norm_([w], 1.0, dim=2), IndexError, "max_norm_: dim .* got dim=2"),
        (lambda w: max_norm_(torch.nn.Linear(2, 2), 1.0, dim=-1), IndexError, "max_norm_: dim must be 0 or 1 for a Module, got dim=-1"),
        (lambda w: max_norm_([2 * w.requires_grad_()], 1.0), RuntimeError, "max_norm_: .* got the output of"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(torch.ones(2, 2))
