"""detect_anomaly watches Functions, too: of either form, bound to a name before, defined inside the block, of any arity."""

import numpy as np
import pytest

import tinyreg as torch
from tests.autograd.functions import Square, leaf
from tinyreg.autograd import ArrayFunction, Function, detect_anomaly

inf, nan = float("inf"), float("nan")


class Reciprocal(Function):
    """1/x by NumPy, with a derivative that has no bound at all."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(1 / x.array)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return torch.from_numpy(grad_y.array / (x.array - 2))


class Root(Function):
    """PyTorch's other form."""

    @staticmethod
    def forward(x):
        return torch.from_numpy(np.sqrt(x.array))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return torch.from_numpy(grad_y.array / (2 * y.array))


reciprocal, root = Reciprocal.apply, Root.apply  # as scripts write it, long before the block


def test_functions_of_the_user():
    with detect_anomaly():
        with pytest.raises(RuntimeError, match=r"Reciprocal: forward must make no Inf .*test_anomaly_functions.py:\d+: reciprocal\(leaf"):
            reciprocal(leaf(0.0))
        y = reciprocal(leaf(2.0))
        with pytest.raises(RuntimeError, match=r"Reciprocal: backward must make no Inf .*: y = reciprocal\(leaf\(2.0\)\); look"):
            y.backward()
        with pytest.raises(RuntimeError, match="Root: forward must make no NaN"):
            root(leaf(-1.0))
        y = root(leaf(0.0))
        with pytest.raises(RuntimeError, match=r"Root: backward must make no Inf .*: y = root\(leaf\(0.0\)\); look"):
            y.backward()
        with pytest.raises(RuntimeError, match="Root: inputs must be finite, got 1 Inf in input 0 .* a leaf that held it"):
            root(leaf(inf))


def test_operations_inside_of_a_users_function_are_watched_themselves():
    class Logarithm(Function):
        @staticmethod
        def forward(ctx, x):
            return x.log()

        @staticmethod
        def backward(ctx, grad_y):
            return (grad_y - grad_y).log()

    with detect_anomaly():
        with pytest.raises(RuntimeError, match=r"^Log: forward .*: return x.log\(\); look"):
            Logarithm.apply(leaf(-1.0))
        y = Logarithm.apply(leaf(1.0))
        with pytest.raises(RuntimeError, match=r"^Log: forward .*: return \(grad_y - grad_y\).log\(\); look"):
            y.backward()


def test_operations_that_are_defined_inside_the_block():
    with detect_anomaly():

        class Over(Function):
            @staticmethod
            def forward(ctx, x):
                return torch.from_numpy(1 / x.array)

        with pytest.raises(RuntimeError, match="Over: forward must make no Inf"):
            Over.apply(leaf(0.0))

        class Power(ArrayFunction):
            """x^(1/p), and whether it is whole; its derivative is wrong at 1."""

            def __init_subclass__(cls, p, **kwargs):
                super().__init_subclass__(**kwargs)
                cls.p = p

            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x**0.5, x == 1

            @staticmethod
            def backward(ctx, grad_y, grad_whole):
                (x,) = ctx.saved
                return grad_y / (x - 1)

        class Half(Power, p=2):
            pass

        for operation in (Power, Half):
            with pytest.raises(RuntimeError, match=f"{operation.__name__}: forward must make no NaN"):
                operation.apply(leaf(-1.0))
            y, _ = operation.apply(leaf(1.0))
            with pytest.raises(RuntimeError, match=f"{operation.__name__}: backward must make no Inf"):
                y.backward()
    assert Half.p == 2
    assert Power.apply.__func__ is Square.apply.__func__  # the fast one for one input
    with np.errstate(all="ignore"):
        y, _ = Half.apply(leaf(-1.0))
    assert np.isnan(y.item()) and Power.forward.__code__.co_filename == __file__


class Halves(ArrayFunction):
    """Two outputs, the second of which is x/0."""

    @staticmethod
    def forward(ctx, x):
        return x / 2, x / 0

    @staticmethod
    def backward(ctx, grad_a, grad_b):
        return (grad_a / 2,)


def test_one_of_several_outputs():
    with detect_anomaly(), pytest.raises(RuntimeError, match="Halves: forward must make no Inf .* got 2 among 2"):
        Halves.apply(leaf(1.0, 2.0))
    with detect_anomaly(), pytest.raises(RuntimeError, match="Halves: forward must make no NaN .* got 1 among 1"):
        Halves.apply(leaf(0.0))


def test_a_gradient_that_nobody_wants_is_not_judged():
    class Product(ArrayFunction):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, grad):
            return grad, grad * nan

    with detect_anomaly():
        Product.apply(leaf(1.0), torch.ones(1, dtype=torch.float64)).backward()
        y = Product.apply(leaf(1.0), leaf(1.0))
        with pytest.raises(RuntimeError, match="Product: backward must make no NaN .* gradient of input 1"):
            y.backward()
