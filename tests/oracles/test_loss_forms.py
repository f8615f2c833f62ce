"""Every form in which PyTorch's losses may be called: shapes, dtypes, reductions, weights, older arguments, refusals."""

import warnings

import numpy as np
import pytest

import tinyreg
from tests.oracles.forms import agree, calls, evaluate

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((2, 4, 3))
P, Q = RNG.uniform(0.05, 0.95, (2, 4, 3))
WEIGHT, LABELS = [0.5, 2.0, 1.5], [2, 0, 1, 2]

# x: scores (4, 3); labels: 4 of 3 classes; w: a weight for each class
CLASSES = """
F.L(x, labels); F.L(x, labels, w); F.L(x, labels, weight=w, reduction='none', ignore_index=2); F.L(x, labels, reduction='sum', weight=w)
F.L(x, labels.to(t.uint8)); F.L(x, labels > 0); F.L(x, labels.double()); F.L(x, labels, ignore_index=1)
F.L(x, labels, w, None, 2, None, 'sum')
F.L(x[0], t.tensor(1)); F.L(x[0], t.tensor(1), reduction='none'); F.L(x[0], t.tensor(1), w); F.L(x[0], t.tensor(5))
F.L(x[0], t.tensor(-100))
F.L(x[:1], t.tensor(1)); F.L(x[:1], t.tensor([[1]])); F.L(x, labels[:3]); F.L(x, labels[:1]); F.L(x, labels.reshape(4, 1))
F.L(x.t(), labels[:3])
F.L(x, labels.reshape(2, 2)); F.L(x.reshape(2, 3, 2), labels.reshape(2, 2))
F.L(x.reshape(2, 3, 2), labels.reshape(2, 2), reduction='none')
F.L(x.reshape(2, 3, 2), labels.reshape(2, 2), weight=w, ignore_index=2)
F.L(x.reshape(1, 3, 2, 2), labels.reshape(1, 2, 2), reduction='none')
F.L(x.reshape(1, 3, 2, 2), labels.reshape(1, 2, 2), w); F.L(x.reshape(1, 3, 2, 2, 1), labels.reshape(1, 2, 2, 1), reduction='none')
F.L(x.reshape(1, 3, 2, 2), labels.reshape(1, 4)); F.L(x.reshape(2, 3, 2), labels); F.L(x.reshape(2, 3, 2), labels.reshape(2, 2)[:1])
F.L(x.reshape(2, 3, 2), labels.reshape(2, 2)[:, :1]); F.L(x.reshape(2, 3, 2), labels.reshape(2, 2) + 1)
F.L(x[:0], labels[:0]); F.L(x[:0], labels[:0], w); F.L(x[:0], labels[:0], reduction='sum'); F.L(x[:0], labels[:0], reduction='none')
F.L(x.reshape(2, 3, 2)[:0], labels.reshape(2, 2)[:0]); F.L(x.reshape(2, 3, 2)[:, :, :0], labels.reshape(2, 2)[:, :0], reduction='none')
F.L(x[:, :0], labels); F.L(x, labels, reduction='x'); F.L(x, labels, reduction=None); F.L(x, labels - 1); F.L(x, labels + 1)
F.L(x, labels - 1, ignore_index=-1); F.L(x, labels + 1, ignore_index=3); F.L(x, labels * 0 - 100)
F.L(x, labels * 0 - 100, reduction='sum')
F.L(x, labels * 0 - 100, reduction='none'); F.L(x.long(), labels); F.L(x, 3); F.L(x, labels, weight=w[:2])
F.L(x, labels, weight=[1.0, 1, 1])
F.L(x, labels, weight=w.reshape(1, 3)); F.L(x, labels, weight=w[0]); F.L(x, labels, ignore_index='a'); F.L(x, labels, ignore_index=None)
F.L(x, labels, ignore_index=1.5)
"""

