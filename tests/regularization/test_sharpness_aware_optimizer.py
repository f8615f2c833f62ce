import copy
import io
import math

import numpy as np
import pytest

import tinyreg as torch
from tests.regularization.test_sharpness_aware import closure_of, leaf
from tests.training.sameness import assert_same
from tinyreg import nn
from tinyreg.data import DataLoader, TensorDataset
from tinyreg.optim import SGD, Adam
from tinyreg.optim.lr_scheduler import StepLR
from tinyreg.regularization import SAM, l2_penalty
from tinyreg.training import Checkpoint, fit


def bowl(w):
    return (w**2 * torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64)).sum() / 2


def test_the_two_calls_are_the_closure():
    v, w = leaf([1.0, -2.0, 0.5]), leaf([1.0, -2.0, 0.5])
    other, optimizer = (SAM(SGD([x], lr=0.1), rho=0.7) for x in (v, w))
    other.step(closure_of(other, lambda: bowl(v)))
    bowl(w).backward()
    optimizer.first_step(zero_grad=True)
    assert w.grad is None
    bowl(w).backward()
    optimizer.second_step(zero_grad=True)
    assert w.grad is None and optimizer.steps == 1
    assert w.tolist() == v.tolist()


def test_the_weights_come_back_bit_for_bit():
    w = leaf(np.random.default_rng(0).standard_normal(1000) * 10.0 ** np.arange(-5, 5).repeat(100), "float32")
    before, optimizer = w.detach().numpy().copy(), SAM(SGD([w], lr=0.0), rho=1000.0)
    seen = []

    def loss():
        seen.append(w.detach().numpy().copy())
        return (w**2).sum()

    first = optimizer.step(closure_of(optimizer, loss))
    assert (seen[0] == before).all() and (seen[1] != before).any() and first.item() == pytest.approx((before**2).sum(), rel=1e-5)
    assert w.detach().numpy().tobytes() == before.tobytes()


def test_a_closure_that_raises_leaves_the_weights():
    w, calls = leaf([1.0, 2.0]), []
    optimizer = SAM(SGD([w], lr=0.1), rho=1.0)

    def closure():
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        loss = (w**2).sum()
        loss.backward()
        return loss

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    assert w.tolist() == [1.0, 2.0] and optimizer.steps == 0
    optimizer.step(closure_of(optimizer, lambda: (w**2).sum()))


def test_closures_are_recorded_under_no_grad():
    w = leaf([3.0, 4.0])
    optimizer = SAM(SGD([w], lr=0.1), rho=1.0)
    with torch.no_grad():
        optimizer.step(closure_of(optimizer, lambda: (w**2).sum() / 2))
    np.testing.assert_allclose(w.detach().numpy(), [2.64, 3.52], rtol=1e-12)


def test_weights_without_a_gradient_stay():
    v, w = leaf([1.0]), leaf([2.0])
    optimizer = SAM(SGD([v, w], lr=0.1), rho=1.0)
    optimizer.step(closure_of(optimizer, lambda: (w**2).sum()))
    assert v.item() == 1.0 and w.item() == pytest.approx(2 - 0.1 * 2 * 3)


def test_schedules_groups_and_weight_decay_are_those_of_the_base():
    w, v = leaf([2.0]), leaf([1.0])
    base = SGD([w], lr=0.1, weight_decay=0.5)
    optimizer = SAM(base, rho=0.5)
    schedule = StepLR(optimizer, step_size=1, gamma=0.5)
    optimizer.step(closure_of(optimizer, lambda: (w**2).sum() / 2))
    assert w.item() == pytest.approx(2 - 0.1 * (2.5 + 0.5 * 2))  # the decay acts at w
    schedule.step()
    assert base.param_groups[0]["lr"] == schedule.get_last_lr()[0] == 0.05
    optimizer.add_param_group({"params": [v], "lr": 1.0, "rho": 0.0})
    assert [group["rho"] for group in base.param_groups] == [0.5, 0.0] and base.param_groups is optimizer.param_groups
    u = leaf([2.0])
    optimizer = SAM(SGD([u], lr=0.1), rho=0.5)
    optimizer.step(closure_of(optimizer, lambda: (u**2).sum() / 2 + l2_penalty([u], 0.5)))
    assert u.item() == pytest.approx(2 - 0.1 * 1.5 * 2.5)  # the penalty is part of the loss, at w + e


def test_hooks():
    w, seen = leaf([3.0, 4.0]), []
    base = SGD([w], lr=0.1)
    optimizer = SAM(base, rho=1.0)
    base.register_step_pre_hook(lambda *_: seen.append(("base", w.tolist(), w.grad.tolist())))
    optimizer.register_step_post_hook(lambda *_: seen.append(("SAM", w.tolist())))
    optimizer.step(closure_of(optimizer, lambda: (w**2).sum() / 2))
    assert seen == [("base", [3.0, 4.0], pytest.approx([3.6, 4.8])), ("SAM", pytest.approx([2.64, 3.52]))]


