"""Notes: every door of a regularizer leaves one, or is listed with the reason why not."""

from importlib import import_module

import numpy as np
import pytest

import tinyreg
from tinyreg import nn
from tinyreg import regularization as room
from tinyreg.touches import optimizers, overlooked, unnoted

# doors that act on weights, gradients or the loss: how each is used on a layer, and where its note stands
PENALTIES = {
    "l2_penalty": lambda layer: room.l2_penalty(layer, 0.1),
    "l1_penalty": lambda layer: room.l1_penalty(layer, 0.1),
    "elastic_net_penalty": lambda layer: room.elastic_net_penalty(layer, 0.1, 0.5),
    "group_lasso_penalty": lambda layer: room.group_lasso_penalty(layer, 0.1),
    "orthogonality_penalty": lambda layer: room.orthogonality_penalty(layer, 0.1),
}
OPAQUE = {
    "confidence_penalty": lambda layer: room.confidence_penalty(layer(x()), 0.1),
    "activity_penalty": lambda layer: room.activity_penalty(layer(x()), 0.1),
    "kl_sparsity": lambda layer: room.kl_sparsity(layer(x()).sigmoid(), 0.1),
    "gradient_penalty": lambda layer: room.gradient_penalty(layer, x(), 0.1, loss=lambda y: y.square().sum(1)),
    "jacobian_penalty": lambda layer: room.jacobian_penalty(layer, x(), 0.1),
    "virtual_adversarial_loss": lambda layer: room.virtual_adversarial_loss(layer, x(), 0.1),
}
WRITERS = {
    "l1_proximal_": lambda layer: room.l1_proximal_(layer, 0.1, 0.1),
    "elastic_net_proximal_": lambda layer: room.elastic_net_proximal_(layer, 0.1, 0.1, 0.5),
    "group_lasso_proximal_": lambda layer: room.group_lasso_proximal_(layer, 0.1, 0.1),
    "decay_": lambda layer: room.decay_(layer, 0.1, 0.1),
    "max_norm_": lambda layer: room.max_norm_(layer, 1.0),
    "clip_weights_": lambda layer: room.clip_weights_(layer, -0.1, 0.1),
    "random_shrink_": lambda layer: room.random_shrink_(layer, 0.1),
}
CHANGES = {
    "clip_grad_norm_": lambda layer: room.clip_grad_norm_(layer.parameters(), 0.1),
    "clip_grad_value_": lambda layer: room.clip_grad_value_(layer.parameters(), 0.1),
    "add_gradient_noise_": lambda layer: room.add_gradient_noise_(layer.parameters(), 0.1),
}
WITHOUT = {  # why a door needs no note
    "acts on activations": "AlphaDropout FeatureAlphaDropout Dropout Dropout1d Dropout2d Dropout3d GaussianDropout "
    "GaussianNoise StochasticDepth alpha_dropout feature_alpha_dropout dropout dropout1d dropout2d dropout3d gaussian_dropout "
    "gaussian_noise stochastic_depth stochastic_residual linear_decay",
    "normalizes: the ledger finds it among the modules": "BatchNorm1d BatchNorm2d BatchNorm3d GroupNorm InstanceNorm1d InstanceNorm2d "
    "InstanceNorm3d LayerNorm RMSNorm batch_norm group_norm instance_norm layer_norm rms_norm",
    "computes weights: the ledger finds it in the module": "weight_norm remove_weight_norm weight_of spectral_norm remove_spectral_norm "
    "spectrally_normalized",
    "masks weights: the ledger finds it among the modules": "DropConnect drop_connect drop_connect_inference drop_connect_moments",
    "acts on data and targets": "CutMix Cutout MixUp MixedTarget RandomErasing cutmix cutout mixed_loss mixup smooth_labels fgsm pgd",
    "an optimizer, which notes itself": "SAM",
    "takes back what it did": "weight_noise",
    "leaves the weights that are trained alone": "AveragedModel get_ema_avg_fn get_ema_multi_avg_fn get_swa_avg_fn get_swa_multi_avg_fn "
    "update_bn EarlyStopping fold_batch_norm fold_batch_norms",
    "computes, and changes nothing": "annealed_std get_total_norm group_soft_threshold soft_threshold model_precision monte_carlo "
    "mutual_information predictive_entropy ledger",
}


