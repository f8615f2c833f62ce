"""tinyreg: regularization in deep learning, from scratch, on NumPy or CuPy.

`import tinyreg as torch` runs an ordinary training script: the names are PyTorch's. The subject stands in
`tinyreg.regularization`, one room a name; `tinyreg.nn`, `tinyreg.optim` and `tinyreg.utils` are doors to it.

Example:
    >>> import tinyreg as torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
    >>> loss = model(torch.randn(4, 2)).pow(2).mean() + torch.regularization.l2_penalty(model, 1e-3)
    >>> loss.backward()
"""

__version__ = "0.1.0"

from .thread_pool import use_thread_pool  # first: TINYREG_THREADS has something to say before NumPy is loaded

# isort: split
import builtins
import math
import warnings
from importlib import import_module
from typing import Any

from . import autograd, backend, backends, freed_memory, ops, random
from .autograd import (
    Size,
    Tensor,
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from .autograd.printing import set_printoptions
from .backend import get_default_dtype, set_default_dtype, use_backend
from .device import accelerator, cuda, device, get_default_device, set_default_device
from .freed_memory import keep_freed_memory
from .ops.broadcasting import (
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    result_type,
    uint8,
)
from .ops.limits import finfo, iinfo
from .random import Generator, default_generator, initial_seed, manual_seed, seed
from .threads import are_deterministic_algorithms_enabled, get_num_threads, set_num_threads, use_deterministic_algorithms

# as in PyTorch, 1 / 0 is inf and log(0) is -inf without a word: NumPy's warnings from inside the library name a line that
# is not the user's. `fit` stops at a loss that is not finite, and says where
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tinyreg\.(autograd|layers|ops|optim|regularization)\.")

double, float, half = float64, float32, float16
char, byte, short, int, long, bool = int8, uint8, int16, int32, int64, bool_
inf, nan, pi = math.inf, math.nan, math.pi
get_rng_state, set_rng_state = random.get_state, random.set_state
is_floating_point = Tensor.is_floating_point

globals().update(ops.functions)
freed_memory.raise_thresholds()

# what is loaded when it is first asked for: `import tinyreg` alone needs NumPy and little time
_LAZY_MODULES = (
    "cli data datasets experiments init layers models module nn optim optimizer plots profiler regularization selection "
    "serialization training transforms utils".split()
)
_LAZY_NAMES = {"convert": "conventions", "save": "serialization", "load": "serialization"}


def __getattr__(name):
    if name in _LAZY_NAMES:
        value = getattr(import_module(f"{__name__}.{_LAZY_NAMES[name]}"), name)
    elif name in _LAZY_MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_LAZY_MODULES, *_LAZY_NAMES])


def is_tensor(obj: Any) -> builtins.bool:
    """Whether obj is a Tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.is_tensor(tinyreg.ones(2)), tinyreg.is_tensor([1.0])
        (True, False)
    """
    return isinstance(obj, Tensor)
