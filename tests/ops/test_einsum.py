import numpy as np
import pytest

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def drawn(*shape, seed=0):
    return leaf(np.random.default_rng(seed).standard_normal(shape))


def test_numbers_that_a_person_can_check():
    a, b = leaf([[1, 2], [3, 4]]), leaf([[5, 6], [7, 8]])
    assert tinyreg.einsum("ij,jk->ik", a, b).tolist() == [[19, 22], [43, 50]]
    assert tinyreg.einsum("ij,ij->", a, b).item() == 5 + 12 + 21 + 32
    assert tinyreg.einsum("ii", a).item() == 5 and tinyreg.einsum("ii->i", a).tolist() == [1, 4]
    y = tinyreg.einsum("ij,jk->ik", a, b)
    y.backward(tinyreg.tensor([[1.0, 0.0], [0.0, 10.0]]))
    assert a.grad.tolist() == [[5, 7], [60, 80]] and b.grad.tolist() == [[1, 30], [2, 40]]


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", ((2, 3), (3, 4))),
        ("bij,bjk->bik", ((5, 2, 3), (5, 3, 4))),
        ("bij,kj->ibk", ((5, 2, 3), (4, 3))),
        ("i,j,k->kij", ((2,), (3,), (4,))),
        ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 2))),
        ("ij,ij,ik->", ((2, 3), (2, 3), (2, 4))),
        ("iij->ji", ((3, 3, 2),)),
        ("iji,jk->k", ((3, 2, 3), (2, 4))),
        ("ijk->", ((2, 3, 4),)),
        ("ij,k->i", ((2, 3), (4,))),
        ("...i,ij->...j", ((5, 2, 3), (3, 4))),
        ("bi,bi->i", ((2, 3), (1, 3))),
    ],
)
def test_every_element_is_the_sum_that_the_equation_says(equation, shapes):
    """By NumPy; and the gradient by <grad_Y, dY> = <grad_A, dA>, Y being linear in each operand."""
    operands = [drawn(*shape, seed=k) for k, shape in enumerate(shapes)]
    values = [x.detach().numpy() for x in operands]
    y = tinyreg.einsum(equation, *operands)
    np.testing.assert_allclose(y.detach().numpy(), np.einsum(equation, *values), atol=1e-12)
    grad = np.random.default_rng(7).standard_normal(y.shape)
    y.backward(tinyreg.tensor(grad))
    for k, x in enumerate(operands):
        change = np.random.default_rng(8 + k).standard_normal(x.shape)
        moved = np.einsum(equation, *values[:k], change, *values[k + 1 :])
        np.testing.assert_allclose((grad * moved).sum(), (x.grad.numpy() * change).sum(), atol=1e-10)


def test_lists_of_numbers_are_letters():
    a, b = drawn(2, 3), drawn(3, 4)
    assert tinyreg.einsum(a, [0, 1], b, [1, 2]).tolist() == tinyreg.einsum("ij,jk", a, b).tolist()
    assert tinyreg.einsum(a, [0, 1], b, [1, 2], [2, 0]).tolist() == tinyreg.einsum("ij,jk->ki", a, b).tolist()
    assert tinyreg.einsum(a, [..., 1], [1, ...]).tolist() == a.mT.tolist()


def test_without_a_result_capitals_come_first():
    x = drawn(2, 3)
    assert tinyreg.einsum("aB", x).tolist() == x.mT.tolist() and tinyreg.einsum("ab", x).tolist() == x.tolist()


def test_a_broadcast_dimension_gets_the_sum_of_the_gradients():
    x, one = drawn(2, 3), leaf([[2.0, 3.0, 4.0]])
    tinyreg.einsum("ij,ij->ij", x, one).sum().backward()
    np.testing.assert_allclose(one.grad.numpy(), x.detach().numpy().sum(0, keepdims=True))


def test_one_operand_may_be_a_view():
    x = tinyreg.zeros(2, 3)
    tinyreg.einsum("ij->ji", x)[0, 1] = 5
    tinyreg.einsum("ii->i", x[:, :2]).fill_(7)
    assert x.tolist() == [[7, 0, 0], [5, 7, 0]]


