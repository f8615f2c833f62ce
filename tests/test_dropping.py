import numpy as np
import pytest

import tinyreg as torch
from tinyreg.dropping import DroppingLayer, channel_mask_shape, check_broadcast, check_channel_mask, check_masked, drop, thin


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("mask_shape", [(3, 50_000), (50_000,), (3, 1), (1, 1), ()])
def test_thin_multiplies_in_the_dtype_of_x(dtype, mask_shape):
    rng = np.random.default_rng(0)
    x, mask = rng.normal(size=(3, 50_000)).astype(dtype), rng.random(mask_shape) < 0.5
    y = thin(x, np.asarray(mask), 1.25)
    assert y.dtype == dtype and y is not x
    np.testing.assert_array_equal(y, x * np.where(mask, dtype(1.25), dtype(0)))


def test_channel_masks_have_one_element_a_channel():
    assert channel_mask_shape("who", (2, 3)) == (2, 3)
    assert channel_mask_shape("who", (2, 3, 4, 5)) == (2, 3, 1, 1)
    assert channel_mask_shape("who", (3, 4, 5), channel=0) == (3, 1, 1)
    with pytest.raises(RuntimeError, match=r"^who: input must have channels, .* got shape \(3,\); unsqueeze it, or take dropout$"):
        channel_mask_shape("who", (3,))


def test_masks_that_do_not_fit_are_refused():
    x, mask = torch.ones(2, 3), torch.ones(2, 3, dtype=torch.bool)
    check_masked("who", x.long(), mask, training=False)
    check_masked("who", x, None, training=True)
    check_channel_mask("who", None, (2, 3))
    check_channel_mask("who", mask, (2, 3))
    for error, said, call in [
        (RuntimeError, "input must be floating point, got dtype int64", lambda: check_masked("who", x.long(), None, True)),
        (ValueError, "mask must be bool, True for what is kept, got dtype float32", lambda: check_channel_mask("who", x, (2, 3))),
        (ValueError, r"mask must have shape \(2, 1\), one element a channel, got \(2, 3\)",
         lambda: check_channel_mask("who", mask, (2, 1))),
        (ValueError, r"mask must broadcast to input, got mask of shape \(2, 3\) for input of shape \(3,\); give it input's shape",
         lambda: check_masked("who", x[0], mask, True)),
        (ValueError, r"noise must broadcast to input, got noise of shape \(2, 3\) for input of shape \(1, 3\)",
         lambda: check_broadcast("who", x[:1], x, "noise")),
    ]:  # fmt: skip
        with pytest.raises(error, match=f"^who: {said}"):
            call()


def test_the_door_draws_only_what_it_needs():
    x, ones, drawn = torch.tensor([2.0, 3.0]), np.ones(2, dtype=bool), []

    def door(active, factor=None, returned=True, inplace=False, dtype=bool):
        return drop("who", x, active, inplace, factor, returned, (2,), dtype=dtype,
                    draw=lambda: drawn.append(1) or ~ones, apply=lambda mask: x * mask)  # fmt: skip

    output, mask = door(True)
    assert (output.tolist(), mask.tolist(), drawn) == ([0.0, 0.0], [False, False], [1])
    given = torch.tensor([True, False])
    output, mask = door(True, given)
    assert output.tolist() == [2.0, 0.0] and mask is given and drawn == [1]
    output, mask = door(False, given, dtype="float32")
    assert output is x and mask.tolist() == [1.0, 1.0] and drawn == [1]
    assert door(False, returned=False) is x and door(True, given, False, inplace=True) is x and x.tolist() == [2.0, 0.0]


def test_a_layer_says_of_what_its_p_is_the_probability():
    class DropRow(DroppingLayer):
        meaning = "p is the probability of dropping a row"

    assert DropRow(0.25).stochastic and repr(DropRow(0.25)) == "DropRow(p=0.25, inplace=False)"
    with pytest.raises(ValueError, match=r"^DropRow: p must lie in \[0, 1\], got p=2; p is the probability of dropping a row$"):
        DropRow(2)
