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


CALLED = [  # (settings that are given to a function, the value that the refusal names)
    (lambda t: t.nn.functional.group_norm(t.ones(2, 4, 3), 2, eps=-1.0), "group_norm: .*, got eps=-1.0"),
    (lambda t: t.nn.functional.rms_norm(t.ones(2, 4), (4,), eps=-0.5), "rms_norm: .*, got eps=-0.5"),
    (lambda t: t.nn.functional.batch_norm(t.ones(2, 1), t.zeros(1), t.ones(1), training=True, momentum=2.0), "got momentum=2.0"),
    (lambda t: t.nn.functional.instance_norm(t.ones(2, 1, 3), t.zeros(1), t.ones(1), momentum=-1.0), "got momentum=-1.0"),
]


def test_settings_of_functions():
    for call, value in CALLED:
        with pytest.raises(ValueError, match=value):
            call(tinyreg)


def test_settings_of_functions_in_pytorch(torch):
    for call, _ in CALLED:
        call(torch)


TURNED = [  # (sizes and bounds that nothing can have, the values that the refusal names)
    (lambda t: t.nn.Linear(-1, 3), "in_features=-1"),
    (lambda t: t.nn.init.trunc_normal_(t.ones(3), a=1.0, b=-1.0), "a=1.0, b=-1.0"),
]


def test_errors_of_sizes_and_bounds():
    for build, value in TURNED:
        with pytest.raises(ValueError, match=value):
            build(tinyreg)


def test_errors_of_sizes_and_bounds_in_pytorch(torch):
    for build, _ in TURNED:
        with pytest.raises(RuntimeError):
            build(torch)


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


NOT_DROPPED = [("dropout", lambda t: t.arange(3)), ("dropout2d", lambda t: t.ones(3)), ("feature_alpha_dropout", lambda t: t.ones(3))]


@pytest.mark.parametrize(("name", "make"), NOT_DROPPED)
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_inputs_of_dropout(name, make):
    for p in (0.5, 1.0):
        with pytest.raises(RuntimeError, match="got dtype int64" if name == "dropout" else r"got shape \(3,\)"):
            getattr(tinyreg.nn.functional, name)(make(tinyreg), p, True)


@pytest.mark.parametrize(("name", "make"), NOT_DROPPED)
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_inputs_of_dropout_in_pytorch(torch, name, make):
    with pytest.raises(RuntimeError):
        getattr(torch.nn.functional, name)(make(torch), 0.5, True)
    assert getattr(torch.nn.functional, name)(make(torch), 1.0, True).tolist() == [0, 0, 0]


DROPOUTS = "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout".split()


def test_masks_of_dropout():
    for name in DROPOUTS:
        door, x = getattr(tinyreg.nn.functional, name), tinyreg.ones(1, 2, *[1] * {"dropout1d": 1, "dropout3d": 3}.get(name, 2))
        keep = (tinyreg.arange(2) > 0).view_as(x)
        y, used = door(x, 0.5, True, mask=keep, return_mask=True)
        assert used is keep and y.flatten()[0] < y.flatten()[1]
        door(x, 0.5, True, generator=tinyreg.Generator(3))


def test_masks_of_dropout_in_pytorch(torch):
    for name in DROPOUTS:
        for word in ("mask", "return_mask", "generator"):
            with pytest.raises(TypeError, match=word):
                getattr(torch.nn.functional, name)(torch.ones(1, 2, 1), 0.5, True, **{word: None})


def written_by_alpha_dropout(t):
    layers = t.nn.AlphaDropout(1.0, inplace=True), t.nn.FeatureAlphaDropout(1.0, inplace=True)
    inputs = [t.ones(2, 3), t.ones(2, 3)]
    for layer, x in zip(layers, inputs):
        layer(x)
    return [bool((x == 0).all()) for x in inputs]


def test_alpha_dropout_in_place():
    assert written_by_alpha_dropout(tinyreg) == [True, True]


def test_alpha_dropout_in_place_in_pytorch(torch):
    assert written_by_alpha_dropout(torch) == [False, False]
    x = torch.ones(3)
    assert torch.nn.functional.alpha_dropout(x, 1.0, True, True) is x and not x.any()


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


