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


def test_dim_left_out_warns():
    with pytest.warns(UserWarning, match="softmax: dim should be given, got None and took 1"):
        nn.Softmax()(tinyreg.tensor(X))


def test_softplus_refuses_beta_0():
    with pytest.raises(ValueError, match="Softplus: beta must not be 0, got beta=0"):
        nn.Softplus(beta=0)
