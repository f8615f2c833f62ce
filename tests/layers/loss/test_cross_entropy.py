import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg import nn
from tinyreg.autograd.gradcheck import gradcheck
from tinyreg.nn import functional as F

LABELS = tinyreg.tensor([2, 0, 1, 2])
WEIGHT = np.array([0.5, 2.0, 1.5])


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def scores(*shape, seed=0):
    return leaf(np.random.default_rng(seed).standard_normal(shape))


def log_softmax(x):
    """By the definition, in plain NumPy; classes are dimension 1."""
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


# by hand


def test_two_classes_by_hand():
    """Scores 0 and ln 3 are probabilities 1/4 and 3/4."""
    x = leaf([[0.0, math.log(3)]])
    loss = F.cross_entropy(x, tinyreg.tensor([0]))
    assert loss.item() == pytest.approx(math.log(4))
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), [[1 / 4 - 1, 3 / 4]], rtol=1e-14)


def test_equal_scores_are_the_logarithm_of_the_number_of_classes():
    for classes in (1, 2, 10):
        assert F.cross_entropy(tinyreg.zeros(3, classes), tinyreg.zeros(3, dtype=tinyreg.int64)).item() == pytest.approx(math.log(classes))


def test_the_mean_divides_by_the_weights_that_count():
    x = scores(4, 3)
    losses = -WEIGHT[LABELS.numpy()] * log_softmax(x.detach().numpy())[range(4), LABELS.numpy()]
    weight = tinyreg.tensor(WEIGHT)
    np.testing.assert_allclose(F.cross_entropy(x, LABELS, weight, reduction="none").detach().numpy(), losses, rtol=1e-13)
    assert F.cross_entropy(x, LABELS, weight, reduction="sum").item() == pytest.approx(losses.sum())
    assert F.cross_entropy(x, LABELS, weight).item() == pytest.approx(losses.sum() / (1.5 + 0.5 + 2.0 + 1.5))
    assert F.cross_entropy(x, LABELS, weight, ignore_index=2).item() == pytest.approx(losses[1:3].sum() / 2.5)


def test_probabilities_divide_by_the_number_of_rows():
    x, q = scores(4, 3), np.random.default_rng(1).dirichlet(np.ones(3), 4)
    losses = -(WEIGHT * q * log_softmax(x.detach().numpy())).sum(axis=1)
    weight = tinyreg.tensor(WEIGHT)
    np.testing.assert_allclose(F.cross_entropy(x, tinyreg.tensor(q), weight, reduction="none").detach().numpy(), losses, rtol=1e-13)
    assert F.cross_entropy(x, tinyreg.tensor(q), weight).item() == pytest.approx(losses.mean())


# identities


def test_it_is_log_softmax_and_nll():
    """The fused form against its composed twin: values and gradients."""
    weight = tinyreg.tensor(WEIGHT)
    for options in ({}, {"reduction": "sum"}, {"ignore_index": 2}, {"weight": weight}, {"weight": weight, "ignore_index": 0}):
        x, twin = scores(4, 3), scores(4, 3)
        fused = F.cross_entropy(x, LABELS, **options)
        composed = F.nll_loss(tinyreg.log_softmax(twin, dim=1), LABELS, **options)
        fused.backward()
        composed.backward()
        assert fused.item() == pytest.approx(composed.item(), rel=1e-13)
        np.testing.assert_allclose(x.grad.numpy(), twin.grad.numpy(), atol=1e-15)


def test_labels_are_one_hot_probabilities():
    for smoothing in (0.0, 0.3):
        x, twin = scores(4, 3), scores(4, 3)
        by_labels = F.cross_entropy(x, LABELS, reduction="none", label_smoothing=smoothing)
        by_probabilities = F.cross_entropy(twin, tinyreg.tensor(np.eye(3)[LABELS.numpy()]), reduction="none", label_smoothing=smoothing)
        cotangent = tinyreg.tensor(np.random.default_rng(2).standard_normal(4))
        by_labels.backward(cotangent)
        by_probabilities.backward(cotangent)
        np.testing.assert_allclose(by_labels.detach().numpy(), by_probabilities.detach().numpy(), rtol=1e-13)
        np.testing.assert_allclose(x.grad.numpy(), twin.grad.numpy(), atol=1e-15)


