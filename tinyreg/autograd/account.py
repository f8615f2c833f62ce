"""Account: what is known of a gradient besides its numbers: which terms of the loss it holds, and what was done to it since.

backward adds up whatever arrives, and a penalty leaves no trace in .grad. So the door of a penalty hangs a Term on its
result, in the place of a hook. The Term sees the cotangent G when a backward comes by, and the pass that puts gradients
into .grad writes both into the account of every gradient that begins or grows in it:

    L = data + ...,   R = a term,   G = dL/dR          .grad = the gradient of the data  +  sum of G dR/dw

Nothing of the size of a weight is kept: a Term knows how to compute R of one weight again, and whoever asks, the ledger,
does so. All gradients that begin in one pass share one account, so that a parameter costs one attribute. An account does
not change but for its number; whatever happens to a gradient gives it a new one:

    accumulation    the terms of another pass are added, with amounts
    Change          clipping, noise, the mean over gathered batches: what a door did to the gradient
    emptied         it was set to 0: nothing is known any more, since nothing is in it
    doubt           something wrote it, or the weight, that left no word: the parts cannot be told apart

What an account holds of weights it holds weakly: it keeps no model alive.
"""

from typing import Any

from .function import clock
from .in_place import emptied_since, restamp, written_since

WRITTEN = "was written in place by code that leaves no note"
MOVED = "adds up gradients of different weights"
MIXED = "was accumulated after a change that cannot be undone"
CROWDED = "holds more different terms than are told apart"
MOST = 32  # so many different terms of one gradient are told apart; one that is never emptied must not grow for ever


class Touch:
    """What a door did to weights.

    Args:
        who: the door.
        settings: its strength and the like, name -> number.
        weights: for each Tensor a weak reference, if it is a leaf; a pair (weak reference to a module, name), if the module
            computes it; a list of weak references to leaves, if it is the result of other operations; None, if it was
            given to a penalty and no gradient is wanted.

    Attributes:
        number: of the clock, when it was.
        reached: of a penalty, whether a backward that fills .grad came by since.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2)
        >>> tinyreg.regularization.decay_([w], lr=0.1, weight_decay=0.5)
        >>> [(touch.who, touch.settings) for touch in w.touches.values()]
        [('decay_', {'lr': 0.1, 'weight_decay': 0.5})]
    """

    __slots__ = ("who", "settings", "weights", "number", "reached")

    def __init__(self, who: str, settings: dict[str, Any], weights: tuple[Any, ...]) -> None:
        self.who, self.settings, self.weights = who, settings, weights
        self.number, self.reached = clock(), False


class Term(Touch):
    """What the door of a penalty did: a term of the loss, and how to compute it again.

    Args:
        who, settings, weights: as in Touch.
        again: again(w, i) computes the term of the i-th weight alone from a Tensor in its place; None where that cannot be.
        which: what else tells it from terms of the same door, settings and weights; anything that can be a key of a dict.

    Example:
        >>> term = Term("example", {"strength": 0.1}, (), None)
        >>> term.key()
        ('example', (('strength', 0.1),), (), None)
    """

    __slots__ = ("again", "which")

    def __init__(self, who: str, settings: dict[str, Any], weights: tuple[Any, ...], again: Any, which: Any = None) -> None:
        self.who, self.settings, self.weights, self.again, self.which = who, settings, weights, again, which
        self.number, self.reached = clock(), False

    def key(self) -> tuple[Any, ...]:
        """What is equal for the same term of another pass."""
        return self.who, tuple(self.settings.items()), tuple(map(identity, self.weights)), self.which


def identity(place):
    """What is equal for the same weight, as a Touch says where it is.

    Example:
        >>> identity(None) is None
        True
    """
    if type(place) is tuple:
        return id(place[0]()), place[1]
    if type(place) is list:
        return tuple([id(leaf()) for leaf in place])
    return None if place is None else id(place())


