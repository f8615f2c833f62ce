import pytest

import tinyreg as torch


def test_by_hand():
    assert torch.finfo(torch.float32).eps == 2**-23 and torch.finfo().tiny == 2**-126 and torch.finfo(torch.float16).max == 65504
    assert torch.iinfo(torch.int8).min == -128 and torch.iinfo(torch.uint8).bits == 8 and torch.iinfo(torch.int64).max == 2**63 - 1
    assert type(torch.finfo().eps) is float and type(torch.iinfo(torch.int8).max) is int


def test_masks_made_with_them():
    scores = torch.tensor([1.0, 2.0]).masked_fill(torch.tensor([True, False]), torch.finfo(torch.float32).min)
    assert torch.softmax(scores, 0).tolist() == [0, 1]


def test_other_dtypes_are_refused():
    with pytest.raises(TypeError, match="finfo: type must be a floating point dtype, got int64; iinfo"):
        torch.finfo(torch.int64)
    for dtype in (torch.float32, torch.bool):
        with pytest.raises(TypeError, match=f"iinfo: type must be an integer dtype, got {dtype}; finfo"):
            torch.iinfo(dtype)


def test_against_pytorch():
    theirs = pytest.importorskip("torch")
    for name in ("float16", "float32", "float64"):
        ours, other = torch.finfo(getattr(torch, name)), theirs.finfo(getattr(theirs, name))
        assert all(getattr(ours, key) == getattr(other, key) for key in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "dtype"))
        assert ours.resolution == pytest.approx(other.resolution, rel=1e-3)
    for name in ("int8", "int16", "int32", "int64", "uint8"):
        ours, other = torch.iinfo(getattr(torch, name)), theirs.iinfo(getattr(theirs, name))
        assert all(getattr(ours, key) == getattr(other, key) for key in ("bits", "max", "min", "dtype"))
