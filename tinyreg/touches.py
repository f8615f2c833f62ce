"""Touches: what doors note about the weights they act on, so that the ledger can tell a student who pulls at what.

    noted(penalty, ...)     a penalty on weights: its result carries a Term (autograd/account.py), which a backward passes by
    opaque(penalty, ...)    a term of outputs, activations or slopes: it cannot be computed again from the weights alone
    wrote(who, ...)         a door that wrote into weights: a decay, a proximal step, a projection
    overlooked(array)       which penalties were given the memory outside the graph, as `.data`: they never reach it
    optimizers()            every optimizer that is alive; of which parameters, with which settings, it says itself

A note costs one to two microseconds a call, reads no number from a device and keeps neither a weight nor a model alive. It
stands on the first of the weights that is a leaf, and the newest takes the place of the one before: there are never more
notes than there are doors at work.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakSet, ref

from .autograd import Tensor
from .autograd.account import Term, Touch, identity
from .autograd.function import Output, clock
from .autograd.grad_mode import mode
from .backend import owner

Result = TypeVar("Result", bound=Tensor)
_optimizers: WeakSet[Any] = WeakSet()
_one_at_a_time = threading.Lock()  # a set must not grow while it is gone through


def add_optimizer(optimizer: Any) -> None:
    """Let the ledger know an optimizer, for as long as it is alive.

    Args:
        optimizer: it; it need not have its parameters yet.

    Example:
        >>> import tinyreg
        >>> optimizer = tinyreg.optim.SGD([tinyreg.ones(1)], lr=0.1)  # which does it
        >>> optimizer in optimizers()
        True
    """
    with _one_at_a_time:
        _optimizers.add(optimizer)


def optimizers() -> list[Any]:
    """The optimizers that are alive.

    Example:
        >>> isinstance(optimizers(), list)
        True
    """
    with _one_at_a_time:
        return list(_optimizers)


class _Listening(threading.local):
    heard: list[str] | None = None


_listening = _Listening()


class unnoted:
    """A block in which doors note nothing on weights; what they would have noted, the block gives as a list of their names.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with unnoted() as heard:
        ...     _ = tinyreg.regularization.l2_penalty([w], 0.1)
        >>> heard, w.touches
        (['l2_penalty'], None)
    """

    def __enter__(self) -> list[str]:
        self.before, _listening.heard = _listening.heard, []
        return _listening.heard

    def __exit__(self, *exception: object) -> None:
        _listening.heard = self.before


def noted(
    penalty: Result, who: str, weights: Sequence[Tensor], again: Callable[[Tensor, int], Tensor], which: Any = None, **settings: Any
) -> Result:
    """Note a penalty on weights: which ones, how strong, and how its gradient is computed again.

    Args:
        penalty: the result, a 0-d Tensor.
        who: the door.
        weights: what it was given.
        again: again(w, i) computes the penalty of the i-th weight alone, from a Tensor in its place; it must hold no weight.
        which: what else tells it from a penalty of the same door, settings and weights, as in Term.
        settings: its strength and the like.

    Returns:
        penalty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> _ = noted((w ** 2).sum(), "example", [w], lambda w, i: (w ** 2).sum(), strength=1.0)
        >>> [(touch.who, touch.settings, touch.reached) for touch in w.touches.values()]
        [('example', {'strength': 1.0}, False)]
    """
    if not mode.enabled:
        return penalty
    if _listening.heard is not None:
        _listening.heard.append(who)
        return penalty
    places = tuple([ref(w) if w.edge is None and w._requires_grad else _place(w, who) for w in weights])
    if penalty.edge is not None:
        term = Term(who, settings, places, again, which)
        _hang(penalty, term)
        _put(term)
    return penalty


def opaque(penalty: Result, who: str, **settings: Any) -> Result:
    """Note a term of the loss that no weight can be asked for: the gradient of the data contains it.

    Args:
        penalty: the result.
        who: the door.
        settings: its strength and the like.

    Returns:
        penalty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> opaque((w ** 2).sum(), "example", strength=1.0).backward()
        >>> [term.who for term, _ in w.grad.account.terms]
        ['example']
    """
    if _listening.heard is not None:
        _listening.heard.append(who)
    elif penalty.edge is not None:
        _hang(penalty, Term(who, settings, (), None))
    return penalty


def wrote(who: str, weights: Sequence[Tensor], **settings: Any) -> None:
    """Note that a door wrote into weights.

    Args:
        who: the door.
        weights: what it changed, at least one.
        settings: its strength and the like.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2)
        >>> wrote("example", [w], limit=3.0)
        >>> [(touch.who, touch.settings) for touch in w.touches.values()]
        [('example', {'limit': 3.0})]
    """
    _put(Touch(who, settings, tuple([ref(w) for w in weights])))


def _hang(penalty, term):
    """Let whatever backward passes by the penalty know the term."""
    edge = penalty.edge.ctx if type(penalty.edge) is Output else penalty.edge
    if edge.hooks is None:
        edge.hooks = {}
    edge.hooks[Term] = 0, term


def _put(touch):
    """On the first weight, in the place of the note of the same door on the same weights."""
    places = touch.weights
    for place in places:
        leaf = place() if type(place) is ref else _bearer(place)
        if leaf is not None:
            if leaf.touches is None:
                leaf.touches = {}
            leaf.touches[touch.who, len(places), identity(places[-1])] = touch
            return


def _bearer(place):
    """A leaf behind a weight that is gone at once: a computed one, or the result of another operation."""
    if type(place) is tuple:
        module, name = place[0](), place[1]
        return getattr(module, module._computed[name].parts()[0]) if module is not None and name in module._computed else None
    return place[0]() if place else None


def _place(w, who):
    """What a Touch says of a weight that is no leaf, or wants no gradient."""
    if not w._requires_grad:
        _overlook(w, who)
        return None
    return w.computed or list({id(leaf): ref(leaf) for leaf in _leaves(w.edge)}.values())


def _leaves(edge):
    """The leaves that a gradient would reach from an edge."""
    found, seen, waiting = [], set(), [edge]
    while waiting:
        edge = waiting.pop()
        if isinstance(edge, Tensor):
            found.append(edge)
        elif edge is not None and id(edge) not in seen:
            seen.add(id(edge))
            ctx = edge.ctx if type(edge) is Output else edge
            waiting += ctx.edges if type(ctx.edges) is tuple else [ctx.edges]
    return found


# id(owner of a memory) -> (weak reference to it, {door: number of the clock}). An entry goes when its memory does; but there are
# no weak references to CuPy's memory: there it stays until the id is another's, who was written since, as all weights are
_overlooked: dict[int, tuple[Any, dict[str, int]]] = {}


def _overlook(w, who):
    memory = owner(w.array)
    key = id(memory)
    if key not in _overlooked:
        try:
            reference = ref(memory, lambda _: _overlooked.pop(key, None))
        except TypeError:
            reference = None
        _overlooked[key] = reference, {}
    _overlooked[key][1][who] = clock()


def overlooked(array: Any) -> dict[str, int]:
    """Which penalties were given this memory by a Tensor that wants no gradient: door -> number of the clock, last time.

    Args:
        array: of a weight.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> _ = tinyreg.regularization.l2_penalty([w.data], 0.1)
        >>> list(overlooked(w.array))
        ['l2_penalty']
    """
    return _overlooked.get(id(owner(array)), (None, {}))[1]
