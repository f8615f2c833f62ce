import numpy as np
import pytest

import tinyreg as torch
from tinyreg.optim import Adam, AdamW


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def test_decay_comes_first_and_then_adam_on_the_loss_alone():
    rng = np.random.default_rng(0)
    w, v = leaf(1.0, -2.0, 3.0), leaf(1.0, -2.0, 3.0)
    decayed, plain = AdamW([w], lr=0.1, weight_decay=0.5), Adam([v], lr=0.1)
    for _ in range(20):
        grad = rng.standard_normal(3)
        w.grad, v.grad = torch.tensor(grad), torch.tensor(grad)
        v.array *= 1 - 0.1 * 0.5
        plain.step()
        decayed.step()
    np.testing.assert_array_equal(w.array, v.array)


def test_without_decay_it_is_adam():
    w, v = leaf(1.0, -2.0), leaf(1.0, -2.0)
    w.grad, v.grad = leaf(0.3, 0.4).detach(), leaf(0.3, 0.4).detach()
    AdamW([w], weight_decay=0).step()
    Adam([v]).step()
    np.testing.assert_array_equal(w.array, v.array)


def test_its_default_strength_is_pytorchs():
    assert AdamW([leaf(1.0)]).param_groups[0]["weight_decay"] == 0.01


def test_parameters_without_a_gradient_do_not_decay():
    w, v = leaf(1.0), leaf(1.0)
    w.grad = torch.zeros(1, dtype=torch.float64)
    AdamW([w, v], lr=0.5, weight_decay=0.5).step()
    assert (w.item(), v.item()) == (0.75, 1.0)


def test_groups_decay_with_their_own_strength():
    w, bias = leaf(1.0), leaf(1.0)
    w.grad = bias.grad = torch.zeros(1, dtype=torch.float64)
    AdamW([{"params": [w]}, {"params": [bias], "weight_decay": 0.0}], lr=0.5, weight_decay=0.5).step()
    assert (w.item(), bias.item()) == (0.75, 1.0)


def test_a_lower_rate_lowers_the_decay():
    w = leaf(1.0)
    w.grad = torch.zeros(1, dtype=torch.float64)
    optimizer = AdamW([w], lr=0.5, weight_decay=0.5)
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    assert w.item() == 0.875


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight_decay": -0.5}, "AdamW: weight_decay .* got weight_decay=-0.5"),
        ({"lr": -1.0}, "AdamW: lr .* got lr=-1.0"),
        ({"betas": (0.9, 1.5)}, r"AdamW: betas .* got betas=\(0.9, 1.5\)"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        AdamW([leaf(1.0)], **settings)
