"""Advice: the remarks that a teacher would make on a ledger, each once, with the names of all parameters that it is about."""

from typing import Any, NamedTuple

from ...autograd.account import Touch
from ...autograd.in_place import written_since
from ...touches import overlooked
from .book import Remark
from .hands import Hand
from .place import Place
from .scale import Undone
from .split import Split, account_of

PLURALS = {"weight": "weights", "bias": "biases", "scale": "scales", "shift": "shifts", "": "parameters"}
TWICE = {"l2": "decayed by two mechanisms", "l1": "pulled by two L1 mechanisms", "group": "pulled by two group mechanisms"}


class Entry(NamedTuple):
    """All that is known of one parameter.

    Attributes:
        place, split, hands, undone: as the functions of those names give them.

    Example:
        >>> Entry._fields
        ('place', 'split', 'hands', 'undone')
    """

    place: Place
    split: Split
    hands: list[Hand]
    undone: list[Undone]

    @property
    def pulls(self) -> list[Hand]:
        """The hands that pull it towards 0: an optimizer passes over a parameter without a gradient."""
        idle = self.place.parameter.grad is None
        return [hand for hand in self.hands if hand.kinds and not (idle and any(hand.who == s.label for s in self.place.steppings))]


def advise(entries: list[Entry], touches: list[Touch], silent: dict[str, str]) -> list[Remark]:
    """The remarks on a model's parameters.

    Args:
        entries: one for each parameter; their numbers are read.
        touches: the notes on the parameters.
        silent: of the penalties that the caller named, those that reach no parameter, and why.

    Example:
        >>> (remark,) = advise([], [], {"mine": "requires no grad"})
        >>> remark.sentence.split(":")[0]
        'mine reaches no parameter, it requires no grad'
    """
    remarks = [
        *_outside(entries),
        *(_silent(name, why) for name, why in silent.items()),
        *_unreached(entries, touches),
        *_biases(entries),
        *_scales(entries),
        *_twice(entries),
        *_adaptive(entries),
        *_frozen(entries),
    ]
    return remarks


def _grouped(pairs):
    """{key: entries} of pairs (key, entry), in the order in which the keys come."""
    groups: dict[Any, list[Entry]] = {}
    for key, entry in pairs:
        group = groups.setdefault(key, [])
        if entry not in group:
            group.append(entry)
    return groups


def _names(entries):
    return [entry.place.name for entry in entries]


def _listed(names, most=4):
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _subject(entries):
    """In words: 2 biases and 1 scale (fc1.bias, fc2.bias, norm.weight)."""
    counts = {}
    for entry in entries:
        counts[entry.place.role] = counts.get(entry.place.role, 0) + 1
    words = [f"{n} {PLURALS[role] if n > 1 else role or 'parameter'}" for role, n in counts.items()]
    return f"{' and '.join(filter(None, [', '.join(words[:-1]), words[-1]]))} ({_listed(_names(entries))})"


def _are(entries, plural="are", singular="is"):
    return plural if len(entries) > 1 else singular


def _biases(entries):
    """What pulls at biases, or at the scale and the shift of a normalization."""
    found = _grouped((hand, entry) for entry in entries if entry.place.role in ("bias", "scale", "shift") for hand in entry.pulls)
    for hand, group in found.items():
        if any(hand.who == s.label for entry in group for s in entry.place.steppings):
            out = (
                f"give them a group of their own, {hand.who.split('(')[-1].rstrip(')')}([{{'params': [p for p in model.parameters() if "
                "p.ndim > 1]}, {'params': [p for p in model.parameters() if p.ndim < 2], 'weight_decay': 0}], ...)"
            )
        else:
            out = f"give {hand.who} the model instead of its parameters: of a Module it takes the weights alone"
        yield Remark(
            "bias", _names(group),
            f"{_subject(group)} {_are(group)} pulled towards 0 by {hand.called}: that shifts the function instead of making it "
            f"simpler; {out}",
        )  # fmt: skip


def _scales(entries):
    """L2 where a normalization undoes the length."""
    pairs = []
    for entry in entries:
        sure = [undone for undone in entry.undone if undone.certain]
        pulls = tuple(hand.called for hand in entry.pulls if "l2" in hand.kinds)
        if sure and pulls:
            pairs.append(((pulls, any(s.optimizer.adapts for s in entry.place.steppings)), (entry, sure[0])))
    for (pulls, adapts), group in _grouped(pairs).items():
        members = [entry for entry, _ in group]
        by = list(dict.fromkeys(undone.by for _, undone in group))
        rates = [rate for entry, undone in group for rate in _rates(entry, undone, adapts)]
        formula = "lr/|w|" if adapts else "lr/|w|^2"
        now = f", now {min(rates):.2g} to {max(rates):.2g}" if rates else ""
        yield Remark(
            "scale", _names(members),
            f"{_subject(members)} {_are(members, 'feed', 'feeds')} {_listed(by)}, which {_are(by, 'undo', 'undoes')} "
            f"{_are(members, 'their', 'its')} length: <w, g> = 0. "
            f"There {' and '.join(pulls)} {_are(pulls, 'do', 'does')} not make the function simpler, but "
            f"{_are(pulls, 'set', 'sets')} the effective learning rate {formula}{now}; choose the strength as one chooses lr",
        )  # fmt: skip


