"""The losses against PyTorch: every combination of settings, values and gradients to 1e-10; the same refusals."""

import itertools
import math
import warnings

import numpy as np
import pytest

import tinyreg

torch = pytest.importorskip("torch")

REDUCTIONS = ["mean", "sum", "none"]
WEIGHT = np.array([0.5, 2.0, 1.5, 0.0])


def compare(run, *arrays, rtol=1e-10):
    """run(library, *leaves) in both libraries: the same value, and the same gradient for each leaf."""
    results = []
    for library in (tinyreg, torch):
        leaves = [library.tensor(array, requires_grad=True) for array in arrays]
        loss = run(library, *leaves)
        loss.backward(library.tensor(np.random.default_rng(9).standard_normal(tuple(loss.shape))))
        results.append([loss.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)])
    for ours, theirs in zip(*results, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-12)


def constant(library, array):
    return None if array is None else library.tensor(array)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("ignore_index", [-100, 1, 7])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 2), (2, 4, 2, 3), (4,)], ids=str)
def test_cross_entropy_of_labels(reduction, label_smoothing, weight, ignore_index, shape):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, shape[:1] + shape[2:]) if len(shape) > 1 else np.array(2)
    if labels.ndim and ignore_index != 1:
        labels.flat[0] = ignore_index

    def run(t, x):
        return t.nn.functional.cross_entropy(
            x,
            t.tensor(labels),
            weight=constant(t, weight),
            ignore_index=ignore_index,
            reduction=reduction,
            label_smoothing=label_smoothing,
        )

    compare(run, rng.standard_normal(shape) * 3)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 2), (4,)], ids=str)
def test_cross_entropy_of_probabilities(reduction, label_smoothing, weight, shape):
    rng = np.random.default_rng(1)

    def run(t, x, q):
        return t.nn.functional.cross_entropy(x, q, weight=constant(t, weight), reduction=reduction, label_smoothing=label_smoothing)

    compare(run, rng.standard_normal(shape), rng.uniform(0, 1, shape))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("ignore_index", [-100, 1])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 2), (4,)], ids=str)
def test_nll_loss(reduction, weight, ignore_index, shape):
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 4, shape[:1] + shape[2:]) if len(shape) > 1 else np.array(2)

    def run(t, x):
        return t.nn.functional.nll_loss(x, t.tensor(labels), weight=constant(t, weight), ignore_index=ignore_index, reduction=reduction)

    compare(run, rng.standard_normal(shape))


def test_a_batch_of_ignored_rows():
    for label_smoothing, weight in itertools.product((0.0, 0.1), (None, WEIGHT)):
        compare(
            lambda t, x, s=label_smoothing, w=weight: t.nn.functional.cross_entropy(
                x, t.tensor([-100, -100]), weight=constant(t, w), label_smoothing=s
            ),
            np.random.default_rng(3).standard_normal((2, 4)),
        )


def test_scores_of_any_size_and_classes_ruled_out():
    x = np.array([[1000.0, -1000.0, 0.0], [-1e30, 1e30, 0.0], [-math.inf, 0.0, 1.0]])
    compare(lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([1, 0, 2]), reduction="none"), x)
    compare(lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([1, 0, -100])), x)


@pytest.mark.parametrize("weight", [None, WEIGHT[:3]], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_scores_of_ignored_rows_have_no_effect(reduction, label_smoothing, weight):
    """-inf, which compare takes with its gradients, and nan, whose gradient is nan in PyTorch (DIFFERENCES.md)."""
    x, labels = np.array([[-math.inf, 0.0, 1.0], [0.5, 0.2, 1.0], [2.0, -math.inf, 1.0]]), [-100, 0, -100]

    def run(t, x):
        options = {"weight": constant(t, weight), "reduction": reduction}
        return t.nn.functional.cross_entropy(x, t.tensor(labels), label_smoothing=label_smoothing, **options)

    compare(run, x)
    x[0], x[2, 1] = math.inf, math.nan
    with np.errstate(invalid="ignore"):
        values = [run(t, t.tensor(x)).numpy() for t in (tinyreg, torch)]
    np.testing.assert_allclose(*values, rtol=1e-12)
    picked = [t.nn.functional.nll_loss(t.tensor(x), t.tensor(labels), constant(t, weight), reduction=reduction) for t in (tinyreg, torch)]
    np.testing.assert_allclose(*(loss.numpy() for loss in picked), rtol=1e-12)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_regression(name, reduction, weighted):
    rng = np.random.default_rng(4)
    x, y, weight = rng.standard_normal((3, 5, 4))
    y[0] = x[0]  # the kink of l1
    options = {"weight": weight} if weighted else {}

    def run(t, x, y):
        return getattr(t.nn.functional, name)(x, y, reduction=reduction, **{key: t.tensor(value) for key, value in options.items()})

    compare(run, x, y)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((3,), ()), ((2, 1, 3), (4, 1))], ids=str)
