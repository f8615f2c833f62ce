"""The NumPy/CuPy switch.

This is the only file of the package that may import cupy. It answers these questions:

    where is a new array born?        use_backend("numpy" | "cupy"), TINYREG_BACKEND, --backend
    and with which precision?         set_default_dtype(float32 | float64), where nothing else says
    which library owns this array?    xp = get_array_module(x), the first line of every operation

An operation never asks for the flag: it asks the array it holds. So the same lines run on a CPU and on a GPU,
and an array that was born before the switch keeps working after it.
"""

import os
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from .types import Array, DType, HostArray

ndarray = np.ndarray
_array_modules = {ndarray: np}  # the type of an array -> the library that computes with it
_libraries = {"numpy": np}  # the backends that have been switched on once
_name = "numpy"
_default_dtype: np.dtype[Any] = np.dtype("float32")
KIND_RANK = {"b": 0, "u": 1, "i": 1, "f": 2}  # a kind of dtype holds the values of those that rank no higher


def use_backend(name: str) -> None:
    """Choose where new arrays are born.

    Args:
        name: "numpy" (CPU, the default) or "cupy" (NVIDIA GPU). The environment variable TINYREG_BACKEND sets it
            before the first import, `tinyreg --backend` for one command.

    Raises:
        ValueError: another name.
        RuntimeError: cupy is not installed, or sees no GPU.

    Example:
        >>> import tinyreg
        >>> tinyreg.use_backend("numpy")
        >>> tinyreg.backend.current()
        'numpy'
    """
    global _name
    if name not in ("numpy", "cupy"):
        raise ValueError(f"use_backend: name must be 'numpy' or 'cupy', got {name!r}; numpy is the CPU, cupy an NVIDIA GPU")
    if name not in _libraries:
        register("cupy", _load_cupy())
    _name = name


def _load_cupy():
    advice = "install the wheel of your CUDA version (pip install cupy-cuda12x or cupy-cuda13x), or stay on numpy"
    try:
        import cupy
    except ImportError as error:
        raise RuntimeError(f"use_backend: cupy must be installed, got {error}; {advice}") from None
    if not cupy.cuda.is_available():  # the import succeeds without a GPU, the first array would not
        raise RuntimeError(
            f"use_backend: cupy {cupy.__version__} must see a GPU, got none; check that nvidia-smi lists one, or stay on numpy"
        )
    return cupy


def register(name: str, library: ModuleType) -> None:
    """Make a library with NumPy's interface known: its arrays are computed with by itself."""
    _libraries[name] = library
    _array_modules[library.ndarray] = library


def current() -> str:
    """The name of the backend on which new arrays are born: 'numpy' or 'cupy'.

    Example:
        >>> current()
        'numpy'
    """
    return _name