@pytest.mark.parametrize("base", [lambda ps: SGD(ps, lr=0.05, momentum=0.9), lambda ps: Adam(ps, lr=0.05)])
def test_the_state_goes_through_a_file(base):
    def part():
        w = leaf([1.0, -2.0, 0.5])
        return w, SAM(base([w]), rho=0.3)

    w, optimizer = part()
    for _ in range(3):
        optimizer.step(closure_of(optimizer, lambda: bowl(w)))
    file = io.BytesIO()
    torch.save({"w": w.detach(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file)
    other, resumed = part()
    other.data.copy_(saved["w"])
    resumed.param_groups[0]["rho"] = 99.0
    resumed.load_state_dict(saved["optimizer"])
    assert resumed.param_groups[0]["rho"] == 0.3
    for x, o in ((w, optimizer), (other, resumed)):
        for _ in range(3):
            o.step(closure_of(o, lambda x=x: bowl(x)))
    assert w.tolist() == other.tolist()
    assert_same(optimizer.state_dict(), resumed.state_dict())
    resumed.load_state_dict(copy.deepcopy(resumed.base_optimizer.state_dict()))
    assert resumed.state is resumed.base_optimizer.state


# running averages


@pytest.mark.parametrize("kept", [True, False])
def test_running_averages_move_in_the_first_pass_alone_if_the_model_is_given(kept):
    torch.manual_seed(0)
    net, x = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double(), torch.randn(8, 3, dtype=torch.float64)
    twin = copy.deepcopy(net)
    twin(x)
    optimizer = SAM(SGD(net.parameters(), lr=0.1), rho=0.5, model=net if kept else None)
    optimizer.step(closure_of(optimizer, lambda: (net(x) ** 2).mean()))
    assert net[1].num_batches_tracked.item() == (1 if kept else 2)
    assert np.array_equal(net[1].running_mean.numpy(), twin[1].running_mean.numpy()) == kept


# in fit


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 2))


def examples():
    generator = torch.Generator(5)
    return torch.randn(24, 4, generator=generator), torch.randint(0, 2, (24,), generator=generator)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_fit_passes_a_closure(accumulate):
    """The weights of a loop by hand; two pieces of half the batch are the batch (without batch norm)."""
    x, y = examples()
    net = nn.Sequential(nn.Linear(4, 2))
    first = copy.deepcopy(net)
    optimizer = SAM(SGD(first.parameters(), lr=0.5, momentum=0.9), rho=0.3)
    batches = [(x[i : i + 4], y[i : i + 4]) for i in range(0, 24, 4)]
    fit(first, batches, loss=nn.CrossEntropyLoss(), optimizer=optimizer, epochs=3, accumulate=accumulate, progress=False)
    optimizer = SAM(SGD(net.parameters(), lr=0.5, momentum=0.9), rho=0.3)
    for _ in range(3):
        for i in range(0, 24, 4 * accumulate):
            batch = x[i : i + 4 * accumulate], y[i : i + 4 * accumulate]
            optimizer.step(closure_of(optimizer, lambda batch=batch: nn.functional.cross_entropy(net(batch[0]), batch[1])))
    for p, q in zip(first.parameters(), net.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_a_run_is_resumed_bit_for_bit(tmp_path):
    def train(path, epochs, rho=0.1):
        net = network()
        optimizer = SAM(SGD(net.parameters(), lr=0.2, momentum=0.9), rho, model=net)
        data = DataLoader(TensorDataset(*examples()), 8, shuffle=True)
        schedule = StepLR(optimizer, step_size=1, gamma=0.8)
        options = {"schedule": schedule, "clip_norm": 1.0, "checkpoint": Checkpoint(path, every_steps=2), "resume": True}
        fit(net, data, loss=nn.CrossEntropyLoss(), optimizer=optimizer, epochs=epochs, progress=False, **options)
        return {"net": net.state_dict(), "optimizer": optimizer.state_dict()}

    train(tmp_path / "cut", 2)
    assert_same(train(tmp_path / "cut", 5), train(tmp_path / "whole", 5))
    with pytest.raises(ValueError, match=r"rho of group 0 must be 0\.1 .*, got 0\.7"):
        train(tmp_path / "cut", 6, rho=0.7)


# refusals


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: SAM([w], 0.1), TypeError, "SAM: base_optimizer must be an Optimizer, got list"),
        (lambda w: SAM(SAM(SGD([w], lr=0.1))), ValueError, "base_optimizer must step without a closure, got SAM"),
        (lambda w: SAM(SGD([w], lr=0.1), rho=-1), ValueError, "SAM: rho must be a finite number of at least 0, got rho=-1"),
        (lambda w: SAM(SGD([w], lr=0.1), rho=math.inf), ValueError, "got rho=inf"),
        (lambda w: SAM(SGD([w], lr=0.1), rho="big"), TypeError, "SAM: rho must be a number, got rho='big'"),
        (lambda w: SAM(SGD([w], lr=0.1), eta=-0.1), ValueError, "got eta=-0.1"),
        (lambda w: SAM(SGD([w], lr=0.1), model=3), TypeError, "SAM: model must be a Module or None, got int"),
        (lambda w: SAM(SGD([w], lr=0.1)).add_param_group({"params": [leaf([1.0])], "rho": -2.0}), ValueError, "got rho=-2.0"),
        (lambda w: SAM(SGD([w], lr=0.1)).add_param_group([w]), TypeError, "a parameter group must be a dict, got list"),
        (lambda w: SAM(SGD([w], lr=0.1)).step(), RuntimeError, "SAM: step must be given a closure .*, got None"),
        (lambda w: SAM(SGD([w], lr=0.1)).second_step(), RuntimeError, "second_step must follow first_step, got none"),
        (lambda w: [step() for step in [SAM(SGD([w], lr=0.1)).first_step] * 2], RuntimeError, "got first_step twice"),
    ],
)
def test_refusals(act, error, message):
    w = leaf([1.0])
    w.grad = torch.ones(1, dtype=torch.float64)
    with pytest.raises(error, match=message):
        act(w)


def test_a_refused_radius_changes_no_group():
    base = SGD([leaf([1.0])], lr=0.1)
    with pytest.raises(ValueError, match="rho=-1"):
        SAM(base, rho=-1)
    assert "rho" not in base.param_groups[0]
    optimizer = SAM(base, rho=0.1)
    state = optimizer.state_dict()
    state["param_groups"][0]["rho"] = math.nan
    with pytest.raises(ValueError, match="rho=nan"):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["rho"] == 0.1