CROSS_ENTROPY = """
F.cross_entropy(x, labels, label_smoothing=0.2); F.cross_entropy(x, labels, label_smoothing=1)
F.cross_entropy(x, labels, label_smoothing=1.1)
F.cross_entropy(x, labels, label_smoothing='a'); F.cross_entropy(x, labels, w, None, 2, None, 'sum', 0.1)
F.cross_entropy(x.reshape(2, 3, 2), labels.reshape(2, 2), weight=w, label_smoothing=0.1, ignore_index=2)
F.cross_entropy(x.reshape(2, 3, 2), labels.reshape(2, 2), weight=w, label_smoothing=0.1, reduction='none')
F.cross_entropy(x[:0], labels[:0], reduction='none', label_smoothing=0.1); F.cross_entropy(x[0], t.tensor(1), w, label_smoothing=0.3)
F.cross_entropy(x, labels * 0 - 100, reduction='none', label_smoothing=0.1)
t.nn.CrossEntropyLoss()(x, labels); t.nn.CrossEntropyLoss(w, ignore_index=1, label_smoothing=0.1, reduction='none')(x, labels)
t.nn.CrossEntropyLoss(label_smoothing=2)(x, labels); t.nn.CrossEntropyLoss(reduction='x')(x, labels); t.nn.CrossEntropyLoss([1.0, 2, 3])
t.nn.NLLLoss(w, ignore_index=2)(x, labels); t.nn.NLLLoss(reduction='none')(x, labels)
"""

# q: class probabilities (4, 3)
SOFT = """
F.cross_entropy(x, q); F.cross_entropy(x, q, w); F.cross_entropy(x, q, reduction='none'); F.cross_entropy(x, q, ignore_index=-1)
F.cross_entropy(x, q, label_smoothing=1.0, reduction='sum'); F.cross_entropy(x, q, ignore_index=0); F.cross_entropy(x[0], q[0])
F.cross_entropy(x[0], q[0], reduction='none'); F.cross_entropy(x[:0], q[:0]); F.cross_entropy(x[:0], q[:0], reduction='sum')
F.cross_entropy(x[:0], q[:0], reduction='none'); F.cross_entropy(x.reshape(2, 3, 2), q.reshape(2, 3, 2), weight=w)
F.cross_entropy(x.reshape(2, 3, 2), q.reshape(2, 3, 2), weight=w, label_smoothing=0.1, reduction='none')
F.cross_entropy(x.reshape(1, 3, 2, 2), q.reshape(1, 3, 2, 2), label_smoothing=0.1); F.cross_entropy(x, q.sum()); F.cross_entropy(x, q[:2])
F.cross_entropy(x.reshape(1, 4, 3, 1, 1), q.reshape(1, 4, 3, 1, 1)); F.cross_entropy(x, q[:, :2]); F.cross_entropy(x.reshape(4, 3, 1), q)
F.cross_entropy(x, q, weight=w[:2]); F.cross_entropy(x, q, weight=w[:1]); F.cross_entropy(x, q, weight=[1.0, 1, 1])
F.cross_entropy(x.t(), q.t())
"""

# x, y: numbers (4, 3)
NUMBERS = """
F.L(x, y); F.L(x, y, reduction='none'); F.L(x, y, reduction='sum'); F.L(x, y, reduction='x'); F.L(x, y, reduction='batchmean')
F.L(x.long(), y.long()); F.L(x[0, 0], y[0, 0]); F.L(x[0, 0], y[0, 0], reduction='none'); F.L(x[:0], y[:0])
F.L(x[:0], y[:0], reduction='sum')
F.L(x[:0], y[:0], reduction='none'); F.L(x.t(), y.t()); F.L(x, x.detach()); F.L(x, y, reduction=None)
"""

WEIGHTED = """
F.L(x, y, weight=x.detach()); F.L(x, y, weight=x.detach(), reduction='none'); F.L(x, y, weight=x.detach(), reduction='sum')
F.L(x, y, weight=t.ones(3, dtype=t.float64)); F.L(x, y, weight=t.ones(4, 3).long())
"""

