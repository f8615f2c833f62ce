"""Layers against PyTorch in float64, over many geometries; the rows of the gradient table run in test_gradcases.py."""

import itertools

import numpy as np
import pytest

import tinyreg

torch = pytest.importorskip("torch")


def compare(run, *arrays):
    """Outputs and gradients, by a random cotangent."""
    ours = [tinyreg.tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, z = run(tinyreg, *ours), run(torch, *theirs)
    assert tuple(y.shape) == tuple(z.shape)
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-10)
    G = np.random.default_rng(1).standard_normal(z.shape)
    y.backward(tinyreg.tensor(G))
    z.backward(torch.tensor(G))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-10, atol=1e-10)


def draw(*shape):
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("shape", [(5,), (1, 5), (7, 5), (2, 3, 5), (0, 5)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(shape, bias):
    arrays = [draw(*shape), draw(4, 5), *([draw(4)] if bias else [])]
    compare(lambda t, *args: t.nn.functional.linear(*args), *arrays)


GEOMETRIES = [
    (stride, padding, dilation, groups)
    for stride, padding, dilation in itertools.product((1, 2, (2, 3)), (0, 1, (2, 0), (3, 4)), (1, (2, 1)))
    for groups in (1, 2)
]


@pytest.mark.parametrize("stride, padding, dilation, groups", GEOMETRIES)
@pytest.mark.parametrize("channels", [4, 16])
def test_conv2d(stride, padding, dilation, groups, channels):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    arrays = draw(2, channels, 7, 8), draw(6, channels // groups, 3, 2), draw(6)
    compare(lambda t, x, w, b: t.nn.functional.conv2d(x, w, b, **options), *arrays)


@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (4, 4), (5, 2)])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_conv2d_same(kernel, dilation):
    compare(lambda t, x, w: t.nn.functional.conv2d(x, w, padding="same", dilation=dilation), draw(2, 3, 7, 6), draw(4, 3, *kernel))


POOLINGS = [
    (kernel, stride, padding, ceil_mode)
    for kernel, stride, padding, ceil_mode in itertools.product((2, 3, (3, 2)), (None, 1, 2, (3, 2)), (0, 1), (False, True))
]


@pytest.mark.parametrize("kernel, stride, padding, ceil_mode", POOLINGS)
def test_pooling(kernel, stride, padding, ceil_mode):
    x = draw(2, 3, 8, 7)
    for dilation in (1, 2):
        compare(lambda t, x, d=dilation: t.nn.functional.max_pool2d(x, kernel, stride, padding, d, ceil_mode), x)
        ours = tinyreg.nn.functional.max_pool2d(tinyreg.tensor(x), kernel, stride, padding, dilation, ceil_mode, return_indices=True)
        theirs = torch.nn.functional.max_pool2d(torch.tensor(x), kernel, stride, padding, dilation, ceil_mode, return_indices=True)
        np.testing.assert_array_equal(ours[1].numpy(), theirs[1].numpy())
    for counted in (True, False):
        compare(lambda t, x, c=counted: t.nn.functional.avg_pool2d(x, kernel, stride, padding, ceil_mode, c), x)


def test_ties_and_nan():
    x = np.random.default_rng(0).integers(0, 3, (2, 3, 8, 7)).astype("float64")
    compare(lambda t, x: t.nn.functional.max_pool2d(x, 3, 2, 1), x)
    x[0, 0, 2:5, 1:4] = np.nan
    ours = tinyreg.nn.functional.max_pool2d(tinyreg.tensor(x), 2, 1, return_indices=True)
    theirs = torch.nn.functional.max_pool2d(torch.tensor(x), 2, 1, return_indices=True)
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("output_size", [1, 2, 5, (3, 7), (None, 2), 11])
def test_adaptive_pooling(output_size):
    compare(lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, output_size), draw(2, 3, 7, 9))


