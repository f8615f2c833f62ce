"""Stochastic depth: where tinyreg does not do what torchvision does."""

import pytest

import tinyreg

WRONG = [(1.5, "row", "p=1.5"), (float("nan"), "batch", "p=nan"), (0.5, "rows", "mode='rows'")]


def test_place_of_stochastic_depth():
    from tinyreg.regularization import StochasticDepth, stochastic_depth

    assert StochasticDepth is tinyreg.nn.StochasticDepth and callable(stochastic_depth)
    assert not hasattr(tinyreg.ops, "StochasticDepth") and not hasattr(tinyreg.ops, "stochastic_depth")


def test_place_of_stochastic_depth_in_pytorch(torchvision):
    from torchvision.ops import StochasticDepth, stochastic_depth

    assert callable(StochasticDepth(0.5, "row")) and callable(stochastic_depth)


def test_settings_of_stochastic_depth():
    for p, mode, value in WRONG:
        with pytest.raises(ValueError, match=f"got {value}"):
            tinyreg.nn.StochasticDepth(p, mode)


def test_settings_of_stochastic_depth_in_pytorch(torchvision):
    for p, mode, _ in WRONG:
        torchvision.ops.StochasticDepth(p, mode)


def test_scale_of_stochastic_depth():
    layer = tinyreg.nn.StochasticDepth(0.25, "row", scale="test").eval()
    assert layer(tinyreg.ones(2)).tolist() == [0.75, 0.75]


def test_scale_of_stochastic_depth_in_pytorch(torchvision):
    with pytest.raises(TypeError):
        torchvision.ops.StochasticDepth(0.25, "row", scale="test")
