import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg.autograd.gradcheck import gradcheck

SMOOTH = "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal square abs".split()
STEPS = "sign floor ceil trunc round".split()


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def gradient(function, *inputs):
    """The gradients for a cotangent of ones."""
    y = function(*inputs)
    y.backward(tinyreg.ones(y.shape, dtype=y.dtype))
    return [x.grad.numpy() for x in inputs]


@pytest.mark.parametrize(
    "name, x, y, slope",
    [
        ("exp", 2, math.e**2, math.e**2),
        ("expm1", 2, math.e**2 - 1, math.e**2),
        ("log", 4, math.log(4), 0.25),
        ("log1p", 3, math.log(4), 0.25),
        ("sqrt", 9, 3, 1 / 6),
        ("rsqrt", 4, 0.5, -1 / 16),
        ("reciprocal", 4, 0.25, -1 / 16),
        ("exp2", 3, 8, 8 * math.log(2)),
        ("log2", 8, 3, 1 / (8 * math.log(2))),
        ("log10", 1000, 3, 1 / (1000 * math.log(10))),
        ("square", -3, 9, -6),
        ("abs", -3, 3, -1),
        ("abs", 0, 0, 0),
        ("sign", -3, -1, 0),
        ("floor", -1.5, -2, 0),
        ("ceil", -1.5, -1, 0),
        ("trunc", -1.5, -1, 0),
        ("round", -1.5, -2, 0),
    ],
)
def test_values_and_slopes_by_hand(name, x, y, slope):
    x = leaf([x])
    function = getattr(tinyreg, name)
    np.testing.assert_allclose(function(x).detach().numpy(), [y], rtol=1e-14)
    np.testing.assert_allclose(gradient(function, x), [[slope]], rtol=1e-14)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("shape", [(), (0,), (3, 4)])
