import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import ArrayFunction, gradcheck
from tinyreg.autograd.gradcheck import relative_errors
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.batch_norm import BatchNorm1d
from tinyreg.regularization.dropout import Dropout, DropoutFunction, dropout

RATES = [0.1, 0.2, 0.5, 0.8]


def masks(shape, p):
    """Every mask of this shape with its probability: expectations over masks become sums."""
    for bits in itertools.product([False, True], repeat=math.prod(shape)):
        yield torch.tensor(np.array(bits).reshape(shape)), math.prod(1 - p if keep else p for keep in bits)


def run(x, g, **settings):
    x = torch.tensor(x, requires_grad=True)
    y, mask = dropout(x, return_mask=True, **settings)
    y.backward(torch.tensor(g))
    return y.detach().numpy(), x.grad.numpy(), mask.numpy()


def test_by_hand():
    keep = torch.tensor([True, False, True, False])
    x = torch.tensor([1.0, 2.0, -3.0, 4.0], requires_grad=True)
    y, used = dropout(x, p=0.75, mask=keep, return_mask=True)
    y.backward(torch.tensor([1.0, 1.0, 2.0, 5.0]))
    assert y.tolist() == [4, 0, -12, 0] and x.grad.tolist() == [4, 0, 8, 0] and used is keep


@pytest.mark.parametrize("p", RATES)
def test_backward_uses_the_mask_and_the_scale_of_forward(p):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 300, 500))  # large enough to be computed in pieces
    y, grad_x, mask = run(x, g, p=p)
    np.testing.assert_allclose(y, np.where(mask, x / (1 - p), 0), rtol=1e-14)
    np.testing.assert_allclose(grad_x, np.where(mask, g / (1 - p), 0), rtol=1e-14)


@pytest.mark.parametrize("p", RATES)
def test_statistics(p):
    """n = 400,000 elements of value 2: the share kept, the mean and the variance of y, each within 6 sigma."""
    n = 400_000
    y, mask = dropout(torch.full((n,), 2.0, dtype=torch.float64), p, return_mask=True)
    sigma = math.sqrt(p * (1 - p) / n)
    assert abs(mask.numpy().mean() - (1 - p)) < 6 * sigma
    assert abs(y.numpy().mean() - 2) < 6 * 2 * sigma / (1 - p)
    # y is 0 or 2/(1-p): its variance 4 k(1-k)/(1-p)^2 follows the share k that was kept, with slope 4 (1-2k)/(1-p)^2
    slack = 4 * (abs(1 - 2 * p) * 6 * sigma + (6 * sigma) ** 2) / (1 - p) ** 2
    assert abs(y.numpy().var() - 4 * p / (1 - p)) < slack


def test_neighbours_are_dropped_independently():
    """n = 400,000 pairs: the share of pairs that are both kept is (1-p)^2 within 6 sigma, along rows and columns."""
    _, mask = dropout(torch.ones(1000, 401), 0.3, return_mask=True)
    keep, both = mask.numpy(), 0.7**2
    for pairs in (keep[:, :-1] & keep[:, 1:], keep[:-1, :400] & keep[1:, :400]):
        # neighbouring pairs share an element; the variance of their mean is below 3 times that of independent ones
        assert abs(pairs.mean() - both) < 6 * math.sqrt(3 * both * (1 - both) / pairs.size)


def test_p_0_and_evaluation_return_the_input_itself():
    x = torch.randn(3, 4, requires_grad=True)
    assert dropout(x, 0.0) is x
    assert dropout(x, 0.9, training=False) is x
    assert dropout(x, 0.9, training=False, inplace=True) is x
    y, mask = dropout(x, 0.0, return_mask=True)
    assert y is x and mask.dtype == torch.bool and bool(mask.numpy().all())
    integers = torch.tensor([1, 2])
    assert dropout(integers, 0.5, training=False) is integers


def test_p_1_gives_zeros_and_zero_gradients():
    x = torch.randn(3, 4, requires_grad=True)
    y, mask = dropout(x, 1.0, return_mask=True)
    y.backward(torch.ones(3, 4))
    assert not y.detach().numpy().any() and not x.grad.numpy().any() and not mask.numpy().any()


def test_new_masks_at_every_call_and_none_in_evaluation():
    layer, x = Dropout(0.5), torch.ones(64)
    first, second = layer(x).tolist(), layer(x).tolist()
    assert first != second
    layer.eval()
    assert layer(x) is x
    assert layer.train()(x).tolist() not in (first, second)


