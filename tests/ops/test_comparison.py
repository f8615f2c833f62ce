import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg

INF, NAN = math.inf, math.nan
NAMES = ["eq", "ne", "lt", "le", "gt", "ge"]
BOOLS = tinyreg.tensor([True, True, False, False]), tinyreg.tensor([True, False, True, False])


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.sampled_from(NAMES), st.integers(0, 99))
def test_comparisons_are_numpys(shapes, name, seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(-2, 3, shape) for shape in shapes.input_shapes)
    expected = getattr(operator, name)(a, b)
    x, y = tinyreg.tensor(a), tinyreg.tensor(b)
    for ours in (getattr(tinyreg, name)(x, y), getattr(x, name)(y), getattr(operator, name)(x, y)):
        assert ours.dtype == tinyreg.bool and not ours.requires_grad
        np.testing.assert_array_equal(ours.numpy(), expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", [2, 2.0, np.float64(2), np.array([1, 2, 3]), np.array([1.0, 2.0, 2.5]), tinyreg.tensor(2.0)])
def test_numbers_and_arrays_on_either_side(name, other):
    compare = getattr(operator, name)
    values = np.array([1.0, 2.0, NAN])
    x = tinyreg.tensor(values)
    plain = other.numpy() if isinstance(other, tinyreg.Tensor) else other
    assert isinstance(compare(other, x), tinyreg.Tensor)
    np.testing.assert_array_equal(compare(x, other).numpy(), compare(values, plain))
    np.testing.assert_array_equal(compare(other, x).numpy(), compare(plain, values))


def test_tensors_are_compared_after_promotion():
    assert (tinyreg.tensor([0.1]) == tinyreg.tensor(0.1, dtype=tinyreg.float64)).item() is True  # 0-d does not widen
    assert (tinyreg.tensor([0.1]) == tinyreg.tensor([0.1], dtype=tinyreg.float64)).item() is False
    assert (tinyreg.tensor([0.1]) == 0.1).item() is True
    assert (tinyreg.tensor([True]) == 1).item() is True and (tinyreg.arange(3) < 0.5).tolist() == [True, False, False]


def test_a_tensor_is_not_equal_to_what_is_no_tensor():
    x = tinyreg.ones(2)
    assert (x == None) is False and (x != None) is True  # noqa: E711
    assert (x == "x") is False and x not in ["x", None]
    with pytest.raises(TypeError, match="eq: operands must be tensors or numbers, got NoneType"):
        tinyreg.eq(x, None)
    with pytest.raises(TypeError, match="lt: operands must be tensors or numbers, got str"):
        x < "x"  # noqa: B015


@pytest.mark.parametrize("name", [*NAMES, "logical_and", "isclose", "bitwise_or"])
def test_shapes_that_do_not_fit_are_both_named(name):
    a, b = tinyreg.zeros(2, 3), tinyreg.zeros(2)
    if name == "bitwise_or":
        a, b = a.bool(), b.bool()
    with pytest.raises(RuntimeError, match=rf"{name}: shapes must broadcast .* got \(2, 3\) and \(2,\)"):
        getattr(tinyreg, name)(a, b)


def test_infinite_and_undefined():
    x = tinyreg.tensor([1.0, NAN, INF, -INF])
    assert x.isnan().tolist() == [False, True, False, False]
    assert x.isinf().tolist() == [False, False, True, True]
    assert x.isfinite().tolist() == [True, False, False, False]
    assert tinyreg.isnan(tinyreg.arange(2)).tolist() == [False, False]


def test_equal_and_close():
    x = tinyreg.tensor([1.0, NAN])
    assert tinyreg.equal(x[:1], x[:1]) is True and x.equal(x) is False and x.equal(x[:1]) is False
    assert tinyreg.equal(tinyreg.zeros(0), tinyreg.zeros(0))
    assert x.isclose(x).tolist() == [True, False] and x.allclose(x, equal_nan=True) is True
    assert tinyreg.allclose(x[:1], x[:1] + 1e-6) and not tinyreg.allclose(x[:1], x[:1] + 1e-4)
    assert tinyreg.allclose(x[:1], x[:1] + 0.5, rtol=0.4) and tinyreg.tensor([INF]).allclose(tinyreg.tensor([INF]))
    with pytest.raises(RuntimeError, match="isclose: both dtypes must be equal, got float32 and float64"):
        x.isclose(x.double())
    with pytest.raises(RuntimeError, match="isclose: tolerances must be at least 0, got rtol=-1 and atol=1e-08"):
        x.isclose(x, rtol=-1)


@pytest.mark.parametrize(
    "run, expected",
    [
        (lambda a, b: a & b, [True, False, False, False]),
        (lambda a, b: a | b, [True, True, True, False]),
        (lambda a, b: a ^ b, [False, True, True, False]),
        (lambda a, b: ~a, [False, False, True, True]),
        (lambda a, b: a & np.array([True, False, True, False]), [True, False, False, False]),
        (lambda a, b: False | a, [True, True, False, False]),
        (tinyreg.logical_and, [True, False, False, False]),
        (tinyreg.logical_or, [True, True, True, False]),
        (tinyreg.logical_xor, [False, True, True, False]),
        (lambda a, b: tinyreg.logical_not(a), [False, False, True, True]),
    ],
)
def test_truth_tables(run, expected):
    assert run(*BOOLS).tolist() == expected


def test_integers_are_combined_bit_by_bit_or_as_truths():
    x = tinyreg.tensor([0, 1, 6])
    assert (x & 3).tolist() == [0, 1, 2] and (x | 1).tolist() == [1, 1, 7]
    assert (1 ^ x).tolist() == [1, 0, 7] and (~x).tolist() == [-1, -2, -7]
    assert (x & BOOLS[0][:3]).tolist() == [0, 1, 0]
    assert tinyreg.logical_not(x).tolist() == [True, False, False]
    assert tinyreg.logical_and(tinyreg.tensor([0.5]), x[2:]).tolist() == [True]


def test_floats_have_no_bits():
    x = tinyreg.ones(2)
    with pytest.raises(NotImplementedError, match="bitwise_and: operands must be bools or integers, got float32"):
        x & x
    with pytest.raises(NotImplementedError, match="bitwise_or: operands must be bools or integers, got float"):
        x.bool() | 1.5
    with pytest.raises(TypeError, match="bitwise_not: operands must be bools or integers, got float32"):
        tinyreg.bitwise_not(x)


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite", "logical_not", "bitwise_not", "equal", "isclose", "logical_or"])
def test_functions_want_tensors(name):
    others = (tinyreg.ones(1),) if name in ("equal", "isclose", "logical_or") else ()
    with pytest.raises(TypeError, match=f"{name}: input must be a Tensor, got list"):
        getattr(tinyreg, name)([1.0], *others)


def test_where_chooses_values_and_gradients():
    c = tinyreg.tensor([[True], [False]])
    a, b = leaf([1, 2, 3]), leaf([[10], [20]])
    y = tinyreg.where(c, a, b)
    assert y.tolist() == [[1, 2, 3], [20, 20, 20]]
    y.backward(tinyreg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert a.grad.tolist() == [1, 2, 3] and b.grad.tolist() == [[0], [15]]


def test_an_infinite_gradient_stays_on_its_side():
    x = leaf([0.0, 4.0])
    safe = tinyreg.where(x > 0, x, 1.0)
    tinyreg.where(x > 0, safe.sqrt(), 0.0).sum().backward()
    assert x.grad.tolist() == [0, 0.25]
    z = leaf([0.0, 4.0])
    y = tinyreg.where(z > 0, 2 * z, z)
    y.backward(tinyreg.tensor([INF, 1.0]))
    assert z.grad.tolist() == [INF, 2]


def test_where_promotes_as_arithmetic():
    c = tinyreg.tensor([True, False])
    assert tinyreg.where(c, 1, 0).dtype == tinyreg.int64 and tinyreg.where(c, 1.0, 0).dtype == tinyreg.float32
    assert tinyreg.where(c, tinyreg.arange(2), 0.5).tolist() == [0, 0.5]
    assert tinyreg.where(c, leaf([1, 2]), 0.1).tolist() == [1, 0.1]
    half = tinyreg.ones(2, dtype=tinyreg.float16).requires_grad_()
    tinyreg.where(c, half, tinyreg.zeros(2)).sum().backward()
    assert half.grad.dtype == tinyreg.float16 and half.grad.tolist() == [1, 0]


def test_where_as_method_and_with_a_condition_alone():
    x = leaf([-1, 2])
    assert x.where(x > 0, 0).tolist() == [0, 2]
    rows, columns = tinyreg.where(tinyreg.tensor([[True, False], [True, True]]))
    assert rows.tolist() == [0, 1, 1] and columns.tolist() == [0, 0, 1]


def test_masked_fill():
    x, v = leaf([[1, 2], [3, 4]]), leaf(9)
    y = x.masked_fill(tinyreg.tensor([True, False]), v)
    assert y.tolist() == [[9, 2], [9, 4]]
    y.sum().backward()
    assert x.grad.tolist() == [[0, 1], [0, 1]] and v.grad.item() == 2
    assert x.masked_fill(x > 3, -INF).tolist() == [[1, 2], [3, -INF]]
    assert tinyreg.arange(3).masked_fill(tinyreg.arange(3) > 1, 9.5).tolist() == [0, 1, 9]  # the dtype stays
    z = tinyreg.zeros(2)
    assert z.masked_fill_(tinyreg.tensor([True, False]), 1) is z and z.tolist() == [1, 0]


@pytest.mark.parametrize(
    "error, message, call",
    [
        (RuntimeError, "where: condition must be bool, got dtype float32", lambda x, c: tinyreg.where(x, x, x)),
        (TypeError, "where: condition must be a Tensor, got bool", lambda x, c: tinyreg.where(True, x, x)),
        (TypeError, "where: operands must be tensors or numbers, got NoneType", lambda x, c: tinyreg.where(c, x)),
        (RuntimeError, r"where: shapes must broadcast .* got \(2,\), \(3,\) and \(\)", lambda x, c: tinyreg.where(c, tinyreg.ones(3), 0)),
        (RuntimeError, "masked_fill: mask must be bool, got dtype float32", lambda x, c: x.masked_fill(x, 0)),
        (RuntimeError, r"masked_fill: value must be a number or a 0-d tensor, got shape \(2,\)", lambda x, c: x.masked_fill(c, x)),
        (RuntimeError, r"masked_fill: shapes must .* got \(2,\), \(\) and \(3,\)", lambda x, c: tinyreg.ones(3).masked_fill(c, 0)),
        (TypeError, "masked_fill: mask must be a Tensor, got bool", lambda x, c: x.masked_fill(True, 0)),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(tinyreg.ones(2), tinyreg.tensor([True, False]))
