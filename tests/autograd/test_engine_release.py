"""A graph is used once, freed without the garbage collector, and belongs to its thread."""

import gc
import threading
import weakref

import numpy as np
import pytest

from tests.autograd.functions import Square, SumAndProduct, leaf
from tinyreg.autograd import grad
from tinyreg.autograd.tensor import wrap

# a second backward


def test_a_second_backward_is_refused_and_says_what_to_do():
    x = leaf(3.0)
    y = Square.apply(x)
    y.backward()
    with pytest.raises(RuntimeError, match="second one through SquareBackward0; compute the loss again, or pass retain_graph=True"):
        y.backward()
    assert x.grad.array == 6


def test_a_second_backward_is_refused_where_nothing_was_saved():
    y = leaf(3.0) + 1
    y.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()


def test_a_second_backward_through_a_shared_part_is_refused():
    x = leaf(3.0)
    y = Square.apply(x)
    (y * 2).backward()
    with pytest.raises(RuntimeError, match="through SquareBackward0"):
        (y * 3).backward()


def test_retain_graph():
    x = leaf(3.0)
    y = Square.apply(x)
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.array == 18


def test_what_was_saved_is_released():
    x = leaf(3.0)
    y = x * 1
    kept = weakref.ref(y.array)
    z = Square.apply(y)
    del y
    assert kept() is not None
    z.backward()
    assert kept() is None and z.grad_fn.saved is None


def test_create_graph_is_refused():
    x = leaf(3.0)
    with pytest.raises(NotImplementedError, match="backward: create_graph must be False, got True; .*once: .*gradient_penalty"):
        Square.apply(x).backward(create_graph=True)
    with pytest.raises(RuntimeError, match="grad: create_graph must be False, got True"):
        grad(Square.apply(x), x, create_graph=True)


# no cycles, no leaks


def train_step(w):
    x = wrap(np.ones((4, 3)))
    y = (x * w).tanh()
    y.retain_grad()
    a, b, _ = SumAndProduct.apply(y, y * 2)
    loss = (a.view(12) * b.reshape(12)).sum()
    loss += (w * w).sum()
    loss.backward()
    return loss


def test_a_step_leaves_nothing_for_the_garbage_collector():
    w = leaf(1.0, 2.0, 3.0)
    train_step(w)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(20):
            train_step(w)
        assert len(gc.get_objects()) - before < 20  # nothing a step that reference counting would not free
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_graph_without_backward_is_freed_by_reference_counting():
    w = leaf(1.0, 2.0)
    gc.collect()
    gc.disable()
    try:
        y = (w * 2).tanh()
        arrays = weakref.ref(y.array)
        z = y * y
        del y, z
        assert arrays() is None and gc.collect() == 0
    finally:
        gc.enable()


# threads


def test_threads_do_not_disturb_each_other():
    results = {}

    def work(i):
        x = leaf(float(i))
        for _ in range(50):
            x.grad = None
            y = x
            for _ in range(20):
                y = y + x * 0.1
            (y * y).backward()
        results[i] = x.grad.item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == pytest.approx({i: 18 * i for i in range(1, 5)})