def test_the_mask_without_the_right_scale_is_right_at_one_half_only():
    """The circulated mask ~ Bernoulli(p)/(1-p), p the probability of dropping, has mean p/(1-p); the right one has mean 1."""
    for p, mean in ((0.2, 0.25), (0.5, 1.0), (0.8, 4.0)):
        right = sum(chance * dropout(torch.ones(1, dtype=torch.float64), p, mask=mask).item() for mask, chance in masks((1,), p))
        assert right == pytest.approx(1, rel=1e-14)
        assert p * 1 / (1 - p) == pytest.approx(mean)


@pytest.mark.parametrize("p", RATES)
def test_a_backward_without_the_scale_is_off_by_p(p):
    class Unscaled(DropoutFunction):
        @staticmethod
        def backward(ctx, grad_y):
            return grad_y * ctx.saved[0], None

    x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    keep = np.random.default_rng(1).random((4, 5)) >= 0.4

    def wrong(x):
        return Unscaled.apply(x, keep, scale=1 / (1 - p))

    y = wrong(x)
    y.backward(torch.ones(4, 5, dtype=torch.float64))
    relative = 1 - x.grad.numpy()[keep] * (1 - p)  # (right - wrong) / right
    np.testing.assert_allclose(relative, p, rtol=1e-12)
    assert relative_errors(lambda x: dropout(x, p, mask=wrap(keep)), (x,))[0] < 1e-8
    assert relative_errors(wrong, (x,))[0] > p / 2
    assert not gradcheck(wrong, (x,), raise_exception=False)


def test_expected_squared_error_is_ridge_with_the_energy_of_each_feature():
    """Equation (5), exactly: the expectation is the sum over all 2^6 masks."""
    rng = np.random.default_rng(0)
    X, w, t = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2)
    for p in RATES:
        expected = sum(chance * ((t - dropout(torch.tensor(X), p, mask=mask).numpy() @ w) ** 2).sum() for mask, chance in masks(X.shape, p))
        ridge = ((t - X @ w) ** 2).sum() + p / (1 - p) * (w**2 * (X**2).sum(axis=0)).sum()
        assert expected == pytest.approx(ridge, rel=1e-12)
        # Srivastava et al., section 9.1: R keeps with probability q and does not rescale
        q = 1 - p
        unscaled = sum(chance * ((t - (mask.numpy() * X) @ w) ** 2).sum() for mask, chance in masks(X.shape, p))
        gamma = np.sqrt(np.diag(X.T @ X))
        assert unscaled == pytest.approx(((t - q * X @ w) ** 2).sum() + q * (1 - q) * ((gamma * w) ** 2).sum(), rel=1e-12)


def test_the_logistic_penalty_is_adaptive_l2_to_second_order():
    """Equation (6) against the exact expectation: its relative error falls with the weights, fourfold where they halve."""
    rng = np.random.default_rng(0)
    X, w, p = rng.normal(size=(20, 8)), rng.normal(size=8), 0.5
    keep = np.array(list(itertools.product([0, 1], repeat=8)))  # all masks of one example, equally likely at p = 0.5

    def ratio(scale):
        z = X @ (w * scale)
        noisy = 2 * (X[:, None, :] * keep) @ (w * scale)
        exact = (np.logaddexp(0, noisy).mean(axis=1) - np.logaddexp(0, z)).sum()
        q = 1 / (1 + np.exp(-z))
        return exact / (0.5 * p / (1 - p) * ((w * scale) ** 2 * ((q * (1 - q))[:, None] * X**2).sum(axis=0)).sum())

    errors = [abs(ratio(scale) - 1) for scale in (0.2, 0.1, 0.05)]
    assert errors[0] < 0.05 and errors[2] < 0.003
    assert 3 < errors[0] / errors[1] < 5 and 3 < errors[1] / errors[2] < 5


def test_before_batch_norm_it_makes_the_recorded_variance_too_large():
    """Equation (3): x of variance 1 and mean 0 has variance 1/(1-p) behind dropout; n = 50,000, 6 sigma."""
    p, n = 0.5, 50_000
    norm = BatchNorm1d(1, momentum=1.0)
    norm(dropout(torch.randn(n, 1), p))
    # y = 2x or 0: E[y^4] = 16 * 3 / 2 = 24, so that Var[y^2] = 24 - 2^2 = 20
    assert abs(norm.running_var.item() - 1 / (1 - p)) < 6 * math.sqrt(20 / n)


def test_chance_comes_from_the_generator():
    x = torch.ones(1000)
    one, same = (dropout(x, generator=random.Generator(3)).tolist() for _ in range(2))
    assert one == same
    assert dropout(x, generator=random.Generator(4)).tolist() != one
    before = random.get_state()
    dropout(x, generator=random.Generator(3))
    dropout(x, mask=torch.tensor(True))
    dropout(x, training=False)
    assert random.get_state() == before  # the default one was not asked
    with random.freeze() as draws:
        first = dropout(x).tolist()
        draws.rewind()
        assert dropout(x).tolist() == first


