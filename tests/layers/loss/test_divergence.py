import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg import nn
from tinyreg.autograd.gradcheck import gradcheck
from tinyreg.nn import functional as F


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def rows(seed=0, shape=(4, 3)):
    """Scores and target probabilities."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape), rng.dirichlet(np.ones(shape[-1]), shape[:-1])


def test_by_hand():
    """q = (1/4, 3/4) against p = (1/2, 1/2): ln 2 - H(q), and q = (1, 0): ln 2."""
    x = leaf(np.log([[0.5, 0.5], [0.5, 0.5]]))
    q = tinyreg.tensor([[0.25, 0.75], [1.0, 0.0]], dtype=tinyreg.float64)
    terms = F.kl_div(x, q, reduction="none")
    np.testing.assert_allclose(terms.detach().numpy(), [[-math.log(2) / 4, 0.75 * math.log(1.5)], [math.log(2), 0]], rtol=1e-14)
    total = 0.75 * math.log(3) - math.log(2) + math.log(2)
    for reduction, divisor in (("sum", 1), ("batchmean", 2)):
        assert F.kl_div(x, q, reduction=reduction).item() == pytest.approx(total / divisor)
    with pytest.warns(UserWarning, match="kl_div: reduction='mean' divides by the number of elements") as caught:
        assert F.kl_div(x, q).item() == pytest.approx(total / 4)
    assert caught[0].filename == __file__
    F.kl_div(x, q, reduction="batchmean").backward()
    np.testing.assert_allclose(x.grad.numpy(), [[-1 / 8, -3 / 8], [-1 / 2, 0]], rtol=1e-14)


def test_the_gradient_of_the_target_by_hand():
    q = leaf([0.5, 0.25])
    F.kl_div(tinyreg.tensor(np.log([0.25, 0.5])), q, reduction="sum").backward()
    np.testing.assert_allclose(q.grad.numpy(), [1 + math.log(2), 1 - math.log(2)], rtol=1e-14)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_it_is_at_least_0_and_0_for_the_target_itself(seed):
    scores, q = rows(seed)
    log_p = tinyreg.log_softmax(tinyreg.tensor(scores), 1)
    assert F.kl_div(log_p, tinyreg.tensor(q), reduction="sum").item() >= 0
    assert F.kl_div(tinyreg.tensor(q).log(), tinyreg.tensor(q), reduction="sum").item() == pytest.approx(0, abs=1e-15)


def test_it_is_the_cross_entropy_less_the_entropy():
    scores, q = rows()
    x, twin = leaf(scores), leaf(scores)
    divergence = F.kl_div(tinyreg.log_softmax(x, 1), tinyreg.tensor(q), reduction="batchmean")
    cross_entropy = F.cross_entropy(twin, tinyreg.tensor(q))
    assert divergence.item() == pytest.approx(cross_entropy.item() + (q * np.log(q)).sum() / len(q))
    divergence.backward()
    cross_entropy.backward()
    np.testing.assert_allclose(x.grad.numpy(), twin.grad.numpy(), atol=1e-15)


def test_log_target_says_the_same():
    scores, q = rows()
    x, log_q = tinyreg.log_softmax(tinyreg.tensor(scores), 1), tinyreg.tensor(np.log(q))
    for reduction in ("none", "sum", "batchmean"):
        plain, by_log = F.kl_div(x, tinyreg.tensor(q), reduction=reduction), F.kl_div(x, log_q, reduction=reduction, log_target=True)
        np.testing.assert_allclose(by_log.numpy(), plain.numpy(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("reduction", ["sum", "none", "batchmean", pytest.param("mean", marks=pytest.mark.filterwarnings("ignore:kl_div"))])
@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("shapes", [((4, 3), (4, 3)), ((4, 3), (3,)), ((3,), (4, 3)), ((4, 1), (1, 3)), ((), ())], ids=str)
def test_gradients(reduction, log_target, shapes):
    rng = np.random.default_rng(1)
    x, target = leaf(rng.standard_normal(shapes[0])), leaf(rng.uniform(0.2, 1, shapes[1]))

    def loss(x, target):
        return F.kl_div(x, target, reduction=reduction, log_target=log_target)

    assert gradcheck(loss, (x, target))
    assert gradcheck(lambda x: loss(x, target.detach()), (x,))
    assert gradcheck(lambda target: loss(x.detach(), target), (target,))


def test_a_class_that_the_target_rules_out_takes_no_part():
    x, q = leaf([-1.0, -2.0, -700.0]), leaf([0.5, 0.0, 0.0])
    terms = F.kl_div(x, q, reduction="none")
    assert terms.tolist() == [0.5 * (math.log(0.5) + 1), 0, 0]
    terms.sum().backward()
    assert x.grad.tolist() == [-0.5, 0, 0] and q.grad.tolist() == [math.log(0.5) + 2, 0, 0]


def test_dtypes_and_empty_batches():
    x, q = (leaf(z, "float32") for z in rows())
    for options in ({}, {"log_target": True}):
        value = F.kl_div(x, q, reduction="batchmean", **options)
        value.backward()
        assert value.dtype == x.grad.dtype == q.grad.dtype == tinyreg.float32
    assert F.kl_div(x, q.double(), reduction="sum").dtype == tinyreg.float64
    empty = leaf(np.zeros((0, 3)))
    loss = F.kl_div(empty, empty.detach(), reduction="batchmean")
    loss.backward()
    assert math.isnan(loss.item()) and empty.grad.shape == (0, 3)


X = tinyreg.zeros(2, 3)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: F.kl_div(X, X, reduction="x"), ValueError, "kl_div: reduction must be 'none', 'batchmean', 'sum' or 'mean', got 'x'"),
        (lambda: F.kl_div(X.long(), X, reduction="sum"), RuntimeError, "kl_div: input must be floating point, got dtype int64"),
        (lambda: F.kl_div(X, X > 0, reduction="sum"), RuntimeError, "kl_div: target must be floating point, got dtype bool"),
        (lambda: F.kl_div(X, X[:, :2], reduction="sum"), RuntimeError, r"kl_div: shapes must broadcast .* \(2, 3\) and \(2, 2\)"),
        (lambda: F.kl_div(X, 1.0, reduction="sum"), TypeError, "kl_div: target must be a Tensor, got float"),
        (lambda: nn.KLDivLoss(reduction="x"), ValueError, "KLDivLoss: reduction must be .* got 'x'"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_module():
    scores, q = rows()
    x, q = tinyreg.log_softmax(tinyreg.tensor(scores), 1), tinyreg.tensor(q)
    assert nn.KLDivLoss(reduction="batchmean")(x, q).item() == F.kl_div(x, q, reduction="batchmean").item()
    assert nn.KLDivLoss(reduction="sum", log_target=True)(x, q).item() == F.kl_div(x, q, reduction="sum", log_target=True).item()
    assert repr(nn.KLDivLoss()) == "KLDivLoss()"
    with pytest.warns(UserWarning, match="KLDivLoss: .* say reduction='none'"):
        assert nn.KLDivLoss(reduce=False)(x, q).shape == (4, 3)
