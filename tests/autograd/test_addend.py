import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import ArrayFunction
from tinyreg.autograd.addend import Addend, gradients


def compute(part, out):
    np.multiply(part, 2, out=out)


class Squares(ArrayFunction):
    """The sum of squares over its inputs, a penalty."""

    @staticmethod
    def forward(ctx, *weights):
        ctx.save_for_backward(*weights)
        return sum((w * w).sum() for w in weights)

    @staticmethod
    def backward(ctx, grad):
        def gradient(w, out):
            np.multiply(w, 2 * grad, out=out)

        returned.append(gradients(ctx, gradient))
        return returned[-1]


returned = []


@pytest.fixture(autouse=True)
def nothing_returned():
    returned.clear()


@pytest.mark.parametrize("shape", [(), (3,), (300, 301), (0,)], ids=str)
def test_it_is_written_out_or_added(shape):
    like = np.full(shape, 3.0)
    total = np.ones(shape)
    addend = Addend(like, compute)
    addend.add_to(total)
    assert addend.shape == shape == addend.array().shape
    np.testing.assert_array_equal(total, np.full(shape, 7.0))
    np.testing.assert_array_equal(addend.array(), np.full(shape, 6.0))


def test_leaves_get_addends_others_arrays_and_what_needs_none_nothing():
    leaf, constant = torch.ones(2, requires_grad=True), torch.ones(2)
    made = torch.ones(2, requires_grad=True) * 3
    Squares.apply(leaf, made, constant).backward()
    assert [type(grad) for grad in returned[0]] == [Addend, np.ndarray, type(None)]
    assert leaf.grad.tolist() == [2.0, 2.0]


def test_one_input_among_several_that_needs_a_gradient():
    leaf = torch.ones(2, requires_grad=True)
    Squares.apply(torch.ones(2), leaf).backward()
    assert [type(grad) for grad in returned[0]] == [type(None), Addend] and leaf.grad.tolist() == [2.0, 2.0]


def test_the_sum_that_is_added_to_is_the_engines_own(monkeypatch):
    added = []
    monkeypatch.setattr(Addend, "add_to", lambda self, total, plain=Addend.add_to: added.append(total) or plain(self, total))
    w, g = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([10.0, 20.0])
    (Squares.apply(w) + Squares.apply(w)).backward()
    assert len(added) == 1 and added[0] is w.grad.array and w.grad.tolist() == [4.0, 8.0]
    w.grad = None
    added.clear()
    w.register_hook(lambda grad: None)
    torch.autograd.backward([w * 1, Squares.apply(w)], [g, torch.tensor(1.0)])  # the penalty is younger and comes first
    assert not added and w.grad.tolist() == [12.0, 24.0] and g.tolist() == [10.0, 20.0]
    w.grad = None
    (Squares.apply(w) + (w + 0).sum()).backward()  # what came first belongs to an operation: it is not written into
    assert not added and w.grad.tolist() == [3.0, 5.0]


def test_it_is_added_to_the_grad_of_the_step_before():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for factor in (1, 2):
        Squares.apply(w).backward()
        assert w.grad.tolist() == [2.0 * factor, 4.0 * factor]


def test_whoever_watches_sees_arrays():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.detect_anomaly(), pytest.raises(RuntimeError, match="Squares: cotangents must be finite, got 1 NaN"):
        Squares.apply(w).backward(torch.tensor(float("nan")))


def test_a_penalty_costs_no_second_array_of_the_size_of_the_weights():
    tracemalloc = pytest.importorskip("tracemalloc")
    w = torch.ones(2**20, requires_grad=True)
    loss = torch.regularization.l2_penalty([w], 1.0) + torch.regularization.l1_penalty([w], 1.0)
    tracemalloc.start()
    loss.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert w.array.nbytes <= peak < 1.5 * w.array.nbytes
    assert (w.grad == 2).all()
