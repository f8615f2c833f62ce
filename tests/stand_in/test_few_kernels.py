"""What a GPU computes by other kernels than a CPU, edge cases included: the same numbers."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal
from tinyreg import backend
from tinyreg.nn import functional as F
from tinyreg.ops import labels, normalizing
from tinyreg.regularization import label_smoothing


def both(device, compute, *arrays):
    """What compute returns for arrays on the device, and for the same on the host."""
    tinyreg.use_backend("numpy")
    wanted = [np.asarray(x) for x in compute(*arrays)]
    tinyreg.use_backend("cupy")
    return [backend.to_numpy(x) for x in compute(*[device.library.asarray(x) for x in arrays])], wanted


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 4, 5), (1, 2, 1), (3, 2, 0), (0, 2, 3)], ids=str)
@pytest.mark.parametrize("pooled", [True, False])
def test_moments(device, shape, pooled):
    x = np.random.default_rng(0).standard_normal(shape)
    got, wanted = both(device, lambda x: normalizing.moments(x, pooled), x)
    assert_equal(got, wanted)


@pytest.mark.parametrize("pooled", [True, False])
def test_moments_far_from_zero(device, pooled):
    """float32 at mean 1000 and variance 1: the variance to four digits, where E[x^2] - E[x]^2 has none."""
    x = (1000 + np.random.default_rng(0).standard_normal((32, 2, 400))).astype("float32")
    (mean, var), _ = both(device, lambda x: normalizing.moments(x, pooled), x)
    axes = (0, 2) if pooled else 2
    np.testing.assert_allclose(mean, x.astype("float64").mean(axis=axes), rtol=1e-6)
    np.testing.assert_allclose(var, x.astype("float64").var(axis=axes), rtol=2e-4)
    assert mean.dtype == var.dtype == np.float32


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4, 5)], ids=str)
@pytest.mark.parametrize("pooled", [True, False])
def test_sums_and_maps(device, shape, pooled):
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, *shape))
    k, u, d = rng.standard_normal((3, *(shape[1:2] if pooled else shape[:2])))

    def compute(g, x, k, u, d):
        joined = normalizing.join_roads(g, x, k, u, d)
        return [*normalizing.sums(g, x, k), normalizing.affine(x, k), normalizing.affine(x, k, u), joined]

    assert_equal(*both(device, compute, g, x, k, u, d))


def test_half_precision_goes_the_long_way(device):
    x = np.full((1000, 1, 1000), 0.5, dtype="float16")  # a millionth of it has two bits
    (mean, var), _ = both(device, lambda x: normalizing.moments(x, True), x)
    np.testing.assert_allclose(mean, 0.5, rtol=1e-2)
    assert (var < 1e-4).all()


@pytest.mark.parametrize("one_block", [1, 2**15])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_cross_entropy(device, monkeypatch, one_block, reduction, smoothing):
    """Rows that are ignored and hold nan, a score of -inf, and more rows than one block of threads sums."""
    for module in (labels, label_smoothing):
        monkeypatch.setattr(module, "ONE_BLOCK", one_block)
    scores = np.random.default_rng(0).standard_normal((5, 3)).astype("float32")
    scores[1] = np.nan
    if not smoothing:
        scores[2, 0] = -np.inf
    target = np.array([0, -100, 1, 2, 2])

    def loss(scores, target):
        x = tinyreg.as_tensor(scores).requires_grad_()
        y = F.cross_entropy(x, tinyreg.as_tensor(target), reduction=reduction, label_smoothing=smoothing)
        y.sum().backward()
        return y.detach().array, x.grad.array

    got, wanted = both(device, loss, scores, target)
    assert_equal(got, wanted)
    assert np.isfinite(got[0]).all() and (got[1][1] == 0).all()


def test_cross_entropy_of_no_row(device):
    for target in (np.full(2, -100), np.zeros(0, dtype="int64")):
        x = tinyreg.zeros(len(target), 3).requires_grad_()
        y = F.cross_entropy(x, tinyreg.tensor(target))
        y.backward()
        assert np.isnan(y.item()) and (x.grad.numpy() == 0).all()


@pytest.mark.parametrize("one_block", [1, 2**15])
@pytest.mark.parametrize("wrong", [3, -1, -101])
def test_a_label_out_of_range_is_found(device, monkeypatch, one_block, wrong):
    monkeypatch.setattr(labels, "ONE_BLOCK", one_block)
    F.cross_entropy(tinyreg.zeros(3, 3), tinyreg.tensor([0, 2, -100]))
    F.cross_entropy(tinyreg.zeros(2, 3), tinyreg.tensor([0, wrong]))
    with pytest.raises(IndexError, match=rf"must lie in \[0, 2\] or be ignore_index=-100, got {wrong} at index \(1,\)"):
        backend.run_checks()


POOLS = {  # windows apart and overlapping, whole and cut
    "2": {"kernel_size": 2},
    "3 apart": {"kernel_size": 3, "stride": 3},
    "1 x 2": {"kernel_size": (1, 2)},
    "gaps": {"kernel_size": 2, "stride": 3},
    "padded": {"kernel_size": 2, "padding": 1},
    "overlapping": {"kernel_size": 3, "stride": 2},
    "over the edge": {"kernel_size": 2, "ceil_mode": True},
    "many taps": {"kernel_size": 6, "stride": 6},
}


@pytest.mark.parametrize("name", POOLS)
def test_max_pool(device, name):
    """With ties and a nan."""
    x = np.random.default_rng(0).integers(0, 3, (2, 2, 7, 7)).astype("float64")
    x[0, 0, 2, 2] = np.nan

    def pooled(x):
        x = tinyreg.as_tensor(x).requires_grad_()
        y = F.max_pool2d(x, **POOLS[name])
        (y * tinyreg.arange(y.numel()).reshape(y.shape)).sum().backward()
        return y.detach().array, x.grad.array

    assert_equal(*both(device, pooled, x))
