"""The machine that something was measured on."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def describe():
    """{"processor", "cores", "memory in GiB", "system", "python"} of this machine."""
    return {
        "processor": processor(),
        "cores": cores(),
        "memory in GiB": memory(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def record():
    """The head of every file of results: {"date", "commit", "machine"}."""
    return {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), "commit": commit(), "machine": describe()}


def processor(cpuinfo=Path("/proc/cpuinfo")):
    """The name of the processor; where no two models have the same name, its family and model go with it."""
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    fields = dict(re.findall(r"^([\w ]+?)\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE))
    name = fields.get("model name", platform.machine())
    wide = "AVX-512" if "avx512f" in fields.get("flags", "").split() else "AVX2" if "avx2" in fields.get("flags", "").split() else ""
    numbers = ", ".join(f"{key.removeprefix('cpu ')} {fields[key]}" for key in ("cpu family", "model") if key in fields)
    return f"{name} ({', '.join(filter(None, (numbers, wide)))})" if numbers or wide else name


def cores():
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory():
    """GiB, rounded to one digit; None where the system does not say."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def commit():
    """The commit of the checkout, "-dirty" where files differ from it; None where there is no git."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() or None
