import copy
import warnings

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.optimizer import Optimizer


class Descent(Optimizer):
    """The smallest optimizer."""

    def __init__(self, params, lr=0.5):
        super().__init__(params, {"lr": lr})

    def update(self, group, params):
        for p in params:
            p.array -= group["lr"] * p.grad.array
            self.state[p]["moves"] = self.state[p].get("moves", 0) + 1


def leaf(*values, grad=None):
    w = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    if grad is not None:
        w.grad = torch.tensor(grad, dtype=torch.float64)
    return w


def test_step_changes_what_has_a_gradient_and_skips_the_rest():
    moved, still = leaf(1.0, 2.0, grad=[1.0, -1.0]), leaf(5.0)
    memory = moved.array
    Descent([moved, still]).step()
    assert moved.array is memory
    np.testing.assert_array_equal(moved.array, [0.5, 2.5])
    np.testing.assert_array_equal(still.array, [5.0])


def test_any_leaf_will_do():
    w = torch.tensor([1.0])
    w.grad = torch.tensor([1.0])
    Descent([w]).step()
    assert w.item() == 0.5 and not w.requires_grad


def test_groups_have_settings_of_their_own():
    a, b = leaf(0.0, grad=[1.0]), leaf(0.0, grad=[1.0])
    optimizer = Descent([{"params": [a]}, {"params": b, "lr": 2.0, "name": "head"}])
    optimizer.step()
    assert (a.item(), b.item()) == (-0.5, -2.0)
    assert optimizer.param_groups[1]["name"] == "head"
    optimizer.param_groups[0]["lr"] = 4.0
    optimizer.step()
    assert (a.item(), b.item()) == (-4.5, -4.0)


def test_a_group_can_be_added():
    a, b = leaf(0.0, grad=[1.0]), leaf(0.0, grad=[1.0])
    optimizer = Descent(p for p in [a])
    optimizer.add_param_group({"params": (p for p in [b]), "lr": 1.0})
    optimizer.step()
    assert (a.item(), b.item()) == (-0.5, -1.0)


def test_named_parameters_keep_their_names():
    model = torch.nn.Linear(2, 1)
    optimizer = Descent(model.named_parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.param_groups[0]["params"][1] is model.bias
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]


def test_closure_is_recorded_even_under_no_grad():
    w = leaf(4.0)
    optimizer = Descent([w])

    def closure():
        optimizer.zero_grad()
        loss = w * w
        loss.backward(torch.ones(1, dtype=torch.float64))
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 16.0 and w.item() == 0.0
    assert optimizer.step(lambda: 7) == 7


def test_zero_grad():
    w = leaf(1.0, grad=[3.0])
    optimizer = Descent([w])
    memory = w.grad.array
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.array is memory and memory.tolist() == [0.0]
    optimizer.zero_grad()
    assert w.grad is None


def test_a_step_without_any_gradient_warns_once():
    optimizer = Descent([leaf(1.0), leaf(2.0)])
    with pytest.warns(UserWarning, match="Descent: .* grad=None for all 2 parameters"):
        optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step()


def test_a_step_between_forward_and_backward_is_noticed():
    w = leaf(1.0, 2.0, grad=[1.0, 1.0])
    y = w * w
    Descent([w]).step()
    with pytest.raises(RuntimeError, match=r"MulBackward0: .*shape \(2,\)"):
        y.backward(torch.ones(2, dtype=torch.float64))


def test_zeroing_a_gradient_in_place_is_noticed():
    w = leaf(2.0, grad=[3.0])
    z = leaf(1.0) * w.grad
    Descent([w]).zero_grad(set_to_none=False)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        z.backward(torch.ones(1, dtype=torch.float64))


def test_an_optimizer_of_pytorchs_kind_overrides_step():
    class Plain(torch.optim.Optimizer):
        def __init__(self, params, lr=0.5):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    self.state[p]["step"] = self.state[p].get("step", 0) + 1
                    p.data = p.data - group["lr"] * p.grad

    w = leaf(1.0, grad=[1.0])
    optimizer = Plain([w])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        optimizer.step()
        schedule.step()
    assert w.item() == 0.5 and optimizer.state[w]["step"] == 1


