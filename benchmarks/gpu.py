"""What stands beside the times of a GPU: what it can do at best, what a step asks of it, and one file of everything.

    python -m benchmarks.gpu facts --out FILE        needs the GPU: copy bandwidth, launches, waits and memory of each workload
    python -m benchmarks.gpu join FOLDER --out FILE  needs none: the files of benchmarks/gpu.sh's stages as one

A launch is counted by CUDA's own profiling interface, through PyTorch's profiler, which sees every kernel, copy and fill of
the process, whoever launched it. Copies and fills count: they cost the host as much as a kernel.
"""

import argparse
import json
import sys
import traceback
from pathlib import Path

from tinyreg.serialization import write_atomically

from . import machine
from .workloads import WORKLOADS, Network

COPY_BYTES = 2**30  # of the array that is copied: many times what a cache holds
STEPS = 5  # that warm a workload up: memory is taken, kernels are compiled
LINES = 12  # of what a stage said, kept beside how it ended
CASES = tuple(key for key in WORKLOADS if not key.startswith("W6"))


class Missing(RuntimeError):
    """What this machine has not got."""


def facts(library, torch_side, profile=None):
    """Everything that is measured here, by workload.

    Args:
        library: a `libraries.library.Library` on the device, tinyreg's.
        torch_side: PyTorch's, or None.
        profile: profile(call) -> {"kernels": n, "copies": n}; None is `torch_launches`.

    Returns:
        {"device": ..., "copy": bytes a second, "workloads": {key: {"launches", "waits", "memory", "memory of PyTorch"}}};
        where something could not be measured, its message stands in its place.
    """
    import cupy

    found = {"device": device(cupy), "copy": attempt(copy_bandwidth, cupy, COPY_BYTES), "workloads": {}}
    for key in CASES:
        row = found["workloads"][key] = {}
        call = attempt(prepared, library, key)
        if isinstance(call, str):
            row["failed"] = call
            continue
        row["waits"] = attempt(waits, call)
        row["memory"] = attempt(peak_memory, cupy, call)
        row["launches"] = attempt(profile or torch_launches, call)
        del call
        cupy.get_default_memory_pool().free_all_blocks()
        if torch_side is not None:
            row["memory of PyTorch"] = attempt(torch_memory, torch_side, key)
            row["launches of PyTorch"] = attempt(lambda key=key: (profile or torch_launches)(prepared(torch_side, key)))
    return found


def attempt(measure, *arguments):
    """What a measurement returned, or what it broke with, as text: one that fails does not take the others with it."""
    try:
        return measure(*arguments)
    except Exception as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"


def device(cupy):
    """The device, its driver and the versions of what computes on it."""
    import numpy

    runtime = cupy.cuda.runtime
    properties = runtime.getDeviceProperties(cupy.cuda.Device().id)
    name = properties["name"]
    return {
        "name": name.decode() if isinstance(name, bytes) else name,
        "memory in GiB": round(properties["totalGlobalMem"] / 2**30, 1),
        "compute capability": f"{properties['major']}.{properties['minor']}",
        "driver": runtime.driverGetVersion(),
        "runtime": runtime.runtimeGetVersion(),
        "cupy": cupy.__version__,
        "numpy": numpy.__version__,
    }


