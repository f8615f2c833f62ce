import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg.ops.linear_algebra import Matmul


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def test_a_product_that_a_person_can_check():
    a, b = leaf([[1, 2], [3, 4]]), leaf([[5, 6], [7, 8]])
    y = a @ b
    y.backward(tinyreg.tensor([[1.0, 0.0], [0.0, 10.0]]))
    assert y.tolist() == [[19, 22], [43, 50]]
    assert a.grad.tolist() == [[5, 7], [60, 80]]  # grad_Y B^T
    assert b.grad.tolist() == [[1, 30], [2, 40]]  # A^T grad_Y


@given(hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3), st.integers(0, 100))
def test_every_form_against_einsum(shapes, seed):
    rng = np.random.default_rng(seed)
    a, b = (leaf(rng.standard_normal(shape)) for shape in shapes.input_shapes)
    left, right = ("...ij" if a.ndim > 1 else "j"), ("...jk" if b.ndim > 1 else "j")
    out = "..." + "i" * (a.ndim > 1) + "k" * (b.ndim > 1)
    y = tinyreg.matmul(a, b)
    values = np.einsum(f"{left},{right}->{out}", a.detach().numpy(), b.detach().numpy())
    assert y.shape == shapes.result_shape
    np.testing.assert_allclose(y.detach().numpy(), values, atol=1e-12)
    grad = rng.standard_normal(y.shape)
    y.backward(tinyreg.tensor(grad))
    # <grad, dA B> = <grad_A, dA> for a random change of each operand
    for x, other, swap in ((a, b, False), (b, a, True)):
        change = rng.standard_normal(x.shape)
        moved = np.matmul(*((other.detach().numpy(), change) if swap else (change, other.detach().numpy())))
        assert x.grad.shape == x.shape
        np.testing.assert_allclose((grad * moved).sum(), (x.grad.numpy() * change).sum(), atol=1e-10)


@pytest.mark.parametrize(
    "shapes", [((0, 3), (3, 2)), ((2, 0), (0, 4)), ((0,), (0,)), ((0, 2, 3), (3, 4)), ((2, 3, 0), (0, 4)), ((2, 3), (0, 3, 4))]
)
def test_empty_products(shapes):
    a, b = (leaf(np.ones(shape)) for shape in shapes)
    y = a @ b
    y.sum().backward()
    assert y.shape == np.matmul(*map(np.ones, shapes)).shape and not y.any()
    assert a.grad.shape == a.shape and b.grad.shape == b.shape


@pytest.mark.parametrize("shapes", [((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((3,), (3, 4)), ((2, 3), (3,))])
def test_only_what_is_asked_for_is_saved_and_computed(shapes):
    a, b = (np.ones(shape) for shape in shapes)
    y = Matmul.apply(leaf(a), tinyreg.tensor(b))
    assert y.grad_fn.saved[0] is None
    grad_a, grad_b = Matmul.backward(y.grad_fn, np.ones(y.shape))
    assert grad_a.shape == shapes[0] and grad_b is None
    y = Matmul.apply(tinyreg.tensor(a), leaf(b))
    grad_a, grad_b = Matmul.backward(y.grad_fn, np.ones(y.shape))
    assert grad_a is None and grad_b.shape == shapes[1]
    assert grad_b.flags.c_contiguous and y.is_contiguous()


def test_float32_stays_float32():
    a, b = leaf(np.ones((2, 3)), np.float32), leaf(np.ones((3, 2)), np.float32)
    y = (a @ b) @ b.t()[0, :2]
    y.sum().backward()
    assert y.dtype == a.grad.dtype == b.grad.dtype == np.float32


def test_transposed_expanded_and_sliced_operands():
    rng = np.random.default_rng(0)
    a, b = leaf(rng.standard_normal((3, 2))), leaf(rng.standard_normal((8, 6)))
    y = a.t() @ b[::2, ::2][:3] @ leaf([1.0]).expand(3)
    y.sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), a.detach().numpy().T @ b.detach().numpy()[:6:2, ::2].sum(1))
    np.testing.assert_allclose(a.grad.numpy(), np.repeat(b.detach().numpy()[:6:2, ::2].sum(1)[:, None], 2, 1))


def test_arrays_on_either_side_give_a_tensor():
    x, array = leaf([[1, 2], [3, 4]]), np.eye(2)
    assert isinstance(array @ x, tinyreg.Tensor) and (array @ x).tolist() == (x @ array).tolist() == x.tolist()
    (array @ x).sum().backward()
    assert x.grad.tolist() == [[1, 1], [1, 1]]


def test_special_cases_are_matmul():
    rng = np.random.default_rng(0)
    a, b, v = (tinyreg.tensor(rng.standard_normal(shape)) for shape in ((2, 3), (3, 4), (3,)))
    assert a.mm(b).tolist() == (a @ b).tolist() and a.mv(v).tolist() == (a @ v).tolist() and v.dot(v).item() == (v @ v).item()
    batch = tinyreg.stack([a, a * 2])
    assert tinyreg.bmm(batch, b.expand(2, 3, 4)).tolist() == (batch @ b).tolist()


