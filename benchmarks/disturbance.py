"""What other processes did to the processors while something was timed, by the kernel's own accounts.

/proc/stat counts the time of each processor in ticks: user nice system idle iowait irq softirq steal. What was neither idle nor
our own, and what a hypervisor stole, was taken from us. Ticks are hundredths of a second: a turn of half a second on two
processors is known to about two per cent.
"""

import os
import re
import time
from pathlib import Path

STAT = Path("/proc/stat")
LIMIT = 0.05  # share of the processors' time, above which a turn is repeated


def busy_seconds(text, processors, ticks=100):
    """The seconds that processors were not idle, stolen time included, since the machine began.

    Args:
        text: of /proc/stat.
        processors: their numbers.
        ticks: in a second.

    Example:
        >>> busy_seconds("cpu  300 0 0 0 0 0 0 0 0 0\\ncpu0 100 10 20 5000 7 1 2 3 0 0\\ncpu1 90 0 0 0 0 0 0 0 0 0", {0})
        1.36
    """
    total = 0
    for line in re.findall(r"^cpu\d+ .*$", text, re.MULTILINE):
        name, *numbers = line.split()
        if int(name[3:]) in processors:
            user, nice, system, _idle, _iowait, irq, softirq, steal = (int(number) for number in numbers[:8])
            total += user + nice + system + irq + softirq + steal
    return total / ticks


class Watch:
    """Measures, from its making to `share()`, what others took of the processors that this process may use.

    Args:
        stat: the file; another one in tests.
    """

    def __init__(self, stat=STAT):
        self.stat = stat
        self.processors = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        self.before = self._now()

    def _now(self):
        busy = busy_seconds(self.stat.read_text(), self.processors, os.sysconf("SC_CLK_TCK")) if self.stat.exists() else None
        return time.perf_counter(), busy, time.process_time()

    def share(self):
        """Their share of the processors' time, between 0 and 1; None where nobody counts it."""
        return taken(self.before, self._now(), len(self.processors))


def taken(before, after, processors):
    """The share of the processors' time that was neither idle nor our own.

    Args:
        before, after: (seconds on the wall, busy seconds of all processors or None, seconds of this process).
        processors: how many.

    Example:
        >>> taken((0.0, 10.0, 0.0), (1.0, 11.5, 1.0), 2)
        0.25
    """
    if before[1] is None or after[1] is None:
        return None
    wall, busy, own = (b - a for a, b in zip(before, after))
    return min(max(busy - own, 0.0) / max(wall * processors, 1e-9), 1.0)
