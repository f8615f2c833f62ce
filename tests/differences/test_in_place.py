"""Writing in place: where tinyreg does not do what PyTorch does."""

import numpy as np
import pytest

import tinyreg


def slopes(t, change):
    """The gradient of the sum of y, a computed tensor [3, 3] after change(y)."""
    w = t.full((2,), 3.0, requires_grad=True)
    y = change(w * 1)
    y.sum().backward()
    return w.grad.tolist()


def doubled_element(y):
    y[0] *= 2
    return y


def test_writes_into_views():
    with pytest.raises(RuntimeError, match=r"a view must not be written .* x\[i\] = x\[i\] \* 2 instead of x\[i\] \*= 2"):
        slopes(tinyreg, doubled_element)


def test_writes_into_views_in_pytorch(torch):
    assert slopes(torch, doubled_element) == [2, 1]


def view_of_doubled(y):
    view = y.view(1, 2)
    y.mul_(2)
    return view


def view_of_a_buffer(y):
    """The view is taken while nothing of the buffer is recorded."""
    buffer = y.detach() * 0
    view = buffer.view(1, 2)
    buffer.add_(y)
    return view


def test_views_of_what_was_overwritten():
    for change in (view_of_doubled, view_of_a_buffer):
        with pytest.raises(RuntimeError, match="a view must not be used after its tensor was written in place"):
            slopes(tinyreg, change)


def test_views_of_what_was_overwritten_in_pytorch(torch):
    assert slopes(torch, view_of_doubled) == [2, 2]
    assert slopes(torch, view_of_a_buffer) == [1, 1]


def squared(y):
    y *= y
    return y


def test_a_tensor_times_itself():
    assert slopes(tinyreg, squared) == [6, 6]


def test_a_tensor_times_itself_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        slopes(torch, squared)


def written_rows(t):
    x = t.ones(2).expand(3, 2)
    x[0] = 5
    return x.tolist()


def test_writes_into_expanded_tensors():
    with pytest.raises(RuntimeError, match=r"own each of its elements, got shape \(3, 2\) with strides \(0, 4\)"):
        written_rows(tinyreg)


def test_writes_into_expanded_tensors_in_pytorch(torch):
    assert written_rows(torch) == [[5, 5]] * 3


def read_only(t):
    array = np.ones(2)
    array.flags.writeable = False
    t.from_numpy(array).add_(1)
    return array.tolist()


def test_writes_into_read_only_arrays():
    with pytest.raises(RuntimeError, match=r"own each of its elements, got shape \(2,\) .* read-only"):
        read_only(tinyreg)


def test_writes_into_read_only_arrays_in_pytorch(torch):
    with pytest.warns(UserWarning, match="not writable"):
        assert read_only(torch) == [2, 2]
