import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.l1 import l1_penalty
from tinyreg.regularization.l2 import l2_penalty
from tinyreg.regularization.sparsity import activity_penalty, kl_sparsity
from tinyreg.training import fit


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def rates(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)


def test_activity_by_hand():
    a, b = leaf([[1.0, -2.0], [0.0, 5.0]]), leaf([[4.0]])
    penalty = activity_penalty([a, b], 0.5)
    assert penalty.shape == () and penalty.item() == 0.5 * (8 / 2 + 4)
    (2 * penalty).backward()
    np.testing.assert_array_equal(a.grad.array, [[0.5, -0.5], [0, 0.5]])
    np.testing.assert_array_equal(b.grad.array, [[1.0]])
    a.grad = b.grad = None
    squares = activity_penalty([a, b], 0.5, p=2)
    assert squares.item() == 0.25 * (30 / 2 + 16)
    squares.backward()
    np.testing.assert_array_equal(a.grad.array, 0.25 * a.array)
    np.testing.assert_array_equal(b.grad.array, [[2.0]])


def test_activity_is_l1_and_l2_of_the_batch_divided_by_its_size():
    values = np.random.default_rng(0).standard_normal((5, 3, 2))
    for p, penalty in ((1, l1_penalty), (2, l2_penalty)):
        ours, theirs = leaf(values), leaf(values)
        a, b = activity_penalty(ours, 0.7, p), penalty([theirs], 0.7) / 5
        assert a.item() == pytest.approx(b.item(), rel=1e-14)
        a.backward()
        b.backward()
        np.testing.assert_allclose(ours.grad.array, theirs.grad.array, rtol=1e-14)


def test_activity_does_not_depend_on_how_a_batch_is_divided_kl_does():
    values = rates(6, 4)
    halves = [torch.tensor(values[:3]), torch.tensor(values[3:])]
    for p in (1, 2):
        mean = sum(activity_penalty(half, 1.0, p).item() for half in halves) / 2
        assert activity_penalty(torch.tensor(values), 1.0, p).item() == pytest.approx(mean, rel=1e-14)
    parts = sum(kl_sparsity(half, 1.0).item() for half in halves) / 2
    assert parts > kl_sparsity(torch.tensor(values), 1.0).item() + 1e-3  # KL is convex in the mean


def test_kl_by_hand():
    """Unit 0 has the target mean, unit 1 has 1/2: KL(0.1 || 0.5) = 0.1 ln 0.2 + 0.9 ln 1.8, slope 0.4 / 0.25."""
    a = leaf([[0.2, 0.5], [0.0, 0.5]])
    penalty = kl_sparsity(a, 3.0, rho=0.1)
    assert penalty.shape == () and penalty.item() == pytest.approx(3 * (0.1 * math.log(0.2) + 0.9 * math.log(1.8)), rel=1e-14)
    penalty.backward()
    np.testing.assert_allclose(a.grad.array, [[0, 2.4], [0, 2.4]], rtol=1e-14, atol=1e-15)


def test_kl_equals_the_composed_expression():
    values = [rates(5, 3), rates(4, 2, 3, 3, seed=1)]
    ours, composed = [leaf(x) for x in values], [leaf(x) for x in values]
    penalty, expected = kl_sparsity(ours, 0.6, rho=0.2), 0
    for a in composed:
        r = a.mean(0)
        expected = expected + 0.6 * (0.2 * (0.2 / r).log() + 0.8 * (0.8 / (1 - r)).log()).sum()
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-13)
    penalty.backward()
    expected.backward()
    for a, b in zip(ours, composed):
        np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-12)


def test_kl_is_zero_at_the_target_and_positive_elsewhere():
    means = np.linspace(0.01, 0.99, 99)
    values = [kl_sparsity(torch.tensor(np.full((2, 1), r)), 1.0, rho=0.3).item() for r in means]
    assert abs(min(values)) < 1e-15 and means[np.argmin(values)] == pytest.approx(0.3)
    assert (np.diff(values[:29]) < 0).all() and (np.diff(values[30:]) > 0).all()


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_saturated_units_have_finite_values_and_slopes_that_point_inside(dtype, mean):
    a = leaf(np.full((4, 2), mean), dtype)
    penalty = kl_sparsity(a, 1.0, rho=0.05)
    penalty.backward()
    least = max(1e-12, float(np.finfo(dtype).tiny))
    share = 0.05 if mean == 0 else 0.95
    assert penalty.item() == pytest.approx(2 * (share * math.log(share / least) + (1 - share) * math.log(1 - share)), rel=2e-3)
    assert np.isfinite(a.grad.array.astype("float64")).all() and (np.sign(a.grad.array) == (1 if mean else -1)).all()
    np.testing.assert_allclose(abs(a.grad.array.astype("float64")), share / least / 4, rtol=2e-3)


