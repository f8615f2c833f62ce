"""no_grad and its relatives: blocks, decorators, threads."""

import threading

import pytest

import tinyreg
from tinyreg import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled


def test_recording_is_on_by_default():
    assert is_grad_enabled()
    w = tinyreg.ones(2, requires_grad=True)
    assert (w * 2).requires_grad


@pytest.mark.parametrize("switch", [no_grad, inference_mode, lambda: set_grad_enabled(False)])
def test_nothing_is_recorded_in_the_block(switch):
    w = tinyreg.ones(2, requires_grad=True)
    with switch():
        y = w * 2
        assert not is_grad_enabled()
    assert not y.requires_grad and y.is_leaf and y.grad_fn is None
    assert is_grad_enabled()


def test_blocks_nest():
    with no_grad():
        with enable_grad():
            assert is_grad_enabled()
            with no_grad():
                assert not is_grad_enabled()
            assert is_grad_enabled()
        assert not is_grad_enabled()


def test_one_block_can_be_entered_again_inside_itself():
    block = no_grad()
    with block:
        with block:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()
    with block:
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_an_exception_restores_the_mode():
    with pytest.raises(KeyError):
        with no_grad():
            raise KeyError
    assert is_grad_enabled()
    with pytest.raises(KeyError):
        no_grad()(lambda: {}["missing"])()
    assert is_grad_enabled()


@pytest.mark.parametrize("decorator", [no_grad(), no_grad, inference_mode(), inference_mode, lambda f: set_grad_enabled(False)(f)])
def test_as_a_decorator(decorator):
    @decorator
    def inside(a, *, b):
        """The docstring stays."""
        return is_grad_enabled(), a, b

    assert is_grad_enabled()
    assert inside(1, b=2) == (False, 1, 2)
    assert inside.__name__ == "inside" and inside.__doc__
    assert is_grad_enabled()


def test_the_parametrized_decorators_left_the_mode_alone():
    assert is_grad_enabled()


def test_enable_grad_as_a_decorator():
    @enable_grad
    def inside():
        return is_grad_enabled()

    with no_grad():
        assert inside()
        assert not is_grad_enabled()


def test_a_decorated_function_may_call_itself():
    @no_grad()
    def down(n):
        return is_grad_enabled() if n == 0 else down(n - 1)

    assert down(5) is False and is_grad_enabled()


def test_a_decorated_generator_records_outside_its_steps():
    @no_grad()
    def numbers(n):
        received = []
        for i in range(n):
            assert not is_grad_enabled()
            received.append((yield i))
        return received

    modes = []
    steps = numbers(3)
    for i in steps:
        modes.append((i, is_grad_enabled()))
    assert modes == [(0, True), (1, True), (2, True)]
    steps = numbers(2)
    assert next(steps) == 0 and steps.send("a") == 1
    with pytest.raises(StopIteration) as stop:
        steps.send("b")
    assert stop.value.value == ["a", "b"]


def test_set_grad_enabled_as_a_statement():
    set_grad_enabled(False)
    try:
        assert not is_grad_enabled()
        set_grad_enabled(True)
        assert is_grad_enabled()
        with set_grad_enabled(False):
            assert not is_grad_enabled()
            set_grad_enabled(mode=True)
        assert is_grad_enabled()
    finally:
        set_grad_enabled(True)


def test_inference_mode_takes_its_argument():
    with no_grad(), inference_mode(False):
        assert is_grad_enabled()
    with inference_mode(True):
        assert not is_grad_enabled()


def test_each_thread_has_its_own_mode():
    seen = []
    inside, leave = threading.Event(), threading.Event()

    @no_grad()
    def waits():
        inside.set()
        leave.wait(5)
        seen.append(is_grad_enabled())

    def run():
        seen.append(is_grad_enabled())
        waits()
        seen.append(is_grad_enabled())

    with no_grad():
        thread = threading.Thread(target=run)
        thread.start()
        inside.wait(5)
    assert is_grad_enabled()
    leave.set()
    thread.join(5)
    assert seen == [True, False, True]


def test_one_decorated_function_in_two_threads():
    modes = {}
    entered = {name: threading.Event() for name in "ab"}
    leave = {name: threading.Event() for name in "ab"}

    @no_grad()
    def wait(name):
        entered[name].set()
        leave[name].wait(5)

    def run(name, enabled):
        with set_grad_enabled(enabled):
            wait(name)
            modes[name] = is_grad_enabled()

    threads = {name: threading.Thread(target=run, args=(name, enabled)) for name, enabled in (("a", True), ("b", False))}
    for name in "ab":
        threads[name].start()
        entered[name].wait(5)
    for name in "ab":  # the first to enter is the first to leave
        leave[name].set()
        threads[name].join(5)
    assert modes == {"a": True, "b": False}
