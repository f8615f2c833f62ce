"""Tensor: what it is, what shares its memory, and how values leave it."""

import copy
import math

import numpy as np
import pytest

import tinyreg
from tinyreg import Size, Tensor
from tinyreg.autograd.tensor import wrap


def leaf(*values, dtype="float64"):
    return wrap(np.array(values, dtype=dtype)).requires_grad_()


# construction


def test_the_older_constructor():
    assert Tensor([1, 2]).dtype == np.float32 and Tensor([1, 2]).tolist() == [1, 2]
    assert Tensor(2, 3).shape == (2, 3) and (Tensor(2, 3).array == 0).all() and Tensor().shape == (0,)
    source = wrap(np.ones(2))
    assert Tensor(source).dtype == np.float32 and not np.shares_memory(Tensor(source).array, source.array)
    assert Tensor(np.arange(3)).dtype == np.float32 and Tensor(2.5).shape == ()


def test_wrap_shares_memory():
    array = np.ones(3)
    assert wrap(array).array is array
    assert wrap(np.float32(2)).array.shape == () and wrap(np.float32(2)).dtype == np.float32


# what it is


def test_shape_and_size():
    x = wrap(np.ones((2, 3, 4), dtype="float32"))
    assert x.shape == (2, 3, 4) == x.size() and x.size(1) == 3 and x.size(-1) == 4
    assert isinstance(x.shape, Size) and x.shape.numel() == 24 == x.numel() == x.nelement() and Size(()).numel() == 1
    assert x.ndim == x.dim() == 3 and len(x) == 2
    assert repr(x.shape) == "Size([2, 3, 4])"
    assert x.element_size() == 4 and x.is_floating_point() and not wrap(np.arange(2)).is_floating_point()
    assert x.stride() == (12, 4, 1) and x.stride(0) == 12 and x.is_contiguous() and not wrap(x.array.T).is_contiguous()
    assert x.data_ptr() == x.detach().data_ptr() != wrap(x.array.copy()).data_ptr()


def test_leaf_and_grad_fn():
    x = leaf(1.0)
    y = x * 2
    assert x.is_leaf and x.grad_fn is None and not y.is_leaf and y.grad_fn.name() == "MulBackward0"


def test_requires_grad():
    x = wrap(np.ones(2))
    assert x.requires_grad_() is x and x.requires_grad
    x.requires_grad = False
    assert not x.requires_grad
    x.requires_grad_(True)
    y = x * 2
    y.requires_grad_()  # already does
    with pytest.raises(RuntimeError, match="only a leaf can stop requiring grad, got the output of <MulBackward0>"):
        y.requires_grad_(False)


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8"])
def test_integers_have_no_gradient(dtype):
    with pytest.raises(RuntimeError, match=f"only floating point tensors have gradients, got dtype {dtype}; convert with .float"):
        wrap(np.ones(2, dtype=dtype)).requires_grad_()


# the gradient


def test_the_gradient_can_be_assigned():
    x = leaf(1.0, 2.0)
    assert x.grad is None
    x.grad = wrap(np.array([5.0, 6.0]))
    x.sum().backward()
    assert x.grad.tolist() == [6, 7]
    x.grad = None
    assert x.grad is None


def test_a_gradient_that_does_not_fit_is_refused():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"shape and dtype \(\(2,\), 'float64'\), got \(\(3,\), 'float64'\)"):
        x.grad = wrap(np.ones(3))
    with pytest.raises(RuntimeError, match=r"got \(\(2,\), 'float32'\)"):
        x.grad = wrap(np.ones(2, dtype="float32"))
    with pytest.raises(TypeError, match="grad: must be a Tensor or None, got ndarray"):
        x.grad = np.ones(2)


# the same memory


def test_data_shares_memory_and_is_detached():
    x = leaf(1.0, 2.0)
    x.data[0] = 5.0
    assert x.tolist() == [5, 2] and not x.data.requires_grad
    x.data *= 2
    assert x.tolist() == [10, 4] and x.requires_grad and x.is_leaf


def test_data_can_be_replaced():
    x = leaf(1.0, 2.0)
    new = wrap(np.zeros(3, dtype="float32"))
    x.data = new
    assert x.array is new.array and x.requires_grad
    with pytest.raises(TypeError, match="data: must be a Tensor, got ndarray"):
        x.data = np.ones(2)


def test_replacing_the_data_of_a_view_makes_it_a_view_no_more():
    buffer = wrap(np.zeros(4))
    view = buffer[:2]
    view.data = wrap(np.ones(2))
    view.add_(leaf(1.0))  # a view would refuse
    assert view.tolist() == [2, 2] and buffer.tolist() == [0, 0, 0, 0]


def test_detach():
    x = leaf(1.0, 2.0)
    y = (x * 2).detach()
    assert y.is_leaf and not y.requires_grad
    assert np.shares_memory(x.detach().array, x.array)
    z = x * 2
    assert z.detach_() is z and z.is_leaf and not z.requires_grad


# out of the tensor


