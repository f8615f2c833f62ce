"""The backend "cupy" for the tests of this folder: the stand-in, and, where there is a GPU, CuPy itself."""

import contextlib
import warnings

import pytest

import tinyreg
from tests.stand_in.array import traffic
from tests.stand_in.library import library
from tinyreg import backend


class Device:
    """What the tests ask of the backend that they run on."""

    def __init__(self, name, library):
        self.name, self.library = name, library

    @contextlib.contextmanager
    def never_waits(self):
        """Fail at what makes the host wait for the device."""
        if self.name == "stand-in":
            traffic.forget()
            yield
            assert not traffic.waits, "waits for the device:\n" + "\n".join(dict.fromkeys(traffic.waits))
        else:
            import cupyx

            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "cupyx.allow_synchronize")  # it will go one day, and is still right here
                with cupyx.allow_synchronize(False):
                    yield


@pytest.fixture(params=["stand-in", pytest.param("cupy", marks=pytest.mark.gpu)])
def device(request, monkeypatch):
    """New arrays are born on the device; afterwards everything is as before."""
    monkeypatch.setattr(backend, "_libraries", dict(backend._libraries))
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    monkeypatch.setattr(backend, "_put_off", [])
    if request.param == "stand-in":
        backend.register("cupy", library)
    tinyreg.use_backend("cupy")
    yield Device(request.param, backend.xp())
    tinyreg.use_backend("numpy")
