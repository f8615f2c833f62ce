"""What the losses of classes refuse, and with which words."""

import math

import numpy as np
import pytest

import tinyreg
from tinyreg import nn
from tinyreg.nn import functional as F


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
@pytest.mark.parametrize(
    "x, target, error, message",
    [
        ((4, 3), [0, 1, 2, 3], IndexError, r"\[0, 2\] or be ignore_index=-100, got 3 at index \(3,\) for 3 classes"),
        ((4, 3), [0, -1, 2, 2], IndexError, r"got -1 at index \(1,\) for 3 classes"),
        ((4, 3), [0.0, 1.0, 2.0, 2.0], RuntimeError, r"got dtype float32 and shape \(4,\) for input .*; convert with target.long\(\)"),
        ((4, 3), [True, False, True, True], RuntimeError, r"got dtype bool and shape \(4,\)"),
        ((4, 3), [0, 1, 2], ValueError, r"labels of shape \(4,\).* for input of shape \(4, 3\), got shape \(3,\)"),
        ((4, 3), [[0], [1], [2], [0]], RuntimeError, r"labels of shape \(4,\).*, got shape \(4, 1\)"),
        ((4, 3), 1, ValueError, r"labels of shape \(4,\).*, got shape \(\)"),
        ((3,), [0, 1, 2, 0], ValueError, r"labels of shape \(\).* for input of shape \(3,\), got shape \(4,\)"),
        ((2, 3, 4), [[0] * 5] * 2, RuntimeError, r"labels of shape \(2, 4\).*, got shape \(2, 5\)"),
        ((), 0, ValueError, r"class dimension, .*, got shape \(\)"),
        ((2, 0), [0, 0], IndexError, r"at least 1 class, got shape \(2, 0\)"),
    ],
)
def test_targets_that_do_not_fit_are_refused(function, x, target, error, message):
    with pytest.raises(error, match=f"{function.__name__}: .*{message}"):
        function(tinyreg.zeros(x), tinyreg.tensor(target))


def test_one_hot_integers_are_refused():
    with pytest.raises(RuntimeError, match=r"cross_entropy: .* got dtype int64 and shape \(2, 3\); convert one-hot labels with .float\(\)"):
        F.cross_entropy(tinyreg.zeros(2, 3), tinyreg.tensor([[1, 0, 0], [0, 1, 0]]))


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
@pytest.mark.parametrize("ignore_index", [1.5, None, "a"])
def test_ignore_index_is_an_integer(function, ignore_index):
    with pytest.raises(TypeError, match=f"{function.__name__}: ignore_index must be an integer, got ignore_index={ignore_index!r}"):
        function(tinyreg.zeros(2, 3), tinyreg.tensor([0, 1]), ignore_index=ignore_index)


def test_probabilities_without_classes_are_refused():
    with pytest.raises(ValueError, match=r"cross_entropy: input must have at least 1 class, got shape \(2, 0\)"):
        F.cross_entropy(tinyreg.zeros(2, 0), tinyreg.zeros(2, 0))


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
def test_weights_that_do_not_fit_are_refused(function):
    x, labels = tinyreg.zeros(2, 3), tinyreg.tensor([0, 1])
    with pytest.raises(RuntimeError, match=r"weight must have one number for each of 3 classes, got shape \(4,\)"):
        function(x, labels, weight=tinyreg.ones(4))
    with pytest.raises(RuntimeError, match=r"weight must be constant, got a Tensor of shape \(3,\) that requires grad"):
        function(x, labels, weight=tinyreg.ones(3, requires_grad=True))
    with pytest.raises(TypeError, match="weight must be a Tensor or None, got list"):
        function(x, labels, weight=[1.0, 1.0, 1.0])


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
def test_other_refusals(function):
    x, labels = tinyreg.zeros(2, 3), tinyreg.tensor([0, 1])
    with pytest.raises(ValueError, match="reduction must be 'none', 'mean' or 'sum', got 'avg'"):
        function(x, labels, reduction="avg")
    with pytest.raises(NotImplementedError, match="input must be floating point, got dtype int64"):
        function(tinyreg.tensor([[1, 2, 3], [4, 5, 6]]), labels)
    with pytest.raises(TypeError, match="input must be a Tensor, got ndarray"):
        function(np.zeros((2, 3)), labels)
    with pytest.raises(TypeError, match="target must be a Tensor, got list"):
        function(x, [0, 1])


@pytest.mark.parametrize("smoothing", [-0.1, 1.3, math.nan])
def test_label_smoothing_out_of_range_is_refused(smoothing):
    for who, call in (
        ("cross_entropy", lambda: F.cross_entropy(tinyreg.zeros(2, 3), tinyreg.tensor([0, 1]), label_smoothing=smoothing)),
        ("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(label_smoothing=smoothing)),
    ):
        with pytest.raises(RuntimeError, match=rf"{who}: label_smoothing must lie in \[0, 1\], got label_smoothing={smoothing}"):
            call()


def test_ignore_index_is_for_labels():
    with pytest.raises(RuntimeError, match="got ignore_index=1 and a target of dtype float32"):
        F.cross_entropy(tinyreg.zeros(2, 3), tinyreg.zeros(2, 3), ignore_index=1)


def test_modules_refuse_unknown_reductions():
    for module in (nn.CrossEntropyLoss, nn.NLLLoss):
        with pytest.raises(ValueError, match=f"{module.__name__}: reduction must be .*, got 'avg'"):
            module(reduction="avg")
