import copy

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.computed_parameter import ComputedParameter
from tinyreg.nn.utils import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm
from tinyreg.parameter import penalized_parameters
from tinyreg.regularization import (
    clip_weights_,
    decay_,
    elastic_net_proximal_,
    group_lasso_proximal_,
    l1_proximal_,
    l2_penalty,
    max_norm_,
    random_shrink_,
)

NORMS = pytest.mark.parametrize(("norm", "remove"), [(weight_norm, remove_weight_norm), (spectral_norm, remove_spectral_norm)])


def leaves(layer):
    return [p for name, p in layer.named_parameters() if name != "bias"]


@NORMS
def test_it_is_computed_when_it_is_read(norm, remove):
    layer = norm(nn.Linear(3, 2))
    assert "weight" not in layer._parameters and "weight" not in vars(layer) and "weight" in dir(layer)
    assert layer.weight.grad_fn is not None and layer.weight is not layer.weight
    before = layer.weight.detach().clone()
    with torch.no_grad():
        leaves(layer)[0][0] *= 5
    assert not torch.allclose(layer.weight, before)  # nobody has called the layer in between


@NORMS
def test_the_way_back_keeps_what_the_layer_computes(norm, remove):
    torch.manual_seed(1)
    layer, x = norm(nn.Linear(3, 2)), torch.randn(4, 3)
    y = layer(x).detach()
    names = list(layer.state_dict())
    weight = layer.weight.detach()
    assert remove(layer) is layer
    assert type(layer.weight) is nn.Parameter and layer.weight.requires_grad and torch.equal(layer.weight, weight)
    assert list(layer.state_dict()) == ["bias", "weight"] != names
    assert torch.equal(layer(x), y) and not layer._forward_pre_hooks and not layer._computed
    norm(layer)
    assert list(layer.state_dict()) == names


@NORMS
def test_copies_are_independent(norm, remove):
    layer, x = norm(nn.Linear(3, 2)), torch.randn(4, 3)
    layer(x).sum().backward()
    twin = copy.deepcopy(layer).eval()
    y = twin(x)
    with torch.no_grad():
        for p in leaves(layer):
            p[0] *= 3
    layer(x)
    assert torch.equal(twin(x), y)
    remove(twin)
    assert "weight" in twin._parameters and "weight" not in layer._parameters
    layer(x)
    assert remove(layer)(x).shape == (4, 2)


@NORMS
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_follow(norm, remove, dtype):
    layer = norm(nn.Linear(3, 2)).to(getattr(torch, dtype))
    y = layer(torch.randn(4, 3).to(getattr(torch, dtype)))
    y.sum().backward()
    assert {str(t.dtype) for t in (y, layer.weight, *(p.grad for p in layer.parameters()), *layer.buffers())} == {dtype}
    straight = norm(nn.Linear(3, 2, dtype=getattr(torch, dtype)))
    assert {str(t.dtype) for t in straight.state_dict().values()} == {dtype}


@NORMS
def test_state_goes_into_another_layer_and_through_a_file(norm, remove, tmp_path):
    layer, other, x = norm(nn.Conv2d(2, 3, 3)).eval(), norm(nn.Conv2d(2, 3, 3)).eval(), torch.randn(1, 2, 5, 5)
    torch.save(layer.state_dict(), tmp_path / "state")
    assert not torch.equal(other(x), layer(x))
    assert str(other.load_state_dict(torch.load(tmp_path / "state"))) == "<All keys matched successfully>"
    assert torch.equal(other(x), layer(x)) and torch.equal(other.weight, layer.weight)


@NORMS
def test_a_penalty_on_the_module_reaches_the_parts_before_and_after_a_forward(norm, remove):
    """Also after a step and a backward, where a weight that had been kept would be stale and its graph released."""
    net = nn.Sequential(norm(nn.Linear(3, 4)), nn.ReLU(), nn.Linear(4, 1)).double()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(8, 3).double()
    for penalty_first in (True, False, True):
        sgd.zero_grad()
        terms = [lambda: l2_penalty(net, 0.3), lambda: (net(x) ** 2).mean()]
        loss = sum(term() for term in (terms if penalty_first else terms[::-1]))
        loss.backward()
        sgd.step()
    penalty = l2_penalty(net, 0.3)
    assert penalty.item() == pytest.approx(0.15 * sum((m.weight.detach().numpy() ** 2).sum() for m in (net[0], net[2])), rel=1e-12)
    assert len(penalized_parameters(net)) == 2
    with torch.no_grad():
        assert not l2_penalty(net, 0.3).requires_grad


