"""The same computation on NumPy and on the device, with the same draws."""

import numpy as np

import tinyreg
from tinyreg import backend, random


def twice(device, run):
    """What run() returns on NumPy, and what it returns on the device, where it meets the numbers that NumPy drew."""
    with random.freeze() as draws:
        tinyreg.use_backend("numpy")
        wanted = run()
        draws.rewind()
        on_host = ("permutation", "uniform on the host", "integers on the host")  # they are the host's on every backend
        draws.draws = [(what, drawn if what[0] in on_host else device.library.asarray(drawn)) for what, drawn in draws.draws]
        tinyreg.use_backend("cupy")
        return wanted, run()


def host(tensors):
    """Their values in host memory; they must have been on the device where the backend is."""
    assert all(type(x.array) is backend.xp().ndarray for x in tensors)
    return [backend.to_numpy(x.detach().array) for x in tensors]


def assert_equal(got, wanted):
    """Values on the host, to what the dtype holds."""
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        wide = a.dtype != "float32"
        np.testing.assert_allclose(a, b, rtol=1e-9 if wide else 2e-5, atol=1e-12 if wide else 1e-6)
