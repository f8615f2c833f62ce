"""What every test starts from: one BLAS thread a worker, no screen, one seed, the NumPy backend."""

import os
import sys

# Before NumPy is loaded: pytest runs a worker a core, and each would start a BLAS thread a core.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest  # noqa: E402

from tinyreg import backend, random  # noqa: E402


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test draws from seed 0 and leaves the backend as it found it, in whatever order the workers run."""
    before = backend.current()
    random.manual_seed(0)
    yield
    backend.use_backend(before)


@pytest.fixture
def untraced():
    """Coverage does not look: a chapter runs 2.5 times as fast, and each line that it runs has a test of its own elsewhere."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


def pytest_collection_modifyitems(items):
    """Skip the tests marked gpu where no GPU can be used, for the reason that use_backend gives."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    before = backend.current()
    try:
        backend.use_backend("cupy")
    except RuntimeError as error:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"no GPU: {error}"))
    finally:
        backend.use_backend(before)


def pytest_terminal_summary(terminalreporter):
    """One line that says which checks this machine could not make."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    torch = sum("torch" in reason for reason in reasons)
    gpu = sum("no GPU" in reason for reason in reasons)
    if torch or gpu:
        terminalreporter.write_line(f"not checked on this machine: {torch} skipped for want of PyTorch, {gpu} for want of a GPU")