def test_behind_a_saturated_sigmoid_there_is_no_nan():
    z = leaf([[-1000.0, 1000.0, -30.0], [-1000.0, 1000.0, -30.0]], "float32")
    kl_sparsity(z.sigmoid(), 1.0).backward()
    assert z.grad.array[:, :2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(z.grad.array[:, 2], -0.05 / 2 * math.exp(-30) / 1e-12 if math.exp(-30) < 1e-12 else -0.05 / 2, rtol=1e-3)


def test_targets_at_their_ends():
    a = leaf([[0.5], [0.25]])
    silent = kl_sparsity(a, 1.0, rho=0.0)
    silent.backward()
    assert silent.item() == pytest.approx(-math.log(1 - 0.375), rel=1e-14)
    np.testing.assert_allclose(a.grad.array, 0.5 / 0.625, rtol=1e-14)
    a.grad = None
    loud = kl_sparsity(a, 1.0, rho=1.0)
    loud.backward()
    assert loud.item() == pytest.approx(-math.log(0.375), rel=1e-14)
    np.testing.assert_allclose(a.grad.array, -0.5 / 0.375, rtol=1e-14)
    assert kl_sparsity(torch.zeros(3, 2), 1.0, rho=0.0).item() == 0 == kl_sparsity(torch.ones(3, 2), 1.0, rho=1.0).item()


def test_descent_brings_each_mean_to_the_target_and_leaves_single_activations_free():
    z = leaf(np.random.default_rng(0).standard_normal((20, 3)) * 2)
    for _ in range(3000):
        z.grad = None
        kl_sparsity(z.sigmoid(), 1.0, rho=0.2).backward()
        z.array -= 5 * z.grad.array
    a = z.sigmoid().detach().array
    np.testing.assert_allclose(a.mean(axis=0), 0.2, rtol=1e-6)
    assert a.max() > 0.5 and a.std() > 0.1


def test_l1_behind_a_relu_makes_exact_zeros():
    torch.manual_seed(0)
    x = torch.tensor(np.random.default_rng(0).standard_normal((50, 4)).astype("float32"))
    target = (x.sum(1, keepdim=True) > 0).float()

    def active(strength):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(200):
            optimizer.zero_grad()
            hidden = net[1](net[0](x))
            loss = torch.nn.functional.mse_loss(net[2](hidden), target) + activity_penalty(hidden, strength)
            loss.backward()
            optimizer.step()
        return (net[1](net[0](x)) > 0).float().mean().item()

    shares = [active(strength) for strength in (0.0, 0.01, 0.1, 10.0)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 2 * shares[2] and shares[3] == 0


def test_activations_are_collected_by_a_forward_hook():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 5), torch.nn.Sigmoid(), torch.nn.Linear(5, 1))
    kept = []
    handles = [layer.register_forward_hook(lambda module, inputs, output: kept.append(output)) for layer in (net[1], net[3])]
    net(torch.randn(6, 3))
    assert [a.shape for a in kept] == [(6, 4), (6, 5)]
    both = kl_sparsity(kept, 0.5)
    assert both.item() == pytest.approx(sum(kl_sparsity(a, 0.5).item() for a in kept), rel=1e-6)
    both.backward()
    assert net[0].weight.grad is not None and net[4].weight.grad is None
    for handle in handles:
        handle.remove()
    net(torch.randn(6, 3))
    assert len(kept) == 2


def test_in_fit_the_hook_keeps_the_last_output_of_each_layer():
    """Of the training batch it is, not of the validation part between two epochs."""
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 2))
    x, y, last, sizes = torch.randn(6, 3), torch.zeros(6, 2), {}, []
    net[1].register_forward_hook(lambda module, inputs, output: last.update({module: output}))

    def penalty(model, output, x, y):
        (hidden,) = last.values()
        sizes.append(len(hidden))
        return kl_sparsity(last.values(), 1.0, rho=0.1)

    before = kl_sparsity(net[:2](x), 1.0, rho=0.1).item()
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    fit(net, [(x, y)], [(x[:2], y[:2])], loss=torch.nn.MSELoss(), optimizer=optimizer, epochs=100, regularizer=penalty, progress=False)
    assert sizes == [6] * 100 and kl_sparsity(net[:2](x), 1.0, rho=0.1).item() < before / 10