def test_numpy():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"numpy: must not require grad, got requires_grad=True; use .detach\(\).numpy\(\)"):
        x.numpy()
    assert x.detach().numpy() is x.array
    assert np.asarray(x.detach()).tolist() == [1, 2] and np.array(x.detach(), dtype="int64").dtype == np.int64


def test_python_numbers():
    assert wrap(np.array([2.5])).item() == 2.5 and type(wrap(np.array(3)).item()) is int
    assert float(wrap(np.array(2.5))) == 2.5 and int(wrap(np.array([7.9]))) == 7 and complex(wrap(np.array(1.0))) == 1
    assert [10, 20, 30][wrap(np.array(1))] == 20 and list(range(wrap(np.array([3])))) == [0, 1, 2]
    assert bool(wrap(np.array([1]))) and not bool(wrap(np.array(0.0)))
    assert math.sqrt(wrap(np.array(4.0))) == 2
    assert wrap(np.arange(4).reshape(2, 2)).tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("convert", "error", "message"),
    [
        (lambda x: x.item(), RuntimeError, r"item: must have one element, got shape \(2,\)"),
        (float, RuntimeError, r"item: must have one element, got shape \(2,\)"),
        (bool, RuntimeError, r"bool: must have one element, got shape \(2,\); use .all\(\) or .any\(\)"),
        (range, TypeError, r"index: must be an integer tensor of one element, got dtype float64 and shape \(2,\)"),
        (lambda x: len(x.sum()), TypeError, "len: must have a dimension, got a 0-d tensor"),
        (lambda x: iter(x.sum()), TypeError, "iteration: must have a dimension, got a 0-d tensor"),
    ],
)
def test_several_elements_are_no_number(convert, error, message):
    with pytest.raises(error, match=message):
        convert(wrap(np.ones(2)))


def test_iteration_and_membership():
    x = leaf(1.0, 2.0)
    assert [row.item() for row in x] == [1, 2] and all(row.requires_grad for row in x)
    assert 2.0 in x and 3.0 not in x and wrap(np.array(1.0)) in x


def test_hash_is_identity():
    a, b = wrap(np.ones(2)), wrap(np.ones(2))
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1


def test_format():
    x = leaf(3.14159)
    assert f"{x.sum():.2f}" == "3.14" and f"{x.sum():8.1e}" == " 3.1e+00"
    assert "%.3f" % x == "3.142"  # noqa: UP031
    assert f"{x}" == str(x) and f"{wrap(np.ones(2)):}" == str(wrap(np.ones(2)))


def test_an_array_on_the_left_gives_a_tensor():
    x = leaf(1.0, 2.0)
    for y in (np.ones(2) * x, np.float64(2) * x, np.ones(2) + x, np.ones(2) - x, np.ones(2) / x):
        assert isinstance(y, Tensor) and y.requires_grad


# copies


def test_deepcopy_of_a_leaf():
    x = leaf(1.0, 2.0)
    x.sum().backward()
    x.tag = ["mine"]
    y = copy.deepcopy(x)
    assert y is not x and y.requires_grad and y.tolist() == x.tolist() and y.grad.tolist() == [1, 1]
    assert not np.shares_memory(y.array, x.array) and not np.shares_memory(y.grad.array, x.grad.array)
    assert y.tag == ["mine"] and y.tag is not x.tag


def test_deepcopy_keeps_what_was_shared_shared():
    x = leaf(1.0)
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_deepcopy_leaves_hooks_and_bases_behind():
    x = leaf(1.0, 2.0)
    x.register_hook(lambda g: g * 100)
    y = copy.deepcopy(x)
    y.sum().backward()
    assert y.grad.tolist() == [1, 1]
    view = copy.deepcopy(wrap(np.zeros(4))[:2])
    assert view.base is None
    unseen = copy.deepcopy(x.data)
    assert not unseen.untracked


def test_deepcopy_of_a_recorded_tensor_is_refused():
    with pytest.raises(RuntimeError, match="only leaves can be copied, got the output of <MulBackward0>; use .detach"):
        copy.deepcopy(leaf(1.0) * 2)


def test_subclasses_survive_deepcopy():
    class Named(Tensor):
        pass

    assert type(copy.deepcopy(wrap(np.ones(2), Named))) is Named


def test_own_attributes_and_slots():
    x = wrap(np.ones(2))
    x.note = "kept"
    assert x.note == "kept" and "array" in Tensor.__slots__


def test_a_0d_tensor_formats_as_its_number():
    assert f"{tinyreg.tensor(3.25)}" == "3.25" and f"{tinyreg.tensor(3.25):.1f}" == "3.2" and f"{tinyreg.tensor(7):03d}" == "007"
    assert f"{tinyreg.tensor([1.5])}" == "tensor([1.5000])"
    with pytest.raises(TypeError, match="unsupported format string"):
        format(tinyreg.tensor([1.5]), ".2f")


def test_numpy_does_not_take_a_tensor_out_of_the_graph_unasked():
    x = tinyreg.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="got requires_grad=True; use .detach"):
        np.asarray(x)
    assert np.asarray(x.detach()).tolist() == [1, 1]
