import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.modes import kept_modes


def network():
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Sequential(nn.GaussianDropout(0.5), nn.Linear(6, 2)))


def flags(net):
    return {name: module.training for name, module in net.named_modules()}


def test_train_and_eval_set_every_module():
    net = network()
    assert net.eval() is net and set(flags(net).values()) == {False}
    assert net.train() is net and set(flags(net).values()) == {True}
    assert set(flags(net.train(False)).values()) == {False}
    with pytest.raises(ValueError, match=r"^train: mode must be a bool, got 'eval'; write train\(\) or eval\(\)$"):
        net.train("eval")


@pytest.mark.parametrize("before", [True, False])
def test_monte_carlo_lets_what_draws_train_and_all_else_evaluate(before):
    net = network().train(before)
    assert net.monte_carlo() is net
    assert flags(net) == {"": False, "0": False, "1": False, "2": True, "3": False, "3.0": True, "3.1": False}


def test_dropout_is_on_and_batch_norm_frozen():
    net = network()
    for _ in range(3):
        net(torch.randn(8, 4))
    state = {name: x.numpy().copy() for name, x in net.state_dict().items()}
    net.monte_carlo()
    x = torch.randn(1, 4)  # one example: batch statistics would be refused
    assert net(x).tolist() != net(x).tolist()
    assert all((x.numpy() == state[name]).all() for name, x in net.state_dict().items())
    assert net.eval()(x).tolist() == net(x).tolist()


def test_it_reads_the_flag_and_not_the_class():
    class Noisy(nn.Module):
        stochastic = True

        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(1, 1)

        def forward(self, x):
            return self.inner(x) + (torch.randn(1) if self.training else 0)

    net = Noisy().monte_carlo()
    assert flags(net) == {"": True, "inner": False}
    assert net(torch.ones(1)).item() != net(torch.ones(1)).item()

    class Quiet(nn.Dropout):
        stochastic = False

    assert not Quiet(0.5).monte_carlo().training


def test_modes_come_back_after_a_block_also_after_an_exception():
    net = network()
    net[1].eval()
    before = flags(net)
    with kept_modes(net):
        assert flags(net.monte_carlo()) != before
    assert flags(net) == before
    with pytest.raises(KeyError), kept_modes(net):
        net.eval()
        raise KeyError
    assert flags(net) == before
