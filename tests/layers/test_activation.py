import numpy as np
import pytest

import tinyreg
from tinyreg import nn
from tinyreg.nn import functional as F

X = np.random.default_rng(0).standard_normal((3, 4))


@pytest.mark.parametrize(
    "module, function, text",
    [
        (nn.ReLU(), F.relu, "ReLU()"),
        (nn.ReLU(inplace=True), F.relu, "ReLU(inplace=True)"),
        (nn.LeakyReLU(), F.leaky_relu, "LeakyReLU(negative_slope=0.01)"),
        (nn.LeakyReLU(0.2, True), lambda x: F.leaky_relu(x, 0.2), "LeakyReLU(negative_slope=0.2, inplace=True)"),
        (nn.ReLU6(), F.relu6, "ReLU6()"),
        (nn.ReLU6(True), F.relu6, "ReLU6(inplace=True)"),
        (nn.Hardtanh(), F.hardtanh, "Hardtanh(min_val=-1.0, max_val=1.0)"),
        (nn.Hardtanh(-0.5, 2, True), lambda x: F.hardtanh(x, -0.5, 2), "Hardtanh(min_val=-0.5, max_val=2, inplace=True)"),
        (nn.SELU(), F.selu, "SELU()"),
        (nn.SELU(True), F.selu, "SELU(inplace=True)"),
        (nn.CELU(), F.celu, "CELU(alpha=1.0)"),
        (nn.CELU(0.5, True), lambda x: F.celu(x, 0.5), "CELU(alpha=0.5, inplace=True)"),
        (nn.GELU(), F.gelu, "GELU(approximate='none')"),
        (nn.GELU("tanh"), lambda x: F.gelu(x, approximate="tanh"), "GELU(approximate='tanh')"),
        (nn.Mish(), F.mish, "Mish()"),
        (nn.Mish(True), F.mish, "Mish(inplace=True)"),
        (nn.LogSigmoid(), F.logsigmoid, "LogSigmoid()"),
        (nn.Softsign(), F.softsign, "Softsign()"),
        (nn.Softmin(dim=1), lambda x: F.softmin(x, 1), "Softmin(dim=1)"),
        (nn.ELU(), F.elu, "ELU(alpha=1.0)"),
        (nn.ELU(0.5, inplace=True), lambda x: F.elu(x, 0.5), "ELU(alpha=0.5, inplace=True)"),
        (nn.SiLU(), F.silu, "SiLU()"),
        (nn.SiLU(True), F.silu, "SiLU(inplace=True)"),
        (nn.Sigmoid(), F.sigmoid, "Sigmoid()"),
        (nn.Tanh(), F.tanh, "Tanh()"),
        (nn.Softplus(), F.softplus, "Softplus(beta=1.0, threshold=20.0)"),
        (nn.Softplus(2, 1), lambda x: F.softplus(x, 2, 1), "Softplus(beta=2, threshold=1)"),
        (nn.Softmax(dim=1), lambda x: F.softmax(x, 1), "Softmax(dim=1)"),
        (nn.LogSoftmax(dim=0), lambda x: F.log_softmax(x, 0), "LogSoftmax(dim=0)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_modules_call_their_functions_and_print_as_pytorchs(module, function, text):
    x = tinyreg.tensor(X)
    y = module(x)
    assert (y is x) == getattr(module, "inplace", False)
    np.testing.assert_array_equal(y.numpy(), function(tinyreg.tensor(X)).numpy())
    assert repr(module) == text
    assert list(module.parameters()) == [] and module.state_dict() == {}


def test_prelu_learns_its_slopes():
    layer = nn.PReLU(4, init=0.5, dtype=tinyreg.float64)
    assert repr(layer) == "PReLU(num_parameters=4)" and repr(nn.PReLU()) == "PReLU(num_parameters=1)"
    assert list(layer.state_dict()) == ["weight"] and layer.weight.tolist() == [0.5] * 4 and nn.PReLU().weight.tolist() == [0.25]
    y = layer(tinyreg.tensor(X))
    np.testing.assert_array_equal(y.detach().numpy(), F.leaky_relu(tinyreg.tensor(X), 0.5).numpy())
    y.sum().backward()
    np.testing.assert_allclose(layer.weight.grad.numpy(), np.minimum(X, 0).sum(axis=0), rtol=1e-14)
    layer.weight.array[...] = 3
    layer.reset_parameters()
    assert layer.weight.tolist() == [0.5] * 4


def test_settings_are_refused():
    for call, error, message in (
        (lambda: nn.PReLU(init="a"), TypeError, "PReLU: init must be a number, got init='a'"),
        (lambda: nn.PReLU(-1), RuntimeError, "-1"),
        (lambda: nn.CELU([1]), TypeError, r"CELU: alpha must be a number, got alpha=\[1\]"),
        (lambda: nn.CELU(0)(tinyreg.ones(2)), RuntimeError, "celu: alpha must not be 0, got alpha=0"),
        (lambda: nn.Hardtanh("a"), TypeError, "Hardtanh: min_val must be a number, got min_val='a'"),
        (lambda: nn.Hardtanh(2, -1), AssertionError, "Hardtanh: .* got min_val=2 and max_val=-1"),
        (lambda: nn.PReLU(3)(tinyreg.ones(2, 4)), RuntimeError, r"prelu: .* 4 channels, got shape \(3,\) for input of shape \(2, 4\)"),
    ):
        with pytest.raises(error, match=message):
            call()


def test_dim_left_out_warns():
    with pytest.warns(UserWarning, match="softmax: dim should be given, got None and took 1"):
        nn.Softmax()(tinyreg.tensor(X))


def test_softplus_refuses_beta_0():
    with pytest.raises(ValueError, match="Softplus: beta must not be 0, got beta=0"):
        nn.Softplus(beta=0)
