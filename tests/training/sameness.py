"""Whether two results of training are the same to the last bit."""

import tinyreg as torch


def assert_same(a, b, place="result"):
    """Equal to the last bit, whatever is nested in what."""
    assert type(a) is type(b), place
    if isinstance(a, torch.Tensor):
        assert (a.dtype, a.shape, a.numpy().tobytes()) == (b.dtype, b.shape, b.numpy().tobytes()), place
    elif isinstance(a, dict):
        assert list(a) == list(b), place
        for key in a:
            assert_same(a[key], b[key], f"{place}.{key}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), place
        for i, pair in enumerate(zip(a, b)):
            assert_same(*pair, f"{place}.{i}")
    else:
        assert a == b or (a != a and b != b), place
