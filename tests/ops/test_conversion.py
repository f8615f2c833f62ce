import numpy as np
import pytest

import tinyreg as torch


def test_dtypes_under_their_names():
    x = torch.tensor([0.5, -2.0])
    assert x.double().dtype == torch.float64 and x.half().dtype == torch.float16 and x.long().tolist() == [0, -2]
    assert x.bool().tolist() == [True, True] and x.int().dtype == torch.int32 and x.to(torch.float64).dtype == torch.float64
    assert x.float() is x and x.to("cpu") is x and x.to(x) is x and x.type_as(x.double()).dtype == torch.float64


def test_the_small_integers():
    x = torch.tensor([1.5, -1.5])
    assert x.char().dtype == torch.int8 and x.short().dtype == torch.int16 and x.abs().byte().dtype == torch.uint8
    assert x.char().tolist() == x.short().tolist() == [1, -1] and x.abs().byte().tolist() == [1, 1]


def test_gradients_pass_through_a_conversion():
    x = torch.ones(2, requires_grad=True)
    (x.double() * torch.tensor([2.0, 3.0], dtype=torch.float64)).sum().backward()
    assert x.grad.dtype == torch.float32 and x.grad.tolist() == [2, 3]


def test_to_takes_what_scripts_pass():
    x = torch.ones(2)
    assert x.to(torch.device("cpu"), torch.float64, non_blocking=True).dtype == torch.float64
    assert x.to("cpu", True) is x  # non_blocking, by position
    copied = x.to("cpu", copy=True)
    assert copied is not x and copied.array is not x.array
    assert str(x.device) == "cpu" and x.cpu() is x


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda x: x.cuda(), RuntimeError, "must be 'cpu' while the backend is 'numpy', got 'cuda'"),
        (lambda x: x.to("cuda:0"), RuntimeError, "got 'cuda:0'"),
        (lambda x: x.to("gpu"), RuntimeError, "got 'gpu'"),
        (lambda x: x.to(object()), TypeError, "got <object"),
        (lambda x: x.copy_(torch.ones(3)), RuntimeError, r"\(2,\), got \(3,\)"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(torch.ones(2))


def test_copy_broadcasts_converts_and_records():
    x = torch.zeros(2, 3)
    w = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    x.copy_(w)
    assert x.tolist() == [[1, 2, 3], [1, 2, 3]] and x.requires_grad
    x.sum().backward()
    assert w.grad.tolist() == [2, 2, 2]


def test_copy_from_a_leaf_of_the_same_shape_and_dtype_reaches_the_leaf():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    x = torch.zeros(2).copy_(w)
    assert not x.is_leaf and x.array is not w.array
    (x * torch.tensor([3.0, 5.0])).sum().backward()
    assert w.grad.tolist() == [3, 5] and x.grad is None
    with torch.no_grad():
        assert not torch.zeros(2).copy_(w).requires_grad


def test_copy_leaves_the_hooks_of_its_source_alone():
    seen = []
    y = torch.ones(2, requires_grad=True) * 2
    y.register_hook(lambda grad: seen.append(grad.tolist()))
    x = torch.zeros(2).copy_(y)
    x.retain_grad()
    (x.sum() + 4 * y.sum()).backward()
    assert x.grad.tolist() == [1, 1] and seen == [[5, 5]]


def test_clone_is_new_memory_in_the_graph():
    x = torch.ones(2, requires_grad=True)
    y = x.clone()
    assert y.array is not x.array
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1, 1])


def test_what_was_copied_over_has_gradient_zero():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for write in (lambda y: y.copy_(torch.ones(2)), lambda y: y.fill_(3), lambda y: y.zero_()):
        w.grad = None
        y = write(w * 2)
        y.backward(torch.ones(2))
        assert y.grad_fn.name() == "CopyBackward0" and w.grad.tolist() == [0, 0]
