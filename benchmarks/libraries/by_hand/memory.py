"""Arrays that are used again in every step, and the blocks of images that stay in cache."""

import math

import numpy as np


class Memory:
    """Uninitialized arrays by name. A name gives the same array again as long as its shape is the same.

    Fresh memory comes from the operating system page by page, at the first write; an array that was written in the last
    step has its pages.
    """

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.held = {}

    def empty(self, name, shape, dtype=None):
        """The array of this name."""
        array = self.held.get(name)
        if array is None or array.shape != shape:
            array = self.held[name] = np.empty(shape, dtype or self.dtype)
        return array

    def zeros(self, name, shape):
        """The array of this name; zeros when it is new, and as it was left when it is not."""
        array = self.held.get(name)
        if array is None or array.shape != shape:
            array = self.held[name] = np.zeros(shape, self.dtype)
        return array

    def ones(self, size):
        """So many ones: a product with them is a sum, done by BLAS."""
        array = self.held.get("ones")
        if array is None or array.size < size:
            array = self.held["ones"] = np.ones(size, self.dtype)
        return array[:size]

    def block(self, name, shape):
        """Memory for one block after the other, of which the last may be smaller."""
        size = math.prod(shape)
        array = self.held.get(name)
        if array is None or array.size < size:
            array = self.held[name] = np.empty(size, self.dtype)
        return array[:size].reshape(shape)


def blocks(rows, row_size, size):
    """Slices of as many rows as hold about `size` elements: a row of operations on one finds it in cache."""
    step = max(1, size // row_size)
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
