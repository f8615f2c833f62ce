"""weight_norm, spectral_norm and fused batch norm against PyTorch: twenty steps of training in float64 to 1e-10, states, keys."""

import numpy as np
import pytest

import tinyreg

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")

LAYERS = {
    "linear": (lambda t: t.nn.Linear(6, 5), (4, 6)),
    "conv1d": (lambda t: t.nn.Conv1d(4, 6, 3, groups=2), (2, 4, 7)),
    "conv2d": (lambda t: t.nn.Conv2d(2, 3, 3, bias=False), (2, 2, 5, 6)),
    "conv3d": (lambda t: t.nn.Conv3d(2, 3, 2), (2, 2, 3, 4, 3)),
    "transposed": (lambda t: t.nn.ConvTranspose2d(3, 4, 2, stride=2), (2, 3, 3, 3)),
}
NORMS = {
    "weight_norm": [{}, {"dim": 1}, {"dim": None}, {"dim": -2}],
    "spectral_norm": [{}, {"n_power_iterations": 3}, {"dim": 1}, {"eps": 0.1}],
}
ROWS = [(layer, norm, settings) for layer in LAYERS for norm in NORMS for settings in NORMS[norm]]


def pair(layer, norm, settings):
    """The same wrapped layer in both libraries, by way of PyTorch's state."""
    torch.manual_seed(0)
    built = [getattr(t.nn.utils, norm)(LAYERS[layer][0](t).double(), **settings) for t in (tinyreg, torch)]
    with torch.no_grad():
        for p in built[1].parameters():
            p.mul_(2).add_(0.1 * torch.randn_like(p))
    built[0].load_state_dict({name: tensor.numpy() for name, tensor in built[1].state_dict().items()})
    return built


@pytest.mark.parametrize(("layer", "norm", "settings"), ROWS)
def test_training_equals_pytorchs(layer, norm, settings):
    ours, theirs = pair(layer, norm, settings)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    rng = np.random.default_rng(0)
    x = rng.standard_normal(LAYERS[layer][1])
    target = None
    outputs = []
    for t, module in ((tinyreg, ours), (torch, theirs)):
        sgd = t.optim.SGD(module.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
        seen = []
        for step in range(20):
            sgd.zero_grad()
            y = module(t.tensor(x))
            target = np.cos(np.arange(y.numel())).reshape(tuple(y.shape)) if target is None else target
            ((y - t.tensor(target)) ** 2).mean().backward()
            sgd.step()
            seen.append(y.detach().numpy().copy())
            if step % 5 == 4:
                with t.no_grad():
                    seen.append(module.eval()(t.tensor(x)).numpy())
                module.train()
        seen += [p.detach().numpy() for p in module.parameters()] + [b.numpy() for b in module.buffers()]
        outputs.append(seen)
    assert abs(outputs[0][0] - outputs[0][19]).max() > 1e-3
    for a, b in zip(*outputs, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("layer", "norm", "settings"), ROWS)
def test_the_way_back_equals_pytorchs(layer, norm, settings):
    ours, theirs = pair(layer, norm, settings)
    for t, module in ((tinyreg, ours), (torch, theirs)):
        module(t.tensor(np.ones(LAYERS[layer][1])))
        getattr(t.nn.utils, f"remove_{norm}")(module)
    assert list(ours.state_dict()) == list(theirs.state_dict()) and repr(ours) == repr(theirs)
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=1e-12, atol=1e-13)


def test_the_functional_form_equals_pytorchs():
    rng = np.random.default_rng(0)
    v, g, G = rng.standard_normal((4, 3)), rng.standard_normal((4, 1)), rng.standard_normal((4, 3))
    found = []
    for t, compute in ((tinyreg, tinyreg.regularization.weight_of), (torch, torch._weight_norm)):
        tensors = [t.tensor(a, requires_grad=True) for a in (v, g)]
        w = compute(*tensors, 0)
        w.backward(t.tensor(G))
        found.append([w.detach().numpy(), *(x.grad.numpy() for x in tensors)])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


ERRORS = [
    lambda t: t.nn.utils.weight_norm(t.nn.utils.weight_norm(t.nn.Linear(3, 2))),
    lambda t: t.nn.utils.weight_norm(t.nn.utils.spectral_norm(t.nn.Linear(3, 2))),
    lambda t: t.nn.utils.weight_norm(t.nn.Linear(3, 2), name="wight"),
    lambda t: t.nn.utils.weight_norm(t.nn.Linear(3, 2, bias=False), name="bias"),
    lambda t: t.nn.utils.weight_norm(t.nn.Linear(3, 2), dim=2),
    lambda t: t.nn.utils.remove_weight_norm(t.nn.Linear(3, 2)),
    lambda t: t.nn.utils.spectral_norm(t.nn.utils.spectral_norm(t.nn.Linear(3, 2))),
    lambda t: t.nn.utils.spectral_norm(t.nn.utils.weight_norm(t.nn.Linear(3, 2))),
    lambda t: t.nn.utils.spectral_norm(t.nn.Linear(3, 2), name="wight"),
    lambda t: t.nn.utils.spectral_norm(t.nn.Linear(3, 2, bias=False), name="bias"),
    lambda t: t.nn.utils.spectral_norm(t.nn.Linear(3, 2), n_power_iterations=0),
    lambda t: t.nn.utils.remove_spectral_norm(t.nn.Linear(3, 2)),
]


@pytest.mark.parametrize("call", ERRORS)
def test_exceptions_are_of_pytorchs_types(call):
    with pytest.raises(Exception) as theirs:
        call(torch)
    with pytest.raises(theirs.type):
        call(tinyreg)


FUSED = [
    (lambda t: t.nn.Linear(6, 5, bias=False), lambda t: t.nn.BatchNorm1d(5), (7, 6)),
    (lambda t: t.nn.Linear(6, 5), lambda t: t.nn.BatchNorm1d(1), (7, 1, 6)),
    (lambda t: t.nn.Conv2d(2, 3, 3, padding=1), lambda t: t.nn.BatchNorm2d(3), (2, 2, 5, 5)),
    (lambda t: t.nn.ConvTranspose2d(2, 3, 3), lambda t: t.nn.BatchNorm2d(3), (2, 2, 5, 5)),
]


@pytest.mark.parametrize(("make", "norm", "shape"), FUSED)
def test_fused_layers_equal_pytorchs(make, norm, shape):
    theirs = [make(torch).double().eval(), norm(torch).double().eval()]
    with torch.no_grad():
        for tensor in (*theirs[1].parameters(), theirs[1].running_mean, theirs[1].running_var):
            tensor.copy_(torch.rand_like(tensor) + 0.3)
    ours = [make(tinyreg).double().eval(), norm(tinyreg).double().eval()]
    for a, b in zip(ours, theirs):
        a.load_state_dict({name: tensor.numpy() for name, tensor in b.state_dict().items()})
    folded = []
    for t, (layer, bn) in ((tinyreg, ours), (torch, theirs)):
        if isinstance(layer, t.nn.Linear):
            folded.append(t.nn.utils.fuse_linear_bn_eval(layer, bn))
        else:
            folded.append(t.nn.utils.fuse_conv_bn_eval(layer, bn, transpose=isinstance(layer, t.nn.ConvTranspose2d)))
    for a, b in zip(folded[0].parameters(), folded[1].parameters(), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-14)
