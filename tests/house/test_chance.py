"""Every door that draws is reproducible: a table with a row for each, complete by construction, and what holds of each row.

Same seed, same digits; a generator that is passed is the one that is drawn from; what was drawn is returned, and given back
it makes the same digits without a draw; `random.freeze()` replays; in evaluation nothing is drawn.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import tinyreg
from tests.stochastic_doors import AROUND, FUNCTIONS, MODULES, ROWS, TRANSFORMS, digits
from tinyreg import nn, random, transforms
from tinyreg import regularization as room
from tinyreg.module import Module
from tinyreg.random import Generator


def seeded(seed, call):
    random.manual_seed(seed)
    return digits(call())


# what holds of every row


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_seed_decides(row):
    assert seeded(5, row.call) == seeded(5, row.call) != seeded(6, row.call)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_generator_that_is_passed_is_the_one_drawn_from(row):
    before = random.get_state()
    own = Generator(5)
    first, there = digits(row.call(generator=own)), own.get_state()
    assert there != Generator(5).get_state()
    assert first == digits(row.call(generator=Generator(5))) != digits(row.call(generator=Generator(6)))
    assert random.get_state() == before, "the default generator stayed where it was"
    own.set_state(Generator(5).get_state())
    assert digits(row.call(generator=own)) == first and own.get_state() == there


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_freeze_replays(row):
    with random.freeze() as draws:
        first = digits(row.call())
        draws.rewind()
        assert digits(row.call()) == first != digits(row.call())


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items() if row.draws])
def test_what_was_drawn_can_be_returned_and_given_back(row):
    random.manual_seed(5)
    *output, drawn = row.call(**{f"return_{row.draws}": True})
    assert digits(output) == digits([*result] if isinstance(result := _again(row), tuple) else [result])
    before = random.get_state()
    again = row.call(**(row.give(drawn) if row.give else {row.draws: drawn}))
    assert digits([*again] if isinstance(again, tuple) else [again]) == digits(output)
    assert random.get_state() == before, "nothing was drawn"


def _again(row):
    random.manual_seed(5)
    return row.call()  # returning it changes nothing


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if "training" in inspect.signature(getattr(room, name)).parameters])
def test_functions_draw_nothing_in_evaluation(name):
    before = random.get_state()
    FUNCTIONS[name].call(training=False)
    assert random.get_state() == before


# Modules


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    make, x = MODULES[name]
    module = make()
    first = seeded(5, lambda: module(x))
    assert seeded(5, lambda: module(x)) == first != seeded(6, lambda: module(x))
    with random.freeze() as draws:
        once = digits(module(x))
        draws.rewind()
        assert digits(module(x)) == once
    before = random.get_state()
    with random.use(Generator(5)):
        assert digits(module(x)) == first
    with random.use(Generator(7)) as block:
        module.eval()(x)
        assert block.generator().get_state() == Generator(7).get_state(), "evaluation draws nothing"
    assert random.get_state() == before
    drawn = nn.Sequential(module).monte_carlo()
    assert seeded(5, lambda: drawn(x)) == first, "Monte Carlo mode draws as training does"


# the table is complete


def public():
    """(name, function or class) of everything that the library defines, but for the classes that layers and transforms are made of."""
    for found in pkgutil.walk_packages(tinyreg.__path__, "tinyreg."):
        module = importlib.import_module(found.name)
        for name, thing in vars(module).items():
            if name[0] != "_" and getattr(thing, "__module__", "") == found.name and (inspect.isfunction(thing) or isinstance(thing, type)):
                if not (inspect.isclass(thing) and issubclass(thing, Module | transforms.Transform) and derived(thing)):
                    yield name, thing


def derived(cls):
    return [other for other in cls.__subclasses__() if other.__module__.startswith("tinyreg.")]


def draws_chance(thing):
    parameters = inspect.signature(thing.__init__ if isinstance(thing, type) else thing).parameters
    if isinstance(thing, type) and issubclass(thing, transforms.Transform):
        return thing.stochastic is not False  # the others accept a generator, and draw nothing
    return "generator" in parameters and parameters["generator"].default is None


def test_every_door_that_draws_has_a_row():
    known = {name.split(" of ")[0] for name in [*FUNCTIONS, *TRANSFORMS, *AROUND]}
    found = {name for name, thing in public() if draws_chance(thing)}
    assert found - known == set(), "rows are missing"
    assert known - found == set(), "rows of what draws nothing"
    assert {"dropout", "MixUp", "Compose", "weight_noise", "orthogonal_"} <= found


def test_every_module_that_draws_has_a_row():
    found = {name for name, thing in public() if isinstance(thing, type) and issubclass(thing, Module) and thing.stochastic is True}
    assert found == set(MODULES)


def test_no_room_draws_past_the_generator_that_is_passed():
    """None asks for the default generator by itself; chosen_generator does, where no other was passed."""
    for path in sorted(Path(room.__file__).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if "default_generator()" in line and ">>>" not in line], path.name


@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if row.draws])
def test_rooms_name_their_draws_alike(name):
    """`generator`, what is given, and `return_` with its name: keywords, none of them required."""
    parameters = inspect.signature(getattr(room, name)).parameters
    row = FUNCTIONS[name]
    given = set(row.give((0, 0)) if row.give else [row.draws]) | {"generator"}
    given |= set() if name == "weight_noise" else {f"return_{row.draws}"}
    assert all(parameters[key].kind is inspect.Parameter.KEYWORD_ONLY and not parameters[key].default for key in given)
