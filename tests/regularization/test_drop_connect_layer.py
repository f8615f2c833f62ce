import copy

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import gradcheck
from tinyreg.nn.functional import conv2d, linear
from tinyreg.regularization.batch_norm import BatchNorm1d
from tinyreg.regularization.drop_connect import (
    DropConnect,
    drop_connect,
    drop_connect_inference,
    drop_connect_moments,
)
from tinyreg.regularization.dropout import dropout
from tinyreg.regularization.l2 import l2_penalty


def keep(*shape, seed=1):
    return torch.tensor(np.random.default_rng(seed).random(shape) < 0.6)


@pytest.mark.parametrize("per_example", [False, True])
def test_the_layer_draws_in_training_alone(per_example):
    layer = DropConnect(torch.nn.Linear(30, 4), 0.5, per_example)
    x = torch.randn(3, 30)
    assert layer(x).tolist() != layer(x).tolist()
    layer.eval()
    assert layer(x).tolist() == layer.module(x).tolist()
    assert layer.monte_carlo()(x).tolist() != layer(x).tolist()
    assert layer.stochastic and not layer.uses_batch_statistics and not layer.normalization


def test_the_mask_of_the_layer_is_that_of_the_function():
    linear_layer, x = torch.nn.Linear(6, 4), torch.randn(5, 6)
    for per_example in (False, True):
        layer = DropConnect(linear_layer, 0.3, per_example)
        torch.manual_seed(3)
        ours = layer(x)
        torch.manual_seed(3)
        wanted = drop_connect(x, linear_layer.weight, linear_layer.bias, 0.3, per_example=per_example)
        np.testing.assert_allclose(ours.detach().numpy(), wanted.detach().numpy(), rtol=1e-6, atol=1e-6)


def test_a_conv_is_wrapped_with_one_mask_a_call():
    conv = torch.nn.Conv2d(2, 3, 3, padding=1).double()
    layer, x = DropConnect(conv, 0.4), torch.randn(2, 2, 5, 5, dtype=torch.float64)
    torch.manual_seed(5)
    y = layer(x)
    torch.manual_seed(5)
    wanted = conv2d(x, dropout(conv.weight, 0.4), conv.bias, padding=1)
    assert y.tolist() == wanted.tolist()
    y.sum().backward()
    grad, conv.weight.grad = conv.weight.grad.numpy(), None
    wanted.sum().backward()
    np.testing.assert_array_equal(grad, conv.weight.grad.numpy())


def test_the_weight_stays_the_modules_own():
    layer = DropConnect(torch.nn.Linear(3, 2), 0.5)
    weight, bias = layer.module.weight, layer.module.bias
    names = [name for name, _ in layer.named_parameters()]
    layer(torch.ones(1, 3)).sum().backward()
    assert layer.module.weight is weight and weight.grad is not None
    with pytest.raises(RuntimeError, match="5"):
        layer(torch.ones(1, 5))
    assert layer.module.weight is weight and layer.module.bias is bias
    assert [name for name, _ in layer.named_parameters()] == names == ["module.weight", "module.bias"]
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    before = weight.tolist()
    optimizer.step()
    assert weight.tolist() != before


