import copy
import io
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.noise import add_gradient_noise_
from tinyreg.regularization.weight_averaging import (
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_avg_fn,
    get_swa_multi_avg_fn,
)

EMA = [("avg_fn", get_ema_avg_fn), ("multi_avg_fn", get_ema_multi_avg_fn)]


class Weight(torch.nn.Module):
    """A network of one parameter."""

    def __init__(self, *values, dtype=torch.float64):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(values, dtype=dtype))

    def forward(self, x):
        return self.w * x


def walk(values, **settings):
    """The averages of a weight that takes these values, after each of them."""
    model = Weight(0.0)
    average, seen = AveragedModel(model, **settings), []
    for value in values:
        model.w.data.fill_(float(value))
        average.update_parameters(model)
        seen.append(average.module.w.item())
    assert average.n_averaged.item() == len(seen)
    return seen


def network():
    """Batch norm in the middle, in float64."""
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).double()


def batches(n=4, size=6):
    rng = np.random.default_rng(0)
    return [torch.tensor(rng.normal(1, 2, size=(size, 3))) for _ in range(n)]


def test_by_hand():
    assert walk([4.0, 8.0, 0.0, 4.0]) == [4, 6, 4, 4]
    assert walk([4.0, 8.0, 0.0], multi_avg_fn=get_ema_multi_avg_fn(0.75)) == [4, 5, 3.75]
    assert walk([4.0, 8.0, 0.0], avg_fn=get_ema_avg_fn(0.75)) == [4, 5, 3.75]


@pytest.mark.parametrize("settings", [{}, {"avg_fn": get_swa_avg_fn()}, {"multi_avg_fn": get_swa_multi_avg_fn()}])
def test_equal_weights_are_the_mean(settings):
    """Equation (2)."""
    values = np.random.default_rng(0).normal(size=50)
    np.testing.assert_allclose(walk(values, **settings), np.cumsum(values) / np.arange(1, 51), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("kind", "make"), EMA)
@pytest.mark.parametrize("d", [0.0, 0.3, 0.9, 1.0])
def test_exponential_weights(kind, make, d):
    """Equation (3): what w_k counts in a_t is the derivative of a_t; both ends are exact."""
    values = np.random.default_rng(0).normal(size=12)
    seen, t = walk(values, **{kind: make(d)}), 11
    weights = np.array([d**t] + [(1 - d) * d ** (t - k) for k in range(1, 12)])
    assert weights.sum() == pytest.approx(1, rel=1e-14)
    assert seen[t] == pytest.approx(weights @ values, rel=1e-12)
    if d in (0, 1):
        assert seen == (list(values) if d == 0 else [values[0]] * 12)


def test_the_first_weights_fade_slowly():
    """From 1 to 0 at once: 0.37 is left of the first after 1/(1 - d) steps; mean age d/(1 - d)."""
    d, steps = 0.99, 100
    left = walk([1.0] + [0.0] * steps, multi_avg_fn=get_ema_multi_avg_fn(d))[-1]
    assert left == pytest.approx(d**steps, rel=1e-12) and abs(left - math.exp(-1)) < 0.002
    age = sum((1 - d) * d**k * k for k in range(10_000))
    assert age == pytest.approx(d / (1 - d), rel=1e-9)


# the variance of averages near a minimum


def covariance(n, r, v):
    """Of n successive weights, equation (4)."""
    return v * r ** abs(np.subtract.outer(np.arange(n), np.arange(n)))


@pytest.mark.parametrize(("lr", "h"), [(0.1, 1.0), (0.5, 0.4), (1.5, 1.0)])
def test_variances_exactly(lr, h):
    """Equations (5) and (6) against the sums over all pairs."""
    s, r = 0.7, 1 - lr * h
    v = lr * s**2 / (h * (2 - lr * h))
    for n in (1, 2, 10, 300):
        equal = np.full(n, 1 / n)
        assert equal @ covariance(n, r, v) @ equal == pytest.approx(
            v / n * ((1 + r) / (1 - r) - 2 * r * (1 - r**n) / (n * (1 - r) ** 2)), rel=1e-9
        )
    assert v * (1 + r) / (1 - r) == pytest.approx(s**2 / h**2, rel=1e-12)  # the rate has dropped out
    for d in (0.5, 0.9):
        falling = (1 - d) * d ** np.arange(400)
        assert falling @ covariance(400, r, v) @ falling == pytest.approx(v * (1 - d) / (1 + d) * (1 + r * d) / (1 - r * d), rel=1e-9)


