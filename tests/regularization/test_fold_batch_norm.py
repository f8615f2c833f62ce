import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.autograd.tensor import wrap
from tinyreg.models import MLP, LeNet
from tinyreg.nn.utils import fuse_conv_bn_eval, fuse_linear_bn_eval, spectral_norm, weight_norm
from tinyreg.regularization import fold_batch_norm, fold_batch_norms


def drawn(norm, seed=1):
    """The norm in evaluation mode, with running averages, scale and shift of a training that has been."""
    rng, n = np.random.default_rng(seed), norm.num_features
    norm.running_mean.array[...] = rng.standard_normal(n)
    norm.running_var.array[...] = rng.random(n) + 0.2
    for p in (norm.weight, norm.bias):
        if p is not None:
            p.array[...] = rng.standard_normal(n)
    return norm.eval()


def test_by_hand():
    """W = (1, 2), b = 3; mean 1, var 4, weight 6, bias 5: k = 3, W' = (3, 6), b' = (3 - 1) 3 + 5 = 11."""
    layer, norm = nn.Linear(2, 1).double().eval(), nn.BatchNorm1d(1, eps=1e-300).double().eval()
    for tensor, value in ((layer.weight, [[1.0, 2.0]]), (layer.bias, [3.0]), (norm.running_mean, [1.0]), (norm.running_var, [4.0])):
        tensor.data[...] = torch.tensor(value).double()
    norm.weight.data.fill_(6.0), norm.bias.data.fill_(5.0)
    folded = fold_batch_norm(layer, norm)
    assert folded.weight.tolist() == [[3, 6]] and folded.bias.tolist() == [11]
    assert layer.weight.tolist() == [[1, 2]] and layer.bias.tolist() == [3]


PAIRS = [
    (lambda: nn.Linear(6, 5), lambda: nn.BatchNorm1d(5), (7, 6)),
    (lambda: nn.Linear(6, 5, bias=False), lambda: nn.BatchNorm1d(5, affine=False), (7, 6)),
    (lambda: nn.Linear(6, 5), lambda: nn.BatchNorm1d(1), (7, 1, 6)),
    (lambda: nn.Linear(6, 5, bias=False), lambda: nn.BatchNorm1d(1, bias=False), (7, 1, 6)),
    (lambda: nn.Conv1d(4, 6, 3, padding=1, groups=2), lambda: nn.BatchNorm1d(6, bias=False), (2, 4, 9)),
    (lambda: nn.Conv2d(4, 6, 3), lambda: nn.BatchNorm2d(6, eps=0.1), (2, 4, 8, 7)),
    (lambda: nn.Conv2d(4, 6, 3, padding=2, bias=False), lambda: nn.BatchNorm2d(6), (2, 4, 8, 7)),
    (lambda: nn.Conv2d(4, 4, 3, stride=2, padding="valid", dilation=2, groups=4), lambda: nn.BatchNorm2d(4), (2, 4, 8, 7)),
    (lambda: nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"), lambda: nn.BatchNorm2d(6), (2, 4, 8, 7)),
    (lambda: nn.Conv3d(2, 3, 2, padding="same"), lambda: nn.BatchNorm3d(3), (2, 2, 4, 5, 3)),
    (lambda: nn.ConvTranspose1d(4, 6, 3, stride=2), lambda: nn.BatchNorm1d(6), (2, 4, 5)),
    (lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, groups=2), lambda: nn.BatchNorm2d(6), (2, 4, 5, 5)),
    (lambda: nn.ConvTranspose3d(4, 2, 2, groups=2, bias=False), lambda: nn.BatchNorm3d(2), (2, 4, 3, 3, 3)),
]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize(("make", "norm", "shape"), PAIRS)
def test_one_layer_computes_what_two_did(make, norm, shape, dtype, tolerance):
    torch.manual_seed(0)
    layer, norm = make().to(getattr(torch, dtype)).eval(), drawn(norm().to(getattr(torch, dtype)))
    x = wrap(np.random.default_rng(2).standard_normal(shape).astype(dtype))
    before = [p.detach().clone() for p in layer.parameters()]
    y, folded = norm(layer(x)), fold_batch_norm(layer, norm)
    z = folded(x)
    np.testing.assert_allclose(z.detach().numpy(), y.detach().numpy(), rtol=tolerance, atol=tolerance)
    assert type(folded) is type(layer) and not folded.training and z.dtype == y.dtype == dtype
    assert all(torch.equal(a, b) for a, b in zip(before, layer.parameters()))
    assert folded.weight.requires_grad and type(folded.bias) is nn.Parameter
    z.sum().backward()
    assert folded.weight.grad is not None and folded.bias.grad is not None


