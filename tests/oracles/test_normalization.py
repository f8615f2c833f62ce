"""Batch, layer, RMS, group and instance norm against PyTorch in float64: outputs, gradients and running averages to 1e-10."""

import numpy as np
import pytest

import tinyreg
from tinyreg import regularization as rooms
from tinyreg.autograd.tensor import wrap

torch = pytest.importorskip("torch")


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def equal(ours, theirs, tolerance=1e-10):
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * max(1, abs(theirs).max(initial=0)))


def pair(array):
    """The same leaf in both libraries."""
    return wrap(array.copy(order="K")).requires_grad_(), torch.tensor(np.ascontiguousarray(array), requires_grad=True)


BATCH = [(2, 3), (60, 100), (5, 3, 4), (4, 3, 2, 5), (2, 3, 2, 3, 2), (64, 20, 12, 12), (3, 1, 2), (1, 3, 2)]


@pytest.mark.parametrize("shape", BATCH)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, channels_last])
def test_batch_norm(shape, training, affine, layout):
    rng = np.random.default_rng(0)
    x = pair(layout(rng.normal(3, 2, shape)))
    weight, bias = (pair(rng.normal(size=shape[1])) for _ in range(2))
    mean, var = rng.normal(size=shape[1]), rng.random(shape[1]) + 0.5
    running = [(wrap(z.copy()), torch.tensor(z)) for z in (mean, var)]
    g = rng.normal(size=shape)
    outputs = []
    for i, function in enumerate((rooms.batch_norm, torch.nn.functional.batch_norm)):
        scale = (weight[i], bias[i]) if affine else (None, None)
        outputs.append(function(x[i], running[0][i], running[1][i], *scale, training, 0.3, 1e-4))
    outputs[0].backward(wrap(g))
    outputs[1].backward(torch.tensor(g))
    equal(*outputs)
    equal(x[0].grad, x[1].grad)
    for ours, theirs in running:
        equal(ours, theirs)
    for ours, theirs in (weight, bias) if affine else ():
        equal(ours.grad, theirs.grad)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("BatchNorm1d", (6, 3)), ("BatchNorm1d", (4, 3, 5)), ("BatchNorm2d", (4, 3, 5, 2)), ("BatchNorm3d", (2, 3, 2, 3, 2))],
)
@pytest.mark.parametrize(
    "settings", [{}, {"momentum": None}, {"momentum": 0.7, "eps": 1e-2}, {"affine": False}, {"track_running_stats": False}]
)
def test_batch_norm_layers_over_several_steps(name, shape, settings):
    layers = getattr(rooms, name)(3, **settings).double(), getattr(torch.nn, name)(3, **settings).double()
    rng = np.random.default_rng(0)
    if layers[0].affine:
        for parameter in ("weight", "bias"):
            values = rng.normal(size=3)
            getattr(layers[0], parameter).array[...] = values
            getattr(layers[1], parameter).data[...] = torch.tensor(values)
    for step in range(5):
        if step == 4:
            [layer.eval() for layer in layers]
        x, g = pair(rng.normal(step, 1 + step, shape)), rng.normal(size=shape)
        outputs = [layer(z) for layer, z in zip(layers, x)]
        outputs[0].backward(wrap(g))
        outputs[1].backward(torch.tensor(g))
        equal(*outputs)
        equal(x[0].grad, x[1].grad)
    ours, theirs = layers[0].state_dict(), layers[1].state_dict()
    assert list(ours) == list(theirs)
    for key in ours:
        equal(ours[key], theirs[key])
    for (_, a), (_, b) in zip(layers[0].named_parameters(), layers[1].named_parameters()):
        equal(a.grad, b.grad)
    assert repr(layers[0]) == repr(layers[1])


def run_both(shape, layout, weights, ours, theirs):
    rng = np.random.default_rng(1)
    x, g = pair(layout(rng.normal(3, 2, shape))), rng.normal(size=shape)
    parameters = [pair(rng.normal(size=weights)) for _ in range(2)] if weights else []
    outputs = [function(x[i], *(p[i] for p in parameters)) for i, function in enumerate((ours, theirs))]
    outputs[0].backward(wrap(g))
    outputs[1].backward(torch.tensor(g))
    equal(*outputs)
    for a, b in (x, *parameters):
        if b.grad is not None:  # rms_norm has no bias
            equal(a.grad, b.grad)


