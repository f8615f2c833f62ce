"""The page of the benchmarks: its links lead somewhere, its example runs, its counts are those that the tests prove."""

import re
import subprocess
import sys
from pathlib import Path

from tests.stand_in.test_launches import STEP

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "benchmarks/README.md").read_text(encoding="utf-8")


def test_links_lead_somewhere():
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE) if not target.startswith("http")]
    assert len(targets) > 20
    assert [target for target in targets if not (ROOT / "benchmarks" / target).exists()] == []


def test_example_runs():
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{block}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "LinearBackward0" in done.stdout


def test_launches_are_the_counted_ones():
    *first, last = STEP.values()
    assert f"{', '.join(map(str, first))} and {last} kernel launches" in PAGE
