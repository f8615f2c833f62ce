"""The mode report: what each module does at the moment that behaves differently in training and in evaluation.

Forgetting eval() gives random predictions, forgetting train() gives a network without dropout; a batch norm that is left
in training mode learns from the data that it is evaluated on. Nothing of that raises, so it can be asked for:

    train           every module is in training mode
    eval            every module is in evaluation mode
    Monte Carlo     what draws chance trains, all else evaluates: what monte_carlo() sets
    mixed           anything else; the warnings say which module is out of step

It reads the flags of Module, the settings of the running averages, and what a computed weight keeps from call to call (the
singular vectors of spectral_norm). What a forward does by itself with
`self.training` (a functional dropout) it cannot see, unless the class says so: `stochastic = True`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .printing import module_repr

if TYPE_CHECKING:
    from .module import Module

HEAD = ("name", "module", "training", "now")
REASONS = {
    "train": "every module trains",
    "eval": "every module evaluates",
    "Monte Carlo": "what draws chance draws it, all else evaluates",
    "mixed": "some modules train while others evaluate",
}


class ModeRow(NamedTuple):
    """One module of a mode report.

    Attributes:
        name: its dotted name; "" is the network itself.
        module: the module.
        training: its flag.
        now: what it does.
        warning: what a teacher would say about it; "" for nothing.
    """

    name: str
    module: Module
    training: bool
    now: str
    warning: str


class ModeReport:
    """The modules of a network that behave differently between modes, as they are now; Module.mode_report() makes it.

    A row stands for each module that draws chance, uses batch statistics, keeps running averages or has a weight under
    spectral_norm, and for each whose flag differs from that of the module above it.

    Args:
        model: a Module.

    Attributes:
        mode: "train", "eval", "Monte Carlo" or "mixed".
        rows: the ModeRows, over which the report iterates.
        warnings: the sentences of the rows that have one, with their names.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.InstanceNorm1d(3), tinyreg.nn.Dropout(0.5)).eval()
        >>> net[1].train().training
        True
        >>> report = ModeReport(net)
        >>> report.mode, [(row.name, row.now) for row in report], report.warnings
        ('Monte Carlo', [('1', 'draws masks or noise')], [])
    """

    def __init__(self, model: Module) -> None:
        modules = dict(model.named_modules())
        shown = {}
        for name, module in modules.items():
            above = modules[name.rpartition(".")[0]]
            if _differs(module) or module.training != above.training:
                shown[name] = module
        self._concerned = any(map(_differs, shown.values()))
        self.mode = _mode(model, modules.values())
        self.rows = [
            ModeRow(name, module, module.training, _now(module), _warning(module, self.mode, model)) for name, module in shown.items()
        ]
        self.warnings = [f"{_called(row)}: {row.warning}" for row in self.rows if row.warning]

    def __iter__(self) -> Iterator[ModeRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        reason = REASONS[self.mode] if self._concerned else "no module in it behaves differently between modes"
        lines = [f"{self.mode}: {reason}", *(f"    warning: {warning}" for warning in self.warnings)]
        if self.rows:
            table = [HEAD, *((_called(row), _settings(row.module), str(row.training), row.now) for row in self.rows)]
            widths = [max(map(len, column)) for column in zip(*table)]
            lines += ["  ".join(f"{cell:{width}}" for cell, width in zip(line, widths)).rstrip() for line in table]
        return "\n".join(lines)


def _called(row):
    return row.name or "(itself)"


def _settings(module):
    return " ".join(module_repr(module, []).split())


def _keeps_averages(module):
    return module.normalization and module._buffers.get("running_mean") is not None


def _normalizes(module):
    """Whether it normalizes in one way in training and in another in evaluation, or across the batch in both."""
    return module.uses_batch_statistics or _keeps_averages(module)


def _followed(module):
    """What moves with each call in training, of the weights that are computed: "u and v of weight"."""
    return [f"{computed.follows} of {name}" for name, computed in module._computed.items() if computed.follows]


def _differs(module):
    return module.stochastic or _normalizes(module) or bool(_followed(module))


def _mode(model, modules):
    flags = {module.training for module in modules}
    if len(flags) == 1:
        return "train" if flags == {True} else "eval"
    as_set = all(module.training == bool(module.stochastic) for module in modules if _differs(module))
    draws = any(module.stochastic for module in modules)
    return "Monte Carlo" if draws and as_set and model.training == bool(model.stochastic) else "mixed"


def _now(module):
    does = []
    if module.stochastic:
        idle = [f"{name}=0" for name in ("p", "std") if getattr(module, name, None) == 0]  # the rates of dropout and of noise
        does.append("draws nothing" if not module.training else f"draws nothing ({idle[0]})" if idle else "draws masks or noise")
    if _normalizes(module):
        does.append(_statistics(module))
    does += [f"{'moves' if module.training else 'leaves'} {parts}" for parts in _followed(module)]
    return "; ".join(does) or "the same in every mode"


def _statistics(module):
    """Which statistics it uses, and what becomes of the running averages."""
    own = "batch statistics" if module.uses_batch_statistics else "each example's statistics"
    if not module.training:
        return "uses running averages" if _keeps_averages(module) else f"uses {own}"
    if not (_keeps_averages(module) and getattr(module, "track_running_stats", True)):
        return f"uses {own}"
    momentum = getattr(module, "momentum", 1)
    if momentum is None:
        return f"uses {own}; momentum=None {getattr(module, 'without_momentum', '')}".rstrip()
    return f"uses {own} and {'moves' if momentum else 'leaves'} its running averages"


def _warning(module, mode, model):
    """What is wrong with what the module does in this network now."""
    found = []
    trains = model.training and mode != "Monte Carlo"
    if module.stochastic and not module.training and trains:
        found.append("draws nothing while the network trains; train() switches it on")
    elif module.stochastic and not module.training and any(other.stochastic and other.training for other in model.modules()):
        found.append("draws nothing while others draw; monte_carlo() lets all draw, eval() none")
    if _normalizes(module):
        found += _about_statistics(module, mode, trains)
    for parts in _followed(module) if module.training != trains else ():
        if trains:
            found.append(f"leaves {parts} while the network trains: right where the weight is frozen, else call train()")
        else:
            found.append(f"moves {parts} with each call, and the weight with them; eval() and monte_carlo() leave them")
    return "; ".join(found)


def _about_statistics(module, mode, trains):
    keeps, momentum = _keeps_averages(module), getattr(module, "momentum", 1)
    if module.training:
        if not trains:
            yield "learns from what it is evaluated on; eval() and monte_carlo() freeze it"
        elif keeps and momentum == 0:
            yield "momentum=0 never moves its running averages, which evaluation uses"
    elif not keeps:
        yield "has no running averages (track_running_stats=False): a prediction depends on the rest of its batch"
    else:
        if trains:
            yield "is frozen while the network trains: right for fine-tuning, else call train()"
        if _untouched(module):
            yield "its running averages are those of a new layer, mean 0 and variance 1; train it, or load its state"


def _untouched(module):
    mean, var = module._buffers["running_mean"], module._buffers.get("running_var")
    return var is not None and not bool(mean.array.any()) and bool((var.array == 1).all())
