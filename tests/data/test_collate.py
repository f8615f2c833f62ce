"""What becomes of examples where no collate_fn is given."""

from collections import namedtuple

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, default_collate, default_convert

Example = namedtuple("Example", "x y")


def test_nested_structures_keep_their_shape():
    def example(i):
        return {"image": torch.ones(2) * i, "name": f"n{i}", "raw": b"r", "meta": {"k": i, "half": 0.5, "pair": (i, [i, np.float32(i)])}}

    batch = default_collate([example(1), example(2)])
    assert batch["image"].tolist() == [[1, 1], [2, 2]] and batch["name"] == ["n1", "n2"] and batch["raw"] == [b"r", b"r"]
    assert batch["meta"]["k"].tolist() == [1, 2] and batch["meta"]["half"].dtype == torch.float32
    pair = batch["meta"]["pair"]
    assert pair[0].tolist() == [1, 2] and [x.tolist() for x in pair[1]] == [[1, 2], [1, 2]] and pair[1][1].dtype == torch.float32


@pytest.mark.parametrize(
    ("examples", "error", "message"),
    [
        ([np.zeros(2), np.zeros(3)], RuntimeError, r"must have one shape, got \[\(2,\), \(3,\)\]; crop or pad them"),
        ([(1, 2), (1,)], RuntimeError, r"must have one length, got \[2, 1\]; pad them"),
        ([None, None], TypeError, "got NoneType; pass collate_fn"),
    ],
)
def test_refusals(examples, error, message):
    with pytest.raises(error, match=f"default_collate: examples {message}" if error is RuntimeError else message):
        default_collate(examples)


def test_converting_makes_tensors_of_arrays_alone():
    one = {"x": np.ones(2), "n": np.int64(3), "text": "a", "number": 2, "point": Example(np.zeros(1), "b"), "words": np.array(["a", "b"])}
    told = default_convert(one)
    assert told["x"].dtype == torch.float64 and told["n"].item() == 3 and told["text"] == "a" and told["number"] == 2
    assert type(told["point"]) is Example and torch.is_tensor(told["point"].x) and told["point"].y == "b"
    assert told["words"] is one["words"]
    x = torch.ones(2)
    assert default_convert(x) is x


def test_a_loader_without_batches_converts():
    loader = DataLoader([(np.ones(2), 0), (np.zeros(2), 1)], batch_size=None)
    assert len(loader) == 2 and [(x.tolist(), y) for x, y in loader] == [([1, 1], 0), ([0, 0], 1)]
    assert list(DataLoader([1, 2], batch_size=None, collate_fn=lambda x: -x)) == [-1, -2]
