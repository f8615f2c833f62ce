"""normalize, cosine_similarity, pairwise_distance, linear and Unflatten in every form, against PyTorch."""

import numpy as np
import pytest

import tinyreg
from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

X = np.array([[0.0, 1.0, 3.0], [-2.0, 0.5, 0.0]])
Y = np.random.default_rng(0).standard_normal((2, 3))

DISTANCES = """
F.normalize(x); F.normalize(x, p=1); F.normalize(x, 2, 0); F.normalize(x, dim=None); F.normalize(x, dim=(0, 1))
F.normalize(x, p=np.inf, dim=-1)
F.normalize(x, p=0); F.normalize(x * 0); F.normalize(x, eps=4.0); F.normalize(x, dim=2); F.normalize(x[0]); F.normalize(x[0], dim=0)
F.normalize(x.sum(), dim=0); F.normalize(x, p='a'); F.normalize(x[:0]); F.normalize(x[:, :0]); F.normalize(y, p=-1); F.normalize(x, p=3)
F.normalize(x, eps='a'); F.normalize(x, p='fro'); F.normalize(x[:, :0], p=np.inf); F.normalize(x, dim=1.5); F.normalize(x.t())
F.normalize(x.long())
F.normalize(x.reshape(1, 2, 3)); F.normalize(x.reshape(1, 2, 3), dim=-1); F.normalize(y, p=0.5)
F.cosine_similarity(x, y); F.cosine_similarity(x, y, 0); F.cosine_similarity(x, y[0]); F.cosine_similarity(x, y[:, :1])
F.cosine_similarity(x[0], y[0], dim=0); F.cosine_similarity(x[0], y[0]); F.cosine_similarity(x, t.arange(6).reshape(2, 3))
F.cosine_similarity(x.long(), y.long()); F.cosine_similarity(x, y[:, :2]); F.cosine_similarity(x, y, 2)
F.cosine_similarity(x.sum(), y.sum(), 0)
F.cosine_similarity(x.sum(), y.sum(), 1); F.cosine_similarity(x * 0, y * 0); F.cosine_similarity(x[:0], y[:0]); F.cosine_similarity(x, 1.0)
F.cosine_similarity(x[:, :0], y[:, :0]); F.cosine_similarity(x[:, None], y[None], dim=-1); F.cosine_similarity(x, y, eps='a')
F.cosine_similarity(x[0], y, dim=1); F.cosine_similarity(x[0], y, dim=-1); F.cosine_similarity(x > 0, y); F.cosine_similarity(x, y, (0, 1))
F.cosine_similarity(x * 1e-6, y * 1e-6); F.cosine_similarity(x, y, eps=-1.0); F.cosine_similarity(x.t(), y.t())
F.pairwise_distance(x, y); F.pairwise_distance(x, y, 1); F.pairwise_distance(x, y, np.inf); F.pairwise_distance(x, y, keepdim=True)
F.pairwise_distance(x, x); F.pairwise_distance(x[0], y[0]); F.pairwise_distance(x, y[0]); F.pairwise_distance(x[0], y)
F.pairwise_distance(t.arange(3), t.arange(3)); F.pairwise_distance(t.arange(6).reshape(2, 3), x); F.pairwise_distance(x, y[:, :2])
F.pairwise_distance(x.sum(), y.sum()); F.pairwise_distance(x[:0], y[:0]); F.pairwise_distance(x[:, :0], y[:, :0])
F.pairwise_distance(x, y, p=0)
F.pairwise_distance(x, y, p=0.5); F.pairwise_distance(x, y, p='a'); F.pairwise_distance(x, 1.0); F.pairwise_distance(x, y, eps=0.0)
F.pairwise_distance(x[:, None], y[None]); F.pairwise_distance(x, y, -1); F.pairwise_distance(x, y, eps='a')
F.pairwise_distance(x, x, eps=0)
t.nn.CosineSimilarity(0)(x, y); t.nn.PairwiseDistance(1, keepdim=True)(x, y)
"""