def convolved_nothing(t):
    return t.nn.functional.conv1d(t.ones(1, 0, 2), t.ones(2, 0, 1), t.tensor([3.0, 5.0]))


def test_convolutions_without_input_channels():
    assert convolved_nothing(tinyreg).tolist() == [[[3, 3], [5, 5]]]


def test_convolutions_without_input_channels_in_pytorch(torch):
    assert convolved_nothing(torch).numel() == 0


def slopes_of_no_output(t, pool):
    x = t.ones(1, 1, 3, requires_grad=True)
    pool(t.nn.functional)(x, 0).sum().backward()
    return x.grad.tolist()


def test_pooling_to_nothing():
    assert slopes_of_no_output(tinyreg, lambda F: F.adaptive_avg_pool1d) == [[[0, 0, 0]]]
    assert slopes_of_no_output(tinyreg, lambda F: F.adaptive_max_pool1d) == [[[0, 0, 0]]]


def test_pooling_to_nothing_in_pytorch(torch):
    for pool in (lambda F: F.adaptive_avg_pool1d, lambda F: F.adaptive_max_pool1d):
        with pytest.raises(RuntimeError, match="Expected grad_output to have non-zero size"):
            slopes_of_no_output(torch, pool)


def extreme_slope(t):
    x = t.tensor([-1e30], requires_grad=True)
    t.nn.functional.gelu(x, approximate="tanh").backward()
    return x.grad.item()


def test_slope_of_gelu_far_from_0():
    assert extreme_slope(tinyreg) == 0


def test_slope_of_gelu_far_from_0_in_pytorch(torch):
    assert np.isnan(extreme_slope(torch))


def slopes_at_infinity(t, activation):
    x = t.tensor([-np.inf, np.inf], requires_grad=True)
    activation(t.nn.functional)(x).sum().backward()
    return x.grad.tolist()


def test_slopes_at_infinity():
    with np.errstate(all="ignore"):
        assert slopes_at_infinity(tinyreg, lambda F: F.gelu) == [0, 1]
        assert slopes_at_infinity(tinyreg, lambda F: F.softsign) == [0, 0]


def test_slopes_at_infinity_in_pytorch(torch):
    for activation in (lambda F: F.gelu, lambda F: F.softsign):
        assert np.isnan(slopes_at_infinity(torch, activation)).all()


def softsign_of_the_least(t):
    return t.nn.functional.softsign(t.tensor([-128], dtype=t.int8)).item()


def test_softsign_of_the_least_integer():
    assert softsign_of_the_least(tinyreg) == pytest.approx(-128 / 129)


def test_softsign_of_the_least_integer_in_pytorch(torch):
    assert softsign_of_the_least(torch) == pytest.approx(128 / 127)


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


def names_of_layers(t):
    return [name for name, _ in t.nn.Sequential({"first": t.nn.ReLU()}).named_children()]


def test_sequential_of_a_dict():
    assert names_of_layers(tinyreg) == ["first"]


def test_sequential_of_a_dict_in_pytorch(torch):
    with pytest.raises(TypeError, match="dict is not a Module subclass"):
        names_of_layers(torch)


def inserted(t):
    layers = t.nn.ModuleList()
    return layers.insert(0, t.nn.ReLU()), layers


def test_inserting_into_a_list():
    result, layers = inserted(tinyreg)
    assert result is layers and len(layers) == 1


def test_inserting_into_a_list_in_pytorch(torch):
    assert inserted(torch)[0] is None


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


def test_modes_of_modules():
    net = tinyreg.nn.Sequential(tinyreg.nn.BatchNorm1d(2), tinyreg.nn.Dropout(0.5)).monte_carlo()
    assert [module.training for module in net] == [False, True] and net.mode_report().mode == "Monte Carlo"


def test_modes_of_modules_in_pytorch(torch):
    assert not hasattr(torch.nn.Module, "monte_carlo") and not hasattr(torch.nn.Module, "mode_report")
