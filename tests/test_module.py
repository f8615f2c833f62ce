import copy

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.module import Module
from tinyreg.parameter import Parameter, penalized_parameters


class Net(Module):
    def __init__(self):
        super().__init__()
        self.scale = Parameter(torch.full((2,), 3.0))
        self.register_buffer("seen", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
        self.inner = torch.nn.Linear(2, 2)

    def forward(self, x):
        return self.inner(x) * self.scale


def test_state_dict_lists_own_parameters_then_buffers_then_children():
    assert list(Net().state_dict()) == ["scale", "seen", "inner.weight", "inner.bias"]


def test_parameters_are_listed_once_also_when_shared():
    net = Net()
    net.again = net.inner
    assert [name for name, _ in net.named_parameters()] == ["scale", "inner.weight", "inner.bias"]
    assert [name for name, _ in net.named_modules()] == ["", "inner"]


def test_apply_takes_a_function():
    with pytest.raises(TypeError, match="apply: fn must take a module, got 3"):
        Net().apply(3)


def test_load_state_dict_copies_into_the_modules_own_memory():
    net, other = Net(), Net()
    memory = net.inner.weight.array
    result = net.load_state_dict(other.state_dict())
    assert net.inner.weight.array is memory
    np.testing.assert_array_equal(memory, other.inner.weight.array)
    assert result.missing_keys == [] and result.unexpected_keys == [] and repr(result) == "<All keys matched successfully>"


def test_strict_loading_names_missing_unexpected_and_misshapen_and_writes_nothing():
    net = Net()
    before = net.scale.array.copy()
    state = net.state_dict()
    state = {"scale": torch.zeros(2), "inner.weight": torch.zeros(5, 2), "seen": state["seen"], "extra": torch.zeros(1)}
    with pytest.raises(RuntimeError, match=r"missing \['inner.bias'\]; unexpected \['extra'\]; inner.weight of shape \(5, 2\).*\(2, 2\)"):
        net.load_state_dict(state)
    np.testing.assert_array_equal(net.scale.array, before)


def test_a_state_of_another_kind_is_refused():
    for state, kind in (([], "list"), (None, "NoneType"), (iter(()), "tuple_iterator")):
        with pytest.raises(TypeError, match=f"load_state_dict: state_dict must be a dict of names and Tensors, got {kind}; pass"):
            Net().load_state_dict(state)
    with pytest.raises(RuntimeError, match="got scale of type int where the module has a Tensor; build"):
        Net().load_state_dict({"scale": 3}, strict=False)


def test_the_count_of_batches_may_be_missing():
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
    net(torch.randn(4, 2))
    state = {name: x for name, x in net.state_dict().items() if "num" not in name}
    assert repr(net.load_state_dict(state)) == "<All keys matched successfully>" and net[0].num_batches_tracked.item() == 1
    assert torch.nn.BatchNorm1d(2).load_state_dict({}, strict=False).missing_keys == ["weight", "bias", "running_mean", "running_var"]


def test_loose_loading_returns_the_names_it_skipped():
    result = Net().load_state_dict({"scale": torch.zeros(2), "extra": torch.zeros(1)}, strict=False)
    assert result.unexpected_keys == ["extra"]
    assert result.missing_keys == ["seen", "inner.weight", "inner.bias"]
    assert repr(result) == "IncompatibleKeys(missing_keys=['seen', 'inner.weight', 'inner.bias'], unexpected_keys=['extra'])"


@pytest.mark.parametrize("register", ["register_parameter", "register_buffer", "add_module"])
def test_registered_names_are_free_and_have_no_dots(register):
    net = Net()
    value = {"register_parameter": Parameter(torch.ones(1)), "register_buffer": torch.ones(1), "add_module": Net()}[register]
    for name in ("a.b", "", "forward", {"register_parameter": "seen"}.get(register, "scale")):
        with pytest.raises(KeyError, match=f"{register}: name must be .*got '{name}'"):
            getattr(net, register)(name, value)
    getattr(net, register)("free", value)
    getattr(net, register)("free", value)  # again: it takes its own place
    assert net.free is value and list(Net().state_dict()) == [name for name in net.state_dict() if "free" not in name]


def test_dir_names_what_is_registered():
    assert {"scale", "seen", "inner", "forward"} <= set(dir(Net()))
    assert "0" not in dir(torch.nn.Sequential(torch.nn.ReLU()))  # not an attribute that one can write


def test_zeroing_gradients_in_place_is_noticed_by_what_saved_them():
    net, w = Net(), torch.ones(2, requires_grad=True)
    net(torch.ones(1, 2)).sum().backward()
    y = (w * net.scale.grad).sum()
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0, 0]
    with pytest.raises(RuntimeError, match="MulBackward"):
        y.backward()


def test_train_and_eval_reach_every_module():
    net = Net()
    assert net.eval() is net and not net.inner.training
    assert net.train().inner.training
    with pytest.raises(ValueError, match="got 1"):
        net.train(1)


def test_deepcopy_shares_nothing_and_starts_without_gradients():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    twin = copy.deepcopy(net)
    assert net.scale.grad is not None and [p.grad for p in twin.parameters()] == [None, None, None]
    twin.scale.array[...] = 7
    assert isinstance(twin.scale, Parameter) and twin.scale.requires_grad
    np.testing.assert_array_equal(net.scale.array, [3, 3])


def test_double_leaves_integer_buffers_alone():
    net = Net()
    net.register_buffer("count", torch.tensor(0))
    net.double()
    assert net.scale.dtype == torch.float64 and net.seen.dtype == torch.float64 and net.count.dtype == torch.int64


