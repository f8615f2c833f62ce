"""Split: the gradient of a parameter, told apart into that of the data and those of the penalties."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ...autograd import Tensor, enable_grad, grad
from ...autograd.account import WRITTEN, Account, Term
from ...autograd.in_place import emptied_since, written_since
from ...autograd.tensor import wrap
from ...backend import get_array_module
from .numbers import Later, Numbers
from .place import Place

HOOKED = "passes through a hook of the parameter"
COMPUTED = "holds {} of a tensor that is computed from it"
ANEW = "holds {} of a computed weight that has moved since"  # spectral_norm turns u and v in each forward


@dataclass(eq=False)
class Split:
    """What a gradient is made of.

    Attributes:
        weight, grad: the lengths of the parameter and of its gradient as it is now.
        data: the length of the data's gradient, before clipping; None where it cannot be told.
        penalties: the length of each penalty's gradient by its name.
        pull: the length of their sum, with the weight_decay that the optimizer will add; None where it cannot be told.
        terms: the terms of the loss that it holds, each with the parameter among its weights: "itself", or "computed".
        changes: what was done to it: (who, Later or None, settings).
        cut: the share of elements that stand at the bound of clip_grad_value_.
        inside: terms of the loss that the data's gradient contains.
        doubt: why it cannot be told apart; "".
        array: the gradient of the data.

    Example:
        >>> Split(Later(), Later()).doubt
        ''
    """

    weight: Later
    grad: Later | None = None
    data: Later | None = None
    penalties: dict[str, Later] = field(default_factory=dict)
    pull: Later | None = None
    terms: list[tuple[Term, str]] = field(default_factory=list)
    changes: list[tuple[str, Later | None, dict[str, Any]]] = field(default_factory=list)
    cut: Later | None = None
    inside: list[str] = field(default_factory=list)
    doubt: str = ""
    array: Any = None


def account_of(gradient: Tensor) -> Account:
    """What is known of a gradient, with what happened to it since taken into account.

    Args:
        gradient: the .grad of a parameter.

    Example:
        >>> import tinyreg
        >>> account_of(tinyreg.ones(2)).terms
        ()
    """
    account = gradient.account or Account()
    if emptied_since(gradient.array, account.number):
        return Account()
    if account.terms and not account.doubt and written_since(gradient.array, account.number):
        return Account(account.terms, account.changes, WRITTEN, account.born)
    return account


def split(place: Place, given: dict[str, Any], numbers: Numbers, named: Collection[str] = ()) -> Split:
    """Tell the gradient of a parameter apart.

    Args:
        place: the parameter.
        given: the gradients of the penalties that the caller named, arrays by their names.
        numbers: what reads the norms.
        named: doors whose terms are among the given ones.

    Raises:
        RuntimeError: the weights are not those of the backward any more.

    Example:
        >>> import tinyreg
        >>> from tinyreg.regularization.ledger.place import places
        >>> layer = tinyreg.nn.Linear(1, 1, bias=False)
        >>> _ = layer.weight.data.fill_(2.0)
        >>> (3 * layer.weight.sum() + tinyreg.regularization.l2_penalty(layer, 0.5)).backward()
        >>> numbers = Numbers()
        >>> found = split(places(layer)[0], {}, numbers)
        >>> numbers.read()
        >>> found.grad.value, found.data.value, found.penalties["l2_penalty"].value
        (4.0, 3.0, 1.0)
    """
    parameter = place.parameter
    w, found = parameter.array, Split(numbers.length(parameter.array))
    if parameter.grad is None:
        return found
    g, account = parameter.grad.array, account_of(parameter.grad)
    found.grad, found.doubt = numbers.length(g), account.doubt
    xp = get_array_module(g)
    clipped: Any = None
    mean: Any = 1
    for who, factor, settings in account.changes:
        if who:
            found.changes.append((who, None if factor is None else numbers.later(xp.asarray(factor)), settings))
        if factor is not None and who:
            clipped = factor if clipped is None else clipped * factor
        elif factor is not None:
            mean = mean * factor
    parts = _parts(place, account, mean, found, named)
    for name, array in given.items():
        parts[name] = parts[name] + array if name in parts else array
    if written_since(w, account.born) and (parts or place.last_steps[0] > account.born):
        raise RuntimeError(
            f"ledger: the weights must be those of the backward, got {place.name} that was written since; call it between "
            "loss.backward() and optimizer.step()"
        )
    found.penalties = {name: numbers.length(array) for name, array in parts.items()}
    pull: Any = sum(parts.values()) if parts else None
    if parameter.leaf_hooks and parts:
        found.doubt = found.doubt or HOOKED
    if place.in_gradient:
        decay = place.in_gradient * w
        found.pull = numbers.length(decay if pull is None else pull + decay)
    elif pull is not None:
        found.pull = numbers.length(pull)
    lost = [who for who, factor, _ in account.changes if factor is None]
    if lost == ["clip_grad_value_"] and account.changes[-1][0] == "clip_grad_value_":
        bound = xp.asarray(account.changes[-1][2]["clip_value"], dtype=g.dtype)
        found.cut = numbers.later((abs(g) >= bound).mean())
    if not found.doubt and (not lost or found.cut is not None):
        original = g if clipped is None else g / (clipped + (clipped == 0)).astype(g.dtype)
        found.array = original if pull is None else original - pull                        # (2)
        found.data = numbers.length(found.array)
    return found


def _parts(place, account, mean, found, named):
    """The gradients of the penalties that the account names, by door."""
    parameter, parts = place.parameter, {}
    for term, amount in sorted(account.terms, key=lambda pair: pair[0].number):
        who = term.who
        if term.again is None:
            found.inside += [who] if who not in named else []
            continue
        amount = amount * mean
        for i, weight in enumerate(term.weights):
            if type(weight) is list:
                if who not in named and any(leaf() is parameter for leaf in weight):
                    found.doubt = found.doubt or COMPUTED.format(who)
                continue
            if weight is None:
                continue
            through = "computed" if type(weight) is tuple else "itself"
            array = (_of_computed if through == "computed" else _of_leaf)(term, i, weight, amount, place)
            if array is not None:
                found.terms.append((term, through))
                if through == "computed" and _has_moved(term, *weight):
                    found.doubt = found.doubt or ANEW.format(who)
                parts[who] = parts[who] + array if who in parts else array
    return parts


def _of_leaf(term, i, weight, amount, place):
    """The amount times the gradient of a term, if its i-th weight is the parameter: by the term's own backward."""
    if weight() is not place.parameter:
        return None
    w = wrap(place.parameter.array).requires_grad_()
    with enable_grad():
        value = term.again(w, i)
    return grad(value, w, wrap(amount.astype(value.array.dtype)))[0].array                 # (1)


def _of_computed(term, i, weight, amount, place):
    """The same, if its i-th weight is one that a module computes from the parameter."""
    module, name = weight[0](), weight[1]
    computed = module._computed.get(name) if module is not None else None
    if computed is None or not any(getattr(module, part) is place.parameter for part in computed.parts()):
        return None
    if not place.parameter.requires_grad:
        return None
    with enable_grad():
        value = term.again(computed.compute(module), i)
    (found,) = grad(value, place.parameter, wrap(amount.astype(value.array.dtype)))        # (1)
    return found.array


def _has_moved(term, reference, name):
    """Whether a part of what a module computes was written since a term of it was noted."""
    module = reference()
    return any(written_since(getattr(module, part).array, term.number) for part in module._computed[name].parts())
