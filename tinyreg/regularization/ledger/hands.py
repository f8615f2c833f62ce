"""Hands: who acts on a parameter besides the gradient of the data.

A hand that pulls towards 0 says of which kinds its pull is: "l2" in proportion to the weight, "l1" with one force for all,
"group" along a group's length. Two hands of one kind on one weight do one thing twice; of different kinds they are an
elastic net, or the like, which somebody may want.
"""

from typing import Any, NamedTuple

from ...autograd.account import Touch
from .place import Place, Stepping
from .split import Split

KINDS = {  # of the doors that pull; one that is not here acts, but does not pull towards 0
    "l2_penalty": {"l2"},
    "l1_penalty": {"l1"},
    "elastic_net_penalty": {"l1", "l2"},
    "group_lasso_penalty": {"group"},
    "l1_proximal_": {"l1"},
    "elastic_net_proximal_": {"l1", "l2"},
    "group_lasso_proximal_": {"group"},
    "decay_": {"l2"},
    "random_shrink_": {"l2"},
}
NO_KINDS: frozenset[str] = frozenset()


class Hand(NamedTuple):
    """One that acts on a parameter.

    Attributes:
        who: a door, or the label of an optimizer.
        words: what the table says; "" where it has a column for it.
        kinds: of its pull.
        path: by which its pull comes: "loss", "gradient" (the weight_decay of SGD or Adam), "step" (AdamW, decay_, a
            proximal step); "" without a pull.
        setting: its strength in words, as weight_decay=0.01.

    Example:
        >>> Hand("decay_", "decay_ 0.1", frozenset({"l2"}), "step", "weight_decay=0.1").path
        'step'
    """

    who: str
    words: str
    kinds: frozenset[str] = NO_KINDS
    path: str = ""
    setting: str = ""

    @property
    def called(self) -> str:
        """Its name and its strength."""
        return f"{self.who} ({self.setting})" if self.setting else self.who


def hands_on(place: Place, split: Split, touches: list[Touch]) -> list[Hand]:
    """Who acts on a parameter.

    Args:
        place: the parameter.
        split: what its gradient is made of.
        touches: of touches_on().

    Example:
        >>> import tinyreg
        >>> from tinyreg.regularization.ledger.numbers import Later
        >>> from tinyreg.regularization.ledger.place import places
        >>> layer = tinyreg.nn.Linear(2, 1)
        >>> tinyreg.regularization.max_norm_(layer, 3.0)
        >>> found = places(layer)
        >>> [hand.words for hand in hands_on(found[0], Split(Later()), touches_on(found))]
        ['max_norm_ 3']
    """
    hands = [_optimizer(stepping) for stepping in place.steppings]
    for term, through in split.terms:
        lengthless = through == "computed" and place.scale_free[0]  # a penalty of what is computed does not pull at its length
        settings = term.settings
        hands.append(Hand(term.who, "", NO_KINDS if lengthless else _kinds(term), "loss", _setting(settings, "strength")))
    for touch in touches:
        if touch.who.endswith("_") and any(weight() is place.parameter for weight in touch.weights):
            hands.append(_door(touch, place))
    return list(dict.fromkeys(hands))


def touches_on(places: list[Place]) -> list[Touch]:
    """The notes on parameters, each once, in the order in which they were made.

    Args:
        places: the parameters.

    Example:
        >>> import tinyreg
        >>> from tinyreg.regularization.ledger.place import places
        >>> layer = tinyreg.nn.Linear(2, 1)
        >>> tinyreg.regularization.decay_(layer, 0.1, 0.01)
        >>> [touch.who for touch in touches_on(places(layer))]
        ['decay_']
    """
    notes = [touch for place in places for touch in (place.parameter.touches or {}).values()]
    return sorted({id(touch): touch for touch in notes}.values(), key=lambda touch: touch.number)


def _optimizer(stepping: Stepping) -> Hand:
    decay, label = stepping.weight_decay, stepping.label
    if not decay:
        return Hand(label, label)
    path, words = ("step", f"{label}, decoupled decay {decay:.3g}") if stepping.decoupled else ("gradient", f"{label}, decay {decay:.3g}")
    return Hand(label, words, frozenset({"l2"}), path, f"weight_decay={decay:.3g}")


def _door(touch, place):
    """One that writes into weights; if it has not done so since the last step but one, it does no more."""
    settings: dict[str, Any] = touch.settings
    main = [name for name in ("strength", "weight_decay", "max_norm", "amount") if name in settings]
    shown = f"{settings[main[0]]:.3g}" if main else "[{low:.3g}, {high:.3g}]".format(**settings)
    words = f"{touch.who} {shown}"
    if touch.number < place.last_steps[1]:
        return Hand(touch.who, f"{words}, some steps ago")
    return Hand(touch.who, words, _kinds(touch), "step", _setting(settings, *main))


def _setting(settings, *names):
    return "".join([f"{name}={settings[name]:.3g}" for name in names if name in settings][:1])


def _kinds(touch):
    settings = touch.settings
    if any(settings.get(name) == 0 for name in ("strength", "weight_decay", "amount")):
        return NO_KINDS
    ratio = settings.get("l1_ratio", 0.5)
    return frozenset(KINDS.get(touch.who, ())) - ({"l2"} if ratio == 1 else {"l1"} if ratio == 0 else set())
