"""`tinyreg twin`: what it trains, what it prints and refuses where there is no GPU."""

import re

import numpy as np
import pytest

import tinyreg
from tests.test_cli import run as command
from tinyreg import backend
from tinyreg.experiments import twins
from tinyreg.experiments.bad_option import BadOption
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.twins import EXAMPLES, NETWORKS, SENSITIVE, digits, method, run, starts


@pytest.fixture
def no_gpu(monkeypatch):
    """As on a machine without one."""

    def refuse():
        raise RuntimeError("use_backend: cupy must see a GPU, got none; stay on numpy")

    monkeypatch.setattr(backend, "_libraries", {"numpy": np})
    monkeypatch.setattr(backend, "_load_cupy", refuse)


@pytest.fixture
def double():
    before = tinyreg.get_default_dtype()
    tinyreg.set_default_dtype(tinyreg.float64)
    yield
    tinyreg.set_default_dtype(before)


@pytest.mark.parametrize(("zoom", "margin", "channels", "shape"), [(1, 0, 1, (1, 8, 8)), (3, 2, 1, (1, 28, 28)), (2, 0, 3, (3, 16, 16))])
def test_digits_have_no_two_equal_pixels_where_rounding_could_decide(double, zoom, margin, channels, shape):
    images, labels = digits(zoom, margin, channels)
    assert images.shape == (EXAMPLES, *shape) and images.dtype == tinyreg.float64 and set(labels.tolist()) == set(range(10))
    assert all(np.unique(image).size == image.size for image in images.numpy()[:20])


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_in_the_default_dtype(double, name):
    model, step = NETWORKS[name]()
    assert {p.dtype for p in model.parameters()} == {tinyreg.float64}
    losses = [float(step().item()) for _ in range(30 if name == "mlp" else 6)]
    assert min(losses[-3:]) < losses[0]


def test_a_step_of_a_method_is_one_of_fit():
    model, step = method("ema", "mlp")()
    names = {name.split(".")[0] for name, _ in model.named_parameters()}
    assert names == {"network", "average"}, "both are compared"
    before = [p.detach().numpy().copy() for p in model.parameters()]
    assert step() > 0
    assert not any(np.array_equal(a, p.detach().numpy()) for a, p in zip(before, model.parameters()))


def test_what_is_trained():
    assert list(starts(None, ())) == ["mlp", "lenet", "vgg"] and list(starts("vgg", ())) == ["vgg"]
    assert list(starts(None, ["dropout", "l2"])) == ["mlp with l2", "mlp with dropout"]
    assert [len(starts(model, ["all"])) for model in ("mlp", "lenet")] == [
        sum(model in row.models for row in METHODS.values()) for model in ("mlp", "lenet")
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "resnet"], "--model must be one of mlp, lenet, vgg, got resnet"),
        (["--methods", "dropuot"], "--methods must be among those of --model mlp, got dropuot; known are all, none, l2"),
        (["--methods", "channel_dropout"], "--methods must be among those of --model mlp, got channel_dropout"),
        (["--model", "vgg", "--methods", "l2"], "--model must be mlp or lenet where --methods are given, got vgg"),
        (["--against", "abacus"], "--against abacus cannot be used; use_backend: name must be 'numpy' or 'cupy', got 'abacus'"),
        (["--against", "numpy", "--steps", "0"], "twin: steps must be an integer of at least 1, got 0"),
        (["--against", "numpy", "--dtype", "float16"], "twin: dtype must be float64 or float32, got float16"),
        (["--against", "numpy", "--tolerance", "-1"], "twin: tolerance must be above 0 and finite, got -1.0"),
        (["--against", "numpy", "--seed", "-1"], "manual_seed: seed must lie in [0, 2**64), got -1"),
        ([], "--against cupy cannot be used; use_backend: cupy must see a GPU, got none; stay on numpy"),
        ([], "--against numpy --dtype float32 needs no GPU, and shows where float32 loses digits"),
    ],
)
def test_a_bad_option_gets_one_sentence_and_exit_code_2(capsys, no_gpu, words, sentence):
    code, out, err = command(capsys, "twin", *words)
    assert (code, out) == (2, "") and sentence in err and len(err.splitlines()) == 1
    assert backend.current() == "numpy"


def test_float32_beside_float64(capsys):
    code, out, err = command(capsys, "twin", "--against", "numpy", "--dtype", "float32", "--model", "mlp")
    assert (code, err) == (0, "")
    assert out.startswith("mlp\n\nstep  loss") and "numpy float64 and numpy float32 agree to 1e-05 in every operation of 1 step:" in out
    rows = re.findall(r"^(?:forward|backward) of (\w+) +(\S+) +1", out, re.MULTILINE)
    assert len(rows) == 5 and all(1e-9 < float(apart) < 1e-5 for _, apart in rows)
    assert "1 Linear(in_features=64, out_features=128, bias=True)" in out


def test_a_difference_is_exit_code_1(capsys, monkeypatch):
    chance = np.random.default_rng()

    def start():
        model = tinyreg.nn.Linear(2, 1)
        return model, lambda: model(tinyreg.as_tensor(chance.standard_normal((3, 2)))).sum()

    monkeypatch.setattr(twins, "NETWORKS", {"odd": start, "even": NETWORKS["mlp"]})
    code, out, _ = command(capsys, "twin", "--against", "numpy", "--steps", "2")
    assert code == 1 and "part in step 1, forward of LinearFunction, output 0" in out and "its input 0 of shape (3, 2) differs by" in out
    code, out, _ = command(capsys, "twin", "--against", "numpy", "--steps", "2", "--model", "even")
    assert code == 0 and "numpy float64 and numpy float64 agree to 1e-08 in every operation of 2 steps" in out


def test_a_sensitive_method_has_a_bar_of_its_own():
    assert set(SENSITIVE) <= set(METHODS)
    found = dict(run(None, ["virtual_adversarial", "l2"], against="numpy", dtype="float32"))
    assert [twin.tolerance for twin in found.values()] == [1e-5, 1e-2]
    assert all(twin.agrees for twin in found.values())
    given = dict(run(None, ["virtual_adversarial"], against="numpy", dtype="float32", steps=2, tolerance=0.5))
    assert [(twin.tolerance, len(twin.steps)) for twin in given.values()] == [(0.5, 2)]
    usual = dict(run(None, ["virtual_adversarial"], against="numpy"))
    assert [(twin.tolerance, len(twin.steps)) for twin in usual.values()] == [(1e-4, 20)]
    with pytest.raises(BadOption, match="got nan"):
        list(run("mlp", against="numpy", tolerance=float("nan")))


def test_errors_of_a_training_are_raised_as_they_are(monkeypatch):
    def start():
        raise ValueError("dropout: p must lie in [0, 1], got 2; ...")

    monkeypatch.setattr(twins, "NETWORKS", {"odd": start})
    with pytest.raises(ValueError, match="dropout: p must") as caught:
        list(run(against="numpy"))
    assert not isinstance(caught.value, BadOption) and caught.value.__notes__ == ["twin: this was raised on numpy float64"]


def test_help_teaches(capsys):
    code, out, _ = command(capsys, "twin", "--help")
    assert code == 0 and "the first step to 1e-5" in out and "tinyreg twin --against numpy --dtype float32" in out
