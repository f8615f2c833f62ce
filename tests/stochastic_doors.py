"""Every door of the library that draws chance: a table with a row for each, which tests/house/test_chance.py proves complete."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tinyreg
from tinyreg import Tensor, data, init, nn, random, transforms
from tinyreg import regularization as room
from tinyreg.random import Generator

RNG = np.random.default_rng(0)
X = tinyreg.tensor(RNG.standard_normal((6, 8)).astype("float32"))
W = tinyreg.tensor(RNG.standard_normal((5, 8)).astype("float32"))
SIGNAL = tinyreg.tensor(RNG.standard_normal((6, 5, 4)).astype("float32"))
IMAGES = tinyreg.tensor(RNG.random((6, 3, 8, 8), dtype="float32"))
VOLUMES = tinyreg.tensor(RNG.random((6, 3, 2, 2, 2), dtype="float32"))
LABELS = tinyreg.tensor([0, 1, 2, 3, 0, 1])


class Row(NamedTuple):
    """A door: how to call it, and under which name it is given what it draws."""

    call: Callable[..., Any]  # takes the door's keywords
    draws: str | None = None  # with return_<draws>=True what was drawn comes last; None where nothing can be given
    give: Callable[[Any], dict[str, Any]] | None = None  # what was drawn -> keywords, where it is not {draws: drawn}
    make: Callable[[Generator | None], Any] | None = None  # of a transform


def a_model(*layers, seed=1):
    with random.use(Generator(seed)):
        return nn.Sequential(nn.Linear(8, 6), *layers, nn.Tanh(), nn.Linear(6, 4))


def noisy_gradients(**keywords):
    w = W.clone()
    w.grad = 2 * W
    drawn = room.add_gradient_noise_([w], 0.3, **keywords)
    return w.grad if drawn is None else (w.grad, drawn)


def shrunk(**keywords):
    w = W.clone()
    drawn = room.random_shrink_([w], 0.3, **keywords)
    return w if drawn is None else (w, drawn)


def noisy_weights(return_noise=False, **keywords):
    model = a_model()
    with room.weight_noise(model, 0.3, **keywords) as drawn:
        output = model(X).detach()
    return (output, drawn) if return_noise else output


def virtual_loss(**keywords):
    result = room.virtual_adversarial_loss(a_model(nn.Dropout(0.3)).eval(), X, 0.5, **keywords)
    return result[:2] if isinstance(result, tuple) else result  # without the direction at the end


def normalized(**keywords):
    return list(room.spectral_norm(a_model()[0], **keywords).state_dict().values())


FUNCTIONS = {  # name in tinyreg.regularization -> Row
    "dropout": Row(lambda **k: room.dropout(X, 0.5, **k), "mask"),
    "dropout1d": Row(lambda **k: room.dropout1d(SIGNAL, 0.5, **k), "mask"),
    "dropout2d": Row(lambda **k: room.dropout2d(IMAGES, 0.5, **k), "mask"),
    "dropout3d": Row(lambda **k: room.dropout3d(VOLUMES, 0.5, **k), "mask"),
    "alpha_dropout": Row(lambda **k: room.alpha_dropout(X, 0.5, **{"training": True} | k), "mask"),
    "feature_alpha_dropout": Row(lambda **k: room.feature_alpha_dropout(SIGNAL, 0.5, **{"training": True} | k), "mask"),
    "gaussian_dropout": Row(lambda **k: room.gaussian_dropout(X, 0.5, **k), "noise"),
    "drop_connect": Row(lambda **k: room.drop_connect(X, W, None, 0.5, **k), "mask"),
    "drop_connect_inference": Row(lambda **k: room.drop_connect_inference(X, W, None, 0.5, tinyreg.relu, 3, **k), "noise"),
    "stochastic_depth": Row(lambda **k: room.stochastic_depth(X, 0.5, "row", **k), "mask"),
    # twenty of them: one is a single bit
    "stochastic_residual": Row(
        lambda keep=None, return_keep=False, **k: _residuals([None] * 20 if keep is None else keep, return_keep, k), "keep"
    ),
    "gaussian_noise": Row(lambda **k: room.gaussian_noise(X, 0.5, **k), "noise"),
    "weight_noise": Row(noisy_weights, "noise"),
    "add_gradient_noise_": Row(noisy_gradients, "noise"),
    "random_shrink_": Row(shrunk, "noise"),
    "mixup": Row(lambda **k: room.mixup(X, LABELS, **k), "draws", lambda drawn: dict(zip(("lam", "index"), drawn))),
    "cutmix": Row(lambda **k: room.cutmix(IMAGES, LABELS, **k), "draws", lambda drawn: dict(zip(("box", "index"), drawn))),
    "cutout": Row(lambda **k: room.cutout(IMAGES, 4, **k), "draws", lambda drawn: {"boxes": drawn}),
    "pgd": Row(lambda **k: room.pgd(a_model(), X, LABELS, 0.1, alpha=0.01, steps=2, **k), "start"),
    "virtual_adversarial_loss": Row(virtual_loss, "direction"),
    "jacobian_penalty": Row(lambda **k: room.jacobian_penalty(a_model(), X, 0.1, 2, **k), "projections"),
    "monte_carlo": Row(lambda **k: room.monte_carlo(a_model(nn.Dropout(0.5)), X, 3, **k)),  # its masks are those of the model's layers
    "spectral_norm": Row(normalized),  # what it draws is turned at once, and kept as weight_u and weight_v, in state_dict
}


def _residuals(keeps, return_keep, keywords):
    found = [room.stochastic_residual(X, tinyreg.tanh, 0.5, keep=keep, return_keep=True, **keywords) for keep in keeps]
    output, used = [y for y, _ in found], [keep for _, keep in found]
    return (output, used) if return_keep else output


def _transform(make):
    return Row(lambda generator=None, **keywords: make(generator)([IMAGES, LABELS], **keywords), "draws", make=make)


TRANSFORMS = {  # name in tinyreg.transforms -> Row
    "RandomHorizontalFlip": _transform(lambda g: transforms.RandomHorizontalFlip(generator=g)),
    "RandomVerticalFlip": _transform(lambda g: transforms.RandomVerticalFlip(generator=g)),
    "RandomCrop": _transform(lambda g: transforms.RandomCrop(6, padding=1, generator=g)),
    "RandomRotation": _transform(lambda g: transforms.RandomRotation(30, generator=g)),
    "RandomAffine": _transform(lambda g: transforms.RandomAffine(30, (0.1, 0.2), (0.8, 1.2), 10, generator=g)),
    "ColorJitter": _transform(lambda g: transforms.ColorJitter(0.5, 0.5, 0.5, 0.2, generator=g)),
    "GaussianNoise": _transform(lambda g: transforms.GaussianNoise(generator=g)),
    "Cutout": _transform(lambda g: room.Cutout(4, generator=g)),
    "RandomErasing": _transform(lambda g: transforms.RandomErasing(value="random", generator=g)),
    "MixUp": _transform(lambda g: transforms.MixUp(num_classes=4, generator=g)),
    "CutMix": _transform(lambda g: transforms.CutMix(num_classes=4, generator=g)),
    "RandomApply": _transform(lambda g: transforms.RandomApply([transforms.RandomCrop(8, 2, generator=g)], generator=g)),
    "Compose": _transform(
        lambda g: transforms.Compose([transforms.RandomCrop(6, generator=g), transforms.RandomErasing(generator=g), lambda batch: batch])
    ),
}
MODULES = {  # a Module's draws are those of its function
    "Dropout": (lambda: nn.Dropout(0.5), X),
    "Dropout1d": (lambda: nn.Dropout1d(0.5), SIGNAL),
    "Dropout2d": (lambda: nn.Dropout2d(0.5), IMAGES),
    "Dropout3d": (lambda: nn.Dropout3d(0.5), VOLUMES),
    "AlphaDropout": (lambda: nn.AlphaDropout(0.5), X),
    "FeatureAlphaDropout": (lambda: nn.FeatureAlphaDropout(0.5), SIGNAL),
    "GaussianDropout": (lambda: room.GaussianDropout(0.5), X),
    "DropConnect": (lambda: nn.DropConnect(a_model()[0], 0.5), X),
    "StochasticDepth": (lambda: nn.StochasticDepth(0.5, "row"), tinyreg.tensor(RNG.standard_normal((40, 2)))),
    "GaussianNoise": (lambda: nn.GaussianNoise(0.5), X),
}
EXAMPLES = data.TensorDataset(tinyreg.arange(40), tinyreg.arange(40) % 4)
AROUND = {  # what draws outside of the rooms: nothing to give back but a seed
    **{
        f"{name}_": Row(lambda door=f"{name}_", **k: getattr(init, door)(tinyreg.empty(4, 6), **k))
        for name in "uniform normal trunc_normal xavier_uniform xavier_normal kaiming_uniform kaiming_normal orthogonal".split()
    },
    "bernoulli": Row(lambda **k: tinyreg.bernoulli(tinyreg.full((40,), 0.5), **k)),
    "normal": Row(lambda **k: tinyreg.normal(0.0, 1.0, (4,), **k)),
    "rand": Row(lambda **k: tinyreg.rand(4, **k)),
    "rand_like": Row(lambda **k: tinyreg.rand_like(X, **k)),
    "randint": Row(lambda **k: tinyreg.randint(0, 9, (40,), **k)),
    "randint_like": Row(lambda **k: tinyreg.randint_like(X, 9, **k)),
    "randn": Row(lambda **k: tinyreg.randn(4, **k)),
    "randn_like": Row(lambda **k: tinyreg.randn_like(X, **k)),
    "randperm": Row(lambda **k: tinyreg.randperm(40, **k)),
    "bernoulli_": Row(lambda **k: X.clone().bernoulli_(0.5, **k)),
    "normal_ of a Tensor": Row(lambda **k: X.clone().normal_(**k)),
    "uniform_ of a Tensor": Row(lambda **k: X.clone().uniform_(**k)),
    "random_": Row(lambda **k: X.clone().random_(9, **k)),
    "KFold": Row(lambda **k: list(data.KFold(4, shuffle=True, **k).split(range(40)))),
    "StratifiedKFold": Row(lambda **k: list(data.StratifiedKFold(4, shuffle=True, **k).split(range(40), [i % 4 for i in range(40)]))),
    "corrupt_labels": Row(lambda **k: data.corrupt_labels(tinyreg.arange(40) % 4, 0.5, **k)),
    "random_split": Row(lambda **k: [part.indices for part in data.random_split(EXAMPLES, [30, 10], **k)]),
    "stratified_split": Row(
        lambda **k: [part.indices for part in data.stratified_split(EXAMPLES, [28, 12], [i % 4 for i in range(40)], **k)]
    ),
    "train_validation_test_split": Row(lambda **k: [part.indices for part in data.train_validation_test_split(EXAMPLES, **k)]),
    "linear_regression": Row(lambda **k: data.linear_regression(9, 2, **k)),
    "spirals": Row(lambda **k: data.spirals(9, **k)),
    "two_moons": Row(lambda **k: data.two_moons(9, **k)),
    "DataLoader": Row(lambda **k: list(data.DataLoader(range(40), 8, shuffle=True, **k))),
    "RandomSampler": Row(lambda **k: list(data.RandomSampler(range(40), **k))),
    "SubsetRandomSampler": Row(lambda **k: list(data.SubsetRandomSampler(range(40), **k))),
    "WeightedRandomSampler": Row(lambda **k: list(data.WeightedRandomSampler([1.0] * 40, 40, **k))),
}
ROWS = {
    f"{kind} {name}": row
    for kind, table in (("room", FUNCTIONS), ("transform", TRANSFORMS), ("around", AROUND))
    for name, row in table.items()
}


def digits(found):
    """Whatever is nested in what, as bytes and numbers that can be compared."""
    if isinstance(found, Tensor):
        found = found.detach().numpy()
    if isinstance(found, np.ndarray):
        return found.dtype.str, found.shape, found.tobytes()
    if isinstance(found, list | tuple):
        return [digits(part) for part in found]
    return digits(list(vars(found).values())) if hasattr(found, "__dict__") else found