def _rates(entry, undone, adapts):
    """The smallest and the largest effective learning rate: equations (5) and (6)."""
    lr = max([s.lr for s in entry.place.steppings], default=0.0)
    squares = [square for square in (undone.longest.value, undone.shortest.value) if square > 0]
    return [lr / (square**0.5 if adapts else square) for square in squares] if lr > 0 else []     # (5), (6)


def _outside(entries):
    """Penalties that were given the memory of a parameter outside the graph, since the weights are what they are."""
    pairs = []
    for entry in entries:
        parameter = entry.place.parameter
        for who, number in overlooked(parameter.array).items():
            if parameter.requires_grad and who not in entry.split.penalties and not written_since(parameter.array, number):
                pairs.append((who, entry))
    for who, group in _grouped(pairs).items():
        yield Remark(
            "out of the graph", _names(group),
            f"{who} does not reach {_subject(group)}: it was given their values outside the graph, by .data or .detach(), so that the "
            f"loss that is printed moves and the weights feel nothing; give it the parameters themselves, or the model",
        )  # fmt: skip


def _silent(name, why):
    return Remark(
        "out of the graph", [],
        f"{name} reaches no parameter, it {why}: the loss that is printed moves and the weights feel nothing; look for .data, .detach(), "
        ".item() and no_grad in it",
    )  # fmt: skip


def _unreached(entries, touches):
    """Penalties that were computed before the last backward and since the last step, and are in no gradient."""
    at = {id(entry.place.parameter): entry for entry in entries}
    for touch in touches:
        if touch.reached or touch.who.endswith("_"):
            continue
        group = []
        for place in touch.weights:
            for parameter in _parameters(place):
                entry = at.get(id(parameter))
                if entry is not None and entry not in group and _waited(entry, touch):
                    group.append(entry)
        if group:
            yield Remark(
                "unreached", _names(group),
                f"{touch.who} of {_subject(group)} was computed, but no backward came by it: it is no part of the loss; add it, "
                "loss = loss + penalty, or compute it under no_grad() if it is only to be printed",
            )  # fmt: skip


def _parameters(place):
    if place is None or type(place) is list:
        return []
    if type(place) is not tuple:
        return [place()]
    module = place[0]()
    return [] if module is None or place[1] not in module._computed else [getattr(module, p) for p in module._computed[place[1]].parts()]


def _waited(entry, touch):
    """Whether a backward came after the penalty, without it, while the weight was what it is."""
    parameter = entry.place.parameter
    if parameter.grad is None or touch.who in entry.split.penalties or written_since(parameter.array, touch.number):
        return False
    return account_of(parameter.grad).born > touch.number


def _twice(entries):
    pairs = []
    for entry in entries:
        for kind in TWICE:
            whos = {hand.who: hand for hand in entry.pulls if kind in hand.kinds}
            if len(whos) > 1:
                pairs.append(((kind, tuple(hand.called for hand in whos.values())), entry))
    for (kind, called), group in _grouped(pairs).items():
        yield Remark(
            "twice", _names(group),
            f"{_subject(group)} {_are(group)} {TWICE[kind]}, {' and '.join(called)}: their strengths add up; keep one of them",
        )  # fmt: skip
    held = _grouped((tuple(s.label for s in e.place.steppings), e) for e in entries if len(e.place.steppings) > 1)
    for labels, group in held.items():
        yield Remark(
            "twice", _names(group),
            f"{_subject(group)} {_are(group)} held by {len(labels)} optimizers, {' and '.join(labels)}: each moves and decays them; "
            "keep one, and del the others if they are left over",
        )  # fmt: skip


def _adaptive(entries):
    """L2 that passes through Adam's quotient."""
    pairs, through = [], {}
    for entry in entries:
        for label in [s.label for s in entry.place.steppings if s.optimizer.adapts][:1]:
            pulls = [hand for hand in entry.pulls if "l2" in hand.kinds and hand.path != "step"]
            for hand in pulls:
                through.setdefault(label, {})[hand.setting if hand.who == label else hand.called] = None
            pairs += [(label, entry)] * bool(pulls)
    for label, group in _grouped(pairs).items():
        yield Remark(
            "adaptive", _names(group),
            f"{label} divides each coordinate's step by the size of its gradients, and with it {' and '.join(through[label])} of "
            f"{_subject(group)}: the strength cancels where the penalty dominates, and is uneven elsewhere; decay the weights beside "
            "the gradient, as AdamW does",
        )  # fmt: skip


def _frozen(entries):
    group = [e for e in entries if not e.place.parameter.requires_grad and e.place.parameter.grad is not None and e.place.steppings]
    if group:
        yield Remark(
            "frozen", _names(group),
            f"{_subject(group)} {_are(group)} frozen, but still {_are(group, 'have', 'has')} a .grad: the optimizer goes on to decay "
            "and to move what has one; set it to None, as model.zero_grad() does",
        )  # fmt: skip
