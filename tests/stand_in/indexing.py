"""x[...] on a device: what CuPy does differently from NumPy.

    an integer gives a 0-d array, a view; it is checked on the host, as are slices
    index arrays wrap around silently where they point outside, positive or negative
    a mask makes the host wait: the size of the result is counted on the device, also where a mask is written through
    writing to one place twice: whichever comes last, which nobody knows; here it is refused where the values differ
    a host array cannot be written into a device array
"""

import numpy as np

from tests.stand_in.array import adopted, fresh, ndarray, traffic


def getitem(self, key):
    key, advanced = _host_key(self, key)
    if advanced:
        traffic.launch()
        return fresh(self.host[key])
    return adopted(self.host[key], shown=self)


def setitem(self, key, value):
    key, advanced = _host_key(self, key)
    if isinstance(value, ndarray):
        value = value.host
        while value.ndim > self.ndim and value.shape[0] == 1:
            value = value[0]
    elif not isinstance(value, (bool, int, float, complex, np.generic)) and not (isinstance(value, np.ndarray) and value.ndim == 0):
        raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
    traffic.launch()
    before = self.host.copy() if advanced else None
    with np.errstate(all="ignore"):
        self.host[key] = value
        if advanced and np.ndim(value) and _repeats(self, key):
            backwards = before[key]
            backwards[...] = value
            _write_backwards(before, key, backwards)
            if not np.array_equal(before, self.host, equal_nan=before.dtype.kind in "fc"):
                raise RuntimeError("undefined on a device: several values were written to one place; use xp.add.at, or sort")


def _repeats(self, key):
    """Whether an index names a place twice."""
    places = np.arange(self.size).reshape(self.shape)[key].reshape(-1)
    return len(np.unique(places)) < len(places)


def _write_backwards(array, key, values):
    """The same assignment with the places in the opposite order."""
    places = np.arange(array.size).reshape(array.shape)[key].reshape(-1)
    flat = array.reshape(-1)
    flat[places[::-1]] = values.reshape(-1)[::-1]


def _host_key(self, key):
    """The index for NumPy, and whether index arrays or masks are in it."""
    items, advanced = [], False
    for item in key if isinstance(key, tuple) else (key,):
        if isinstance(item, slice):
            items.append(slice(*(_edge(x) for x in (item.start, item.stop, item.step))))
        elif item is None or item is Ellipsis:
            items.append(item)
        elif isinstance(item, (int, np.integer)) and not isinstance(item, bool):
            items.append(int(item))
        else:
            advanced = True
            items.append(_array(item))
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    consumed = sum(_dimensions(item) for item in items)
    axis, wrapped = 0, []
    for item in items:
        if isinstance(item, np.ndarray) and item.dtype.kind in "iu" and self.ndim > axis and self.shape[axis]:
            item = item % self.shape[axis]
        elif isinstance(item, int) and axis < self.ndim and not -self.shape[axis] <= item < self.shape[axis]:
            raise IndexError(f"Index {item} is out of bounds for axis {axis} with size {self.shape[axis]}")
        wrapped.append(item)
        axis += self.ndim - consumed if item is Ellipsis else _dimensions(item)
    return tuple(wrapped), advanced


def _edge(x):
    if isinstance(x, ndarray):
        raise TypeError("slice indices must be integers or None, not device arrays: reading one waits for the device")
    return x


def _array(item):
    array = item.host if isinstance(item, ndarray) else np.asarray(item)
    if isinstance(item, (list, tuple)) and array.size == 0:
        array = array.astype(np.int32)
    if array.dtype.kind not in "biu":
        raise IndexError(f"arrays used as indices must be of integer or boolean type. (actual: {array.dtype.type})")
    if array.dtype.kind == "b":
        traffic.wait()
    return array


def _dimensions(item):
    """How many dimensions of the array an item stands for."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype.kind == "b" else 1
