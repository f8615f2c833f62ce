import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import gradcheck
from tinyreg.autograd.gradcheck import relative_errors
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.batch_norm import BatchNorm1d, BatchNormFunction, batch_norm

SHAPES = [(6, 3), (5, 3, 4), (4, 3, 2, 5), (2, 3, 2, 3, 2), (50, 8, 20, 25)]  # the last one is taken in blocks


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def leaf(x):
    return wrap(np.array(x)).requires_grad_()


def by_channel(k, x):
    return np.reshape(k, (1, -1) + (1,) * (x.ndim - 2))


def axes(x):
    return (0, *range(2, x.ndim))


def run(x, weight, bias, g, training=True, running=(None, None), eps=1e-5):
    tensors = [leaf(z) for z in (x, weight, bias)]
    y = batch_norm(tensors[0], *running, *tensors[1:], training=training, eps=eps)
    y.backward(wrap(g))
    return y.detach().numpy(), *(z.grad.numpy() for z in tensors)


def draw(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, shape), rng.normal(size=shape[1]), rng.normal(size=shape[1]), rng.normal(size=shape)


def test_by_hand():
    """x = 1, 3: mean 2, variance 1, x_hat = -1, 1. Cotangent (4, 0): E[G] = 2, E[G x_hat] = -2: nothing is left of it."""
    y, grad_x, grad_weight, grad_bias = run([[1.0], [3.0]], [3.0], [10.0], np.array([[4.0], [0.0]]), eps=1e-300)
    assert y.tolist() == [[7], [13]]
    assert grad_weight.tolist() == [-4] and grad_bias.tolist() == [4]
    np.testing.assert_allclose(grad_x, 0, atol=1e-15)
    # x = -3, 0, 3: variance 6, x_hat = (-a, 0, a) with a = sqrt(3/2). Cotangent (1, 0, 0): E[G] = 1/3, E[G x_hat] = -a/3,
    # grad_x = r (1 - 1/3 - a^2/3, -1/3, -1/3 + a^2/3) = r (1/6, -1/3, 1/6)
    _, grad_x, *_ = run([[-3.0], [0.0], [3.0]], [1.0], [0.0], np.array([[1.0], [0.0], [0.0]]), eps=1e-300)
    np.testing.assert_allclose(grad_x[:, 0] * np.sqrt(6), [1 / 6, -1 / 3, 1 / 6], rtol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_output_has_the_mean_and_deviation_that_were_learned(shape):
    x, weight, bias, g = draw(shape)
    y, *_ = run(x, weight, bias, g, eps=1e-12)
    np.testing.assert_allclose(y.mean(axis=axes(x)), bias, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=axes(x)), abs(weight), rtol=1e-10)


