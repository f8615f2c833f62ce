"""One computation several times: the same chance, the same buffers, and nothing left behind."""

import functools

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.autograd.repeatable import Repeatable, modules_of


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))


def test_every_pass_is_the_same_and_the_network_is_as_before():
    net, x = network(), torch.randn(6, 3)
    before = {name: (buffer, buffer.array, buffer.array.copy()) for name, buffer in net.named_buffers()}
    with Repeatable(net) as again:
        first = net(x)
        again.rewind()
        second = net(x)
        assert net[1].num_batches_tracked.item() == 1
    assert (first == second).all()
    for name, buffer in net.named_buffers():
        tensor, array, values = before[name]
        assert buffer is tensor and buffer.array is array
        np.testing.assert_array_equal(array, values)


def test_evaluation_reads_the_lent_averages():
    net, x = network().eval(), torch.randn(6, 3)
    net[1].running_mean.copy_(torch.randn(4))
    expected = net(x)
    with Repeatable(net):
        assert (net(x) == expected).all()


def test_what_was_recorded_before_and_inside_stays_valid():
    net, x = network(), torch.randn(6, 3)
    outside = net(x)
    with Repeatable(net) as again:
        net(x)
        again.rewind()
        inside = net(x)
        again.rewind()
    (outside.sum() + inside.sum()).backward()
    assert all(p.grad is not None for p in net.parameters())


def test_a_buffer_that_is_given_another_tensor_comes_back():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("seen", torch.zeros(1))

        def forward(self, x):
            self.seen = self.seen + 1
            return x * self.seen

    net = nn.Sequential(Counter())
    seen = net[0].seen
    with Repeatable(net) as again:
        first = net(torch.ones(1))
        again.rewind()
        assert net(torch.ones(1)).item() == first.item() == 1
    assert net[0].seen is seen and seen.item() == 0


def test_an_exception_leaves_nothing_behind():
    net = network()
    running = net[1].running_mean.array
    with pytest.raises(KeyError), Repeatable(net):
        net(torch.randn(6, 3))
        raise KeyError
    assert net[1].running_mean.array is running and (running == 0).all()
    state = random.get_state()
    assert not (net(torch.randn(6, 3)) == net(torch.randn(6, 3))).all() and random.get_state() != state


def test_modules_are_found():
    net = network()
    found = [net, net.forward, lambda x: net(x), functools.partial(lambda m, x: m(x), net)]
    assert [modules_of(function) for function in found] == [[net]] * 4
    assert modules_of(len) == [] == modules_of(np.tanh)
