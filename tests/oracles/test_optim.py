"""Optimizers and clipping against PyTorch: the same gradients in, the same weights out."""

import copy
import io

import numpy as np
import pytest

import tinyreg
from tests.optim.options import EVERY, combinations

torch = pytest.importorskip("torch")

SHAPES = [(4, 3), (5,), (2, 2, 3)]


def pair(seed=0, dtype="float64"):
    """The same parameters in both libraries."""
    values = [np.random.default_rng(seed).standard_normal(shape).astype(dtype) for shape in SHAPES]
    return [tinyreg.tensor(x, requires_grad=True) for x in values], [torch.tensor(x.copy(), requires_grad=True) for x in values]


def feed(ours, theirs, rng, skip_last=False):
    """The same gradients for both, with sizes from 1e-4 to 1e2; None for the last parameter where asked."""
    for i, (p, q) in enumerate(zip(ours, theirs)):
        if skip_last and i == len(ours) - 1:
            p.grad = q.grad = None
            continue
        grad = (rng.standard_normal(p.shape) * 10.0 ** rng.integers(-4, 3, p.shape)).astype(p.dtype)
        p.grad, q.grad = tinyreg.tensor(grad), torch.tensor(grad.copy())


def assert_same(ours, theirs, rtol=1e-10):
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=rtol, atol=rtol)


MORE = {  # the numbers that are not switches
    "SGD": [{"momentum": 1.0}, {"lr": 0.0, "momentum": 0.5}],
    "Adam": [{"betas": (0.5, 0.75), "eps": 1e-3}, {"betas": (0.0, 0.0)}, {"eps": 0}],
    "AdamW": [{"betas": (0.8, 0.9), "eps": 1e-3}],
    "RMSprop": [{"alpha": 0.5, "eps": 1e-3}, {"alpha": 0.0}, {"alpha": 1.0, "eps": 10.0}],
    "Adagrad": [{"eps": 1e-3}],
    "Adadelta": [{"rho": 0.5, "eps": 1e-3}, {"rho": 0.0}, {"rho": 1.0, "eps": 0.1}, {"lr": 1.0}],
}


def rows():
    for name in EVERY:
        for i, one in enumerate([{}, *combinations(name), *MORE[name]]):
            yield pytest.param(name, one, id=f"{name}-{i}")


ROWS = list(rows())


def two_groups(name, settings):
    """The same parameters in both libraries, under optimizers with two groups, the second with settings of its own."""
    ours, theirs = pair()
    own = {"lr": 0.03, "weight_decay": 0.05}
    optimizers = [
        getattr(library.optim, name)([{"params": params[:1]}, {"params": params[1:], **own}], **{"lr": 0.1, **settings})
        for library, params in ((tinyreg, ours), (torch, theirs))
    ]
    return ours, theirs, *optimizers


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_twenty_steps_equal_pytorchs(name, settings):
    ours, theirs, a, b = two_groups(name, settings)
    rng = np.random.default_rng(1)
    for step in range(20):
        feed(ours, theirs, rng, skip_last=step < 3)
        a.step()
        b.step()
        assert_same(ours, theirs)


@pytest.mark.parametrize("name", EVERY)
def test_float32_steps_equal_pytorchs(name):
    ours, theirs = pair(dtype="float32")
    a, b = getattr(tinyreg.optim, name)(ours, lr=0.01), getattr(torch.optim, name)(theirs, lr=0.01)
    rng = np.random.default_rng(1)
    for _ in range(20):
        feed(ours, theirs, rng)
        a.step()
        b.step()
    assert_same(ours, theirs, rtol=2e-5)


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_the_state_dict_has_pytorchs_keys_and_values(name, settings):
    ours, theirs, a, b = two_groups(name, settings)
    rng = np.random.default_rng(1)
    for _ in range(3):
        feed(ours, theirs, rng, skip_last=True)
        a.step()
        b.step()
    mine, other = a.state_dict(), b.state_dict()
    assert mine.keys() == other.keys()
    for group, expected in zip(mine["param_groups"], other["param_groups"], strict=True):
        assert group["params"] == expected["params"]
        assert group == expected
    kept = {number: state for number, state in other["state"].items() if state}
    assert mine["state"].keys() == kept.keys()
    for number, state in kept.items():
        present = {key: value for key, value in state.items() if value is not None}
        assert mine["state"][number].keys() == present.keys()
        for key, value in present.items():
            assert tuple(value.shape) == mine["state"][number][key].shape
            assert str(value.dtype).removeprefix("torch.") == str(mine["state"][number][key].dtype)
            np.testing.assert_allclose(mine["state"][number][key].numpy(), value.numpy(), rtol=1e-10)


