"""twin on NumPy alone: a run against itself, float32 against float64, what is refused. Devices: tests/stand_in/test_twin.py."""

import threading

import numpy as np
import pytest

import tinyreg
from tests.autograd.test_anomaly_mode import everything_exchanged
from tinyreg import backend, nn, random
from tinyreg.autograd import ArrayFunction, Function
from tinyreg.training import twin
from tinyreg.training.elsewhere import Elsewhere


def training(forward=lambda model, x: model(x), optimizer=tinyreg.optim.SGD, **options):
    """A start function: two layers with batch norm and dropout."""

    def start():
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
        steps = optimizer(model.parameters(), **({"lr": 0.05} | options))

        def step():
            steps.zero_grad()
            x = tinyreg.randn(10, 4, dtype=tinyreg.get_default_dtype())
            loss = forward(model, x).square().mean()
            loss.backward()
            steps.step()
            return loss

        return model, step

    return start


def test_a_run_equals_itself_and_leaves_no_trace():
    before, state = everything_exchanged(), random.get_state()
    found = twin(training(), 5, second="numpy")
    assert found.agrees and str(found).startswith("step  loss")
    assert [(row.step, row.loss_apart, row.results_apart, row.weights_apart) for row in found.steps] == [(i, 0, 0, 0) for i in range(1, 6)]
    assert found.first == found.second == "numpy float64" and found.tolerance == 1e-8
    assert {name for _, name, *_ in found.operations} >= {"LinearFunction", "BatchNormFunction", "Relu", "DropoutFunction", "Mean"}
    assert all(apart == 0 for _, _, apart, _, _ in found.operations)
    assert everything_exchanged() == before and random.get_state() == state and not random.is_host_masks_enabled()
    assert tinyreg.get_default_dtype() == tinyreg.float32 and backend.current() == "numpy"


