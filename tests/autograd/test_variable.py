import pytest

import tinyreg as torch
from tinyreg.autograd import Variable


def test_a_leaf_on_the_same_memory():
    data = torch.ones(2, requires_grad=True) * 2
    x = Variable(data, requires_grad=True)
    assert x.is_leaf and x.requires_grad and x.array is data.array
    assert not Variable(data).requires_grad


def test_an_older_loop():
    w = Variable(torch.tensor([0.0]), requires_grad=True)
    for _ in range(50):
        loss = (w - 3) ** 2
        loss.backward()
        w.data -= 0.1 * w.grad.data
        w.grad.data.zero_()
    assert abs(w.item() - 3) < 1e-3


def test_other_data_are_refused():
    with pytest.raises(TypeError, match="Variable: data must be a Tensor, got list"):
        Variable([1.0])
