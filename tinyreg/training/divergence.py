"""What is said when numbers break: where, at which learning rate and gradient norm, and the likely cause.

The cause is looked for in the order in which a NaN or an infinity travels: the batch, the weights, the output, the loss.

    the batch holds it                        the data
    the gradient grew, or the outputs did     the steps before: too long ones, or data far from 1
    the gradient was not finite               an infinite derivative, or numbers beyond the largest one
    the weights hold it                       the step before
    only the output holds it                  an operation of the model
    only the loss holds it                    log(0), a division by 0, in the loss

On a GPU the loss is read every 50 batches and the gradient norm as often: the batch named is then the one at which it
was noticed.
"""

import math
import statistics
from typing import Any

from ..autograd import Tensor
from ..backend import get_array_module
from .run import Run

GROWTH = 10  # a gradient norm that is so many times the usual one of the last steps has exploded
SEARCH = "`with tinyreg.autograd.detect_anomaly():` around fit names the operation"
LARGE = 30  # data beyond it were not scaled: features and targets of size 1 stay far below
HUGE = 1e6  # outputs that no training reaches which goes well
CALMER = "lower the learning rate, or clip the gradient (clip_norm=1)"


def of_loss(run: Run, step: int, batch: Any = (), output: Tensor | None = None) -> FloatingPointError:
    """The error for a loss that is not finite.

    Args:
        run: the Run.
        step: the optimizer step that it was meant for.
        batch: its inputs and targets, if they are known.
        output: what the model made of them.
    """
    place = f"at step {step} (epoch {run.epoch}, batch {run.batch})"
    return FloatingPointError(f"fit: the loss must be finite, got {float(run.meter.loss)} {place} {_describe(run, batch, output)}")


def of_weights(run: Run, name: str, value: float) -> FloatingPointError:
    """The error for a weight that is not finite after a step."""
    place = f"after step {run.history.steps} (epoch {run.epoch}, batch {run.batch})"
    return FloatingPointError(f"fit: the weights must be finite, got {value} in {name} {place} {_describe(run)}")


def _describe(run, batch=(), output=None):
    rates = ", ".join(f"{group['lr']:g}" for group in run.optimizer.param_groups)
    norms = [(step, float(norm)) for step, norm in run.norms]
    norm = f"gradient norm {norms[-1][1]:.3g} at step {norms[-1][0]}" if norms else "no gradient yet"
    saved = f"; {run.saved}" if run.saved else ""
    return f"with learning rate {rates} and {norm}; likely cause: {_cause(run, norms, batch, output)}{saved}"


def _cause(run, norms, batch, output):
    *inputs, y = batch or (None,)
    for name, tensors in (("inputs", inputs), ("targets", [y])):
        for tensor in tensors:
            found = _broken(tensor)
            if found:
                way = _column(tensor) or "look at these examples, and mask or leave out what is missing"
                return f"the {name} of this batch hold {found}; {way}"
    unscaled = _unscaled(inputs, y)
    grown = _growth(norms)
    weight = run.broken()
    if grown:
        return f"the training diverged, {grown}{f', and {weight[0]} holds {weight[1]}' if weight else ''}; {_calmer(run, unscaled)}"
    if norms and not math.isfinite(norms[-1][1]):
        made = f"the gradient of step {norms[-1][0]} was not finite though its loss was"
        if _unscaled(inputs, y, HUGE):
            return f"{made}; {unscaled}"
        if any(p.array.dtype == "float16" for p in run.model.parameters()):
            return f"{made}, and float16 holds no number beyond 65504; train in float32 (model.float())"
        return f"{made} (an infinite derivative, such as that of sqrt or log at 0); {SEARCH}"
    if weight:
        return f"{weight[0]} holds {weight[1]}, which the step before put there; {_calmer(run, unscaled)}"
    if _broken(output):
        made = f"an operation of the model made it of finite inputs and weights, the output holds {_broken(output)}"
        return f"{made}; {SEARCH}{f'; {unscaled}' if unscaled else ''}"
    if _size(output) > HUGE:
        return f"the training diverged, the outputs reach {_size(output):.3g}; {_calmer(run, unscaled)}"
    return f"the loss made it of finite outputs (log of 0, division by 0, a mean of nothing, exp of a large number); {SEARCH}"


def _calmer(run, unscaled):
    """What to do about steps that were too long."""
    if float(run.meter.loss) == -math.inf:
        return "a loss that falls without end has no minimum: look at its sign"
    return f"{CALMER}{f'; {unscaled}' if unscaled else ''}"


def _unscaled(inputs, y, limit=LARGE):
    """Which data of a batch are far from 1, in words; '' if none are."""
    for name, tensors in (("inputs", inputs), ("targets", [y])):
        size = max(map(_size, tensors), default=0.0)
        if size > limit:
            return f"the {name} reach {size:.3g}: subtract their mean and divide by their standard deviation"
    return ""


def _size(tensor):
    """The largest absolute value of a floating point Tensor; 0 of anything else."""
    if not isinstance(tensor, Tensor) or tensor.array.dtype.kind != "f" or tensor.array.size == 0:
        return 0.0
    return float(abs(tensor.array).max())


def _column(tensor):
    """Which feature no example has, in words; '' if it is not one that all of them lack."""
    if tensor.array.ndim != 2:
        return ""
    columns = ~get_array_module(tensor.array).isfinite(tensor.array).any(axis=0)
    found = [number for number, broken in enumerate(columns.tolist()) if broken]
    if not found or len(tensor) < 2:
        return ""
    which = f"columns {', '.join(map(str, found))} of" if len(found) > 1 else f"column {found[0]} of"
    return f"no example has a number in {which} the batch: a constant one, divided by its standard deviation 0? leave it out"


def _broken(tensor):
    """The first value of a Tensor that is not finite, with its place, in words; '' if there is none."""
    if not isinstance(tensor, Tensor) or tensor.array.dtype.kind != "f":
        return ""
    bad = ~get_array_module(tensor.array).isfinite(tensor.array)
    if not bool(bad.any()):
        return ""
    value = float(tensor.array[bad][0])
    if not bad.ndim:
        return f"{value}"
    return f"{value} in {int(bad.reshape(len(bad), -1).any(axis=1).sum())} of {len(bad)} examples"


def _growth(norms):
    """How the gradient norm grew over the last steps, in words; '' if it did not."""
    if len(norms) < 2:
        return ""
    usual = statistics.median(norm for _, norm in norms[:-1])
    step, last = norms[-1]
    if not math.isfinite(usual) or last <= GROWTH * usual or math.isnan(last):
        peak = max(norms, key=lambda pair: pair[1] if math.isfinite(pair[1]) else -1.0)
        first = norms[0]
        if not (math.isfinite(first[1]) and peak[1] > GROWTH * first[1]):
            return ""
        usual, (step, last) = first[1], peak
    return f"its gradient norm grew to {last:.3g} at step {step} from about {usual:.3g}"