LAYOUTS = pytest.mark.parametrize("layout", [np.ascontiguousarray, channels_last, lambda x: np.ascontiguousarray(x.T).T])
AFFINE = pytest.mark.parametrize("affine", [True, False])


@LAYOUTS
@AFFINE
@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((4, 6), (6,)), ((2, 3, 4, 5), (5,)), ((2, 3, 4, 5), (3, 4, 5)), ((2, 3), (2, 3)), ((300, 700), (700,)), ((3, 1), (1,))],
)
def test_layer_norm(shape, sizes, affine, layout):
    run_both(
        shape, layout, sizes if affine else None,
        lambda x, *p: rooms.layer_norm(x, sizes, *p, eps=1e-4),
        lambda x, *p: torch.nn.functional.layer_norm(x, sizes, *p, eps=1e-4),
    )  # fmt: skip


@LAYOUTS
@AFFINE
@pytest.mark.parametrize("eps", [None, 1e-4])
@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((4, 6), (6,)), ((2, 3, 4, 5), (3, 4, 5)), ((2, 3), (2, 3)), ((300, 700), (700,)), ((3, 1), (1,))],
)
def test_rms_norm(shape, sizes, eps, affine, layout):
    run_both(
        shape, layout, sizes if affine else None,
        lambda x, w=None, _=None: rooms.rms_norm(x, sizes, w, eps),
        lambda x, w=None, _=None: torch.nn.functional.rms_norm(x, sizes, w, eps),
    )  # fmt: skip


@LAYOUTS
@AFFINE
@pytest.mark.parametrize(
    ("shape", "groups"),
    [((4, 6), 2), ((2, 6, 5), 3), ((2, 6, 4, 5), 1), ((2, 6, 4, 5), 6), ((2, 4, 2, 3, 2), 2), ((16, 8, 40, 40), 4), ((3, 2), 2)],
)
def test_group_norm(shape, groups, affine, layout):
    run_both(
        shape, layout, shape[1:2] if affine else None,
        lambda x, *p: rooms.group_norm(x, groups, *p, eps=1e-4),
        lambda x, *p: torch.nn.functional.group_norm(x, groups, *p, eps=1e-4),
    )  # fmt: skip


@LAYOUTS
@AFFINE
@pytest.mark.parametrize("own_stats", [True, False])
@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 5), (2, 3, 2, 3, 2), (16, 8, 40, 40)])
def test_instance_norm(shape, own_stats, affine, layout):
    rng = np.random.default_rng(0)
    mean, var = rng.normal(size=shape[1]), rng.random(shape[1]) + 0.5
    running = [(wrap(z.copy()), torch.tensor(z)) for z in (mean, var)]
    run_both(
        shape, layout, shape[1:2] if affine else None,
        lambda x, w=None, b=None: rooms.instance_norm(x, running[0][0], running[1][0], w, b, own_stats, 0.3, 1e-4),
        lambda x, w=None, b=None: torch.nn.functional.instance_norm(x, running[0][1], running[1][1], w, b, own_stats, 0.3, 1e-4),
    )  # fmt: skip
    for ours, theirs in running:
        equal(ours, theirs)


@pytest.mark.parametrize(
    ("name", "arguments", "settings"),
    [
        ("LayerNorm", (5,), {}),
        ("LayerNorm", ((4, 5),), {"bias": False}),
        ("LayerNorm", ((4, 5),), {"elementwise_affine": False}),
        ("RMSNorm", (5,), {}),
        ("RMSNorm", ((4, 5),), {"eps": 0.1, "elementwise_affine": False}),
        ("GroupNorm", (2, 4), {}),
        ("GroupNorm", (4, 4), {"affine": False}),
        ("InstanceNorm2d", (4,), {}),
        ("InstanceNorm2d", (4,), {"affine": True, "track_running_stats": True}),
    ],
)
def test_the_other_layers(name, arguments, settings):
    ours, theirs = getattr(rooms, name)(*arguments, **settings).double(), getattr(torch.nn, name)(*arguments, **settings).double()
    rng = np.random.default_rng(0)
    for training in (True, False):
        ours.train(training), theirs.train(training)
        x = rng.normal(1, 2, (3, 4, 5, 5) if name not in ("LayerNorm", "RMSNorm") else (3, 4, 5))
        equal(ours(wrap(x)), theirs(torch.tensor(x)))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for a, b in zip(ours.state_dict().values(), theirs.state_dict().values()):
        equal(a, b)
    assert repr(ours) == repr(theirs)