def test_assignment_replaces_between_kinds():
    net = Net()
    net.inner = torch.nn.Flatten()
    assert list(net.state_dict()) == ["scale", "seen"]
    net.scale = None
    assert net.scale is None and list(net.parameters()) == []
    net.seen = torch.ones(3)
    assert net.state_dict()["seen"].tolist() == [1, 1, 1]
    del net.inner
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'inner'"):
        _ = net.inner


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda net: setattr(net, "scale", torch.ones(2)), TypeError, "got Tensor; wrap it in nn.Parameter"),
        (lambda net: setattr(net, "seen", 3), TypeError, "got int"),
        (lambda net: net.register_buffer("b", [1]), TypeError, "got list"),
        (lambda net: net.register_parameter("b", torch.ones(1)), TypeError, "got Tensor"),
        (lambda net: net.add_module("a.b", None), KeyError, "got 'a.b'"),
        (lambda net: net.add_module("a", 3), TypeError, "got int"),
        (lambda net: net.register_buffer(3, None), TypeError, "register_buffer: name must be a string, got 3"),
        (lambda net: net.register_parameter(None, None), TypeError, "register_parameter: name must be a string, got None"),
        (lambda net: net.get_submodule("inner.x"), AttributeError, "got 'inner.x'"),
        (lambda net: Module()(1), NotImplementedError, "forward must be written"),
        (lambda net: Parameter([1.0]), TypeError, "got list"),
        (lambda net: Parameter(torch.tensor([1])), RuntimeError, "got dtype int64"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(Net())


def test_assignment_before_init_is_explained():
    class Late(Module):
        def __init__(self):
            self.layer = torch.nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"super\(\).__init__\(\)"):
        Late()


def test_zero_grad_forgets_or_fills():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all((p.grad == 0).all() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_penalties_of_a_module_reach_the_weights_of_its_layers_only():
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
    assert [p.shape for p in penalized_parameters(net)] == [(3, 2), (1, 3)]
    assert len(penalized_parameters(net.parameters())) == 6
    with pytest.raises(ValueError, match="got none in generator"):
        penalized_parameters(p for p in ())
    with pytest.raises(TypeError, match="got int"):
        penalized_parameters([1])


def test_repr_shows_the_tree():
    text = repr(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
    assert text == "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): ReLU()\n)"


def test_what_is_inside_is_listed_by_name():
    net = Net()
    net.tail = torch.nn.Sequential(torch.nn.ReLU(), net.inner)
    assert [name for name, _ in net.named_children()] == ["inner", "tail"] and list(net.children()) == [net.inner, net.tail]
    assert [name for name, _ in net.named_modules()] == ["", "inner", "tail", "tail.0"]  # each once
    assert [name for name, _ in net.named_modules(remove_duplicate=False)][-1] == "tail.1"
    assert len(list(net.modules())) == 4 and len(list(net.modules(remove_duplicate=False))) == 5
    assert [name for name, _ in net.named_buffers()] == ["seen", "scratch"] and len(list(net.buffers())) == 2
    assert [name for name, _ in net.named_parameters(prefix="net", recurse=False)] == ["net.scale"]
    assert net.get_submodule("tail.0") is net.tail[0] and net.get_submodule("") is net


def test_apply_reaches_children_first():
    seen = []
    net = Net()
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Linear", "Net"]


def test_a_parameter_of_nothing_is_empty():
    assert Parameter().shape == (0,) and Parameter().dtype == torch.float32 and Parameter().requires_grad


def test_freezing_reaches_every_parameter():
    net = Net()
    assert net.requires_grad_(False) is net and not any(p.requires_grad for p in net.parameters())
    net.requires_grad_()
    assert all(p.requires_grad for p in net.parameters())


@pytest.mark.parametrize("convert", [lambda net: net.half(), lambda net: net.to(torch.float16), lambda net: net.to(dtype=torch.float16)])
def test_conversions_keep_what_counts_and_the_gradients(convert):
    net = Net()
    net.register_buffer("count", torch.tensor(3))
    net(torch.ones(1, 2)).sum().backward()
    assert convert(net) is net
    assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {torch.float16}
    assert net.count.dtype == torch.int64 and all(isinstance(p, Parameter) and p.is_leaf for p in net.parameters())
    assert net.float().scale.dtype == torch.float32 and net.cpu().to("cpu").scale.dtype == torch.float32


def test_weights_become_no_integers():
    net = Net()
    with pytest.raises(TypeError, match="to: dtype must be floating point, got int64"):
        net.to(torch.int64)
    assert {p.dtype for p in net.parameters()} == {torch.float32}


def test_none_switches_off():
    net = Net()
    net.register_parameter("bias", None)
    net.register_buffer("average", None)
    net.inner = None
    assert net.bias is None and net.average is None and net.inner is None
    assert list(net.state_dict()) == ["scale", "seen"] and list(net.children()) == [] and "(inner): None" in repr(net)
    net.register_parameter("bias", Parameter(torch.zeros(2)))
    net.register_module("inner", torch.nn.ReLU())
    assert list(net.state_dict()) == ["scale", "bias", "seen"] and isinstance(net.inner, torch.nn.ReLU)


def test_what_is_no_module_takes_the_place_of_one():
    net = Net()
    net.inner = 3
    assert net.inner == 3 and list(net.children()) == []
    del net.inner
    assert not hasattr(net, "inner")


def test_assigned_state_is_the_given_memory():
    net, state = Net(), Net().state_dict()
    net.load_state_dict(state, assign=True)
    assert net.scale.array is state["scale"].array and isinstance(net.scale, Parameter) and net.scale.requires_grad
