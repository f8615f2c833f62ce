"""benchmarks/gpu.sh and what it runs, as far as they go without a GPU: refusals, the order of the stages, one file of everything."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.workloads import WORKLOADS
from tests.stand_in.library import library as stand_in
from tinyreg import backend

ROOT = Path(__file__).parents[2]
BASH = ["bash", str(ROOT / "benchmarks" / "gpu.sh")]


def script(folder, name, text):
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(tmp_path, *, devices, **environment):
    """gpu.sh on a machine whose nvidia-smi says this."""
    script(tmp_path, "nvidia-smi", f'#!/bin/sh\n[ "$1" = -L ] && printf "{devices}" || echo "a device, 580, 1 MiB"\n')
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", **environment}
    return subprocess.run(BASH, capture_output=True, text=True, env=environment, timeout=60)


def test_without_a_device_nothing_is_begun(tmp_path):
    done = run(tmp_path, devices="")
    assert done.returncode == 2 and not done.stdout
    assert done.stderr == "benchmarks/gpu.sh: a machine with an NVIDIA GPU and its driver is needed, got none: nvidia-smi lists no GPU\n"


def test_a_driver_that_is_too_old_is_refused(tmp_path):
    blind = script(tmp_path, "blind", "#!/bin/sh\nexit 1\n")
    done = run(tmp_path, devices="GPU 0: a device\\n", PYTHON=str(blind))
    assert done.returncode == 2
    assert "environment: the driver must run CUDA 12 or 13, got CUDA unknown; install a newer driver" in done.stderr
    assert "benchmarks/gpu.sh: CuPy must see the GPU, and does not" in done.stderr


# an interpreter that sees a GPU; its stages print their names, facts writes its file, and one of them fails
PRETENDS = """#!/bin/sh
case "$*" in
    *"gpu join"*) exec {python} "$@" ;;
    *"gpu facts"*) echo '{facts}' >"$5" ;;
    -c*torch*) exit {no_torch} ;;
    -c*) ;;
    *"{failing}"*) echo broken; exit 3 ;;
    *) echo "$@" ;;
esac
"""
FACTS = {
    "device": {"name": "a device", "driver": 13000, "cupy": "14", "numpy": "2"},
    "copy": 4e12,
    "workloads": {"W1": {"waits": None, "memory": 2**20, "launches": {"kernels": 30, "copies": 2}}, "W2": {"failed": "RuntimeError: x"}},
}


@pytest.mark.parametrize(("failing", "status"), [("twin --dtype", 1), ("nothing fails", 0)])
def test_a_stage_that_fails_stops_no_other(tmp_path, failing, status):
    pretends = PRETENDS.format(python=sys.executable, facts=json.dumps(FACTS), failing=failing, no_torch=0)
    python = script(tmp_path, "python", pretends)
    out, results = tmp_path / "out", tmp_path / "results" / "gpu.json"
    done = run(tmp_path, devices="GPU 0: a device\\n", PYTHON=str(python), OUT=str(out), RESULTS=str(results))
    assert done.returncode == status, done.stdout + done.stderr
    found = json.loads(results.read_text())
    assert list(found["stages"]) == ["facts", "benchmarks", "twin", "first_step", "tests"]
    assert [stage["status"] for stage in found["stages"].values()] == [0, 0, 0, 3 * status, 0]
    assert found["facts"] == FACTS and found["stages"]["twin"]["said"] == ["-m tinyreg twin"]
    assert "--libraries tinyreg pytorch --only W1 W2 W3 W4 W5 W7" in done.stdout
    assert ("first_step: FAILED with status 3" in done.stdout) == bool(status)
    assert "a device, driver 13000, CuPy 14, NumPy 2" in done.stdout and "copy on the device: 4000 GB/s read and written" in done.stdout
    assert "W1             waits: none; memory: 1.0 MiB; launches: 30 kernels + 2 copies" in done.stdout
    assert "failed: RuntimeError: x" in done.stdout


def test_without_pytorch_tinyreg_is_measured_alone(tmp_path):
    python = script(tmp_path, "python", PRETENDS.format(python=sys.executable, facts="{}", failing="nothing", no_torch=1))
    done = run(tmp_path, devices="GPU 0: a device\\n", PYTHON=str(python), RESULTS=str(tmp_path / "gpu.json"))
    assert done.returncode == 0 and "--libraries tinyreg --only" in done.stdout
    assert "no PyTorch that sees the GPU: tinyreg is measured alone, launches are not counted" in done.stdout


class Event:
    """A device event; each copy takes two milliseconds."""

    def record(self):
        pass

    def synchronize(self):
        pass


class Hook:
    def __enter__(self):
        for size in (100, 300):
            self.malloc_postprocess(mem_size=size)
        self.free_postprocess(mem_size=300)
        self.malloc_postprocess(mem_size=200)
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def cupy(monkeypatch):
    """The stand-in with what the facts ask of a device besides."""
    monkeypatch.setattr(backend, "_libraries", dict(backend._libraries))
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    monkeypatch.setattr(backend, "_put_off", [])  # what waits for a look waits no longer
    backend.register("cupy", stand_in)
    device = types.SimpleNamespace(id=0, synchronize=lambda: None)
    properties = {"name": b"stand-in", "totalGlobalMem": 2**34, "major": 9, "minor": 0}
    runtime = types.SimpleNamespace(
        getDeviceProperties=lambda _: properties, driverGetVersion=lambda: 1, runtimeGetVersion=lambda: 2, getDeviceCount=lambda: 1
    )
    cuda = types.SimpleNamespace(
        runtime=runtime,
        Device=lambda: device,
        Event=Event,
        get_elapsed_time=lambda begin, end: 2.0,
        MemoryHook=Hook,
        is_available=lambda: True,
    )
    monkeypatch.setattr(stand_in, "cuda", cuda)
    monkeypatch.setitem(sys.modules, "cupy", stand_in)
    return stand_in


def test_the_bandwidth_counts_what_is_read_and_what_is_written(cupy):
    assert gpu.copy_bandwidth(cupy, size=4000) == 2 * 4000 / 0.002


def test_the_peak_is_what_lives_at_once(cupy):
    assert gpu.peak_memory(cupy, lambda: None) == 400


def test_facts_of_the_stand_in(cupy, monkeypatch):
    """A dry run of everything but PyTorch's profiler; a measurement that breaks leaves its message and the others."""
    from benchmarks.libraries import load

    monkeypatch.setattr(gpu, "CASES", ("W1", "W7-none"))
    monkeypatch.setattr(gpu, "COPY_BYTES", 4000)
    monkeypatch.setattr(gpu, "waits", lambda call: call() and None)
    monkeypatch.setitem(WORKLOADS, "W7-none", types.SimpleNamespace(name="none", arrays=dict, cases=("once",)))
    found = gpu.facts(load("tinyreg")(1, "float32", "cuda"), None, profile=lambda call: {"kernels": 3, "copies": 1})
    assert found["device"]["name"] == "stand-in" and found["device"]["memory in GiB"] == 16
    assert found["workloads"]["W1"] == {"waits": None, "memory": 400, "launches": {"kernels": 3, "copies": 1}}
    assert "AttributeError" in found["workloads"]["W7-none"]["failed"]
    assert "W1" in gpu.summary({"facts": found, "stages": {}, "commit": None, "date": ""})


def test_what_is_missing_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert gpu.attempt(gpu.torch_launches, None) == "Missing: launches are counted through PyTorch's profiler: pip install torch"