def xp() -> ModuleType:
    """The library of the current backend: the module numpy or the module cupy.

    Example:
        >>> xp().__name__
        'numpy'
    """
    return _libraries[_name]


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of floating point tensors made from Python numbers: float32 until it is set.

    Example:
        >>> import tinyreg
        >>> tinyreg.get_default_dtype()
        dtype('float32')
    """
    return _default_dtype


def set_default_dtype(dtype: DType) -> None:
    """Choose the dtype of floating point tensors made from Python numbers.

    Example:
        >>> import tinyreg
        >>> tinyreg.set_default_dtype(tinyreg.float64)
        >>> tinyreg.tensor(1.5).dtype
        dtype('float64')
        >>> tinyreg.set_default_dtype(tinyreg.float32)
    """
    global _default_dtype
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"set_default_dtype: dtype must be floating point, got {dtype}; take tinyreg.float32 or tinyreg.float64")
    _default_dtype = dtype


def get_array_module(x: Any) -> ModuleType:
    """The library that owns the raw array x.

    Example:
        >>> import numpy
        >>> get_array_module(numpy.ones(3)).__name__
        'numpy'
    """
    return _array_modules.get(type(x), np)


def is_array(x: Any) -> bool:
    """Whether x is a raw array of a backend that is on (a Tensor, a list, a NumPy scalar are not).

    Example:
        >>> import numpy
        >>> is_array(numpy.ones(2)), is_array(numpy.float64(1)), is_array([1.0])
        (True, False, False)
    """
    return type(x) in _array_modules or isinstance(x, np.ndarray)


def owner(array: Array) -> Array:
    """What owns the memory that this array shows: two arrays may overlap only if they have the same owner.

    On NumPy it is an array, on CuPy the piece of device memory (a view need not know the array that it was taken of).

    Example:
        >>> import numpy
        >>> a = numpy.ones((2, 3))
        >>> owner(a.T[1:]) is a
        True
    """
    if type(array) is not ndarray and get_array_module(array) is not np:
        return array.data.mem
    base = array.base
    while base is not None:
        if is_array(base):
            array = base
        base = getattr(base, "base", None)  # between two arrays there may be a holder (as_strided puts one)
    return array


def is_expanded(array: Array) -> bool:
    """Whether elements share their memory because a dimension was repeated without a copy.

    Example:
        >>> import numpy
        >>> is_expanded(numpy.broadcast_to(numpy.ones(3), (2, 3))), is_expanded(numpy.ones((2, 3)))
        (True, False)
    """
    return array.size > 0 and any(step == 0 and size > 1 for step, size in zip(array.strides, array.shape))


def asarray(x: Any, dtype: DType = None) -> Array:
    """x as a raw array of the current backend; memory is shared where nothing has to change.

    Example:
        >>> asarray([1, 2], dtype="float32")
        array([1., 2.], dtype=float32)
    """
    return xp().asarray(x, dtype=dtype)


def to_numpy(x: Array) -> HostArray:
    """x as an array in host memory: itself where it is one, else a copy from the device.

    Example:
        >>> import numpy
        >>> to_numpy(numpy.ones(2)).tolist()
        [1.0, 1.0]
    """
    library = get_array_module(x)
    if library is np:
        return np.asarray(x)
    run_checks()  # the host waits for the device here anyway
    return library.asnumpy(x)


def reads_at_once(x: Any) -> bool:
    """Whether a value of x can be read without waiting: NumPy has computed it, a GPU may still have much to do before.

    Where it cannot, a check goes through require(); and index arrays must be checked, because CuPy's wrap around.

    Example:
        >>> import numpy
        >>> reads_at_once(numpy.ones(3))
        True
    """
    return get_array_module(x) is np


CHECK_EVERY = 50  # on a GPU so many requirements are looked at together

_put_off = []  # requirements on device values that nobody has looked at yet: pairs (0-d bool array, error)


def require(holds: Any, error: Callable[[], Exception]) -> None:
    """Raise error() unless a condition holds: on NumPy at once, on a GPU as soon as the host waits for the device anyway.

    That is when a value is read (item, numpy, printing), and after CHECK_EVERY requirements at the latest. Until then the
    GPU computes on with what it has.

    Args:
        holds: a 0-d array of bool, or a bool.
        error: a function without arguments that returns the exception. It may hold arrays for its message, small ones.

    Example:
        >>> import numpy
        >>> labels = numpy.array([0, 7])
        >>> require((labels < 3).all(), lambda: IndexError(f"got {labels.max()}"))
        Traceback (most recent call last):
        IndexError: got 7
    """
    if not reads_at_once(holds):
        _put_off.append((holds, error))
        if len(_put_off) >= CHECK_EVERY:
            run_checks()
    elif not holds:
        raise error()


def run_checks() -> None:
    """Wait for the device, and look at everything that require() has put off; what does not hold raises.

    Example:
        >>> run_checks()
    """
    if not _put_off:
        return
    checks = _put_off[:]
    _put_off.clear()
    conditions = [holds for holds, _ in checks]
    if get_array_module(conditions[0]).stack(conditions).all():
        return
    exception = next(error for holds, error in checks if not holds)()
    exception.add_note(f"A GPU is read when it must be: the call was one of the last {len(checks)} that were checked.")
    raise exception


def keeps_layout(x: Array) -> bool:
    """Whether elementwise operations on x leave their result in x's memory layout: NumPy's do, CuPy's are in C order.

    Where they do, an operation may put its result into the layout that the next one reads fastest.

    Example:
        >>> import numpy
        >>> keeps_layout(numpy.ones(3))
        True
    """
    return get_array_module(x) is np


def blocks(x: Array, size: int = 2**17) -> list[slice]:
    """Slices along the first axis, of about `size` elements each: what a row of operations on x should take at a time.

    A block stays in the processor's cache from one operation to the next; the whole of a large x would travel to main
    memory and back for each. There is always one, perhaps empty; on a GPU there is just one: every operation costs a launch.

    Example:
        >>> import numpy
        >>> blocks(numpy.ones((5, 4)), size=8)
        [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    rows = len(x)
    step = max(1, size * rows // x.size) if get_array_module(x) is np and x.size > size else max(1, rows)
    return [slice(start, start + step) for start in range(0, max(rows, 1), step)]


PIECE = 65536  # elements: a few arrays of this size stay in a core's cache


def pieces(*arrays: Array) -> list[Sequence[Array]]:
    """Arrays of one shape, cut alike into flat pieces that stay in a CPU's cache: a list of groups of views.

    A row of elementwise updates runs through memory once an operation; taken piece by piece, once in all. And a sum
    over a piece loses no digits of float32. On a GPU, where every piece would cost its kernel launches, and for
    arrays that are not flat in memory, the only piece is the whole. NumPy's 0-d arrays come as views of one dimension:
    what is computed from those is an array, which may be written into, and not a number.

    Example:
        >>> import numpy
        >>> w = numpy.ones((500, 400))
        >>> for (part,) in pieces(w):
        ...     part *= 2
        >>> len(pieces(w)), float(w.min())
        (4, 2.0)
    """
    size = arrays[0].size
    if size <= PIECE or get_array_module(arrays[0]) is not np or not all(x.flags.c_contiguous for x in arrays):
        return [arrays] if arrays[0].ndim or get_array_module(arrays[0]) is not np else [[x.reshape(1) for x in arrays]]
    flat = [x.reshape(-1) for x in arrays]
    return [[x[start : start + PIECE] for x in flat] for start in range(0, size, PIECE)]


def add_at(array: Array, places: Array, values: Array) -> None:
    """array[places] += values for flat arrays, where places may repeat: the result is the same in every run.

    CuPy's own add.at lets the additions to one place run in whatever order the threads arrive, so that the last digits
    change from run to run. There, equal places are brought together first.

    Example:
        >>> import numpy
        >>> array = numpy.zeros(3)
        >>> add_at(array, numpy.array([2, 0, 2]), numpy.array([1.0, 2.0, 3.0]))
        >>> array
        array([2., 0., 4.])
    """
    library = get_array_module(array)
    if library is np:
        np.add.at(array, places, values)
    else:
        _add_sorted(library, array, places, values)


def _add_sorted(xp, array, places, values):
    """add_at by sorting and doubling: log2(n) steps for n values, each the same few operations on all of them."""
    order = xp.argsort(places, kind="stable")
    places, sums, reach = places[order], values[order], 1
    while reach < len(places):
        # sums holds, for each value, the sum of itself and the reach - 1 before it, as far as they have its place
        same = places[reach:] == places[:-reach]
        sums[reach:] = sums[reach:] + xp.where(same, sums[:-reach], 0)
        reach *= 2
    if len(places):
        every = xp.arange(len(array))
        last = xp.searchsorted(places, every, side="right") - 1
        array += xp.where((last >= 0) & (places[last] == every), sums[last], 0)


ONE_BLOCK = 2**15  # elements: what one block of a GPU's threads sums sooner than a second kernel could begin


def fuse(function: Callable[..., Any]) -> Callable[..., Any]:
    """One source, one kernel: the identity on NumPy, cupy.fuse on CuPy.

    A row of elementwise expressions costs CuPy one kernel launch (5 to 10 microseconds) each; fused, it costs one. The
    function computes on arrays, and on arrays with numbers; two numbers with each other would make a float64 there, so
    whoever calls does that. It may write into its arguments (`w -= lr * g`), return one array, a tuple or nothing, ask
    `xp = get_array_module(x)` for functions, and an array for its dtype and ndim; shapes and sizes it cannot see. It
    cannot ask for values either, but whether an argument is None: so one function serves an optimizer's settings, and
    each combination of them becomes a kernel of its own. At the end of an expression it may sum it:
    `xp.sum(d * d, axis=(0, 2))` reads its arrays once and writes no square. One block of threads adds up each number of the
    result; so a sum of everything should be one of few elements, or take a single argument, which CuPy divides among many.

    Args:
        function: named by `def`, since its name is the kernel's; its first argument is an array.

    Example:
        >>> @fuse
        ... def affine(x, a, b):
        ...     return x * a + b
        >>> affine(asarray([1.0, 2.0]), 3, 1).tolist()
        [4.0, 7.0]
    """
    kernels: dict[Any, Callable[..., Any]] = {}

    def call(*arrays):
        first = type(arrays[0])
        library = np if first is ndarray else _array_modules.get(first, np)
        if library is np:
            return function(*arrays)
        if library not in kernels:
            kernels[library] = library.fuse(kernel_name=function.__name__)(_following(function, library))
        return kernels[library](*arrays)

    fused: Any = wraps(function)(call)
    fused.kernels = kernels  # by library; also what tells a fused function from another
    return fused


def _following(function, library):
    """The function, which finds its library also in what the library puts in the place of arrays to follow its steps."""

    def follow(*proxies):
        for proxy in proxies:
            if proxy is not None:
                _array_modules.setdefault(type(proxy), library)
        return function(*proxies)

    return follow


if "TINYREG_BACKEND" in os.environ:
    use_backend(os.environ["TINYREG_BACKEND"])
