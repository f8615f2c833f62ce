"""Function: PyTorch's contract for operations of one's own."""

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import leaf
from tinyreg.autograd import Function, gradcheck
from tinyreg.autograd.tensor import wrap


def square(t):
    class Square(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad_y):
            (x,) = ctx.saved_tensors
            return grad_y * 2 * x

    return Square


def test_a_function_of_ones_own():
    x = leaf(1.0, 3.0)
    y = square(tinyreg).apply(x)
    assert y.grad_fn.name() == "SquareBackward" and (y.array == [1, 9]).all()
    y.sum().backward()
    assert (x.grad.array == [2, 6]).all()
    assert gradcheck(square(tinyreg).apply, (leaf(1.0, 3.0),))


def test_a_function_that_draws_a_mask():
    class Dropout(Function):
        @staticmethod
        def forward(ctx, input, p=0.5, train=False):
            ctx.p, ctx.train = p, train
            if not train:
                return input
            output = input.clone()
            noise = input.new(*input.size()).bernoulli_(1 - p).div(1 - p)
            ctx.save_for_backward(noise)
            return output.mul(noise)

        @staticmethod
        def backward(ctx, grad_output):
            if ctx.train:
                (noise,) = ctx.saved_tensors
                return grad_output.mul(noise), None, None
            return grad_output, None, None

    x = tinyreg.ones(1000, requires_grad=True)
    y = Dropout.apply(x, 0.25, True)
    y.sum().backward()
    assert (x.grad.array == y.array).all()
    assert set(np.unique(y.array).tolist()) == {0.0, float(np.float32(1 / 0.75))}
    assert abs(y.array.mean() - 1) < 6 * (0.25 / 0.75 / 1000) ** 0.5
    z = Dropout.apply(x, 0.25, False)
    assert (z.array == 1).all() and z.requires_grad and z is not x


def test_nothing_inside_forward_and_backward_is_recorded():
    class Watch(Function):
        @staticmethod
        def forward(ctx, x):
            assert not tinyreg.is_grad_enabled()
            y = x * 2
            assert not y.requires_grad
            return y

        @staticmethod
        def backward(ctx, grad_y):
            assert not tinyreg.is_grad_enabled() and not grad_y.requires_grad
            return grad_y * 2

    x = leaf(1.0)
    y = Watch.apply(x)
    assert y.requires_grad
    y.backward()
    assert tinyreg.is_grad_enabled() and x.grad.item() == 2


