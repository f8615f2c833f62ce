import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.autograd.tensor import wrap
from tinyreg.nn.utils import weight_norm
from tinyreg.regularization import l1_penalty, l2_penalty
from tinyreg.regularization.weight_norm import weight_of


def leaf(values, dtype="float64"):
    return torch.tensor(np.array(values, dtype), requires_grad=True)


def test_by_hand():
    """v = (3, 4), |v| = 5, g = 10: w = (6, 8). For G = (1, 0): grad_g = 3/5, grad_v = 2 (1 - 9/25, -12/25) = (1.28, -0.96)."""
    v, g = leaf([[3.0, 4.0]]), leaf([[10.0]])
    w = weight_of(v, g)
    w.backward(torch.tensor([[1.0, 0.0]]).double())
    np.testing.assert_allclose(w.detach().numpy(), [[6, 8]], rtol=1e-15)
    np.testing.assert_allclose(g.grad.numpy(), [[0.6]], rtol=1e-15)
    np.testing.assert_allclose(v.grad.numpy(), [[1.28, -0.96]], rtol=1e-14)


CUTS = [((4, 3), 0, (1,)), ((4, 3), 1, (0,)), ((2, 3, 4), 1, (0, 2)), ((2, 3, 4), -3, (1, 2)), ((2, 3, 4), None, None), ((2, 3), -1, None)]


@pytest.mark.parametrize(("shape", "dim", "axes"), CUTS)
def test_lengths_are_g_and_the_gradient_is_at_a_right_angle_to_v(shape, dim, axes):
    rng = np.random.default_rng(0)
    v = rng.standard_normal(shape)
    g = rng.standard_normal(np.linalg.norm(v.reshape(-1)).shape if axes is None else v.sum(axis=axes, keepdims=True).shape)
    V, g = leaf(v), leaf(g)
    w = weight_of(V, g, dim)
    np.testing.assert_allclose(
        np.sqrt((w.detach().numpy() ** 2).sum(axis=axes, keepdims=axes is not None)), abs(g.detach().numpy()), rtol=1e-14
    )
    w.backward(wrap(rng.standard_normal(shape)))
    size = abs(v * V.grad.numpy()).sum(axis=axes)
    np.testing.assert_allclose((v * V.grad.numpy()).sum(axis=axes) / size, 0, atol=1e-14)


@pytest.mark.parametrize(("shape", "dim", "axes"), CUTS)
def test_equals_the_composition_of_simpler_operations(shape, dim, axes):
    rng = np.random.default_rng(1)
    v, G = rng.standard_normal(shape), rng.standard_normal(shape)
    g = np.float64(1.7) if axes is None else rng.standard_normal(v.sum(axis=axes, keepdims=True).shape)
    found = []
    for compute in (lambda v, g: weight_of(v, g, dim), lambda v, g: g * v / ((v * v).sum(dim=axes, keepdim=axes is not None) ** 0.5)):
        tensors = leaf(v), leaf(g)
        w = compute(*tensors)
        w.backward(wrap(G))
        found.append([w.detach().numpy(), *(t.grad.numpy() for t in tensors)])
    for ours, theirs in zip(*found):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def test_each_road_matters():
    """Without road 2, the length, the gradient would have a share along v; here a third of it."""
    rng = np.random.default_rng(0)
    v, g, G = leaf(rng.standard_normal((4, 3))), leaf(rng.standard_normal((4, 1))), rng.standard_normal((4, 3))
    weight_of(v, g).backward(wrap(G))
    length = np.linalg.norm(v.detach().numpy(), axis=1, keepdims=True)
    road_1 = g.detach().numpy() / length * G
    road_2 = -g.detach().numpy() / length * v.detach().numpy() * g.grad.numpy() / length
    np.testing.assert_allclose(v.grad.numpy(), road_1 + road_2, rtol=1e-12, atol=1e-14)
    assert abs(road_2).max() > 0.3 * abs(road_1).max()


