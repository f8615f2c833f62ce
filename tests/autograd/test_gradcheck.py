"""gradcheck finds planted mistakes, and says which."""

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import double, square_with
from tinyreg.autograd import ArrayFunction, GradcheckError, gradcheck, relative_errors
from tinyreg.autograd.tensor import wrap


class Relu(ArrayFunction):
    """max(x, 0) with gradient 0 at 0."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x > 0)
        return x * (x > 0)

    @staticmethod
    def backward(ctx, grad_y):
        (mask,) = ctx.saved
        return (grad_y * mask,)


class Polar(ArrayFunction):
    """(x^2 + y^2, x y, the sign of x as an integer)."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * x + y * y, x * y, (x > 0).astype("int64")

    @staticmethod
    def backward(ctx, grad_r, grad_p, grad_sign):
        x, y = ctx.saved
        return 2 * x * grad_r + y * grad_p, 2 * y * grad_r + x * grad_p


def test_a_right_gradient_passes():
    assert gradcheck(square_with(1), (double(2, 3),)) is True
    assert gradcheck(square_with(1), double(2, 3)) is True  # a Tensor alone, as in PyTorch


def test_the_name_is_the_function_and_not_its_module():
    assert tinyreg.autograd.gradcheck is gradcheck


def test_several_outputs_and_inputs():
    assert gradcheck(Polar.apply, (double(3), double(3, seed=2)))
    assert gradcheck(lambda x, y: list(Polar.apply(x, y)), (double(3), double(3, seed=2)))


@pytest.mark.parametrize("x", [double(), double(0, 3), double(1), wrap(double(3, 2).detach().array.T).requires_grad_()])
def test_any_shape_and_layout(x):
    before = x.array.copy()
    assert gradcheck(square_with(1), (x,))
    assert (x.array == before).all()  # the inputs are put back


def test_a_wrong_factor_is_named_with_its_element():
    x = wrap(np.array([[1.0, 2.0], [-3.0, 0.5]])).requires_grad_()
    with pytest.raises(GradcheckError, match=r"input 1 at index \(\d, \d\): numeric .*, analytic .*, ratio 2 .*worst of 4 wrong") as caught:
        gradcheck(lambda n, x: square_with(2)(x), (7, x))
    error = caught.value
    assert isinstance(error, RuntimeError)
    assert error.input == 1 and error.ratio == pytest.approx(2, abs=1e-6)
    assert error.analytic == pytest.approx(2 * error.numeric, rel=1e-6)


def test_the_worst_element_is_the_one_named():
    class OneWrong(ArrayFunction):
        @staticmethod
        def forward(ctx, x):
            return 3 * x

        @staticmethod
        def backward(ctx, grad_y):
            grad = 3 * grad_y
            grad[1, 0] *= -1
            return (grad,)

    with pytest.raises(GradcheckError, match=r"input 0 at index \(1, 0\).*ratio -1 .*the worst of 1 wrong elements of 4") as caught:
        gradcheck(OneWrong.apply, (double(2, 2),))
    assert caught.value.index == (1, 0)


def test_false_instead_of_an_exception():
    assert gradcheck(square_with(2), (double(3),), raise_exception=False) is False
    assert gradcheck(square_with(1), (double(3),), raise_exception=False) is True


def test_not_a_number_fails():
    class Nan(ArrayFunction):
        forward = staticmethod(lambda ctx, x: 2 * x)
        backward = staticmethod(lambda ctx, grad_y: (grad_y * np.nan,))

    with pytest.raises(GradcheckError, match=r"index \(0,\).*analytic nan"):
        gradcheck(Nan.apply, (double(1),))


def test_the_cotangent_is_not_all_ones():
    # y = x - mean(x) sums to 0, so a backward of zeros is right for a cotangent of ones
    class Centre(ArrayFunction):
        forward = staticmethod(lambda ctx, x: x - x.mean())
        backward = staticmethod(lambda ctx, grad_y: (np.zeros_like(grad_y),))

    with pytest.raises(GradcheckError, match="ratio 0 "):
        gradcheck(Centre.apply, (double(4),))


def test_pytorchs_tolerance_rule():
    x = wrap(np.array([1.0])).requires_grad_()
    assert gradcheck(square_with(1.0005), (x,))  # within rtol = 1e-3
    assert not gradcheck(square_with(1.002), (x,), raise_exception=False)
    assert gradcheck(square_with(1.002), (x,), rtol=1e-2)
    assert gradcheck(square_with(2.0), (x,), atol=100)


def test_a_gradient_that_does_not_arrive_is_named():
    with pytest.raises(GradcheckError, match=r"got no gradient for input 0 .*detach"):
        gradcheck(lambda x, y: square_with(1)(x.detach()) + y, (double(2), double(2, seed=2)))


def test_an_input_without_influence_has_gradient_zero():
    assert gradcheck(lambda x, y: square_with(1)(x), (double(2), double(2, seed=2)))
    assert gradcheck(lambda x: wrap(np.ones(3)), (double(2),))


# kinks


@pytest.mark.parametrize("at", [(0,), (1,)])
def test_a_kink_is_named_as_one(at):
    x = np.array([0.7, -0.4])
    x[at] = 0
    with pytest.raises(GradcheckError, match=rf"kink.*input 0 at index \({at[0]},\).*move the input away") as caught:
        gradcheck(Relu.apply, (wrap(x).requires_grad_(),))
    assert caught.value.index == at


def test_a_kink_between_outputs_of_different_signs():
    # relu(x) and relu(-x) with cotangents of any signs: the sum need not lie between its one-sided slopes
    x = wrap(np.zeros(1)).requires_grad_()
    for seed in range(6):
        with pytest.raises(GradcheckError, match="kink"):
            gradcheck(lambda x: (Relu.apply(x), Relu.apply(-x)), (x,), seed=seed)