def test_float32_is_as_near_to_the_truth_as_its_input():
    """Mean 1000, variance 1: float32 holds x to 6.1e-5, and that is our error; PyTorch's is of the same order."""
    rng = np.random.default_rng(0)
    x, g = rng.normal(1000, 1, (32, 4, 30, 30)).astype(np.float32), rng.normal(size=(32, 4, 30, 30)).astype(np.float32)

    def run(library, function, dtype):
        z = library.tensor(x.astype(dtype), requires_grad=True)
        y = function(z, None, None, training=True)
        y.backward(library.tensor(g.astype(dtype)))
        return y.detach().numpy(), z.grad.numpy()

    exact = run(torch, torch.nn.functional.batch_norm, np.float64)
    ours, theirs = run(tinyreg, rooms.batch_norm, np.float32), run(torch, torch.nn.functional.batch_norm, np.float32)
    for a, b, truth in zip(ours, theirs, exact):
        assert abs(a - truth).max() < 2 * np.spacing(np.float32(1000))
        assert abs(a - truth).max() < 5 * abs(b - truth).max()


def test_a_weight_of_another_dtype_and_a_negative_eps():
    """Differences: PyTorch's rms_norm converts the one with a warning, and takes the other."""
    torch.set_warn_always(True)  # it says so once a process otherwise, and another test may have seen it
    with pytest.warns(UserWarning, match="Mismatch dtype"):
        torch.nn.functional.rms_norm(torch.ones(2, 3), (3,), torch.ones(3).double())
    torch.set_warn_always(False)
    torch.nn.functional.rms_norm(torch.ones(2, 3), (3,), eps=-0.5)
    with pytest.raises(RuntimeError, match="one dtype, got float32 and float64"):
        rooms.rms_norm(tinyreg.ones(2, 3), (3,), tinyreg.ones(3).double())
    with pytest.raises(ValueError, match="eps=-0.5"):
        rooms.rms_norm(tinyreg.ones(2, 3), (3,), eps=-0.5)


def test_refusals_are_pytorchs_in_type():
    """Where PyTorch refuses, so do we, with an exception that `except` clauses written for PyTorch catch."""
    x, three, four = np.ones((4, 3)), np.ones(3), np.ones(4)
    calls = [
        lambda F, t: F.batch_norm(t(x), t(four), t(four)),
        lambda F, t: F.batch_norm(t(x[:1]), None, None, training=True),
        lambda F, t: F.batch_norm(t(x), None, None),
        lambda F, t: F.batch_norm(t(x), t(three), t(three), t(four)),
        lambda F, t: F.batch_norm(t(x.astype(np.float32)), t(three), t(three)),
        lambda F, t: F.layer_norm(t(x), (4,)),
        lambda F, t: F.layer_norm(t(x), ()),
        lambda F, t: F.layer_norm(t(x), (3,), t(four)),
        lambda F, t: F.rms_norm(t(x), (4,)),
        lambda F, t: F.rms_norm(t(x), ()),
        lambda F, t: F.rms_norm(t(x), (3,), t(four)),
        lambda F, t: F.rms_norm(t(x.astype(int)), (3,)),
        lambda F, t: F.group_norm(t(x), 2),
        lambda F, t: F.group_norm(t(x[:1]), 3),
        lambda F, t: F.group_norm(t(three), 1),
        lambda F, t: F.instance_norm(t(np.ones((2, 3, 1)))),
        lambda F, t: F.instance_norm(t(np.ones((2, 3, 2))), use_input_stats=False),
    ]
    for call in calls:
        with pytest.raises((ValueError, RuntimeError)) as theirs:
            call(torch.nn.functional, torch.tensor)
        with pytest.raises(theirs.type):
            call(rooms, tinyreg.tensor)
