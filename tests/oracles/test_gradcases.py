"""Every row of the table of gradient cases, run by PyTorch too: the same call, values and gradients to 1e-7."""

import warnings

import numpy as np
import pytest

import tinyreg
from tinyreg.experiments.gradcases import CASES

torch = pytest.importorskip("torch")

ROWS = [pytest.param(case, id=case.name) for case in CASES if case.torch]


def run(library, case, arrays):
    tensors = [library.tensor(array, requires_grad=True) for array in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PyTorch's own
        out = case.run(library, *tensors)
    outs = [x for x in (out if isinstance(out, (tuple, list)) else (out,)) if x.is_floating_point()]
    rng = np.random.default_rng(5)
    sum((x * library.tensor(rng.standard_normal(tuple(x.shape)))).sum() for x in outs).backward()
    return [x.detach().numpy() for x in outs], [x.grad.numpy() for x in tensors]


@pytest.mark.parametrize("case", ROWS)
def test_values_and_gradients_equal_pytorchs(case):
    arrays = case.draw(np.random.default_rng(13))
    ours, theirs = run(tinyreg, case, arrays), run(torch, case, arrays)
    assert len(ours[0]) == len(theirs[0]) > 0
    for a, b in zip(ours[0] + ours[1], theirs[0] + theirs[1], strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-7)
