"""Parity: the same training on NumPy and on the device, with everything drawn on the host; and what is told where they part.

On a GPU the runs are as long as the promise: 200 steps in float64 to 1e-8, the first step in float32 to 1e-5. The stand-in,
which computes with NumPy, takes a few steps; a stand-in that rounds otherwise shows that the bars can be held by a device
that is right, and planted faults that they are not held by one that is wrong.
"""

import pytest

import tinyreg
from tests.stand_in.library import library
from tests.stand_in.rounding import rounds_otherwise
from tinyreg import backend, nn, random
from tinyreg.autograd import ArrayFunction
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.twins import NETWORKS, SENSITIVE, method
from tinyreg.training import twin
from tinyreg.training.twin import BARS

ROWS = [(name, model) for name, row in METHODS.items() for model in row.models[:1]]
ids = [f"{model}-{name}" for name, model in ROWS]


def steps_on(device, full, few):
    return full if device.name == "cupy" else few


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_in_float64(device, name):
    found = twin(NETWORKS[name], steps_on(device, 200, 3))
    assert found.agrees, found
    assert len(found.steps) == steps_on(device, 200, 3) and found.tolerance == 1e-8
    assert max(max(row.loss_apart, row.weights_apart) for row in found.steps) <= 1e-8


@pytest.mark.parametrize("name", NETWORKS)
def test_the_first_step_in_float32(device, name):
    found = twin(NETWORKS[name], dtype="float32")
    assert found.agrees, found
    assert [row.step for row in found.steps] == [1] and found.tolerance == 1e-5
    assert found.steps[0].loss_apart <= 1e-5 and found.steps[0].weights_apart <= 1e-5


@pytest.mark.parametrize(("name", "model"), ROWS, ids=ids)
def test_every_room_that_trains(device, name, model):
    """A row a room; float64, then the first step of float32."""
    bar, steps = SENSITIVE.get(name, BARS)["float64"]
    found = twin(method(name, model), steps_on(device, steps, 2), tolerance=bar)
    assert found.agrees, found
    single = twin(method(name, model), dtype="float32", tolerance=SENSITIVE.get(name, BARS)["float32"][0])
    assert single.agrees, single
    if device.name == "stand-in":  # NumPy's own kernels, though in another order where a device fuses them
        precise = 1e-12 if name not in SENSITIVE else 1e-6
        assert max(row.weights_apart for row in found.steps) <= precise and single.steps[0].weights_apart <= 1e6 * precise


def test_every_room_that_trains_is_a_row():
    assert {name for name, _ in ROWS} == set(METHODS) and set(SENSITIVE) <= set(METHODS) and len(ROWS) > 40


ONLY = pytest.mark.parametrize("device", ["stand-in"], indirect=True)


@ONLY
@pytest.mark.parametrize("name", NETWORKS)
def test_a_device_that_rounds_otherwise_holds_the_bars(device, name, monkeypatch):
    rounds_otherwise(library, monkeypatch)
    found = twin(NETWORKS[name], 4)
    assert found.agrees and 0 < max(row.results_apart for row in found.steps) <= 1e-8, found
    single = twin(NETWORKS[name], dtype="float32")
    assert single.agrees and 1e-8 < single.steps[0].results_apart <= 1e-5, single


@ONLY
@pytest.mark.parametrize("name", ["adam", "batch_norm", "sharpness_aware", "mixup", "virtual_adversarial"])
def test_methods_on_a_device_that_rounds_otherwise(device, name, monkeypatch):
    rounds_otherwise(library, monkeypatch)
    for dtype, steps in (("float64", 3), ("float32", 1)):
        found = twin(method(name, "mlp"), steps, dtype=dtype, tolerance=SENSITIVE.get(name, BARS)[dtype][0])
        assert found.agrees, found
    if name in SENSITIVE:  # and that it has bars of its own is needed
        assert not twin(method(name, "mlp"), 3).agrees


# planted faults


class Net(nn.Module):
    """Two layers, with a sine between them and, after it, whatever a test puts there."""

    def __init__(self, between):
        super().__init__()
        self.first, self.second, self.between = nn.Linear(4, 6), nn.Linear(6, 2), between

    def forward(self, x):
        h = self.first(x).sin()
        return self.second(self.between(h))


