import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.data import DataLoader, TensorDataset
from tinyreg.regularization.cutmix import CutMix, CutMixFunction, cutmix, draw_box
from tinyreg.regularization.mixup import mixed_loss

F = torch.nn.functional
INDEX = [2, 0, 3, 1]  # no involution
LAYOUTS = {
    "grey": ((4, 5, 6), "uint8"),
    "colours": ((4, 5, 6, 3), "uint8"),
    "float32": ((4, 3, 5, 6), "float32"),
    "float64": ((4, 1, 5, 6), "float64"),
}
layouts = pytest.mark.parametrize(("shape", "dtype"), LAYOUTS.values(), ids=LAYOUTS)


def images(shape=(4, 2, 5, 6), dtype="float64"):
    return torch.tensor(np.random.default_rng(0).uniform(0, 255, shape).astype(dtype))


def planes(x):
    """The images with rows and columns last."""
    x = x.numpy()
    return np.moveaxis(x, -1, 1) if x.dtype == np.uint8 and x.ndim == 4 else x


def boxes(height, width, lam):
    """Every box that a lam gives, all equally likely: one a centre."""

    class Centre:
        def __init__(self, *centre):
            self.centre = iter(centre)

        def integers(self, low, high, shape, host):
            return next(self.centre)

    return [draw_box("cutmix", lam, height, width, Centre(x, y)) for x, y in itertools.product(range(width), range(height))]


def test_by_hand():
    """Columns 1 and 2 of row 0 come from the partner; 2 of 8 pixels are 1/4."""
    x = torch.tensor(np.arange(24.0).reshape(3, 1, 2, 4), requires_grad=True)
    mixed, target = cutmix(x, torch.tensor([5, 6, 7]), box=(1, 0, 3, 1), index=[1, 2, 0])
    assert mixed.tolist() == [[[[0, 9, 10, 3], [4, 5, 6, 7]]], [[[8, 17, 18, 11], [12, 13, 14, 15]]], [[[16, 1, 2, 19], [20, 21, 22, 23]]]]
    assert target.lam == 0.75 and target.y_a.tolist() == [5, 6, 7] and target.y_b.tolist() == [6, 7, 5]
    mixed.backward(torch.tensor(np.arange(24.0).reshape(3, 1, 2, 4)))
    assert x.grad[0, 0].tolist() == [[0, 17, 18, 3], [4, 5, 6, 7]], "its box is seen in image 2"
    assert x.grad[1, 0].tolist() == [[8, 1, 2, 11], [12, 13, 14, 15]] and x.grad[2, 0, 0].tolist() == [16, 9, 10, 19]


@layouts
def test_every_layout(shape, dtype):
    x, y = images(shape, dtype), torch.arange(4)
    mixed, target = cutmix(x, y, box=(1, 2, 5, 4), index=INDEX)
    assert mixed.dtype == x.dtype and mixed.shape == x.shape and target.lam == pytest.approx(1 - 8 / 30)
    expected = planes(x).copy()
    expected[..., 2:4, 1:5] = planes(x)[INDEX][..., 2:4, 1:5]
    np.testing.assert_array_equal(planes(mixed), expected)


@layouts
def test_both_ends(shape, dtype):
    x, y = images(shape, dtype), torch.arange(4)
    for options in ({"lam": 1}, {"alpha": 0}, {"box": (3, 2, 3, 2)}):
        mixed, target = cutmix(x, y, **options)
        assert mixed is x and target.lam == 1
    mixed, target = cutmix(x, y, box=(0, 0, 6, 5), index=INDEX)
    assert target.lam == 0
    np.testing.assert_array_equal(mixed.numpy(), x.numpy()[INDEX])


def test_the_gradient_is_the_adjoint():
    """<g, M x> = <M' g, x>: M is linear."""
    x, g = images().requires_grad_(), np.random.default_rng(1).standard_normal((4, 2, 5, 6))
    mixed, _ = cutmix(x, torch.arange(4), box=(1, 1, 5, 5), index=INDEX)
    mixed.backward(torch.tensor(g))
    assert (mixed.detach().numpy() * g).sum() == pytest.approx((x.grad.numpy() * x.detach().numpy()).sum(), rel=1e-12)
    np.testing.assert_allclose(x.grad.numpy().sum(axis=0), g.sum(axis=0), rtol=1e-12)


def test_the_gradient_that_stays_in_its_image_is_noticed():
    class Wrong(CutMixFunction):
        @staticmethod
        def backward(ctx, grad_y):
            grad_x = grad_y.copy()
            grad_x[ctx.where] = grad_y[ctx.where][ctx.saved[0]]  # the partner's in place of the one whose partner it is
            return grad_x, None

    x = images().requires_grad_()
    where = (slice(None), slice(None), slice(1, 3), slice(0, 2))
    assert gradcheck(lambda x: CutMixFunction.apply(x, np.array(INDEX), where=where), (x,))
    assert not gradcheck(lambda x: Wrong.apply(x, np.array(INDEX), where=where), (x,), raise_exception=False)


