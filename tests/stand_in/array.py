"""Arrays as CuPy's are: their elements lie in the memory of another device, and only a named conversion brings them back.

The elements are a NumPy array, `host`, which only this folder looks at. What CuPy refuses is refused with its words;
where CuPy would answer and a GPU would have to be waited for, the wait is noted (`traffic`), with the line that asked.
Stricter than CuPy in three places, where the house is: NumPy's functions do not take device arrays (CuPy lets them), host
arrays are never written into device arrays, and writing different values to one place is an error, not a matter of luck.
"""

import sys
from pathlib import Path

import numpy as np

HERE = str(Path(__file__).parent)


class Traffic:
    """What a GPU would have had to do: kernels launched, arrays fetched from the host, and the lines that waited for a result.

    Copies and fills on the device count as launches: they cost as much. While `names` is a list, each launch adds its name
    and the line that asked.
    """

    def __init__(self):
        self.names = None
        self.forget()

    def forget(self):
        self.launches, self.uploads, self.waits = 0, [], []

    def launch(self, name="copy"):
        self.launches += 1
        if self.names is not None:
            self.names.append((name, asking_line()))

    def upload(self):
        """Elements came from host memory."""
        self.uploads.append(asking_line())

    def wait(self):
        self.waits.append(asking_line())


def asking_line():
    """The nearest line that is not of the stand-in itself."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.startswith(HERE) and "test_" not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


traffic = Traffic()


class Memory:
    """A piece of device memory: one object, whoever shows it, to which there are no weak references."""

    __slots__ = ("host",)

    def __init__(self, host):
        self.host = host


class MemoryPointer:
    """Where an array begins."""

    def __init__(self, mem, ptr):
        self.mem, self.ptr = mem, ptr


class Flags:
    """What CuPy tells of the layout; nothing is read-only on a device."""

    def __init__(self, array):
        flags = array.host.flags
        self.c_contiguous, self.f_contiguous, self.owndata = flags.c_contiguous, flags.f_contiguous, array.base is None


def root(host):
    """The NumPy array that owns the memory of this one (as_strided puts a holder between)."""
    base = host.base
    while base is not None:
        if isinstance(base, np.ndarray):
            host = base
        base = getattr(base, "base", None)
    return host


def unsupported(x):
    return TypeError(f"Unsupported type {type(x)}")


def operand(x):
    """What a kernel computes with: the elements of a device array, or a number; host arrays and lists are refused."""
    if isinstance(x, (ndarray, Traced)):
        return x.host
    if isinstance(x, (bool, int, float, complex, np.number, np.bool_)):
        return x
    raise unsupported(x)


def fresh(host):
    """A device array in memory of its own, in C order as kernels leave their results."""
    host = np.asarray(host)
    if host.dtype.kind not in "biufc" or host.dtype.itemsize > (16 if host.dtype.kind == "c" else 8):
        raise ValueError(f"Unsupported dtype {host.dtype}")
    return adopted(np.array(host, order="C") if not host.flags.c_contiguous or host.base is not None else host)


def adopted(host, shown=None):
    """A device array around a NumPy array, in its layout: in its own memory, or in that of the device array `shown`."""
    array = ndarray.__new__(ndarray)
    array.host = host
    array.memory = Memory(host) if shown is None else shown.memory
    array.base = None if shown is None else shown if shown.base is None else shown.base
    return array


def views_or_fresh(result, inputs):
    """The result of a NumPy function as device arrays: those that show the memory of an input share it."""
    if isinstance(result, (tuple, list)):
        parts = [views_or_fresh(x, inputs) for x in result]
        return parts if isinstance(result, list) else tuple(parts)
    if isinstance(result, np.generic):
        return fresh(result)
    if not isinstance(result, np.ndarray):
        return result
    owner = root(result)
    for x in inputs:
        if isinstance(x, ndarray) and root(x.host) is owner:
            return x if result is x.host else adopted(result, shown=x)
    return fresh(result)


class Operators:
    """Python's operators, each a kernel of the same name."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 100