def test_a_shift_of_a_row_changes_nothing():
    """So the gradient of each row sums to 0."""
    x, weight = scores(4, 3), tinyreg.tensor(WEIGHT)
    loss = F.cross_entropy(x, LABELS, weight, label_smoothing=0.2)
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy().sum(axis=1), 0, atol=1e-16)
    shifted = x.detach().numpy() + np.array([[5.0], [-7.0], [100.0], [0.0]])
    assert F.cross_entropy(tinyreg.tensor(shifted), LABELS, weight, label_smoothing=0.2).item() == pytest.approx(loss.item())


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.floats(0, 1), st.integers(0, 9))
def test_the_mean_is_the_mean_of_none(rows, classes, smoothing, seed):
    rng = np.random.default_rng(seed)
    x, labels = tinyreg.tensor(rng.standard_normal((rows, classes))), tinyreg.tensor(rng.integers(0, classes, rows))
    losses = F.cross_entropy(x, labels, reduction="none", label_smoothing=smoothing).numpy()
    assert losses.shape == (rows,)
    assert F.cross_entropy(x, labels, label_smoothing=smoothing).item() == pytest.approx(losses.mean())
    assert F.cross_entropy(x, labels, reduction="sum", label_smoothing=smoothing).item() == pytest.approx(losses.sum())


# shapes


def test_pixels_are_rows():
    x, labels = np.random.default_rng(3).standard_normal((2, 3, 4, 5)), np.random.default_rng(4).integers(0, 3, (2, 4, 5))
    flat = tinyreg.tensor(x.transpose(0, 2, 3, 1).reshape(-1, 3))
    for function in (F.cross_entropy, F.nll_loss):
        by_pixel = function(tinyreg.tensor(x), tinyreg.tensor(labels), reduction="none")
        assert by_pixel.shape == (2, 4, 5)
        by_row = function(flat, tinyreg.tensor(labels.reshape(-1)), reduction="none")
        np.testing.assert_array_equal(by_pixel.numpy().reshape(-1), by_row.numpy())
        assert function(tinyreg.tensor(x), tinyreg.tensor(labels)).item() == pytest.approx(by_pixel.numpy().mean())


def test_probabilities_of_pixels():
    rng = np.random.default_rng(3)
    x, q = rng.standard_normal((2, 3, 4)), rng.dirichlet(np.ones(3), (2, 4)).transpose(0, 2, 1)
    losses = F.cross_entropy(tinyreg.tensor(x), tinyreg.tensor(q), reduction="none")
    np.testing.assert_allclose(losses.numpy(), -(q * log_softmax(x)).sum(axis=1), rtol=1e-13)


def test_a_single_row():
    x = scores(3)
    row = tinyreg.tensor(x.detach().numpy()[None])
    for function in (F.cross_entropy, F.nll_loss):
        wanted = function(row, tinyreg.tensor([1])).item()
        for labels in (tinyreg.tensor(1), tinyreg.tensor([1])):
            loss = function(x, labels, reduction="none")
            assert loss.shape == () and loss.item() == wanted
    one_hot = tinyreg.tensor([0.0, 1.0, 0.0], dtype=tinyreg.float64)
    assert F.cross_entropy(x, one_hot).item() == pytest.approx(F.cross_entropy(x, tinyreg.tensor(1)).item())


@pytest.mark.parametrize("labels", [np.array([0, 1], dtype="uint8"), np.array([0, 1], dtype="int32")])
def test_every_integer_is_a_label(labels):
    x = scores(2, 3)
    assert F.cross_entropy(x, tinyreg.tensor(labels)).item() == F.cross_entropy(x, tinyreg.tensor([0, 1])).item()


