"""host_masks on NumPy: it changes nothing, and it is a mode as the others are. On a device: tests/stand_in/test_host_masks.py."""

import threading

import pytest

import tinyreg
from tests.test_random_blocks import draws, same
from tinyreg import Generator, random


def test_on_numpy_it_changes_nothing():
    expected = draws(Generator(3))
    with random.host_masks():
        found = draws(Generator(3))
    assert same(expected, found) and [x.dtype for x in expected] == [x.dtype for x in found]


def test_blocks_nest_and_an_exception_ends_them():
    assert not random.is_host_masks_enabled()
    with random.host_masks():
        with random.host_masks(False):
            assert not random.is_host_masks_enabled()
        with pytest.raises(KeyError), random.host_masks():
            raise KeyError
        assert random.is_host_masks_enabled()
    assert not random.is_host_masks_enabled()


def test_a_decorated_function_may_call_itself():
    @random.host_masks()
    def depth(n):
        assert random.is_host_masks_enabled()
        return n if n == 0 else 1 + depth(n - 1)

    assert depth(3) == 3 and not random.is_host_masks_enabled()


def test_a_block_may_be_entered_twice():
    block = random.host_masks()
    with block, block:
        assert random.is_host_masks_enabled()
    assert not random.is_host_masks_enabled()


def test_the_statement_stays_until_it_is_taken_back():
    random.set_host_masks(True)
    try:
        with random.host_masks(False):
            assert not random.is_host_masks_enabled()
        assert random.is_host_masks_enabled()
    finally:
        random.set_host_masks(False)
    assert not random.is_host_masks_enabled()


def test_it_holds_in_all_threads():
    seen = []
    with random.host_masks():
        thread = threading.Thread(target=lambda: seen.append(tinyreg.random.is_host_masks_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]
