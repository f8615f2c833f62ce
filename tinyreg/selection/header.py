"""All that decides the scores of a search, written down: what must be equal where one goes on.

The candidates, the seed, the folds, the estimator's name and what it was made with, the data, the versions. What cannot be
seen from here is what a function does inside, or what a dataset answers that keeps its examples elsewhere than under `data`
and `targets`: whoever changes that gives the search another file.
"""

import hashlib
import platform
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..backend import is_array, to_numpy
from ..data.dataset import Subset, TensorDataset
from .estimators import Scorer
from .examples import Examples


def header_of(
    who: str, tried: dict[str, Any], scorer: Scorer, examples: Examples, folds: Any, description: str, seed: int
) -> dict[str, Any]:
    """All that decides the scores of a search, as JSON holds it.

    Args:
        who: GridSearch or RandomSearch.
        tried: the candidates, or the space that they are drawn from.
        scorer, examples, folds, seed: as they are searched with.
        description: of the folds.

    Raises:
        TypeError: something that cannot be written down, such as an object among the candidates.
    """
    digest = hashlib.blake2b(digest_size=8)
    for train, test in folds:
        digest.update(train.tobytes() + b"/" + test.tobytes() + b";")
    return {
        "kind": who,
        "estimator": scorer.name,
        "settings": {str(name): _plain(value) for name, value in scorer.settings().items()},
        "tried": {name: _written(who, name, value) for name, value in tried.items()},
        "seed": seed,
        "folds": description,
        "content_of_the_folds": digest.hexdigest(),
        "data": _described("X", examples.X) | ({} if examples.y is None else _described("y", examples.y)),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """The versions on which the digits of a result may depend.

    Example:
        >>> list(versions())
        ['tinyreg', 'python', 'numpy']
    """
    own = sys.modules[__name__.partition(".")[0]].__version__
    return {"tinyreg": own, "python": platform.python_version(), "numpy": np.__version__}


def _described(name, data):
    """The shape, dtype and content of arrays; of a dataset those of what it holds under the usual names."""
    if isinstance(data, Tensor) or is_array(data):
        array = to_numpy(data.array if isinstance(data, Tensor) else data)
        raw = repr(array.tolist()).encode() if array.dtype.hasobject else np.ascontiguousarray(array).tobytes()
        content = hashlib.blake2b(raw, digest_size=8).hexdigest()
        return {f"shape of {name}": list(array.shape), f"dtype of {name}": str(array.dtype), f"content of {name}": content}
    found = {f"type of {name}": type(data).__qualname__, f"length of {name}": len(data)}
    if isinstance(data, Subset):
        indices = data.indices if isinstance(data.indices, Tensor) else np.asarray(data.indices)
        return found | _described(f"{name}.indices", indices) | _described(f"{name}.dataset", data.dataset)
    if isinstance(data, TensorDataset):
        parts = enumerate(data.tensors)
        return found | {key: value for i, tensor in parts for key, value in _described(f"{name}.tensors[{i}]", tensor).items()}
    for part in ("data", "targets"):
        held = getattr(data, part, None)
        if isinstance(held, Tensor) or is_array(held):
            found |= _described(f"{name}.{part}", held)
    return found


def _plain(value):
    """A setting of an estimator as text that is the same in another process."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Tensor) or is_array(value):
        return _described("it", value)
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def _written(who, name, value):
    """A value that is tried, as JSON holds it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_written(who, name, each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _written(who, key, each) for key, each in value.items()}
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "draw"):
        return repr(value)
    raise TypeError(
        f"{who}: with a journal, what is tried must be numbers, texts, lists, functions or classes, got {value!r:.60} for {name}; "
        "try names, and let the estimator look them up"
    )
