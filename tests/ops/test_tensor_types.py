import numpy as np
import pytest

import tinyreg as torch


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("Float", torch.float32), ("Double", torch.float64), ("Half", torch.float16), ("Bool", torch.bool), ("Char", torch.int8)]
    + [("Byte", torch.uint8), ("Short", torch.int16), ("Int", torch.int32), ("Long", torch.int64)],
)
def test_a_type_makes_tensors_knows_them_and_converts_to_them(name, dtype):
    kind = getattr(torch, f"{name}Tensor")
    x = kind([1, 0])
    assert x.dtype == dtype and x.tolist() == [1, 0] and kind(2, 3).shape == (2, 3)
    assert isinstance(x, kind) and not isinstance([1, 0], kind) and isinstance(x, torch.FloatTensor) == (dtype == torch.float32)
    assert x.type() == f"torch.{name}Tensor" and repr(kind) == f"<class 'torch.{name}Tensor'>"
    for target in (kind, dtype, f"torch.{name}Tensor"):
        assert torch.tensor([1.0, 0.0]).type(target).dtype == dtype


def test_type_is_differentiable_and_leaves_what_fits():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert x.type(torch.float32) is x
    x.type(torch.DoubleTensor).sum().backward()
    assert x.grad.tolist() == [1, 1] and x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("error", "message", "dtype"),
    [
        (ValueError, "type: text must name a type such as 'torch.FloatTensor', got 'torch.cuda.FloatTensor'", "torch.cuda.FloatTensor"),
        (ValueError, "got 'a'", "a"),
        (TypeError, "type: must be a dtype, a tensor type or its name, got 5", 5),
    ],
)
def test_refusals_name_the_value(error, message, dtype):
    with pytest.raises(error, match=message):
        torch.ones(2).type(dtype)
