import tinyreg
from tinyreg import nn
from tinyreg.printing import grouped, module_repr


class Settings(nn.Module):
    def __init__(self, *lines):
        super().__init__()
        self.lines = lines

    def extra_repr(self):
        return "\n".join(self.lines)


def test_settings_and_children():
    assert module_repr(Settings(), []) == "Settings()"
    assert module_repr(Settings("a=1"), []) == "Settings(a=1)"
    assert module_repr(Settings("a=1", "b=2"), []) == "Settings(\n  a=1\n  b=2\n)"
    assert module_repr(Settings("a=1"), [("x", "ReLU()")]) == "Settings(\n  a=1\n  (x): ReLU()\n)"
    assert module_repr(Settings(), [("x", "A(\n  (0): B()\n)")]) == "Settings(\n  (x): A(\n    (0): B()\n  )\n)"


def test_a_child_that_is_switched_off():
    module = Settings("a=1")
    module.add_module("x", None)
    assert repr(module) == "Settings(\n  a=1\n  (x): None\n)"


def test_equal_neighbours_are_counted():
    assert grouped([]) == []
    assert grouped(["A"]) == [("0", "A")]
    assert grouped(["A", "A", "B", "A", "A", "A"]) == [("0-1", "2 x A"), ("2", "B"), ("3-5", "3 x A")]


def test_lists():
    assert repr(nn.ModuleList()) == "ModuleList()"
    assert repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])) == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"
    assert repr(nn.Sequential(nn.ReLU(), nn.ReLU())) == "Sequential(\n  (0): ReLU()\n  (1): ReLU()\n)"
    values = nn.ParameterList([tinyreg.zeros(2, 3), tinyreg.ones(3, dtype=tinyreg.float64)])
    assert repr(values) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [tinyreg.float32 of size 2x3]\n"
        "    (1): Parameter containing: [tinyreg.float64 of size 3]\n"
        ")"
    )
