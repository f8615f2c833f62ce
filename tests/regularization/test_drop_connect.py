import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import ArrayFunction
from tinyreg.autograd.tensor import wrap
from tinyreg.nn.functional import linear
from tinyreg.regularization.batch_norm import BatchNorm1d
from tinyreg.regularization.drop_connect import (
    DropConnectFunction,
    drop_connect,
    drop_connect_moments,
)
from tinyreg.regularization.dropout import dropout

RATES = [0.1, 0.5, 0.8]


def masks(shape, p):
    """Every mask of this shape with its probability: expectations over masks become sums."""
    for bits in itertools.product([False, True], repeat=math.prod(shape)):
        yield torch.tensor(np.array(bits).reshape(shape)), math.prod(1 - p if keep else p for keep in bits)


def expectation(shape, p, function):
    return sum(chance * function(mask) for mask, chance in masks(shape, p))


def given(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes]


def keep(*shape, seed=1):
    return torch.tensor(np.random.default_rng(seed).random(shape) < 0.6)


def backward(y, *leaves):
    """The gradients under a cotangent that is no constant."""
    y.backward(torch.tensor(np.cos(np.arange(y.numel())).reshape(tuple(y.shape))))
    grads = [leaf.grad.numpy().copy() for leaf in leaves]
    for leaf in leaves:
        leaf.grad = None
    return grads


def test_one_mask_a_call_by_hand():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    weight = torch.tensor([[1.0, 10.0]], requires_grad=True)
    bias = torch.tensor([0.5], requires_grad=True)
    y = drop_connect(x, weight, bias, p=0.75, mask=torch.tensor([[True, False]]))
    y.backward(torch.tensor([[1.0], [2.0]]))
    assert y.tolist() == [[4.5], [12.5]]
    assert weight.grad.tolist() == [[28.0, 0.0]]  # 4 (1 + 2 * 3); the second was dropped
    assert x.grad.tolist() == [[4.0, 0.0], [8.0, 0.0]] and bias.grad.tolist() == [3.0]


def test_a_mask_an_example_by_hand():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    weight = torch.tensor([[1.0, 10.0]], requires_grad=True)
    bias = torch.tensor([0.5], requires_grad=True)
    mask = torch.tensor([[[True, False]], [[True, True]]])
    y, used = drop_connect(x, weight, bias, p=0.75, per_example=True, mask=mask, return_mask=True)
    y.backward(torch.tensor([[1.0], [2.0]]))
    assert y.tolist() == [[4.5], [172.5]] and used is mask
    assert weight.grad.tolist() == [[28.0, 32.0]]  # 4 (1 + 2 * 3) and 4 (2 * 4)
    assert x.grad.tolist() == [[4.0, 0.0], [8.0, 80.0]] and bias.grad.tolist() == [3.0]


