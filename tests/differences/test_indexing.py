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


def taken_from_beyond(t):
    return t.take_along_dim(t.ones(2), t.tensor([5]), 0).shape


def test_indices_of_take_along_dim():
    with pytest.raises(RuntimeError, match=r"take_along_dim: index must lie in \[-2, 1\] .*, got 5"):
        taken_from_beyond(tinyreg)


def test_indices_of_take_along_dim_in_pytorch(torch):
    assert taken_from_beyond(torch) == (1,)


def scattered(t, reduce):
    x = t.full((2,), 2.0, requires_grad=True)
    return x.scatter(0, t.tensor([1]), 3.0 * t.ones(1, requires_grad=True), reduce=reduce)


def test_reductions_of_scatter():
    y = scattered(tinyreg, "add")
    assert y.tolist() == [2, 5] and y.requires_grad
    y.sum().backward()
    with pytest.raises(NotImplementedError, match="scatter: reduce must be None or 'add', got 'multiply'"):
        scattered(tinyreg, "multiply")


def test_reductions_of_scatter_in_pytorch(torch):
    with torch.no_grad():
        assert scattered(torch, "multiply").tolist() == [2, 6]
    with pytest.raises(RuntimeError, match="derivative for aten::scatter is not implemented"):
        scattered(torch, "add").sum().backward()


def slopes_of_a_long_source(t, name):
    source = t.ones(3, requires_grad=True)
    getattr(t.zeros(2), name)(0, t.tensor([1]), source).sum().backward()
    return source.grad.tolist()


def test_sources_longer_than_the_index():
    for name in ("scatter", "scatter_add"):
        assert slopes_of_a_long_source(tinyreg, name) == [1, 0, 0]


def test_sources_longer_than_the_index_in_pytorch(torch):
    for name in ("scatter", "scatter_add"):
        with pytest.raises(RuntimeError, match="returned an invalid gradient at index 1"):
            slopes_of_a_long_source(torch, name)
