"""Watchers: around every operation, in order, of every kind; and when the last has gone everything is as before."""

import pytest

import tinyreg
from tests.autograd.functions import leaf
from tests.autograd.test_anomaly_mode import everything_exchanged
from tinyreg import nn
from tinyreg.autograd import ArrayFunction, Function, detect_anomaly, gradients
from tinyreg.autograd.watching import Watcher, call_site, unwatch, watch


class Diary(Watcher):
    """Writes down what it is called for."""

    def __init__(self, name="", entries=None):
        self.name, self.entries = name, [] if entries is None else entries

    def note(self, *words):
        self.entries.append(" ".join([*([self.name] if self.name else []), *words]))

    def forward(self, function, ctx, inputs, options, compute):
        self.note("forward", function.__name__)
        result = compute()
        self.note("done", function.__name__)
        return result

    def setup(self, ctx):
        self.note("setup", ctx.function.__name__)

    def unchanged(self, ctx, compute):
        self.note("unchanged", ctx.function.__name__)
        compute()

    def backward(self, ctx, cotangents, compute):
        self.note("backward", ctx.function.__name__)
        return compute()

    def accumulate(self, tensors, compute):
        before = [x.grad is None for x in tensors]
        compute()
        self.note("accumulate", *(f"{tuple(x.shape)}" for x in tensors))
        assert all(before) and all(x.grad is not None for x in tensors)


@pytest.fixture
def diary():
    diary = Diary()
    watch(diary)
    yield diary
    unwatch(diary)


def test_forward_and_backward_in_order(diary):
    x = leaf(1.0, 2.0)
    (x.exp() * 2).sum().backward()
    forward = [f"{what} {name}" for name in ("Exp", "Mul", "Sum") for what in ("forward", "done")]
    assert diary.entries == [*forward, "backward Sum", "backward Mul", "backward Exp", "accumulate (2,)"]


class Double(Function):
    @staticmethod
    def forward(x):
        return x * 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * 2


def test_a_users_function_and_what_it_is_made_of(diary):
    Double.apply(leaf(3.0)).backward()
    assert diary.entries[:5] == ["forward Double", "forward Mul", "done Mul", "done Double", "setup Double"]
    assert diary.entries[5:] == ["backward Double", "forward Mul", "done Mul", "accumulate (1,)"]


def test_operations_that_are_defined_meanwhile(diary):
    class Half(ArrayFunction):
        @staticmethod
        def forward(ctx, x):
            return x / 2

        @staticmethod
        def backward(ctx, grad_y):
            return grad_y / 2

    Half.apply(leaf(3.0)).backward()
    assert diary.entries == ["forward Half", "done Half", "backward Half", "accumulate (1,)"]


def test_a_watcher_sees_what_goes_in_and_may_change_what_comes_out():
    class Bends(Watcher):
        def forward(self, function, ctx, inputs, options, compute):
            seen.append((function.__name__, [getattr(x, "shape", x) for x in inputs], options))
            return compute() + 1

        def backward(self, ctx, cotangents, compute):
            seen.append((ctx.function.__name__, [g.tolist() for g in cotangents], {}))
            (grad,) = compute()
            return (grad * 10,)

    seen = []
    bends = Bends()
    watch(bends)
    try:
        x = leaf(1.0, 2.0)
        y = x.sum(0)
        y.backward()
    finally:
        unwatch(bends)
    assert y.item() == 4 and x.grad.tolist() == [10, 10]
    assert [(name, given) for name, given, _ in seen] == [("Sum", [(2,)]), ("Sum", [1.0])]


def test_several_watch_around_each_other_and_anomaly_mode_is_one_of_them():
    entries = []
    inner, outer = Diary("inner", entries), Diary("outer", entries)
    watch(inner)
    watch(outer)
    try:
        with detect_anomaly(), pytest.raises(RuntimeError, match="Log: forward must make no NaN"):
            leaf(-1.0).log()
        assert entries == ["outer forward Log", "inner forward Log", "inner done Log", "outer done Log"]
        unwatch(outer)
        entries.clear()
        leaf(1.0).exp()
        assert entries == ["inner forward Exp", "inner done Exp"]
    finally:
        unwatch(outer)
        unwatch(inner)


def test_when_the_last_has_gone_everything_is_as_before():
    before, accumulate = everything_exchanged(), gradients.accumulate
    one, other = Watcher(), Watcher()
    watch(one)
    watch(other)
    unwatch(one)
    assert everything_exchanged() != before and gradients.accumulate is not accumulate
    unwatch(other)
    assert everything_exchanged() == before and gradients.accumulate is accumulate
    unwatch(other)  # it does not watch: nothing happens
    assert everything_exchanged() == before


def test_watching_changes_no_digit():
    def train():
        tinyreg.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
        model(tinyreg.randn(6, 4)).square().sum().backward()
        return [p.grad.tolist() for p in model.parameters()]

    expected = train()
    watcher = Watcher()
    watch(watcher)
    try:
        assert train() == expected
    finally:
        unwatch(watcher)


def test_the_line_and_the_module():
    sites = []

    class Lines(Watcher):
        def forward(self, function, ctx, inputs, options, compute):
            sites.append(call_site())
            return compute()

    lines, layer = Lines(), nn.Linear(2, 1)
    watch(lines)
    try:
        layer(tinyreg.ones(1, 2))
        tinyreg.ones(2) * 2
    finally:
        unwatch(lines)
    assert [site.text() for site in sites] == ["layer(tinyreg.ones(1, 2))", "tinyreg.ones(2) * 2"]
    assert sites[0].layer is layer and sites[1].layer is None and sites[0].file == __file__
