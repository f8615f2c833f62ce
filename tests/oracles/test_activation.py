"""The activations and elementwise ops against PyTorch where the table of gradient cases does not look: kinks, extremes, dtypes."""

import warnings

import numpy as np
import pytest

import tinyreg
from tests.oracles.forms import agree, calls, evaluate

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
    "selu": lambda t, x: t.nn.functional.selu(x),
    "celu": lambda t, x: t.nn.functional.celu(x, 0.5),
    "relu6": lambda t, x: t.nn.functional.relu6(x * 3),
    "hardtanh": lambda t, x: t.nn.functional.hardtanh(x, -2.5, 1),
    "prelu": lambda t, x: t.nn.functional.prelu(x, t.tensor([0.3], dtype=x.dtype)),
    "mish": lambda t, x: t.nn.functional.mish(x),
    "gelu": lambda t, x: t.nn.functional.gelu(x),
    "gelu tanh": lambda t, x: t.nn.functional.gelu(x, approximate="tanh"),
    "logsigmoid": lambda t, x: t.nn.functional.logsigmoid(x),
    "softsign": lambda t, x: t.nn.functional.softsign(x),
    "softmin": lambda t, x: t.nn.functional.softmin(x, dim=0),
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
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "gelu tanh"])  # where PyTorch's slope of 1e30 is nan
def test_extremes(name, dtype, rtol):
    """Values to their last digits however small; slopes that are differences (1 - y) to the last digits of y."""
    ours, theirs = both(ACTIVATIONS[name], EXTREMES, dtype)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=rtol, atol=1e-37)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=rtol, atol=rtol / 10)


@pytest.mark.parametrize("name", "relu leaky_relu elu selu celu relu6 hardtanh softplus logsigmoid sigmoid tanh".split())
def test_infinities(name):
    ours, theirs = both(lambda t, x: getattr(t.nn.functional, name)(x), [np.inf, 1.5, -np.inf])
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-14)


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
    for name in (
        "ReLU ReLU6 Hardtanh LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Sigmoid LogSigmoid Tanh Softsign Softplus Softmax Softmin "
        "LogSoftmax".split()
    ):
        assert repr(getattr(tinyreg.nn, name)()) == repr(getattr(torch.nn, name)())
    for library in (tinyreg, torch):
        assert [repr(library.nn.GELU("tanh")), repr(library.nn.Hardtanh(0, 1, True)), repr(library.nn.PReLU(3))] == [
            "GELU(approximate='tanh')",
            "Hardtanh(min_val=0, max_val=1, inplace=True)",
            "PReLU(num_parameters=3)",
        ]


CUBE = np.random.default_rng(1).standard_normal((2, 3, 4))

# every function on no dimension, on none or one element, transposed, in place, on integers and bools
FORMS = "{}(x); {}(x.sum()); {}(x[:0]); {}(x.transpose(0, 2)); {}(x[..., ::2]); {}(t.arange(4)); {}(x > 0); {}(x * 1)"
PLAIN = (
    "relu relu6 hardtanh leaky_relu elu selu celu silu mish gelu sigmoid logsigmoid tanh softsign softplus relu_ elu_ celu_ selu_ "
    "leaky_relu_ hardtanh_".split()
)