ROBUST = """
F.mse_loss(x, y.long()); F.mse_loss(x.long(), y); F.mse_loss(x > 0, y); F.mse_loss(x, y, None, None, 'sum', x.detach())
F.l1_loss(x.long(), y.long(), reduction='sum'); F.l1_loss(x.long(), y.long(), reduction='none'); F.l1_loss(x > 0, y > 0, reduction='none')
F.l1_loss(x > 0, y); F.l1_loss(x, y.long()); F.smooth_l1_loss(x, y.long()); F.smooth_l1_loss(x.long(), y)
F.smooth_l1_loss(x, y, beta=0); F.smooth_l1_loss(x, y, beta=0.0, reduction='none'); F.smooth_l1_loss(x, y, beta=-1)
F.smooth_l1_loss(x, y, beta=0.3, reduction='none'); F.smooth_l1_loss(x, y, beta=np.inf); F.smooth_l1_loss(x, y, beta=t.tensor(2.0))
F.smooth_l1_loss(x, y, beta='a'); F.smooth_l1_loss(x, y, beta=None); F.smooth_l1_loss(x, y, None, None, 'sum', 0.4)
F.smooth_l1_loss(x, x.detach(), beta=0); F.smooth_l1_loss(x, x.detach() + 1, beta=1); F.smooth_l1_loss(x, y, beta=1e-8)
F.huber_loss(x, y, delta=0); F.huber_loss(x, y, delta=-1); F.huber_loss(x, y, delta=0.3, reduction='none')
F.huber_loss(x, y, delta=np.inf)
F.huber_loss(x, y, delta=t.tensor(2.0)); F.huber_loss(x, y, delta='a'); F.huber_loss(x, y, 'sum', 0.4)
F.huber_loss(x, y, weight=x.detach() * 0)
F.huber_loss(x, y, 'none', 0.4, x.detach()); F.huber_loss(x, x.detach() - 1, delta=1)
t.nn.MSELoss()(x, y); t.nn.L1Loss(reduction='none')(x, y); t.nn.HuberLoss('none', 0.3)(x, y); t.nn.HuberLoss(delta=0)(x, y)
t.nn.HuberLoss(reduction='x')(x, y); t.nn.SmoothL1Loss(beta=0.3)(x, y); t.nn.SmoothL1Loss(beta=0)(x, y); t.nn.SmoothL1Loss(beta=-2)(x, y)
"""

# x: log-probabilities, y: probabilities
DIVERGENCE = """
F.kl_div(x, y, reduction='none'); F.kl_div(x, y, reduction='sum'); F.kl_div(x, y, reduction='batchmean'); F.kl_div(x, y, reduction='x')
F.kl_div(x, x.detach() * 2, reduction='batchmean', log_target=True); F.kl_div(x, y, reduction='none', log_target=True)
F.kl_div(x, y[:1], reduction='batchmean'); F.kl_div(x[:1], y, reduction='batchmean'); F.kl_div(x, y[:, :2], reduction='sum')
F.kl_div(x.long(), y, reduction='sum'); F.kl_div(x, y.long(), reduction='sum'); F.kl_div(x, y > 0, reduction='sum')
F.kl_div(x, 1.0, reduction='sum')
F.kl_div(x[:0], y[:0], reduction='batchmean'); F.kl_div(x[:0], y[:0], reduction='sum'); F.kl_div(x[0, 0], y[0, 0], reduction='batchmean')
F.kl_div(x[0, 0], y[0, 0], reduction='none'); F.kl_div(x[0], y[0], reduction='batchmean'); F.kl_div(x.t(), y.t(), reduction='batchmean')
F.kl_div(x, (y > 0.3).double(), reduction='none'); F.kl_div(x, (y > 0.3).double(), reduction='batchmean')
F.kl_div(x, y, None, None, 'sum', True)
t.nn.KLDivLoss(reduction='batchmean')(x, y); t.nn.KLDivLoss(reduction='none', log_target=True)(x, y); t.nn.KLDivLoss(reduction='x')(x, y)
"""

