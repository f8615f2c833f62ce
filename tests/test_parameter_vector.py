import numpy as np
import pytest

import tinyreg as torch
from tinyreg.nn.utils import parameters_to_vector, vector_to_parameters


def test_there_and_back():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1, bias=False))
    vector = parameters_to_vector(model.parameters())
    assert vector.tolist() == [x for p in model.parameters() for x in p.detach().numpy().ravel().tolist()]
    vector_to_parameters(vector * 2, model.parameters())
    np.testing.assert_array_equal(parameters_to_vector(model.parameters()).detach().numpy(), 2 * vector.detach().numpy())
    assert all(p.requires_grad and p.is_leaf for p in model.parameters())


def test_the_vector_is_differentiable():
    layer = torch.nn.Linear(2, 1)
    (parameters_to_vector(layer.parameters()) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert layer.weight.grad.tolist() == [[1, 2]] and layer.bias.grad.tolist() == [3]


def test_parameters_do_not_share_the_vectors_memory():
    layer, vector = torch.nn.Linear(2, 1), torch.tensor([1.0, 2.0, 3.0])
    vector_to_parameters(vector, layer.parameters())
    vector.zero_()
    assert layer.bias.tolist() == [3]


def test_refusals():
    layer = torch.nn.Linear(2, 1)
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match="must hold a tensor, got none"):
        parameters_to_vector([])
    with pytest.raises(TypeError, match="vec must be a Tensor, got list"):
        vector_to_parameters([1.0, 2.0, 3.0], layer.parameters())
    with pytest.raises(RuntimeError, match=r"the parameters' 3 elements, got shape \(4,\)"):
        vector_to_parameters(torch.ones(4), layer.parameters())
    assert layer.weight.tolist() == before