def test_it_does_not_squeeze_and_eps_stands_under_the_root():
    """Gamma-distributed x, n = 10,000: more than half of x_hat lies outside [0, 1]; a channel of small variance shows where eps is."""
    x = np.random.default_rng(0).gamma(0.5, size=(10_000, 1))
    y, *_ = run(x, [1.0], [0.0], x)
    assert ((y < 0) | (y > 1)).mean() > 0.5 and y.max() > 4 and -1 < y.min() < -0.5
    small = np.array([[-0.001], [0.001]])  # variance 1e-6
    y, *_ = run(small, [1.0], [0.0], small, eps=1e-5)
    np.testing.assert_allclose(y, small / np.sqrt(1e-6 + 1e-5), rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_input_gradient_is_free_of_shift_and_scale(shape):
    """Per channel, sum_j grad_x_j = 0 and sum_j grad_x_j x_hat_j = r sum_i g_i x_hat_i eps/(var + eps), which goes with eps."""
    x, weight, bias, g = draw(shape)
    for eps in (1e-5, 0.5):
        _, grad_x, grad_weight, _ = run(x, weight, bias, g, eps=eps)
        var = x.var(axis=axes(x))
        x_hat = (x - by_channel(x.mean(axis=axes(x)), x)) / by_channel(np.sqrt(var + eps), x)
        size = abs(grad_x).sum(axis=axes(x))
        np.testing.assert_allclose(grad_x.sum(axis=axes(x)) / size, 0, atol=1e-13)
        left = weight * grad_weight / np.sqrt(var + eps) * eps / (var + eps)
        np.testing.assert_allclose(((grad_x * x_hat).sum(axis=axes(x)) - left) / size, 0, atol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("training", [True, False])
def test_equals_the_composition_of_simpler_operations(shape, training):
    x, weight, bias, g = draw(shape)
    running = [wrap(np.random.default_rng(1).normal(size=shape[1])), wrap(np.random.default_rng(2).random(shape[1]) + 0.5)]
    ours = run(x, weight, bias, g, training, running=[z.clone() for z in running])

    a, w, b = leaf(x), leaf(weight), leaf(bias)
    column = (1, -1) + (1,) * (x.ndim - 2)
    if training:
        mean = a.mean(dim=axes(x), keepdim=True)
        var = ((a - mean) ** 2).mean(dim=axes(x), keepdim=True)
    else:
        mean, var = (z.reshape(column) for z in running)
    y = (a - mean) / (var + 1e-5).sqrt() * w.reshape(column) + b.reshape(column)
    y.backward(wrap(g))
    for got, wanted in zip(ours, (y.detach(), a.grad, w.grad, b.grad)):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-9, atol=1e-10)


def test_gradcheck_with_a_random_cotangent_and_why_not_ones():
    """Behind a cotangent of ones stands sum(y) = N sum(bias), whatever x is: a backward that returns 0 would pass."""

    class Forgetful(BatchNormFunction):
        @staticmethod
        def backward(ctx, grad_y):
            return 0 * grad_y, None, None, None, None

    x = leaf(np.random.default_rng(0).normal(size=(6, 3)))

    def wrong(x):
        mean, var = x.array.mean(axis=0), x.array.var(axis=0)
        return Forgetful.apply(x, None, None, mean, var, eps=1e-5, batch_stats=True)

    def right(x):
        return batch_norm(x, None, None, training=True)

    assert gradcheck(right, (x,))
    assert not gradcheck(wrong, (x,), raise_exception=False)
    assert relative_errors(wrong, (x,))[0] > 0.05
    assert relative_errors(lambda x: wrong(x).sum(), (x,))[0] < 1e-7  # ones notice nothing
    right(x).backward(wrap(np.ones((6, 3))))
    np.testing.assert_allclose(x.grad.numpy(), 0, atol=1e-14)


def test_each_road_matters():
    """Without road 2 or road 3 the gradient is far off; in evaluation road 1 is all there is."""
    x, weight, bias, g = draw((8, 3))
    _, full, *_ = run(x, weight, bias, g)
    r = 1 / np.sqrt(x.var(axis=0) + 1e-5)
    x_hat, g_hat = (x - x.mean(axis=0)) * r, weight * g
    road_1, road_2, road_3 = r * g_hat, -r * g_hat.mean(axis=0), -r * x_hat * (g_hat * x_hat).mean(axis=0)
    np.testing.assert_allclose(full, road_1 + road_2 + road_3, rtol=1e-10, atol=1e-12)
    for missing in (road_1, road_2, road_3):
        assert abs(missing).max() > 0.1 * abs(full).max()
    running = (wrap(x.mean(axis=0)), wrap(x.var(axis=0)))
    y, evaluated, *_ = run(x, weight, bias, g, training=False, running=running)
    np.testing.assert_allclose(evaluated, road_1, rtol=1e-12)
    np.testing.assert_allclose(y, run(x, weight, bias, g)[0], rtol=1e-12)  # the same statistics, the same output


def test_the_length_of_weights_before_it_has_no_effect():
    """L(a W) = L(W), <W, grad L(W)> = 0, grad L(a W) = grad L(W)/a; a bias changes nothing and has gradient 0."""
    rng = np.random.default_rng(0)
    x, W, target = wrap(rng.normal(size=(50, 5))), rng.normal(size=(5, 4)), wrap(rng.normal(size=(50, 4)))

    def loss(W, bias):
        W, bias = leaf(W), leaf(bias)
        value = ((batch_norm(x @ W + bias, None, None, training=True, eps=1e-12) - target) ** 2).sum()
        value.backward()
        return value.item(), W.grad.numpy(), bias.grad.numpy()

    value, grad, grad_bias = loss(W, np.zeros(4))
    longer, longer_grad, _ = loss(10 * W, np.array([1.0, -2.0, 3.0, 100.0]))
    assert longer == pytest.approx(value, rel=1e-9)
    assert abs((W * grad).sum(axis=0)).max() < 1e-9 * np.linalg.norm(W) * np.linalg.norm(grad)
    np.testing.assert_allclose(longer_grad, grad / 10, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(grad_bias, 0, atol=1e-11)


def test_l2_before_it_sets_the_effective_learning_rate_only():
    """Decay scales W, and so lr/|W|^2: a decayed W with the rate lowered to match takes the same step as the plain one."""
    rng = np.random.default_rng(1)
    x, W, target = wrap(rng.normal(size=(50, 5))), rng.normal(size=(5, 4)), wrap(rng.normal(size=(50, 4)))

    def step(W, lr):
        W = leaf(W)
        y = batch_norm(x @ W, None, None, training=True, eps=1e-14)
        ((y - target) ** 2).sum().backward()
        return y.detach().numpy(), W.detach().numpy() - lr * W.grad.numpy()

    shrink = 0.5
    plain, after = step(W, lr=0.01)
    decayed, after_decay = step(shrink * W, lr=0.01 * shrink**2)
    np.testing.assert_allclose(decayed, plain, rtol=1e-9, atol=1e-11)  # the function is the same, not simpler
    np.testing.assert_allclose(after_decay, shrink * after, rtol=1e-9)  # and so is the next one


def test_the_ends_of_momentum():
    x = wrap(np.array([[1.0], [3.0]]))
    for momentum, mean, var in ((0.0, 5, 7), (1.0, 2, 2)):
        running = wrap(np.array([5.0])), wrap(np.array([7.0]))
        batch_norm(x, *running, training=True, momentum=momentum)
        assert [z.item() for z in running] == [mean, var]


def test_a_step_in_between_does_not_spoil_backward():
    """Backward of an evaluation uses the averages that its forward used, though a training step has moved them since."""
    x, weight, bias, g = draw((6, 3))
    running = wrap(np.zeros(3)), wrap(np.ones(3))
    wanted = run(x, weight, bias, g, training=False, running=[z.clone() for z in running])
    tensors = [leaf(z) for z in (x, weight, bias)]
    y = batch_norm(tensors[0], *running, *tensors[1:])
    batch_norm(wrap(x), *running, training=True, momentum=1.0)
    y.backward(wrap(g))
    for got, value in zip(tensors, wanted[1:]):
        np.testing.assert_array_equal(got.grad.numpy(), value)


def test_constant_channels_and_empty_batches():
    y, grad_x, *_ = run(np.full((4, 2), 3.0), [2.0, 2.0], [1.0, -1.0], np.random.default_rng(0).normal(size=(4, 2)))
    np.testing.assert_array_equal(y, [[1, -1]] * 4)
    assert np.isfinite(grad_x).all()
    layer = BatchNorm1d(3)
    x = torch.zeros(0, 3, requires_grad=True)
    layer(x).backward(torch.zeros(0, 3))
    assert x.grad.shape == (0, 3) and layer.weight.grad.tolist() == layer.bias.grad.tolist() == [0] * 3
    assert layer.running_mean.tolist() == [0] * 3 and layer.running_var.tolist() == [1] * 3


@pytest.mark.parametrize("shape", [(200, 3), (16, 3, 50, 50)])
def test_float32_keeps_its_digits_at_mean_1000(shape):
    rng = np.random.default_rng(0)
    x, g = rng.normal(1000, 1, shape).astype(np.float32), rng.normal(size=shape).astype(np.float32)
    weight, bias = np.ones((2, 3), dtype=np.float32)
    found = run(x, weight, bias, g)
    exact = run(*(z.astype(np.float64) for z in (x, weight, bias, g)))
    assert {z.dtype for z in found} == {np.dtype("float32")}
    for got, wanted in zip(found, exact):
        assert abs(got - wanted).max() < 2e-4 * max(1, abs(wanted).max())  # x itself is known to 6e-5


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("training", [True, False])
def test_the_layout_of_memory_changes_nothing_and_is_kept(shape, training):
    x, weight, bias, g = draw(shape)
    running = wrap(np.full(shape[1], 0.3)), wrap(np.full(shape[1], 1.7))
    straight = run(x, weight, bias, g, training, running=[z.clone() for z in running])
    tensors = [wrap(channels_last(x)).requires_grad_(), leaf(weight), leaf(bias)]
    y = batch_norm(tensors[0], *running, *tensors[1:], training=training)
    y.backward(wrap(g))
    assert y.array.strides == tensors[0].grad.array.strides == channels_last(x).strides
    for got, wanted in zip((y.detach(), *(z.grad for z in tensors)), straight):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-10, atol=1e-11)


def test_only_what_is_wanted_is_computed():
    x, weight, bias, g = draw((5, 3))
    for wanted in range(3):
        tensors = [wrap(z) for z in (x, weight, bias)]
        tensors[wanted].requires_grad_()
        y = batch_norm(tensors[0], None, None, *tensors[1:], training=True)
        y.backward(wrap(g))
        np.testing.assert_array_equal(tensors[wanted].grad.numpy(), run(x, weight, bias, g)[1 + wanted])
        assert [z.grad is None for z in tensors] == [i != wanted for i in range(3)]


def test_refusals_name_the_values():
    x, three, four = torch.zeros(4, 3), torch.ones(3), torch.ones(4)
    for error, said, call in [
        (ValueError, r"more than 1 value per channel, got shape \(1, 3\)", lambda: batch_norm(x[:1], None, None, training=True)),
        (ValueError, r"got shape \(1, 3, 1, 1\)", lambda: batch_norm(torch.zeros(1, 3, 1, 1), None, None, training=True)),
        (ValueError, r"input must have channels, .*got shape \(4,\)", lambda: batch_norm(four, None, None, training=True)),
        (ValueError, r"momentum must lie in \[0, 1\], got momentum=1.5", lambda: batch_norm(x, None, None, training=True, momentum=1.5)),
        (ValueError, "eps must be above 0, got eps=0.0", lambda: batch_norm(x, None, None, training=True, eps=0.0)),
        (ValueError, "eps must be at least 0, got eps=-1", lambda: batch_norm(x, three, three, eps=-1)),
        (ValueError, "must both be given or both be None, got only running_mean", lambda: batch_norm(x, three, None)),
        (ValueError, "got only running_var", lambda: batch_norm(x, None, three)),
        (RuntimeError, "evaluation needs running_mean and running_var, got None", lambda: batch_norm(x, None, None)),
        (RuntimeError, r"running_mean must hold one value a channel, shape \(3,\), got shape \(4,\)", lambda: batch_norm(x, four, four)),
        (RuntimeError, r"weight must hold .*got shape \(4,\) for input of shape \(4, 3\)", lambda: batch_norm(x, three, three, four)),
        (RuntimeError, "one dtype, got float64 and float32", lambda: batch_norm(x.double(), three, three)),
        (RuntimeError, "floating point, got dtype int64", lambda: batch_norm(x.long(), three, three)),
        (TypeError, "input must be a Tensor, got ndarray", lambda: batch_norm(np.zeros((4, 3)), three, three)),
    ]:
        with pytest.raises(error, match=f"batch_norm: .*{said}"):
            call()
