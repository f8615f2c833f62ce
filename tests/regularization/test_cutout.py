import itertools

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.cutout import Cutout, EraseFunction, RandomErasing, covered, cutout, squares

LAYOUTS = {  # shape, dtype, whether it is a batch
    "grey": ((6, 8), "uint8", False),
    "colours": ((6, 8, 3), "uint8", False),
    "colours batch": ((5, 6, 8, 3), "uint8", True),
    "float": ((3, 6, 8), "float32", False),
    "float batch": ((5, 3, 6, 8), "float32", True),
    "double batch": ((5, 1, 6, 8), "float64", True),
}
layouts = pytest.mark.parametrize(("shape", "dtype", "batch"), LAYOUTS.values(), ids=LAYOUTS)
BOXES = [(0, 0, 2, 3), (4, 5, 2, 3), (0, 0, 6, 8), (0, 0, 0, 0), (3, 2, 1, 1)]


def images(shape, dtype):
    return np.random.default_rng(0).uniform(1, 255, shape).astype(dtype)


def erased(x, batch, boxes, value):
    """By slices, an image at a time."""
    y = x.copy()
    for one, (i, j, h, w) in zip(y if batch else [y], boxes):
        where = (slice(i, i + h), slice(j, j + w))
        one[where if one.dtype == np.uint8 else (..., *where)] = value
    return y


def test_by_hand():
    x = torch.tensor(np.arange(1.0, 9.0).reshape(1, 2, 4), requires_grad=True)
    y = cutout(x, 2, boxes=[(0, 1, 2, 2)])
    assert y.tolist() == [[[1, 0, 0, 4], [5, 0, 0, 8]]]
    y.backward(torch.tensor(np.arange(1.0, 9.0).reshape(1, 2, 4)))
    assert x.grad.tolist() == [[[1, 0, 0, 4], [5, 0, 0, 8]]]


def test_squares_are_cut_off_at_the_border():
    """Every centre of a 3 x 4 image, size 2: rows a - 1 and a, columns b - 1 and b."""

    class Centres:
        def integers(self, low, high, shape, host):
            return {3: np.arange(12) // 4, 4: np.arange(12) % 4}[high]

    boxes = squares(Centres(), 12, 3, 4, 2).tolist()
    assert boxes[0] == [0, 0, 1, 1] and boxes[1] == [0, 0, 1, 2] and boxes[4] == [0, 0, 2, 1] and boxes[11] == [1, 2, 2, 2]
    assert squares(Centres(), 12, 3, 4, 3).tolist()[5] == [0, 0, 3, 3], "an odd side lies around its centre"
    assert {(h, w) for _, _, h, w in squares(Centres(), 12, 3, 4, 8).tolist()} == {(3, 4)}
    assert {(h, w) for _, _, h, w in squares(Centres(), 12, 3, 4, 0).tolist()} == {(0, 0)}


@layouts
def test_every_layout(shape, dtype, batch):
    x = images(shape, dtype)
    boxes = BOXES if batch else BOXES[:1]
    for value in (0, 7):
        expected = erased(x, batch, boxes, value)
        np.testing.assert_array_equal(cutout(torch.tensor(x), 2, value=value, boxes=boxes).numpy(), expected)
        for transform in (Cutout(2, value), RandomErasing(value=value), RandomErasing(value=[value])):
            np.testing.assert_array_equal(transform(x, draws=boxes), expected)
            assert transform(torch.tensor(x), draws=boxes).dtype == dtype
    assert cutout(torch.tensor(x), 0).tolist() == x.tolist()


@layouts
def test_the_function_and_the_transform_draw_alike(shape, dtype, batch):
    x = torch.tensor(images(shape, dtype))
    y, boxes = cutout(x, 4, return_draws=True, generator=random.Generator(3))
    other, others = Cutout(4, generator=random.Generator(3))(x, return_draws=True)
    np.testing.assert_array_equal(y.numpy(), other.numpy())
    np.testing.assert_array_equal(boxes, others)
    np.testing.assert_array_equal(cutout(x, 4, boxes=boxes).numpy(), y.numpy())
    assert y.dtype == x.dtype and y.shape == x.shape


def test_a_grey_batch_in_a_list():
    x, y = images((5, 6, 8), "uint8"), np.arange(5)
    for transform in (Cutout(2), RandomErasing()):
        result = transform([x, y], draws=BOXES)
        np.testing.assert_array_equal(result[0], erased(x, True, BOXES, 0))
        assert result[1] is y


def test_a_hole_covers_nan_and_lets_no_gradient_through():
    x = torch.tensor([[[np.nan, 1.0, np.inf]]], requires_grad=True)
    y = cutout(x, 1, boxes=[(0, 0, 1, 1)])
    assert y[0, 0, 0].item() == 0 and y[0, 0, 2].item() == np.inf
    y.backward(torch.tensor([[[np.inf, 1.0, 2.0]]]))
    assert x.grad.tolist() == [[[0, 1, 2]]]


def test_gradcheck_replays_what_was_drawn():
    assert gradcheck(lambda x: cutout(x, 3, value=0.5), (torch.tensor(images((2, 1, 4, 5), "float64"), requires_grad=True),))


def test_a_gradient_through_the_hole_is_noticed():
    class Wrong(EraseFunction):
        @staticmethod
        def backward(ctx, grad_y):
            return grad_y, None

    x, inside = torch.tensor(images((2, 3), "float64"), requires_grad=True), np.array([True, False, True])
    assert gradcheck(lambda x: EraseFunction.apply(x, inside, value=2.0), (x,))
    assert not gradcheck(lambda x: Wrong.apply(x, inside, value=2.0), (x,), raise_exception=False)


def test_expected_squared_error():
    """Equation (7), exactly: over every centre of a 5 x 5 image, size 3."""
    rng = np.random.default_rng(0)
    X, w, t = rng.normal(size=(4, 25)), rng.normal(size=25), rng.normal(size=4)
    masks = []
    for a, b in itertools.product(range(5), repeat=2):
        m = np.ones((5, 5))
        m[max(a - 1, 0) : a + 2, max(b - 1, 0) : b + 2] = 0
        masks.append(m.ravel())
    masks = np.array(masks)
    q, Q = masks.mean(axis=0), masks.T @ masks / len(masks)
    expected = np.mean([((t - (m * X) @ w) ** 2).sum() for m in masks])
    covariance = Q - np.outer(q, q)
    assert expected == pytest.approx(((t - X @ (q * w)) ** 2).sum() + w @ (covariance * (X.T @ X)) @ w, rel=1e-12)
    assert covariance[12, 13] > 0.4 * covariance[12, 12] and covariance[10, 14] < 0, "neighbours vanish together"


def test_centres_are_uniform():
    """n = 12,000 centres on 3 x 4 pixels, size 1: each share within 6 sigma."""
    n = 12_000
    boxes = squares(random.Generator(0), n, 3, 4, 1)
    assert (boxes[:, 2:] == 1).all()
    seen = np.bincount(boxes[:, 0] * 4 + boxes[:, 1], minlength=12)
    assert abs(seen / n - 1 / 12).max() < 6 * (1 / 12 * 11 / 12 / n) ** 0.5


def test_the_function_is_pure():
    x, inside = np.arange(4.0), np.array([True, False, True, True])
    before = random.get_state()
    first, second = (EraseFunction.apply(wrap(x), inside, value=9.0).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.tolist() == [0, 1, 2, 3]
    assert covered("cutout", np.array([[0, 1, 1, 2]]), np.zeros((1, 2, 2, 3))).shape == (1, 1, 2, 3)