# x: probabilities or scores, y: targets in [0, 1], w: a weight for each column
BINARY = """
F.L(x, y, w); F.L(x, y, w, reduction='none'); F.L(x, y, x.detach()); F.L(x, y, t.tensor(2.0, dtype=t.float64)); F.L(x, y, w * 0)
F.L(x, y, t.ones(4, 1, dtype=t.float64) * 2, reduction='none'); F.L(x, y, t.ones(4, dtype=t.float64))
F.L(x, y, t.ones(2, 4, 3, dtype=t.float64))
F.L(x, y, t.ones(3).long()); F.L(x, y, x); F.L(x, y > 0.5); F.L(x, (y > 0.5).long()); F.L(x, (y > 0.5).double()); F.L(x.long(), y)
F.L(x, y[:1]); F.L(x, y[:, :1]); F.L(x, y.sum()); F.L(x, y, w, None, None, 'none'); F.L(x, y[:1].float()); F.L(x, y, weight=t.tensor(2))
"""

PROBABILITIES = """
F.binary_cross_entropy(x * 2, y); F.binary_cross_entropy(x - 1, y); F.binary_cross_entropy(x, y * 2); F.binary_cross_entropy(x, y - 1)
F.binary_cross_entropy(x * np.nan, y); F.binary_cross_entropy(x, y * np.nan); F.binary_cross_entropy(x, y.float())
F.binary_cross_entropy(x.float(), y)
F.binary_cross_entropy((x > 0.5).double(), y.detach(), reduction='none'); t.nn.BCELoss()(x, y); t.nn.BCELoss(w, reduction='none')(x, y)
t.nn.BCELoss(reduction='x')(x, y)
"""

SCORES = """
F.binary_cross_entropy_with_logits(x, y, pos_weight=w); F.binary_cross_entropy_with_logits(x, y, w, pos_weight=w, reduction='none')
F.binary_cross_entropy_with_logits(x, y, pos_weight=t.tensor(2.0, dtype=t.float64))
F.binary_cross_entropy_with_logits(x, y, pos_weight=t.tensor(2))
F.binary_cross_entropy_with_logits(x, y, pos_weight=t.ones(4, dtype=t.float64))
F.binary_cross_entropy_with_logits(x * 1000, y, reduction='none')
F.binary_cross_entropy_with_logits(x, y, pos_weight=t.ones(2, 4, 3, dtype=t.float64)); F.binary_cross_entropy_with_logits(x, y * 2)
F.binary_cross_entropy_with_logits(x, y - 1, pos_weight=w); F.binary_cross_entropy_with_logits(x, y, w, None, None, 'none', w)
F.binary_cross_entropy_with_logits(x, y, pos_weight=[1.0, 1, 1]); F.binary_cross_entropy_with_logits(x, y, pos_weight=2.0)
F.binary_cross_entropy_with_logits(x, y, pos_weight=x); F.binary_cross_entropy_with_logits(x, y, pos_weight=-w)
t.nn.BCEWithLogitsLoss()(x, y); t.nn.BCEWithLogitsLoss(w, reduction='none')(x, y); t.nn.BCEWithLogitsLoss(pos_weight=w)(x, y)
"""


def rows(*tables, name=None):
    return [call.replace("F.L(", f"F.{name}(") for table in tables for call in calls(table)]


def run(source):
    """The call with its constants, of the inputs x and (where two are given) y, which is q as well."""

    def call(t, x, y=None):
        labels, w = t.tensor(LABELS), t.tensor(WEIGHT, dtype=t.float64)
        return evaluate(source, t, x, y=y, q=y, labels=labels, w=w)

    return call


