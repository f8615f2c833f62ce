"""Writes of the shape alone: a tensor becomes a view of itself."""

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import leaf
from tinyreg.autograd.tensor import wrap
from tinyreg.backend import owner


def test_a_tensor_becomes_its_own_view():
    w = leaf(1.0, 2.0, 3.0)
    x = w * 2
    same, memory = x, owner(x.array)
    x.unsqueeze_(0)
    x.t_()
    assert x is same and x.shape == (3, 1) and owner(x.array) is memory and not x.is_leaf
    x.mul_(wrap(np.array([[1.0], [10.0], [100.0]])))
    x.sum().backward()
    assert w.grad.tolist() == [2, 20, 200]


def test_views_taken_before_a_turn_stay():
    w = leaf(1.0, 2.0)
    x = w * 1
    part = x[0]
    x.unsqueeze_(0)
    (part * 3 + x.sum()).backward()
    assert w.grad.tolist() == [4, 1]


def test_a_turned_tensor_retains_its_gradient():
    x = leaf(1.0, 2.0) * 1
    x.retain_grad()
    x.unsqueeze_(1)
    (x * wrap(np.array([[3.0], [4.0]]))).sum().backward()
    assert x.grad.tolist() == [[3], [4]]


def test_turns_that_are_refused():
    w = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"unsqueeze_: a leaf that requires grad must not change .* got a leaf of shape \(2,\)"):
        w.unsqueeze_(0)
    x = w * 1
    with tinyreg.no_grad():
        with pytest.raises(RuntimeError, match=r"squeeze_: the shape of the output of an operation .* got shape \(2,\)"):
            x.squeeze_()
        assert w.unsqueeze_(0).shape == (1, 2) and w.is_leaf and w.requires_grad
    assert wrap(np.ones((2, 3))).transpose_(0, 1).shape == (3, 2)
