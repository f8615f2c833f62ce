import re

import pytest

import tinyreg as torch


class Double(torch.nn.Module):
    def forward(self, x, power=1):
        return (2 * x) ** power


def test_hooks_see_and_replace():
    net, x = Double(), torch.ones(2)
    calls = []
    before = net.register_forward_pre_hook(lambda module, inputs: calls.append((module, inputs)))
    after = net.register_forward_hook(lambda module, inputs, output: output + 1)
    assert net(x, power=2).tolist() == [5, 5] and calls == [(net, (x,))]
    before.remove()
    after.remove()
    assert net(x).tolist() == [2, 2] and len(calls) == 1


@pytest.mark.parametrize("replaced", [lambda x: x * 3, lambda x: (x * 3,), lambda x: (x * 3, 1)])
def test_a_hook_before_forward_replaces_the_inputs(replaced):
    net = Double()
    net.register_forward_pre_hook(lambda module, inputs: replaced(*inputs))
    assert net(torch.ones(2)).tolist() == [6, 6]


def test_hooks_run_in_order_unless_they_are_prepended():
    net, calls = Double(), []
    for number, prepend in enumerate((False, False, True)):
        net.register_forward_pre_hook(lambda module, inputs, number=number: calls.append(number), prepend=prepend)
        net.register_forward_hook(lambda module, inputs, output, number=number: calls.append(10 * number), prepend=prepend)
    net(torch.ones(1))
    assert calls == [2, 0, 1, 20, 0, 10]


def test_hooks_see_inputs_by_name():
    net, calls = Double(), []
    net.register_forward_pre_hook(lambda module, inputs, kwargs: (inputs, {"power": kwargs["power"] + 1}), with_kwargs=True)
    net.register_forward_pre_hook(lambda module, inputs, kwargs: None, with_kwargs=True)
    net.register_forward_hook(lambda module, inputs, kwargs, output: calls.append((inputs, kwargs)), with_kwargs=True)
    net.register_forward_hook(lambda module, inputs, kwargs, output: output * kwargs["power"], with_kwargs=True)
    x = torch.ones(1)
    assert net(x, power=2).tolist() == [24] and calls == [((x,), {"power": 3})]


@pytest.mark.parametrize("given", [3, (1, 2, 3), [(), {}]])
def test_a_hook_with_kwargs_replaces_both(given):
    net = Double()
    net.register_forward_pre_hook(lambda module, inputs, kwargs: given, with_kwargs=True)
    with pytest.raises(RuntimeError, match=rf"must return None or \(inputs, kwargs\), got {re.escape(repr(given))}; return both"):
        net(torch.ones(1))


def test_without_hooks_inputs_come_in_every_way():
    net, x = Double(), torch.tensor([1.0, 2.0])
    for y in (net(x, power=2), net(x, 2), net(x=x, power=2), net(power=2, x=x)):
        assert y.tolist() == [4, 16]
    assert net(x).tolist() == net(x=x).tolist() == [2, 4]


def test_a_hook_may_ask_to_be_called_always():
    net, calls = Double(), []
    net.register_forward_hook(lambda module, inputs, output: calls.append("calm"))
    net.register_forward_hook(lambda module, inputs, output: calls.append(output), always_call=True)
    net.register_forward_hook(lambda module, inputs, kwargs, output: calls.append(kwargs), with_kwargs=True, always_call=True)
    with pytest.raises(TypeError):
        net(torch.ones(1), power="2")
    assert calls == [None, {"power": "2"}]
    net.register_forward_hook(lambda module, inputs, output: 1 / 0, prepend=True)
    calls.clear()
    with pytest.raises(ZeroDivisionError):
        net(torch.ones(1))
    assert calls[0].tolist() == [2] and calls[1:] == [{}]