@pytest.mark.parametrize("source", [*rows(CLASSES, name="cross_entropy"), *rows(CLASSES, name="nll_loss"), *rows(CROSS_ENTROPY)])
def test_classes(source):
    agree(run(source), X)


@pytest.mark.parametrize("source", rows(SOFT))
def test_class_probabilities(source):
    agree(run(source), X, Q)


@pytest.mark.parametrize(
    "source",
    [
        *(row for name in ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss") for row in rows(NUMBERS, name=name)),
        *(row for name in ("mse_loss", "l1_loss", "huber_loss") for row in rows(WEIGHTED, name=name)),
        *rows(ROBUST),
    ],
)
def test_numbers(source):
    agree(run(source), X, Y)


@pytest.mark.parametrize("source", rows(DIVERGENCE))
def test_divergence(source):
    agree(run(source), np.log(P), Q)


@pytest.mark.parametrize("source", [*rows(NUMBERS, BINARY, name="binary_cross_entropy"), *rows(PROBABILITIES)])
def test_binary_of_probabilities(source):
    agree(run(source), P, Q)


@pytest.mark.parametrize("source", [*rows(NUMBERS, BINARY, name="binary_cross_entropy_with_logits"), *rows(SCORES)])
def test_binary_of_scores(source):
    agree(run(source), X, Q)


LOSSES = "mse_loss l1_loss smooth_l1_loss kl_div binary_cross_entropy binary_cross_entropy_with_logits cross_entropy nll_loss".split()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    "options", [{"size_average": False}, {"size_average": True}, {"reduce": False}, {"size_average": True, "reduce": False}]
)
def test_the_older_arguments_warn_and_mean_the_same(name, options):
    values = []
    for library in (tinyreg, torch):
        target = library.tensor(LABELS if name == "nll_loss" else Q)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            values.append(getattr(library.nn.functional, name)(library.tensor(P), target, **options).numpy())
        assert any("reduction=" in str(warning.message) for warning in caught)
    np.testing.assert_allclose(*values, rtol=1e-12)


def test_both_warn_of_the_mean_of_a_divergence():
    values = []
    for library in (tinyreg, torch):
        with pytest.warns(UserWarning, match="batchmean"):
            values.append(library.nn.KLDivLoss()(library.tensor(np.log(P)), library.tensor(Q)).item())
    assert values[0] == pytest.approx(values[1], rel=1e-12)


def test_modules_print_alike():
    for name in "CrossEntropyLoss NLLLoss MSELoss L1Loss HuberLoss SmoothL1Loss KLDivLoss BCELoss BCEWithLogitsLoss".split():
        assert repr(getattr(tinyreg.nn, name)(reduction="sum")) == repr(getattr(torch.nn, name)(reduction="sum"))


# what differs, on purpose


def slopes(library, run, *arrays):
    leaves = [library.tensor(np.array(array, dtype=np.float64), requires_grad=True) for array in arrays]
    run(library, *leaves).sum().backward()
    return [leaf.grad.numpy() for leaf in leaves]


def test_a_mean_of_nothing_has_gradient_0():
    """PyTorch's is nan where every weight is 0; the value is nan in both."""
    for run in (
        lambda t, x: t.nn.functional.cross_entropy(x, t.tensor(LABELS), weight=t.zeros(3, dtype=t.float64)),
        lambda t, x: t.nn.functional.nll_loss(x, t.tensor(LABELS), weight=t.zeros(3, dtype=t.float64)),
        lambda t, x: t.nn.functional.mse_loss(x, t.tensor(Y), weight=t.zeros(4, 3, dtype=t.float64)),
        lambda t, x: t.nn.functional.l1_loss(x, t.tensor(Y), weight=t.zeros(4, 3, dtype=t.float64)),
    ):
        ours, theirs = (slopes(library, run, X)[0] for library in (tinyreg, torch))
        assert (ours == 0).all() and np.isnan(theirs).any()


