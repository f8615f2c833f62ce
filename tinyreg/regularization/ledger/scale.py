"""Scale: which weights feed a normalization that undoes their length, and how long they are.

The order of the modules tells which normalization may follow a layer; the gradient tells whether it does. Where the loss is
the same for w and a w, it does not change along w: <w, g> = 0 for the gradient g of the data (4). Among n weights with a
gradient of any direction <w, g> is about |w||g|/sqrt(n), so that

    c = sqrt(n sum_u <w_u, g_u>^2 / sum_u |w_u|^2 |g_u|^2)                        (7)

over the units u is about 1 by chance. The eps under the root of a normalization, and rounding, leave a trace of it.
"""

from typing import Any, NamedTuple

from ...backend import get_array_module
from ...module import Module
from ...unit_weights import unit_weights
from .numbers import Later, Numbers, square_sum
from .place import Place

CERTAIN = 0.01  # c of (7) below this is no chance


class Undone(NamedTuple):
    """A weight whose length may be undone.

    Attributes:
        by: what undoes it, in words.
        whole: whether one length, that of the whole weight, is undone, not that of each unit.
        c: of (7).
        shortest, longest: the squared lengths of the units, or of the whole.
        bias: the length of the layer's bias, where it must be 0; None where it does not matter.

    Example:
        >>> Undone("BatchNorm1d", False, Later(), Later(), Later(), None).whole
        False
    """

    by: str
    whole: bool
    c: Later
    shortest: Later
    longest: Later
    bias: Later | None

    @property
    def certain(self) -> bool:
        """Whether the gradient says so, too."""
        return self.c.value < CERTAIN and (self.bias is None or self.bias.value == 0)


def followers(model: Module) -> dict[int, tuple[str, Module, bool]]:
    """The normalization that may follow each layer with weights: the one right behind it in the order of modules(), or else
    the next one with as many channels.

    Args:
        model: a Module.

    Returns:
        id(layer) -> (name, normalization, whether it is right behind).

    Example:
        >>> from tinyreg import nn
        >>> net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
        >>> name, norm, right_behind = followers(net)[id(net[0])]
        >>> name, norm is net[1], right_behind, id(net[2]) in followers(net)
        ('1', True, True, False)
    """
    named = [(name, module) for name, module in model.named_modules() if not any(True for _ in module.children())]
    found = {}
    for i, (_, layer) in enumerate(named):
        behind = [(name, module, place == 0) for place, (name, module) in enumerate(named[i + 1 :]) if module.normalization]
        behind = [entry for entry in behind if entry[2] or _channels(entry[1]) == _units(layer)]
        if layer.penalized and behind:
            found[id(layer)] = behind[0]
    return found


def _channels(module):
    return getattr(module, "num_features", getattr(module, "num_channels", None))


def _units(layer):
    return getattr(layer, "out_features", getattr(layer, "out_channels", None))


def undone(place: Place, gradient: Any, follower: tuple[str, Module, bool] | None, numbers: Numbers) -> list[Undone]:
    """What may undo the length of a weight, with what the gradient says of it.

    Args:
        place: the parameter.
        gradient: the gradient of the data, an array.
        follower: of followers(), for its module; None for none.
        numbers: what reads the norms.

    Example:
        >>> import tinyreg
        >>> from tinyreg.regularization.ledger.place import places
        >>> _ = tinyreg.manual_seed(0)
        >>> net = tinyreg.nn.Sequential(tinyreg.nn.Linear(3, 4), tinyreg.nn.BatchNorm1d(4))
        >>> (net(tinyreg.randn(8, 3)) ** 3).sum().backward()
        >>> numbers, place = Numbers(), places(net)[0]
        >>> (found,) = undone(place, place.parameter.grad.array, followers(net).get(id(net[0])), numbers)
        >>> numbers.read()
        >>> found.by, found.certain
        ('1 (BatchNorm1d)', True)
    """
    w, (free, axes) = place.parameter.array, place.scale_free
    if free:
        return [_measured(f"{place.computes} itself", w, gradient, axes, None, numbers)]
    units = [units for units in unit_weights(place.module, "ledger") if units.tensor is place.parameter] if follower else []
    if follower is None or not units:
        return []
    name, norm, right_behind = follower
    by, shape = f"{name} ({type(norm).__name__})", units[0].shape
    found = [_measured(by, w.reshape(shape), gradient.reshape(shape), units[0].axes, None, numbers)]
    if right_behind and not norm.uses_batch_statistics:
        bias = getattr(place.module, "bias", None)
        found.append(_measured(by, w, gradient, None, None if bias is None else numbers.length(bias.array), numbers))
    return found


def _measured(by, w, g, axes, bias, numbers):
    """Equation (7) over units that lie along the axes, or over all of it."""
    xp = get_array_module(w)
    if axes is None:
        along, ww, gg, n = (w * g).sum()[None], square_sum(w)[None], square_sum(g)[None], w.size
    else:
        along, ww, gg = ((a * b).sum(axis=axes).reshape(-1).astype("float64") for a, b in ((w, g), (w, w), (g, g)))
        n = w.size // along.size
    both = (ww * gg).sum()
    c = xp.sqrt(n * (along.astype("float64") ** 2).sum() / (both + (both == 0)))           # (7)
    c = xp.where(both == 0, float("inf"), c)
    return Undone(by, axes is None, numbers.later(c), numbers.later(ww.min()), numbers.later(ww.max()), bias)
