"""detect_anomaly: the first operation that makes a NaN or an Inf is named, with the line of your script that called it.

One NaN spoils everything computed from it, so that it is usually met far from where it was made: in the loss, or in all
weights at once. While the mode is on, every operation is looked at, forward and backward:

    made       the result holds a NaN and no input does; or an Inf and the inputs are finite
    held       the result holds what an input held already: the operation is not to blame, the input is named
    given      an Inf that the caller passed on purpose, as a number (`masked_fill(mask, -inf)`) or inside a tensor that
               wants no gradient (`scores + mask`): it may pass, and softmax may take it; but a NaN made of it (a row
               whose scores are all -inf) is an anomaly again

Backward is judged by the same rules, with cotangents for inputs and gradients for results; only gradients that are
wanted count. A NaN that is merely moved (a view of data with gaps) is no anomaly until something is computed from it.
What is written into arrays without an operation, such as an optimizer's step, is named as an input that held it.

Off, the mode costs nothing at all (watching.py says how). On, it reads every result, and on a GPU waits for it: for
debugging only.
"""

import math
from contextlib import nullcontext
from threading import RLock
from typing import Any, NamedTuple, Self

import numpy as np

from ..backend import get_array_module, is_array
from .anomaly_advice import advice
from .grad_mode import _AtOnce, _Switch
from .tensor import Tensor
from .watching import Watcher, call_site, unwatch, watch

_lock = RLock()
_on, _check = False, True


def is_anomaly_enabled() -> bool:
    """Whether operations are watched now.

    Example:
        >>> is_anomaly_enabled()
        False
    """
    return _on


def is_anomaly_check_nan_enabled() -> bool:
    """Whether NaN and Inf are looked for while operations are watched; else only the lines of the calls are noted.

    Example:
        >>> with detect_anomaly(check_nan=False):
        ...     is_anomaly_check_nan_enabled()
        False
    """
    return _check


class _Watch(_Switch):
    """A block, or a function, in which the mode is what it was made to be."""

    def __init__(self, enabled: bool, check_nan: bool) -> None:
        super().__init__(bool(enabled))
        self.check_nan = bool(check_nan)

    def __enter__(self) -> Self:
        self.before.append((_on, _check))
        _switch(self.enabled, self.check_nan)
        return self

    def __exit__(self, *exception: object) -> None:
        _switch(*self.before.pop())

    def _recreate_cm(self):
        return _Watch(self.enabled, self.check_nan)


class detect_anomaly(_Watch):
    """Raise at the first operation that makes a NaN or an Inf, forward or backward: for a `with` block or as a decorator.

    The message says which operation, what it made, how many and where, and the line of your script that called it; of a
    failure in backward, the line that called its forward, which therefore has to run inside the block, too. Any other
    error in backward is raised with that line as a note. The mode is one for all threads, so that a loader's workers are
    watched as well. Every result is read: use it for debugging, not for training.

    Args:
        check_nan: False looks for nothing, and notes only the lines for errors in backward.

    Raises:
        RuntimeError: inside the block, at the first anomaly.

    Example:
        >>> import tinyreg as torch
        >>> x = torch.tensor([1.0, 0.0], requires_grad=True)
        >>> with torch.autograd.detect_anomaly():
        ...     y = x.sqrt()
        ...     y.sum().backward()
        Traceback (most recent call last):
        RuntimeError: Sqrt: backward must make no Inf of finite cotangents, got 1 among 2 elements of the gradient ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)


class set_detect_anomaly(_AtOnce, _Watch):
    """Switch detect_anomaly on or off: as a statement, for a `with` block, or as a decorator.

    Args:
        mode: True watches, False does not.
        check_nan: as detect_anomaly's.

    Example:
        >>> import tinyreg as torch
        >>> with torch.autograd.set_detect_anomaly(True):
        ...     torch.is_anomaly_enabled()
        True
        >>> torch.is_anomaly_enabled()
        False
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        _Watch.__init__(self, mode, check_nan)
        super().__enter__()  # the plain call switches, as PyTorch's


def _switch(enabled, check):
    global _on, _check
    with _lock:
        if enabled != _on:
            (watch if enabled else unwatch)(_judge)
        _on, _check = enabled, check


def _quiet():
    """NumPy's warnings say less than what is raised here, and where warnings are errors they would come first."""
    return np.errstate(all="ignore") if _check else nullcontext()


class _Judge(Watcher):
    """Notes the line of every operation, and judges what it made."""

    def forward(self, function, ctx, inputs, options, compute):
        with _quiet():
            result = compute()
        site = call_site()
        if ctx is not None:
            vars(ctx)["site"] = site
        if _check:
            _judge_forward(function, ctx, inputs, options, result, site)
        return result

    def setup(self, ctx):
        vars(ctx)["site"] = call_site()

    def unchanged(self, ctx, compute):
        try:
            compute()
        except RuntimeError as error:
            _note(error, ctx)
            raise

    def backward(self, ctx, cotangents, compute):
        try:
            with _quiet():
                result = compute()
        except Exception as error:
            _note(error, ctx)
            raise
        if _check:
            _judge_backward(ctx, cotangents, result if isinstance(result, tuple) else (result,))
        return result


