"""Reading: the ledger of a model, from its gradients, what is known of them, and who acts on the weights."""

from collections.abc import Callable, Mapping

from ...autograd import Tensor, enable_grad, grad
from ...autograd.repeatable import Repeatable
from ...module import Module
from ...random import fork_rng
from ...touches import unnoted
from .advice import Entry, advise
from .book import Ledger, Row
from .hands import hands_on, touches_on
from .numbers import Numbers
from .place import places
from .scale import followers, undone
from .split import account_of, split


def ledger(model: Module, *, penalties: Mapping[str, Callable[[], Tensor]] | None = None) -> Ledger:
    """Tell whose gradient every parameter has, and who else acts on it; between backward() and optimizer.step().

    Args:
        model: a Module whose parameters have their gradients.
        penalties: terms of the loss that carry no note, each a function without arguments that computes it again, by a name;
            as they were added to the loss, their strengths included.

    Returns:
        A Ledger: print it. Its rows and remarks can be read by a program, too.

    Raises:
        RuntimeError: no parameter has a gradient; the weights were written since the backward.
        TypeError: model is no Module, penalties no dict of functions, or one that returns something else than a Tensor.
        ValueError: a penalty that is no single number, or that carries a note already.

    Example:
        >>> import tinyreg
        >>> _ = tinyreg.manual_seed(0)
        >>> model = tinyreg.nn.Sequential(tinyreg.nn.Linear(2, 2), tinyreg.nn.Tanh(), tinyreg.nn.Linear(2, 1))
        >>> optimizer = tinyreg.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.01)
        >>> loss = model(tinyreg.ones(4, 2)).square().mean() + tinyreg.regularization.l1_penalty(model, 0.1)
        >>> loss.backward()
        >>> book = ledger(model)
        >>> [(row.name, round(row.penalties["l1_penalty"], 3)) for row in book if row.penalties]
        [('0.weight', 0.2), ('2.weight', 0.141)]
        >>> book.remarks[0].kind, book.remarks[0].names
        ('bias', ['0.bias', '2.bias'])
    """
    if not isinstance(model, Module):
        raise TypeError(f"ledger: model must be a Module, got {type(model).__name__}; pass the network whose loss was differentiated")
    found = places(model)
    if all(place.parameter.grad is None for place in found):
        raise RuntimeError(
            f"ledger: a backward must have filled .grad, got None for all {len(found)} parameters; call it between loss.backward() and "
            "optimizer.step()"
        )
    given, silent, named = _given(model, found, {} if penalties is None else penalties)
    numbers, touches, follow = Numbers(), touches_on(found), followers(model)
    entries = []
    for place in found:
        own = {name: arrays[id(place.parameter)] for name, arrays in given.items() if id(place.parameter) in arrays}
        parts = split(place, own, numbers, named)
        hands, scales = hands_on(place, parts, touches), []
        if parts.array is not None and any("l2" in hand.kinds for hand in hands):
            scales = undone(place, parts.array, follow.get(id(place.module)), numbers)
        parts.array = None
        entries.append(Entry(place, parts, hands, scales))
    numbers.read()
    remarks = advise(entries, touches, silent)
    rows = [_row(entry, remarks) for entry in entries]
    return Ledger(rows, remarks, _legend(entries))


def _given(model, found, penalties):
    """{name: {id: the gradient of a parameter}} of the penalties that the caller named; those that have none, and why; the
    doors that they called."""
    if not isinstance(penalties, Mapping):
        raise TypeError(f"ledger: penalties must be a dict of functions, got {type(penalties).__name__}; write {{'name': lambda: ...}}")
    given, silent, named = {}, {}, set()
    wanted = [place.parameter for place in found if place.parameter.requires_grad]
    noted = {
        term.who
        for p in wanted if p.grad is not None
        for term, _ in account_of(p.grad).terms if term.again is not None and list not in map(type, term.weights)
    }  # fmt: skip
    for name, function in penalties.items():
        if not callable(function):
            raise TypeError(f"ledger: a penalty must be a function, got {type(function).__name__} for {name!r}; write lambda: ...")
        with fork_rng(), Repeatable(model), enable_grad(), unnoted() as heard:
            value = function()
        named.update(heard)
        twice = sorted(noted & {*heard, name})
        if twice:
            raise ValueError(
                f"ledger: penalties must be terms that carry no note, got {name!r}, which computes {', '.join(twice)}; "
                "the ledger has its gradients already: leave it out"
            )
        if not isinstance(value, Tensor):
            raise TypeError(f"ledger: a penalty must return a Tensor, got {type(value).__name__} from {name!r}; return the term itself")
        if value.array.size != 1:
            raise ValueError(
                f"ledger: a penalty must return one number, got shape {tuple(value.array.shape)} from {name!r}; sum it, as in the loss"
            )
        if not value.requires_grad:
            silent[name] = "requires no grad"
            continue
        arrays = zip(wanted, grad(value.sum(), wanted, allow_unused=True))
        given[name] = {id(p): g.array for p, g in arrays if g is not None and p.grad is not None}
        if not given[name]:
            silent[name] = "does not depend on any of them"
    return given, silent, named


def _row(entry, remarks):
    place, parts = entry.place, entry.split
    weight, clipped = parts.weight.value, [factor.value for _, factor, _ in parts.changes if factor is not None]
    told = parts.data is not None and 0 not in clipped and not (parts.cut is not None and parts.cut.value > 0)
    data = parts.data.value if told else None
    pull = 0.0 if parts.pull is None else parts.pull.value
    words, notes = [hand.words for hand in entry.hands if hand.words] + place.masks, []
    words += [place.computes] if place.computes else []
    for who, factor, settings in parts.changes:
        if factor is not None and factor.value < 1:
            words.append(f"clipped x {factor.value:.3g}")
        elif factor is None and who == "clip_grad_value_":
            share = "" if parts.cut is None else f", {parts.cut.value:.0%} of it"
            words.append(f"cut at {settings['clip_value']:.3g}{share}")
        elif factor is None:
            words.append(" ".join([who, *(f"{value:.3g}" for value in settings.values())]))
    if not place.parameter.requires_grad:
        notes.append("frozen")
    elif parts.grad is None:
        notes.append("no gradient")
    if parts.doubt:
        notes.append(f"its gradient {parts.doubt}")
    return Row(
        name=place.name,
        shape=tuple(place.parameter.array.shape),
        weight=weight,
        grad=None if parts.grad is None else parts.grad.value,
        data=data,
        penalties={name: length.value for name, length in parts.penalties.items()},
        decay=weight * sum(s.weight_decay for s in place.steppings),
        ratio=pull / data if data else None,                                           # (3)
        touched_by=list(dict.fromkeys(words)),
        notes=notes,
        remarks=[number for number, remark in enumerate(remarks, 1) if place.name in remark.names],
    )


def _legend(entries):
    """What the columns mean, where it is not plain."""
    lines = []
    if any(who for entry in entries for who, _, _ in entry.split.changes):
        lines.append("|grad| is what the optimizer will find; |data| and the penalties are before clipping.")
    if any(entry.split.pull is not None and entry.split.pull.value for entry in entries):
        lines.append("ratio: how hard penalties, and the weight_decay in the gradient, pull, compared with the data; 1 is a balance.")
    inside = list(dict.fromkeys(who for entry in entries for who in entry.split.inside))
    if inside:
        lines.append(
            f"|data| contains {', '.join(inside)}: to see it apart name a function that computes it, "
            f"penalties={{'{inside[0]}': lambda: ...}}."
        )
    return lines