def test_states_travel_between_networks_with_it_and_without():
    def network(wrap):
        return torch.nn.Sequential(wrap(torch.nn.Linear(3, 4)), torch.nn.ReLU(), wrap(torch.nn.Linear(4, 2)))

    plain, dropping = network(lambda layer: layer), network(lambda layer: DropConnect(layer, 0.5))
    assert list(dropping.state_dict()) == list(plain.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    dropping.load_state_dict(plain.state_dict())
    x = torch.randn(5, 3)
    assert dropping.eval()(x).tolist() == plain(x).tolist()
    with torch.no_grad():
        dropping[0].module.weight.fill_(7.0)
    plain.load_state_dict(dropping.state_dict())
    assert plain(x).tolist() == dropping(x).tolist()
    assert dropping.state_dict(keep_vars=True)["0.weight"] is dropping[0].module.weight


def test_penalties_find_the_weight_once():
    layer = DropConnect(torch.nn.Linear(3, 2), 0.5)
    l2_penalty(torch.nn.Sequential(layer), 1.0).backward()
    np.testing.assert_array_equal(layer.module.weight.grad.numpy(), layer.module.weight.detach().numpy())
    assert layer.module.bias.grad is None


def test_a_weight_that_weight_norm_computes_is_masked_as_it_stands():
    layer = DropConnect(torch.nn.utils.weight_norm(torch.nn.Linear(6, 4).double()), 0.3)
    x = torch.randn(5, 6, dtype=torch.float64)
    torch.manual_seed(3)
    y = layer(x)
    torch.manual_seed(3)
    wanted = linear(x, dropout(layer.module.weight, 0.3), layer.module.bias)
    assert y.tolist() == wanted.tolist()
    y.sum().backward()
    assert layer.module.weight_g.grad is not None and layer.module.weight_v.grad is not None
    assert "weight" not in layer.module._parameters
    assert sorted(layer.state_dict()) == ["bias", "weight_g", "weight_v"]


@pytest.mark.parametrize("per_example", [False, True])
def test_the_modules_hooks_run_and_spectral_norm_follows_the_weight(per_example):
    torch.manual_seed(0)
    layer = torch.nn.utils.spectral_norm(torch.nn.Linear(6, 4).double())
    layer.weight_orig.data = torch.randn(4, 6, dtype=torch.float64)  # away from u and v
    plain, calls = copy.deepcopy(layer), []
    layer.register_forward_pre_hook(lambda module, inputs: (2 * inputs[0],))
    layer.register_forward_hook(lambda module, inputs, output: calls.append(output) or output + 1)
    net, x = DropConnect(layer, 0.3, per_example), torch.randn(5, 6, dtype=torch.float64)
    torch.manual_seed(3)
    y = net(x)
    plain(x)
    assert torch.equal(layer.weight_u, plain.weight_u) and torch.equal(layer.weight_v, plain.weight_v)  # they have turned
    torch.manual_seed(3)
    wanted = drop_connect(2 * x, plain.weight, plain.bias, 0.3, per_example=per_example)
    assert torch.allclose(y, wanted + 1, rtol=1e-12)
    assert len(calls) == 1 and "forward" not in vars(layer)
    net.monte_carlo()(x)
    assert torch.equal(layer.weight_u, plain.weight_u)  # there the layer evaluates


@pytest.mark.parametrize("per_example", [False, True])
def test_after_an_error_the_module_is_what_it_was(per_example):
    layer = torch.nn.Linear(3, 2)
    weight, doubled = layer.weight, lambda x: 2 * torch.nn.Linear.forward(layer, x)
    layer.forward = doubled  # also where somebody has put another forward there
    net = DropConnect(layer, 0.5, per_example)
    with pytest.raises(RuntimeError, match="must hold 3 features"):
        net(torch.ones(1, 4))
    assert layer.weight is weight and layer.forward is doubled


def test_gradcheck_replays_the_masks():
    for per_example in (False, True):
        layer = DropConnect(torch.nn.Linear(3, 2).double(), 0.4, per_example)
        x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        assert gradcheck(layer, (x,))
        assert gradcheck(lambda w, x=x, each=per_example: drop_connect(x, w, p=0.4, per_example=each), (layer.module.weight,))


def test_repr():
    lines = repr(DropConnect(torch.nn.Linear(3, 2), 0.3, per_example=True)).splitlines()
    assert lines[0].startswith("DropConnect(") and any("p=0.3, per_example=True" in line for line in lines)


@pytest.mark.parametrize("p", [1.3, -0.1, float("nan")])
def test_p_outside_its_range_is_refused(p):
    x, weight = torch.ones(2, 3), torch.ones(2, 3)
    for who, call in [
        ("drop_connect", lambda: drop_connect(x, weight, p=p)),
        ("drop_connect", lambda: drop_connect(x, weight, p=p, training=False)),
        ("DropConnect", lambda: DropConnect(torch.nn.Linear(2, 2), p)),
        ("drop_connect_moments", lambda: drop_connect_moments(x, weight, p=p)),
        ("drop_connect_inference", lambda: drop_connect_inference(x, weight, None, p, torch.relu)),
    ]:
        with pytest.raises(ValueError, match=rf"^{who}: p must lie in \[0, 1\], got p={p}; p is the probability of dropping a connection$"):
            call()


def test_refusals_name_the_values():
    x, weight, bias = torch.ones(4, 3), torch.ones(2, 3), torch.ones(2)
    for error, said, call in [
        (TypeError, "drop_connect: input must be a Tensor, got ndarray", lambda: drop_connect(np.ones(3), weight)),
        (TypeError, "drop_connect: weight must be a Tensor, got list", lambda: drop_connect(x, [1.0])),
        (TypeError, "drop_connect: bias must be a Tensor, got float", lambda: drop_connect(x, weight, 1.0)),
        (RuntimeError, "got dtype int64", lambda: drop_connect(torch.ones(4, 3).long(), weight)),
        (RuntimeError, r"weight must have shape \(O, I\), got shape \(3,\)", lambda: drop_connect(x, torch.ones(3))),
        (RuntimeError, r"must hold 3 features, got input of shape \(4, 5\)", lambda: drop_connect(torch.ones(4, 5), weight)),
        (RuntimeError, r"bias must hold one value an output, \(2,\), got shape \(3,\)", lambda: drop_connect(x, weight, torch.ones(3))),
        (RuntimeError, "got float32 and float64", lambda: drop_connect(x, weight.double())),
        (TypeError, "mask must be a Tensor, got list", lambda: drop_connect(x, weight, mask=[True])),
        (ValueError, "mask must be bool, .* got dtype float32", lambda: drop_connect(x, weight, mask=torch.ones(2, 3))),
        (ValueError, r"shape \(2, 3\), one element a weight, got \(4, 2, 3\)", lambda: drop_connect(x, weight, mask=keep(4, 2, 3))),
        (
            ValueError,
            r"shape \(4, 2, 3\), one element a weight and example, got \(2, 3\)",
            lambda: drop_connect(x, weight, per_example=True, mask=keep(2, 3)),
        ),
        (ValueError, "drop_connect_moments: p must lie below 1, got p=1.0", lambda: drop_connect_moments(x, weight, bias, 1.0)),
        (
            ValueError,
            "samples must be an integer of at least 1, got samples=0",
            lambda: drop_connect_inference(x, weight, bias, 0.5, abs, 0),
        ),
        (
            ValueError,
            r"noise must have shape \(Z, \*\(4, 2\)\), got \(4, 2\)",
            lambda: drop_connect_inference(x, weight, bias, 0.5, abs, noise=torch.ones(4, 2)),
        ),
        (TypeError, "DropConnect: module must be a Module, got function", lambda: DropConnect(drop_connect)),
        (ValueError, r"weights of its own, got ReLU with the parameters \[\]", lambda: DropConnect(torch.nn.ReLU())),
        (ValueError, r"got BatchNorm1d with the parameters \['weight', 'bias'\]", lambda: DropConnect(BatchNorm1d(3))),
        (ValueError, "got Sequential", lambda: DropConnect(torch.nn.Sequential(torch.nn.Linear(2, 2)))),
        (
            ValueError,
            r"per_example=True needs a Linear, .* got Conv1d with \[\(2, 1, 3\)\]",
            lambda: DropConnect(torch.nn.Conv1d(1, 2, 3), per_example=True),
        ),
    ]:
        with pytest.raises(error, match=said):
            call()