class Training:
    """A start function that knows in which step, and on which backend, it is."""

    def __init__(self, between=lambda h: h, after=lambda model: None):
        self.between, self.after, self.steps = between, after, {"numpy": 0, "cupy": 0}

    def on_device_in(self, step):
        return backend.current() == "cupy" and self.steps["cupy"] == step

    def __call__(self):
        tinyreg.manual_seed(1)
        model = Net(self.between)
        optimizer = tinyreg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        self.steps[backend.current()] = 0

        def step():
            self.steps[backend.current()] += 1
            optimizer.zero_grad()
            output = model(tinyreg.randn(8, 4, dtype=tinyreg.get_default_dtype()))
            loss = nn.functional.dropout(output, 0.5).square().mean()
            loss.backward()
            optimizer.step()
            self.after(model)
            return loss

        return model, step


def plant(monkeypatch, ufunc, training, step, change):
    """Let a kernel of the stand-in go wrong in one step."""
    plain = ufunc.numpy

    def wrong(*inputs, **options):
        result = plain(*inputs, **options)
        return change(result) if training.on_device_in(step) else result

    monkeypatch.setattr(ufunc, "numpy", wrong)


def fifth_digit(x):
    y = x.copy()
    y.flat[3] *= 1 + 3e-5
    return y


@ONLY
@pytest.mark.parametrize(("kernel", "kind"), [("sin", "forward"), ("cos", "backward")])
def test_an_operation_that_is_wrong_in_the_fifth_digit_is_named(device, monkeypatch, kernel, kind):
    training = Training()
    plant(monkeypatch, getattr(library, kernel), training, 3, fifth_digit)
    found = twin(training, 6)
    told = found.difference
    assert (told.step, told.kind, told.name, told.which, told.module) == (3, kind, "Sin", 0, "")
    assert (told.shape, told.dtype, told.many) == ((8, 6), "float64", 1) and 1e-7 < told.relative < 1e-4
    assert told.cause.startswith("from the same inputs the first backend makes something else")
    assert told.called.endswith("h = self.first(x).sin()") and __file__ in told.called
    assert len(found.steps) == 2 and not found.agrees
    assert "numpy float64 and cupy float64 part in step 3, " + kind + " of Sin, " in str(found)


