"""Every row of the table of gradient cases, forward and backward: on the device as on NumPy, and without waiting for it."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg.autograd import Tensor, gradcheck
from tinyreg.experiments.gradcases import CASES

ROWS = [pytest.param(case, id=case.name) for case in CASES]
WAITS = {  # why the host must know
    "index mask": "the size of the result is the number of True",
    "masked_select": "the size of the result is the number of True",
    "setitem mask": "CuPy counts the True, too",
    "repeat_interleave numbers": "the size of the result is their sum",
}
CHECKED = CASES[::12]  # what takes long: a difference an element; on a GPU it is done for all


def inputs(case, dtype="float64"):
    return [tinyreg.as_tensor(array.astype(dtype)).requires_grad_() for array in case.draw(np.random.default_rng(7))]


def outputs(case, tensors):
    out = case.run(tinyreg, *tensors)
    outs = [out] if isinstance(out, Tensor) else [x for x in out if isinstance(x, Tensor)]
    return [x for x in outs if x.is_floating_point() and x.requires_grad]


def backward(outs, dtype="float64"):
    rng = np.random.default_rng(11)
    sum((x * tinyreg.tensor(rng.standard_normal(x.shape).astype(dtype))).sum() for x in outs).backward()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", ROWS)
def test_values_and_gradients_equal_numpys(device, case, dtype):
    def evaluate():
        tensors = inputs(case, dtype)
        outs = outputs(case, tensors)
        backward(outs, dtype)
        return host([*outs, *(x.grad for x in tensors)])

    wanted, got = twice(device, evaluate)
    assert_equal(got, wanted)


@pytest.mark.parametrize("case", ROWS)
def test_nobody_waits_for_the_device(device, case):
    tensors = inputs(case)
    if case.name in WAITS:
        with pytest.raises((AssertionError, RuntimeError)), device.never_waits():
            backward(outputs(case, tensors))
    else:
        with device.never_waits():
            backward(outputs(case, tensors))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CHECKED])
def test_gradcheck_runs_on_the_device(device, case):
    assert gradcheck(lambda *tensors: case.run(tinyreg, *tensors), tuple(inputs(case)))


@pytest.mark.gpu
@pytest.mark.parametrize("device", ["cupy"], indirect=True)
@pytest.mark.parametrize("case", ROWS)
def test_every_gradcheck_runs_on_a_gpu(device, case):
    assert gradcheck(lambda *tensors: case.run(tinyreg, *tensors), tuple(inputs(case)))
