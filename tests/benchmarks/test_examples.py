"""The examples in the harness's docstrings."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("module", ["cli", "disturbance", "report", "summary"])
def test_examples_are_right(module):
    found = doctest.testmod(import_module(f"benchmarks.{module}"))
    assert found.attempted and not found.failed