def exchanged(tree, wrap):
    """A nested state with its tensors turned into the other library's."""
    if isinstance(tree, dict):
        return {key: exchanged(value, wrap) for key, value in tree.items()}
    if isinstance(tree, list):
        return [exchanged(value, wrap) for value in tree]
    return wrap(tree.numpy().copy()) if hasattr(tree, "numpy") else copy.deepcopy(tree)


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_training_can_change_hands_both_ways(name, settings):
    ours, theirs, a, b = two_groups(name, settings)
    rng = np.random.default_rng(1)
    for _ in range(3):
        feed(ours, theirs, rng)
        a.step()
        b.step()
    from_torch, from_us = exchanged(b.state_dict(), tinyreg.tensor), exchanged(a.state_dict(), torch.tensor)
    c, d = (
        getattr(library.optim, name)([{"params": params[:1]}, {"params": params[1:]}], lr=9.0)
        for library, params in ((tinyreg, ours), (torch, theirs))
    )
    c.load_state_dict(from_torch)
    d.load_state_dict(from_us)
    for _ in range(3):
        feed(ours, theirs, rng)
        c.step()
        d.step()
    assert_same(ours, theirs)


@pytest.mark.parametrize("norm_type", [0.5, 1, 2.0, 3, float("inf")])
@pytest.mark.parametrize("max_norm", [1e-3, 1.0, 1e6])
def test_clipping_by_norm_equals_pytorchs(norm_type, max_norm):
    ours, theirs = pair()
    feed(ours, theirs, np.random.default_rng(1), skip_last=True)
    a = tinyreg.nn.utils.clip_grad_norm_(ours, max_norm, norm_type)
    b = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert a.shape == () and a.item() == pytest.approx(b.item(), rel=1e-12)
    assert_same([p.grad for p in ours[:-1]], [q.grad for q in theirs[:-1]], rtol=1e-12)


def test_clipping_by_value_equals_pytorchs():
    ours, theirs = pair()
    feed(ours, theirs, np.random.default_rng(1))
    tinyreg.nn.utils.clip_grad_value_(ours, 0.3)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    assert_same([p.grad for p in ours], [q.grad for q in theirs], rtol=0)


def test_repr_equals_pytorchs():
    ours, theirs = pair()
    a, b = tinyreg.optim.SGD(ours, lr=0.1), torch.optim.SGD(theirs, lr=0.1)
    assert repr(a) == repr(b)


def test_a_schedule_and_its_optimizer_survive_pytorchs_file_format():
    """PyTorch's own pickled checkpoint, opened by PyTorch, goes on in ours."""
    _, theirs = pair()
    optimizer = torch.optim.Adam(theirs)
    feed(*pair(), np.random.default_rng(0))
    for q in theirs:
        q.grad = torch.ones_like(q)
    optimizer.step()
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    ours = [tinyreg.tensor(q.detach().numpy(), requires_grad=True) for q in theirs]
    resumed = tinyreg.optim.Adam(ours)
    resumed.load_state_dict(exchanged(torch.load(file), tinyreg.tensor))
    for p in ours:
        p.grad = tinyreg.ones_like(p)
    optimizer.step()
    resumed.step()
    assert_same(ours, theirs)
