"""What `import tinyreg` takes beyond NumPy's own import, in fresh processes."""

import re
import statistics
import subprocess
import sys

from ..processes import ROOT, environment
from .check import Check

TITLE = "import tinyreg under 0.15 s beyond NumPy's own"
BAR = 0.15  # seconds
ROUNDS = 21
SLOWEST = 8
STATEMENTS = {  # what is imported after NumPy
    "import tinyreg": "import tinyreg",
    "and what a script opens": "import tinyreg, tinyreg.nn, tinyreg.optim, tinyreg.utils.data, tinyreg.datasets, tinyreg.transforms",
}
PROGRAM = """
import time
begin = time.perf_counter()
import numpy
there = time.perf_counter()
{statement}
print(there - begin, time.perf_counter() - there)
"""


def seconds(statement):
    """(NumPy's import, the statement after it) in a fresh process."""
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(statement=statement)], **_settings(), check=True)
    numpy, own = map(float, done.stdout.split())
    return numpy, own


def slowest(count=SLOWEST):
    """[module, seconds of its own] of tinyreg's modules, and of what it needs of the standard library and NumPy."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", "import numpy; import tinyreg"], **_settings(), check=True)
    lines = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.stderr)
    names = [name for _, name in lines]
    after = lines[names.index("numpy") + 1 :]
    return sorted(([name, int(own) / 1e6] for own, name in after), key=lambda entry: -entry[1])[:count]


def _settings():
    return {"cwd": ROOT, "env": environment(1), "capture_output": True, "text": True}


def measure(quick=False):
    """Minima and medians by statement, NumPy's own beside them; and the slowest modules."""
    seconds(STATEMENTS["import tinyreg"])  # writes the compiled files
    found = {statement: [] for statement in STATEMENTS}
    for _ in range(2 if quick else ROUNDS):
        for statement, text in STATEMENTS.items():
            found[statement].append(seconds(text))
    times = {"import numpy": [numpy for pairs in found.values() for numpy, _ in pairs]}
    times |= {statement: [own for _, own in pairs] for statement, pairs in found.items()}
    spread = {name: {"least": min(each), "median": statistics.median(each)} for name, each in times.items()}
    return {"seconds": spread, "slowest": slowest()}


def table(found):
    """Headings and rows."""
    rows = [[name, f"{of['least'] * 1e3:.1f}", f"{of['median'] * 1e3:.1f}"] for name, of in found["seconds"].items()]
    rows += [[f"  {name} by itself", f"{own * 1e3:.1f}", ""] for name, own in found["slowest"]]
    return ["imported", "least, ms", "median, ms"], rows


def checks(found):
    """Both statements under the bar."""
    return [Check(f"{name}, median seconds", found["seconds"][name]["median"], BAR) for name in STATEMENTS]
