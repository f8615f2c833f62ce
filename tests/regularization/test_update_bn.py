import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.weight_averaging import (
    AveragedModel,
    update_bn,
)


def network():
    """Batch norm in the middle, in float64."""
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).double()


def batches(n=4, size=6):
    rng = np.random.default_rng(0)
    return [torch.tensor(rng.normal(1, 2, size=(size, 3))) for _ in range(n)]


def test_the_average_of_variances_is_not_the_variance_of_the_average():
    """Equation (7), of a first layer, and what the three ways to treat running statistics make of it."""
    rng = np.random.default_rng(0)
    x, ws = rng.normal(1, 2, size=(50, 3)), rng.normal(size=(6, 3))
    S = np.cov(x.T)  # unbiased, as running_var
    model = torch.nn.Sequential(torch.nn.Linear(3, 1, bias=False), torch.nn.BatchNorm1d(1, momentum=1.0)).double()
    copied, averaged = AveragedModel(model), AveragedModel(model, use_buffers=True)
    for w in ws:
        model[0].weight.data.copy_(torch.tensor(w[None]))
        model(torch.tensor(x))
        copied.update_parameters(model)
        averaged.update_parameters(model)
    a = ws.mean(axis=0)
    too_large = a @ S @ a + np.trace(S @ np.cov(ws.T, bias=True))
    np.testing.assert_allclose(averaged.module[1].running_var.numpy(), too_large, rtol=1e-12)
    np.testing.assert_allclose(averaged.module[1].running_mean.numpy(), x.mean(axis=0) @ a, rtol=1e-12)
    np.testing.assert_allclose(copied.module[1].running_var.numpy(), ws[-1] @ S @ ws[-1], rtol=1e-12)
    update_bn([torch.tensor(x)], copied)
    np.testing.assert_allclose(copied.module[1].running_var.numpy(), a @ S @ a, rtol=1e-12)
    np.testing.assert_allclose(copied.module[1].running_mean.numpy(), x.mean(axis=0) @ a, rtol=1e-12)


def test_update_bn_averages_all_batches_alike():
    data, net = [*batches(3, 6), *batches(1, 2)], network()
    net[1].momentum = 0.3
    for _ in range(5):
        net(data[0])
    z = [net[0](x).detach().numpy() for x in data]
    recorded = []
    handle = net.register_forward_hook(lambda module, inputs, output: recorded.append(output.requires_grad))
    update_bn(iter(data), net)
    handle.remove()
    np.testing.assert_allclose(net[1].running_mean.numpy(), np.mean([a.mean(axis=0) for a in z], axis=0), rtol=1e-12)
    np.testing.assert_allclose(net[1].running_var.numpy(), np.mean([a.var(axis=0, ddof=1) for a in z], axis=0), rtol=1e-12)
    assert net[1].momentum == 0.3 and net[1].num_batches_tracked.item() == 4
    assert recorded == [False] * 4  # nothing is kept for a backward that does not come


def test_update_bn_puts_momentum_and_modes_back():
    net = torch.nn.Sequential(network(), torch.nn.BatchNorm1d(2, momentum=None).double(), torch.nn.Dropout(0.5)).eval()
    net[2].train()
    modes = [module.training for module in net.modules()]
    update_bn([(x, None) for x in batches()], net)  # a tuple: its first element is the input
    assert net[1].momentum is None and net[0][1].momentum == 0.1 and [module.training for module in net.modules()] == modes
    update_bn([[x] for x in batches()], net)
    with pytest.raises(RuntimeError, match="7"):
        update_bn([*batches(), torch.zeros(2, 7).double()], net)
    assert net[0][1].momentum == 0.1 and [module.training for module in net.modules()] == modes


def test_update_bn_moves_batches_to_the_device_and_needs_none_without_batch_norm():
    net = network()
    update_bn(tuple(batches()), net, device="cpu")
    assert net[1].num_batches_tracked.item() == 4

    def never():
        raise AssertionError("no batch must be asked for")
        yield

    update_bn(
        never(), torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LayerNorm(2), torch.nn.InstanceNorm1d(2, track_running_stats=True))
    )
    before = net[1].running_mean.tolist()
    with pytest.raises(ValueError, match="update_bn: loader must give a batch, got none from list"):
        update_bn([], net)
    assert net[1].running_mean.tolist() == before and net[1].num_batches_tracked.item() == 4 and net[1].momentum == 0.1
