"""The layers by numbers that a person can follow; that whole networks are right is test_numpy_by_hand.py's."""

import math

import numpy as np
import pytest

from benchmarks.libraries.by_hand.layers import Dropout, Flatten, Linear, Pool, ReLU, Sigmoid, cross_entropy


def column(*values):
    return np.array(values, dtype=np.float64)[:, None]


def linear():
    layer = Linear("float64", 2, 1)
    layer.hold((np.empty((1, 2)), np.empty(1)), (np.empty((1, 2)), np.empty(1)))
    layer.load((np.array([[2.0, 3.0]]), np.array([10.0])))
    return layer


def test_linear():
    layer = linear()
    assert layer.forward(np.array([[1.0, 1.0], [0.0, 2.0]])).tolist() == [[15], [16]]
    assert layer.backward(column(1, 10)).tolist() == [[2, 3], [20, 30]]
    assert layer.grad_weight.tolist() == [[1, 21]] and layer.grad_bias.tolist() == [11]
    assert [array.tolist() for array in layer.export()] == [[[2, 3]], [10]]


def test_nothing_goes_back_to_the_data():
    layer = linear()
    layer.first = True
    layer.forward(np.ones((1, 2)))
    assert layer.backward(column(1)) is None


def test_relu():
    layer = ReLU("float64")
    assert layer.forward(column(-1, 0, 2)).ravel().tolist() == [0, 0, 2]
    assert layer.backward(column(5, 6, 7)).ravel().tolist() == [0, 0, 7]


def test_sigmoid_and_its_slope():
    layer = Sigmoid("float64")
    y = layer.forward(column(0, math.log(3), -1000, 1000)).ravel()
    assert y == pytest.approx([0.5, 0.75, 0, 1])
    assert layer.backward(column(1, 16, 1, 1)).ravel() == pytest.approx([0.25, 3, 0, 0])


@pytest.mark.parametrize("p", [0.25, 0.5])
def test_dropout_keeps_the_share_and_the_mean(p):
    layer = Dropout("float32", p)
    y = layer.forward(np.ones((1001, 101), np.float32))
    assert set(np.unique(y).tolist()) == {0, float(np.float32(1 / (1 - p)))}
    assert (y != 0).mean() == pytest.approx(1 - p, abs=0.005)
    assert np.array_equal(layer.backward(np.ones_like(y)), y)
    assert not np.array_equal(layer.forward(np.ones_like(y)) != 0, y != 0)
    x = np.ones((2, 2))
    assert layer.infer(x) is x


def image(rows):
    return np.array(rows, dtype=np.float64)[None, :, :, None]


def test_pool_takes_the_maximum_and_gives_the_gradient_to_the_first_of_it():
    layer = Pool("float64", 2)
    x = image([[1, 2, 7, 7], [3, 0, 7, 7], [-1, -2, 5, 4], [-3, -1, 6, 6]])
    assert layer.forward(x)[0, :, :, 0].tolist() == [[3, 7], [-1, 6]]
    expected = [[0, 0, 20, 0], [10, 0, 0, 0], [30, 0, 0, 0], [0, 0, 40, 0]]
    assert layer.backward(image([[10, 20], [30, 40]]))[0, :, :, 0].tolist() == expected


def test_pool_leaves_out_what_fills_no_window():
    layer = Pool("float64", 2)
    assert layer.forward(image([[1, 2, 9], [3, 4, 9], [9, 9, 9]]))[0, :, :, 0].tolist() == [[4]]
    assert layer.backward(image([[5]]))[0, :, :, 0].tolist() == [[0, 0, 0], [0, 5, 0], [0, 0, 0]]


def test_flatten_counts_as_the_weights_do():
    layer = Flatten("float64")
    x = np.arange(2 * 3 * 4 * 5, dtype=np.float64).reshape(2, 3, 4, 5)  # (N, C, H, W)
    last = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    assert np.array_equal(layer.forward(last), x.reshape(2, -1))
    assert np.array_equal(layer.backward(x.reshape(2, -1)), last)


def test_cross_entropy():
    labels = np.array([2, 0])
    loss, g = cross_entropy(np.zeros((2, 4)), labels)
    assert loss == pytest.approx(math.log(4))
    assert g == pytest.approx(np.array([[1, 1, -3, 1], [-3, 1, 1, 1]]) / 8)
    loss, g = cross_entropy(np.array([[0.0, 1000.0]]), np.array([0]))
    assert loss == pytest.approx(1000) and g == pytest.approx(np.array([[-1.0, 1.0]]))