def test_a_norm_before_a_padded_convolution_cannot_be_folded():
    """Its zeros stand behind the norm. W' = W k and b' = b + sum W c are right inside, and wrong where the frame is seen."""
    torch.manual_seed(0)
    norm, layer = drawn(nn.BatchNorm2d(2).double()), nn.Conv2d(2, 3, 3, padding=1).double()
    x = torch.randn(1, 2, 6, 6).double()
    y = layer(norm(x)).detach().numpy()
    k = norm.weight.array / np.sqrt(norm.running_var.array + norm.eps)
    c = norm.bias.array - norm.running_mean.array * k
    other = nn.Conv2d(2, 3, 3, padding=1).double()
    other.weight.data[...] = wrap(layer.weight.array * k[:, None, None])
    other.bias.data[...] = wrap(layer.bias.array + (layer.weight.array * c[:, None, None]).sum(axis=(1, 2, 3)))
    error = abs(other(x).detach().numpy() - y)
    assert error[..., 1:-1, 1:-1].max() < 1e-13
    assert error[..., 0, :].min() > 1e-3


def test_a_computed_weight_is_settled():
    torch.manual_seed(0)
    for wrapped in (weight_norm(nn.Conv2d(2, 3, 3)), spectral_norm(nn.Conv2d(2, 3, 3))):
        layer, norm, x = wrapped.double().eval(), drawn(nn.BatchNorm2d(3).double()), torch.randn(2, 2, 5, 5).double()
        folded = fold_batch_norm(layer, norm)
        assert list(folded.state_dict()) == ["bias", "weight"] and not folded._forward_pre_hooks
        np.testing.assert_allclose(folded(x).detach().numpy(), norm(layer(x)).detach().numpy(), rtol=1e-12, atol=1e-12)
        assert "weight" in layer._computed


def test_a_frozen_layer_stays_frozen():
    layer = nn.Linear(2, 3).eval()
    layer.weight.requires_grad_(False)
    folded = fold_batch_norm(layer, drawn(nn.BatchNorm1d(3)))
    assert (folded.weight.requires_grad, folded.bias.requires_grad) == (False, True)


def test_pytorchs_doors():
    conv, norm = nn.Conv2d(2, 3, 3).eval(), drawn(nn.BatchNorm2d(3))
    assert torch.equal(fuse_conv_bn_eval(conv, norm).weight, fold_batch_norm(conv, norm).weight)
    turned = nn.ConvTranspose2d(2, 3, 3).eval()
    assert torch.equal(fuse_conv_bn_eval(turned, norm, transpose=True).weight, fold_batch_norm(turned, norm).weight)
    linear, norm = nn.Linear(2, 3).eval(), drawn(nn.BatchNorm1d(3))
    assert torch.equal(fuse_linear_bn_eval(linear, norm).bias, fold_batch_norm(linear, norm).bias)


def trained(net, shape):
    """The network after some steps, in evaluation mode."""
    torch.manual_seed(1)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(5):
        sgd.zero_grad()
        (net(torch.randn(*shape).double()) ** 2).mean().backward()
        sgd.step()
    return net.eval()


NETWORKS = [
    (lambda: MLP(6, (8, 7), 3, dropout=0.5, normalization="batch"), (20, 6), 2),
    (lambda: LeNet(normalization="batch"), (4, 1, 28, 28), None),
    (
        lambda: nn.Sequential(
            nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)),
            nn.BatchNorm2d(4),
            nn.Conv2d(4, 4, 3, bias=False),
            nn.BatchNorm2d(4),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.BatchNorm2d(4),
        ),
        (5, 1, 8, 8),
        2,
    ),
]


@pytest.mark.parametrize(("make", "shape", "pairs"), NETWORKS)
def test_a_network_without_its_norms_computes_the_same(make, shape, pairs):
    torch.manual_seed(0)
    net = trained(make().double(), shape)
    norms = [module for module in net.modules() if module.uses_batch_statistics]
    x = torch.randn(*shape).double()
    y, state = net(x), {name: tensor.clone() for name, tensor in net.state_dict().items()}
    folded = fold_batch_norms(net)
    left = [module for module in folded.modules() if module.uses_batch_statistics]
    assert len(left) == (0 if pairs is None else len(norms) - pairs) and norms
    np.testing.assert_allclose(folded(x).detach().numpy(), y.detach().numpy(), rtol=1e-12, atol=1e-12)
    assert all(torch.equal(tensor, state[name]) for name, tensor in net.state_dict().items()) and not folded.training


