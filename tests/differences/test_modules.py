"""Layers, their functional forms and Module: where tinyreg does not do what PyTorch does."""

import numpy as np
import pytest

import tinyreg

BUILT = [  # (settings that no forward could use, the value that the refusal names)
    (lambda nn: nn.BatchNorm1d(3, momentum=2.0), "momentum=2.0"),
    (lambda nn: nn.BatchNorm1d(3, eps=-1.0), "eps=-1.0"),
    (lambda nn: nn.BatchNorm1d(0), "num_features=0"),
    (lambda nn: nn.LayerNorm(3, eps=-1.0), "eps=-1.0"),
    (lambda nn: nn.Dropout(float("nan")), "p=nan"),
    (lambda nn: nn.Linear(0, 2), "in_features=0"),
]


def test_settings_of_layers():
    for build, value in BUILT:
        with pytest.raises(ValueError, match=value):
            build(tinyreg.nn)


def test_settings_of_layers_in_pytorch(torch):
    for build, _ in BUILT:
        build(torch.nn)


def other_channels(t):
    return t.nn.GroupNorm(2, 4, affine=False)(t.ones(2, 8, 3)).shape


def test_channels_of_group_norm():
    with pytest.raises(RuntimeError, match="input must have num_channels=4 channels, got 8"):
        other_channels(tinyreg)


def test_channels_of_group_norm_in_pytorch(torch):
    assert other_channels(torch) == (2, 8, 3)


def batches_counted(t):
    layer = t.nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="1 value per channel"):
        layer(t.ones(1, 3))
    return layer.num_batches_tracked.item()


def test_refused_batches():
    assert batches_counted(tinyreg) == 0


def test_refused_batches_in_pytorch(torch):
    assert batches_counted(torch) == 1


def mixed_norm(t):
    return t.nn.functional.rms_norm(t.ones(2, 3), (3,), t.ones(3, dtype=t.float64))


def test_weights_of_rms_norm():
    with pytest.raises(RuntimeError, match="one dtype, got float32 and float64"):
        mixed_norm(tinyreg)


def test_weights_of_rms_norm_in_pytorch(torch):
    with pytest.warns(UserWarning, match="Mismatch dtype"):
        mixed_norm(torch)


def dropped(t):
    """How many of ten million elements dropout drops; 50 are expected, and none would be with probability e^-50."""
    return (t.nn.functional.dropout(t.ones(10**7), 5e-6) == 0).sum().item()


def test_probabilities_of_dropout():
    assert dropped(tinyreg) == 0


def test_probabilities_of_dropout_in_pytorch(torch):
    assert dropped(torch) > 0


def smooth(t, mode):
    return t.nn.functional.interpolate(t.ones(1, 1, 2, 2), scale_factor=2, mode=mode).shape


def test_modes_of_interpolation():
    assert smooth(tinyreg, "nearest") == (1, 1, 4, 4)
    with pytest.raises(NotImplementedError, match="mode must be 'nearest', got mode='bilinear'"):
        smooth(tinyreg, "bilinear")


def test_modes_of_interpolation_in_pytorch(torch):
    assert smooth(torch, "bilinear") == (1, 1, 4, 4)


def without_batch(t):
    return t.nn.functional.conv_transpose1d(t.ones(0, 1, 3), t.ones(1, 1, 2), output_padding=1).shape


def test_geometry_of_an_empty_batch():
    with pytest.raises(RuntimeError, match=r"output_padding must be smaller .*, got output_padding=\(1,\)"):
        without_batch(tinyreg)


def test_geometry_of_an_empty_batch_in_pytorch(torch):
    assert without_batch(torch) == (0, 1, 5)


def extreme_slope(t):
    x = t.tensor([-1e30], requires_grad=True)
    t.nn.functional.gelu(x, approximate="tanh").backward()
    return x.grad.item()


def test_slope_of_gelu_far_from_0():
    assert extreme_slope(tinyreg) == 0


def test_slope_of_gelu_far_from_0_in_pytorch(torch):
    assert np.isnan(extreme_slope(torch))


def test_softplus_without_sharpness():
    with pytest.raises(ValueError, match="beta=0"):
        tinyreg.nn.functional.softplus(tinyreg.zeros(1), beta=0)


def test_softplus_without_sharpness_in_pytorch(torch):
    assert torch.nn.functional.softplus(torch.zeros(1), beta=0).item() == np.inf


def slope_of_a_short_vector(t):
    x = t.tensor([3.0, 4.0], requires_grad=True)
    t.nn.functional.cosine_similarity(x, t.tensor([1.0, 0.0]), dim=0, eps=10.0).backward()
    return x.grad.tolist()


def test_cosine_of_short_vectors():
    assert slope_of_a_short_vector(tinyreg) == pytest.approx([1 / 100, 0])


def test_cosine_of_short_vectors_in_pytorch(torch):
    assert slope_of_a_short_vector(torch)[0] == pytest.approx(1 / 100 - 3 * 0.6 / 1000)


def after_a_failed_load(t):
    """The weight of a layer that fitted, after load_state_dict has refused the state for another's sake."""
    net = t.nn.Sequential(t.nn.Linear(1, 1), t.nn.Linear(1, 1))
    state = {name: t.full(tuple(x.shape), 7.0) for name, x in net.state_dict().items()}
    with pytest.raises(RuntimeError):
        net.load_state_dict(state | {"1.weight": t.ones(5, 5)})
    return net[0].weight.item()


def test_states_that_do_not_fit():
    assert after_a_failed_load(tinyreg) != 7


def test_states_that_do_not_fit_in_pytorch(torch):
    assert after_a_failed_load(torch) == 7


def loaded_arrays(t):
    layer = t.nn.Linear(1, 1)
    layer.load_state_dict({"weight": np.full((1, 1), 7.0), "bias": np.zeros(1)})
    return layer.weight


def test_states_of_arrays():
    assert loaded_arrays(tinyreg).dtype == tinyreg.float32 and loaded_arrays(tinyreg).item() == 7


def test_states_of_arrays_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="expected torch.Tensor"):
        loaded_arrays(torch)


def test_versions_of_states():
    assert not hasattr(tinyreg.nn.Linear(1, 1).state_dict(), "_metadata")


def test_versions_of_states_in_pytorch(torch):
    assert torch.nn.Linear(1, 1).state_dict()._metadata[""] == {"version": 1}


def test_flags_of_modules():
    nn = tinyreg.nn
    assert nn.Dropout(0.5).stochastic and nn.BatchNorm1d(2).uses_batch_statistics and nn.LayerNorm(2).normalization
    assert nn.Linear(2, 1).penalized == ("weight",)


def test_flags_of_modules_in_pytorch(torch):
    assert not [name for name in ("stochastic", "uses_batch_statistics", "normalization", "penalized") if hasattr(torch.nn.Module, name)]