def test_variances_of_a_descent():
    """20,000 weights side by side, 150 steps to settle and 100 to average: (4), (5), (6) within 6 sigma."""
    n, lr, h, s, d = 20_000, 0.4, 1.0, 1.0, 0.8
    model = Weight(*[0.0] * n)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def steps(count, *averages):
        for _ in range(count):
            model.w.grad = h * model.w.detach()
            add_gradient_noise_(model.parameters(), s)
            optimizer.step()
            for average in averages:
                average.update_parameters(model)

    steps(150)
    swa, ema = AveragedModel(model), AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(d))
    steps(100, swa, ema)
    r, v = 1 - lr * h, lr * s**2 / (h * (2 - lr * h))
    for weights, wanted in [
        (model.w, v),
        (swa.module.w, v / 100 * ((1 + r) / (1 - r) - 2 * r * (1 - r**100) / (100 * (1 - r) ** 2))),
        (ema.module.w, v * (1 - d) / (1 + d) * (1 + r * d) / (1 - r * d)),
    ]:
        assert abs(weights.detach().numpy().var() - wanted) < 6 * wanted * math.sqrt(2 / n)


def test_on_a_quadratic_the_gain_is_half_the_trace_of_hessian_times_covariance():
    rng = np.random.default_rng(0)
    hessian, ws = np.diag([1.0, 10.0, 100.0]), rng.normal(size=(7, 3))
    losses = [w @ hessian @ w / 2 for w in ws]
    model = Weight(0.0, 0.0, 0.0)
    average = AveragedModel(model)
    for w in ws:
        model.w.data.copy_(torch.tensor(w))
        average.update_parameters(model)
    a = average.module.w.detach().numpy()
    np.testing.assert_allclose(a, ws.mean(axis=0), rtol=1e-12)
    gain = np.trace(hessian @ np.cov(ws.T, bias=True)) / 2
    assert a @ hessian @ a / 2 == pytest.approx(np.mean(losses) - gain, rel=1e-12) and gain > 0


# the model


def test_it_is_a_copy_that_training_does_not_touch():
    model = network()
    average = AveragedModel(model)
    x = batches(1)[0]
    assert average(x).tolist() == model(x).tolist()
    before = {name: value.tolist() for name, value in average.module.state_dict().items()}
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    assert {name: value.tolist() for name, value in average.module.state_dict().items()} == before
    average.update_parameters(model)  # the first call copies
    for ours, theirs in zip(average.module.parameters(), model.parameters(), strict=True):
        assert ours.tolist() == theirs.tolist() and not np.shares_memory(ours.array, theirs.array)
        assert ours.requires_grad and ours.grad is None
    model.w = average
    assert sum(1 for _ in average.parameters()) == 6


def test_of_a_weight_that_weight_norm_computes_the_parts_are_averaged():
    """v of (1, 0) and (0, 1), g = 2 and 4: not the average (1, 2) of the weights, but along (1, 1), of length 3."""
    model = torch.nn.utils.weight_norm(torch.nn.Linear(2, 1, bias=False).double())
    average = AveragedModel(model)
    for g, v in ((2.0, [[1.0, 0.0]]), (4.0, [[0.0, 1.0]])):
        model.weight_g.data.fill_(g)
        model.weight_v.data.copy_(torch.tensor(v))
        average.update_parameters(model)
    np.testing.assert_allclose(average.module.weight.detach().numpy(), [[3 / 2**0.5, 3 / 2**0.5]], rtol=1e-14)


@pytest.mark.parametrize("use_buffers", [False, True])
def test_of_a_weight_that_spectral_norm_computes_the_norm_is_measured_with_vectors_of_another(use_buffers):
    torch.manual_seed(0)
    model = torch.nn.utils.spectral_norm(torch.nn.Linear(6, 6, bias=False).double(), n_power_iterations=100)
    average, x = AveragedModel(model, use_buffers=use_buffers), torch.randn(2, 6, dtype=torch.float64)
    for _ in range(5):
        with torch.no_grad():
            model.weight_orig += torch.randn(6, 6, dtype=torch.float64)
        model(x)
        average.update_parameters(model)
    largest = np.linalg.norm(average.module.weight.detach().numpy(), 2)
    shorter = np.linalg.norm(average.module.weight_u.array) * np.linalg.norm(average.module.weight_v.array)
    assert largest > 1.01 and (shorter < 0.95 if use_buffers else shorter == pytest.approx(1, rel=1e-12))
    average(x)  # in training mode
    assert np.linalg.norm(average.module.weight.detach().numpy(), 2) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("use_buffers", [False, True])
def test_buffers(use_buffers):
    model, seen = network(), []
    average = AveragedModel(model, use_buffers=use_buffers)
    for x in batches(3):
        model(x)
        average.update_parameters(model)
        seen.append(model[1].running_mean.numpy().copy())
    np.testing.assert_allclose(average.module[1].running_mean.numpy(), np.mean(seen, axis=0) if use_buffers else seen[-1], rtol=1e-12)
    # 1, 1 + (2 - 1)/2 cut to 1, 1 + (3 - 1)/3 cut to 1
    assert average.module[1].num_batches_tracked.item() == (1 if use_buffers else 3)
    assert average.module[1].num_batches_tracked.dtype == torch.int64


