"""What a result was computed with."""

import platform

import numpy

import tinyreg
from tinyreg.experiments.versions import OPTIONAL, blas, devices, info, versions


def test_versions():
    assert versions() == {"tinyreg": tinyreg.__version__, "python": platform.python_version(), "numpy": numpy.__version__}


def test_info_names_backend_blas_devices_and_optional_packages():
    found = dict(info())
    assert found["backend"] == "numpy" and found["NumPy"] == numpy.__version__
    assert "threads" in found["BLAS"] or "unknown" in found["BLAS"]
    assert found["thread pool"].startswith("off") and found["freed memory"]
    with tinyreg.use_thread_pool(2):
        assert dict(info())["thread pool"] == "2 threads"
    assert "CPU" in found["devices"] and set(OPTIONAL) <= set(found)
    assert all(isinstance(value, str) and value for value in found.values())


def test_without_threadpoolctl_blas_is_unknown(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "threadpoolctl", None)
    assert blas() == [] and "unknown" in dict(info())["BLAS"]


def test_devices_start_with_the_cpu_and_leave_the_backend_alone():
    assert devices()[0].startswith("CPU (") and len(devices()) >= 2
    assert tinyreg.backend.current() == "numpy"