class Account:
    """What is known of the gradients that share it.

    Attributes:
        terms: pairs of a Term and its amount, the sum of its cotangents, a 0-d array; None for one without `again`.
        changes: what was done since the last backward: triples (who, factor or None, settings).
        doubt: why the parts cannot be told apart; "" where they can.
        born: of the clock, at the last backward into it: a weight that was written since is not the one of the gradient.
        number: of the clock, at the last write into it that is known.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> (w.sum() + tinyreg.regularization.l2_penalty([w], 0.1)).backward()
        >>> [(term.who, term.settings, float(amount)) for term, amount in w.grad.account.terms]
        [('l2_penalty', {'strength': 0.1}, 1.0)]
    """

    __slots__ = ("terms", "changes", "doubt", "born", "number")

    def __init__(self, terms: tuple[Any, ...] = (), changes: tuple[Any, ...] = (), doubt: str = "", born: int | None = None) -> None:
        self.terms, self.changes, self.doubt = terms, changes, doubt
        self.number = clock()
        self.born = self.number if born is None else born

    def amounts(self) -> tuple[Any, ...]:
        """The terms, their amounts scaled by what scaled the gradient since."""
        factors = [factor for _, factor, _ in self.changes if factor is not None]
        if not factors:
            return self.terms
        scale = factors[0]
        for factor in factors[1:]:
            scale = scale * factor
        return tuple((term, None if amount is None else amount * scale) for term, amount in self.terms)


def opened(shown):
    """The account of the gradients that begin in one backward that fills .grad.

    Args:
        shown: what propagate returned: among it, pairs of a Term and its cotangent.

    Example:
        >>> opened([]).terms
        ()
    """
    terms: tuple[Any, ...] = ()
    for pair in shown:
        if type(pair) is tuple:
            pair[0].reached = True
            terms += (pair if pair[0].again is not None else (pair[0], None),)
    return Account(terms)


def gone_on(leaf, before, fresh, others):
    """The account of a gradient that was there, and has just been added to.

    Args:
        leaf: whose gradient it is.
        before: the number of the write before.
        fresh: the account that opened() gave in this backward.
        others: a dict in which those that go on from one account find their common one.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> w.sum().backward()
        >>> gone_on(w, 0, Account(), {}).terms
        ()
    """
    old, account = leaf._grad.account, fresh
    if old is not None and (old.terms or old.doubt) and not emptied_since(leaf._grad.array, old.number):
        doubt = old.doubt or (WRITTEN if before > old.number else MOVED if written_since(leaf.array, old.born) else "")
        key = id(old), doubt
        if key not in others:
            others[key] = Account(*_sums(old, fresh.terms, doubt))
        account = others[key]
    account.number = clock()
    return account


def _sums(old, terms, doubt):
    """The terms of an account and of a pass, each once; no changes; and the reason for a doubt."""
    if any(factor is None for _, factor, _ in old.changes):
        doubt = doubt or MIXED
    sums = {}
    for term, amount in (*old.amounts(), *terms):
        key = term.key()
        if key in sums:
            term, amount = sums[key][0], None if amount is None else sums[key][1] + amount
        sums[key] = term, amount
    if len(sums) > MOST:
        return (), (), CROWDED
    return tuple(sums.values()), (), doubt


class Change:
    """What a door does to gradients, noted on each of them.

    Args:
        who: the door; "" for what is no mechanism, as the mean over gathered batches.
        factor: the number, or 0-d array, that they were multiplied by; None where it was something else.
        settings: what to say about it, name -> number.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> w.sum().backward()
        >>> w.grad.array *= 0.5
        >>> Change("halving", 0.5).note(w.grad)
        >>> w.grad.account.changes
        (('halving', 0.5, {}),)
    """

    __slots__ = ("entry", "old", "new")

    def __init__(self, who: str, factor: Any = None, **settings: Any) -> None:
        self.entry = who, factor, settings
        self.old: Any = None
        self.new: Any = None

    def note(self, grad: Any) -> None:
        """Stamp a gradient that was just written, and note it there."""
        old, before = grad.account, restamp(grad)
        if old is None or old is not self.old or before > old.number:
            self.old = old = old or Account()
            doubt = old.doubt or (WRITTEN if before > old.number and old.terms else "")
            self.new = Account(old.terms, _appended(old.changes, self.entry), doubt, old.born)
            if before > old.number:
                self.old = None  # what is said of this one is not said of others
        self.new.number = clock()
        grad.account = self.new


def _appended(changes, entry):
    """The changes and one more; many of the same kind, of a gradient that no backward refills, do not pile up."""
    if changes and changes[-1][0] == entry[0] and len(changes) >= MOST:
        who, factor, settings = changes[-1]
        return (*changes[:-1], (who, None if factor is None or entry[1] is None else factor * entry[1], settings))
    return (*changes, entry)