CALLS = """
F.relu(x * 1, True); F.relu(x, inplace=True); F.relu6(x * 3, inplace=True); F.relu6(t.arange(9), True); F.hardtanh(x, -0.5, 0.7)
F.hardtanh(x * 1, max_val=0.5, min_val=-0.25, inplace=True); F.hardtanh(x, 1, -1); F.hardtanh(x, 1, 1); F.hardtanh(x, None)
F.hardtanh(t.arange(6) - 1, -0.5, 2.5); F.hardtanh(t.arange(3, dtype=t.uint8)); F.hardtanh(t.arange(3, dtype=t.uint8), 0, 2)
F.hardtanh(x, -INF, INF); F.hardtanh(t.arange(3), -INF, 1); F.hardtanh(x * NAN); F.hardtanh_(x * 1, -0.3); F.hardtanh_(x)
F.leaky_relu(x, 0.3); F.leaky_relu(x, -2); F.leaky_relu(x, 3); F.leaky_relu(x * 1, 0.3, True); F.leaky_relu(x, 'a'); F.leaky_relu(x, None)
F.leaky_relu(x, t.tensor(0.3)); F.leaky_relu_(x * 1, negative_slope=2)
F.elu(x, 2); F.elu(x, 0); F.elu(x, -1); F.elu(x * 1, alpha=0.5, inplace=True); F.elu(x, t.tensor(2.0)); F.elu_(x * 1, 2.0); F.elu(x, [1])
F.selu(x * 1, True); F.selu_(x); F.celu(x, 0.5); F.celu(x, -2.0); F.celu(x, 0); F.celu(x * 1, alpha=3, inplace=True); F.celu(x, 'a')
F.silu(x * 1, inplace=True); F.mish(x * 1, True); F.mish(x * 100)
F.gelu(x, approximate='tanh'); F.gelu(x * 100, approximate='tanh'); F.gelu(x * 100); F.gelu(x, approximate='erf')
F.gelu(x, approximate=None)
F.gelu(x.sum(), approximate='tanh'); F.logsigmoid(x * 1000); F.softsign(t.arange(5) - 2); F.softsign(x * 1e5)
F.softplus(x, 0.5); F.softplus(x, -1); F.softplus(x, 2, 0.1); F.softplus(x, beta=-2, threshold=-1); F.softplus(x, threshold=-1)
F.softplus(x, t.tensor(2.0), t.tensor(1.0))
F.softmax(x, 0); F.softmax(x, -1); F.softmax(x, 3); F.softmax(x, -4); F.softmax(x, 1.5); F.softmax(x, dim='a'); F.softmax(x[:0], 0)
F.softmax(x[:0], 1); F.softmax(x.sum(), 0); F.softmax(x.sum(), -1); F.softmax(x.sum(), 1); F.softmax(x.float(), 0, dtype=t.float64)
F.softmax(t.arange(3), 0); F.softmax(t.arange(3), 0, dtype=t.float64); F.softmax(x, 0, dtype=t.int64); F.softmax(x, (0, 1))
F.softmax(x > 0, 0)
t.softmax(x, 1, t.float64); x.softmax(1); x.softmax(-1, t.float64); x.log_softmax(0); t.log_softmax(t.arange(3), 0, dtype=t.float64)
F.log_softmax(x, 0); F.log_softmax(x, -1); F.log_softmax(x, 3); F.log_softmax(x.sum(), 0); F.log_softmax(x[:, :0], 1)
F.log_softmax(x[:, :0], 0)
F.log_softmax(t.arange(3), 0); F.log_softmax(x.float(), 0, dtype=t.float64); F.log_softmax(x, 0, dtype=t.int64); F.log_softmax(x, 1.0)
F.softmin(x, 0); F.softmin(x, dim=-1); F.softmin(x, 3); F.softmin(x.sum(), 0); F.softmin(t.arange(3), 0)
F.softmin(t.arange(3), 0, dtype=t.float64)
F.softmin(x > 0, 0)
F.relu([1.0]); F.silu(None); F.gelu(1.0); F.relu(); t.relu(x, 1, 2)
F.prelu(x, t.ones(2, dtype=t.float64)); F.prelu(x, t.ones(3)); F.prelu(x, t.ones(1, 1, dtype=t.float64)); F.prelu(x, 0.5); F.prelu(None, x)
F.prelu(t.arange(3), t.tensor([2])); F.prelu(t.arange(3), t.tensor([2.0])); F.prelu(x, t.ones(0, dtype=t.float64))
F.prelu(x[:, :0], t.ones(0, dtype=t.float64)); F.prelu(x.sum(), t.ones(2, dtype=t.float64)); F.prelu(x[0, 0], t.ones(4, dtype=t.float64))
t.nn.PReLU(3).double()(x); t.nn.PReLU()(x.float()).double(); t.nn.PReLU(0).weight; t.nn.PReLU(-1); t.nn.PReLU(2.5)
t.nn.PReLU(2).double()(x)
t.nn.PReLU(2, 0.5, dtype=t.float64).weight; t.nn.PReLU(num_parameters=2, init=1).weight; t.nn.PReLU()(x)
t.nn.Hardtanh(-2, 0.5)(x); t.nn.CELU(2)(x); t.nn.CELU(0)(x); t.nn.GELU('erf')(x); t.nn.SELU(True)(x * 1); t.nn.Softmin(1)(x)
t.nn.Sigmoid(3)
"""


@pytest.mark.parametrize("name", PLAIN)
def test_forms(name):
    for source in calls(FORMS.replace("{}", f"F.{name}")):
        agree(lambda t, x: evaluate(source, t, x), CUBE)  # noqa: B023


@pytest.mark.parametrize("source", calls(CALLS))
def test_calls(source):
    agree(lambda t, x: evaluate(source.replace("INF", "np.inf").replace("NAN", "np.nan"), t, x), CUBE)


SLOPES = [((), ()), ((), (1,)), ((4,), (1,)), ((3, 4), (4,)), ((2, 3, 4), (3,)), ((0, 3), (3,)), ((2, 3, 2, 2), ())]


@pytest.mark.parametrize("shape, slopes", SLOPES, ids=str)
def test_prelu(shape, slopes):
    rng = np.random.default_rng(2)
    agree(lambda t, x, w: t.nn.functional.prelu(x, w), rng.standard_normal(shape), rng.standard_normal(slopes))


def test_the_tanh_form_of_gelu_has_slopes_at_every_size():
    """A difference: PyTorch's overflows."""
    slopes = []
    for library in (tinyreg, torch):
        x = library.tensor(np.array([-1e30, 1e30], dtype="float32"), requires_grad=True)
        library.nn.functional.gelu(x, approximate="tanh").sum().backward()
        slopes.append(x.grad.numpy())
    assert slopes[0].tolist() == [0, 1] and np.isnan(slopes[1]).all()


def test_softplus_without_sharpness():
    """A difference: PyTorch divides by it."""
    assert torch.nn.functional.softplus(torch.zeros(1), beta=0).item() == np.inf
    with pytest.raises(ValueError, match="beta=0"):
        tinyreg.nn.functional.softplus(tinyreg.zeros(1), beta=0)


def test_the_refusal_of_a_module_is_an_assertion_in_both():
    for library in (tinyreg, torch):
        with pytest.raises(AssertionError, match="-1"):
            library.nn.Hardtanh(2, -1)
