"""Writes in place that would make backward wrong are noticed, and no others."""

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import leaf
from tinyreg.autograd import stamp
from tinyreg.autograd.tensor import wrap


def saved_output(x):
    return x.exp()


def test_a_changed_input_is_noticed_and_names_the_operation():
    x = leaf(1.0, 2.0) * 1
    y = x * x
    x.add_(1)
    with pytest.raises(
        RuntimeError, match=r"MulBackward0: what forward saved must not change, got shape \(2,\) that was written in place since; .clone"
    ):
        y.sum().backward()


def test_a_changed_output_is_noticed():
    y = leaf(1.0, 2.0).exp()
    z = y * 1
    y.add_(1)
    with pytest.raises(RuntimeError, match="ExpBackward0.*written in place"):
        z.sum().backward()


def test_changing_what_nobody_saved_is_allowed():
    w = leaf(1.0, 2.0)
    x = w * 3
    y = x + 1  # addition saves nothing
    x.add_(5)
    y.sum().backward()
    assert (w.grad.array == 3).all()
    a = wrap(np.ones(2))
    z = w * 2 + a
    a.zero_()
    z.sum().backward()


def test_an_operand_that_was_not_needed_may_change():
    w, a = leaf(1.0, 2.0), wrap(np.array([3.0, 4.0]))
    y = a * w  # backward needs a, not w
    with tinyreg.no_grad():
        w.zero_()
    y.sum().backward()
    assert (w.grad.array == [3, 4]).all()


@pytest.mark.parametrize(
    "alias",
    [
        lambda x: x.detach(),
        lambda x: x.detach().detach(),
        lambda x: x.detach()[1:],
        lambda x: x.detach().reshape(2, 1).T,
    ],
)
def test_views_and_detached_tensors_share_the_stamp(alias):
    x = leaf(1.0, 2.0) * 1
    y = x * x
    alias(x).add_(1)
    with pytest.raises(RuntimeError, match="MulBackward0.*written in place"):
        y.sum().backward()


def test_writing_the_tensor_is_noticed_by_who_saved_its_view():
    x = wrap(np.ones((2, 3)))
    w = leaf(1.0, 2.0)
    y = x.T[0] * w
    x.zero_()
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.sum().backward()


def test_writing_under_no_grad_is_noticed():
    w, v = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = w * v
    with tinyreg.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.sum().backward()


def test_writing_by_index_is_noticed():
    x = leaf(1.0, 2.0) * 1
    y = x * x
    x[0] = 5.0
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.sum().backward()


def test_an_optimizers_write_is_noticed_if_stamped():
    w, v = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = w * v
    w.array -= 1
    stamp(w)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.sum().backward()
    z = w * v  # what is computed after the write is fine
    z.sum().backward()
    assert (v.grad.array == w.array).all()


@pytest.mark.parametrize(
    "unseen",
    [
        lambda x: x.data.mul_(10),
        lambda x: x.data[0].zero_(),
        lambda x: x.data.detach().mul_(10),
        lambda x: x.detach().numpy().__imul__(10),
    ],
)
def test_writes_through_data_and_numpy_go_unseen(unseen):
    w = leaf(1.0, 2.0)
    x = w * 1
    y = x * x
    unseen(x)
    y.sum().backward()
    assert (w.grad.array == 2 * x.array).all()  # of the new values: that is what unseen means


def test_a_write_during_backward_is_noticed():
    w = leaf(1.0, 2.0)
    x = w * 1
    y = x * x
    z = y * 2
    z.register_hook(lambda g: stamp(x))
    with pytest.raises(RuntimeError, match="MulBackward0"):
        z.sum().backward()


def test_new_memory_with_the_place_of_an_old_one_is_not_accused():
    for _ in range(200):
        x = wrap(np.zeros(5))
        x.add_(1)
        key = id(x.array)
        del x
        w = leaf(1.0, 1.0, 1.0, 1.0, 1.0)
        y = w * wrap(np.zeros(5))
        y.sum().backward()
    assert key