def test_its_state_fits_the_network_that_never_had_norms():
    net = trained(MLP(6, (8, 7), 3, normalization="batch").double(), (20, 6))
    plain = MLP(6, (8, 7), 3).double()
    folded = fold_batch_norms(net)
    plain.load_state_dict(folded.state_dict())
    x = torch.randn(3, 6).double()
    assert torch.equal(plain(x), folded(x))


def test_a_layer_that_is_used_twice_is_folded_where_it_stands():
    torch.manual_seed(0)
    shared = nn.Linear(4, 4).double()
    net = nn.Sequential(shared, drawn(nn.BatchNorm1d(4).double(), 1), shared, drawn(nn.BatchNorm1d(4).double(), 2), shared).eval()
    folded, x = fold_batch_norms(net), torch.randn(3, 4).double()
    assert len(folded) == 3
    np.testing.assert_allclose(folded(x).detach().numpy(), net(x).detach().numpy(), rtol=1e-12, atol=1e-12)


def test_names_that_were_given_stay():
    net = nn.Sequential({"conv": nn.Conv1d(1, 2, 3), "norm": nn.BatchNorm1d(2), "act": nn.ReLU()}).eval()
    assert [name for name, _ in fold_batch_norms(net).named_children()] == ["conv", "act"]


def test_the_order_of_children_counts_only_where_forward_follows_it():
    class Backwards(nn.Sequential):
        def forward(self, input):
            for module in reversed(list(self)):
                input = module(input)
            return input

    class Twice(nn.Sequential):
        """Sequential's own forward."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.norm = nn.Linear(3, 3), nn.BatchNorm1d(3)

        def forward(self, x):
            return x + self.norm(self.linear(x))

    pair = nn.Linear(3, 3), nn.BatchNorm1d(3)
    assert len(fold_batch_norms(Twice(*pair).eval())) == 1
    for net in (Backwards(*pair), Block(), nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.BatchNorm1d(3)), nn.Linear(3, 3)):
        with pytest.raises(ValueError, match=f"fold_batch_norms: .* got none in {type(net).__name__}; .* with fold_batch_norm"):
            fold_batch_norms(net.eval())


def test_refusals_name_the_values():
    layer, norm = nn.Linear(2, 3).eval(), drawn(nn.BatchNorm1d(3))
    for a, b, got in (
        (layer.train(), norm, "True and training=False"),
        (nn.Linear(2, 3).eval(), nn.BatchNorm1d(3), "False and training=True"),
    ):
        with pytest.raises(RuntimeError, match=f"fold_batch_norm: layer and norm must be in evaluation mode, got training={got}"):
            fold_batch_norm(a, b)
    layer.eval()
    with pytest.raises(RuntimeError, match="norm must have running averages, got track_running_stats=False"):
        fold_batch_norm(layer, nn.BatchNorm1d(3, track_running_stats=False).eval())
    with pytest.raises(RuntimeError, match="norm must have the layer's 3 output channels, got num_features=5"):
        fold_batch_norm(layer, drawn(nn.BatchNorm1d(5)))
    with pytest.raises(RuntimeError, match="6 output channels, got num_features=3"):
        fold_batch_norm(nn.ConvTranspose1d(2, 6, 3, groups=2).eval(), drawn(nn.BatchNorm1d(3)))
    with pytest.raises(RuntimeError, match="4 output channels, got num_features=1"):
        fold_batch_norm(nn.Conv1d(2, 4, 3).eval(), drawn(nn.BatchNorm1d(1)))
    for wrong in ((norm, layer), (nn.ReLU(), norm), (layer, nn.LayerNorm(3)), (layer, nn.InstanceNorm1d(3))):
        names = " and ".join(type(module).__name__ for module in wrong)
        with pytest.raises(TypeError, match=f"got {names}; pass them in this order"):
            fold_batch_norm(*wrong)
    with pytest.raises(TypeError, match="got Tensor and BatchNorm1d"):
        fold_batch_norm(torch.ones(2), norm)
    with pytest.raises(RuntimeError, match="got training=True and training=True"):
        fold_batch_norms(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)))