# w, b: weight (5, 3) and bias (5,); one: a weight of one row, number: a bias for it
LINEAR = """
F.linear(x, w); F.linear(x, w, b); F.linear(x, weight=w, bias=b); F.linear(x[0], w, b); F.linear(x[:, None], w, b); F.linear(x[:0], w, b)
F.linear(x, one); F.linear(x[None], one, number); F.linear(x[0], one); F.linear(x[0], one, number); F.linear(x, w, number)
F.linear(x, w, b[:1])
F.linear(x, w, w[:2, :1]); F.linear(x, one, b[:2]); F.linear(x, one, b[:1]); F.linear(x, w, b[:2]); F.linear(x, w, w)
F.linear(x.sum(), one)
F.linear(x, w[:, :2]); F.linear(x, w.float()); F.linear(x, w, b.float()); F.linear(x, w[:, :, None]); F.linear(x[:, :0], w[:, :0], b)
F.linear(x, w[:0]); F.linear(x.t(), w[:, :2], b); F.linear(t.arange(3), t.ones(2, 3).long()); F.linear(x, None); F.linear(x, w, 2.0)
t.nn.Linear(3, 2).double()(x) * 0; t.nn.Linear(3, 0).double()(x); t.nn.Linear(2, 3).double()(x); t.nn.Linear(3, 2)(x)
t.nn.Unflatten(1, (3, 1))(x); t.nn.Unflatten(1, (1, -1))(x); t.nn.Unflatten(1, (2, -1))(x); t.nn.Unflatten(1, (2, 2))(x)
t.nn.Unflatten(-1, (1, 3))(x); t.nn.Unflatten(2, (1, 3))(x); t.nn.Unflatten(0, ())(x); t.nn.Unflatten(1, (-1, -1))(x)
t.nn.Unflatten(1, [3, 1])(x)
t.nn.Unflatten(0, (2, 0))(x[:0]); t.nn.Unflatten(1, (3.0, 1)); t.nn.Unflatten(1, 2); t.nn.Unflatten(0, (1,))(x.sum())
t.nn.Flatten()(x); t.nn.Flatten(0)(x); t.nn.Flatten()(x[0]); t.nn.Flatten(0)(x.sum()); t.nn.Flatten(2)(x); t.nn.Flatten(1, 0)(x)
"""


@pytest.mark.parametrize("source", calls(DISTANCES))
def test_distances(source):
    agree(lambda t, x, y: evaluate(source, t, x, y=y), X, Y)


@pytest.mark.parametrize("source", calls(LINEAR))
def test_linear(source):
    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal(shape) for shape in ((5, 3), (5,), (3,), ())]
    agree(lambda t, x, w, b, one, number: evaluate(source, t, x, w=w, b=b, one=one, number=number), X, *arrays)


def test_the_derivative_of_a_short_vector_knows_its_eps():
    """A difference: PyTorch differentiates the length also where it divides by eps instead."""
    slopes = []
    for library in (tinyreg, torch):
        x = library.tensor(np.array([3.0, 4.0]), requires_grad=True)
        library.nn.functional.cosine_similarity(x, library.tensor(np.array([1.0, 0.0])), dim=0, eps=10.0).backward()
        slopes.append(x.grad.numpy())
    np.testing.assert_allclose(slopes[0], [1 / 100, 0])
    assert abs(slopes[1] - slopes[0]).max() > 1e-3


def test_modules_print_alike():
    for library in (tinyreg, torch):
        modules = (library.nn.Unflatten(1, (2, 3)), library.nn.Unflatten(1, [2, -1]), library.nn.CosineSimilarity(), library.nn.Flatten(0))
        assert list(map(repr, modules)) == [
            "Unflatten(dim=1, unflattened_size=(2, 3))",
            "Unflatten(dim=1, unflattened_size=[2, -1])",
            "CosineSimilarity()",
            "Flatten(start_dim=0, end_dim=-1)",
        ]