def copy_bandwidth(cupy, size, repeats=10):
    """Bytes a second of a copy on the device, read and written counted: the floor of everything elementwise."""
    source = cupy.ones(size // 4, dtype="float32")
    target = cupy.empty_like(source)
    events = [cupy.cuda.Event() for _ in range(repeats + 1)]
    cupy.copyto(target, source)
    events[0].record()
    for event in events[1:]:
        cupy.copyto(target, source)
        event.record()
    events[-1].synchronize()
    best = min(cupy.cuda.get_elapsed_time(begin, end) for begin, end in zip(events, events[1:])) / 1e3
    return 2 * source.nbytes / best


def prepared(library, key):
    """A step of a workload as a function without arguments, warmed up."""
    from .worker import cases

    workload = WORKLOADS[key]
    call, _ = cases(library, workload)["train" if isinstance(workload, Network) else workload.cases[0]]()
    for _ in range(STEPS):
        call()
    return call


def waits(call):
    """None if a step never makes the host wait for the device, else where it does."""
    import warnings

    import cupyx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it will go one day
        with cupyx.allow_synchronize(False):
            try:
                call()
            except cupyx.DeviceSynchronized as error:
                return traceback.format_tb(error.__traceback__)[-1].strip()
    return None


def peak_memory(cupy, call):
    """Bytes of the device that a step holds at its highest point, above what it holds before."""

    class Highest(cupy.cuda.MemoryHook):
        name = "highest"

        def __init__(self):
            self.now = self.highest = 0

        def malloc_postprocess(self, **given):
            self.now += given["mem_size"]
            self.highest = max(self.highest, self.now)

        def free_postprocess(self, **given):
            self.now -= given["mem_size"]

    with Highest() as hook:
        call()
        cupy.cuda.Device().synchronize()
    return hook.highest


def torch_memory(library, key):
    """The same of PyTorch's allocator."""
    cuda = library.torch.cuda
    call = prepared(library, key)
    cuda.synchronize()
    before = cuda.memory_allocated()
    cuda.reset_peak_memory_stats()
    call()
    cuda.synchronize()
    return cuda.max_memory_allocated() - before


def torch_launches(call):
    """Kernels, and copies and fills, of one call: {"kernels", "copies"}."""
    try:
        import torch
        from torch.profiler import ProfilerActivity, profile
    except ImportError:
        raise Missing("launches are counted through PyTorch's profiler: pip install torch") from None
    if not torch.cuda.is_available():
        raise Missing(f"launches are counted through PyTorch's profiler, and PyTorch {torch.__version__} sees no GPU")
    torch.cuda.synchronize()
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as seen:
        call()
        torch.cuda.synchronize()
    names = [event.name for event in seen.events() if event.device_type == torch.autograd.DeviceType.CUDA]
    copies = sum(name.startswith(("Memcpy", "Memset")) for name in names)
    if not names:
        raise Missing("PyTorch's profiler saw nothing: CUDA's profiling interface is closed on this machine")
    return {"kernels": len(names) - copies, "copies": copies}


def join(folder):
    """The files of the stages in a folder as one dict: NAME.json under its name, and of each stage how it ended.

    stages.tsv has a line a stage: its name, its exit status, its seconds. Of NAME.log the last lines are kept.
    """
    folder = Path(folder)
    rows = [line.split("\t") for line in (folder / "stages.tsv").read_text(encoding="utf-8").splitlines()]
    found = {
        "format": 1,
        "what": "benchmarks/gpu.sh",
        **machine.record(),
        "stages": {name: {"status": int(status), "seconds": float(seconds)} for name, status, seconds in rows},
    }
    for name, stage in found["stages"].items():
        path, log = folder / f"{name}.json", folder / f"{name}.log"
        if path.exists():
            found[name] = json.loads(path.read_text(encoding="utf-8"))
        if log.exists():
            stage["said"] = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
    return found


def summary(found):
    """What was found, for a terminal."""
    lines = []
    facts = found.get("facts", {})
    if "device" in facts:
        it = facts["device"]
        lines.append(
            f"{it['name']}, driver {it['driver']}, CuPy {it['cupy']}, NumPy {it['numpy']}; commit {found['commit']}, {found['date']}"
        )
        copy = facts["copy"]
        lines.append(f"copy on the device: {copy / 1e9:.0f} GB/s read and written" if not isinstance(copy, str) else f"copy: {copy}")
    for key, row in facts.get("workloads", {}).items():
        parts = [f"{what}: {_said(what, value)}" for what, value in row.items()]
        lines.append(f"{key:14} " + "; ".join(parts))
    for name, stage in found["stages"].items():
        lines.append(f"stage {name:12} {'ok' if not stage['status'] else 'FAILED ' + str(stage['status']):10} {stage['seconds']:.0f} s")
    return "\n".join(lines)


def _said(what, value):
    if isinstance(value, dict):
        return " + ".join(f"{count} {kind}" for kind, count in value.items())
    if what == "waits":
        return value or "none"
    return f"{value / 2**20:.1f} MiB" if what.startswith("memory") and not isinstance(value, str) else str(value)


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("facts").add_argument("--out", type=Path, required=True)
    joining = commands.add_parser("join")
    joining.add_argument("folder", type=Path)
    joining.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    if given.command == "join":
        found = join(given.folder)
        write_atomically(given.out, json.dumps(found, indent=1) + "\n")
        print(summary(found))
        return 0
    from .libraries import load

    library = load("tinyreg")(1, "float32", "cuda")
    try:
        torch_side = load("pytorch")(1, "float32", "cuda")
    except (ImportError, RuntimeError) as error:
        print(f"PyTorch is left out: {error}", file=sys.stderr)
        torch_side = None
    found = facts(library, torch_side)
    write_atomically(given.out, json.dumps(found, indent=1) + "\n")
    broken = [key for key, row in found["workloads"].items() if "failed" in row or row.get("waits")]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
