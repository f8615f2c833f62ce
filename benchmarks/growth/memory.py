"""How much memory this process has, by the kernel's account."""

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
MIB = 2**20


def resident():
    """Bytes that are in memory now; the most there ever were where nobody tells."""
    return _of("VmRSS")


def peak():
    """The most bytes there were since `forget_peak`; since the beginning where that cannot be forgotten."""
    return _of("VmHWM")


def forget_peak():
    """Let `peak` begin anew.

    Returns:
        Whether that was possible.
    """
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _of(name):
    if STATUS.exists():
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(lines[name].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
