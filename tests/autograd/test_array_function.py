"""ArrayFunction: what apply records."""

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import leaf
from tinyreg.autograd import ArrayFunction, gradcheck
from tinyreg.autograd.function import sum_to
from tinyreg.autograd.tensor import wrap


class Affine(ArrayFunction):
    """y = x scale + shift, with an option."""

    @staticmethod
    def forward(ctx, x, *, scale, shift=0.0):
        ctx.scale = scale
        return x * scale + shift

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y * ctx.scale,)


class Combine(ArrayFunction):
    """a + 2 b + 3 c, and what was needed."""

    @staticmethod
    def forward(ctx, a, b, c):
        ctx.wanted = ctx.needs_input_grad
        return a + 2 * b + 3 * c

    @staticmethod
    def backward(ctx, grad_y):
        return tuple(k * grad_y if wanted else None for k, wanted in zip((1, 2, 3), ctx.wanted))


def test_options_are_not_inputs():
    x = leaf(1.0, 2.0)
    y = Affine.apply(x, scale=3.0, shift=1.0)
    assert (y.array == [4, 7]).all()
    y.sum().backward()
    assert (x.grad.array == 3).all()


@pytest.mark.parametrize("needs", [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
def test_needs_input_grad_and_edges(needs):
    inputs = [leaf(1.0) if wanted else wrap(np.ones(1)) for wanted in needs]
    y = Combine.apply(*inputs)
    assert y.requires_grad == any(needs)
    if any(needs):
        assert list(y.grad_fn.needs_input_grad) == list(map(bool, needs))
        assert [edge for edge, _ in y.grad_fn.next_functions] == [x if wanted else None for x, wanted in zip(inputs, needs)]
        y.backward()
        assert [x.grad and x.grad.item() for x in inputs] == [k if wanted else None for k, wanted in zip((1, 2, 3), needs)]


@pytest.mark.parametrize("needs", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_needs_input_grad_of_two_inputs(needs):
    class Add(ArrayFunction):
        @staticmethod
        def forward(ctx, a, b):
            assert list(ctx.needs_input_grad) == list(map(bool, needs))
            return a + b

        @staticmethod
        def backward(ctx, grad_y):
            return grad_y, grad_y

    inputs = [leaf(1.0) if wanted else wrap(np.ones(1)) for wanted in needs]
    y = Add.apply(*inputs)
    if any(needs):
        assert [edge for edge, _ in y.grad_fn.next_functions] == [x if wanted else None for x, wanted in zip(inputs, needs)]
        y.backward()
    assert [x.grad is not None for x in inputs] == list(map(bool, needs))
    with tinyreg.no_grad():
        needs = (0, 0)
        assert Add.apply(*inputs).is_leaf


def test_numbers_and_arrays_among_the_inputs_get_no_gradient():
    x = leaf(1.0)
    for inputs in ((x, 5.0, np.ones(1)), (2.0, x, 1), (np.ones(1), np.ones(1), x)):
        x.grad = None
        y = Combine.apply(*inputs)
        y.backward()
        assert x.grad is not None and y.grad_fn.needs_input_grad.count(True) == 1


def test_apply_copies_nothing():
    class Same(ArrayFunction):
        @staticmethod
        def forward(ctx, x):
            assert x is x_array
            return y_array

        @staticmethod
        def backward(ctx, grad_y):
            return (grad_y,)

    x_array, y_array = np.ones(3), np.zeros(3)
    assert Same.apply(wrap(x_array)).array is y_array
    assert Same.apply(wrap(x_array).requires_grad_()).array is y_array


def test_numpy_scalars_become_zero_dimensional_arrays():
    class Total(ArrayFunction):
        @staticmethod
        def forward(ctx, x):
            ctx.before = x.shape
            return x.sum()  # NumPy returns a scalar, not an array

        @staticmethod
        def backward(ctx, grad_y):
            return (np.broadcast_to(grad_y, ctx.before),)

    x = leaf(1.0, 2.0)
    y = Total.apply(x)
    assert type(y.array) is np.ndarray and y.shape == () and y.requires_grad
    y.backward()
    assert (x.grad.array == 1).all()
    assert not Total.apply(x.detach()).requires_grad


def test_nothing_is_recorded_where_nothing_is_wanted():
    y = Affine.apply(wrap(np.ones(2)), scale=2.0)
    assert y.is_leaf and not y.requires_grad and y.grad_fn is None
    with tinyreg.no_grad():
        assert Affine.apply(leaf(1.0), scale=2.0).is_leaf


def test_views_know_their_tensor():
    class Flip(ArrayFunction):
        view = True
        forward = staticmethod(lambda ctx, x: x[::-1])
        backward = staticmethod(lambda ctx, grad_y: (grad_y[::-1],))

    x = leaf(1.0, 2.0)
    y = Flip.apply(x)
    z = Flip.apply(y)
    assert y.base is x and z.base is x and np.shares_memory(y.array, x.array)
    z.backward(wrap(np.array([1.0, 5.0])))
    assert (x.grad.array == [1, 5]).all()

    class Copy(Flip):
        forward = staticmethod(lambda ctx, x: x[::-1].copy())

    assert Copy.apply(x).base is None


def test_a_subclass_may_take_another_number_of_inputs():
    class One(ArrayFunction):
        forward = staticmethod(lambda ctx, x: x + 1)
        backward = staticmethod(lambda ctx, g: (g,))

    class Two(One):
        forward = staticmethod(lambda ctx, x, y: x + y)
        backward = staticmethod(lambda ctx, g: (g, g))

    class Any(One):
        forward = staticmethod(lambda ctx, *xs: sum(xs))
        backward = staticmethod(lambda ctx, g: (g,) * len(ctx.needs_input_grad))

    x = leaf(1.0)
    assert One.apply(x).item() == 2 and Two.apply(x, x).item() == 2 and Any.apply(x, x, x).item() == 3
    assert gradcheck(Two.apply, (leaf(1.0), leaf(2.0))) and gradcheck(Any.apply, (leaf(1.0),))


def test_a_result_without_a_gradient_is_not_recorded():
    class Marked(ArrayFunction):
        """Floating point numbers through which no gradient flows."""

        @staticmethod
        def forward(ctx, x, *, scale=2):
            y = x * scale
            ctx.mark_non_differentiable(y)
            return y

    class Whole(ArrayFunction):
        """Integers."""

        @staticmethod
        def forward(ctx, x, *, scale=2):
            return (x * scale).astype("int64")

    x = leaf(1.5, 2.5)
    for function in (Marked, Whole):
        y = function.apply(x)
        assert y.tolist() == [3, 5] and not y.requires_grad and y.grad_fn is None


def test_names():
    class SoftFunction(ArrayFunction):
        forward = staticmethod(lambda ctx, x: x)
        backward = staticmethod(lambda ctx, g: (g,))

    y = SoftFunction.apply(leaf(1.0))
    assert y.grad_fn.name() == "SoftBackward0" and repr(y.grad_fn) == "<SoftBackward0>"


def test_sum_to_is_the_adjoint_of_broadcasting():
    rng = np.random.default_rng(0)
    for small, large in (
        ((3,), (4, 3)),
        ((4, 1), (4, 3)),
        ((), (2, 3)),
        ((1, 1), (2, 3)),
        ((2, 1, 3), (5, 2, 4, 3)),
        ((1,), (0,)),
        ((2, 3), (2, 3)),
    ):
        x, grad = rng.standard_normal(small), rng.standard_normal(large)
        back = sum_to(grad, small)
        assert back.shape == small
        assert (back * x).sum() == pytest.approx((grad * np.broadcast_to(x, large)).sum())