def test_every_iterable_will_do():
    a, b = torch.tensor(rates(3, 2)), torch.tensor(rates(3, 4))
    for door in (activity_penalty, kl_sparsity):
        assert door((x for x in (a, b)), 1.0).item() == door([a, b], 1.0).item() == pytest.approx(door(a, 1.0).item() + door(b, 1.0).item())


def test_of_a_channel_as_one_unit():
    """The recipe of the room: every place of a map is an example of its channel."""
    a = torch.tensor(rates(2, 3, 4, 5))
    channels = a.transpose(0, 1).flatten(1).T
    expected = kl_sparsity(torch.tensor(np.broadcast_to(a.array.mean(axis=(0, 2, 3)), (1, 3)).copy()), 1.0)
    assert channels.shape == (40, 3) and kl_sparsity(channels, 1.0).item() == pytest.approx(expected.item(), rel=1e-13)


def test_float32_stays_float32_also_with_float64_settings():
    a = leaf(rates(3, 4), "float32")
    for door in (
        lambda s: activity_penalty(a, s),
        lambda s: activity_penalty(a, s, p=2),
        lambda s: kl_sparsity(a, s, np.float64(0.1)),
    ):
        a.grad = None
        penalty = door(np.float64(0.1))
        penalty.backward()
        assert {penalty.dtype, a.grad.dtype} == {np.dtype("float32")}


def test_strength_zero_switches_them_off_and_no_examples_are_nan():
    for door in (activity_penalty, kl_sparsity):
        a = leaf(rates(3, 4))
        penalty = door(a, 0)
        penalty.backward()
        assert penalty.item() == 0 and not a.grad.array.any()
        empty = leaf(np.zeros((0, 2)))
        nothing = door(empty, 1.0)
        nothing.backward()
        assert math.isnan(nothing.item()) and empty.grad.shape == (0, 2)
        assert door(torch.zeros(2, 0), 1.0).item() == 0


@pytest.mark.parametrize("p", [1, 2])
def test_activity_of_several_pieces(p):
    a = leaf(np.random.default_rng(0).normal(size=(500, 300)))
    penalty = activity_penalty(a, 0.5, p)
    assert penalty.item() == pytest.approx(0.5 / p * (abs(a.array) ** p).sum() / 500, rel=1e-12)
    penalty.backward(torch.tensor(3.0))
    np.testing.assert_allclose(a.grad.array, 1.5 / 500 * (np.sign(a.array) if p == 1 else a.array), rtol=1e-14)


def test_layouts():
    values = rates(3, 4)
    for array in (values.T, values[:, ::2], values[::-1]):
        for door in (activity_penalty, kl_sparsity):
            a, b = torch.from_numpy(array).requires_grad_(), leaf(array.copy())
            x, y = door(a, 0.5), door(b, 0.5)
            assert x.item() == pytest.approx(y.item(), rel=1e-14)
            x.backward()
            y.backward()
            np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-14)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda a: activity_penalty(a, -0.5), ValueError, "activity_penalty: strength .* got strength=-0.5"),
        (lambda a: activity_penalty(a, 1.0, p=3), ValueError, "activity_penalty: p must be 1 or 2, got p=3"),
        (lambda a: activity_penalty(a, 1.0, p="a"), TypeError, "activity_penalty: p must be a number, got p='a'"),
        (lambda a: activity_penalty([], 1.0), ValueError, "activity_penalty: activations .* got none in list"),
        (lambda a: activity_penalty(torch.nn.ReLU(), 1.0), TypeError, "activations must be Tensors, got ReLU; .*register_forward_hook"),
        (lambda a: activity_penalty([a, 1.0], 1.0), TypeError, "activations must be a Tensor, got float"),
        (lambda a: activity_penalty(a.long(), 1.0), TypeError, "activations must be floating point, got dtype int64"),
        (lambda a: activity_penalty(torch.tensor(1.0), 1.0), ValueError, r"activations must have a batch dimension, got shape \(\)"),
        (lambda a: kl_sparsity(a, math.inf), ValueError, "kl_sparsity: strength .* got strength=inf"),
        (lambda a: kl_sparsity(a, 1.0, 1.5), ValueError, r"kl_sparsity: rho must lie in \[0, 1\], got rho=1.5"),
        (lambda a: kl_sparsity(a, 1.0, "a"), TypeError, "got rho='a'"),
        (lambda a: kl_sparsity(a - 0.75, 1.0), ValueError, r"activations must lie in \[0, 1\], got values from -0.25 to -0.25"),
        (lambda a: kl_sparsity([a, a * 4], 1.0), ValueError, "got values from 2.0 to 2.0"),
        (lambda a: kl_sparsity(a * math.nan, 1.0), ValueError, "got values from nan to nan"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(torch.full((2, 3), 0.5))
