"""Dropout and its relatives against PyTorch: for the mask that PyTorch drew, the same values and gradients to the last digits."""

import inspect
import math
import warnings

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.dropout import Dropout, dropout

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients(p, dtype):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 300, 400)).astype(dtype)
    torch.manual_seed(0)
    theirs = torch.tensor(x, requires_grad=True)
    y = torch.nn.functional.dropout(theirs, p)
    y.backward(torch.tensor(g))
    ours = wrap(x.copy()).requires_grad_()
    z = dropout(ours, p, mask=wrap((y != 0).detach().numpy()))
    z.backward(wrap(g))
    digits = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(z.detach().numpy(), y.detach().numpy(), rtol=digits)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=digits)


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_the_share_that_is_kept(p):
    """n = 500,000: both libraries keep the same share within 6 sigma of their difference."""
    n = 500_000
    torch.manual_seed(0)
    theirs = (torch.nn.functional.dropout(torch.ones(n), p) != 0).double().mean().item()
    ours = (dropout(tinyreg.ones(n), p).numpy() != 0).mean()
    assert abs(ours - theirs) < 6 * math.sqrt(2 * p * (1 - p) / n)


def test_what_is_the_identity_returns_the_input_in_both():
    for library, function in ((tinyreg, dropout), (torch, torch.nn.functional.dropout)):
        x = library.ones(3)
        assert function(x, 0.5, training=False) is x and function(x, 0.0) is x


def test_refusals_and_repr():
    for p in (1.3, -0.1):
        for call in (lambda p: torch.nn.functional.dropout(torch.ones(2), p), torch.nn.Dropout):
            with pytest.raises(ValueError, match=str(p)):
                call(p)
        for call in (lambda p: dropout(tinyreg.ones(2), p), Dropout):
            with pytest.raises(ValueError, match=str(p)):
                call(p)
    with pytest.raises(RuntimeError):
        torch.nn.functional.dropout(torch.arange(3))
    with pytest.raises(RuntimeError, match="int64"):
        dropout(tinyreg.arange(3))
    assert repr(Dropout(0.3)) == repr(torch.nn.Dropout(0.3))


LAYERS = {
    "dropout": "Dropout",
    "dropout1d": "Dropout1d",
    "dropout2d": "Dropout2d",
    "dropout3d": "Dropout3d",
    "alpha_dropout": "AlphaDropout",
    "feature_alpha_dropout": "FeatureAlphaDropout",
}
SHAPES = {  # of inputs, and how many leading dimensions have masks of their own
    "dropout": [((), 0), ((7,), 1), ((3, 4), 2), ((2, 3, 4, 5), 4)],
    "dropout1d": [((30, 4, 5), 2), ((40, 5), 1)],
    "dropout2d": [((30, 4, 5, 6), 2), ((30, 4, 5), 2), ((30, 40), 2), ((30, 4, 2, 2, 2), 2), ((30, 4, 2, 2, 2, 2), 2)],
    "dropout3d": [((30, 4, 2, 3, 4), 2), ((40, 2, 3, 4), 1), ((40, 3, 4), 1), ((40, 4), 1), ((40,), 1), ((30, 2, 2, 2, 2, 2), 1)],
    "alpha_dropout": [((), 0), ((7,), 1), ((30, 40), 2), ((2, 3, 4, 5), 4)],
    "feature_alpha_dropout": [((30, 40), 2), ((30, 4, 5), 2), ((30, 4, 5, 6), 2), ((30, 4, 2, 3, 4), 2)],
}
FORMS = [  # of the call: door(input, ...) or layer(...)(input)
    ("door", (0.3, True), {}),
    ("door", (), {"p": 0.5, "training": True}),
    ("door", (), {"training": True}),
    ("door", (0.8, True, True), {}),
    ("door", (0.4,), {"training": True, "inplace": True}),
    ("door", (0.9, False), {}),
    ("door", (0.0, True), {}),
    ("door", (1.0, True), {}),
    ("layer", (), {}),
    ("layer", (0.7,), {}),
    ("layer", (), {"p": 0.2, "inplace": False}),
]
doors = pytest.mark.parametrize("name", LAYERS)


