import pytest

import tinyreg
from tinyreg.ops.floating import check_floating, check_tensor, floating


def test_tensors_pass():
    x = tinyreg.ones(2)
    check_tensor("f", x)
    check_floating("f", x)
    assert floating("f", x) is x
    assert floating("f", x.double()).dtype == tinyreg.float64


@pytest.mark.parametrize("check", [check_tensor, check_floating, floating])
def test_what_is_no_tensor_is_named(check):
    with pytest.raises(TypeError, match="f: input must be a Tensor, got list"):
        check("f", [1.0])


@pytest.mark.parametrize("check", [check_tensor, check_floating])
def test_the_argument_is_named(check):
    with pytest.raises(TypeError, match="f: target must be a Tensor, got float"):
        check("f", 1.0, "target")


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8"])
def test_integers(dtype):
    x = tinyreg.tensor([1, 0], dtype=dtype)
    for error in (NotImplementedError, RuntimeError):
        with pytest.raises(error, match=f"f: target must be floating point, got dtype {dtype}") as caught:
            check_floating("f", x, "target", error)
        assert caught.type is error
    assert floating("f", x).dtype == tinyreg.float32
