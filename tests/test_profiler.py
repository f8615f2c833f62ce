"""The profiler: every run of an operation is counted once, times add up, and nothing is left behind."""

import threading
import time

import numpy as np
import pytest

import tinyreg
from tinyreg import nn
from tinyreg.autograd import engine, watching
from tinyreg.profiler import OTHER, Average, Averages, ProfilerActivity, profile, record_function


def counts(prof, **options):
    return {row.key: row.count for row in prof.key_averages(**options)}


def seconds_of(prof, key):
    (row,) = [row for row in prof.key_averages() if row.key == key]
    return row.self_cpu_time_total / 1e6, row.cpu_time_total / 1e6


class Slow(tinyreg.autograd.Function):
    """An operation that takes a known time, and calls another inside it."""

    @staticmethod
    def forward(ctx, x):
        time.sleep(0.02)
        return x.exp()

    @staticmethod
    def backward(ctx, grad):
        time.sleep(0.03)
        return grad


def test_every_operation_is_counted_forward_and_backward():
    x = tinyreg.ones(3, requires_grad=True)
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        (x.exp() * 2 + x.exp()).sum().backward()
    wanted = {"Exp": 2, "Mul": 1, "Add": 1, "Sum": 1}
    backward = {"ExpBackward0": 2, "MulBackward0": 1, "AddBackward0": 1, "SumBackward0": 1}
    assert counts(prof) == {**wanted, **backward, OTHER: 1}


def test_a_layer_and_the_step_of_its_optimizer():
    model = nn.Linear(4, 2)
    optimizer = tinyreg.optim.Adam(model.parameters())
    with profile() as prof:
        for _ in range(3):
            model(tinyreg.ones(5, 4)).sum().backward()
            optimizer.step()
    found = counts(prof)
    assert found["Linear"] == found["LinearBackward0"] == found["Optimizer.step#Adam.step"] == 3


def test_a_step_that_calls_the_step_above_it_has_one_row():
    class Loud(tinyreg.optim.SGD):
        def step(self, closure=None):
            return super().step(closure)

    w = tinyreg.ones(1, requires_grad=True)
    optimizer = Loud([w], lr=0.5)
    w.sum().backward()
    with profile() as prof:
        optimizer.step()
    assert counts(prof) == {"Optimizer.step#Loud.step": 1, OTHER: 1}
    assert w.tolist() == [0.5]


def test_what_runs_inside_counts_once():
    x = tinyreg.ones(3, requires_grad=True)
    with profile() as prof, record_function("outer"):
        Slow.apply(x).sum().backward()
        time.sleep(0.01)
    own, total = seconds_of(prof, "Slow")
    assert 0.02 <= own <= total
    assert total - own == pytest.approx(seconds_of(prof, "Exp")[1])  # what it called is not its own
    assert seconds_of(prof, "SlowBackward")[0] >= 0.03
    own, total = seconds_of(prof, "outer")
    assert own >= 0.01 and total >= 0.06
    rows = prof.key_averages()
    assert rows.self_cpu_time_total == pytest.approx(seconds_of(prof, OTHER)[1] * 1e6)  # nothing twice, nothing lost


def test_shapes_apart_only_when_asked():
    x = tinyreg.ones(2, 3, requires_grad=True)
    with profile(record_shapes=True) as prof:
        x.exp()
        x[0].exp()
    assert counts(prof)["Exp"] == 2
    shapes = [row.input_shapes for row in prof.key_averages(group_by_input_shape=True) if row.key == "Exp"]
    assert sorted(shapes) == [((2, 3),), ((3,),)]
    assert "2x3" in prof.key_averages(group_by_input_shape=True).table()


def test_record_function_outside_of_a_profile_and_as_a_decorator():
    @record_function("call")
    def call(x):
        return x + 1

    assert call(1) == 2
    with profile() as prof:
        assert [call(1), call(2)] == [2, 3]
    assert counts(prof) == {"call": 2, OTHER: 1}


def test_an_error_passes_through_and_everything_is_put_back():
    step, check = tinyreg.optim.SGD.step, engine._check_unchanged
    with pytest.raises(RuntimeError, match="shapes"), profile() as prof:
        tinyreg.ones(2, 3) @ tinyreg.ones(2, 3)
    assert counts(prof)[OTHER] == 1
    assert tinyreg.optim.SGD.step is step and engine._check_unchanged is check and not watching._exchanged


def test_two_profiles_at_once_see_the_same():
    with profile() as outer:
        tinyreg.ones(2).exp()
        with profile() as inner:
            tinyreg.ones(2).exp()
        tinyreg.ones(2).exp()
    assert counts(outer)["Exp"] == 3 and counts(inner)["Exp"] == 1


def test_operations_of_other_threads_are_counted():
    with profile() as prof:
        threads = [threading.Thread(target=lambda: tinyreg.ones(2).exp()) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts(prof)["Exp"] == 4


def test_values_are_those_without_a_profile():
    def gradient():
        tinyreg.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
        nn.functional.cross_entropy(model(tinyreg.randn(6, 4)), tinyreg.tensor([0, 1, 2, 0, 1, 2])).backward()
        return model[0].weight.grad.numpy()

    plain = gradient()
    with profile():
        watched = gradient()
    np.testing.assert_array_equal(plain, watched)


def test_orders_of_the_table():
    rows = Averages([Average("b", 1, 5.0, 1.0), Average("a", 4, 4.0, 4.0)])
    first = {order: rows.table(sort_by=order).splitlines()[1].split()[0] for order in ("count", "cpu_time_total", "cpu_time", "key")}
    assert first == {"count": "a", "cpu_time_total": "b", "cpu_time": "b", "key": "a"}
    assert len(rows.table(row_limit=1).splitlines()) == len(rows.table(row_limit=-1).splitlines()) - 1


def test_refusals():
    with pytest.raises(ValueError, match="sort_by must be one of .*, got 'time'"):
        Averages().table(sort_by="time")
    prof = profile()
    with pytest.raises(RuntimeError, match="key_averages: the profile must have ended"):
        prof.key_averages()
    with prof:
        pass
    with pytest.raises(RuntimeError, match="profile: a profile must be entered once"), prof:
        pass
    with pytest.raises(ValueError, match="got record_shapes=False"):
        prof.key_averages(group_by_input_shape=True)
