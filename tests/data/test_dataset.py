import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import ConcatDataset, Dataset, Subset, TensorDataset


def test_tensor_dataset_gives_examples_and_batches():
    data = TensorDataset(torch.arange(6).float().reshape(3, 2), torch.tensor([7, 8, 9]))
    x, y = data[1]
    assert x.tolist() == [2, 3] and y.item() == 8 and len(data) == 3
    x, y = data.batch(np.array([2, 0]))
    assert x.tolist() == [[4, 5], [0, 1]] and y.tolist() == [9, 7]


@pytest.mark.parametrize(
    ("tensors", "error", "message"),
    [
        ((), ValueError, "got none"),
        ((torch.zeros(3), torch.zeros(4)), ValueError, r"got \[3, 4\]"),
        ((np.zeros(3),), TypeError, "got ndarray"),
    ],
)
def test_tensor_dataset_refuses(tensors, error, message):
    with pytest.raises(error, match=message):
        TensorDataset(*tensors)


def test_subset_of_a_subset():
    data = TensorDataset(torch.arange(10))
    inner = Subset(Subset(data, [9, 7, 5, 3]), [2, 0])
    assert [inner[i][0].item() for i in range(len(inner))] == [5, 9]
    assert inner.batch(np.array([1, 0]))[0].tolist() == [9, 5]


def test_concat_counts_through_and_back():
    data = TensorDataset(torch.arange(3)) + TensorDataset(torch.arange(10, 12))
    assert [data[i][0].item() for i in range(len(data))] == [0, 1, 2, 10, 11]
    assert data[-1][0].item() == 11 and data[-5][0].item() == 0
    for index in (5, -6):
        with pytest.raises(IndexError, match=f"got {index}"):
            data[index]
    with pytest.raises(ValueError, match="got none"):
        ConcatDataset([])


def test_a_dataset_without_getitem_says_so():
    with pytest.raises(NotImplementedError, match="__getitem__ must be written"):
        Dataset()[0]
