import math

import numpy as np
import pytest

from tinyreg.ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient

LOSSES = np.array([1.0, 2.0, 6.0], dtype="float32")


def test_values():
    assert reduce_losses(LOSSES, "none", 3) is LOSSES
    assert reduce_losses(LOSSES, "sum", 3) == 9
    assert reduce_losses(LOSSES, "mean", 3) == 3
    assert reduce_losses(LOSSES, "mean", np.float32(4.5)) == 2


@pytest.mark.parametrize("divisor", [3, np.float32(3), np.array(3, dtype="float32")])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_dtype_is_kept(reduction, divisor):
    assert reduce_losses(LOSSES, reduction, divisor).dtype == "float32"
    assert spread_gradient(np.float32(1), reduction, divisor).dtype == "float32"


@pytest.mark.parametrize("divisor", [0, np.float32(0), np.array(0, dtype="float32")])
def test_a_mean_of_nothing_is_nan_with_gradient_0(divisor):
    """Warnings are errors: nan is the answer, not an accident."""
    assert math.isnan(reduce_losses(LOSSES[:0], "mean", divisor))
    gradient = spread_gradient(np.float32(1), "mean", divisor)
    assert math.isfinite(gradient) and (gradient * LOSSES[:0]).sum() == 0
    assert reduce_losses(LOSSES[:0], "sum", divisor) == 0


def test_spread_is_the_adjoint_of_reduce():
    assert spread_gradient(np.float32(6), "mean", 3) == 2
    assert spread_gradient(np.float32(6), "sum", 3) == 6
    assert spread_gradient(LOSSES, "none", 3) is LOSSES


@pytest.mark.parametrize("name", ["Mean", "average", None, "batchmean"])
def test_unknown_reductions_are_refused(name):
    with pytest.raises(ValueError, match=f"mse_loss: reduction must be 'none', 'mean' or 'sum', got {name!r}"):
        choose_reduction("mse_loss", None, None, name)


@pytest.mark.parametrize(
    "size_average, reduce, reduction",
    [(True, None, "mean"), (False, None, "sum"), (None, True, "mean"), (None, False, "none"), (True, False, "none"), (False, True, "sum")],
)
def test_the_older_arguments(size_average, reduce, reduction):
    with pytest.warns(UserWarning, match=f"say reduction='{reduction}'"):
        assert choose_reduction("mse_loss", size_average, reduce, "mean") == reduction
