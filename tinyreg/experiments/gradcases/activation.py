"""Gradient cases of ops/activation.py and layers/activation.py."""

from .case import Case

CASES = [
    Case("relu", lambda t, x: t.relu(x), ((3, 4),), away_from=(0,)),
    Case("relu inplace", lambda t, x: t.nn.functional.relu(x * 2, inplace=True), ((3, 4),), away_from=(0,)),
    Case("sigmoid", lambda t, x: t.sigmoid(x), ((3, 4),)),
    Case("tanh", lambda t, x: t.tanh(x), ((3, 4),)),
    Case("nn.functional.leaky_relu", lambda t, x: t.nn.functional.leaky_relu(x, 0.1), ((3, 4),), away_from=(0,)),
    Case("nn.functional.leaky_relu steep", lambda t, x: t.nn.functional.leaky_relu(x, 1.5), ((3, 4),), away_from=(0,)),
    Case("nn.functional.elu", lambda t, x: t.nn.functional.elu(x), ((3, 4),)),
    Case("nn.functional.elu alpha", lambda t, x: t.nn.functional.elu(x, alpha=1.5), ((3, 4),), away_from=(0,)),
    Case("nn.functional.silu", lambda t, x: t.nn.functional.silu(x), ((3, 4),)),
    Case("nn.functional.softplus", lambda t, x: t.nn.functional.softplus(x), ((3, 4),)),
    Case("nn.functional.softplus threshold", lambda t, x: t.nn.functional.softplus(x, beta=2, threshold=1), ((3, 4),), away_from=(0.5,)),
    Case("softmax", lambda t, x: t.softmax(x, dim=1), ((3, 4),)),
    Case("softmax dim", lambda t, x: t.softmax(x, dim=-2), ((2, 3, 4),)),
    Case("log_softmax", lambda t, x: t.log_softmax(x, dim=1), ((3, 4),)),
    Case("log_softmax dim", lambda t, x: t.log_softmax(x, dim=0), ((3, 2, 2),)),
    Case("nn.ReLU", lambda t, x: t.nn.ReLU()(x), ((3, 4),), away_from=(0,)),
    Case("nn.LeakyReLU", lambda t, x: t.nn.LeakyReLU(0.2)(x), ((3, 4),), away_from=(0,)),
    Case("nn.ELU", lambda t, x: t.nn.ELU()(x), ((3, 4),)),
    Case("nn.SiLU", lambda t, x: t.nn.SiLU()(x), ((3, 4),)),
    Case("nn.Sigmoid", lambda t, x: t.nn.Sigmoid()(x), ((3, 4),)),
    Case("nn.Tanh", lambda t, x: t.nn.Tanh()(x), ((3, 4),)),
    Case("nn.Softplus", lambda t, x: t.nn.Softplus(beta=3)(x), ((3, 4),)),
    Case("nn.Softmax", lambda t, x: t.nn.Softmax(dim=1)(x), ((3, 4),)),
    Case("nn.LogSoftmax", lambda t, x: t.nn.LogSoftmax(dim=1)(x), ((3, 4),)),
]