def test_several_outputs_some_not_differentiable():
    class SortOf(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.set = ctx.needs_input_grad
            larger = x * 2
            flag = y * 0
            ctx.mark_non_differentiable(flag)
            return larger, flag, x + y

        @staticmethod
        def backward(ctx, grad_larger, grad_flag, grad_sum):
            assert (grad_flag.array == 0).all()  # absent gradients are zeros
            return grad_larger * 2 + grad_sum, grad_sum

    x, y = leaf(1.0), leaf(5.0)
    larger, flag, total = SortOf.apply(x, y)
    assert larger.requires_grad and not flag.requires_grad and flag.is_leaf
    (larger * 3 + total).backward()
    assert x.grad.item() == 7 and y.grad.item() == 1
    x.grad = y.grad = None
    SortOf.apply(x, y)[2].backward()
    assert x.grad.item() == 1 and y.grad.item() == 1


def test_setup_context():
    class Cube(Function):
        @staticmethod
        def forward(x, scale):
            return x * x * x * scale

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.scale = inputs
            ctx.save_for_backward(x, output)

        @staticmethod
        def backward(ctx, grad_y):
            x, _ = ctx.saved_tensors
            return 3 * x * x * ctx.scale * grad_y, None

    assert gradcheck(lambda x: Cube.apply(x, 2.0), (leaf(1.0, -2.0),))


def test_missing_tensors_may_be_saved_as_none():
    class Scale(Function):
        @staticmethod
        def forward(ctx, x, w=None):
            ctx.save_for_backward(x, w)
            return x * 2 if w is None else x * w

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return (g * 2, None) if w is None else (g * w, g * x)

    assert gradcheck(lambda x: Scale.apply(x, None), (leaf(1.0),))
    assert gradcheck(Scale.apply, (leaf(1.0), leaf(2.0)))


def test_trailing_nones_are_allowed():
    class Two(Function):
        forward = staticmethod(lambda ctx, x: x * 2)
        backward = staticmethod(lambda ctx, g: (g * 2, None, None))

    x = leaf(1.0)
    Two.apply(x).backward()
    assert x.grad.item() == 2


def test_the_gradient_that_a_user_returns_stays_his():
    kept = wrap(np.array([5.0]))

    class Constant(Function):
        forward = staticmethod(lambda ctx, x: x * 1)
        backward = staticmethod(lambda ctx, g: kept)

    x = leaf(1.0)
    Constant.apply(x).backward()
    Constant.apply(x).backward()
    assert x.grad.item() == 10 and kept.item() == 5


def test_an_input_that_is_returned_as_it_is_counts_as_a_view():
    class Same(Function):
        forward = staticmethod(lambda ctx, x: x)
        backward = staticmethod(lambda ctx, g: g)

    x = leaf(1.0) * 1
    y = Same.apply(x)
    assert y is not x and y.grad_fn.name() == "SameBackward"
    with pytest.raises(RuntimeError, match="a view must not be written"):
        y.add_(1)


def test_what_a_function_saved_is_watched():
    x = leaf(1.0, 3.0) * 1
    y = square(tinyreg).apply(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match="SquareBackward: what forward saved must not change"):
        y.sum().backward()


# refusals


def test_the_number_and_shape_of_gradients_is_checked():
    class Wrong(Function):
        forward = staticmethod(lambda ctx, x, y: x * y)
        backward = staticmethod(lambda ctx, g: returned)

    returned = wrap(np.ones(2))
    with pytest.raises(RuntimeError, match="WrongBackward: backward must return one gradient an input, got 1 for 2 inputs"):
        Wrong.apply(leaf(1.0, 2.0), leaf(1.0, 2.0)).sum().backward()
    returned = (wrap(np.ones(3)), None)
    with pytest.raises(RuntimeError, match=r"WrongBackward: backward must return a gradient of the input's shape \(2,\), got \(3,\)"):
        Wrong.apply(leaf(1.0, 2.0), leaf(1.0, 2.0)).sum().backward()
    returned = (1.5, None)
    with pytest.raises(TypeError, match="WrongBackward: backward must return Tensors or None, got float"):
        Wrong.apply(leaf(1.0, 2.0), leaf(1.0, 2.0)).sum().backward()


def test_forward_must_return_tensors():
    class Raw(Function):
        forward = staticmethod(lambda ctx, x: x.array)

    with pytest.raises(TypeError, match="Raw: forward must return Tensors, got ndarray"):
        Raw.apply(leaf(1.0))


def test_a_function_is_not_instantiated():
    with pytest.raises(RuntimeError, match=r"Square: a Function is not instantiated, got Square\(...\); call Square.apply"):
        square(tinyreg)(leaf(1.0))


def test_unwritten_methods_say_so():
    class Empty(Function):
        pass

    with pytest.raises(NotImplementedError, match="forward must be written"):
        Empty.apply(leaf(1.0))

    class Half(Function):
        forward = staticmethod(lambda ctx, x: x * 2)

    with pytest.raises(NotImplementedError, match="backward must be written"):
        Half.apply(leaf(1.0)).backward()


def test_against_pytorch():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).standard_normal((3, 2))
    found = []
    for t, make in ((tinyreg, wrap), (torch, torch.from_numpy)):
        a = make(x.copy()).requires_grad_()
        y = square(t).apply(square(t).apply(a) + a)
        (y * y).sum().backward()
        found.append(a.grad.numpy())
        assert f"grad_fn=<{'SquareBackward'}>" in repr(y)
    np.testing.assert_allclose(*found, rtol=1e-12)
