"""The activations and elementwise ops against PyTorch where the table of gradient cases does not look: kinks, extremes, dtypes."""

import warnings

import numpy as np
import pytest

import tinyreg

torch = pytest.importorskip("torch")

KINKS = [-3.0, -2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.5, 3.0]
EXTREMES = [-1e30, -1000.0, -100.0, -30.0, 0.0, 30.0, 100.0, 1000.0, 1e30]


def both(run, values, dtype="float64"):
    """Value and gradient of each library, for a cotangent that differs from element to element."""
    for library in (tinyreg, torch):
        x = library.tensor(np.array(values, dtype=dtype), requires_grad=True)
        y = run(library, x)
        y.backward(library.tensor(np.linspace(1, 2, y.numel() if hasattr(y, "numel") else 1, dtype=dtype).reshape(tuple(y.shape))))
        assert str(y.dtype).removeprefix("torch.") == str(x.grad.dtype).removeprefix("torch.") == dtype
        yield y.detach().numpy(), x.grad.numpy()


ACTIVATIONS = {
    "relu": lambda t, x: t.relu(x),
    "sigmoid": lambda t, x: t.sigmoid(x),
    "tanh": lambda t, x: t.tanh(x),
    "leaky_relu": lambda t, x: t.nn.functional.leaky_relu(x, 0.2),
    "leaky_relu negative": lambda t, x: t.nn.functional.leaky_relu(x, -0.5),
    "elu": lambda t, x: t.nn.functional.elu(x, 1.5),
    "silu": lambda t, x: t.nn.functional.silu(x),
    "softplus": lambda t, x: t.nn.functional.softplus(x),
    "softplus threshold": lambda t, x: t.nn.functional.softplus(x, 2, 5),
    "softmax": lambda t, x: t.softmax(x, dim=0),
    "log_softmax": lambda t, x: t.log_softmax(x, dim=0),
}
ELEMENTWISE = {
    "abs": lambda t, x: t.abs(x),
    "sign": lambda t, x: t.sign(x),
    "floor": lambda t, x: t.floor(x),
    "ceil": lambda t, x: t.ceil(x),
    "trunc": lambda t, x: t.trunc(x),
    "round": lambda t, x: t.round(x),
    "clamp": lambda t, x: t.clamp(x, -1, 2.5),
    "clamp crossed": lambda t, x: t.clamp(x, 1, -1),
    "clamp tensor": lambda t, x: t.clamp(x, x.detach() * 0, x.detach() * 0 + 1),
    "maximum tie": lambda t, x: t.maximum(x, x.detach() * 1),
    "minimum number": lambda t, x: t.minimum(x, t.tensor(0.5, dtype=x.dtype)),
}


@pytest.mark.parametrize("name", [*ACTIVATIONS, *ELEMENTWISE])
def test_kinks(name):
    run = (ACTIVATIONS | ELEMENTWISE)[name]
    ours, theirs = both(run, KINKS)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype, rtol", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_extremes(name, dtype, rtol):
    """Values to their last digits however small; slopes that are differences (1 - y) to the last digits of y."""
    ours, theirs = both(ACTIVATIONS[name], EXTREMES, dtype)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=rtol, atol=1e-37)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=rtol, atol=rtol / 10)


@pytest.mark.parametrize("bounds", [(None, 1), (-1, None), (-1, 1), (1, -1)])
def test_gradients_of_bounds(bounds):
    results = []
    for library in (tinyreg, torch):
        x = library.tensor(np.array(KINKS), requires_grad=True)
        tensors = [None if b is None else library.tensor(float(b), dtype=library.float64, requires_grad=True) for b in bounds]
        library.clamp(x, *tensors).backward(library.tensor(np.linspace(1, 2, len(KINKS))))
        results.append([leaf.grad.numpy() for leaf in (x, *tensors) if leaf is not None])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


@pytest.mark.parametrize(
    "name", "exp log sqrt rsqrt reciprocal sin cos expm1 log1p abs square sign floor ceil trunc sigmoid tanh relu".split()
)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32"])
def test_dtypes(name, dtype):
    values = np.array([1, 2, 3], dtype=dtype)
    ours, theirs = (getattr(library, name)(library.tensor(values)) for library in (tinyreg, torch))
    assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-3 if dtype == "float16" else 1e-6)


def test_the_implicit_dim_is_pytorchs():
    for shape in ((3,), (2, 3), (2, 3, 4), (2, 3, 4, 2)):
        values = np.random.default_rng(0).standard_normal(shape)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            ours, theirs = (library.nn.functional.softmax(library.tensor(values)).numpy() for library in (tinyreg, torch))
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_modules_print_alike():
    for name in "ReLU LeakyReLU ELU SiLU Sigmoid Tanh Softplus Softmax LogSoftmax".split():
        assert repr(getattr(tinyreg.nn, name)()) == repr(getattr(torch.nn, name)())
