"""What the tests of the engine share: leaves, and three small operations written for them."""

import numpy as np

from tinyreg.autograd import ArrayFunction
from tinyreg.autograd.tensor import wrap


def leaf(*values, dtype="float64"):
    """A leaf that requires grad."""
    return wrap(np.array(values, dtype=dtype)).requires_grad_()


def double(*shape, seed=1):
    """A leaf with standard normal values."""
    return wrap(np.random.default_rng(seed).standard_normal(shape)).requires_grad_()


def ones(*shape):
    """A tensor that does not require grad."""
    return wrap(np.ones(shape))


class Square(ArrayFunction):
    """x^2."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (2 * x * grad_y,)


def square_with(factor):
    """x^2 whose backward is off by this factor."""

    class Square(ArrayFunction):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad_y):
            (x,) = ctx.saved
            return (factor * 2 * x * grad_y,)

    return Square.apply


class SumAndProduct(ArrayFunction):
    """(a + b, a b, whether a is larger, as an integer)."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a + b, a * b, (a > b).astype("int64")

    @staticmethod
    def backward(ctx, grad_sum, grad_product, grad_larger):
        a, b = ctx.saved
        return grad_sum + grad_product * b, grad_sum + grad_product * a
