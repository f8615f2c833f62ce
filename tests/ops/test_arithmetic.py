import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

import tinyreg as torch


def gradients(function, *arrays, cotangent=None):
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    out = function(*tensors)
    out.backward(torch.ones_like(out) if cotangent is None else torch.tensor(cotangent))
    return [t.grad.numpy() for t in tensors]


def test_derivatives_by_hand():
    a, b = np.array([2.0, 3.0]), np.array([4.0, 5.0])
    for function, grad_a, grad_b in [
        (lambda a, b: a + b, [1, 1], [1, 1]),
        (lambda a, b: a - b, [1, 1], [-1, -1]),
        (lambda a, b: a * b, [4, 5], [2, 3]),
        (lambda a, b: a / b, [1 / 4, 1 / 5], [-2 / 16, -3 / 25]),
        (lambda a, b: a**b, [4 * 2**3, 5 * 3**4], [2**4 * np.log(2), 3**5 * np.log(3)]),
        (lambda a, b: b % a, [-2, -1], [1, 1]),
    ]:
        for got, wanted in zip(gradients(function, a, b), (grad_a, grad_b)):
            np.testing.assert_allclose(got, wanted, rtol=1e-14)


@settings(max_examples=60, deadline=None)
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0))
def test_broadcast_gradients_sum_over_what_was_repeated(shapes):
    (first, second), result = shapes.input_shapes, shapes.result_shape
    rng = np.random.default_rng(0)
    a, b, g = rng.normal(size=first), rng.normal(size=second), rng.normal(size=result)
    grad_a, grad_b = gradients(torch.mul, a, b, cotangent=g)
    # the adjoint, element by element
    index = np.broadcast_to(np.arange(a.size).reshape(first), result).ravel()
    wanted = np.bincount(index, weights=(g * np.broadcast_to(b, result)).ravel(), minlength=a.size).reshape(first)
    np.testing.assert_allclose(grad_a, wanted, atol=1e-13)
    assert grad_b.shape == second


