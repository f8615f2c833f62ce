"""All conventions, and the one that a name means."""

import re
from difflib import get_close_matches

from . import decay, elastic_net, l1, l2
from .convention import Convention

ROWS: tuple[Convention, ...] = (*l2.ROWS, *l1.ROWS, *elastic_net.ROWS, *decay.ROWS)
SPELLINGS = (  # other beginnings of the same names
    ("tinyreg.optim.", "pytorch."),
    ("torch.optim.", "pytorch."),
    ("pytorch.optim.", "pytorch."),
    ("tf.keras.", "keras."),
    ("keras.optimizers.", "keras."),
    ("tfa.optimizers.", "tensorflow_addons."),
    ("tf.", "tensorflow."),
    ("scikit-learn.", "sklearn."),
    ("sklearn.linear_model.", "sklearn."),
    ("sklearn.neural_network.", "sklearn."),
    ("sklearn.svm.", "sklearn."),
    ("chainer.optimizers.", "chainer."),
    ("chainer.optimizer_hooks.", "chainer."),
    ("tinyreg.regularization.", "tinyreg."),
)
LIBRARIES = {  # a library's name alone means its L2 in the loss
    "tinyreg": "tinyreg.l2_penalty.strength",
    "pytorch": "pytorch.SGD.weight_decay",
    "torch": "pytorch.SGD.weight_decay",
    "keras": "keras.regularizers.L2",
    "tensorflow": "tensorflow.nn.l2_loss",
    "sklearn": "sklearn.Ridge.alpha",
    "scikit-learn": "sklearn.Ridge.alpha",
    "chainer": "chainer.WeightDecay.rate",
}


def _key(name: str) -> str:
    """A name without capitals, spaces and other spellings of its beginning."""
    key = name.lower().replace(" ", "").replace("'", '"')
    if key in LIBRARIES:
        return _key(LIBRARIES[key])
    for beginning, ours in SPELLINGS:
        if key.startswith(beginning):
            key = ours + key.removeprefix(beginning)
    return key


BY_KEY = {_key(row.name): row for row in ROWS}


def known(which: str, name: str) -> Convention:
    """The convention of a name; capitals, spaces and torch.optim. for pytorch. do not matter, "keras" alone is its L2.

    Args:
        which: the argument that holds it, for the message.
        name: as the table has it.

    Raises:
        TypeError: it is no text.
        ValueError: there is no such convention; those near it are named.

    Example:
        >>> known("source", "torch.optim.adamw.weight_decay").name
        'pytorch.AdamW.weight_decay'
    """
    if not isinstance(name, str):
        raise TypeError(f"convert: {which} must be the name of a convention, got {name!r:.60}; write one like 'pytorch.SGD.weight_decay'")
    if _key(name) not in BY_KEY:
        near = ", ".join(map(repr, close(name))) or "nothing"
        raise ValueError(f"convert: {which} must be a known convention, got {name!r:.80}; near it: {near}; tinyreg.convert.table() has all")
    return BY_KEY[_key(name)]


def close(name: str) -> list[str]:
    """The names of at most eight conventions that share words or letters with this one.

    Example:
        >>> close("keras.L2")[:2]
        ['keras.regularizers.L2', 'keras.regularizers.L1']
    """
    key = _key(name)
    words = set(re.findall(r"[a-z]\w+", key))
    shared = {row: len(words & set(re.findall(r"[a-z]\w+", row))) for row in BY_KEY}
    full = sorted((row for row in BY_KEY if words and shared[row] == len(words)), key=len)
    alike = get_close_matches(key, BY_KEY, n=8)
    some = sorted((row for row in BY_KEY if shared[row] > bool(alike)), key=lambda row: -shared[row])
    libraries = [_key(library) for library in get_close_matches(key, LIBRARIES, n=1)]
    return [BY_KEY[row].name for row in dict.fromkeys([*full, *alike, *libraries, *some])][:8]
