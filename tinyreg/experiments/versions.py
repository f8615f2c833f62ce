"""What a result was computed with: versions, BLAS, devices."""

import platform
import sys
from importlib import metadata

from .. import __version__, backend, freed_memory, thread_pool
from ..selection.header import versions as versions

OPTIONAL = ("matplotlib", "rich", "safetensors", "threadpoolctl", "scipy", "torch", "cupy-cuda12x", "cupy-cuda13x")


def machine():
    """The machine and its processor architecture."""
    return {"system": platform.platform(), "machine": platform.machine()}


def blas():
    """The BLAS libraries that are loaded: name, version, threads; empty where threadpoolctl is missing."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [
        f"{library['internal_api']} {library.get('version') or ''} ({library['num_threads']} threads)"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]


def info():
    """Pairs (what, how it is) that `tinyreg info` prints."""
    found = [
        ("tinyreg", __version__),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("NumPy", versions()["numpy"]),
        ("BLAS", "; ".join(blas()) or "unknown (pip install threadpoolctl)"),
        ("thread pool", f"{thread_pool.size()} threads" if thread_pool.size() > 1 else "off (TINYREG_THREADS=2 switches it on)"),
        ("freed memory", "kept" if freed_memory.is_freed_memory_kept() else "by glibc's rule (tinyreg.keep_freed_memory() keeps more)"),
        ("backend", backend.current()),
        ("devices", "; ".join(devices())),
        ("system", machine()["system"]),
    ]
    return found + [(name, _installed(name)) for name in OPTIONAL]


def devices():
    """The devices that arrays can live on, the CPU first."""
    from .pool import cores

    found = [f"CPU ({cores()} cores)"]
    before = backend.current()
    try:
        backend.use_backend("cupy")
    except RuntimeError as error:
        reason = str(error).partition("got ")[2].partition(";")[0]
        return [*found, f"no GPU ({reason})"]
    try:
        runtime = backend.xp().cuda.runtime
        names = [runtime.getDeviceProperties(i)["name"].decode() for i in range(runtime.getDeviceCount())]
        return found + [f"GPU {i} ({name})" for i, name in enumerate(names)]
    finally:
        backend.use_backend(before)


def _installed(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
