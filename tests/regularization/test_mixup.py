import math
from functools import partial

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.mixup import MixedTarget, MixupFunction, mixed_loss, mixup, rolled

F = torch.nn.functional
INDEX = [2, 0, 3, 1]  # no involution


def given(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def share(alpha):
    """c of equation (8)."""
    return alpha / (2 * (2 * alpha + 1))


# by hand


def test_by_hand():
    """Example 0 is mixed with 1, 1 with 2, 2 with 0; the gradient of each is its own 3/4 and 1/4 of the one it is partner of."""
    x = torch.tensor([[4.0], [8.0], [0.0]], requires_grad=True)
    mixed, target = mixup(x, torch.tensor([5, 6, 7]), lam=0.75, index=[1, 2, 0])
    assert mixed.tolist() == [[5.0], [6.0], [1.0]]
    assert target.y_a.tolist() == [5, 6, 7] and target.y_b.tolist() == [6, 7, 5] and target.lam == 0.75
    mixed.backward(torch.tensor([[4.0], [40.0], [400.0]]))
    assert x.grad.tolist() == [[3 + 100.0], [30 + 1.0], [300 + 10.0]]


def test_one_lam_an_example_by_hand():
    x = torch.tensor([[4.0], [8.0], [0.0]], requires_grad=True)
    mixed, target = mixup(x, torch.tensor([1.0, 2.0, 3.0]), lam=[0.75, 1.0, 0.0], index=[1, 2, 0])
    assert mixed.tolist() == [[5.0], [8.0], [4.0]] and target.soft().tolist() == [1.25, 2.0, 1.0]
    mixed.backward(torch.tensor([[4.0], [40.0], [400.0]]))
    assert x.grad.tolist() == [[3 + 400.0], [40 + 1.0], [0.0]]


def test_soft_labels_by_hand():
    target = MixedTarget(torch.tensor([0, 1]), torch.tensor([2, 1]), 0.25)
    assert target.soft(3).tolist() == [[0.25, 0.0, 0.75], [0.0, 1.0, 0.0]] and len(target) == 2
    assert target.soft(3).dtype == torch.float32


# identities


@pytest.mark.parametrize("per_example", [False, True])
def test_both_ends_of_lam(per_example):
    x, y = torch.tensor(given(4, 2, 3)), torch.arange(4)
    one, zero = (torch.full((4,), end) if per_example else end for end in (1.0, 0.0))
    mixed, target = mixup(x, y, lam=one, index=INDEX)
    np.testing.assert_array_equal(mixed.numpy(), x.numpy())
    np.testing.assert_array_equal(target.soft(4).numpy(), np.eye(4))
    mixed, target = mixup(x, y, lam=zero, index=INDEX)
    np.testing.assert_array_equal(mixed.numpy(), x.numpy()[INDEX])
    np.testing.assert_array_equal(target.soft(4).numpy(), np.eye(4)[INDEX])


def test_both_ends_of_alpha():
    x, y = torch.tensor(given(4, 3)), torch.arange(4)
    before = random.get_state()
    mixed, target = mixup(x, y, 0, index=INDEX)
    assert mixed is x and target.lam == 1 and random.get_state() == before
    mixed, target = mixup(x, y, math.inf, index=INDEX)
    assert target.lam == 0.5
    np.testing.assert_allclose(mixed.numpy(), (x.numpy() + x.numpy()[INDEX]) / 2, rtol=1e-15)
    assert mixup(x, y, 0, per_example=True)[1].lam.tolist() == [1] * 4
    assert mixup(x, y, math.inf, per_example=True)[1].lam.tolist() == [0.5] * 4
    assert {mixup(x, y, 1e-9)[1].lam for _ in range(60)} == {0.0, 1.0}, "a coin: n = 60, missed with probability 2**-59"


def test_the_loss_of_a_batch_is_the_same_at_both_ends():
    output, y = torch.tensor(given(4, 3)), torch.tensor([0, 2, 1, 1])
    losses = []
    for lam in (0, 1):
        mixed, target = mixup(output, y, lam=lam, index=INDEX)
        losses.append(mixed_loss(F.cross_entropy, mixed, target).item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)


def test_a_batch_of_one_is_its_own_partner():
    x = torch.tensor([[3.0, 5.0]])
    mixed, target = mixup(x, torch.tensor([1]), lam=0.25)
    assert mixed.tolist() == x.tolist() and target.soft(2).tolist() == [[0, 1]]


def test_the_gradient_keeps_its_sum():
    """With one lam; g is random."""
    x, g = torch.tensor(given(4, 3), requires_grad=True), given(4, 3, seed=1)
    mixup(x, torch.arange(4), lam=0.3, index=INDEX)[0].backward(torch.tensor(g))
    np.testing.assert_allclose(x.grad.numpy().sum(axis=0), g.sum(axis=0), rtol=1e-13)


def test_it_is_the_composition_of_simpler_operations():
    g = given(4, 2, 3, seed=1)
    for lam in (0.3, np.array([0.3, 1.0, 0.0, 0.8])):
        one, other = (torch.tensor(given(4, 2, 3), requires_grad=True) for _ in range(2))
        mixed, _ = mixup(one, torch.arange(4), lam=lam, index=INDEX)
        column = torch.tensor(np.broadcast_to(lam, 4).reshape(4, 1, 1))
        composed = column * other + (1 - column) * other[torch.tensor(INDEX)]
        mixed.backward(torch.tensor(g))
        composed.backward(torch.tensor(g))
        np.testing.assert_allclose(mixed.detach().numpy(), composed.detach().numpy(), rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(one.grad.numpy(), other.grad.numpy(), rtol=1e-13, atol=1e-15)


def test_gradcheck_replays_what_was_drawn():
    x = torch.tensor(given(5, 3), requires_grad=True)
    assert gradcheck(lambda x: mixup(x, torch.arange(5), 0.7)[0], (x,))
    assert gradcheck(lambda x: mixup(x, torch.arange(5), 0.7, per_example=True)[0], (x,))


def test_a_scatter_in_place_of_the_gather_is_noticed():
    """The partner's gradient goes to the partner: by index in place of its inverse it would go to a third example."""

    class Wrong(MixupFunction):
        @staticmethod
        def backward(ctx, grad_y):
            lam, index = ctx.saved
            return grad_y * lam + (grad_y * (1 - lam))[index], None, None

    x = torch.tensor(given(4, 3), requires_grad=True)
    assert not gradcheck(lambda x: Wrong.apply(x, 0.3, np.array(INDEX)), (x,), raise_exception=False)


# the mixed loss


@pytest.mark.parametrize("lam", [0.3, [0.3, 1.0, 0.0, 0.8]])
def test_cross_entropy_of_soft_labels_is_the_mixed_loss(lam):
    """Equations (3) and (4), values and gradients."""
    outputs = [torch.tensor(given(4, 3), requires_grad=True) for _ in range(2)]
    _, target = mixup(torch.zeros(4, 1, dtype=torch.float64), torch.tensor([0, 2, 1, 1]), lam=lam, index=INDEX)
    loss = partial(F.cross_entropy, reduction="none")
    first, second = mixed_loss(loss, outputs[0], target), loss(outputs[1], target.soft(3).double())
    np.testing.assert_allclose(first.detach().numpy(), second.detach().numpy(), rtol=1e-6)
    first.sum().backward()
    second.sum().backward()
    np.testing.assert_allclose(outputs[0].grad.numpy(), outputs[1].grad.numpy(), atol=1e-6)


def test_squared_error_differs_by_a_constant():
    """Equation (5)."""
    lam, values = 0.3, []
    _, target = mixup(torch.zeros(4, 1), torch.tensor(given(4, seed=2)), lam=lam, index=INDEX)
    a, b = target.y_a.numpy(), target.y_b.numpy()
    for i in range(2):
        output = torch.tensor(given(4), requires_grad=True)
        mse = partial(F.mse_loss, reduction="sum")
        loss = mixed_loss(mse, output, target) if i else mse(output, target.soft())
        loss.backward()
        values.append((loss.item(), output.grad.numpy()))
    (soft, grad_soft), (mixed, grad_mixed) = values
    assert mixed - soft == pytest.approx(lam * (1 - lam) * ((a - b) ** 2).sum(), rel=1e-12)
    np.testing.assert_allclose(grad_mixed, grad_soft, rtol=1e-12)


def test_absolute_error_asks_for_the_heavier_target():
    """Of the targets 0 (with 0.3) and 10, the mixed loss is least at 10, the loss of the mixed target at 7."""
    target = MixedTarget(torch.tensor([0.0]), torch.tensor([10.0]), 0.3)
    grid = [torch.tensor([float(o)]) for o in range(11)]
    mixed = [mixed_loss(F.l1_loss, o, target).item() for o in grid]
    soft = [F.l1_loss(o, target.soft()).item() for o in grid]
    assert np.argmin(mixed) == 10 and np.argmin(soft) == 7


def test_the_ends_take_one_loss_only():
    calls = []

    def loss(output, y):
        calls.append(y.tolist())
        return F.mse_loss(output, y)

    for lam, expected in ((1.0, [1.0]), (0.0, [2.0])):
        mixed_loss(loss, torch.zeros(1), MixedTarget(torch.tensor([1.0]), torch.tensor([2.0]), lam))
        assert calls.pop() == expected and not calls


# dtypes and shapes


def test_uint8_is_rounded_to_the_nearest():
    x = torch.tensor([[0, 10, 255, 1], [255, 13, 254, 2]], dtype=torch.uint8)
    mixed, _ = mixup(x, torch.arange(2), lam=0.5, index=[1, 0])
    assert mixed.dtype == torch.uint8 and mixed.tolist() == [[128, 12, 254, 2]] * 2  # 127.5 11.5 254.5 1.5: halves to the even
    mixed, _ = mixup(x, torch.arange(2), lam=[0.9, 0.2], index=[1, 0])
    assert mixed.tolist() == [[26, 10, 255, 1], [51, 11, 255, 1]]


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 1, 2, 3), (4, 0), (0, 3), (3, 300, 500)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("per_example", [False, True])
def test_any_shape_keeps_its_dtype(shape, dtype, per_example):
    x = torch.tensor((given(*shape) * 50).astype(dtype))
    mixed, target, (lam, index) = mixup(x, torch.arange(shape[0]), 0.8, per_example=per_example, return_draws=True)
    assert mixed.dtype == x.dtype and mixed.shape == shape and len(target) == shape[0]
    column = np.reshape(lam, (-1, *[1] * (len(shape) - 1))) if per_example else lam
    expected = column * x.numpy() + (1 - column) * x.numpy()[index]
    np.testing.assert_allclose(mixed.numpy(), expected, atol=0.5001 if dtype == "uint8" else 1e-4)


def test_float32_gradients():
    x = torch.tensor(given(4, 3).astype("float32"), requires_grad=True)
    for lam in (0.3, np.array([0.1, 0.2, 0.3, 0.4])):
        mixed, target = mixup(x, torch.arange(4), lam=lam, index=INDEX)
        mixed_loss(lambda o, y: F.cross_entropy(o, y % 3, reduction="none"), mixed, target).sum().backward()
        assert x.grad.dtype == mixed.dtype == torch.float32


def test_hidden_activations_are_mixed_too():
    """Manifold mixup: behind the first layer, both layers get gradients."""
    torch.manual_seed(0)
    first, second = torch.nn.Linear(3, 5), torch.nn.Linear(5, 2)
    hidden, target = mixup(first(torch.randn(6, 3)).relu(), torch.tensor([0, 1, 0, 1, 1, 0]), 2.0)
    mixed_loss(F.cross_entropy, second(hidden), target).backward()
    assert all(bool((p.grad != 0).any()) for p in (*first.parameters(), *second.parameters()))


def test_targets_that_are_computed_get_a_gradient():
    y = torch.tensor(given(4, 3), requires_grad=True)
    mixed, target = mixup(torch.zeros(4, 2), y, lam=0.75, index=INDEX)
    target.soft().backward(torch.tensor(np.ones((4, 3))))
    np.testing.assert_allclose(y.grad.numpy(), np.ones((4, 3)))


# chance


def test_chance_comes_from_the_generator():
    x, y = torch.tensor(given(50, 2)), torch.arange(50)
    one, same = (mixup(x, y, generator=random.Generator(3)) for _ in range(2))
    assert one[0].tolist() == same[0].tolist() and one[1].lam == same[1].lam and one[1].y_b.tolist() == same[1].y_b.tolist()
    assert mixup(x, y, generator=random.Generator(4))[1].lam != one[1].lam
    with random.freeze() as draws:
        first = mixup(x, y, per_example=True)[0].tolist()
        draws.rewind()
        assert mixup(x, y, per_example=True)[0].tolist() == first
    state = random.get_state()
    mixup(x, y, generator=random.Generator(3))
    mixup(x, y, lam=0.5, index=rolled(50))
    assert random.get_state() == state


def test_draws_are_returned_and_taken():
    x, y = torch.tensor(given(6, 2)), torch.arange(6)
    for per_example in (False, True):
        mixed, _, (lam, index) = mixup(x, y, 0.5, per_example=per_example, return_draws=True)
        assert sorted(index.tolist()) == list(range(6)) and np.shape(lam) == ((6,) if per_example else ())
        again, _ = mixup(x, y, lam=lam, index=index)
        np.testing.assert_array_equal(mixed.numpy(), again.numpy())
        np.testing.assert_array_equal(mixup(x, y, lam=lam, index=torch.tensor(index))[0].numpy(), mixed.numpy())


@pytest.mark.parametrize("alpha", [0.3, 1.0, 6.0])
def test_the_distribution_of_lam(alpha):
    """Mean 1/2 and E lam (1 - lam) = c; n = 20,000, 6 sigma."""
    n = 20_000
    lam = mixup(torch.zeros(n, 1), torch.arange(n), alpha, per_example=True)[1].lam.numpy().astype(float)
    assert abs(lam.mean() - 0.5) < 6 * (1 / 4 / (2 * alpha + 1) / n) ** 0.5
    assert abs((lam * (1 - lam)).mean() - share(alpha)) < 6 * (lam * (1 - lam)).std() / n**0.5


# refusals


X, Y = torch.zeros(3, 2), torch.tensor([0, 1, 2])


@pytest.mark.parametrize(
    ("error", "said", "call"),
    [
        (ValueError, "alpha must be at least 0, got alpha=-0.5", lambda: mixup(X, Y, -0.5)),
        (ValueError, "alpha must be at least 0, got alpha=nan", lambda: mixup(X, Y, math.nan)),
        (TypeError, "alpha must be a number, got alpha='1'", lambda: mixup(X, Y, "1")),
        (ValueError, r"lam must lie in \[0, 1\], got lam=1.5", lambda: mixup(X, Y, lam=1.5)),
        (ValueError, r"lam must lie in \[0, 1\], got lam=nan", lambda: mixup(X, Y, lam=math.nan)),
        (TypeError, "lam must be a number, got lam='x'", lambda: mixup(X, Y, lam="x")),
        (ValueError, r"lam must lie in \[0, 1\], got values from -1.0 to 2.0", lambda: mixup(X, Y, lam=[-1.0, 0.5, 2.0])),
        (ValueError, r"lam must be a number or 3 of them, got shape \(2,\)", lambda: mixup(X, Y, lam=[0.5, 0.5])),
        (
            ValueError,
            r"index must be a permutation of 0 to 2, got int64 of shape \(3,\), \[0, 1, 1\]",
            lambda: mixup(X, Y, index=[0, 1, 1]),
        ),
        (
            ValueError,
            r"index must be a permutation of 0 to 2, got int64 of shape \(3,\), \[1, 2, 3\]",
            lambda: mixup(X, Y, index=[1, 2, 3]),
        ),
        (ValueError, r"index must be .*got int64 of shape \(2,\); every", lambda: mixup(X, Y, index=[1, 0])),
        (ValueError, r"index must be .*got float64 of shape \(3,\)", lambda: mixup(X, Y, index=[1.0, 0.0, 2.0])),
        (ValueError, r"x and y must hold as many examples, got shapes \(3, 2\) and \(2,\)", lambda: mixup(X, Y[:2])),
        (ValueError, r"x and y .*, got shapes \(\) and \(3,\)", lambda: mixup(torch.tensor(1.0), Y)),
        (TypeError, "x must be a Tensor, got ndarray", lambda: mixup(X.numpy(), Y)),
        (TypeError, "y must be a Tensor, got list", lambda: mixup(X, [1, 2, 3])),
        (RuntimeError, "x must be floating point or uint8, got dtype int64", lambda: mixup(X.long(), Y)),
    ],
)
def test_mixup_refuses(error, said, call):
    with pytest.raises(error, match=f"^mixup: {said}"):
        call()


def test_the_function_is_pure():
    x, index = np.arange(8.0).reshape(4, 2), np.array(INDEX)
    before = random.get_state()
    first, second = (MixupFunction.apply(wrap(x), 0.3, index).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.tolist() == np.arange(8.0).reshape(4, 2).tolist() and index.tolist() == INDEX
