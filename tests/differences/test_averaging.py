"""Weight averaging: where tinyreg does not do what PyTorch does."""

import numpy as np
import pytest

import tinyreg


def averaged(t):
    """An average of two layers that has taken them in once, and the first of the two."""
    model = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.Linear(2, 2))
    average = t.optim.swa_utils.AveragedModel(model)
    average.update_parameters(model)
    return average, t.nn.Sequential(model[0])


def test_averages_of_another_model():
    average, part = averaged(tinyreg)
    with pytest.raises(RuntimeError, match="got 2 for 4, which differ at position 2"):
        average.update_parameters(part)
    assert average.n_averaged.item() == 1


def test_averages_of_another_model_in_pytorch(torch):
    average, part = averaged(torch)
    average.update_parameters(part)
    assert average.n_averaged.item() == 2


def third(t):
    """The average of 0, 0 and 3, by the function for lists."""
    averages, count = [t.zeros(1, dtype=t.float64)], t.tensor(2)
    t.optim.swa_utils.get_swa_multi_avg_fn()(averages, [t.full((1,), 3.0, dtype=t.float64)], count)
    return averages[0].item()


def test_precision_of_averages():
    assert abs(third(tinyreg) - 1) < 1e-15


def test_precision_of_averages_in_pytorch(torch):
    assert 1e-9 < abs(third(torch) - 1) < 1e-6


def counted(t):
    """The count of batches in an average over three networks that have seen 1, 2 and 4."""
    norm = t.nn.BatchNorm1d(2)
    average = t.optim.swa_utils.AveragedModel(norm, multi_avg_fn=t.optim.swa_utils.get_swa_multi_avg_fn(), use_buffers=True)
    for count in (1, 2, 4):
        norm.num_batches_tracked.fill_(count)
        average.update_parameters(norm)
    return average.module.num_batches_tracked.item()


def test_averages_of_integers():
    assert counted(tinyreg) == 2  # 1, 1.5 cut to 1, and 1 + (4 - 1)/3


def test_averages_of_integers_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="division"):
        counted(torch)


def frozen(t):
    """A network that trains but for its second batch norm."""
    net = t.nn.Sequential(t.nn.BatchNorm1d(2), t.nn.BatchNorm1d(2), t.nn.Dropout(0.5))
    net[1].eval()
    return net


def measured(t, net, features=2):
    t.optim.swa_utils.update_bn([t.tensor(np.random.default_rng(0).normal(size=(4, features)).astype("float32"))], net)


def test_what_update_bn_puts_back():
    net = frozen(tinyreg)
    measured(tinyreg, net)
    assert [module.training for module in net] == [True, False, True]
    with pytest.raises(RuntimeError, match="3"):
        measured(tinyreg, net, features=3)
    assert net[0].momentum == 0.1


def test_what_update_bn_puts_back_in_pytorch(torch):
    net = frozen(torch)
    measured(torch, net)
    assert [module.training for module in net] == [True, True, True]
    with pytest.raises(RuntimeError):
        measured(torch, net, features=3)
    assert net[0].momentum is None


def shifted(t):
    """A batch norm that has seen another mean than 0."""
    net = t.nn.BatchNorm1d(2)
    net(t.ones(4, 2))
    return net


def test_update_bn_without_batches():
    net = shifted(tinyreg)
    with pytest.raises(ValueError, match="update_bn: loader must give a batch, got none from generator"):
        tinyreg.optim.swa_utils.update_bn((batch for batch in ()), net)
    assert net.running_mean.sum().item() > 0


def test_update_bn_without_batches_in_pytorch(torch):
    net = shifted(torch)
    torch.optim.swa_utils.update_bn((batch for batch in ()), net)
    assert net.running_mean.tolist() == [0, 0]
