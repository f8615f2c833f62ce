"""A device whose kernels round otherwise than NumPy, as a GPU's do: sums in another order, functions of its own."""

import numpy as np

from tests.stand_in.array import ndarray

OTHERWISE = ("matmul", "exp", "log", "sqrt", "tanh", "power", "divide")  # of the elementwise kernels, and matmul
SUMS = ("sum", "mean", "var")


def rounds_otherwise(library, monkeypatch, size=2.0):
    """Let it: each result is moved by up to `size` units in its last place, for sums and products in that of the largest."""

    def moved(compute, normwise):
        def call(*arguments, **options):
            result = compute(*arguments, **options)
            host = result.host if isinstance(result, ndarray) else result
            if isinstance(host, np.ndarray | np.generic) and host.dtype.kind == "f" and host.size:
                signs = np.sin(1e4 * np.asarray(host, dtype=np.float64) + np.arange(host.size).reshape(host.shape))
                scale = np.max(abs(host)) if normwise else abs(host)
                host = (host + size * np.finfo(host.dtype).eps * signs * scale).astype(host.dtype)
                if isinstance(result, ndarray):
                    result.host[...] = host
                else:
                    result = host
            return result

        return call

    for name in OTHERWISE:
        ufunc = getattr(library, name)
        monkeypatch.setattr(ufunc, "numpy", _out(moved(ufunc.numpy, name == "matmul"), ufunc.numpy))
    for name in SUMS:
        monkeypatch.setattr(ndarray, name, moved(getattr(ndarray, name), True))
        monkeypatch.setattr(library, name, moved(getattr(library, name), True))


def _out(compute, plain):
    """The same, also where the result goes into an array that was given."""

    def call(*inputs, **options):
        out = options.get("out")
        result = compute(*inputs, **options)
        if out is not None:
            np.copyto(out, result)
        return result

    call.nin = plain.nin
    return call