@pytest.mark.parametrize(
    "name, shapes",
    [
        ("matmul", ((2, 3), (2, 3))),
        ("matmul", ((3,), (4,))),
        ("matmul", ((2, 2, 3), (4, 5))),
        ("matmul", ((2, 2, 3), (3, 3, 4))),
        ("matmul", ((), (3,))),
        ("mm", ((2, 3), (4, 5))),
        ("mm", ((2, 3), (3,))),
        ("mv", ((2, 3), (4,))),
        ("mv", ((2, 3), (3, 1))),
        ("dot", ((3,), (2,))),
        ("dot", ((2, 2), (2, 2))),
        ("bmm", ((2, 2, 3), (3, 3, 4))),
        ("bmm", ((2, 3), (3, 4))),
    ],
)
def test_shapes_that_do_not_fit_are_both_named(name, shapes):
    a, b = (tinyreg.zeros(shape) for shape in shapes)
    escaped = [str(shape).replace("(", r"\(").replace(")", r"\)") for shape in shapes]
    with pytest.raises(RuntimeError, match=f"{name}: .* got shapes {escaped[0]} and {escaped[1]}"):
        getattr(tinyreg, name)(a, b)


def test_dtypes_and_types_that_do_not_fit_are_named():
    with pytest.raises(RuntimeError, match="matmul: both dtypes must be equal, got float32 and float64"):
        tinyreg.zeros(2, 2) @ tinyreg.zeros(2, 2, dtype=tinyreg.float64)
    with pytest.raises(TypeError, match="matmul: other must be a Tensor, got int"):
        tinyreg.matmul(tinyreg.zeros(2), 2)
    with pytest.raises(TypeError, match="matmul: input must be a Tensor, got float"):
        2.0 @ tinyreg.zeros(2)
    with pytest.raises(TypeError, match="mm: other must be a Tensor, got list"):
        tinyreg.mm(tinyreg.zeros(2, 2), [[1.0]])
    with pytest.raises(TypeError, match="bmm: mat2 must be a Tensor, got list"):
        tinyreg.bmm(tinyreg.zeros(2, 2, 2), [[1.0]])


def test_sums_with_products_are_their_composition():
    rng = np.random.default_rng(0)
    x, a, b = (leaf(rng.standard_normal(shape)) for shape in ((4,), (2, 3), (3, 4)))
    np.testing.assert_allclose(tinyreg.addmm(x, a, b, beta=0.5, alpha=-2).tolist(), (0.5 * x - 2 * (a @ b)).tolist())
    np.testing.assert_allclose(tinyreg.addmv(x[:2], a, b[:, 0]).tolist(), (x[:2] + a @ b[:, 0]).tolist())
    np.testing.assert_allclose(tinyreg.baddbmm(x, a[None], b[None]).tolist(), (x + a @ b)[None].tolist())
    np.testing.assert_allclose(tinyreg.outer(x, b[:, 0]).tolist(), np.outer(x.detach().numpy(), b[:, 0].detach().numpy()))


def test_with_beta_0_the_input_does_not_count():
    y = tinyreg.addmm(tinyreg.full((2, 2), float("nan")), tinyreg.ones(2, 2), tinyreg.ones(2, 2), beta=0)
    assert y.tolist() == [[2, 2], [2, 2]]


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, r"outer: .* got shapes \(2, 2\) and \(2,\)", lambda x: tinyreg.outer(x, x[0])),
        (RuntimeError, "addmm: all dtypes must be equal, got float32 and float64", lambda x: x.float().addmm(x, x)),
        (RuntimeError, r"addmm: input must broadcast to .* \(2, 2\), got \(1, 2, 2\)", lambda x: x[None].addmm(x, x)),
        (RuntimeError, r"broadcast_to: sizes must match .* got \(2, 2\) for shape \(3,\)", lambda x: tinyreg.ones(3).double().addmm(x, x)),
        (RuntimeError, "got beta=1, alpha=0.5; use .float", lambda x: x.long().addmm(x.long(), x.long(), alpha=0.5)),
        (TypeError, "addmm: beta must be a number, got beta='a'", lambda x: x.addmm(x, x, beta="a")),
        (RuntimeError, r"addmv: .* got shapes \(2, 2\) and \(2, 2\)", lambda x: x[0].addmv(x, x)),
        (RuntimeError, r"bmm: .* got shapes \(2, 2\) and \(2, 2\)", lambda x: x.baddbmm(x, x)),
    ],
)
def test_refusals_of_sums_with_products(error, message, call):
    with pytest.raises(error, match=message):
        call(tinyreg.ones(2, 2, dtype=tinyreg.float64))