def test_a_wrong_gradient_beside_a_kink_is_named_first():
    x = wrap(np.array([0.0, 1.0])).requires_grad_()
    with pytest.raises(GradcheckError, match=r"must give the derivative.*index \(1,\)"):
        gradcheck(lambda x: square_with(2)(x) + 100 * Relu.apply(x), (x,))


def test_a_wrong_gradient_at_a_kink_is_no_kink():
    # relu'(0) = 0 is a choice; the square beside it, off by 3, is not
    x = wrap(np.zeros(1)).requires_grad_()
    with pytest.raises(GradcheckError, match="must give the derivative"):
        gradcheck(lambda x: (square_with(3)(x + 1), Relu.apply(x)), (x,))

    class Outside(Relu):
        backward = staticmethod(lambda ctx, grad_y: (2 * grad_y,))  # neither slope, nor between

    Outside.array_backward = Outside.backward
    with pytest.raises(GradcheckError, match="must give the derivative"):
        gradcheck(Outside.apply, (x,))


def test_a_jump_is_named():
    class Step(ArrayFunction):
        forward = staticmethod(lambda ctx, x: (x > 0).astype(x.dtype))
        backward = staticmethod(lambda ctx, grad_y: (0 * grad_y,))

    with pytest.raises(GradcheckError, match="kink .or jump"):
        gradcheck(Step.apply, (wrap(np.zeros(1)).requires_grad_(),))


def test_strong_curvature_is_no_kink():
    def steep(factor):
        class Steep(ArrayFunction):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return np.exp(20 * x)

            @staticmethod
            def backward(ctx, grad_y):
                return (factor * 20 * np.exp(20 * ctx.saved[0]) * grad_y,)

        return Steep.apply

    x = wrap(np.ones(1)).requires_grad_()
    with pytest.raises(GradcheckError, match="ratio 2 "):
        gradcheck(steep(2), (x,))
    with pytest.raises(GradcheckError, match="must give the derivative"):  # wrong, but between the one-sided slopes
        gradcheck(steep(1 + 5e-6), (x,), rtol=1e-7)
    assert gradcheck(steep(1), (x,), rtol=1e-7)


# refusals


def test_refuses_float32():
    x = wrap(np.ones(2, dtype="float32")).requires_grad_()
    with pytest.raises(ValueError, match=r"float64, got input 1 of dtype float32; call .double"):
        gradcheck(lambda n, x: x * x, (3, x))


def test_refuses_outputs_in_float32():
    class Narrow(ArrayFunction):
        forward = staticmethod(lambda ctx, x: x.astype("float32"))
        backward = staticmethod(lambda ctx, grad_y: (grad_y.astype("float64"),))

    with pytest.raises(ValueError, match="outputs must be float64, got float32"):
        gradcheck(Narrow.apply, (double(2),))


def test_refuses_inputs_of_which_none_requires_grad():
    with pytest.raises(ValueError, match="at least one input must require grad, got none among 2"):
        gradcheck(lambda x, n: x, (wrap(np.ones(2)), 3))


def test_refuses_outputs_that_are_no_tensors():
    with pytest.raises(TypeError, match="func must return Tensors, got float"):
        gradcheck(lambda x: 3.0, (double(2),))


def test_refuses_expanded_inputs():
    x = wrap(np.broadcast_to(np.ones(3), (2, 3))).requires_grad_()
    with pytest.raises(RuntimeError, match=r"must not share memory, got input 0 with strides \(0, 8\)"):
        gradcheck(square_with(1), (x,))


def test_refuses_inputs_that_share_memory():
    memory = np.ones(4)
    a, b = wrap(memory[:3]).requires_grad_(), wrap(memory[1:])
    with pytest.raises(RuntimeError, match="got inputs 0 and 1 that do"):
        gradcheck(lambda a, b: a * b, (a, b))
    a, b = wrap(memory[:2]).requires_grad_(), wrap(memory[2:]).requires_grad_()
    assert gradcheck(lambda a, b: a * b, (a, b))  # one memory, but apart
    assert gradcheck(lambda a, b: a * b, (a, a))  # the same tensor twice is one input


# relative errors


def test_relative_errors_follow_their_formula():
    x, y = double(3), double(2, 2, seed=2)
    errors = relative_errors(lambda n, x, y: (square_with(1)(x), square_with(3)(y)), (5, x, y))
    assert len(errors) == 2 and all(type(error) is float for error in errors)
    assert errors[0] < 1e-8
    # analytic = 3 numeric: max|2/3 analytic| / max(1, max|analytic|)
    largest = 1.5 * errors[1]
    assert largest == pytest.approx(1) or largest < 1


def test_relative_errors_by_hand():
    x = wrap(np.array([0.001])).requires_grad_()
    (error,) = relative_errors(square_with(2), (x,), seed=3)
    v = float(tinyreg.Generator(3).normal((1,), dtype="float64")[0])
    assert error == pytest.approx(0.002 * abs(v), rel=1e-6)  # the denominator is 1 for small gradients
    assert relative_errors(square_with(1), (double(0, 2),)) == [0.0]


def test_gradcheck_against_pytorch():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).standard_normal((2, 3))
    for factor, passes in ((1.0, True), (1.0005, True), (1.01, False)):

        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx, grad_y, factor=factor):
                return factor * 2 * ctx.saved_tensors[0] * grad_y

        theirs = torch.autograd.gradcheck(Square.apply, (torch.tensor(x, requires_grad=True),), raise_exception=False)
        ours = gradcheck(square_with(factor), (wrap(x.copy()).requires_grad_(),), raise_exception=False)
        assert ours == theirs == passes