def test_gradients(name, shape):
    x = leaf(np.random.default_rng(0).uniform(0.5, 2.0, shape))
    assert gradcheck(getattr(tinyreg, name), (x,), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("name", SMOOTH + STEPS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype_is_kept(name, dtype):
    for shape in [(), (2, 3)]:
        x = leaf(np.full(shape, 0.75), dtype)
        y = getattr(tinyreg, name)(x)
        y.backward(tinyreg.ones(shape, dtype=dtype))
        assert y.dtype == dtype and y.shape == shape
        assert x.grad.dtype == dtype


@pytest.mark.parametrize("name", "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal".split())
@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_integers_become_the_default_dtype(name, dtype):
    y = getattr(tinyreg, name)(tinyreg.tensor([1, 1], dtype=dtype))
    assert y.dtype == tinyreg.float32
    np.testing.assert_allclose(y.numpy(), getattr(tinyreg, name)(tinyreg.tensor([1.0, 1.0])).numpy())


@pytest.mark.parametrize("name", ["abs", "square", *STEPS])
def test_integers_stay_integers(name):
    y = getattr(tinyreg, name)(tinyreg.tensor([3, 1]))
    assert y.dtype == tinyreg.int64
    assert y.tolist() == ([9, 1] if name == "square" else [1, 1] if name == "sign" else [3, 1])


def test_a_result_of_integers_is_no_view():
    x = tinyreg.tensor([3, 1])
    for name in ("floor", "ceil", "trunc", "round"):
        assert not np.shares_memory(getattr(tinyreg, name)(x).numpy(), x.numpy())


@pytest.mark.parametrize("name", SMOOTH + STEPS)
def test_transposed_and_sliced_input(name):
    values = np.random.default_rng(1).uniform(0.5, 2.0, (4, 6))
    function = getattr(tinyreg, name)
    for view in (values.T, values[::2, 1::2], values[::-1]):
        got = function(tinyreg.tensor(np.ascontiguousarray(view))).numpy()
        np.testing.assert_array_equal(function(tinyreg.from_numpy(view)).numpy(), got)


def test_small_arguments_keep_their_digits():
    x = tinyreg.tensor([1e-10], dtype=tinyreg.float32)
    assert tinyreg.expm1(x).item() == pytest.approx(1e-10)
    assert tinyreg.log1p(x).item() == pytest.approx(1e-10)


def test_halves_round_to_even():
    x = tinyreg.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    assert tinyreg.round(x).tolist() == [-2, -2, 0, 0, 2, 2]
    assert tinyreg.round(tinyreg.tensor([2.345, 25.0], dtype=tinyreg.float64), decimals=1).tolist() == [2.3, 25.0]
    assert tinyreg.round(tinyreg.tensor([255.0]), decimals=-1).tolist() == [260.0]


def test_square_and_abs_and_sign_agree():
    x = leaf([-2.0, 0.0, 3.0])
    (by_square,), (by_abs,) = gradient(tinyreg.square, x), gradient(tinyreg.abs, leaf(x.detach().numpy()))
    np.testing.assert_array_equal(by_square, 2 * np.abs(x.detach().numpy()) * by_abs)
    np.testing.assert_array_equal(tinyreg.sign(x).detach().numpy(), by_abs)


# maximum and minimum


def test_a_tie_is_shared_in_halves():
    for function in (tinyreg.maximum, tinyreg.minimum):
        a, b = leaf([1.0, 2.0, 5.0]), leaf([1.0, 3.0, 4.0])
        grad_a, grad_b = gradient(function, a, b)
        winner = [0.5, 0, 1] if function is tinyreg.maximum else [0.5, 1, 0]
        assert grad_a.tolist() == winner
        assert grad_b.tolist() == [1 - share for share in winner]


def test_shares_keep_the_dtype():
    a, b = leaf([1.0, 2.0], "float32"), leaf([1.0, 3.0], "float32")
    assert [g.dtype for g in gradient(tinyreg.maximum, a, b)] == ["float32", "float32"]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_maximum_and_minimum_together_are_both_operands(data):
    """max(a, b) + min(a, b) = a + b, in values and in gradients, whatever is broadcast or tied."""
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    values = st.integers(-2, 2).map(float)
    a, b = (leaf(data.draw(hnp.arrays(np.float64, shape, elements=values))) for shape in shapes.input_shapes)
    largest, smallest = tinyreg.maximum(a, b), tinyreg.minimum(a, b)
    assert largest.shape == smallest.shape == shapes.result_shape
    np.testing.assert_array_equal(largest.detach().numpy() + smallest.detach().numpy(), a.detach().numpy() + b.detach().numpy())
    ones = tinyreg.ones(shapes.result_shape, dtype=tinyreg.float64)
    largest.backward(ones)
    smallest.backward(ones)
    for x in (a, b):
        repeated = ones.numel() / x.numel() if x.numel() else 0
        np.testing.assert_allclose(x.grad.numpy(), np.full(x.shape, repeated))


def test_maximum_promotes_like_pytorch():
    assert tinyreg.maximum(tinyreg.tensor([2]), tinyreg.tensor([2.5])).dtype == tinyreg.float32
    assert tinyreg.maximum(tinyreg.tensor([2.0]), tinyreg.tensor(2.5, dtype=tinyreg.float64)).dtype == tinyreg.float32
    assert tinyreg.minimum(tinyreg.tensor([2]), tinyreg.tensor(3)).dtype == tinyreg.int64


def test_maximum_refuses_shapes_that_do_not_broadcast():
    with pytest.raises(RuntimeError, match=r"maximum: .*\(3,\) and \(4,\)"):
        tinyreg.maximum(tinyreg.ones(3), tinyreg.ones(4))
    with pytest.raises(RuntimeError, match=r"minimum: .*\(3,\) and \(4,\)"):
        tinyreg.minimum(tinyreg.ones(3), tinyreg.ones(4))


def test_gradients_of_maximum_and_minimum():
    rng = np.random.default_rng(2)
    a, b = leaf(rng.standard_normal((3, 1))), leaf(rng.standard_normal((2, 1, 4)))
    assert gradcheck(tinyreg.maximum, (a, b), atol=1e-7)
    assert gradcheck(tinyreg.minimum, (a, b), atol=1e-7)


# clamp


def test_clamp_by_hand():
    x = leaf([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert tinyreg.clamp(x, -1, 1).tolist() == [-1, -1, 0, 1, 1]
    assert gradient(lambda x: tinyreg.clamp(x, -1, 1), x)[0].tolist() == [0, 1, 1, 1, 0]
    assert tinyreg.clamp(x, min=0).tolist() == [0, 0, 0, 1, 2]
    assert tinyreg.clamp(x, max=0).tolist() == [-2, -1, 0, 0, 0]
    assert math.isnan(tinyreg.clamp(tinyreg.tensor(math.nan), 0, 1).item())


def test_clamp_gives_the_gradient_to_the_bound_that_holds():
    x, low, high = leaf([-2.0, 0.0, 2.0]), leaf([-1.0] * 3), leaf([1.0])
    grad_x, grad_low, grad_high = gradient(tinyreg.clamp, x, low, high)
    assert grad_x.tolist() == [0, 1, 0]
    assert grad_low.tolist() == [1, 0, 0]
    assert grad_high.tolist() == [1]


def test_clamp_with_crossed_bounds_gives_the_upper_one():
    x, low, high = leaf([-2.0, 0.0, 2.0]), leaf([1.0] * 3), leaf([-1.0] * 3)
    assert tinyreg.clamp(x, low, high).tolist() == [-1, -1, -1]
    grad_x, grad_low, grad_high = gradient(tinyreg.clamp, x, low, high)
    assert grad_x.tolist() == [0, 0, 0] and grad_low.tolist() == [0, 0, 0] and grad_high.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "x, low, high, dtype",
    [
        (tinyreg.tensor([1]), 0, None, "int64"),
        (tinyreg.tensor([1]), 0.5, None, "float32"),
        (tinyreg.tensor([True]), 0, 3, "int64"),
        (tinyreg.tensor([1.0]), np.float64(0.5), 2, "float32"),
        (tinyreg.tensor([1.0]), tinyreg.tensor(0.5, dtype=tinyreg.float64), None, "float32"),
        (tinyreg.tensor([1.0]), tinyreg.tensor([0.5], dtype=tinyreg.float64), None, "float64"),
    ],
)
def test_clamp_promotes_like_pytorch(x, low, high, dtype):
    y = tinyreg.clamp(x, low, high)
    assert y.dtype == dtype and y.tolist() == [1]


def test_gradients_of_clamp():
    rng = np.random.default_rng(3)
    x, low, high = leaf(rng.standard_normal((3, 4))), leaf(rng.standard_normal((4,)) - 1), leaf(rng.standard_normal((3, 1)) + 1)
    assert gradcheck(tinyreg.clamp, (x, low, high), atol=1e-7)
    assert gradcheck(lambda x: tinyreg.clamp(x, max=0.1), (x,), atol=1e-7)
    assert gradcheck(lambda low: tinyreg.clamp(x.detach(), min=low), (low,), atol=1e-7)


def test_clamp_refuses():
    with pytest.raises(RuntimeError, match="got None and None"):
        tinyreg.clamp(tinyreg.ones(2))
    with pytest.raises(RuntimeError, match=r"got shapes \(3,\), \(4,\)"):
        tinyreg.clamp(tinyreg.ones(3), min=tinyreg.ones(4))
    with pytest.raises(TypeError, match="clamp: operands must be tensors or numbers, got str"):
        tinyreg.clamp(tinyreg.ones(3), min="0")


@pytest.mark.parametrize("name", SMOOTH + STEPS + ["clamp"])
def test_what_is_no_tensor_is_refused(name):
    with pytest.raises(TypeError, match=rf"{name}: input must be a Tensor, got list"):
        getattr(tinyreg, name)([1.0])


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_first_operand_is_a_tensor(name):
    with pytest.raises(TypeError, match=rf"{name}: input must be a Tensor, got float"):
        getattr(tinyreg, name)(1.0, tinyreg.ones(2))


def test_beside_a_nan_nobody_loses():
    for function in (tinyreg.maximum, tinyreg.minimum):
        a, b = leaf([1.0, math.nan]), leaf([math.nan, 2.0])
        assert np.isnan(function(a, b).detach().numpy()).all()
        assert [grad.tolist() for grad in gradient(function, a, b)] == [[1, 1], [1, 1]]  # as in PyTorch


def test_bools():
    x = tinyreg.tensor([True, False])
    assert tinyreg.square(x).dtype == tinyreg.int64 and tinyreg.square(x).tolist() == [1, 0]
    with pytest.raises(NotImplementedError, match="abs: input must be numbers, got dtype bool"):
        tinyreg.abs(x)


# one bound


def test_clamp_with_one_bound():
    x = tinyreg.tensor([-2.0, 0.5, 3.0])
    assert tinyreg.clamp_min(x, 0).tolist() == [0, 0.5, 3] and x.clamp_max(max=1).tolist() == [-2, 0.5, 1]
    assert x.clamp_min_(tinyreg.tensor([0.0, 1.0, 2.0])).tolist() == [0, 1, 3]
    for name in ("clamp_min", "clamp_max"):
        with pytest.raises(TypeError, match=f"{name}: operands must be tensors or numbers, got NoneType"):
            getattr(tinyreg, name)(x, None)


def test_bounds_that_do_not_fit():
    with pytest.raises(RuntimeError, match="clamp: bounds must fit into the input's dtype uint8, got min=1 and max=-1"):
        tinyreg.clamp(tinyreg.tensor([3], dtype=tinyreg.uint8), 1, -1)
