"""The check finds whoever computes something else, before its time counts."""

from dataclasses import replace

import numpy as np
import pytest

import tinyreg
from benchmarks.checks import Wrong, compare, record
from benchmarks.libraries.numpy_by_hand import NumPyByHand
from benchmarks.libraries.tinyreg_ import Tinyreg
from benchmarks.libraries.torch_names import TorchTrainer
from benchmarks.workloads import ADAM, WORKLOADS, Kernel

W1, W3, CHAIN = WORKLOADS["W1"], WORKLOADS["W3"], WORKLOADS["W6-tensors"]


def small(name, shape):
    return Kernel("W7-small", "small", name, shape, {})


KERNELS = [small("dropout", (2048, 2048)), small("batch_norm", (8, 4, 6, 6)), small("penalty", (1000,)), small("adam", (1000,))]


def expected(workload):
    return record(NumPyByHand(1, "float64"), workload)


class OneGradientIsWrong(Tinyreg):
    """Five per cent too large, of one parameter."""

    def __init__(self, parameter):
        super().__init__(1)
        self.parameter = parameter

    def trainer(self, network, weights, dropout=True):
        class Trainer(TorchTrainer):
            def step(trainer, x, y):
                trainer.model.__class__.zero_grad(trainer.model)
                loss = trainer.loss(trainer.model(x), y)
                loss.backward()
                list(trainer.model.parameters())[self.parameter].grad *= 1.05
                trainer.optimizer.step()
                return loss

        return Trainer(self, network, weights, dropout)


@pytest.mark.parametrize("workload", [W1, W3, CHAIN, *KERNELS], ids=lambda workload: getattr(workload, "name", workload.key))
def test_tinyreg_computes_the_same(workload):
    tinyreg.manual_seed(0)
    errors = compare(workload, record(Tinyreg(1), workload), expected(workload))
    assert errors and all(0 <= error < 3e-3 for error in errors.values())


@pytest.mark.parametrize("parameter", range(4))
def test_a_wrong_gradient_is_found_in_every_parameter(parameter):
    with pytest.raises(Wrong, match=f"^update {parameter} must be within 0.0001 of float64's, got an error of 5.0e-02$"):
        compare(W1, record(OneGradientIsWrong(parameter), W1), expected(W1))


def test_a_wrong_gradient_is_found_behind_batch_norm():
    assert compare(W3, record(OneGradientIsWrong(1), W3), expected(W3)), "the gradient of a bias before batch norm is zero"
    with pytest.raises(Wrong, match="update 2 "):
        compare(W3, record(OneGradientIsWrong(2), W3), expected(W3))


def test_forgotten_weight_decay_is_found():
    with pytest.raises(Wrong, match="update"):
        compare(W1, record(Tinyreg(1), replace(W1, weight_decay=0.0)), expected(W1))


def test_forgotten_running_statistics_are_found():
    found = expected(W3)
    with pytest.raises(Wrong, match="^logits after must be within 0.0001"):
        compare(W3, found | {"logits after": found["logits before"]}, found)


def test_a_shape_a_missing_part_and_nan_are_found():
    found = expected(W1)
    with pytest.raises(Wrong, match=r"^losses must have shape \(4,\), got \(3,\)$"):
        compare(W1, found | {"losses": found["losses"][:3]}, found)
    with pytest.raises(Wrong, match="^parts must be logits before, update 0, .*, weights 3, got losses$"):
        compare(W1, {"losses": found["losses"]}, found)
    with pytest.raises(Wrong, match="got an error of nan"):
        compare(W1, found | {"losses": np.full(4, np.nan)}, found)


def test_a_network_that_loses_a_parameter_is_found():
    class Forgets(TorchTrainer):
        def weights(self):
            return super().weights()[:-1]

    library = Tinyreg(1)
    library.trainer = lambda *arguments, dropout: Forgets(library, *arguments, dropout)
    with pytest.raises(Wrong, match="^weights must be 4 arrays, got 3$"):
        record(library, W1)


def test_a_chain_that_forgets_an_operand_is_found():
    found = expected(CHAIN)
    wrong = {what: value * 1.001 if what == "gradient 1 4" else value for what, value in found.items()}
    with pytest.raises(Wrong, match="^gradient 1 4 must"):
        compare(CHAIN, wrong, found)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda y, gradient: (y / 2, gradient), "y"),
        (lambda y, gradient: (y, gradient / 2), "gradient"),
        (lambda y, gradient: (y, np.roll(gradient, 1)), "share"),
        (lambda y, gradient: (y * np.where(np.arange(y.size).reshape(y.shape) == 5, np.nan, 1), gradient), "y must .* of nan"),
        (
            lambda y, gradient: (
                y * (np.arange(y.size).reshape(y.shape) % 50 > 0),
                gradient * (np.arange(y.size).reshape(y.shape) % 50 > 0),
            ),
            "share",
        ),
    ],
    ids=["not doubled", "gradient not doubled", "another mask", "nan", "another share"],
)
def test_dropout_has_a_check_of_its_own(spoil, what):
    kernel = KERNELS[0]

    class Spoiled(NumPyByHand):
        def kernel(self, name, arrays):
            call = super().kernel(name, arrays)
            return lambda: spoil(*call())

    with pytest.raises(Wrong, match=f"^{what}"):
        compare(kernel, record(Spoiled(1), kernel), expected(kernel))


def test_adam_that_forgets_its_bias_correction_is_found():
    kernel = KERNELS[3]

    class Forgets(NumPyByHand):
        def kernel(self, name, arrays):
            p, g = (np.array(arrays[key]) for key in "pg")
            first, second = np.zeros_like(p), np.zeros_like(p)

            def step():
                first[:] = ADAM["betas"][0] * first + (1 - ADAM["betas"][0]) * g
                second[:] = ADAM["betas"][1] * second + (1 - ADAM["betas"][1]) * g * g
                p[:] -= ADAM["lr"] * first / (np.sqrt(second) + ADAM["eps"])
                return (p,)

            return step

    with pytest.raises(Wrong, match="^update must"):
        compare(kernel, record(Forgets(1), kernel), expected(kernel))
