"""What is cut into folds."""

import numpy as np
import pytest

import tinyreg
from tinyreg.data import Diabetes, Subset, TensorDataset
from tinyreg.selection.examples import Examples

X, Y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])


def test_arrays_are_cut_into_pairs():
    inputs, targets = Examples("who", X, Y).part(np.array([5, 0]))
    assert inputs.tolist() == [[10.0, 11.0], [0.0, 1.0]] and targets.tolist() == [1, 0]
    assert Examples("who", X).part([1]).tolist() == [[2.0, 3.0]], "without y, X alone"


def test_tensors_stay_tensors():
    inputs, targets = Examples("who", tinyreg.tensor(X), tinyreg.tensor(Y)).part(np.array([5, 0]))
    assert isinstance(inputs, tinyreg.Tensor) and inputs.tolist() == [[10.0, 11.0], [0.0, 1.0]] and targets.tolist() == [1, 0]


def test_lists_with_targets_are_arrays_and_without_them_a_dataset():
    inputs, targets = Examples("who", X.tolist(), Y.tolist()).part([2])
    assert inputs.tolist() == [[4.0, 5.0]] and targets.tolist() == [0]
    part = Examples("who", ["a", "b", "c"]).part([2, 0])
    assert isinstance(part, Subset) and list(part) == ["c", "a"]


def test_what_looks_like_an_array_is_one():
    class Table:
        def __len__(self):
            return 6

        def __getitem__(self, name):
            raise KeyError(name)  # as a table of columns does

        def __array__(self, dtype=None, copy=None):
            return X

    assert Examples("who", Table(), Y).part([0])[0].tolist() == [[0.0, 1.0]]


def test_targets_are_found():
    assert Examples("who", X, tinyreg.tensor(Y)).targets.tolist() == Y.tolist()
    data = Diabetes()
    assert (Examples("who", data).targets == data.targets.numpy()).all()
    inner = Subset(Subset(data, [7, 8, 9]), tinyreg.tensor([2, 0]))
    assert (Examples("who", inner).targets == data.targets.numpy()[[9, 7]]).all()
    assert Examples("who", TensorDataset(tinyreg.ones(3))).targets is None
    assert Examples("who", Subset([1, 2, 3], [0])).targets is None and Examples("who", X).targets is None


@pytest.mark.parametrize(
    ("X", "y", "error", "words"),
    [
        (iter([1]), None, TypeError, "who: X must be a dataset or an array, got list_iterator; it needs a length and an index"),
        (np.zeros((0, 3)), None, ValueError, r"who: X must hold an example, got an empty ndarray of shape \(0, 3\)"),
        (np.array(3.0), None, ValueError, r"got an empty ndarray of shape \(\)"),
        ([], None, ValueError, "who: X must hold an example, got an empty list; examples"),
        (X, Y[:5], ValueError, r"who: X and y must have one length, got shapes \(6, 2\) and \(5,\); both count"),
        (X, 3.0, ValueError, r"got shapes \(6, 2\) and \(\)"),
        (Diabetes(), Y, TypeError, "who: y must be None for a dataset, got ndarray with a Diabetes; its examples hold it"),
    ],
    ids=["iterator", "no_rows", "number", "empty_list", "lengths", "y_is_a_number", "dataset_with_y"],
)
def test_refusals(X, y, error, words):
    with pytest.raises(error, match=words):
        Examples("who", X, y)


@pytest.mark.parametrize("which", ["X", "y"])
def test_rows_of_unequal_length_are_refused(which):
    whole, ragged = [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0]]
    with pytest.raises(ValueError, match=f"^search: {which} must have rows of one length, got rows that differ; "):
        Examples("search", *((ragged, whole) if which == "X" else (whole, ragged)))