def test_the_seed_decides():
    losses = [[row.loss for row in twin(training(), 2, second="numpy", seed=seed).steps] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("optimizer", [tinyreg.optim.SGD, tinyreg.optim.Adam])
def test_float32_beside_float64(optimizer):
    """The bias before the batch norm, whose gradient is rounding alone, is asked nothing; Adam would make a step of it."""
    found = twin(training(optimizer=optimizer), second="numpy", dtype="float32", first_dtype="float64")
    assert found.agrees, found
    assert (found.first, found.second, found.tolerance, len(found.steps)) == ("numpy float64", "numpy float32", 1e-5, 1)
    row = found.steps[0]
    assert 1e-9 < row.results_apart < 1e-5 and 0 < row.weights_apart < 1e-5
    made = {(kind, name): apart for kind, name, apart, _, _ in found.operations}
    assert 1e-8 < made["forward", "LinearFunction"] < 1e-6
    assert made["forward", "Relu"] == made["backward", "Relu"] == 0, "what only moves or drops numbers loses no digit"
    assert list(made.values()) == sorted(made.values(), reverse=True)


def test_right_runs_part_after_some_steps_and_the_verdict_says_so():
    found = twin(training(), 400, second="numpy", dtype="float32", first_dtype="float64", tolerance=2e-6)
    assert not found.agrees and 1 < found.difference.step < 400
    assert "which it multiplies: rounding" in found.difference.cause or found.difference.kind in ("weight", "gradient", "buffer")


class Naive(ArrayFunction):
    """1 - cos(x), by cancellation: of a small x no digit is left in float32."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 1 - np.cos(x)

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * np.sin(ctx.saved[0])


def test_an_operation_that_loses_digits_is_named():
    def cancels(model, x):
        return Naive.apply(model(x) * 0.005)

    found = twin(training(cancels), second="numpy", dtype="float32", first_dtype="float64")
    told = found.difference
    assert (told.step, told.kind, told.name) == (1, "forward", "Naive") and told.relative > 1e-5
    assert told.called.endswith("return Naive.apply(model(x) * 0.005)")


class Unseeded(Function):
    """A user's function with chance that no seed decides."""

    @staticmethod
    def forward(ctx, x):
        return x * tinyreg.as_tensor(np.random.default_rng().standard_normal(x.shape))

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y


def test_chance_that_no_seed_decides_is_named():
    told = twin(training(lambda model, x: Unseeded.apply(model(x))), 3, second="numpy").difference
    assert (told.step, told.kind, told.name) == (1, "forward", "Unseeded") and "Unseeded.apply(model(x))" in told.called
    own = random.Generator()
    own.manual_seed(3)
    told = twin(training(lambda model, x: nn.functional.dropout(model(x)) + own.normal((1,), "float64")), 3, second="numpy").difference
    assert (told.step, told.kind, told.name) == (1, "draw", "normal")


class Square(Function):
    """With setup_context, which has no ctx in forward."""

    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * 2 * ctx.saved_tensors[0]


def test_a_users_functions_are_compared_too():
    found = twin(training(lambda model, x: Square.apply(model(x))), 2, second="numpy", dtype="float32", first_dtype="float64")
    assert found.agrees and {("forward", "Square"), ("backward", "Square")} <= {row[:2] for row in found.operations}


def test_operations_of_other_threads_are_passed_over():
    calls = []

    def beside(model, x):
        calls.append(x)
        if len(calls) % 2:  # in the first run alone
            thread = threading.Thread(target=lambda: tinyreg.ones(3, requires_grad=True).exp().sum().backward())
            thread.start()
            thread.join()
        return model(x)

    assert twin(training(beside), 2, second="numpy").agrees


def test_a_loss_that_is_computed_past_the_operations_is_compared():
    def start():
        model, step = training()()
        chance = np.random.default_rng()
        return model, lambda: float(step().item()) + chance.random()

    told = twin(start, 2, second="numpy").difference
    assert (told.step, told.kind, told.many) == (1, "loss", 1) and "the loss" in str(told) and "past the operations" in told.cause


def test_a_step_without_a_loss_and_one_with_a_number():
    for returned in (None, 0.5):

        def start(returned=returned):
            model, step = training()()
            return model, lambda: [step(), returned][1]

        row = twin(start, 1, second="numpy").steps[0]
        assert (row.loss == returned or np.isnan(row.loss)) and row.loss_apart == 0


def test_freezing_inside_a_step_replays_in_both_runs():
    def frozen(model, x):
        with random.freeze() as draws:
            first = model(x)
            draws.rewind()
            return first + model(x)

    found = twin(training(frozen), 2, second="numpy", dtype="float32", first_dtype="float64")
    assert found.agrees, found


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"steps": 0}, ValueError, "twin: steps must be an integer of at least 1, got 0"),
        ({"steps": True}, ValueError, "got True"),
        ({"steps": 2.0}, ValueError, "got 2.0"),
        ({"tolerance": 0}, ValueError, "twin: tolerance must be above 0 and finite, got 0"),
        ({"tolerance": float("nan")}, ValueError, "got nan"),
        ({"dtype": "float16"}, ValueError, "twin: dtype must be float64 or float32, got float16"),
        ({"first_dtype": "int64"}, ValueError, "got int64"),
        ({"second": "abacus"}, ValueError, "use_backend: name must be 'numpy' or 'cupy', got 'abacus'"),
        ({"seed": -1}, ValueError, "got -1"),
    ],
)
def test_what_is_refused(options, error, sentence):
    with pytest.raises(error, match=sentence):
        twin(training(), **({"second": "numpy"} | options))
    assert backend.current() == "numpy"


def test_start_must_be_a_function_that_returns_a_model_and_a_step():
    with pytest.raises(TypeError, match="twin: start must be .*got int"):
        twin(3, second="numpy")
    with pytest.raises(TypeError, match="twin: start must return a Module and a function, got Linear; write return model, step"):
        twin(lambda: nn.Linear(1, 1), second="numpy")
    with pytest.raises(TypeError, match="got Linear, int"):
        twin(lambda: (nn.Linear(1, 1), 3), second="numpy")


def test_dtypes_may_be_given_as_everywhere():
    assert twin(training(), 1, second="numpy", dtype=tinyreg.float32).second == "numpy float32"
    assert twin(training(), 1, second="numpy", dtype=np.float64).second == "numpy float64"


def test_elsewhere_moves_what_is_nested_and_restores_the_mode():
    there = Elsewhere("numpy", "float64", "float32")
    x, index = np.ones(2, "float32"), np.array([1, 0])
    moved = there.moved(((x, [index, slice(1)]), {"mask": x > 0}, tinyreg.as_tensor(x), None, "mean"))
    assert [moved[0][0].dtype, moved[0][1][0].dtype, moved[1]["mask"].dtype] == ["float64", "int64", "bool"]
    assert moved[2].dtype == tinyreg.float64 and moved[3:] == (None, "mean") and moved[0][1][1] == slice(1)
    with pytest.raises(KeyError), there.entered():
        raise KeyError
    assert tinyreg.is_grad_enabled() and tinyreg.get_default_dtype() == tinyreg.float32