def test_gradcheck_replays_the_mask():
    x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: dropout(x, 0.3), (x,))
    assert gradcheck(Dropout(0.6), (x,))


def test_in_place_is_recorded_and_refused_on_a_leaf():
    x = torch.ones(100, requires_grad=True)
    hidden = x * 3
    y = dropout(hidden, 0.5, inplace=True)
    assert y is hidden
    y.backward(torch.ones(100))
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())  # 0 or 3 * 2, as the values
    assert set(x.grad.tolist()) == {0, 6}
    with pytest.raises(RuntimeError, match=r"dropout: a leaf that requires grad .* got a leaf of shape \(100,\)"):
        dropout(x, 0.5, inplace=True)
    with torch.no_grad():
        assert dropout(x, 0.5, inplace=True) is x
    assert set(x.tolist()) == {0, 2}


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (2, 3, 4), (1, 200_000)])
def test_any_shape_in_float32(shape):
    x = torch.ones(*shape, requires_grad=True) if shape else torch.tensor(1.0, requires_grad=True)
    y = dropout(x, 0.25, mask=torch.tensor(True))
    y.backward(torch.ones_like(y))
    for z in (y, x.grad):
        assert z.dtype == torch.float32 and z.shape == shape
        np.testing.assert_array_equal(z.detach().numpy(), np.full(shape, 4 / 3, dtype=np.float32))
    assert dropout(x).shape == shape


def test_the_layout_of_memory_is_kept():
    x = wrap(np.random.default_rng(0).normal(size=(8, 50, 50, 10)).transpose(0, 3, 1, 2))
    y, mask = dropout(x, 0.5, return_mask=True)
    assert y.array.strides == x.array.strides
    np.testing.assert_array_equal(y.numpy(), x.numpy() * mask.numpy() * 2)


def test_an_infinity_that_is_dropped_becomes_nan():
    x = wrap(np.array([np.inf, np.inf]))
    with np.errstate(invalid="ignore"):
        y = dropout(x, mask=torch.tensor([True, False])).tolist()
    assert y[0] == np.inf and np.isnan(y[1])


@pytest.mark.parametrize("p", [1.3, -0.1, float("nan")])
def test_p_outside_its_range_is_refused(p):
    for who, call in (("dropout", lambda: dropout(torch.ones(2), p)), ("Dropout", lambda: Dropout(p))):
        with pytest.raises(ValueError, match=rf"^{who}: p must lie in \[0, 1\], got p={p}; p is the probability of dropping an element$"):
            call()
    with pytest.raises(ValueError, match=f"got p={p}"):
        dropout(torch.ones(2), p, training=False)


def test_refusals_name_the_values():
    x = torch.ones(2, 3)
    for error, said, call in [
        (TypeError, "input must be a Tensor, got ndarray", lambda: dropout(np.ones(3))),
        (RuntimeError, "input must be floating point, got dtype int64", lambda: dropout(torch.tensor([1, 2]))),
        (TypeError, "mask must be a Tensor, got list", lambda: dropout(x, mask=[True])),
        (ValueError, "mask must be bool, True for what is kept, got dtype float32", lambda: dropout(x, mask=torch.ones(2, 3))),
        (ValueError, r"mask of shape \(2,\) for input of shape \(2, 3\)", lambda: dropout(x, mask=torch.tensor([True, False]))),
        (ValueError, r"mask of shape \(1, 2, 3\) for input", lambda: dropout(x, mask=torch.tensor(np.ones((1, 2, 3), dtype=bool)))),
    ]:
        with pytest.raises(error, match=f"dropout: .*{said}"):
            call()


def test_the_layer():
    layer = Dropout(0.3, inplace=True)
    assert layer.stochastic and not layer.normalization and not layer.uses_batch_statistics
    assert not list(layer.parameters()) and not layer.state_dict()
    assert repr(layer) == "Dropout(p=0.3, inplace=True)" and repr(Dropout()) == "Dropout(p=0.5, inplace=False)"
    hidden = torch.ones(50) * 1
    assert layer(hidden) is hidden and set(np.unique(hidden.numpy())) == {np.float32(0), np.float32(1 / 0.7)}


def test_the_function_is_pure():
    assert issubclass(DropoutFunction, ArrayFunction)
    x, keep = np.arange(4.0), np.array([True, False, True, True])
    before = random.get_state()
    first, second = (DropoutFunction.apply(wrap(x), keep, scale=2.0).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.tolist() == [0, 1, 2, 3]
