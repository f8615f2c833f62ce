"""detect_anomaly as a mode: blocks, decorators, statements, threads; off, everything is as before."""

import threading

import numpy as np
import pytest

import tinyreg as torch
from tests.autograd.functions import leaf
from tinyreg.autograd import Function, detect_anomaly, engine, set_detect_anomaly
from tinyreg.nn import functional as F


def test_other_errors_of_backward_get_the_line_as_a_note():
    class Broken(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad_y):
            return grad_y.no_such_method()

    for check_nan in (True, False):
        with detect_anomaly(check_nan=check_nan):
            y = leaf(1.0) * 1
            z = y * y
            y.add_(1)
            with pytest.raises(RuntimeError, match="what forward saved must not change") as caught:
                z.backward()
            assert caught.value.__notes__[0].startswith("The forward of MulBackward0 was called at ")
            assert caught.value.__notes__[0].endswith(": z = y * y")
            z = Broken.apply(leaf(1.0))
            with pytest.raises(AttributeError, match="no_such_method") as caught:
                z.backward()
            assert caught.value.__notes__[0].endswith(": z = Broken.apply(leaf(1.0))")


def test_without_the_check_nothing_is_raised():
    with detect_anomaly(check_nan=False):
        assert torch.is_anomaly_enabled() and not torch.is_anomaly_check_nan_enabled()
        with np.errstate(all="ignore"):
            leaf(0.0).sqrt().backward()
        with detect_anomaly(), pytest.raises(RuntimeError, match="Log: "):
            leaf(-1.0).log()
        assert not torch.is_anomaly_check_nan_enabled()
    assert torch.is_anomaly_check_nan_enabled() and not torch.is_anomaly_enabled()


def everything_exchanged():
    """What the mode might have exchanged, in all operations."""
    found, waiting = {}, [Function]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        for name in ("forward", "setup_context", "backward", "array_backward", "apply", "__init_subclass__"):
            found[cls, name] = vars(cls).get(name)
    return {**found, "check": engine._check_unchanged}


def test_off_everything_is_as_before():
    before = everything_exchanged()
    with detect_anomaly():
        with set_detect_anomaly(False):
            assert everything_exchanged() == before
        assert everything_exchanged() != before
    assert everything_exchanged() == before
    with pytest.raises(RuntimeError, match="Log: "), detect_anomaly():
        leaf(-1.0).log()
    assert everything_exchanged() == before and not torch.is_anomaly_enabled()


def test_blocks_nest_and_switches_are_statements_too():
    with detect_anomaly():
        with set_detect_anomaly(False):
            assert not torch.is_anomaly_enabled()
        with detect_anomaly(), detect_anomaly():
            pass
        assert torch.is_anomaly_enabled()
    set_detect_anomaly(True)
    try:
        with pytest.raises(RuntimeError, match="Log: "):
            leaf(-1.0).log()
    finally:
        set_detect_anomaly(False)
    assert not torch.is_anomaly_enabled()
    with np.errstate(all="ignore"):
        leaf(-1.0).log()


def test_decorators_watch_during_calls_only():
    @detect_anomaly()
    def logarithm(x):
        return x.log()

    @set_detect_anomaly(True)
    def steps(x):
        yield torch.is_anomaly_enabled()
        yield x.log()

    assert not torch.is_anomaly_enabled()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="Log: "):
            logarithm(leaf(-1.0))
    generator = steps(leaf(-1.0))
    assert next(generator) and not torch.is_anomaly_enabled()
    with pytest.raises(RuntimeError, match="Log: "):
        next(generator)
    assert not torch.is_anomaly_enabled()


def test_all_threads_are_watched():
    seen = []

    def work():
        try:
            torch.tensor([-1.0]).log()
        except RuntimeError as error:
            seen.append(str(error))

    with detect_anomaly():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(seen) == 1 and ": torch.tensor([-1.0]).log(); look" in seen[0]


def test_switching_while_other_threads_compute():
    stop, errors = threading.Event(), []

    def work():
        x = leaf(*np.linspace(1, 2, 10))
        try:
            while not stop.is_set():
                F.softmax(x * 2, 0).log().sum().backward()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    before = everything_exchanged()
    for _ in range(30):
        with detect_anomaly():
            leaf(1.0).log().backward()
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors and everything_exchanged() == before
