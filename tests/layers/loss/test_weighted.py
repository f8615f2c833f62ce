import pytest

import tinyreg
from tinyreg.layers.loss.weighted import Loss, constant


def test_constants():
    weight = tinyreg.tensor([1.0, 2.0])
    assert constant("loss", "weight", None, tinyreg.float32) is None
    assert constant("loss", "weight", weight, tinyreg.float32) is weight.array
    assert constant("loss", "weight", weight, tinyreg.float64).dtype == "float64"
    with pytest.raises(TypeError, match="loss: pos_weight must be a Tensor or None, got float"):
        constant("loss", "pos_weight", 2.0, tinyreg.float32)
    with pytest.raises(RuntimeError, match=r"pos_weight must be constant, got a Tensor of shape \(\) that requires grad"):
        constant("loss", "pos_weight", tinyreg.tensor(2.0, requires_grad=True), tinyreg.float32)


def test_base_class():
    loss = Loss(reduction="sum")
    assert loss.reduction == "sum" and loss.weight is None and loss.state_dict() == {}
