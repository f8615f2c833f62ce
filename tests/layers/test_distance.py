import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg import nn
from tinyreg.nn import functional as F

VECTORS = hnp.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 3), st.integers(1, 4)), elements=st.floats(0.1, 10))


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def test_by_hand():
    x, y = leaf([[3.0, 4.0], [0.0, 0.0]]), tinyreg.tensor([[4.0, 3.0], [1.0, 0.0]], dtype=tinyreg.float64)
    assert F.normalize(x).tolist() == [[0.6, 0.8], [0, 0]] and F.normalize(x, p=1, dim=0).tolist() == [[1, 1], [0, 0]]
    assert F.normalize(x, dim=None).tolist() == [[0.6, 0.8], [0, 0]] and F.normalize(x, eps=10.0).tolist() == [[0.3, 0.4], [0, 0]]
    np.testing.assert_allclose(F.cosine_similarity(x, y).detach().numpy(), [24 / 25, 0], rtol=1e-14)
    np.testing.assert_allclose(F.pairwise_distance(x, y, eps=0).detach().numpy(), [math.sqrt(2), 1], rtol=1e-14)
    np.testing.assert_allclose(F.pairwise_distance(x, y, 1, 1e-6).detach().numpy(), [2, 1 - 1e-6 + 1e-6], rtol=1e-14)


def test_a_direction_does_not_change_when_its_vector_grows():
    """Equation (1): the gradient has no part along the vector."""
    x, g = leaf([[3.0, 4.0]]), np.array([[1.0, 0.0]])
    F.normalize(x).backward(tinyreg.tensor(g))
    np.testing.assert_allclose(x.grad.numpy(), [[(1 - 0.36) / 5, -0.48 / 5]], rtol=1e-14)
    short = leaf([[3.0, 4.0]])
    F.normalize(short, eps=10.0).backward(tinyreg.tensor(g))
    np.testing.assert_allclose(short.grad.numpy(), g / 10, rtol=1e-14)


@settings(max_examples=30, deadline=None)
@given(VECTORS, st.floats(0.1, 10))
def test_identities(pair, factor):
    x, y = (tinyreg.tensor(z) for z in pair)
    np.testing.assert_allclose(tinyreg.norm(F.normalize(x), dim=1).numpy(), 1, rtol=1e-12)
    similarity = F.cosine_similarity(x, y).numpy()
    assert (abs(similarity) <= 1 + 1e-12).all()
    np.testing.assert_allclose(F.cosine_similarity(y, x * factor).numpy(), similarity, rtol=1e-12)
    np.testing.assert_allclose(F.cosine_similarity(x, -x).numpy(), -1, rtol=1e-12)
    # the law of cosines
    squares = (pair**2).sum(axis=2)
    wanted = squares.sum(axis=0) - 2 * np.sqrt(squares.prod(axis=0)) * similarity
    np.testing.assert_allclose(F.pairwise_distance(x, y, eps=0).numpy() ** 2, wanted, rtol=1e-6, atol=1e-9)


def test_shapes_broadcast():
    x, y = tinyreg.randn(3, 4), tinyreg.randn(2, 4)
    assert F.cosine_similarity(x[:, None], y, dim=-1).shape == (3, 2)
    assert F.cosine_similarity(x[0], y, dim=1).shape == (2,)  # dimension 1 of the common shape
    assert F.pairwise_distance(x[:, None], y).shape == (3, 2) and F.pairwise_distance(x, y[0], keepdim=True).shape == (3, 1)
    assert F.pairwise_distance(x[0], y[0]).shape == () and F.cosine_similarity(x[:0], y[:0]).shape == (0,)
    assert F.cosine_similarity(x, tinyreg.ones(4, dtype=tinyreg.int64)).dtype == tinyreg.float32


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda x: F.normalize(x.long()), RuntimeError, "normalize: input must be floating point, got dtype int64"),
        (lambda x: F.normalize(x, dim=2), IndexError, "normalize: .* got dim=2"),
        (lambda x: F.normalize(x, p="a"), RuntimeError, "norm: p must be a number.* got 'a'"),
        (lambda x: F.normalize(x, eps="a"), TypeError, "normalize: eps must be a number, got eps='a'"),
        (lambda x: F.normalize([1.0]), TypeError, "normalize: input must be a Tensor, got list"),
        (lambda x: F.cosine_similarity(x, x[:, :2]), RuntimeError, r"cosine_similarity: shapes must broadcast .* \(2, 3\) and \(2, 2\)"),
        (lambda x: F.cosine_similarity(x, x, 2), IndexError, "cosine_similarity: .* got dim=2"),
        (lambda x: F.cosine_similarity(x.long(), x.long()), RuntimeError, "cosine_similarity: x1 must be floating point, got dtype int64"),
        (lambda x: F.cosine_similarity(x, x, eps=-1), RuntimeError, "cosine_similarity: eps must be at least 0, got eps=-1"),
        (lambda x: F.cosine_similarity(x, 1.0), TypeError, "cosine_similarity: x2 must be a Tensor, got float"),
        (lambda x: F.pairwise_distance(x, x, p="a"), TypeError, "pairwise_distance: p must be a number, got p='a'"),
        (lambda x: F.pairwise_distance(None, x), TypeError, "pairwise_distance: x1 must be a Tensor, got NoneType"),
        (lambda x: nn.PairwiseDistance("a"), TypeError, "PairwiseDistance: p must be a number, got p='a'"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call(tinyreg.ones(2, 3))


def test_modules():
    x, y = tinyreg.randn(3, 4), tinyreg.randn(3, 4)
    assert nn.CosineSimilarity(0, 1e-3)(x, y).tolist() == F.cosine_similarity(x, y, 0, 1e-3).tolist()
    assert nn.PairwiseDistance(1, 0, True)(x, y).tolist() == F.pairwise_distance(x, y, 1, 0, True).tolist()
    assert repr(nn.CosineSimilarity()) == "CosineSimilarity()" and repr(nn.PairwiseDistance()) == "PairwiseDistance()"