def test_targets_at_the_ends():
    """The derivative by the target is that of the cut loss, PyTorch's is infinite or nan."""
    binary = lambda t, x, y: t.nn.functional.binary_cross_entropy(x, y, reduction="none")  # noqa: E731
    ours, theirs = (slopes(t, binary, [0.0, 1.0], [0.5, 0.5])[1] for t in (tinyreg, torch))
    assert ours.tolist() == [100, -100] and theirs.tolist() == [np.inf, -np.inf]
    divergence = lambda t, x, q: t.nn.functional.kl_div(x, q, reduction="none")  # noqa: E731
    ours, theirs = (slopes(t, divergence, [-1.0, -2.0], [1.0, 0.0])[1] for t in (tinyreg, torch))
    assert ours.tolist() == [2, 0] and theirs[0] == 2 and np.isnan(theirs[1])


def test_labels_of_every_integer_dtype_and_weights_of_every_dtype():
    """PyTorch takes labels of int64 and uint8, and weights of the input's dtype; here they are converted."""
    for name in ("cross_entropy", "nll_loss"):
        ours, theirs = (getattr(library.nn.functional, name) for library in (tinyreg, torch))
        wanted = theirs(torch.tensor(X), torch.tensor(LABELS), torch.tensor(WEIGHT, dtype=torch.float64)).item()
        for labels, weight in (("int32", "float64"), ("int8", "float64"), ("int64", "float32")):
            with pytest.raises(RuntimeError):
                theirs(torch.tensor(X), torch.tensor(np.array(LABELS, labels)), torch.tensor(np.array(WEIGHT, weight)))
            got = ours(tinyreg.tensor(X), tinyreg.tensor(np.array(LABELS, labels)), tinyreg.tensor(np.array(WEIGHT, weight)))
            assert got.item() == pytest.approx(wanted, rel=1e-12)


def test_weights_are_constants():
    """PyTorch differentiates the weights of these three."""
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        options = {"weight": torch.ones(4, 3, dtype=torch.float64, requires_grad=True)}
        assert getattr(torch.nn.functional, name)(torch.tensor(X), torch.tensor(Y), **options).requires_grad
        with pytest.raises(RuntimeError, match="weight must be constant"):
            options = {"weight": tinyreg.ones(4, 3, requires_grad=True)}
            getattr(tinyreg.nn.functional, name)(tinyreg.tensor(X), tinyreg.tensor(Y), **options)
    weight = np.ones((4, 3))
    ours, theirs = (
        t.nn.functional.mse_loss(t.tensor(X).float(), t.tensor(Y).float(), weight=t.tensor(weight)).dtype for t in (tinyreg, torch)
    )
    assert ours == tinyreg.float32 and theirs == torch.float64


def test_settings_that_are_refused_here():
    """PyTorch looks at settings when they are used, and not at all at a negative label_smoothing."""
    for make in (
        lambda t: t.nn.CrossEntropyLoss(label_smoothing=2),
        lambda t: t.nn.HuberLoss(delta=0),
        lambda t: t.nn.SmoothL1Loss(beta=-1),
        lambda t: t.nn.MSELoss(reduction="x"),
        lambda t: t.nn.functional.cross_entropy(t.tensor(X), t.tensor(LABELS), label_smoothing=-0.1),
    ):
        make(torch)
        with pytest.raises((RuntimeError, ValueError)):
            make(tinyreg)


def test_scores_and_targets_of_different_dtypes():
    """PyTorch's result has the target's dtype; here it is promoted, as everywhere."""
    ours, theirs = (
        library.nn.functional.binary_cross_entropy_with_logits(library.tensor(X), library.tensor(Q).float()).dtype
        for library in (tinyreg, torch)
    )
    assert ours == tinyreg.float64 and theirs == torch.float32
