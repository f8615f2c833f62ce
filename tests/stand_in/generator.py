"""cupy.random.Generator: fewer distributions than NumPy's, other numbers for the same seed, and arrays on the device."""

import numpy as np

from tests.stand_in.array import fresh, traffic

ELSEWHERE = 0x5EED  # mixed into the seed, so that no stream is NumPy's


class Generator:
    """What cupy.random.default_rng(seed) gives. library.py checks the parameters."""

    __module__ = "cupy.random"

    def __init__(self, seed=None):
        self._host = np.random.Generator(np.random.Philox(None if seed is None else [*np.atleast_1d(seed).tolist(), ELSEWHERE]))

    def _draw(self, name, arguments, options):
        traffic.launch()
        options = {key: value for key, value in options.items() if not (key == "out" and value is None)}
        return fresh(np.asarray(getattr(self._host, name)(*arguments, **options)))
