import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.early_stopping import EarlyStopping


class Net(torch.nn.Module):
    def __init__(self, value=0.0):
        super().__init__()
        self.w = torch.nn.Parameter(torch.full((2,), value))
        self.register_buffer("seen", torch.tensor(0))

    def set(self, value):
        self.w.array[...] = value
        self.seen.array[...] = value


def decisions(values, **settings):
    stopping = EarlyStopping(**settings)
    return [stopping.step(value) for value in values], stopping


def test_patience_counts_epochs_in_a_row_without_improvement():
    stops, stopping = decisions([1.0, 0.5, 0.6, 0.7, 0.4, 0.5, 0.45, 0.41], patience=3)
    assert stops == [False] * 7 + [True]
    assert (stopping.best, stopping.best_epoch, stopping.epoch) == (0.4, 5, 8)


def test_patience_one_stops_at_the_first_epoch_that_is_not_better():
    assert decisions([1.0, 0.9, 0.9], patience=1)[0] == [False, False, True]


def test_a_tie_is_no_improvement():
    assert decisions([0.5, 0.5, 0.5], patience=2)[0] == [False, False, True]


def test_min_delta_asks_for_more():
    stops, stopping = decisions([1.0, 0.95, 0.91, 0.85], patience=3, min_delta=0.1)
    assert stops == [False, False, False, False] and stopping.best == 0.85
    assert decisions([1.0, 0.95, 0.91], patience=2, min_delta=0.1)[0] == [False, False, True]


def test_mode_max():
    stops, stopping = decisions([0.5, 0.7, 0.6, 0.7], patience=2, mode="max")
    assert stops == [False, False, False, True] and (stopping.best, stopping.best_epoch) == (0.7, 2)
    assert decisions([0.5, 0.55], patience=1, mode="max", min_delta=0.1)[0] == [False, True]


def test_nan_is_no_improvement():
    stops, stopping = decisions([math.nan, math.nan, 0.5, math.nan, math.nan, math.nan], patience=3)
    assert stops == [False] * 5 + [True] and stopping.best == 0.5
    stops, stopping = decisions([math.nan] * 2, patience=2)
    assert stops == [False, True] and stopping.best == math.inf and stopping.best_epoch == 0


def test_infinity_is_no_improvement_over_nothing():
    assert decisions([math.inf, math.inf], patience=2)[0] == [False, True]
    assert decisions([-math.inf], patience=1, mode="max")[0] == [True]


def test_a_tensor_will_do():
    stopping = EarlyStopping(patience=1)
    assert not stopping.step(torch.tensor(0.5)) and stopping.best == 0.5


def test_the_best_weights_come_back_buffers_included():
    net, stopping = Net(), EarlyStopping(patience=2)
    memory = net.w.array
    for epoch, loss in enumerate([0.9, 0.5, 0.6, 0.7], 1):
        net.set(epoch)
        stop = stopping.step(loss, net)
        assert stop == (epoch == 4)
        if not stop:
            assert net.w.array[0] == epoch  # untouched until the end
    assert net.w.array is memory and memory.tolist() == [2.0, 2.0] and net.seen.item() == 2


def test_restoring_is_noticed_by_the_graph():
    net, stopping = Net(1.0), EarlyStopping(patience=1)
    stopping.step(0.5, net)
    y = (net.w * net.w).sum()
    stopping.step(0.6, net)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


def test_training_that_ends_by_itself_can_restore():
    net, stopping = Net(), EarlyStopping(patience=10)
    for epoch, loss in enumerate([0.9, 0.5, 0.6], 1):
        net.set(epoch)
        assert not stopping.step(loss, net)
    assert stopping.restore(net) is True and net.w.array[0] == 2


def test_without_restore_best_nothing_is_kept():
    net, stopping = Net(), EarlyStopping(patience=1, restore_best=False)
    for epoch, loss in enumerate([0.5, 0.6], 1):
        net.set(epoch)
        stopping.step(loss, net)
    assert net.w.array[0] == 2 and stopping.restore(net) is False


def test_nothing_is_restored_where_no_value_was_a_number():
    net, stopping = Net(3.0), EarlyStopping(patience=1)
    assert stopping.step(math.nan, net) and net.w.array[0] == 3.0


def test_weights_of_an_older_best_are_not_passed_off_as_the_best():
    net, stopping = Net(), EarlyStopping(patience=1)
    stopping.step(0.5, net)
    stopping.step(0.4)
    assert stopping.restore(net) is False


def test_state_dict_resumes(tmp_path):
    net, stopping = Net(), EarlyStopping(patience=2)
    for epoch, loss in enumerate([0.9, 0.5, 0.6], 1):
        net.set(epoch)
        stopping.step(loss, net)
    torch.save(stopping.state_dict(), tmp_path / "stopping")
    resumed = EarlyStopping(patience=2)
    resumed.load_state_dict(torch.load(tmp_path / "stopping"))
    assert (resumed.best, resumed.best_epoch, resumed.epoch) == (0.5, 2, 3)
    net.set(4)
    assert resumed.step(0.55, net) and net.w.array[0] == 2