@pytest.mark.parametrize(
    ("make", "dtype"),
    [
        (lambda: torch.arange(3) / 2, "float32"),
        (lambda: torch.arange(3) / torch.arange(1, 4), "float32"),
        (lambda: torch.arange(3) + 0.5, "float32"),
        (lambda: torch.arange(3) + True, "int64"),
        (lambda: torch.ones(3) * np.float64(2), "float32"),
        (lambda: torch.ones(3) + torch.tensor(1.0, dtype=torch.float64), "float32"),
        (lambda: torch.ones(3) + torch.ones(3, dtype=torch.float64), "float64"),
        (lambda: torch.arange(3) * torch.tensor(0.5, dtype=torch.float64), "float64"),
        (lambda: torch.tensor([True]) + 1, "int64"),
        (lambda: torch.tensor([True]) * 0.5, "float32"),
        (lambda: torch.ones(2, dtype=torch.float16) * torch.arange(2), "float16"),
        (lambda: 2 ** torch.ones(2), "float32"),
        (lambda: np.ones(2) * torch.ones(2), "float64"),
        (lambda: np.float64(3) - torch.ones(2), "float32"),
        (lambda: torch.arange(5) // 2, "int64"),
        (lambda: torch.arange(5) % 2, "int64"),
        (lambda: torch.div(torch.arange(5), 2, rounding_mode="trunc"), "int64"),
    ],
)
def test_promotion_is_pytorchs(make, dtype):
    result = make()
    assert isinstance(result, torch.Tensor) and result.dtype == np.dtype(dtype)


def test_gradients_return_in_each_operands_dtype():
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (a * b).sum().backward()
    assert a.grad.dtype == torch.float32 and b.grad.dtype == torch.float64


def test_an_ndarray_on_the_left_keeps_the_graph():
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    y = np.array([2.0, 3.0]) * x
    y.sum().backward()
    assert x.grad.tolist() == [2, 3]


def test_power_at_the_edges():
    (grad,) = gradients(lambda a: a**0, np.array([0.0, 2.0]))
    assert grad.tolist() == [0, 0]
    a, b = gradients(torch.pow, np.array([0.0, 0.0, 3.0]), np.array([0.0, 2.0, 0.0]))
    assert a.tolist() == [0, 0, 0] and b.tolist() == [0, 0, np.log(3.0)]


def test_in_place_forms_write_and_record():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    alias = y
    y *= y
    y += 1
    assert alias is y and y.tolist() == [5, 17]
    y.sum().backward()
    assert x.grad.tolist() == [8, 16]


def test_division_and_remainder_follow_python():
    values = torch.tensor([-7, 7])
    assert (values // 2).tolist() == [-4, 3] and (values % 3).tolist() == [2, 1] and (values % -3).tolist() == [-1, -2]
    assert torch.div(values, 2, rounding_mode="trunc").tolist() == [-3, 3]
    assert torch.div(values, 2, rounding_mode="floor").tolist() == [-4, 3]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: torch.ones(3) + torch.ones(4), RuntimeError, r"add: .*got \(3,\) and \(4,\)"),
        (lambda: torch.ones(2, 3) * torch.ones(2), RuntimeError, r"mul: .*got \(2, 3\) and \(2,\)"),
        (lambda: torch.ones(2) + "a", TypeError, "got str"),
        (lambda: torch.sub(torch.tensor([True]), 1), RuntimeError, "sub: operands must be numbers, got dtype bool"),
        (lambda: torch.ones(2) - torch.tensor([True, False]), RuntimeError, "got dtype bool"),
        (lambda: -torch.tensor([True]), RuntimeError, "got dtype bool"),
        (lambda: torch.arange(3) ** -1, RuntimeError, "got -1"),
        (lambda: torch.div(torch.ones(1), 2, rounding_mode="up"), RuntimeError, "got 'up'"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_arithmetic_of_python_from_the_right():
    x = torch.tensor([2, 3])
    assert (7 // x).tolist() == [3, 2] and (7 % x).tolist() == [1, 1] and (2**x).tolist() == [4, 8]
    assert (6 / x).tolist() == [3, 2] and (1 - x).tolist() == [-1, -2]


def test_alpha_scales_the_second_operand():
    a, b = torch.tensor([5.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)
    for function, value, sign in ((torch.add, 11, 1), (torch.sub, -1, -1)):
        y = function(a, b, alpha=2)
        assert y.tolist() == [value]
        assert [g.tolist() for g in torch.autograd.grad(y, (a, b))] == [[1], [2 * sign]]


def test_alpha_scales_a_number_too():
    x = torch.ones(2)
    assert x.add(3, alpha=2).tolist() == [7, 7] and torch.sub(x, 3, alpha=2).tolist() == [-5, -5]
    assert x.add_(1, alpha=-0.5).tolist() == [0.5, 0.5]


def test_floor_divide_is_flat():
    a, b = (torch.tensor([x], requires_grad=True) for x in (7.5, 2.0))
    (a // b + a).sum().backward()
    assert a.grad.tolist() == [1] and b.grad.tolist() == [0]


def test_remainders_with_either_sign():
    a, b = torch.tensor([-7, -7, 7, 7]), torch.tensor([3, -3, 3, -3])
    assert (a % b).tolist() == [2, -1, 1, -2]  # the sign of b
    assert torch.fmod(a, b).tolist() == [-1, -1, 1, 1]  # the sign of a
    assert (b * torch.div(a, b, rounding_mode="floor") + a % b).tolist() == a.tolist()
    assert (b * torch.div(a, b, rounding_mode="trunc") + a.fmod(b)).tolist() == a.tolist()


def test_slopes_of_fmod_by_hand():
    grad_a, grad_b = gradients(torch.fmod, np.array([-7.0, 7.5]), np.array([3.0, -2.0]))  # -7 = 3 * -2 - 1, 7.5 = -2 * -3 + 1.5
    assert grad_a.tolist() == [1, 1] and grad_b.tolist() == [2, 3]


def test_rounded_division_of_large_integers_is_exact():
    big = 2**60 + 1
    assert torch.div(torch.tensor([big, -big]), 1, rounding_mode="trunc").tolist() == [big, -big]
    assert torch.div(torch.tensor([7], dtype=torch.int32), 2, rounding_mode="trunc").dtype == torch.int32


@pytest.mark.parametrize("mode", ["floor", "trunc"])
def test_rounded_division_has_gradient_zero(mode):
    a = torch.tensor([7.0, 0.0], requires_grad=True)
    with np.errstate(invalid="ignore"):
        torch.div(a, torch.tensor([2.0, 0.0]), rounding_mode=mode).sum().backward()
    assert a.grad is None or a.grad.tolist() == [0, 0]


def test_integers_to_negative_powers_lose_what_is_less_than_one():
    base = torch.tensor([-2, -1, 0, 1, 2])
    assert (base ** torch.tensor(-3)).tolist() == [0, -1, 0, 1, 0]  # as in PyTorch
    assert (base ** torch.tensor([-2, -2, 0, -2, 3])).tolist() == [0, 1, 1, 1, 8]
    assert (2 ** torch.tensor([-1, 0, 3])).tolist() == [0, 1, 8] and ((-1) ** torch.tensor([-1, -2])).tolist() == [-1, 1]
    with pytest.raises(RuntimeError, match="pow: an integer tensor needs a power of at least 0, got -1"):
        base**-1


def test_a_factor_for_the_second_operand():
    x, i, b = torch.ones(2), torch.tensor([1, 2]), torch.tensor([True, False])
    assert torch.add(x, i, alpha=2.5).tolist() == [3.5, 6] and i.add(i, alpha=2).tolist() == [3, 6]
    assert torch.rsub(i, 10, alpha=2).tolist() == [8, 6] and x.add_(i, alpha=-0.5).tolist() == [0.5, 0]
    assert torch.add(b, b, alpha=2).tolist() == [True, False] and torch.add(b, b, alpha=0).tolist() == [True, False]
    with pytest.raises(RuntimeError, match="add: alpha must be a number of the kind of the operands, got alpha=0.5 for dtype int64"):
        torch.add(i, i, alpha=0.5)
    with pytest.raises(RuntimeError, match="sub: alpha must be .* got alpha=True for dtype int64"):
        torch.sub(i, i, alpha=True)
    with pytest.raises(TypeError, match="sub: alpha must be a number, got alpha='a'"):
        torch.sub(i, i, alpha="a")


def test_numbers_wrap_around_in_narrow_integers():
    x = torch.tensor([1, 200], dtype=torch.uint8)
    assert (x + -2).tolist() == [255, 198] and (-2 - x).tolist() == [253, 54] and (x * 300).tolist() == [44, 96]
    assert (x + -2).dtype == torch.uint8


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod", "pow", "div"])
def test_bools_are_no_numbers(name):
    b = torch.tensor([True, False])
    options = {"rounding_mode": "trunc"} if name == "div" else {}
    with pytest.raises(NotImplementedError, match=f"{name}: an operand must be a number, got bools"):
        getattr(torch, name)(b, b, **options)


def test_a_bool_is_not_subtracted():
    with pytest.raises(RuntimeError, match="sub: operands must be numbers, got True"):
        torch.ones(2) - True
    with pytest.raises(TypeError, match="neg: input must be a Tensor, got list"):
        torch.neg([1.0])
    with pytest.raises(TypeError, match="fmod: input must be a Tensor, got int"):
        torch.fmod(5, torch.ones(2))


def test_integers_divided_by_zero_give_zero():
    """PyTorch stops on a CPU and gives anything on a GPU; to look at every divisor would make a GPU wait."""
    x = torch.tensor([-7, 7])
    with np.errstate(divide="ignore"):
        for y in (x // 0, x % 0, x.fmod(0), torch.div(x, 0, rounding_mode="trunc")):
            assert y.tolist() == [0, 0]


def test_rounding_down_and_reversed_remainders_are_recorded_too():
    """PyTorch has no derivative of them: floor is level, and number % x = number - x floor(number / x)."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    (x // 2).sum().backward()
    assert x.grad is None or x.grad.tolist() == [0, 0]
    x.grad = None
    (7 % x).sum().backward()
    assert x.grad.tolist() == [-3, -2]


def test_two_numbers_make_a_tensor():
    assert torch.add(2, 3).tolist() == 5 and torch.add(2, 3).dtype == torch.int64
    assert torch.div(1, 2).tolist() == 0.5 and torch.mul(2, 0.5).dtype == torch.float32


@pytest.mark.parametrize("name", ["pow", "remainder"])
def test_powers_and_remainders_need_a_tensor(name):
    with pytest.raises(TypeError, match=f"{name}: an operand must be a Tensor, got 2 and 3.5; convert"):
        getattr(torch, name)(2, 3.5)
