"""The table of stochastic doors on the device: the seed decides there, too, and what was drawn is drawn and given there."""

import importlib.util
from pathlib import Path

import pytest

import tests.stochastic_doors
from tests.stochastic_doors import MODULES, ROWS, digits
from tinyreg import random
from tinyreg.random import Generator


@pytest.fixture
def doors(device):
    """The table once more, with inputs that were born on the device."""
    found = importlib.util.spec_from_file_location("doors_on_the_device", Path(tests.stochastic_doors.__file__))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def seeded(seed, call):
    random.manual_seed(seed)
    return digits(call())


def together(result):
    return digits([*result] if isinstance(result, tuple) else [result])


@pytest.mark.parametrize("name", ROWS)
def test_rows(doors, name):
    row = doors.ROWS[name]
    assert seeded(5, row.call) == seeded(5, row.call) != seeded(6, row.call)
    before = random.get_state()
    assert digits(row.call(generator=Generator(5))) == digits(row.call(generator=Generator(5))) != digits(row.call(generator=Generator(6)))
    assert random.get_state() == before
    with random.freeze() as draws:
        first = digits(row.call())
        draws.rewind()
        assert digits(row.call()) == first != digits(row.call())


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.draws])
def test_what_was_drawn_is_given_back(doors, name):
    row = doors.ROWS[name]
    *output, drawn = row.call(**{f"return_{row.draws}": True})
    before = random.get_state()
    assert together(row.call(**(row.give(drawn) if row.give else {row.draws: drawn}))) == digits(output)
    assert random.get_state() == before


@pytest.mark.parametrize("name", [name for name in ROWS if not name.startswith("around")])
def test_nobody_waits_for_draws_nor_for_what_is_given(doors, device, name):
    row = doors.ROWS[name]
    row.call()  # what is made once
    with device.never_waits():
        if row.draws:
            *_, drawn = row.call(**{f"return_{row.draws}": True})
            row.call(**(row.give(drawn) if row.give else {row.draws: drawn}))
        else:
            row.call()


@pytest.mark.parametrize("name", MODULES)
def test_modules(doors, name):
    make, x = doors.MODULES[name]
    module = make()
    assert seeded(5, lambda: module(x)) == seeded(5, lambda: module(x)) != seeded(6, lambda: module(x))
    before = random.get_state()
    module.eval()(x)
    assert random.get_state() == before