def test_update_must_be_written():
    with pytest.raises(NotImplementedError, match="Optimizer: update must be written"):
        Optimizer([leaf(1.0, grad=[1.0])], {"lr": 0.1}).step()


def test_state_dict_has_pytorchs_shape():
    a, b, c = leaf(0.0, grad=[1.0]), leaf(0.0), leaf(0.0, grad=[1.0])
    optimizer = Descent([{"params": [a, b]}, {"params": [c], "lr": 2.0}])
    optimizer.step()
    assert optimizer.state_dict() == {
        "state": {0: {"moves": 1}, 2: {"moves": 1}},
        "param_groups": [{"lr": 0.5, "params": [0, 1]}, {"lr": 2.0, "params": [2]}],
    }


def test_load_state_dict_copies_settings_and_state():
    def trained():
        w = leaf(1.0, -2.0, grad=[0.5, 0.25])
        return w, torch.optim.Adam([w], lr=0.1, amsgrad=True)

    w, optimizer = trained()
    for _ in range(3):
        optimizer.step()
    saved = optimizer.state_dict()
    v, resumed = trained()
    v.data = torch.tensor(w.array)
    resumed.load_state_dict(saved)
    assert resumed.state[v]["exp_avg"].array is not optimizer.state[w]["exp_avg"].array
    optimizer.param_groups[0]["lr"] = 9.0
    assert resumed.param_groups[0]["lr"] == 0.1 and resumed.param_groups[0]["params"][0] is v
    optimizer.param_groups[0]["lr"] = 0.1
    for _ in range(3):
        optimizer.step()
        resumed.step()
    np.testing.assert_array_equal(w.array, v.array)
    assert resumed.state[v]["step"].item() == 6


def test_loaded_state_takes_the_parameters_dtype_but_counts_stay():
    w = leaf(1.0, grad=[1.0])
    optimizer = torch.optim.Adam([w])
    optimizer.step()
    v = torch.tensor([1.0], requires_grad=True)
    other = torch.optim.Adam([v])
    other.load_state_dict(optimizer.state_dict())
    state = other.state[v]
    assert state["exp_avg"].dtype == torch.float32 and state["step"].dtype == torch.float32
    saved = optimizer.state_dict()
    saved["state"][0] = {**saved["state"][0], "step": 4}  # as a number, PyTorch's older form
    other.load_state_dict(saved)
    assert other.state[v]["step"].item() == 4 and other.state[v]["step"].dtype == torch.float32


def test_nested_and_foreign_state_is_copied():
    w = leaf(1.0, grad=[1.0])
    optimizer = Descent([w])
    inner = torch.ones(3)
    saved = {"state": {0: {"history": {"old": inner, "n": [1, 2]}}}, "param_groups": [{"lr": 0.25, "params": [0]}]}
    optimizer.load_state_dict(saved)
    copied = optimizer.state[w]["history"]
    assert copied["n"] == [1, 2] and copied["n"] is not saved["state"][0]["history"]["n"]
    inner.array[0] = 5
    assert copied["old"].dtype == torch.float64 and copied["old"].tolist() == [1.0, 1.0, 1.0]
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_a_refused_state_changes_nothing():
    w = leaf(1.0)
    optimizer = torch.optim.SGD([w], lr=0.5)
    saved = optimizer.state_dict()
    saved["param_groups"][0]["lr"] = -3.0
    with pytest.raises(ValueError, match="lr=-3.0"):
        optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_save_and_load(tmp_path):
    w = leaf(1.0, 2.0, grad=[1.0, -1.0])
    optimizer = torch.optim.Adam([w], lr=0.1)
    optimizer.step()
    torch.save({"epoch": 3, "optimizer": optimizer.state_dict()}, tmp_path / "checkpoint")
    v = torch.tensor(w.detach().numpy(), requires_grad=True)
    resumed = torch.optim.Adam([v])
    resumed.load_state_dict(torch.load(tmp_path / "checkpoint")["optimizer"])
    v.grad = w.grad
    optimizer.step()
    resumed.step()
    np.testing.assert_array_equal(w.array, v.array)