def test_regression_broadcasts(name, shapes):
    rng = np.random.default_rng(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        compare(lambda t, x, y: getattr(t.nn.functional, name)(x, y), *(rng.standard_normal(shape) for shape in shapes))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 1.0])], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("pos_weight", [None, np.array([0.5, 1.0, 3.0]), np.array(2.0)], ids=["even", "pos_weight", "pos_number"])
def test_binary_of_scores(reduction, weight, pos_weight):
    rng = np.random.default_rng(6)
    z = rng.standard_normal((4, 3))
    z[0] = [-1000.0, 0.5, 1000.0]

    def run(t, z, y):
        return t.nn.functional.binary_cross_entropy_with_logits(
            z, y, weight=constant(t, weight), pos_weight=constant(t, pos_weight), reduction=reduction
        )

    compare(run, z, rng.uniform(0, 1, (4, 3)))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 1.0])], ids=["unweighted", "weighted"])
def test_binary_of_probabilities(reduction, weight):
    rng = np.random.default_rng(7)

    def run(t, x, y):
        return t.nn.functional.binary_cross_entropy(x, y, weight=constant(t, weight), reduction=reduction)

    compare(run, rng.uniform(0.01, 0.99, (4, 3)), rng.uniform(0, 1, (4, 3)))
    ends = np.array([[0.0, 1.0, 1e-40], [0.0, 1.0, 1 - 1e-16]])
    target = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.5]])
    compare(lambda t, x: run(t, x, t.tensor(target)), ends, rtol=1e-8)  # PyTorch's 1e-12 is a float32


X, LABELS = np.zeros((4, 3), dtype="float32"), np.array([0, 1, 2, 2])


@pytest.mark.parametrize(
    "run",
    [
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor([0, 1, 2, 3])),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor([0, 1, 2, -1])),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor([0.0, 1.0, 2.0, 2.0])),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor([0, 1, 2])),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor([[0], [1], [2], [2]])),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(1)),
        lambda t, F: F.cross_entropy(t.tensor(X[0]), t.tensor([0, 1, 2, 0])),
        lambda t, F: F.cross_entropy(t.tensor(X), t.zeros(4, 2)),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(X).long()),
        lambda t, F: F.cross_entropy(t.tensor(X).long(), t.tensor(LABELS)),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(LABELS), weight=t.ones(4)),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(LABELS), weight=t.ones(3, requires_grad=True)),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(LABELS), label_smoothing=1.3),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(LABELS), reduction="avg"),
        lambda t, F: F.cross_entropy(t.tensor(X), t.tensor(X), ignore_index=1),
        lambda t, F: F.nll_loss(t.tensor(X), t.tensor([0.0, 1.0, 2.0, 2.0])),
        lambda t, F: F.nll_loss(t.tensor(X), t.tensor([0, 1, 2, 3])),
        lambda t, F: F.mse_loss(t.zeros(3), t.zeros(4)),
        lambda t, F: F.mse_loss(t.tensor([1]), t.tensor([1])),
        lambda t, F: F.mse_loss(t.zeros(3), t.zeros(3), weight=t.ones(1)),
        lambda t, F: F.binary_cross_entropy(t.tensor([1.5]), t.zeros(1)),
        lambda t, F: F.binary_cross_entropy(t.zeros(1), t.tensor([1.5])),
        lambda t, F: F.binary_cross_entropy(t.zeros(3), t.zeros(4)),
        lambda t, F: F.binary_cross_entropy(t.zeros(3), t.tensor([0, 1, 1])),
        lambda t, F: F.binary_cross_entropy(t.zeros(3), t.zeros(3).double()),
        lambda t, F: F.binary_cross_entropy_with_logits(t.zeros(3), t.zeros(4)),
        lambda t, F: F.binary_cross_entropy_with_logits(t.zeros(3), t.zeros(3), pos_weight=t.ones(4)),
        lambda t, F: F.binary_cross_entropy_with_logits(t.zeros(3), t.zeros(3), pos_weight=t.ones(1, requires_grad=True)),
    ],
)
def test_what_pytorch_refuses_is_refused_by_the_same_exception(run):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(Exception) as theirs:
            run(torch, torch.nn.functional)
        with pytest.raises(type(theirs.value)):
            run(tinyreg, tinyreg.nn.functional)


def test_both_warn_of_shapes_that_differ():
    for library in (tinyreg, torch):
        with pytest.warns(UserWarning, match=r"(?s)(?=.*\b3, 1\b)"):
            library.nn.functional.mse_loss(library.zeros(3), library.zeros(3, 1))


def test_state_dicts_have_the_same_names():
    for t in (tinyreg, torch):
        weight = t.ones(3)
        names = [
            list(module.state_dict())
            for module in (
                t.nn.CrossEntropyLoss(),
                t.nn.CrossEntropyLoss(weight),
                t.nn.NLLLoss(weight),
                t.nn.BCELoss(weight),
                t.nn.BCEWithLogitsLoss(weight, pos_weight=weight),
            )
        ]
        assert names == [[], ["weight"], ["weight"], ["weight"], ["weight", "pos_weight"]]