def test_state_dict_is_a_copy():
    net, stopping = Net(1.0), EarlyStopping(patience=2)
    stopping.step(0.5, net)
    state = stopping.state_dict()
    state["best_weights"]["w"].array[...] = 9
    stopping.restore(net)
    assert net.w.array[0] == 1.0
    fresh = EarlyStopping(patience=2).state_dict()
    assert fresh == {"best": math.inf, "best_epoch": 0, "epoch": 0, "best_weights": None}
    stopping.load_state_dict(fresh)
    assert stopping.restore(net) is False


def descend_on_a_quadratic(h, rate, steps):
    """Gradient descent from 0 on sum h (w - 1)^2/2: the share of w* = 1 that each direction has reached."""
    w = torch.tensor(np.zeros_like(h), requires_grad=True)
    optimizer, hessian = torch.optim.SGD([w], lr=rate), torch.tensor(h)
    for _ in range(steps):
        optimizer.zero_grad()
        ((w - 1) ** 2 * hessian).sum().backward(torch.tensor(0.5, dtype=torch.float64))
        optimizer.step()
    return w.detach().numpy()


def test_time_filters_directions_as_equation_4_says():
    h = np.geomspace(1e-3, 50, 60)
    np.testing.assert_allclose(descend_on_a_quadratic(h, 0.02, 100), 1 - (1 - 0.02 * h) ** 100, rtol=1e-10)


@pytest.mark.parametrize(("rate", "alpha"), [(0.01, 1.0), (0.001, 1.0), (0.02, 0.5)])
def test_early_stopping_is_like_l2_and_not_the_same(rate, alpha):
    """tau = 1/(eps alpha): 1% for h < alpha/50, up to 0.2 near h = 2.5 alpha, and never more than 0.21."""
    h = np.geomspace(alpha / 1e4, min(1 / rate, 1e3 * alpha), 400)
    time, ridge = descend_on_a_quadratic(h, rate, round(1 / (rate * alpha))), h / (h + alpha)
    flat = h < alpha / 50
    assert abs(time / ridge - 1)[flat].max() < 0.01
    difference = time - ridge
    assert 0.19 < abs(difference).max() < 0.21
    assert 2 < h[abs(difference).argmax()] / alpha < 3


def test_where_early_stopping_and_l2_differ_most():
    """As the rate falls, (4) at tau = 1/(eps alpha) becomes 1 - exp(-x) at h = x alpha, and (5) is x/(1 + x).

    Their difference is largest where exp(x) = (1 + x)^2, at x = 2.513, and is 0.204 there; its error is of the order of the rate.
    """
    x = 1.0
    for _ in range(60):
        x = 2 * math.log1p(x)  # a fixed point, and the slope 2/(1 + x) there is below 1
    largest = 1 - math.exp(-x) - x / (1 + x)
    assert (round(x, 3), round(largest, 4)) == (2.513, 0.2036)
    h = np.linspace(2, 3, 101)
    missed = []
    for rate in (0.01, 0.005):
        difference = descend_on_a_quadratic(h, rate, round(1 / rate)) - h / (h + 1)
        missed.append(difference.max() - largest)
        assert h[difference.argmax()] == pytest.approx(x, abs=0.03)
    assert 0 < missed[1] < missed[0] < 0.01 and missed[0] / missed[1] == pytest.approx(2, rel=0.02)


def test_with_a_large_rate_early_stopping_and_l2_are_not_alike():
    """tau = 1/(eps alpha) asks for eps h to be small: with eps alpha = 1 it is a single step, eps h against eps h/(1 + eps h)."""
    h = np.array([0.5, 1.0, 1.9])
    time, ridge = descend_on_a_quadratic(h, 1.0, 1), h / (h + 1)
    np.testing.assert_allclose(time, h)
    np.testing.assert_allclose(time - ridge, h**2 / (1 + h))
    assert (time - ridge)[1:].min() > 0.21


def test_repr_shows_the_settings():
    assert repr(EarlyStopping(3, mode="max")) == "EarlyStopping(patience=3, min_delta=0, mode='max', restore_best=True)"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patience": 0}, "patience must be an integer of at least 1, got patience=0"),
        ({"patience": 2.5}, "got patience=2.5"),
        ({"patience": 3, "min_delta": -0.1}, "min_delta .* got min_delta=-0.1"),
        ({"patience": 3, "min_delta": math.nan}, "got min_delta=nan"),
        ({"patience": 3, "mode": "auto"}, "mode must be 'min' or 'max', got mode='auto'"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=f"EarlyStopping: .*{message}"):
        EarlyStopping(**settings)