def called(library, name, form, x, **given):
    """What the door returns, or a layer that is made of the same arguments."""
    kind, arguments, options = form
    if kind == "door":
        return getattr(library.nn.functional, name)(x, *arguments, **options, **given)
    layer = getattr(library.nn, LAYERS[name])(*arguments, **options)
    if not given:
        return layer(x)
    return getattr(library.nn.functional, name)(x, layer.p, layer.training, layer.inplace, **given)


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize(("name", "shape", "own"), [(name, *row) for name, rows in SHAPES.items() for row in rows])
@pytest.mark.filterwarnings("ignore:dropout[23]d")
def test_values_gradients_and_shapes_in_every_form(name, shape, own, form):
    rng = np.random.default_rng(0)
    values, g = (np.asarray(rng.normal(size=shape)) for _ in range(2))
    torch.manual_seed(1)
    theirs = torch.tensor(values, requires_grad=True)
    y = called(torch, name, form, theirs * 1)
    y.backward(torch.tensor(g))
    kept = theirs.grad.numpy() != 0  # where something was dropped there is no gradient
    per_channel = kept.all(axis=tuple(range(own, len(shape))), keepdims=True)
    ours = tinyreg.tensor(values, requires_grad=True)
    z, used = called(tinyreg, name, form, ours * 1, mask=wrap(per_channel), return_mask=True)
    z.backward(tinyreg.tensor(g))
    np.testing.assert_allclose(z.detach().numpy(), y.detach().numpy(), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-14)
    np.testing.assert_array_equal(np.broadcast_to(used.numpy(), shape), kept)


@doors
def test_the_same_forms_are_taken(name):
    door, layer = getattr(tinyreg.nn.functional, name), getattr(tinyreg.nn, LAYERS[name])
    theirs = inspect.signature(getattr(torch.nn.functional, name)).parameters
    ours = {key: value for key, value in inspect.signature(door).parameters.items() if value.kind is not inspect.Parameter.KEYWORD_ONLY}
    assert [(key, value.default) for key, value in ours.items()] == [(key, value.default) for key, value in theirs.items()]
    ours, theirs = (inspect.signature(kind).parameters for kind in (layer, getattr(torch.nn, LAYERS[name])))
    assert [(key, value.default) for key, value in ours.items()] == [(key, value.default) for key, value in theirs.items()]
    assert repr(layer(0.3, True)) == repr(getattr(torch.nn, LAYERS[name])(0.3, True))


@doors
@pytest.mark.filterwarnings("ignore:dropout[23]d")
def test_the_share_of_channels_that_is_kept(name):
    """n = 40,000 masks: both libraries keep the same share within 6 sigma of their difference."""
    shape, p = (200, 200, *[2] * {"dropout1d": 1, "dropout2d": 2, "dropout3d": 3, "feature_alpha_dropout": 2}.get(name, 0)), 0.3
    torch.manual_seed(0)
    shares = []
    for library in (torch, tinyreg):
        x = library.ones(*shape).requires_grad_()
        getattr(library.nn.functional, name)(x, p, True).sum().backward()
        shares.append((x.grad.numpy() != 0).mean())
    assert abs(shares[0] - shares[1]) < 6 * math.sqrt(2 * p * (1 - p) / 40_000)


@doors
@pytest.mark.parametrize("ndim", range(7))
@pytest.mark.parametrize("training", [True, False])
def test_dimensions_are_taken_warned_of_or_refused_alike(name, ndim, training):
    def outcome(library):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                got = getattr(library.nn.functional, name)(library.ones([2] * ndim), 0.5, training)
                return tuple(got.shape), [warning.category for warning in caught]
            except Exception as error:  # whichever they raise
                return type(error), [warning.category for warning in caught]

    ours, theirs = outcome(tinyreg), outcome(torch)
    assert ours == theirs


@doors
def test_wrong_values_are_refused_alike(name):
    shape = SHAPES[name][0][0]
    for arguments in ((1.3,), (-0.1,), (2.0, False)):
        for library in (torch, tinyreg):
            with pytest.raises(ValueError, match=str(arguments[0])):
                getattr(library.nn.functional, name)(library.ones(shape), *arguments)
            with pytest.raises(ValueError, match=str(arguments[0])):
                getattr(library.nn, LAYERS[name])(arguments[0])
    for library in (torch, tinyreg):
        with pytest.raises(RuntimeError):
            getattr(library.nn.functional, name)(library.ones(shape).long(), 0.5, True)
        leaf = library.ones(shape).requires_grad_()
        with pytest.raises(RuntimeError, match="leaf"):
            getattr(library.nn.functional, name)(leaf, 0.5, True, True)
        x = library.ones(shape)
        assert getattr(library.nn.functional, name)(x, 0.5, True, True) is x
