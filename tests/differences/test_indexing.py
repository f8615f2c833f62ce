"""Indices: where tinyreg does not do what PyTorch does."""

import pytest

import tinyreg


def grid(t):
    return t.arange(6).reshape(2, 3)


def test_lists_in_an_index():
    assert grid(tinyreg)[[[0, 1], [1, 0]]].shape == (2, 2, 3)
    with pytest.raises(IndexError, match="got dtype object"):
        grid(tinyreg)[[0, slice(None)]]


def test_lists_in_an_index_in_pytorch(torch):
    assert grid(torch)[[[0, 1], [1, 0]]].tolist() == [1, 3]
    assert grid(torch)[[0, slice(None)]].tolist() == [0, 1, 2]


def test_two_ellipses():
    with pytest.raises(IndexError, match="at most 2 dimensions and one Ellipsis, got 2 items"):
        grid(tinyreg)[..., ...]


def test_two_ellipses_in_pytorch(torch):
    assert grid(torch)[..., ...].shape == (2, 3)


def test_masks_of_bytes():
    with pytest.raises(IndexError, match=r"masks bool, got dtype uint8; convert with .long\(\) or .bool\(\)"):
        grid(tinyreg)[tinyreg.tensor([1, 0], dtype=tinyreg.uint8)]


def test_masks_of_bytes_in_pytorch(torch):
    with pytest.warns(UserWarning, match="uint8 is now deprecated"):
        assert grid(torch)[torch.tensor([1, 0], dtype=torch.uint8)].tolist() == [[0, 1, 2]]


def test_words_as_an_index():
    with pytest.raises(IndexError, match="got str"):
        grid(tinyreg)["a"]


def test_words_as_an_index_in_pytorch(torch):
    with pytest.raises(TypeError):
        grid(torch)["a"]
