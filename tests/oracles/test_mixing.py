"""Mixup, cutmix and random erasing against torchvision: given its draws the same images and labels, and draws like its own."""

import math

import numpy as np
import pytest

import tinyreg
from tests.oracles.vision import torchvision
from tinyreg.regularization import CutMix, MixUp, RandomErasing, cutmix
from tinyreg.regularization.cutmix import draw_box
from tinyreg.regularization.mixup import rolled

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def v2():
    """torchvision's transforms; skipped, visibly, where it is not installed."""
    try:
        torchvision()
    except ImportError as error:
        pytest.skip(str(error))
    from torchvision.transforms import v2

    return v2


def batch(dtype="float32"):
    rng = np.random.default_rng(0)
    return rng.standard_normal((6, 3, 9, 12)).astype(dtype), np.array([0, 2, 1, 1, 0, 2])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("labels", ["classes", "probabilities"])
@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
@pytest.mark.parametrize("seed", range(4))
def test_the_draws_of_torchvision_give_its_batch(v2, monkeypatch, dtype, labels, name, seed):
    x, y = batch(dtype)
    if labels == "probabilities":
        y = np.random.default_rng(1).dirichlet(np.ones(3), 6).astype("float32")
    torch.manual_seed(seed)
    theirs, params = getattr(v2, name)(num_classes=3), {}
    draw = theirs.make_params
    monkeypatch.setattr(theirs, "make_params", lambda inputs: params.update(draw(inputs)) or params)
    a, p = theirs(torch.tensor(x), torch.tensor(y))
    ours = {"MixUp": MixUp, "CutMix": CutMix}[name](num_classes=3)
    b, q = ours(tinyreg.tensor(x), tinyreg.tensor(y), draws=(params["lam" if name == "MixUp" else "box"], rolled(6)))
    assert str(b.dtype) == dtype and (b.shape, q.shape) == (a.shape, p.shape)
    np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(q.numpy(), p.numpy(), rtol=1e-6, atol=1e-7)


def test_boxes_of_cutmix_are_torchvisions(v2, monkeypatch):
    """For the lam and the centre that it drew: the box, and the lam that it is set to."""
    height, width = 13, 20
    images = torch.zeros(2, 1, height, width)
    for seed in range(200):
        theirs, seen = v2.CutMix(num_classes=2), {}
        torch.manual_seed(seed)
        beta, randint = theirs._dist.sample, torch.randint
        monkeypatch.setattr(theirs._dist, "sample", lambda shape, beta=beta, seen=seen: seen.setdefault("lam", beta(shape)))

        def drawn(high, size, seen=seen, randint=randint):
            return seen.setdefault("x" if "x" not in seen else "y", randint(high, size=size))

        with monkeypatch.context() as patch:
            patch.setattr(torch, "randint", drawn)
            params = theirs.make_params([images])

        class Told:
            def __init__(self, *centre):
                self.centre = iter(centre)

            def integers(self, low, high, shape, host):
                return next(self.centre)

        box = draw_box("cutmix", float(seen["lam"]), height, width, Told(int(seen["x"]), int(seen["y"])))
        assert box == params["box"]
        target = cutmix(tinyreg.zeros(2, 1, height, width), tinyreg.arange(2), box=box)[1]
        assert target.lam == pytest.approx(params["lam_adjusted"], abs=1e-12)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [*((value, dtype) for value in (0, 7.5, (1, 2, 3)) for dtype in ("float32", "uint8")), ("random", "float32")],
)
def test_the_boxes_of_torchvision_erase_the_same_pixels(v2, value, dtype):
    x = np.random.default_rng(0).uniform(1, 200, (3, 14, 17)).astype(dtype)
    theirs = v2.RandomErasing(p=1, value=value)
    for seed in range(20):
        torch.manual_seed(seed)
        params = theirs.make_params([torch.tensor(x)])
        expected = theirs.transform(torch.tensor(x), params).numpy()
        i, j, h, w = (params[name] for name in "ijhw")
        draws = np.array([[i, j, h, w]])
        if value == "random":
            draws = draws, params["v"].numpy().reshape(1, 3, h * w)
        if dtype == "uint8":
            ours = RandomErasing(value=value)(x.transpose(1, 2, 0), draws=draws).transpose(2, 0, 1)
        else:
            ours = RandomErasing(value=value)(x, draws=draws)
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("settings", [{}, {"scale": (0.3, 0.9)}, {"ratio": (0.05, 20.0), "scale": (0.1, 0.3)}])
def test_boxes_are_distributed_as_torchvisions(v2, settings):
    """Mean of height, width, area, row, column, and the share that none of ten attempts fitted; n = 4,000 each, 6 sigma."""
    n, height, width = 4000, 16, 24
    torch.manual_seed(0)
    theirs, image = v2.RandomErasing(p=1, **settings), torch.zeros(1, height, width)
    found = [theirs.make_params([image]) for _ in range(n)]
    a = np.array([[0] * 4 if p["v"] is None else [p[name] for name in "ijhw"] for p in found], dtype=float)
    b = RandomErasing(p=1, **settings).draw(tinyreg.Generator(0), n, (1, height, width)).astype(float)
    for of in (
        lambda x: x[:, 0],
        lambda x: x[:, 1],
        lambda x: x[:, 2],
        lambda x: x[:, 3],
        lambda x: x[:, 2] * x[:, 3],
        lambda x: x[:, 2] == 0,
    ):
        first, second = of(a), of(b)
        assert abs(first.mean() - second.mean()) <= 6 * math.sqrt((first.var() + second.var()) / n)


def test_lam_is_distributed_as_torchvisions(v2):
    """n = 20,000 each, 6 sigma, for the variance too (numbers in [0, 1])."""
    n = 20_000
    for alpha in (0.2, 1.0, 5.0):
        torch.manual_seed(0)
        a = v2.MixUp(alpha=alpha, num_classes=2)._dist.sample((n,)).numpy().ravel()
        b = tinyreg.Generator(0).beta(alpha, alpha, (n,), "float64")
        for of in (lambda x: x, lambda x: (x - 0.5) ** 2):
            assert abs(of(a).mean() - of(b).mean()) < 6 * math.sqrt((of(a).var() + of(b).var()) / n)