def network():
    torch.manual_seed(3)
    return nn.Sequential(weight_norm(nn.Linear(5, 8)), nn.Tanh(), weight_norm(nn.Linear(8, 1))).double()


def data():
    rng = np.random.default_rng(0)
    return wrap(rng.standard_normal((20, 5))), wrap(rng.standard_normal((20, 1)))


def test_under_plain_sgd_v_grows_by_pythagoras():
    """Equation (7), layer by layer, for twenty steps."""
    net, (x, y) = network(), data()
    sgd = torch.optim.SGD(net.parameters(), lr=0.3)
    for _ in range(20):
        sgd.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        before = [(layer.weight_v.detach().numpy().copy(), layer.weight_v.grad.numpy().copy()) for layer in (net[0], net[2])]
        sgd.step()
        for layer, (v, grad) in zip((net[0], net[2]), before):
            after = (layer.weight_v.detach().numpy() ** 2).sum(axis=1)
            np.testing.assert_allclose(after, (v**2).sum(axis=1) + 0.3**2 * (grad**2).sum(axis=1), rtol=1e-13)
            assert (after > (v**2).sum(axis=1)).all()


def test_across_its_direction_the_weight_sees_the_rate_of_equation_8():
    """A small step of v moves w by lr g^2/|v|^2 times the part of G at a right angle to v; the rest is of second order."""
    rng = np.random.default_rng(2)
    v, g, G, lr = 3 * rng.standard_normal((1, 4)), leaf([[2.0]]), rng.standard_normal((1, 4)), 1e-6
    V = leaf(v)
    w = weight_of(V, g)
    w.backward(wrap(G))
    moved = weight_of(wrap(v - lr * V.grad.numpy()), g).detach().numpy() - w.detach().numpy()
    across = G - v * (G * v).sum() / (v**2).sum()
    np.testing.assert_allclose(moved, -lr * 4 / (v**2).sum() * across, rtol=1e-5)


def test_l2_on_the_module_pulls_at_the_lengths_alone():
    """s/2 |w|^2 = s/2 sum g^2: the gradient of g is s g, that of v is 0."""
    net, s = network(), 0.7
    penalty = l2_penalty(net, s)
    penalty.backward()
    assert penalty.item() == pytest.approx(
        s / 2 * sum((layer.weight_g.detach().numpy() ** 2).sum() for layer in (net[0], net[2])), rel=1e-13
    )
    for layer in (net[0], net[2]):
        np.testing.assert_allclose(layer.weight_g.grad.numpy(), s * layer.weight_g.detach().numpy(), rtol=1e-13)
        np.testing.assert_allclose(layer.weight_v.grad.numpy(), 0, atol=1e-15)
        assert layer.bias.grad is None


def test_l1_on_the_module_does_not():
    """|w|_1 of a given length depends on the direction: the gradient of v leads to sparse directions, at a right angle to v."""
    net = network()
    l1_penalty(net, 1.0).backward()
    v, grad = net[0].weight_v.detach().numpy(), net[0].weight_v.grad.numpy()
    assert abs(grad).max() > 1e-2
    np.testing.assert_allclose((v * grad).sum(axis=1), 0, atol=1e-15)


def test_decay_of_v_leaves_the_function_alone_and_decay_of_g_shrinks_it():
    net, (x, _) = network(), data()
    y, layer = net(x).detach().numpy(), net[2]
    with torch.no_grad():
        layer.weight_v *= 0.5
        np.testing.assert_allclose(net(x).numpy(), y, rtol=1e-13)
        layer.weight_g *= 0.5
    bias = layer.bias.detach().numpy()
    np.testing.assert_allclose(net(x).detach().numpy() - bias, (y - bias) / 2, rtol=1e-12, atol=1e-15)


def test_a_bound_on_the_lengths_of_g_is_max_norm():
    layer = weight_norm(nn.Linear(5, 4))
    layer.weight_g.data.clamp_(max=0.3)
    assert (layer.weight.detach().norm(dim=1) <= 0.3 + 1e-7).all()


