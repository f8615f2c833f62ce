"""The settings that decide the digits of a training run, as text: what must be equal where one is resumed.

Left out is what decides no digit (the number of workers, how often checkpoints are written, callbacks), the number of
epochs, which may be raised, and what moves in the course of training: the rates that a schedule changes. What a function
does (a loss that is a lambda) or what examples say cannot be seen from here; their name and their number are compared.
"""

import re
from typing import Any

from .. import backend, random
from ..module import Module

MOVES = {"last_epoch", "best", "num_bad_epochs", "cooldown_counter"}  # what a schedule counts, besides names with an underscore
SCHEDULED = {"lr", "momentum", "betas"}  # what a schedule may set; "initial_lr" stays


def fingerprint(run: Any) -> dict[str, str]:
    """Name -> value of each setting of a Run, both as they stand in a sentence."""
    settings = {
        "the backend": backend.current(),
        "the default generator's seed": str(random.default_generator().initial_seed()),
        "accumulate": str(run.accumulate),
        "clip_norm": str(run.clip_norm),
        "early_stopping": _text(run.early_stopping),
        "schedule_every": run.schedule_every,
    }
    for i, line in enumerate(_text(run.model).splitlines(), 1):
        settings[f"line {i} of the model"] = line.strip()
    for name, module in run.model.named_modules():
        for key, computed in getattr(module, "_computed", {}).items():
            settings |= _plain(f"the {computed.who} of {f'{name}.{key}'.lstrip('.')}", computed)
    for name, tensor in run.model.state_dict().items():
        settings[f"the model's {name}"] = f"{tuple(tensor.array.shape)} {tensor.array.dtype}"
    if run.regularizer is not None:
        settings |= _of_loss("regularizer", run.regularizer)
    settings |= _of_loss("loss", run.loss) | _of_optimizer(run.optimizer, run.schedule is not None)
    settings |= _of_schedule(run.schedule)
    for name, holder in run.transforms().items():
        if name.endswith(" transform"):  # of a dataset; what it is made of, it says itself
            settings[f"the {name}"] = _text(holder)
    return settings | _of_batches("train", run.train) | _of_batches("validation", run.validation)


def differences(saved: dict[str, str], now: dict[str, str]) -> list[tuple[str, str, str]]:
    """(name, value then, value now) of each setting that changed; 'absent' stands for one that there is not."""
    names = [*saved, *(name for name in now if name not in saved)]
    pairs = [(name, saved.get(name, "absent"), now.get(name, "absent")) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _text(thing):
    """What a thing says of itself, if it says more than its name."""
    plain: Any = object.__repr__
    return _name(thing) if hasattr(thing, "__name__") or type(thing).__repr__ is plain else _value(thing)


def _name(thing):
    return getattr(thing, "__name__", type(thing).__name__)


def _value(value):
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))  # where in memory something stands is no setting


def _of_loss(name, loss):
    settings = _plain(f"the {name}", loss) if isinstance(loss, Module) else {}  # a loss says its name alone: CrossEntropyLoss()
    settings.pop(f"the {name}'s training", None)
    return {name: _text(loss)} | settings


def _plain(name, thing):
    """The numbers and words that a thing holds."""
    return {f"{name}'s {key}": _value(x) for key, x in vars(thing).items() if isinstance(x, bool | int | float | str) and key[0] != "_"}


def _of_optimizer(optimizer, scheduled):
    settings = {"optimizer": _name(type(optimizer))}
    if hasattr(optimizer, "base_optimizer"):
        settings["the base optimizer"] = _name(type(optimizer.base_optimizer))
    for i, group in enumerate(optimizer.param_groups):
        settings[f"the number of parameters in group {i}"] = str(len(group["params"]))
        for key in sorted(set(group) - {"params", "param_names"} - (SCHEDULED if scheduled else set())):
            settings[f"{key} of group {i}"] = _value(group[key])
    return settings


def _of_schedule(schedule):
    if schedule is None:
        return {"schedule": "None"}
    return {"schedule": _name(type(schedule))} | _constants("the schedule's ", schedule.state_dict())


def _constants(prefix, state):
    settings = {}
    for key, value in state.items():
        if key == "_schedulers":
            for i, inner in enumerate(value):
                settings |= _constants(f"{prefix}{i}. ", inner)
        elif not key.startswith("_") and key not in MOVES:
            settings[f"{prefix}{key}"] = _value(value)
    return settings


def _of_batches(name, batches):
    if batches is None:
        return {name: "None"}
    settings = {}
    for key in ("batch_size", "shuffle", "drop_last"):
        if hasattr(batches, key):
            settings[f"{key} of {name}"] = str(getattr(batches, key))
    for key in ("sampler", "collate_fn", "batch_transform"):
        if getattr(batches, key, None) is not None:
            settings[f"the {key} of {name}"] = _text(getattr(batches, key))
    if getattr(batches, "generator", None) is not None:
        settings[f"the seed of {name}'s generator"] = str(batches.generator.initial_seed())
    if hasattr(getattr(batches, "dataset", None), "__len__"):
        settings[f"the number of examples of {name}"] = str(len(batches.dataset))
    elif hasattr(batches, "__len__") and not hasattr(batches, "dataset"):
        settings[f"the number of batches of {name}"] = str(len(batches))
    return settings
