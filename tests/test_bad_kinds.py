"""A thing of another kind than is asked for: a seed for a generator, a class for one of its instances, a number for a list."""

import numpy as np
import pytest

import tinyreg as torch
from tests.test_bad_input import FORM, images, labels, leaf, x
from tinyreg import nn, transforms
from tinyreg import regularization as rooms
from tinyreg.nn import functional as F
from tinyreg.optim import SGD


def attack(**options):
    return rooms.fgsm(nn.Linear(3, 2), x(2, 3), labels(0, 1), 0.1, **options)


def train(**options):
    model = options.pop("model", nn.Linear(3, 2))
    settings = {"loss": nn.CrossEntropyLoss(), "optimizer": SGD([leaf()], lr=0.1), "epochs": 1, **options}
    return torch.training.fit(model, [(x(2, 3), labels(0, 1))], **settings)


def print_nothing(epoch, row, model):
    return None


# (who refuses, how the values that it names begin, the exception, the call)
KINDS = [
    ("generator", "0", TypeError, lambda: rooms.dropout(x(2), generator=0)),
    ("generator", "Generator(PCG64)", TypeError, lambda: rooms.mixup(images(), labels(0, 1), generator=np.random.default_rng(0))),
    ("generator", "7", TypeError, lambda: transforms.RandomCrop(2, generator=7)(images())),
    ("generator", "3", TypeError, lambda: torch.rand(2, generator=3)),
    ("dropout", "p=array([0.5, 0.5])", TypeError, lambda: F.dropout(x(2), np.array([0.5, 0.5]))),
    ("l2_penalty", "strength=tensor([1., 1.])", TypeError, lambda: rooms.l2_penalty([leaf()], x(2))),
    ("layer_norm", "eps=array([1., 1.])", TypeError, lambda: F.layer_norm(x(2, 3), (3,), eps=np.ones(2))),
    ("l2_penalty", "float", TypeError, lambda: rooms.l2_penalty(0.1, 0.1)),
    ("l1_penalty", "NoneType", TypeError, lambda: rooms.l1_penalty(None, 0.1)),
    ("max_norm_", "the class Linear", TypeError, lambda: rooms.max_norm_(nn.Linear, 1)),
    ("get_total_norm", "float", TypeError, lambda: rooms.get_total_norm(1.0)),
    ("activity_penalty", "int", TypeError, lambda: rooms.activity_penalty(3, 0.1)),
    ("add_gradient_noise_", "NoneType", TypeError, lambda: rooms.add_gradient_noise_(None, 0.1)),
    ("random_shrink_", "float", TypeError, lambda: rooms.random_shrink_([x(2)], 0.1, noise=0.5)),
    ("soft_threshold", "list", TypeError, lambda: rooms.soft_threshold([1.0], 0.1)),
    ("fgsm", "str", TypeError, lambda: attack(loss="cross_entropy")),
    ("fgsm", "the class CrossEntropyLoss", TypeError, lambda: attack(loss=nn.CrossEntropyLoss)),
    ("fgsm", "clip[1]='a'", TypeError, lambda: attack(clip=(0, "a"))),
    ("pgd", "the class Linear", TypeError, lambda: rooms.pgd(nn.Linear, x(2, 3), labels(0, 1), 0.1)),
    ("virtual_adversarial_loss", "Tensor", TypeError, lambda: rooms.virtual_adversarial_loss(x(2, 3), nn.Linear(3, 2), 0.1)),
    ("gradient_penalty", "NoneType", TypeError, lambda: rooms.gradient_penalty(None, x(2, 3), 0.1)),
    ("jacobian_penalty", "float", TypeError, lambda: rooms.jacobian_penalty(nn.Linear(3, 2), x(2, 3), 0.1, params=0.5)),
    ("stochastic_residual", "Tensor", TypeError, lambda: rooms.stochastic_residual(x(2), x(2), 0.5)),
    ("mixed_loss", "the class MSELoss", TypeError, lambda: rooms.mixed_loss(nn.MSELoss, x(2), None)),
    ("monte_carlo", "str", TypeError, lambda: rooms.monte_carlo(nn.Dropout(), x(2), transform="softmax")),
    ("AveragedModel", "float", TypeError, lambda: rooms.AveragedModel(nn.Linear(2, 2), avg_fn=0.999)),
    ("update_bn", "Linear", TypeError, lambda: rooms.update_bn(nn.Linear(2, 2), nn.BatchNorm1d(2))),
    ("update_bn", "list", TypeError, lambda: rooms.update_bn(nn.BatchNorm1d(2), [x(2, 2)])),
    ("EarlyStopping", "value='a'", TypeError, lambda: rooms.EarlyStopping(3).step("a")),
    ("EarlyStopping", "Tensor", TypeError, lambda: rooms.EarlyStopping(3).step(0.5, x(2))),
    ("fold_batch_norms", "list", TypeError, lambda: rooms.fold_batch_norms([nn.Linear(2, 2)])),
    ("weight_norm", "None", TypeError, lambda: rooms.weight_norm(nn.Linear(2, 2), None)),
    ("spectral_norm", "['weight']", TypeError, lambda: rooms.remove_spectral_norm(nn.Linear(2, 2), ["weight"])),
    ("smooth_labels", "num_classes='a'", TypeError, lambda: rooms.smooth_labels(labels(0, 1), "a", 0.1)),
    ("InstanceNorm2d", "num_features=nan", TypeError, lambda: nn.InstanceNorm2d(float("nan"))),
    ("CutMix", "num_classes='a'", TypeError, lambda: transforms.CutMix(num_classes="a")),
    ("mixup", "dtype <U1", TypeError, lambda: rooms.mixup(images(), labels(0, 1), lam=["a", "b"])),
    ("cutmix", "box='a'", TypeError, lambda: rooms.cutmix(images(), labels(0, 1), box="a")),
    ("Compose", "float", TypeError, lambda: transforms.Compose(0.5)),
    ("Normalize", "mean='a'", TypeError, lambda: transforms.Normalize("a", 1)),
    ("Pad", "['edge']", ValueError, lambda: transforms.Pad(1, padding_mode=["edge"])),
    ("RandomRotation", "dtype <U1", TypeError, lambda: transforms.RandomRotation(5)(images(), draws=["a", "b"])),
    ("fit", "the class CrossEntropyLoss", TypeError, lambda: train(loss=nn.CrossEntropyLoss)),
    ("fit", "the class Linear", TypeError, lambda: train(model=nn.Linear)),
    ("fit", "the class SGD", TypeError, lambda: train(optimizer=SGD)),
    ("fit", "float", TypeError, lambda: train(regularizer=0.1)),
    ("fit", "function", TypeError, lambda: train(callbacks=print_nothing)),
    ("fit", "clip_norm='a'", TypeError, lambda: train(clip_norm="a")),
]


@pytest.mark.parametrize(("who", "values", "error", "call"), [pytest.param(*row, id=f"{row[0]}: {row[1]}") for row in KINDS])
def test_refusal(who, values, error, call):
    with pytest.raises(error) as caught:
        call()
    told = FORM.fullmatch(str(caught.value))
    assert told, caught.value
    assert told["who"] == who and told["values"].startswith(values), caught.value
