import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers.upsample import Upsample, interpolate, runs, sources


def test_by_hand():
    x = tinyreg.tensor([[[[1.0, 2.0], [3.0, 4.0]]]], requires_grad=True)
    y = interpolate(x, scale_factor=2)
    assert y.tolist() == [[[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]]
    y.backward(tinyreg.arange(16.0).reshape(1, 1, 4, 4))
    assert x.grad.tolist() == [[[[0 + 1 + 4 + 5, 2 + 3 + 6 + 7], [8 + 9 + 12 + 13, 10 + 11 + 14 + 15]]]]


def test_sizes_and_factors_that_are_not_whole():
    x = tinyreg.tensor([[[1, 2, 3, 4, 5]]])
    assert interpolate(x, 7).tolist() == [[[1, 1, 2, 3, 3, 4, 5]]]
    assert interpolate(x, 3).tolist() == [[[1, 2, 4]]] and interpolate(x, scale_factor=0.5).tolist() == [[[1, 3]]]
    # 8 values of 5: every 1/1.7 (as the factor says), or every 5/8 (as the sizes say)
    assert interpolate(x, scale_factor=1.7).tolist() == [[[1, 1, 2, 2, 3, 3, 4, 5]]]
    assert interpolate(x, scale_factor=1.7, recompute_scale_factor=True).tolist() == [[[1, 1, 2, 2, 3, 4, 4, 5]]]


@given(st.integers(1, 9), st.integers(1, 25))
def test_sources_are_the_nearest_below(n, m):
    places = sources(n, m, n / m)
    exact = [p * n / m for p in range(m)]
    assert all(place in (int(e), max(int(np.ceil(e)) - 1, 0)) or abs(e - round(e)) < 1e-5 for place, e in zip(places, exact))
    assert places[0] == 0 and max(places) <= n - 1 and places == sorted(places)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_runs_name_every_place_once_and_every_value_once_a_pair(places):
    places = sorted(places)
    found = {}
    for there, here in runs(places):
        there, here = (np.arange(99)[pick].tolist() if isinstance(pick, list) else list(range(99))[pick] for pick in (there, here))
        assert len(set(here)) == len(here) == len(there)
        found.update(zip(there, here))
    assert found == dict(enumerate(places))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 11)), min_size=1, max_size=3), st.booleans())
def test_it_copies_and_backward_is_the_adjoint(axes, last):
    inside, out = zip(*axes)
    array = np.random.default_rng(0).standard_normal((2, 3, *inside))
    if last:
        array = np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)
    x = tinyreg.as_tensor(array).requires_grad_()
    y = interpolate(x, out)
    expected = array
    for axis, (n, m) in enumerate(axes):
        expected = expected.take(sources(n, m, n / m), axis + 2)
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    G = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(tinyreg.as_tensor(G))
    np.testing.assert_allclose((expected * G).sum(), (array * x.grad.numpy()).sum(), rtol=1e-10, atol=1e-10)


def test_memory_order_and_dtype_are_kept():
    x = tinyreg.zeros(2, 4, 5, 3).permute(0, 3, 1, 2)  # channels last in memory
    y = interpolate(x, scale_factor=3)
    assert y.permute(0, 2, 3, 1).is_contiguous() and y.dtype == tinyreg.float32
    assert interpolate(tinyreg.tensor([[[True, False]]]), 4).tolist() == [[[True, True, False, False]]]


def test_pooling_undoes_it():
    x = tinyreg.randn(2, 3, 4, 5)
    assert tinyreg.nn.functional.max_pool2d(interpolate(x, scale_factor=(3, 2)), (3, 2)).equal(x)


def test_layer():
    x = tinyreg.randn(2, 3, 4, 5)
    assert Upsample(scale_factor=2)(x).equal(interpolate(x, scale_factor=2)) and Upsample((3, 9))(x).equal(interpolate(x, (3, 9)))
    assert Upsample(scale_factor=(1.5, 1.7), recompute_scale_factor=True)(x).equal(interpolate(x, (6, 8)))
    assert repr(Upsample(scale_factor=2)) == "Upsample(scale_factor=2.0, mode='nearest')"
    assert repr(Upsample(3)) == "Upsample(size=3, mode='nearest')"
    assert repr(Upsample(scale_factor=[2, 3])) == "Upsample(scale_factor=(2.0, 3.0), mode='nearest')"


X = tinyreg.ones(1, 1, 5, 5)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: interpolate(X), ValueError, "one of size and scale_factor must be given, got size=None and scale_factor=None"),
        (lambda: interpolate(X, 3, 2), ValueError, "one of size and scale_factor must be given, got size=3 and scale_factor=2"),
        (lambda: interpolate(X, (3,)), ValueError, r"size must hold one entry for each of the 2 spatial axes, got size=\(3,\)"),
        (lambda: interpolate(X, scale_factor=(2, 2, 2)), ValueError, r"must hold .* 2 spatial axes, got scale_factor=\(2, 2, 2\)"),
        (lambda: interpolate(X, 0), RuntimeError, r"got input of shape \(1, 1, 5, 5\) and output of size \(0, 0\)"),
        (lambda: interpolate(X, scale_factor=0.1), RuntimeError, r"must have values, got .* output of size \(0, 0\)"),
        (lambda: interpolate(X, scale_factor=-1), RuntimeError, r"must have values, got .* output of size \(-5, -5\)"),
        (lambda: interpolate(X[:, :0], 3), RuntimeError, r"got input of shape \(1, 0, 5, 5\)"),
        (lambda: interpolate(X[0, 0], 3), NotImplementedError, r"input must be \(N, C, L\), .* got shape \(5, 5\)"),
        (lambda: interpolate(X, 1.5), TypeError, "size must be a finite number, or one an axis, got size=1.5; sizes are integers"),
        (lambda: interpolate(X, scale_factor="a"), TypeError, "scale_factor must be a finite number, or one an axis, got scale_factor='a'"),
        (lambda: interpolate(X, scale_factor=float("inf")), TypeError, "scale_factor must be a finite number, .* got scale_factor=inf"),
        (lambda: interpolate(X, 3, mode="bilinear"), NotImplementedError, "mode must be 'nearest', got mode='bilinear'; .* missing here"),
        (lambda: interpolate(X, 3, mode="foo"), NotImplementedError, "mode must be 'nearest', got mode='foo'; it copies"),
        (lambda: interpolate(X, 3, align_corners=False), ValueError, "align_corners must be None for mode='nearest', got False"),
        (lambda: interpolate(X, 3, antialias=True), ValueError, "antialias must be False for mode='nearest', got True"),
        (lambda: interpolate(X, 3, recompute_scale_factor=True), ValueError, "recompute_scale_factor must .*, got size=3"),
        (lambda: interpolate([1], 3), TypeError, "input must be a Tensor, got list"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=f"^interpolate: .*{message}"):
        call()
