from collections import OrderedDict

import pytest

import tinyreg
from tinyreg.layers.container import ModuleDict, ModuleList, ParameterList, Sequential
from tinyreg.layers.linear import Linear
from tinyreg.module import Module, Parameter


class Scale(Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def factors(modules):
    return [module.factor for module in modules]


def test_modules_run_in_order():
    class Shift(Module):
        def forward(self, x):
            return x + 1

    assert Sequential(Scale(2), Shift(), Scale(10))(tinyreg.tensor(3.0)).item() == 70.0
    x = tinyreg.tensor(3.0)
    assert Sequential()(x) is x


def test_sequential_is_indexed():
    net = Sequential(*map(Scale, range(5)))
    assert net[1].factor == 1 and net[-1].factor == 4 and len(net) == 5
    assert isinstance(net[1:4], Sequential) and factors(net[1:4]) == [1, 2, 3]
    net[0] = Scale(7)
    assert factors(net) == [7, 1, 2, 3, 4]
    del net[1]
    assert factors(net) == [7, 2, 3, 4] and list(net._modules) == ["0", "1", "2", "3"]
    del net[1:3]
    assert factors(net) == [7, 4]
    assert net.append(Scale(8)) is net and factors(net) == [7, 4, 8]
    net.insert(1, Scale(9))
    net.extend([Scale(5)])
    assert factors(net) == [7, 9, 4, 8, 5]


def test_sequentials_are_joined():
    head, tail = Sequential(Scale(1)), Sequential(OrderedDict(first=Scale(2), last=Scale(3)))
    assert factors(head + tail) == [1, 2, 3] and list((head + tail)._modules) == ["0", "1", "2"] and len(head) == 1
    whole = head
    whole += tail
    assert whole is head and factors(head) == [1, 2, 3]
    assert head.pop(1).factor == 2 and head.pop().factor == 3 and factors(head) == [1]
    assert head.insert(0, Scale(0)).append(Scale(2)) is head and factors(head) == [0, 1, 2]
    assert tail.pop(0).factor == 2 and list(tail._modules) == ["last"]


def test_sequential_with_names():
    net = Sequential(OrderedDict(first=Linear(3, 2), last=Linear(2, 1)))
    assert list(net.state_dict()) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    assert net.first is net[0]
    assert list(net[1:].state_dict()) == ["last.weight", "last.bias"]
    del net[0]
    assert list(net.state_dict()) == ["last.weight", "last.bias"]


def test_sequential_names_its_parameters_by_place():
    assert list(Sequential(Scale(1), Linear(2, 2)).state_dict()) == ["1.weight", "1.bias"]


def test_module_list():
    layers = ModuleList(Scale(n) for n in range(3))
    layers += [Scale(3)]
    assert isinstance(layers, ModuleList) and factors(layers) == [0, 1, 2, 3]
    assert factors(layers[::2]) == [0, 2] and factors(layers + [Scale(9)]) == [0, 1, 2, 3, 9]
    assert layers.pop(1).factor == 1 and layers.pop().factor == 3 and factors(layers) == [0, 2]
    assert layers[0] in layers and len(ModuleList()) == 0
    net = ModuleList([Linear(2, 2), Linear(2, 2, bias=False)])
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.weight"]
    net.eval()
    assert not net[0].training


def test_module_dict():
    layers = ModuleDict({"a": Scale(1), "b": Scale(2)})
    layers["c"] = Scale(3)
    layers.update([("a", Scale(4))])
    assert list(layers) == list(layers.keys()) == ["a", "b", "c"] and factors(layers.values()) == [4, 2, 3]
    assert "b" in layers and len(layers) == 3 and dict(layers.items())["c"].factor == 3
    assert layers.pop("b").factor == 2 and "b" not in layers
    layers.clear()
    assert len(layers) == 0


def test_parameter_list():
    values = ParameterList([tinyreg.zeros(2), Parameter(tinyreg.ones(3))])
    values.append(tinyreg.ones(1))
    assert all(isinstance(p, Parameter) for p in values)
    assert [name for name, _ in values.named_parameters()] == ["0", "1", "2"]
    assert values[-1].shape == (1,) and len(values[:2]) == 2 and values[:2][0] is values[0]


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Sequential(Scale(1))[3], IndexError, r"Sequential: index must lie in \[-1, 1\), got 3"),
        (lambda: ModuleList([Scale(1)])[-2], IndexError, r"ModuleList: index must lie in \[-1, 1\), got -2"),
        (lambda: Sequential(Scale(1))["first"], TypeError, "Sequential: index must be an integer or a slice, got 'first'"),
        (lambda: Sequential(abs), TypeError, "Sequential: entries must be Modules, got builtin_function_or_method"),
        (lambda: Sequential(Scale(1)) + [Scale(2)], ValueError, "Sequential: . must join two Sequentials, got list; use extend"),
        (lambda: ModuleList(3), TypeError, "ModuleList: entries must come in an iterable, got int"),
        (lambda: ModuleList().extend(Scale(1)), TypeError, "ModuleList: entries must come in an iterable, got Scale"),
        (lambda: ModuleDict(3), TypeError, "ModuleDict: modules must be a dict or pairs, got int"),
        (lambda: ModuleDict({1: Scale(1)}), TypeError, "add_module: name must be a string, got 1"),
        (lambda: ModuleList([None]), TypeError, "ModuleList: entries must be Modules, got NoneType"),
        (lambda: ModuleDict({"a": 1}), TypeError, "ModuleDict: entries must be Modules, got int for 'a'"),
        (lambda: ModuleDict({"a": Scale(1)})["b"], KeyError, "key must be one of .'a'., got 'b'"),
        (lambda: ModuleDict({"a.b": Scale(1)}), KeyError, "a.b"),
        (lambda: ParameterList([1.0]), TypeError, "ParameterList: entries must be Tensors, got float"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
