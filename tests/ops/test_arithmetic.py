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
    assert a.grad.tolist() == [1] and b.grad is None
