import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import linear_regression, spirals, two_moons


def test_moons_without_noise_lie_on_their_half_circles():
    x, y = two_moons(101, noise=0)
    points, labels = x.numpy(), y.numpy()
    assert points.dtype == np.float32 and y.dtype == torch.int64 and np.bincount(labels).tolist() == [50, 51]
    outer, inner = points[labels == 0], points[labels == 1]
    np.testing.assert_allclose((outer**2).sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(((inner - [1, 0.5]) ** 2).sum(1), 1, rtol=1e-6)
    assert outer[:, 1].min() > -1e-6 and inner[:, 1].max() < 0.5 + 1e-6
    assert set(np.round(outer[:, 0], 5)) >= {1.0, -1.0} and set(np.round(inner[:, 0], 5)) >= {0.0, 2.0}
    assert labels[:50].sum() not in (0, 50)  # in random order


def test_spirals_by_hand():
    x, y = spirals(4, noise=0, turns=0, dtype="float64")
    order = np.lexsort(x.numpy().T[::-1])
    np.testing.assert_allclose(x.numpy()[order], [[-0.875, 0], [-0.375, 0], [0.125, 0], [0.625, 0]], atol=1e-15)
    assert y.numpy()[order].tolist() == [1, 1, 0, 0]
    x, y = spirals(300, noise=0, classes=3, turns=0.5, dtype="float64")
    radius = np.hypot(*x.numpy().T)
    angle = np.arctan2(x.numpy()[:, 1], x.numpy()[:, 0])
    turn = (angle - 2 * np.pi * (0.5 * radius + y.numpy() / 3) + 1) % (2 * np.pi) - 1
    np.testing.assert_allclose(turn, 0, atol=1e-10)
    np.testing.assert_allclose(np.sort(radius), (np.arange(300) + 0.5) / 300)


@pytest.mark.parametrize("make", [two_moons, spirals])
def test_noise_has_its_deviation(make):
    clean, _ = make(20_000, noise=0.0, generator=torch.Generator(1), dtype="float64")
    noisy, _ = make(20_000, noise=0.3, generator=torch.Generator(1), dtype="float64")
    noise = (noisy - clean).numpy() / 0.3
    # 40,000 normal numbers: the mean has the deviation 1/200, their deviation about 1/283; 6 sigma
    assert abs(noise.mean()) < 6 / 200 and abs(noise.std() - 1) < 6 / 283 and abs(noise[:, 0] @ noise[:, 1]) / 20_000 < 6 / 141


@pytest.mark.parametrize("make", [two_moons, spirals, lambda n, **options: linear_regression(n, 3, **options)])
def test_the_seed_decides_and_the_dtype_only_rounds(make):
    first, again, other, wide = (
        make(50, generator=torch.Generator(seed), dtype=dtype) for seed, dtype in ((1, None), (1, None), (2, None), (1, "float64"))
    )
    for a, b, c, d in zip(first, again, other, wide):
        assert torch.equal(a, b) and a.shape == c.shape
        np.testing.assert_array_equal(a.numpy(), d.numpy().astype(a.numpy().dtype))
    assert not torch.equal(first[0], other[0]) and wide[0].dtype == torch.float64
    assert len(make(0)[0]) == 0


def test_linear_regression_is_what_it_says():
    x, y, weight = linear_regression(2000, 5, noise=0.0, dtype="float64", generator=torch.Generator(0))
    np.testing.assert_allclose(x.numpy() @ weight.numpy(), y.numpy(), atol=1e-12)
    assert np.linalg.norm(weight.numpy()) == pytest.approx(1)
    x, y, weight = linear_regression(40_000, 3, noise=0.5, weight=[3, 0, -1], generator=torch.Generator(0))
    assert weight.tolist() == [3, 0, -1] and x.shape == (40_000, 3) and y.shape == (40_000,)
    residual = y.numpy() - x.numpy() @ weight.numpy()
    # the deviation of 40,000 numbers has the relative deviation 1/283; 6 sigma
    assert abs(residual.std() / 0.5 - 1) < 6 / 283
    assert abs(x.numpy().T @ x.numpy() / 40_000 - np.eye(3)).max() < 6 / 141


def test_correlated_inputs():
    x, _, _ = linear_regression(40_000, 6, correlation=-0.5, generator=torch.Generator(0), dtype="float64")
    distance = abs(np.arange(6)[:, None] - np.arange(6))
    assert abs(np.cov(x.numpy().T) - (-0.5) ** distance).max() < 6 / 141


def test_least_squares_peaks_at_as_many_examples_as_inputs():
    """Nakkiran et al. 2021, figure 1, at a tenth of its size."""
    risk = {}
    for n in (10, 50, 200):
        runs = []
        for seed in range(5):
            x, y, weight = linear_regression(n, 50, noise=0.5, generator=torch.Generator(seed), dtype="float64")
            fitted = np.linalg.lstsq(x.numpy(), y.numpy(), rcond=None)[0]
            runs.append(((fitted - weight.numpy()) ** 2).sum() + 0.25)
        risk[n] = np.mean(runs)
    assert risk[50] > 5 * risk[10] > 5 * 0.7 and risk[200] < 0.45


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: two_moons(-1), "two_moons: n must be an integer of at least 0, got n=-1"),
        (lambda: two_moons(2.5), "got n=2.5"),
        (lambda: two_moons(5, noise=-0.1), "noise must be a number of at least 0.0, got noise=-0.1"),
        (lambda: spirals(5, classes=0), "classes must be an integer of at least 1, got classes=0"),
        (lambda: spirals(5, noise=float("inf")), "got noise=inf"),
        (lambda: spirals(5, turns=float("nan")), "got turns=nan"),
        (lambda: linear_regression(5, 0), "d must be an integer of at least 1, got d=0"),
        (lambda: linear_regression(5, 3, weight=[1, 2]), r"weight must hold d=3 numbers, got shape \(2,\)"),
        (lambda: linear_regression(5, 3, correlation=1), r"correlation must lie in \(-1, 1\), got correlation=1"),
        (lambda: linear_regression(5, 3, noise=-1), "got noise=-1"),
    ],
)
def test_refusals(act, message):
    with pytest.raises(ValueError, match=message):
        act()