@pytest.mark.parametrize(
    ("make", "dim", "shape"),
    [
        (lambda: nn.Linear(3, 2), 0, (2, 1)),
        (lambda: nn.Linear(3, 2), 1, (1, 3)),
        (lambda: nn.Linear(3, 2), None, ()),
        (lambda: nn.Conv1d(3, 2, 4), -2, (1, 3, 1)),
        (lambda: nn.Conv2d(4, 6, 3, groups=2), 0, (6, 1, 1, 1)),
        (lambda: nn.ConvTranspose2d(4, 6, 3), 1, (1, 6, 1, 1)),
        (lambda: nn.Conv3d(1, 2, 2), -1, ()),
    ],
)
def test_wrapping_changes_nothing_at_first(make, dim, shape):
    torch.manual_seed(0)
    layer = make().double()
    x = torch.randn(2, *{1: (3,), 2: (3, 9), 3: (4, 9, 9), 4: (1, 5, 5, 5)}[layer.weight.ndim - 1]).double()
    y, weight = layer(x).detach(), layer.weight.detach()
    assert weight_norm(layer, dim=dim) is layer
    assert layer.weight_g.shape == shape and torch.equal(layer.weight_v, weight)
    np.testing.assert_allclose(layer(x).detach().numpy(), y.numpy(), rtol=1e-12, atol=1e-14)
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight_g", "weight_v"]


def test_float32_stays_float32_and_keeps_its_digits():
    v, g = leaf(np.full((2, 10_000), 3.0), "float32"), leaf(np.ones((2, 1)), "float32")
    w = weight_of(v, g)
    w.sum().backward()
    assert {str(t.dtype) for t in (w, v.grad, g.grad)} == {"float32"}
    np.testing.assert_allclose(w.detach().numpy(), 0.01, rtol=1e-6)
    np.testing.assert_allclose(g.grad.numpy(), 100, rtol=1e-6)


def test_only_what_is_wanted_is_computed():
    v, g = leaf([[3.0, 4.0]]), leaf([[1.0]])
    weight_of(v, g.detach()).sum().backward()
    weight_of(v.detach(), g).sum().backward()
    assert v.grad is not None and g.grad is not None
    assert math.isclose(g.grad.item(), 1.4)


def test_refusals_name_the_values():
    layer = nn.Linear(3, 2)
    layer.weight.data[0] = 0
    with pytest.raises(ValueError, match="weight_norm: each vector of weight must have a direction, got 1 of length 0 among 2 in Linear"):
        weight_norm(layer)
    assert "weight" in layer._parameters  # nothing has changed
    weight_norm(layer, dim=1)
    with pytest.raises(AttributeError, match="weight_norm: name must be that of a parameter, got 'wight' for Linear"):
        weight_norm(nn.Linear(3, 2), name="wight")
    with pytest.raises(TypeError, match="bias must be a parameter that is there, got None in Linear"):
        weight_norm(nn.Linear(3, 2, bias=False), name="bias")
    with pytest.raises(IndexError, match=r"weight_norm: dim must lie in \[-2, 1\] .* got dim=2"):
        weight_norm(nn.Linear(3, 2), dim=2)
    with pytest.raises(
        RuntimeError, match=r"weight_of: g .* shape \(2, 1\) and dtype float32, got shape \(2,\) .* of shape \(2, 3\) and dim=0"
    ):
        weight_of(torch.ones(2, 3), torch.ones(2))
    with pytest.raises(RuntimeError, match="got shape .* and dtype float64 for v"):
        weight_of(torch.ones(2, 3), torch.ones(2, 1).double())
    with pytest.raises(RuntimeError, match="weight_of: v must be floating point, got dtype int64"):
        weight_of(torch.ones(2, 3).long(), torch.ones(2, 1))
    with pytest.raises(TypeError, match="weight_of: g must be a Tensor, got float"):
        weight_of(torch.ones(2, 3), 1.0)
