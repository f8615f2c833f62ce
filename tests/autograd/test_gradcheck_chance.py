"""gradcheck of functions with chance or state: what is tinyreg's is replayed, what is not is reported."""

import functools

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import double, square_with
from tinyreg.autograd import ArrayFunction, GradcheckError, gradcheck
from tinyreg.autograd.tensor import wrap


def test_chance_of_tinyreg_is_replayed():
    def noisy(x):
        return square_with(1)(x) * wrap(tinyreg.default_generator().normal(x.shape, dtype="float64"))

    assert gradcheck(noisy, (double(5),))
    with pytest.raises(GradcheckError, match="ratio 2"):
        gradcheck(lambda x: square_with(2)(x) * wrap(tinyreg.default_generator().normal(x.shape, "float64")), (double(5),))


def test_other_chance_is_reported_as_chance():
    rng = np.random.default_rng(0)
    with pytest.raises(
        GradcheckError, match=r"func must give the same values twice, got values that differ by .*nondet_tol=0.0.*hidden state"
    ):
        gradcheck(lambda x: square_with(1)(x) * wrap(rng.standard_normal(x.shape)), (double(5),))


def test_a_hidden_state_is_reported():
    calls = []

    def counts(x):
        calls.append(1)
        return x * float(len(calls))

    with pytest.raises(GradcheckError, match="hidden state"):
        gradcheck(counts, (double(2),))

    def grows(x):
        calls.append(1)
        return wrap(np.zeros(len(calls)))

    with pytest.raises(GradcheckError, match="other shapes the second time"):
        gradcheck(grows, (double(2),))


def test_chance_in_backward_is_reported():
    rng = np.random.default_rng(0)

    class Noisy(ArrayFunction):
        forward = staticmethod(lambda ctx, x: 2 * x)
        backward = staticmethod(lambda ctx, grad_y: (2 * grad_y + 1e-9 * rng.standard_normal(grad_y.shape),))

    with pytest.raises(GradcheckError, match="backward must give the same values twice"):
        gradcheck(Noisy.apply, (double(2),))
    assert gradcheck(Noisy.apply, (double(2),), nondet_tol=1e-6)


def test_the_draws_of_the_check_do_not_move_the_stream():
    tinyreg.manual_seed(3)
    gradcheck(square_with(1), (double(5),))
    after = tinyreg.default_generator().normal((3,))
    tinyreg.manual_seed(3)
    assert (after == tinyreg.default_generator().normal((3,))).all()


class Counting:
    """What gradcheck asks of a Module: named_buffers()."""

    def __init__(self):
        self.calls = wrap(np.zeros((), dtype="int64"))

    def named_buffers(self):
        return [("calls", self.calls)]

    def forward(self, x):
        self.calls.array += 1
        return x * float(self.calls.item())  # the buffer decides: without restoring, each call differs

    def __call__(self, x):
        return self.forward(x)


GLOBAL = Counting()


def test_buffers_are_restored_wherever_the_module_is():
    module = Counting()
    for func in (
        module,
        module.forward,
        lambda x: module(x),
        lambda x, m=module: m(x),
        functools.partial(lambda m, x: m(x), module),
        lambda x: GLOBAL(x),
    ):
        assert gradcheck(func, (double(2),))
        assert module.calls.item() == GLOBAL.calls.item() == 0


def test_buffers_are_restored_after_a_failure():
    module = Counting()
    assert not gradcheck(lambda x: square_with(2)(module(x)), (double(2),), raise_exception=False)
    assert module.calls.item() == 0


def test_it_works_under_no_grad_and_on_inputs_with_a_history():
    with tinyreg.no_grad():
        assert gradcheck(square_with(1), (double(2),))
    w = double(3)
    x = square_with(1)(w)
    assert gradcheck(square_with(1), (x,))
    x.backward(wrap(np.ones(3)))  # the history of the input has survived
    assert w.grad is not None


def test_an_output_that_is_a_view_of_the_input():
    class View(ArrayFunction):
        view = True
        forward = staticmethod(lambda ctx, x: x.T)
        backward = staticmethod(lambda ctx, grad_y: (grad_y.T,))

    assert gradcheck(View.apply, (double(2, 3),))


def test_a_parameter_may_be_passed_beside_the_function_that_holds_it():
    w = double(3)
    assert gradcheck(lambda x, _: x * w, (double(3, seed=4), w))