_judge = _Judge()


def _note(error, ctx):
    if hasattr(ctx, "site"):
        error.add_note(f"The forward of {ctx.name()} was called at {ctx.site}")


class _Found(NamedTuple):
    """NaN or Inf in one of the values of an operation."""

    which: Any
    kind: str
    many: int
    size: int
    shape: tuple[int, ...]
    first: tuple[int, ...]

    def __str__(self):
        return f"{self.many} {self.kind} in input {self.which} of shape {self.shape}, first at {self.first}"


def _search(values):
    """The NaNs, and the Infs, in values that are given under their numbers or names: two lists of _Found."""
    nans, infs = [], []
    for which, value in values:
        if isinstance(value, float):
            if not math.isfinite(value):
                kind = "NaN" if math.isnan(value) else "Inf"
                (nans if kind == "NaN" else infs).append(_Found(which, kind, 1, 1, (), ()))
            continue
        array = value.array if isinstance(value, Tensor) else value
        if not (is_array(array) or isinstance(array, np.generic)) or array.dtype.kind != "f":
            continue
        xp = get_array_module(array)
        if not xp.isfinite(array).all():
            for kind, found in (("NaN", nans), ("Inf", infs)):
                mask = xp.isnan(array) if kind == "NaN" else xp.isinf(array)
                count = int(mask.sum())
                if count:
                    shape = tuple(map(int, array.shape))
                    found.append(_Found(which, kind, count, int(mask.size), shape, _unravel(int(mask.argmax()), shape)))
    return nans, infs


def _unravel(flat, shape):
    index = []
    for size in reversed(shape):
        flat, place = divmod(flat, size)
        index.append(place)
    return tuple(reversed(index))


def _judge_forward(cls, ctx, inputs, options, result, site):
    made = _search(enumerate(result if isinstance(result, tuple) else (result,)))
    if not any(made):
        return
    who = cls.__name__
    nans, infs = _search([*enumerate(inputs), *options.items()])
    if made[0] and nans:
        if not getattr(cls, "view", False):  # moved only, so far
            _blame_input(who, nans[0], _is_leaf(ctx, inputs, nans[0].which), site)
    elif made[0]:
        _blame_operation(who, made[0][0], f"inputs without NaN ({infs[0]})" if infs else "finite inputs", site)
    elif not infs:
        _blame_operation(who, made[1][0], "finite inputs", site, max(map(_size, inputs), default=0.0))
    else:
        for found in infs:
            if _is_leaf(ctx, inputs, found.which):
                _blame_input(who, found, True, site)


def _is_leaf(ctx, inputs, which):
    """Whether an input is a leaf that wants a gradient: a parameter, in which no Inf stands on purpose."""
    if not isinstance(which, int):
        return False
    edge = inputs[which]
    if ctx is not None:
        needs, edges = ctx.needs_input_grad, ctx.edges
        edge = (edges[which] if type(edges) is tuple else edges) if needs[which] else None
    return isinstance(edge, Tensor) and edge.edge is None and edge.requires_grad


def _size(value):
    """The largest absolute value of an array of floating point numbers; 0 of anything else."""
    array = value.array if isinstance(value, Tensor) else value
    if not is_array(array) or array.dtype.kind != "f" or array.size == 0:
        return 0.0
    return float(abs(array).max())


def _blame_operation(who, found, given, site, largest=0.0):
    raise RuntimeError(
        f"{who}: forward must make no {found.kind} of {given}, got {found.many} among {found.size} elements of shape "
        f"{found.shape}, first at {found.first}, called at {site}; {advice(who, found.kind, largest=largest)}"
    )


def _blame_input(who, found, leaf, site):
    raise RuntimeError(
        f"{who}: inputs must be finite, got {found}, {'a leaf ' if leaf else ''}that held it already, called at {site}; look for its "
        "source: the data, too large an optimizer step, or operations before detect_anomaly began"
    )


def _judge_backward(ctx, cotangents, grads):
    wanted = [(i, grad) for i, (grad, needed) in enumerate(zip(grads, ctx.needs_input_grad)) if needed and grad is not None]
    made = _search(wanted)
    if not any(made):
        return
    who, found = ctx.function.__name__, (made[0] or made[1])[0]
    nans, infs = _search(enumerate(cotangents))
    called = f"forward called at {ctx.site}" if hasattr(ctx, "site") else "forward called before detect_anomaly began"
    held = nans if made[0] else infs or nans
    if held:
        raise RuntimeError(
            f"{who}: cotangents must be finite, got {held[0].many} {held[0].kind} among {held[0].size} elements of the cotangent of "
            f"output {held[0].which}, first at {held[0].first}, that held it already, {called}; look for its source: "
            "backward(gradient), or a hook"
        )
    given = "cotangents without NaN" if infs else "finite cotangents"
    raise RuntimeError(
        f"{who}: backward must make no {found.kind} of {given}, got {found.many} among {found.size} elements of the gradient of "
        f"input {found.which}, first at {found.first}, {called}; {advice(who, found.kind, backward=True)}"
    )
