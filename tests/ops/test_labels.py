import numpy as np
import pytest

import tinyreg
from tinyreg.ops.labels import check_labels, rows_and_weights


def test_labels_in_range_pass_and_nobody_need_look_for_ignore_index():
    assert check_labels("loss", np.array([0, 2]), 3, ignore_index=-100) is None
    assert check_labels("loss", np.array([0, 2]), 3, ignore_index=1) == 1  # may be there
    assert check_labels("loss", np.array([0, 2]), 3) is None
    assert check_labels("loss", np.array([], dtype=int), 3, ignore_index=-100) is None
    assert check_labels("loss", np.array([0, -100, 2]), 3, ignore_index=-100) == -100
    assert check_labels("loss", np.array([0, 255], dtype=np.uint8), 3, ignore_index=255) == 255


@pytest.mark.parametrize(
    "labels, ignore_index, message",
    [
        ([0, 1, 3], None, r"must lie in \[0, 2\], got 3 at index \(2,\) for 3 classes"),
        ([0, -1, 3], None, r"got -1 at index \(1,\)"),
        ([[0, 1], [7, 2]], None, r"got 7 at index \(1, 0\) for 3 classes"),
        ([-100, 5], -100, r"in \[0, 2\] or be ignore_index=-100, got 5 at index \(1,\)"),
        (4, None, r"got 4 at index \(\)"),
    ],
)
def test_labels_out_of_range_are_named(labels, ignore_index, message):
    with pytest.raises(IndexError, match=message):
        check_labels("loss", np.array(labels), 3, ignore_index)


@pytest.mark.parametrize("dtype", ["float32", "bool"])
def test_labels_are_integers(dtype):
    with pytest.raises(RuntimeError, match=f"loss: class labels must be integers, got dtype {dtype}"):
        check_labels("loss", np.array([0, 1], dtype=dtype), 3)


def test_rows_and_weights():
    scores, labels = np.array([[1.0, 5.0], [7.0, 2.0], [0.0, 1.0]], dtype="float32"), np.array([1, -100, 0])
    weight = np.array([0.5, 2.0], dtype="float32")
    row, label, keep, weight_y = rows_and_weights(scores, labels, weight, ignore_index=-100)
    assert row.tolist() == [[0], [1], [2]]
    assert label.tolist() == [[1], [0], [0]]  # in the ignored row the largest score, which is finite
    assert keep.tolist() == [[1], [0], [1]] and keep.dtype == "float32"
    assert weight_y.tolist() == [[2], [0], [0.5]] and weight_y.dtype == "float32"


def test_rows_that_all_count_alike_cost_nothing():
    scores, labels = np.zeros((2, 3)), np.array([1, 2])
    assert rows_and_weights(scores, labels, None, None)[2:] == (1.0, 1.0)


def test_one_hot_rows():
    one_hot = tinyreg.nn.functional.one_hot
    assert one_hot(tinyreg.tensor([[0, 2], [1, 1]])).tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]]
    assert one_hot(tinyreg.tensor(1), 2).tolist() == [0, 1] and one_hot(tinyreg.zeros(0, 2).long(), 3).shape == (0, 2, 3)
    assert one_hot(tinyreg.tensor([1])).dtype == tinyreg.int64


@pytest.mark.parametrize(
    ("error", "message", "labels", "num_classes"),
    [
        (RuntimeError, r"one_hot: class labels must lie in \[0, 1\], got 2 for 2 classes", [0, 2], 2),
        (RuntimeError, r"one_hot: class labels must lie in \[0, 2\], got -1 for 3 classes", [-1, 2], -1),
        (RuntimeError, "one_hot: class labels must be int64, got dtype float32", [0.0], -1),
        (RuntimeError, "one_hot: num_classes must be positive .* got num_classes=-1", np.zeros(0, np.int64), -1),
        (TypeError, "one_hot: num_classes must be an integer, got num_classes='a'", [0], "a"),
    ],
)
def test_refusals_of_one_hot(error, message, labels, num_classes):
    with pytest.raises(error, match=message):
        tinyreg.nn.functional.one_hot(tinyreg.tensor(labels), num_classes)