def test_float32_and_integers_stay():
    a = tinyreg.ones(2, 3).requires_grad_()
    y = tinyreg.einsum("ij,kj->ik", a, tinyreg.ones(4, 3))
    y.sum().backward()
    assert y.dtype == a.grad.dtype == tinyreg.float32
    assert tinyreg.einsum("i,i", tinyreg.arange(4), tinyreg.arange(4)).tolist() == 14


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, r"einsum: .* got 1 terms in 'ij' and 2 operands", lambda e, x: e("ij", x, x)),
        (RuntimeError, r"operand 0 must .* got 1 indices and 0 times '...' for shape \(2, 3\)", lambda e, x: e("i", x)),
        (RuntimeError, r"operand 0 must .* got 3 indices and 1 times '...' for shape \(2, 3\)", lambda e, x: e("i...jk", x)),
        (RuntimeError, r"einsum: an index must have one size.* got 3 and 2 for 'i' at operand 0", lambda e, x: e("ii", x)),
        (RuntimeError, r"einsum: an index must have one size.* got 3 and 2 for 'i' at operand 1", lambda e, x: e("ij,ki->", x, x)),
        (RuntimeError, r"einsum: an index must have one size.* got 3 and 2 for '...' at operand 1", lambda e, x: e("...j,k...->", x, x)),
        (RuntimeError, "einsum: the result must name .* got 'k' in 'ik'; remove it", lambda e, x: e("ij->ik", x)),
        (RuntimeError, "einsum: the result must name .* got 'i' in 'ii'", lambda e, x: e("ij->ii", x)),
        (RuntimeError, "einsum: indices must be letters and one '...', got '1j' in '1j->j'", lambda e, x: e("1j->j", x)),
        (RuntimeError, "einsum: dtypes must be equal .* got float32, float64; ", lambda e, x: e("ij,ij->i", x.float(), x)),
        (TypeError, "einsum: equation must be text or an operand, got int", lambda e, x: e(3, x)),
        (TypeError, "einsum: each operand must be a Tensor, got list", lambda e, x: e("ij", [[1.0]], x)),
        (TypeError, "einsum: a list of indices must follow each operand, got 'ij'", lambda e, x: e(x, "ij")),
        (ValueError, r"einsum: indices must lie in \[0, 51\], got \[0, 52\]", lambda e, x: e(x, [0, 52])),
        (ValueError, "einsum: an equation and operands must be given, got 1 arguments", lambda e, x: e("ij")),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(tinyreg.einsum, drawn(2, 3))


def test_tensordot_is_a_matrix_product_of_what_is_left():
    a, b = drawn(2, 3, 4), drawn(3, 4, 5)
    np.testing.assert_allclose(tinyreg.tensordot(a, b).tolist(), (a.reshape(2, 12) @ b.reshape(12, 5)).tolist())
    y = tinyreg.tensordot(a, b, dims=([1, 2], [0, 1]))
    np.testing.assert_allclose(y.detach().numpy(), np.tensordot(a.detach().numpy(), b.detach().numpy(), ([1, 2], [0, 1])))


@pytest.mark.parametrize(
    ("error", "message", "dims"),
    [
        (RuntimeError, r"tensordot: dims must lie in \[0, 2\], got dims=3 for shapes \(2, 3\) and \(3, 4\)", 3),
        (RuntimeError, r"tensordot: paired dimensions must have one size, got \(2,\) and \(4,\)", ([0], [1])),
        (RuntimeError, r"tensordot: paired dimensions must have one size, got \(2, 3\) and \(3,\)", ([0, 1], [0])),
        (RuntimeError, r"tensordot: dims must be two lists .* got \[1, 2, 3\]", [1, 2, 3]),
        (RuntimeError, r"tensordot: dim must name each dimension once, got \(0, 0\)", ([0, 0], [0, 0])),
        (IndexError, "tensordot: dim must lie in .* got dim=2", ([2], [0])),
        (TypeError, "tensordot: dims must be an integer, got dims='a'", "a"),
    ],
)
def test_refusals_of_tensordot(error, message, dims):
    with pytest.raises(error, match=message):
        tinyreg.tensordot(drawn(2, 3), drawn(3, 4), dims=dims)