class Cube(ArrayFunction):
    """What it saves depends on where it computes, and so does what backward makes of it."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x if backend.reads_at_once(x) else 3 * x * x)
        return x**3

    @staticmethod
    def backward(ctx, grad_y):
        (saved,) = ctx.saved
        return grad_y * (3 * saved * saved if backend.reads_at_once(saved) else saved)


@ONLY
def test_backward_is_asked_after_its_own_forward(device, monkeypatch):
    rounds_otherwise(library, monkeypatch)
    found = twin(Training(between=Cube.apply), 3)
    assert found.agrees, found
    assert ("backward", "Cube") in {row[:2] for row in found.operations}


@ONLY
def test_where_the_input_was_written_since_it_is_asked_from_what_was_saved(device, monkeypatch):
    def between(h):
        y = h.tanh()
        z = y.cos()
        with tinyreg.no_grad():
            h.mul_(2.0)  # tanh saved its output alone
        return z

    training = Training(between=between)
    assert twin(training, 2).agrees
    plant(monkeypatch, library.sin, training, 2, fifth_digit)  # forward of Sin is earlier
    assert twin(training, 3).difference.name == "Sin"


@ONLY
def test_inside_a_module_its_name_is_told(device, monkeypatch):
    training = Training(between=nn.Sequential(nn.Tanh(), nn.Identity()))
    plant(monkeypatch, library.tanh, training, 3, fifth_digit)
    told = twin(training, 6).difference
    assert (told.step, told.kind, told.name, told.module) == (3, "forward", "Tanh", "between.0 Tanh()")
    assert told.called.endswith("return self.second(self.between(h))")


@ONLY
def test_in_float32_it_is_named_in_the_first_step(device, monkeypatch):
    training = Training()
    plant(monkeypatch, library.sin, training, 1, lambda x: fifth_digit(x) * type(x.flat[0])(1 + 3e-5))
    told = twin(training, dtype="float32").difference
    assert (told.step, told.kind, told.name, told.dtype) == (1, "forward", "Sin", "float32") and 2e-5 < told.relative < 1e-4


@ONLY
def test_a_hidden_change_of_dtype_is_named(device, monkeypatch):
    training = Training()
    plant(monkeypatch, library.sin, training, 1, lambda x: x.astype("float64"))
    told = twin(training, dtype="float32").difference
    assert (told.kind, told.name, told.dtype) == ("forward", "Sin", "float64") and told.cause == "the first run has shape (8, 6), float32"


@ONLY
def test_what_breaks_later_in_the_step_does_not_hide_the_operation(device, monkeypatch):
    def check(model):
        if not bool(model.second.weight.isfinite().all()):
            raise FloatingPointError("the weights are no numbers")

    training = Training(after=check)
    plant(monkeypatch, library.sin, training, 2, lambda x: x * float("nan"))
    told = twin(training, 6).difference
    assert (told.step, told.kind, told.name, told.relative, told.many) == (2, "forward", "Sin", float("inf"), 48)


@ONLY
def test_a_draw_that_is_not_made_on_the_host_is_found(device, monkeypatch):
    training = Training()
    native = random.Generator._native

    def on_the_device(self, host=False):
        with random.host_masks(not training.on_device_in(2)):
            return native(self, host)

    monkeypatch.setattr(random.Generator, "_native", on_the_device)
    told = twin(training, 6).difference
    assert (told.step, told.kind, told.name) == (2, "draw", "normal")
    assert "was it drawn past host_masks" in told.cause
    assert told.called.endswith("output = model(tinyreg.randn(8, 4, dtype=tinyreg.get_default_dtype()))")


@ONLY
def test_a_draw_past_the_library_is_found_where_it_comes_in(device):
    def noise(h):
        xp = backend.xp()
        return h + tinyreg.as_tensor(xp.random.default_rng(3).standard_normal(h.shape, dtype="float64"))

    told = twin(Training(between=noise), 6).difference
    assert (told.step, told.kind, told.name) == (1, "forward", "Add") and told.relative > 0.1
    assert "its input 1 of shape (8, 6) differs by " in told.cause and "a draw past tinyreg.random" in told.cause
    assert told.called.endswith('return h + tinyreg.as_tensor(xp.random.default_rng(3).standard_normal(h.shape, dtype="float64"))')


@ONLY
def test_weights_that_begin_otherwise_are_named_before_the_first_step(device):
    def start():
        model, step = Training()()
        if backend.current() == "cupy":
            model.second.weight.array[0, 1] += 0.01
        return model, step

    told = twin(start, 6).difference
    assert (told.step, told.kind, told.name, told.many) == (0, "weight", "second.weight", 1)
    assert "before the first step, the weight second.weight" in str(told) and "made before the first step" in told.cause


@ONLY
def test_a_write_past_the_operations_is_named_at_its_weight(device):
    def write(model):
        if training.on_device_in(3):
            model.first.bias.data.array[2] *= 1 + 1e-4

    training = Training(after=write)
    told = twin(training, 6).difference
    assert (told.step, told.kind, told.name, told.many) == (3, "weight", "first.bias", 1)
    assert "an optimizer, a hook" in told.cause


@ONLY
def test_code_that_asks_where_it_runs_is_named(device):
    told = twin(Training(between=lambda h: h.tanh() if backend.current() == "cupy" else h.relu()), 6).difference
    assert (told.step, told.kind) == (1, "order")
    assert told.name == "forward of Tanh where the first run did forward of Relu" and "between=lambda h" in told.called


@ONLY
@pytest.mark.parametrize("longer", ["cupy", "numpy"])
def test_a_step_that_does_more_is_named(device, longer):
    def after(model):
        if backend.current() == longer:
            model.second.weight.detach().sum()

    told = twin(Training(after=after), 6).difference
    assert told.kind == "order" and "forward of Detach" in told.name or "forward of Sum" in told.name


@ONLY
def test_an_error_says_on_which_run_it_was_raised(device):
    def breaks(h):
        if backend.current() == "cupy":
            raise NotImplementedError("this kernel")
        return h

    with pytest.raises(NotImplementedError, match="this kernel") as caught:
        twin(Training(between=breaks), 6)
    assert caught.value.__notes__ == ["twin: this was raised on cupy float64"]
    assert backend.current() == "cupy" and tinyreg.get_default_dtype() == tinyreg.float32 and not random.is_host_masks_enabled()
