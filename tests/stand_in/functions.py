"""Functions of which CuPy's version is not simply NumPy's on device arrays."""

import numpy as np

from tests.stand_in.array import Traced, adopted, fresh, meet, ndarray, operand, traffic
from tests.stand_in.indexing import setitem


def device_arrays(arguments):
    """The device arrays among the arguments and in lists of them."""
    for x in arguments:
        if isinstance(x, ndarray):
            yield x
        elif isinstance(x, (list, tuple)):
            yield from device_arrays(x)


# arrays are born


def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
    if isinstance(obj, ndarray):
        host = np.array(obj.host, dtype=dtype, copy=True if copy else None, order=order, ndmin=ndmin)
        if np.shares_memory(host, obj.host):
            return obj if host is obj.host else adopted(host, shown=obj)
        traffic.launch()
        return adopted(host)
    parts = list(device_arrays([obj]))
    if parts and not all(isinstance(x, (ndarray, list, tuple)) for x in obj):
        parts[0].__array__()
    if parts:
        traffic.launch("stack")
    else:
        traffic.upload()
    host = np.array(_nested(obj), dtype=dtype, order=order, ndmin=ndmin)
    fresh(host[:0] if host.ndim else host)  # a dtype that a device has
    return adopted(host)


def _nested(x):
    if isinstance(x, ndarray):
        return x.host
    return [_nested(y) for y in x] if isinstance(x, (list, tuple)) else x


def asarray(a, dtype=None, order=None, *, copy=None, blocking=False):
    return array(a, dtype, bool(copy), order or "K")


def ascontiguousarray(a, dtype=None):
    return array(a, dtype, copy=False, order="C", ndmin=1)


def asnumpy(a, stream=None, order="C", out=None, *, blocking=True):
    return a.get() if isinstance(a, ndarray) else np.asarray(a)


def full(shape, fill_value, dtype=None, order="C"):
    traffic.launch("full")
    return fresh(np.full(shape, operand(fill_value), dtype))


# elementwise


def where(condition, x=None, y=None):
    if x is None:
        return condition.nonzero()
    values = [operand(v) for v in (condition, x, y)]
    if any(isinstance(v, Traced) for v in (condition, x, y)):
        return Traced(np.asarray(np.where(*values)), meet((condition, x, y)))
    traffic.launch("where")
    return fresh(np.where(*values))


def clip(a, a_min=None, a_max=None, out=None):
    bounds = [None if v is None else operand(v) for v in (a_min, a_max)]
    if isinstance(a, Traced):
        return Traced(np.asarray(np.clip(a.host, *bounds)), meet((a, a_min, a_max)))
    traffic.launch("clip")
    result = np.clip(operand(a), *bounds, out=None if out is None else out.host)
    return fresh(result) if out is None else out


def copyto(dst, src, casting="same_kind", where=None):
    traffic.launch()
    np.copyto(dst.host, operand(src), casting=casting, where=True if where is None else operand(where))


def fuse(*arguments, **options):
    """One kernel for an elementwise function; whatever needs a value or a shape while it is written is refused."""
    if not arguments:
        return lambda function: fuse(function, **options)

    name = options.get("kernel_name") or arguments[0].__name__

    def call(*inputs):
        if not name.isidentifier():
            raise SyntaxError(f"the compiler cannot name a kernel {name}")
        if any(isinstance(x, Traced) for x in inputs):  # a fused function in a fused function is a part of its kernel
            return arguments[0](*inputs)
        traffic.launch(name)
        with np.errstate(all="ignore"):
            result = arguments[0](*(None if x is None else Traced(operand(x)) for x in inputs))
        return tuple(map(finished, result)) if isinstance(result, tuple) else finished(result)

    def finished(x):
        return None if x is None else fresh(x.host)

    return call


def reduce_traced(compute, a, axis=None, dtype=None, out=None, keepdims=False):
    """The sum (maximum, ...) at the end of a fused function, of whose arguments CuPy heeds the axis alone."""
    if a.reduced:
        raise NotImplementedError("Multiple reduction is not implemented yet")
    if not (dtype is None and out is None and keepdims is False):
        raise TypeError("a sum in a fused function has an axis and nothing else: CuPy ignores dtype and keepdims there")
    return Traced(np.asarray(compute(a.host, axis=axis)), reduced=True)


# by index: out of range, places wrap around


def unravel_index(indices, dims, order="C"):
    if not isinstance(indices, ndarray):
        raise TypeError("can_cast() does not support Python ints, floats, and complex because the result used to depend on the value.")
    traffic.launch()
    traffic.wait()  # CuPy asks whether they lie inside
    return tuple(map(fresh, np.unravel_index(indices.host, dims, order)))


def take(a, indices, axis=None, out=None):
    traffic.launch()
    return fresh(np.take(a.host, indices.host if isinstance(indices, ndarray) else indices, axis, mode="wrap"))


def take_along_axis(a, indices, axis):
    traffic.launch()
    return fresh(np.take_along_axis(a.host, operand(indices) % max(1, a.size if axis is None else a.shape[axis]), axis))


def put_along_axis(arr, indices, values, axis):
    index = [adopted(i) for i in np.indices(indices.shape, sparse=True)]
    index[axis] = indices
    setitem(arr, tuple(index), values)


def repeat(a, repeats, axis=None):
    if not isinstance(repeats, int):
        traffic.wait()
        repeats = repeats.host if isinstance(repeats, ndarray) else repeats
    traffic.launch()
    return fresh(np.repeat(a.host, repeats, axis))


# the layout of memory


def as_strided(x, shape=None, strides=None):
    """The memory of x, but not its view: CuPy sets no base."""
    result = adopted(np.lib.stride_tricks.as_strided(x.host, shape, strides), shown=x)
    result.base = None
    return result


def sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False):
    """CuPy moves the sizes of the window to the device, and waits for each of them to be compared with 0."""
    if writeable:
        raise NotImplementedError("Writeable views are not supported.")
    window_shape = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    traffic.launch()
    for _ in window_shape:
        traffic.launch()
        traffic.wait()
    view = np.lib.stride_tricks.sliding_window_view(x.host, window_shape, axis)
    return as_strided(x, view.shape, view.strides)


# methods of arrays


def fill(self, value):
    setitem(self, ..., value)


def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
    dtype = np.dtype(dtype)
    if dtype == self.dtype and not copy:
        return self
    fresh(np.empty(0, dtype))  # a dtype that a device has
    traffic.launch()
    with np.errstate(all="ignore"):
        return adopted(self.host.astype(dtype, order=order))


def array_take(self, indices, axis=None, out=None):
    return take(self, indices, axis, out)


def array_clip(self, min=None, max=None, out=None):
    return clip(self, min, max, out)


def array_repeat(self, repeats, axis=None):
    return repeat(self, repeats, axis)
