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
        ((torch.zeros(3), torch.zeros(4)), AssertionError, r"got \[3, 4\]"),
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
    for index, error in ((5, IndexError), (-6, ValueError)):  # PyTorch's types
        with pytest.raises(error, match=f"got {index}"):
            data[index]
    with pytest.raises(AssertionError, match="got none"):
        ConcatDataset([])
    assert [x.item() for (x,) in data] == [0, 1, 2, 10, 11]  # iteration ends at the IndexError


def test_concat_of_all_kinds():
    data = ConcatDataset(part for part in ([1, 2], range(5, 8), TensorDataset(torch.arange(2))))
    assert data.cumulative_sizes == [2, 5, 7] and len(data.datasets) == 3 and data[4] == 7 and data[-3] == 7 and data[6][0].item() == 1
    both = data + [8]
    assert len(both) == 8 and both[7] == 8
    with_empty = ConcatDataset([[], [1], [], [2]])
    assert [with_empty[i] for i in range(2)] == [1, 2]


def test_tensor_dataset_takes_every_index_of_its_tensors():
    data = TensorDataset(torch.arange(5) * 10, torch.arange(10).reshape(5, 2))
    assert data[-1][0].item() == 40 and data[np.int64(2)][1].tolist() == [4, 5]
    assert data[1:3][0].tolist() == [10, 20] and data[[4, 0]][1].tolist() == [[8, 9], [0, 1]]
    for index in (5, -6):
        with pytest.raises(IndexError):
            data[index]
    assert [x.item() for x, _ in data] == [0, 10, 20, 30, 40]


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor, lambda x: range(4, -1, -2)])
def test_subset_takes_lists_slices_and_negative_indices(kind):
    data = Subset(TensorDataset(torch.arange(5) * 10), kind([4, 2, 0]))
    assert len(data) == 3 and data[0][0].item() == 40 and data[-1][0].item() == 0
    assert data[[2, 0]][0].tolist() == [0, 40] and data[1:][0].tolist() == [20, 0]
    assert data.batch(np.array([1, 2]))[0].tolist() == [20, 0] and data.batch([0])[0].tolist() == [40]
    assert data.batch(torch.tensor([0, 1]))[0].tolist() == [40, 20]
    with pytest.raises(IndexError):
        data[3]


def test_subset_of_what_has_no_numbers():
    class Named(Dataset):
        def __getitem__(self, name):
            return name.upper()

    part = Subset(Named(), ["a", "b"])
    assert part[1] == "B" and not hasattr(part, "batch")


def test_a_dataset_without_getitem_says_so():
    with pytest.raises(NotImplementedError, match="__getitem__ must be written"):
        Dataset()[0]
