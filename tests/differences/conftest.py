"""PyTorch's half of each difference: a test of its own, skipped, visibly, where PyTorch is not installed."""

import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.oracles import vision
from tests.stand_in.conftest import device  # noqa: F401  (a fixture: the backend "cupy", on every machine)

HERE = Path(__file__).parent
PEERS = ("torch", "torchvision")


@pytest.fixture
def torch():
    """PyTorch, seeded as tinyreg is."""
    library = importlib.import_module("torch")
    library.manual_seed(0)
    library.set_warn_always(True)  # some of its warnings come once a process otherwise
    yield library
    library.set_warn_always(False)


@pytest.fixture
def torchvision():
    """torchvision, whose datasets stand beside PyTorch."""
    return vision.torchvision()


def pytest_collection_modifyitems(items):
    """Skip what asks for a library that is not there. What that library warns of is its own affair; our warnings stay errors."""
    missing = [name for name in PEERS if find_spec(name) is None]
    for item in items:
        asked = {*PEERS} & {*getattr(item, "fixturenames", ())} if HERE in item.path.parents else ()
        if asked:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
        for name in missing:
            if name in asked:
                item.add_marker(pytest.mark.skip(reason=f"could not import {name!r}"))