def test_functions_of_ones_own():
    calls = []

    def largest(averaged, current, n):
        calls.append(n.item())
        return torch.maximum(averaged, current)

    assert walk([1.0, 3.0, 2.0], avg_fn=largest) == [1, 3, 3] and calls == [1, 2]

    def largest_of_all(averaged, current, n):
        calls.append((len(averaged), len(current), {a.dtype.name for a in averaged}, n.item()))
        for a, c in zip(averaged, current):
            a.copy_(torch.maximum(a, c))

    calls.clear()
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1).double())
    average = AveragedModel(model, multi_avg_fn=largest_of_all)
    average.update_parameters(model)
    assert calls == []  # the first call copies
    before = [p.tolist() for p in model.parameters()]
    with torch.no_grad():
        for p in model.parameters():
            p.sub_(1)
    average.update_parameters(model)
    assert calls == [(2, 2, {"float32"}, 1), (2, 2, {"float64"}, 1)]
    assert [p.tolist() for p in average.module.parameters()] == before


@pytest.mark.parametrize("make", [get_swa_multi_avg_fn, lambda: get_ema_multi_avg_fn(0.9)])
def test_averages_move_in_place_and_keep_their_dtype(make):
    for dtype in (torch.float32, torch.float64):
        start = torch.randn(300, 400, dtype=dtype)  # several pieces
        for averaged in (start.clone(), start.t().clone().t(), start[:, ::2]):
            before, current = averaged.numpy().copy(), torch.randn(*averaged.shape, dtype=dtype)
            array, count = averaged.array, torch.tensor(3)
            share = 0.25 if make is get_swa_multi_avg_fn else 0.1
            make()([averaged], [current], count)
            assert averaged.array is array and averaged.dtype == dtype
            np.testing.assert_allclose(averaged.numpy(), before + share * (current.numpy() - before), rtol=1e-5, atol=1e-6)


def test_a_constant_stays_what_it_is():
    """No rounding moves a weight that does not move, in a thousand updates of float32."""
    model = Weight(0.1, 1 / 3, 1e8, dtype=torch.float32)
    for settings in ({}, {"multi_avg_fn": get_ema_multi_avg_fn(0.999)}):
        average = AveragedModel(model, **settings)
        for _ in range(1000):
            average.update_parameters(model)
        assert average.module.w.tolist() == model.w.tolist()


def test_the_state_goes_through_a_file_and_the_average_goes_on():
    values = np.random.default_rng(0).normal(size=8)
    model = Weight(0.0)
    first, second = AveragedModel(model), AveragedModel(model)
    for i, value in enumerate(values):
        model.w.data.fill_(float(value))
        average = first if i < 5 else second
        if i == 5:
            file = io.BytesIO()
            torch.save(first.state_dict(), file)
            file.seek(0)
            second.load_state_dict(torch.load(file))
            assert list(second.state_dict()) == ["n_averaged", "module.w"]
        average.update_parameters(model)
    assert second.n_averaged.item() == 8 and second.module.w.item() == pytest.approx(values.mean(), rel=1e-12)
    twin = copy.deepcopy(second)
    model.w.data.fill_(0.0)
    twin.update_parameters(model)
    assert (second.n_averaged.item(), twin.n_averaged.item()) == (8, 9)
    assert twin.module.w.item() == pytest.approx(values.sum() / 9, rel=1e-12)
    twin.n_averaged.zero_()  # written by hand: begin anew
    twin.update_parameters(model)
    assert twin.module.w.item() == 0 and twin.n_averaged.item() == 1


def test_a_device_may_be_named():
    average = AveragedModel(network(), device="cpu")
    assert average.n_averaged.device == torch.device("cpu")


# refusals


@pytest.mark.parametrize("make", [get_ema_avg_fn, get_ema_multi_avg_fn])
def test_refused_decays(make):
    for decay in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match=rf"^{make.__name__}: decay must lie in \[0, 1\], got decay={decay}; "):
            make(decay)
    with pytest.raises(TypeError, match="got decay='a'"):
        make("a")


def test_refusals_name_the_values():
    with pytest.raises(AssertionError, match="AveragedModel: one of avg_fn and multi_avg_fn must be None, got <function"):
        AveragedModel(Weight(1.0), avg_fn=get_swa_avg_fn(), multi_avg_fn=get_swa_multi_avg_fn())
    with pytest.raises(TypeError, match="AveragedModel: model must be a Module, got list"):
        AveragedModel([])
    average = AveragedModel(network())
    for other, said in [
        (torch.nn.Linear(3, 4), r"the parameters of model must be those of the copy, got 2 for 6, which differ at position 2: shapes \[\]"),
        (torch.nn.Sequential(torch.nn.Linear(3, 5)), r"position 0: shapes \[\(5, 3\)\] and \[\(4, 3\)\]"),
        (torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 2)), "the buffers of model .* got 0 for 3"),
    ]:
        with pytest.raises(RuntimeError, match=said):
            average.update_parameters(other)
    assert average.n_averaged.item() == 0
