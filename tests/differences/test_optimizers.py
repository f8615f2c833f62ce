"""Optimizers and clipping: where tinyreg does not do what PyTorch does."""

import math
import warnings

import numpy as np
import pytest

import tinyreg


def weight(t, grad=1.0):
    w = t.ones(1, requires_grad=True)
    w.grad = t.full((1,), grad)
    return w


def given_twice(t):
    w = weight(t)
    t.optim.SGD([w, w], lr=0.25).step()
    return w.item()


def test_parameters_given_twice():
    with pytest.raises(ValueError, match=r"a parameter must be given once, got position 1 \(shape \(1,\)\) a second time"):
        given_twice(tinyreg)


def test_parameters_given_twice_in_pytorch(torch):
    with pytest.warns(UserWarning, match="duplicate parameters"):
        assert given_twice(torch) == 0.5


BUILT = [
    (lambda t: t.optim.SGD([weight(t)], lr=math.nan), "lr=nan"),
    (lambda t: t.optim.Adam([weight(t)], lr=math.inf), "lr=inf"),
    (lambda t: t.optim.RMSprop([weight(t)], alpha=1.5), "alpha=1.5"),
]


def test_settings_of_optimizers():
    for build, value in BUILT:
        with pytest.raises(ValueError, match=value):
            build(tinyreg)


def test_settings_of_optimizers_in_pytorch(torch):
    for build, _ in BUILT:
        build(torch)


def step_without_gradient(t):
    optimizer = t.optim.SGD([t.ones(1, requires_grad=True)], lr=0.5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimizer.step()
        optimizer.step()
    return [str(warning.message) for warning in caught]


def test_steps_without_gradients():
    (message,) = step_without_gradient(tinyreg)
    assert "got grad=None for all 1 parameters" in message


def test_steps_without_gradients_in_pytorch(torch):
    assert step_without_gradient(torch) == []


def recorded_step(t):
    return t.optim.SGD([weight(t)], lr=0.5, differentiable=True)


def test_steps_that_are_differentiated():
    with pytest.raises(NotImplementedError, match="differentiable must be False, got True"):
        recorded_step(tinyreg)


def test_steps_that_are_differentiated_in_pytorch(torch):
    assert recorded_step(torch).param_groups[0]["differentiable"]


def step_of_another_implementation(t):
    w = weight(t)
    t.optim.Adam([w], lr=0.5, capturable=True).step()
    return w.item()


def step_by_a_tensor(t):
    w = weight(t)
    t.optim.Adam([w], lr=t.tensor(0.5), foreach=True).step()
    return w.item()


def test_implementations():
    assert step_of_another_implementation(tinyreg) == step_by_a_tensor(tinyreg) == pytest.approx(0.5)


def test_implementations_in_pytorch(torch):
    with pytest.raises((AssertionError, RuntimeError), match="capturable"):
        step_of_another_implementation(torch)
    with pytest.raises(ValueError, match="lr as a Tensor is not supported for capturable=False and foreach=True"):
        step_by_a_tensor(torch)


def centered(t):
    """400 equal gradients: their variance is 0, and rounding makes some of it negative."""
    w = t.zeros(50, requires_grad=True)
    optimizer = t.optim.RMSprop([w], lr=1e-6, alpha=0.9, centered=True)
    for _ in range(400):
        w.grad = t.tensor(np.linspace(0.1, 3, 50, dtype="float32"))
        optimizer.step()
    return w.detach().numpy()


def test_variances_that_rounding_makes_negative():
    assert np.isfinite(centered(tinyreg)).all()


def test_variances_that_rounding_makes_negative_in_pytorch(torch):
    assert np.isnan(centered(torch)).any()


def clipped(t, clip):
    w = weight(t, 4.0)
    clip(t.nn.utils)([w], -1.0)
    return w.grad.item()


def test_negative_bounds_of_gradients():
    with pytest.raises(ValueError, match="max_norm=-1.0"):
        clipped(tinyreg, lambda utils: utils.clip_grad_norm_)
    with pytest.raises(ValueError, match="clip_value=-1.0"):
        clipped(tinyreg, lambda utils: utils.clip_grad_value_)


def test_negative_bounds_of_gradients_in_pytorch(torch):
    assert clipped(torch, lambda utils: utils.clip_grad_norm_) == pytest.approx(-1)
    assert clipped(torch, lambda utils: utils.clip_grad_value_) == -1