def test_gradcheck_replays_what_was_drawn():
    assert gradcheck(lambda x: cutmix(x, torch.arange(4), 1.0)[0], (images().requires_grad_(),))


# the box


def test_the_box_by_hand():
    """lam = 3/4 halves the sides: 16 x 8 pixels give half sides 4 and 2."""
    assert sorted({(x2 - x1, y2 - y1) for x1, y1, x2, y2 in boxes(8, 16, 0.75)})[-1] == (8, 4)
    assert boxes(8, 16, 0.75)[0] == (0, 0, 4, 2) and boxes(8, 16, 0.75)[-1] == (11, 5, 16, 8)
    assert all(x1 == x2 and y1 == y2 for x1, y1, x2, y2 in boxes(8, 16, 1.0))
    assert (0, 0, 16, 8) in boxes(8, 16, 0.0) and boxes(8, 16, 0.0)[0] == (0, 0, 8, 4)


@pytest.mark.parametrize("lam", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("size", [(28, 28), (7, 12), (1, 5)])
def test_boxes_lie_inside_and_cover_what_they_say(lam, size):
    height, width = size
    x, y = torch.zeros(2, 1, height, width), torch.arange(2)
    for box in boxes(height, width, lam):
        x1, y1, x2, y2 = box
        assert 0 <= x1 <= x2 <= width and 0 <= y1 <= y2 <= height
        assert x2 - x1 <= width * math.sqrt(1 - lam) and y2 - y1 <= height * math.sqrt(1 - lam)
        target = cutmix(x, y, box=box)[1]
        assert target.lam == pytest.approx(1 - (x2 - x1) * (y2 - y1) / (height * width)) and target.lam >= lam - 1e-12


def test_lam_is_the_share_of_ones_that_stay():
    """Image 0 is 1, image 1 is 0: what is left of each is lam, whatever was drawn."""
    x = torch.tensor(np.stack([np.ones((1, 9, 7)), np.zeros((1, 9, 7))]))
    for seed in range(20):
        mixed, target = cutmix(x, torch.arange(2), index=[1, 0], generator=random.Generator(seed))
        assert mixed.numpy().mean(axis=(1, 2, 3)) == pytest.approx([target.lam, 1 - target.lam], abs=1e-12)


def test_centres_are_uniform():
    """n = 6,000 centres on 3 x 4 pixels: each share within 6 sigma."""
    n, seen, generator = 6000, np.zeros((3, 4)), random.Generator(0)
    for _ in range(n):
        x1, y1, _, _ = draw_box("cutmix", 1.0, 3, 4, generator)
        seen[y1, x1] += 1
    assert abs(seen / n - 1 / 12).max() < 6 * (1 / 12 * 11 / 12 / n) ** 0.5


# why it regularizes


def test_what_least_squares_sees():
    """Equations (8) and (9), exactly: over all pairs of images, all centres, and two values of lam."""
    rng = np.random.default_rng(0)
    n, height, width = 5, 3, 4
    x, y = rng.normal(size=(n, height, width)), rng.normal(size=n)
    x -= x.mean(axis=0)
    y -= y.mean()
    flat = x.reshape(n, -1)
    every = [box for lam in (0.75, 0.4) for box in boxes(height, width, lam)]
    second, cross, R, d = (np.zeros(shape) for shape in ((12, 12), (12,), (12, 12), (12,)))
    for x1, y1, x2, y2 in every:
        m = np.ones((height, width))
        m[y1:y2, x1:x2] = 0
        m = m.ravel()
        lam = m.mean()
        R += (m[:, None] == m) / len(every)
        d += (m * lam + (1 - m) * (1 - lam)) / len(every)
        for i, j in itertools.product(range(n), repeat=2):
            mixed, target = m * flat[i] + (1 - m) * flat[j], lam * y[i] + (1 - lam) * y[j]
            second += np.outer(mixed, mixed) / (len(every) * n**2)
            cross += mixed * target / (len(every) * n**2)
    np.testing.assert_allclose(second, R * (flat.T @ flat / n), atol=1e-12)
    np.testing.assert_allclose(cross, d * (flat.T @ y / n), atol=1e-12)
    assert (np.diag(R) == pytest.approx(np.ones(12))) and R[0, 1] > R[0, 3] and R[5, 6] > R[4, 7] and d.max() < 1


def test_batch_norm_meets_the_same_pixels():
    x = images()
    mixed, _ = cutmix(x, torch.arange(4), box=(1, 1, 5, 5), index=INDEX)
    np.testing.assert_array_equal(np.sort(mixed.numpy(), axis=0), np.sort(x.numpy(), axis=0))


# chance


def test_chance_comes_from_the_generator():
    x, y = images(), torch.arange(4)
    one, same = (cutmix(x, y, generator=random.Generator(3), return_draws=True) for _ in range(2))
    assert one[0].tolist() == same[0].tolist() and one[2][0] == same[2][0]
    boxes_drawn = {cutmix(x, y, generator=random.Generator(seed), return_draws=True)[2][0] for seed in range(8)}
    assert len(boxes_drawn) > 4
    with random.freeze() as draws:
        first = cutmix(x, y)[0].tolist()
        draws.rewind()
        assert cutmix(x, y)[0].tolist() == first
    box, index = one[2]
    np.testing.assert_array_equal(cutmix(x, y, box=box, index=index)[0].numpy(), one[0].numpy())


@layouts
def test_the_transform_and_the_function_are_one(shape, dtype):
    x, labels = images(shape, dtype), torch.arange(4)
    (mixed, soft), (box, index) = CutMix(num_classes=5)([x, labels], return_draws=True)
    assert index.tolist() == [3, 0, 1, 2]
    again, target = cutmix(x, labels, box=box, index=index)
    np.testing.assert_array_equal(mixed.numpy(), again.numpy())
    np.testing.assert_array_equal(soft.numpy(), target.soft(5).numpy())
    scores = torch.tensor(np.random.default_rng(0).standard_normal((4, 5)).astype("float32"))
    assert F.cross_entropy(scores, soft).item() == pytest.approx(mixed_loss(F.cross_entropy, scores, target).item(), rel=1e-6)
    arrays = CutMix(num_classes=5)(x.numpy(), labels.numpy(), draws=(box, index))
    assert type(arrays) is tuple and isinstance(arrays[0], np.ndarray)
    np.testing.assert_array_equal(arrays[0], mixed.numpy())


def test_the_number_of_workers_changes_no_digit():
    data = TensorDataset(images((40, 1, 5, 6)), torch.arange(40) % 5)

    def epochs(workers):
        torch.manual_seed(4)
        loader = DataLoader(data, 8, shuffle=True, num_workers=workers, batch_transform=CutMix(num_classes=5))
        return [[part.tolist() for part in batch] for _ in range(2) for batch in loader]

    assert epochs(0) == epochs(2)


X, Y = torch.zeros(3, 1, 4, 5), torch.tensor([0, 1, 2])


@pytest.mark.parametrize(
    ("error", "said", "call"),
    [
        (ValueError, "alpha must be at least 0, got alpha=-0.5", lambda: cutmix(X, Y, -0.5)),
        (ValueError, r"lam must lie in \[0, 1\], got lam=1.5; it is the share", lambda: cutmix(X, Y, lam=1.5)),
        (TypeError, "lam must be a number, got lam='x'", lambda: cutmix(X, Y, lam="x")),
        (
            ValueError,
            r"lam and box exclude each other, got lam=0.5 and box=\(0, 0, 1, 1\)",
            lambda: cutmix(X, Y, lam=0.5, box=(0, 0, 1, 1)),
        ),
        (ValueError, r"0 <= x1 <= x2 <= 5 and 0 <= y1 <= y2 <= 4, got \(0, 0, 1, 5\)", lambda: cutmix(X, Y, box=(0, 0, 1, 5))),
        (ValueError, r"box must be .*, got \(3, 0, 1, 4\)", lambda: cutmix(X, Y, box=(3, 0, 1, 4))),
        (ValueError, r"box must be .*, got \(3, 4\)", lambda: cutmix(X, Y, box=(3, 4))),
        (
            ValueError,
            r"index must be a permutation of 0 to 2, got int64 of shape \(3,\), \[0, 1, 1\]",
            lambda: cutmix(X, Y, index=[0, 1, 1]),
        ),
        (ValueError, r"images of a batch must be uint8 .*, got float32 of shape \(3, 4\)", lambda: cutmix(torch.zeros(3, 4), Y)),
        (TypeError, r"image must be uint8 or floating point, got int64 of shape \(3, 1, 4, 5\)", lambda: cutmix(X.long(), Y)),
        (ValueError, r"as many examples, got shapes \(3, 1, 4, 5\) and \(2,\)", lambda: cutmix(X, Y[:2])),
        (TypeError, "x must be a Tensor, got ndarray", lambda: cutmix(X.numpy(), Y)),
    ],
)
def test_refusals_name_the_values(error, said, call):
    with pytest.raises(error, match=f"^cutmix: .*{said}"):
        call()


def test_the_transform_refuses():
    with pytest.raises(ValueError, match="^CutMix: alpha must be at least 0, got alpha=-1"):
        CutMix(alpha=-1)
    with pytest.raises(ValueError, match="^CutMix: num_classes must be passed"):
        CutMix()([X, Y])
    assert repr(CutMix(num_classes=3)) == "CutMix(alpha=1.0, num_classes=3)" and CutMix().stochastic


def test_the_function_is_pure():
    x, index = np.arange(16.0).reshape(4, 1, 2, 2), np.array(INDEX)
    where = (slice(None), slice(None), slice(0, 1), slice(0, 2))
    before = random.get_state()
    first, second = (CutMixFunction.apply(wrap(x), index, where=where).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.ravel().tolist() == list(range(16))