def test_model_and_optimizer_can_be_copied_together():
    w = leaf(1.0, grad=[1.0])
    optimizer = torch.optim.SGD([w], lr=0.5, momentum=0.5)
    optimizer.step()
    v, twin = copy.deepcopy((w, optimizer))
    twin.step()
    assert w.item() == 0.5 and v.item() == 0.5 - 0.5 * 1.5
    assert twin.state[v]["momentum_buffer"].item() == 1.5


def test_repr_lists_groups_and_settings():
    text = repr(torch.optim.SGD([{"params": [leaf(1.0)], "lr": 0.5}]))
    assert text.startswith("SGD (\nParameter Group 0\n    dampening: 0\n") and "\n    lr: 0.5\n" in text and text.endswith("\n)")


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        (lambda: [], ValueError, "Descent: .* got an empty parameter list"),
        (lambda: iter(()), ValueError, "got an empty parameter list"),
        (lambda: leaf(1.0), TypeError, "Descent: .* got Tensor; pass .tensor."),
        (lambda: torch.nn.Linear(2, 1), TypeError, r"got Linear; .*model.parameters\(\)"),
        (lambda: [1.5], TypeError, "got float at position 0"),
        (lambda: [leaf(1.0), "w"], TypeError, "got str at position 1"),
        (lambda: [leaf(1.0) * 2], ValueError, "leaves, got the output of <MulBackward0> at position 0"),
        (lambda: [w := leaf(1.0, 2.0), w], ValueError, r"position 1 \(shape \(2,\)\) a second time"),
        (lambda: [{"params": [w := leaf(1.0)]}, {"params": [w]}], ValueError, r"position 0 \(shape \(1,\)\) a second time"),
        (lambda: [{"params": {leaf(1.0), leaf(2.0)}}], TypeError, "got a set of 2"),
        (lambda: [("a", leaf(1.0)), leaf(2.0)], ValueError, "got 1 names for 2"),
        (lambda: [{"params": [("a", leaf(1.0))]}, {"params": [leaf(1.0)]}], ValueError, "got names=False after names=True"),
        (lambda: [{"params": [leaf(1.0)]}, [leaf(1.0)]], TypeError, "must be a dict, got list"),
        (lambda: [{"params": [leaf(1.0)], "lr": -0.5}], ValueError, "Descent: lr .* got lr=-0.5"),
    ],
)
def test_refused_parameters(params, error, message):
    with pytest.raises(error, match=message):
        Descent(params())


def test_settings_are_refused_before_parameters():
    with pytest.raises(ValueError, match="Descent: lr .* got lr=-0.5"):
        Descent(None, lr=-0.5)


@pytest.mark.parametrize("lr", [-0.1, float("nan"), float("inf")])
def test_refused_rates(lr):
    with pytest.raises(ValueError, match=f"Descent: lr must be a finite number of at least 0, got lr={lr}"):
        Descent([leaf(1.0)], lr=lr)


def test_steps_are_not_differentiable():
    with pytest.raises(NotImplementedError, match="SGD: differentiable must be False, got True"):
        torch.optim.SGD([leaf(1.0)], differentiable=True)


def test_load_state_dict_refuses_other_groups():
    saved = Descent([leaf(1.0), leaf(1.0)]).state_dict()
    with pytest.raises(ValueError, match=r"a group of \[1\] parameters each, got \[2\]"):
        Descent([leaf(1.0)]).load_state_dict(saved)
    with pytest.raises(ValueError, match=r"\[1, 1\] parameters each, got \[2\]"):
        Descent([{"params": [leaf(1.0)]}, {"params": [leaf(1.0)]}]).load_state_dict(saved)