@pytest.mark.parametrize("shape", [(5, 4), (5, 3, 4), (2, 2, 3, 4), (50, 4)])
def test_a_mask_an_example_is_the_thinned_layer_of_each_example(shape):
    x, weight, bias = given(shape, (3, 4), (3,))
    mask = keep(shape[0], 3, 4)
    y = drop_connect(x, weight, bias, 0.4, per_example=True, mask=mask)
    wanted = torch.stack([linear(x[n], weight * mask[n].double() / 0.6, bias) for n in range(shape[0])])
    np.testing.assert_allclose(y.detach().numpy(), wanted.detach().numpy(), rtol=1e-12, atol=1e-14)
    for ours, theirs in zip(backward(y, x, weight, bias), backward(wanted, x, weight, bias), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def test_blocks_of_examples_give_what_all_of_them_give():
    """N O I = 768,000: several blocks on the CPU."""
    x, weight = given((96, 100), (80, 100))
    mask = keep(96, 80, 100)
    y = drop_connect(x, weight, p=0.4, per_example=True, mask=mask)
    masked = mask.numpy() * weight.detach().numpy() / 0.6
    np.testing.assert_allclose(y.detach().numpy(), np.einsum("ni,noi->no", x.detach().numpy(), masked), rtol=1e-10, atol=1e-12)
    grad_x, grad_weight = backward(y, x, weight)
    g = np.cos(np.arange(y.numel())).reshape(tuple(y.shape))
    np.testing.assert_allclose(grad_x, np.einsum("no,noi->ni", g, masked), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(grad_weight, np.einsum("no,noi,ni->oi", g, mask.numpy(), x.detach().numpy()) / 0.6, rtol=1e-10, atol=1e-11)


def test_equal_masks_for_all_examples_are_one_mask_a_call():
    x, weight, bias = given((5, 4), (3, 4), (3,))
    mask = keep(3, 4)
    one = drop_connect(x, weight, bias, 0.3, mask=mask)
    each = drop_connect(x, weight, bias, 0.3, per_example=True, mask=torch.stack([mask] * 5))
    np.testing.assert_allclose(one.detach().numpy(), each.detach().numpy(), rtol=1e-12, atol=1e-14)
    for a, b in zip(backward(one, x, weight, bias), backward(each, x, weight, bias), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_masks_of_whole_columns_are_dropout_of_the_input():
    x, weight, bias = given((5, 4), (3, 4), (3,))
    rows = keep(5, 4)
    each = drop_connect(x, weight, bias, 0.3, per_example=True, mask=torch.stack([rows] * 3, 1))
    wanted = linear(dropout(x, 0.3, mask=rows), weight, bias)
    np.testing.assert_allclose(each.detach().numpy(), wanted.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("p", RATES)
def test_mean_and_variance_over_all_masks(p):
    """Equation (5), exactly: the expectation is the sum over all 2^6 masks."""
    x, weight, bias = (t.detach() for t in given((4, 2), (3, 2), (3,)))
    mean = expectation((3, 2), p, lambda mask: drop_connect(x, weight, bias, p, mask=mask).numpy())
    variance = expectation((3, 2), p, lambda mask: drop_connect(x, weight, bias, p, mask=mask).numpy() ** 2) - mean**2
    np.testing.assert_allclose(mean, linear(x, weight, bias).numpy(), rtol=1e-12)
    np.testing.assert_allclose(variance, p / (1 - p) * (x.numpy() ** 2) @ (weight.numpy() ** 2).T, rtol=1e-9)
    for ours, exact in zip(drop_connect_moments(x, weight, bias, p), (mean, variance)):
        np.testing.assert_allclose(ours.numpy(), exact, rtol=1e-9)


def test_covariances_over_all_masks():
    """Equations (11) and (12): between outputs, and between examples."""
    p = 0.3
    x, weight = (t.detach() for t in given((2, 2), (2, 2)))
    X, W = x.numpy(), weight.numpy()
    center = X @ W.T

    def second_moments(shape, run):
        """E[(y - mean) (y - mean)'] of all entries (n, o) with all entries (k, q)."""
        return expectation(shape, p, lambda mask: np.einsum("no,kq->nokq", *[run(mask).numpy() - center] * 2))

    one = second_moments((2, 2), lambda mask: drop_connect(x, weight, p=p, mask=mask))
    each = second_moments((2, 2, 2), lambda mask: drop_connect(x, weight, p=p, per_example=True, mask=mask))
    dropped = second_moments((2, 2), lambda mask: dropout(x, p, mask=mask) @ weight.T)
    factor = p / (1 - p)
    for n in range(2):
        np.testing.assert_allclose(dropped[n, 0, n, 1], factor * (W[0] * W[1] * X[n] ** 2).sum(), rtol=1e-11)  # (11)
        np.testing.assert_allclose([one[n, 0, n, 1], each[n, 0, n, 1]], 0, atol=1e-14)
        np.testing.assert_allclose(one[0, n, 1, n], factor * (W[n] ** 2 * X[0] * X[1]).sum(), rtol=1e-11)  # (12)
        np.testing.assert_allclose(each[0, n, 1, n], 0, atol=1e-14)
        np.testing.assert_allclose(each[n, 0, n, 0], one[n, 0, n, 0], rtol=1e-11)


def test_expected_squared_error_is_that_of_dropout():
    """Equation (10), exactly, for both kinds of masks and for dropout: the same ridge."""
    x, weight, bias = (t.detach() for t in given((2, 3), (1, 3), (1,)))
    target = np.array([[1.0], [-2.0]])
    for p in RATES:

        def error(y):
            return ((target - y.numpy()) ** 2).sum()

        ridge = error(linear(x, weight, bias)) + p / (1 - p) * (weight.numpy() ** 2 * (x.numpy() ** 2).sum(axis=0)).sum()
        for shape, run in [
            ((1, 3), lambda mask, p=p: drop_connect(x, weight, bias, p, mask=mask)),
            ((2, 1, 3), lambda mask, p=p: drop_connect(x, weight, bias, p, per_example=True, mask=mask)),
            ((2, 3), lambda mask, p=p: linear(dropout(x, p, mask=mask), weight, bias)),
        ]:
            assert expectation(shape, p, lambda mask, run=run: error(run(mask))) == pytest.approx(ridge, rel=1e-12)


@pytest.mark.parametrize("per_example", [False, True])
def test_the_share_that_is_kept(per_example):
    """n = 200,000 connections of weight 1: the share kept lies within 6 sigma of 1 - p."""
    p, n = 0.3, 200_000
    x, weight = torch.ones(200, 10), torch.ones(100 if per_example else 20_000, 10)
    _, mask = drop_connect(x, weight, p=p, per_example=per_example, return_mask=True)
    assert mask.numel() == n and abs(mask.numpy().mean() - (1 - p)) < 6 * math.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("per_example", [False, True])
def test_both_ends_and_evaluation(per_example):
    x, weight, bias = given((4, 3), (2, 3), (2,))
    whole = linear(x, weight, bias).tolist()
    for settings in ({"p": 0.0}, {"p": 0.9, "training": False}):
        y, mask = drop_connect(x, weight, bias, per_example=per_example, return_mask=True, **settings)
        assert y.tolist() == pytest.approx(np.array(whole)) and bool(mask.all())
        assert mask.shape == ((4, 2, 3) if per_example else (2, 3))
    y, mask = drop_connect(x, weight, bias, 1.0, per_example=per_example, return_mask=True)
    assert y.tolist() == [bias.tolist()] * 4 and not bool(mask.any())
    grad_x, grad_weight, grad_bias = backward(y, x, weight, bias)
    assert not grad_x.any() and not grad_weight.any() and grad_bias.all()


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 0, 3), (1, 3)])
def test_one_example_and_none(shape):
    x, weight, bias = given(shape, (2, 3), (2,))
    examples = shape[0] if len(shape) > 1 else 1
    for per_example, mask in ((False, (2, 3)), (True, (examples, 2, 3))):
        y, used = drop_connect(x, weight, bias, 0.5, per_example=per_example, return_mask=True)
        assert y.shape == (*shape[:-1], 2) and used.shape == mask
        grads = backward(y, x, weight, bias)
        assert [g.shape for g in grads] == [shape, (2, 3), (2,)]


@pytest.mark.parametrize("per_example", [False, True])
def test_float32_stays_float32(per_example):
    x, weight, bias = (t.detach().float().requires_grad_() for t in given((4, 3), (2, 3), (2,)))
    y = drop_connect(x, weight, bias, 0.5, per_example=per_example)
    y.sum().backward()
    assert {t.dtype for t in (y, x.grad, weight.grad, bias.grad)} == {torch.float32}


def test_only_what_wants_a_gradient_gets_one():
    for wanted in range(3):
        leaves = [t.detach().requires_grad_(i == wanted) for i, t in enumerate(given((4, 3), (2, 3), (2,)))]
        drop_connect(*leaves, per_example=True).sum().backward()
        assert [t.grad is not None for t in leaves] == [i == wanted for i in range(3)]


def test_chance_comes_from_the_generator():
    x, weight = torch.ones(4, 20), torch.ones(5, 20)
    for settings in ({}, {"per_example": True}):
        one, same = (drop_connect(x, weight, generator=random.Generator(3), **settings).tolist() for _ in range(2))
        assert one == same != drop_connect(x, weight, generator=random.Generator(4), **settings).tolist()
        before = random.get_state()
        drop_connect(x, weight, generator=random.Generator(3), **settings)
        drop_connect(x, weight, training=False, **settings)
        assert random.get_state() == before  # the default one was not asked
        with random.freeze() as draws:
            first = drop_connect(x, weight, **settings).tolist()
            draws.rewind()
            assert drop_connect(x, weight, **settings).tolist() == first


def test_before_batch_norm_it_makes_the_recorded_variance_too_large():
    """Equation (5), x and w of mean 0: Var[y] = sum w^2 (1 + p/(1-p)); n = 20,000 examples, a mask each, 6 sigma."""
    p, n = 0.5, 20_000
    weight = torch.ones(1, 3)
    norm = BatchNorm1d(1, momentum=1.0)
    norm(drop_connect(torch.randn(n, 3), weight, p=p, per_example=True))
    # y is a sum of 3 terms 2 x m: E[y^2] = 6, E[y^4] = 3 E[(2xm)^4] + 3 * 3 * 2 * E[(2xm)^2]^2 = 3 * 24 + 18 * 4 = 144
    assert abs(norm.running_var.item() - 6) < 6 * math.sqrt((144 - 36) / n)


def test_the_function_is_pure():
    assert issubclass(DropConnectFunction, ArrayFunction)
    x, weight, mask = np.arange(6.0).reshape(2, 3), np.ones((4, 3)), np.random.default_rng(0).random((2, 4, 3)) < 0.5
    before = random.get_state()
    first, second = (DropConnectFunction.apply(wrap(x), wrap(weight), None, mask, scale=2.0).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and (weight == 1).all()