WRITE = [
    lambda params: decay_(params, 0.1, 0.1),
    lambda params: l1_proximal_(params, 0.1, 0.1),
    lambda params: elastic_net_proximal_(params, 0.1, 0.1, 0.5),
    lambda params: group_lasso_proximal_(params, 0.1, 0.1),
    lambda params: max_norm_(params, 1.0),
    lambda params: clip_weights_(params, -1.0, 1.0),
    lambda params: random_shrink_(params, 0.5),
]


@pytest.mark.parametrize("write", WRITE)
def test_what_writes_into_weights_refuses_computed_ones(write):
    net = nn.Sequential(weight_norm(nn.Linear(3, 2)), nn.Linear(2, 1))
    with pytest.raises(RuntimeError, match="_: .* got weight of Linear, which weight_norm computes; write into weight_g or weight_v"):
        write(net)
    with pytest.raises(RuntimeError, match="must be a leaf, got the output of <WeightNormBackward0>"):
        write([net[0].weight])
    write(net[1])
    write(list(net.parameters()))


@NORMS
def test_assigning_it_is_refused(norm, remove):
    layer = norm(nn.Linear(3, 2))
    for value in (nn.Parameter(torch.ones(2, 3)), torch.ones(2, 3), None):
        with pytest.raises(TypeError, match=f"weight: .* computed .* got {type(value).__name__}; .* or call {remove.__name__} first"):
            layer.weight = value
    with pytest.raises(KeyError, match="got 'weight', which Linear has already"):
        layer.register_parameter("weight", nn.Parameter(torch.ones(2, 3)))


@NORMS
def test_one_norm_a_parameter(norm, remove):
    other = spectral_norm if norm is weight_norm else weight_norm
    layer = norm(nn.Linear(3, 2))
    with pytest.raises(RuntimeError, match=rf"{norm.__name__}: weight must be a parameter, got what {norm.__name__} computes in Linear"):
        norm(layer)
    with pytest.raises(KeyError, match=f"{other.__name__}: .* got what {norm.__name__} computes in Linear; call {remove.__name__} first"):
        other(layer)
    norm(layer, name="bias")
    assert "bias" not in layer._parameters
    remove(layer, "bias"), remove(layer)
    with pytest.raises(ValueError, match=f"{norm.__name__}: weight must be what {norm.__name__} computes, got a Linear where it is not"):
        remove(layer)
    with pytest.raises(ValueError, match="got a int where it is not"):
        remove(3)


@NORMS
def test_refused_parameters(norm, remove):
    class Number(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor(2.0))

    with pytest.raises(TypeError, match=f"{norm.__name__}: module must be a Module, got int"):
        norm(3)
    with pytest.raises(ValueError, match=r"weight must have a dimension, got shape \(\) in Number"):
        norm(Number())
    with pytest.raises(KeyError, match=r"running_mean must be a parameter of the module, got \['weight', 'bias'\] in BatchNorm1d"):
        norm(nn.BatchNorm1d(3), name="running_mean")


def test_compute_must_be_written():
    layer = nn.Linear(1, 1)
    ComputedParameter("weight").install(layer)
    with pytest.raises(NotImplementedError, match="ComputedParameter: compute must be written"):
        layer.weight  # noqa: B018


@NORMS
def test_the_parameters_are_those_that_train(norm, remove):
    layer = norm(nn.Linear(3, 2))
    sgd = torch.optim.SGD(layer.parameters(), lr=0.1)
    before = [p.detach().clone() for p in layer.parameters()]
    (layer(torch.ones(1, 3)) * torch.tensor([1.0, -2.0])).sum().backward()
    sgd.step()
    assert all(not np.array_equal(p.detach().numpy(), b.numpy()) for p, b in zip(layer.parameters(), before))