@pytest.mark.parametrize(
    "build",
    [
        lambda t: t.nn.Linear(5, 4),
        lambda t: t.nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, dilation=2, groups=2, bias=False),
        lambda t: t.nn.Conv2d(4, 6, 3, padding="same"),
        lambda t: t.nn.MaxPool2d(2),
        lambda t: t.nn.AvgPool2d(3, 2, 1),
        lambda t: t.nn.AdaptiveAvgPool2d((2, None)),
        lambda t: t.nn.Sequential(t.nn.Conv2d(1, 2, 3), t.nn.Flatten(), t.nn.Identity(), t.nn.Sequential(t.nn.Linear(2, 1, bias=False))),
        lambda t: t.nn.ModuleList([t.nn.Linear(1, 2), t.nn.Linear(2, 1)]),
    ],
)
def test_repr_and_state_have_pytorchs_form(build):
    ours, theirs = build(tinyreg), build(torch)
    assert repr(ours) == repr(theirs)
    assert [(k, tuple(v.shape)) for k, v in ours.state_dict().items()] == [(k, tuple(v.shape)) for k, v in theirs.state_dict().items()]


@pytest.mark.parametrize(
    "build",
    [
        lambda t: t.nn.ModuleList([t.nn.Linear(1, 2), t.nn.Linear(1, 2), t.nn.ReLU(), t.nn.Linear(1, 2)]),
        lambda t: t.nn.ModuleList(t.nn.Sequential(t.nn.Linear(1, 2), t.nn.ReLU()) for _ in range(3)),
        lambda t: t.nn.ModuleList(),
        lambda t: t.nn.ParameterList([t.zeros(2, 3), t.ones(3), t.ones(1).sum()]),
        lambda t: t.nn.ParameterList([t.zeros(2)]),
        lambda t: t.nn.ParameterList(),
        lambda t: t.nn.Sequential(t.nn.ReLU()) + t.nn.Sequential(t.nn.Tanh(), t.nn.ReLU()),
        lambda t: t.nn.Sequential(t.nn.ReLU()).insert(0, t.nn.Tanh()),
        lambda t: t.nn.Sequential(t.nn.ReLU(), t.nn.Tanh(), t.nn.SELU()).pop(1),
        lambda t: t.nn.ModuleDict({"a": t.nn.ReLU(), "b": t.nn.ModuleList([t.nn.ReLU()])}),
        lambda t: t.nn.ModuleDict(),
        lambda t: t.nn.Sequential(t.nn.ReLU(), t.nn.ReLU(), t.nn.ParameterList([t.zeros(2)])),
    ],
)
def test_containers_print_alike(build):
    assert repr(build(tinyreg)) == repr(build(torch)).replace("torch.float32", "tinyreg.float32")


def test_what_stands_under_a_dotted_name():
    for t in (tinyreg, torch):
        net = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.ModuleList([t.nn.BatchNorm1d(3)]))
        assert net.get_submodule("") is net and net.get_submodule("1.0") is net[1][0]
        assert net.get_parameter("0.weight") is net[0].weight and net.get_buffer("1.0.running_mean") is net[1][0].running_mean
        for call in (
            lambda net=net: net.get_submodule("2"),
            lambda net=net: net.get_submodule("0.weight"),
            lambda net=net: net.get_submodule(3),
            lambda net=net: net.get_submodule(None),
            lambda net=net: net.get_parameter("0"),
            lambda net=net: net.get_parameter(""),
            lambda net=net: net.get_parameter("0.bais"),
            lambda net=net: net.get_parameter("1.0.running_mean"),
            lambda net=net: net.get_parameter(3),
            lambda net=net: net.get_buffer("0.weight"),
            lambda net=net: net.get_buffer("1.1.running_mean"),
        ):
            with pytest.raises(AttributeError):
                call()
        with pytest.raises(TypeError):
            net.apply(3)


@pytest.mark.parametrize("nonlinearity", ["linear", "conv2d", "conv_transpose1d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"])
def test_gains(nonlinearity):
    assert tinyreg.nn.init.calculate_gain(nonlinearity) == pytest.approx(torch.nn.init.calculate_gain(nonlinearity), rel=1e-15)


@pytest.mark.parametrize("shape", [(40, 60), (20, 10, 3, 3)])
def test_the_bounds_of_uniform_weights(shape):
    """The largest of many uniform draws comes close to the bound, on both sides."""
    for name, options in (("xavier_uniform_", {"gain": 2.0}), ("kaiming_uniform_", {"a": 0.5, "mode": "fan_out"})):
        ours = abs(getattr(tinyreg.nn.init, name)(tinyreg.empty(*shape), **options)).max().item()
        theirs = abs(getattr(torch.nn.init, name)(torch.empty(*shape), **options)).max().item()
        assert ours == pytest.approx(theirs, rel=0.02)
