"""The options of every optimizer, for tests that take all of their combinations."""

import itertools

EVERY = {  # the values of each option, in all combinations that PyTorch accepts
    "SGD": {"momentum": (0, 0.9), "dampening": (0, 0.3), "weight_decay": (0, 0.1), "nesterov": (False, True), "maximize": (False, True)},
    "Adam": {"weight_decay": (0, 0.1), "amsgrad": (False, True), "maximize": (False, True), "decoupled_weight_decay": (False, True)},
    "AdamW": {"weight_decay": (0.0, 0.3), "amsgrad": (False, True), "maximize": (False, True)},
    "RMSprop": {"momentum": (0, 0.9), "weight_decay": (0, 0.1), "centered": (False, True), "maximize": (False, True)},
    "Adagrad": {
        "lr_decay": (0, 0.1),
        "weight_decay": (0, 0.1),
        "initial_accumulator_value": (0, 0.5),
        "maximize": (False, True),
    },
    "Adadelta": {"weight_decay": (0, 0.1), "maximize": (False, True)},
}


def combinations(name):
    """All combinations of an optimizer's options that are accepted, as dicts."""
    options = EVERY[name]
    for values in itertools.product(*options.values()):
        settings = dict(zip(options, values))
        if not settings.get("nesterov") or (settings["momentum"] and not settings["dampening"]):
            yield settings