def x():
    return tinyreg.tensor(np.random.default_rng(0).standard_normal((6, 4)).astype("float32"))


def layer():
    tinyreg.manual_seed(0)
    return nn.Linear(4, 3)


def test_every_door_is_listed():
    listed = {*PENALTIES, *OPAQUE, *WRITERS, *CHANGES, *(name for names in WITHOUT.values() for name in names.split())}
    doors = set(room.__all__) - set(import_module("tinyreg.regularization.paths").__all__)  # which train nothing
    assert doors - listed == set(), "a new door: let it note what it does, and give it a row above; or say why it need not"
    assert listed - doors == set()


@pytest.mark.parametrize("name", [*PENALTIES, *OPAQUE])
def test_a_penalty_notes_itself_in_the_gradient(name):
    net = layer()
    term = (PENALTIES | OPAQUE)[name](net)
    assert name in OPAQUE or [(touch.who, touch.reached) for touch in net.weight.touches.values()] == [(name, False)]
    (net(x()).square().sum() + term * 0.25).backward()
    ((noted, amount),) = net.weight.grad.account.terms
    assert noted.who == name and noted.reached and noted.settings[next(iter(noted.settings))] == 0.1
    assert amount is None if name in OPAQUE else float(amount) == 0.25
    assert net.bias.grad.account is net.weight.grad.account, "the gradients of one pass share an account"


def test_a_note_takes_the_place_of_that_on_the_same_weights_alone():
    a, b, c = (tinyreg.ones(2, requires_grad=True) for _ in range(3))
    for weights in ([a, b], [a, c], [a], [a, b]):
        room.l2_penalty(weights, 0.1)
    assert [[weight() for weight in touch.weights] for touch in a.touches.values()] == [[a, b], [a, c], [a]]


@pytest.mark.parametrize("name", WRITERS)
def test_what_writes_notes_itself_on_the_weight(name):
    net = layer()
    for _ in range(3):
        WRITERS[name](net)
    (touch,) = net.weight.touches.values()
    assert touch.who == name and [weight() for weight in touch.weights] == [net.weight] or touch.weights[0]() is net.weight
    assert net.bias.touches is None


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_gradients_notes_itself_there(name):
    net = layer()
    net(x()).square().sum().backward()
    CHANGES[name](net)
    assert [who for who, _, _ in net.weight.grad.account.changes] == [name] and net.bias.grad.account is net.weight.grad.account


@pytest.mark.parametrize("name", [*PENALTIES, *OPAQUE])
def test_nothing_is_noted_unasked(name):
    call, net = (PENALTIES | OPAQUE)[name], layer()
    with tinyreg.no_grad():
        call(net)
    with unnoted() as heard:
        call(net)
    assert net.weight.touches is None and heard == [name]
    if name in PENALTIES:
        with unnoted() as outer:
            with unnoted() as inner:
                call(net)
            call(net)
        assert (outer, inner) == ([name], [name])


def test_different_weights_of_one_door_have_notes_of_their_own():
    net = nn.Sequential(layer(), layer())
    room.max_norm_(net, 3.0)
    room.max_norm_([net[0].weight], 1.0)
    room.max_norm_(net, 2.0)
    assert [touch.settings["max_norm"] for touch in net[0].weight.touches.values()] == [2.0, 1.0]


def test_a_weight_outside_the_graph_is_remembered_as_long_as_its_memory():
    w = tinyreg.ones(3, requires_grad=True)
    assert overlooked(w.array) == {}
    for _ in range(3):
        room.l2_penalty([w.data], 0.1)
        room.l1_penalty([w.detach()[1:]], 0.1)
    assert list(overlooked(w.array)) == ["l2_penalty", "l1_penalty"]
    room.l2_penalty([w], 0.1)
    with tinyreg.no_grad():
        room.orthogonality_penalty([w.data.reshape(1, 3)], 0.1)
    assert list(overlooked(w.array)) == ["l2_penalty", "l1_penalty"]


def test_optimizers_are_known_while_they_live():
    w = tinyreg.ones(3, requires_grad=True)
    before = len(optimizers())
    one = tinyreg.optim.SGD([w], lr=0.1)
    assert one in optimizers() and len(optimizers()) == before + 1
    del one
    assert len(optimizers()) == before