def put_operators(ufuncs):
    """Put the operators on Operators, once the elementwise functions exist."""

    def binary(ufunc, swapped=False):
        def operate(self, other):
            if getattr(other, "__array_ufunc__", self) is None:
                return NotImplemented
            return ufunc(other, self) if swapped else ufunc(self, other)

        return operate

    def comparison(ufunc, same):
        def compare(self, other):
            if getattr(other, "__array_ufunc__", self) is None:
                return NotImplemented
            if same is not None and (other is None or type(other).__eq__ is object.__eq__) and not isinstance(other, Operators):
                return fresh(np.full(self.host.shape, same))
            return ufunc(self, other)

        return compare

    names = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide", "mod": "remainder"}
    names |= {"pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "left_shift"}
    names |= {"rshift": "right_shift", "matmul": "matmul", "divmod": "divmod"}
    for name, function in names.items():
        ufunc = ufuncs[function]
        setattr(Operators, f"__{name}__", binary(ufunc))
        setattr(Operators, f"__r{name}__", binary(ufunc, swapped=True))
        if name not in ("matmul", "divmod"):
            setattr(Operators, f"__i{name}__", lambda self, other, ufunc=ufunc: ufunc(self, other, out=self))
    for name, function in {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}.items():
        setattr(Operators, f"__{name}__", comparison(ufuncs[function], None))
    Operators.__eq__ = comparison(ufuncs["equal"], same=False)
    Operators.__ne__ = comparison(ufuncs["not_equal"], same=True)
    for name, function in {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}.items():
        setattr(Operators, f"__{name}__", lambda self, ufunc=ufuncs[function]: ufunc(self))


class Traced(Operators):
    """What cupy.fuse hands to a function instead of its arrays and numbers: it can be computed with, element by element.

    It has no shape, no elements, and cannot become a Python number: a kernel is being written, there are no values yet. One
    sum (maximum, ...) may end an expression; `reduced` is what has been summed, and meets nothing that has not.
    """

    def __init__(self, host, reduced=False):
        self.host, self.reduced = host, reduced

    dtype = property(lambda self: np.asarray(self.host).dtype)
    ndim = property(lambda self: np.asarray(self.host).ndim)

    def astype(self, dtype, copy=True):
        return Traced(self.host.astype(dtype), self.reduced)

    def __setitem__(self, key, value):
        if key is not Ellipsis and key != slice(None):
            raise ValueError("The fusion supports `[...]` or `[:]`.")
        self.host[...] = operand(value)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method == "__call__" and isinstance(inputs[0], np.generic):
            return NotImplemented
        raise TypeError(f"loop of ufunc does not support argument 0 of type _ArrayProxy which has no callable {ufunc.__name__} method")

    def __float__(self):
        raise TypeError("Cannot convert to Python scalar in cupy.fuse")

    __bool__ = __int__ = __complex__ = __index__ = __float__

    def __getattr__(self, name):
        raise NotImplementedError(f"`{name}` is not supported, currently.")


def meet(values):
    """Whether what is computed from these is a reduced value; a fused kernel cannot put one beside an unreduced one."""
    reduced = {x.reduced for x in values if isinstance(x, Traced)}
    if len(reduced) > 1:
        raise TypeError("Shape mismatch: in a fused function nothing but numbers can meet a sum; the sum comes last")
    return reduced.pop() if reduced else False


class ndarray(Operators):
    """cupy.ndarray. Its methods are put on by library.py: those that CuPy has."""

    __slots__ = ("host", "memory", "base", "__weakref__")
    __module__ = "cupy"

    def __init__(self, shape, dtype=float):
        self.host = np.empty(shape, dtype)
        self.memory, self.base = Memory(self.host), None

    shape = property(lambda self: self.host.shape)
    dtype = property(lambda self: self.host.dtype)
    ndim = property(lambda self: self.host.ndim)
    size = property(lambda self: self.host.size)
    itemsize = property(lambda self: self.host.itemsize)
    nbytes = property(lambda self: self.host.nbytes)
    strides = property(lambda self: self.host.strides)
    flags = property(Flags)
    data = property(lambda self: MemoryPointer(self.memory, self.host.__array_interface__["data"][0]))
    T = property(lambda self: adopted(self.host.T, shown=self) if self.ndim > 1 else self)

    # the named conversions, each of them a wait

    def get(self, stream=None, order="C", out=None, blocking=True):
        traffic.wait()
        return np.array(self.host, order=order)

    def item(self):
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def __bool__(self):
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        return bool(self.item())

    def __float__(self):
        return float(self._scalar())

    def __int__(self):
        return int(self._scalar())

    def __complex__(self):
        return complex(self._scalar())

    def _scalar(self):
        if self.ndim:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return self.item()

    def __repr__(self):
        return repr(self.get())

    def __str__(self):
        return str(self.get())

    def __format__(self, spec):
        return format(self.item() if self.ndim == 0 else str(self), spec)

    # what Python asks of a sequence

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return len(self.host)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __copy__(self):
        return fresh(self.host.copy())

    def __deepcopy__(self, memo):
        return fresh(self.host.copy())

    # NumPy's functions do not take it

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        for x in inputs:
            if isinstance(x, np.ndarray):
                raise unsupported(x)
        if method == "__call__" and isinstance(inputs[0], np.generic) and not options:  # the operator of a NumPy scalar
            return NUMPY_SCALARS[ufunc.__name__](*inputs)
        raise TypeError(f"numpy.{ufunc.__name__} on a device array: write xp = get_array_module(x) and xp.{ufunc.__name__}")

    def __array_function__(self, function, types, inputs, options):
        raise TypeError(f"numpy.{function.__name__} on a device array: write xp = get_array_module(x) and xp.{function.__name__}")


NUMPY_SCALARS: dict = {}  # the elementwise functions by NumPy's name; library.py fills it
