import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

import tinyreg


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def gradients(function, *inputs):
    function(*inputs).sum().backward()
    return [x.grad.tolist() for x in inputs]


def test_values_and_slopes_by_hand():
    x, a, b = leaf([1.0]), leaf([3.0]), leaf([4.0])
    assert tinyreg.addcmul(x, a, b, value=0.5).item() == 7
    assert gradients(lambda *t: tinyreg.addcmul(*t, value=0.5), x, a, b) == [[1], [2], [1.5]]
    x, a, b = leaf([1.0]), leaf([3.0]), leaf([4.0])
    assert tinyreg.addcdiv(x, a, b, value=2).item() == 2.5
    assert gradients(lambda *t: tinyreg.addcdiv(*t, value=2), x, a, b) == [[1], [0.5], [-2 * 3 / 16]]
    for w in (0.25, 0.75):
        a, b, weight = leaf([2.0]), leaf([10.0]), leaf([w])
        assert tinyreg.lerp(a, b, weight).item() == 2 + 8 * w
        assert gradients(tinyreg.lerp, a, b, weight) == [[1 - w], [w], [8]]


@settings(max_examples=50, deadline=None)
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3))
def test_they_are_what_their_formulas_say(shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 2, shape) for shape in shapes.input_shapes]
    cotangent = tinyreg.tensor(rng.standard_normal(shapes.result_shape))
    for function, formula in (
        (lambda x, a, b: tinyreg.addcmul(x, a, b, value=-0.3), lambda x, a, b: x - 0.3 * a * b),
        (lambda x, a, b: tinyreg.addcdiv(x, a, b, value=-0.3), lambda x, a, b: x - 0.3 * a / b),
        (tinyreg.lerp, lambda a, b, w: a + w * (b - a)),
    ):
        ours, plain = [leaf(a) for a in arrays], [leaf(a) for a in arrays]
        y, z = function(*ours), formula(*plain)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-13)
        y.backward(cotangent)
        z.backward(cotangent)
        for a, b in zip(ours, plain):
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-12, atol=1e-13)


def test_lerp_arrives():
    a, b = tinyreg.tensor([1e8, 0.1]), tinyreg.tensor([0.3, 1e-9])
    assert tinyreg.lerp(a, b, 1).tolist() == b.tolist() and tinyreg.lerp(a, b, 0).tolist() == a.tolist()
    weights = tinyreg.tensor([0.0, 1.0])
    assert tinyreg.lerp(a, b, weights).tolist() == [a[0].item(), b[1].item()]


def test_a_hand_written_adam_step_in_place():
    """The lines in which optimizers are written, beside the formulas."""
    rng = np.random.default_rng(0)
    w0, g0, m0, v0 = (rng.uniform(0.5, 1, (3, 2)) for _ in range(4))
    w, g, m, v = (tinyreg.tensor(a) for a in (w0, g0, m0, v0))
    m.lerp_(g, 1 - 0.9)
    v.mul_(0.999).addcmul_(g, g, value=1 - 0.999)
    w.add_(w, alpha=-0.01).addcdiv_(m, v.sqrt().add_(1e-8), value=-0.1)
    m1, v1 = 0.9 * m0 + 0.1 * g0, 0.999 * v0 + 0.001 * g0**2
    np.testing.assert_allclose(m.numpy(), m1, rtol=1e-14)
    np.testing.assert_allclose(w.numpy(), w0 - 0.01 * w0 - 0.1 * m1 / (np.sqrt(v1) + 1e-8), rtol=1e-14)


def test_only_wanted_gradients_are_computed():
    x, a, b = leaf([1.0]), tinyreg.tensor([2.0]), tinyreg.tensor([0.0])
    tinyreg.addcdiv(x, b, a).backward()
    tinyreg.addcmul(x, a, b).backward()
    assert x.grad.tolist() == [2] and a.grad is None


def test_dtypes():
    x = tinyreg.ones(2)
    assert tinyreg.addcmul(x, x.long(), x.long(), value=0.5).dtype == tinyreg.float32
    assert tinyreg.addcmul(x.long(), x.long(), x.long(), value=2).tolist() == [3, 3]
    assert tinyreg.addcdiv(x.long(), x, x.double()).dtype == tinyreg.float64
    assert tinyreg.lerp(x, x, tinyreg.tensor(1, dtype=tinyreg.int64)).dtype == tinyreg.float32
    for function in (tinyreg.addcmul, tinyreg.addcdiv, tinyreg.lerp):
        assert function(x.half(), x.half(), x.half()).dtype == tinyreg.float16


def test_refusals():
    x, i = tinyreg.ones(3), tinyreg.ones(3, dtype=tinyreg.int64)
    with pytest.raises(RuntimeError, match="addcmul: value must be an integer for integer tensors, got value=0.5"):
        tinyreg.addcmul(i, i, i, value=0.5)
    with pytest.raises(NotImplementedError, match="addcmul: the tensors must be numbers, got dtype bool"):
        tinyreg.addcmul(x > 0, x > 0, x > 0)
    with pytest.raises(TypeError, match="addcmul: value must be a number, got value='a'"):
        tinyreg.addcmul(x, x, x, value="a")
    with pytest.raises(TypeError, match="addcmul: tensor2 must be a Tensor, got int"):
        tinyreg.addcmul(x, x, 2)
    with pytest.raises(RuntimeError, match=r"addcmul: shapes must broadcast .* got \(3,\), \(4,\), \(3,\)"):
        tinyreg.addcmul(x, tinyreg.ones(4), x)
    with pytest.raises(RuntimeError, match="addcdiv: one of the tensors to divide must be floating point, got int64 and int64"):
        tinyreg.addcdiv(x, i, i)
    with pytest.raises(RuntimeError, match="lerp: input, end and weight must have one dtype, got float32, int64 and float32"):
        tinyreg.lerp(x, i, 0.5)
    with pytest.raises(NotImplementedError, match="lerp: input must be floating point, got dtype int64"):
        tinyreg.lerp(i, i, 0.5)
    with pytest.raises(TypeError, match="lerp: weight must be a number, got weight=None"):
        tinyreg.lerp(x, x, None)