# gradients


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("weight", [None, tinyreg.tensor(WEIGHT)], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("ignore_index", [-100, 2])
def test_gradients_of_cross_entropy(reduction, smoothing, weight, ignore_index):
    def loss(x):
        return F.cross_entropy(x, LABELS, weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=smoothing)

    assert gradcheck(loss, (scores(4, 3),), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weight", [None, tinyreg.tensor(WEIGHT)], ids=["unweighted", "weighted"])
def test_gradients_of_soft_cross_entropy(reduction, smoothing, weight):
    def loss(x, q):
        return F.cross_entropy(x, q, weight, reduction=reduction, label_smoothing=smoothing)

    q = leaf(np.random.default_rng(5).uniform(0.1, 1, (4, 3)))
    assert gradcheck(loss, (scores(4, 3), q), atol=1e-7, rtol=1e-7)
    assert gradcheck(lambda q: loss(scores(4, 3).detach(), q), (q,), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weight", [None, tinyreg.tensor(WEIGHT)], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("ignore_index", [-100, 2])
def test_gradients_of_nll_loss(reduction, weight, ignore_index):
    def loss(x):
        return F.nll_loss(x, LABELS, weight, ignore_index=ignore_index, reduction=reduction)

    assert gradcheck(loss, (scores(4, 3),), atol=1e-7, rtol=1e-7)


def test_backward_twice_gives_the_same():
    x = scores(4, 3)
    loss = F.cross_entropy(x, LABELS, label_smoothing=0.1)
    loss.backward(retain_graph=True)
    once = x.grad.numpy().copy()
    loss.backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * once)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtype_is_kept(dtype):
    x = leaf(np.zeros((4, 3)), dtype)
    weight = tinyreg.tensor(WEIGHT)  # float64
    targets = [LABELS, tinyreg.tensor(np.full((4, 3), 1 / 3, dtype=dtype))]
    for target in targets:
        for options in ({}, {"weight": weight}, {"label_smoothing": np.float64(0.1)}, {"reduction": "none"}):
            x.grad = None
            loss = F.cross_entropy(x, target, **options)
            loss.backward(tinyreg.ones_like(loss))
            assert loss.dtype == x.grad.dtype == dtype
    loss = F.nll_loss(x, LABELS, weight)
    assert loss.dtype == dtype


# extremes


def test_scores_of_any_size():
    x = leaf([[1000.0, -1000.0], [-1000.0, 1000.0]], "float32")
    loss = F.cross_entropy(x, tinyreg.tensor([0, 0]), reduction="none")
    assert loss.tolist() == [0, 2000]
    loss.backward(tinyreg.ones(2))
    assert x.grad.tolist() == [[0, 0], [-1, 1]]


def test_a_class_ruled_out():
    x = leaf([[0.0, -math.inf, 0.0], [-math.inf, 0.0, 0.0]])
    loss = F.cross_entropy(x, tinyreg.tensor([0, -100]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    np.testing.assert_allclose(x.grad.numpy(), [[-0.5, 0, 0.5], [0, 0, 0]], atol=1e-16)


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"weight": tinyreg.tensor(WEIGHT)}])
def test_a_mean_over_ignored_rows_is_nan_with_gradient_0(options):
    x = scores(4, 3)
    loss = F.cross_entropy(x, tinyreg.full((4,), -100), **options)
    assert math.isnan(loss.item())
    loss.backward()
    assert (x.grad.numpy() == 0).all()


def test_a_mean_over_classes_without_weight_is_nan_with_gradient_0():
    x = scores(2, 3)
    loss = F.cross_entropy(x, tinyreg.tensor([1, 1]), tinyreg.tensor([1.0, 0.0, 1.0]), label_smoothing=0.1)
    assert math.isnan(loss.item())
    loss.backward()
    assert (x.grad.numpy() == 0).all()


def test_smoothing_a_class_ruled_out_is_infinitely_wrong():
    assert F.cross_entropy(tinyreg.tensor([[0.0, -math.inf]]), tinyreg.tensor([0]), label_smoothing=0.1).item() == math.inf


def test_no_rows():
    x, labels = leaf(np.zeros((0, 3))), tinyreg.zeros(0, dtype=tinyreg.int64)
    for function in (F.cross_entropy, F.nll_loss):
        assert math.isnan(function(x, labels).item())
        assert function(x, labels, reduction="sum").item() == 0
        assert function(x, labels, reduction="none").shape == (0,)
    assert math.isnan(F.cross_entropy(x, x.detach()).item())


# modules


def test_modules_pass_their_settings_on():
    x, weight = scores(4, 3), tinyreg.tensor(WEIGHT)
    settings_ = {"ignore_index": 0, "reduction": "sum"}
    assert nn.CrossEntropyLoss()(x, LABELS).item() == F.cross_entropy(x, LABELS).item()
    assert nn.NLLLoss()(x, LABELS).item() == F.nll_loss(x, LABELS).item()
    assert nn.NLLLoss(weight, **settings_)(x, LABELS).item() == F.nll_loss(x, LABELS, weight, **settings_).item()
    settings_["label_smoothing"] = 0.1
    assert nn.CrossEntropyLoss(weight, **settings_)(x, LABELS).item() == F.cross_entropy(x, LABELS, weight, **settings_).item()


def test_weights_are_buffers():
    for loss in (nn.CrossEntropyLoss(tinyreg.tensor(WEIGHT)), nn.NLLLoss(tinyreg.tensor(WEIGHT))):
        assert list(loss.state_dict()) == ["weight"] and list(loss.parameters()) == []
        assert loss.float().weight.dtype == tinyreg.float32
    assert nn.CrossEntropyLoss().state_dict() == {}


def test_modules_print_as_pytorchs():
    assert repr(nn.CrossEntropyLoss(reduction="sum")) == "CrossEntropyLoss()"
    assert repr(nn.NLLLoss()) == "NLLLoss()"
