"""In one thread, for a block: another default generator, or one that a key decides."""

import threading
import types

import numpy as np
import pytest

import tinyreg
from tinyreg import Generator, backend, random


def draws(generator):
    """One draw of each kind; the fourth is an order of examples."""
    return [
        generator.normal((3,)),
        generator.uniform((2, 2), dtype="float64"),
        generator.integers(0, 10, (5,)),
        generator.permutation(6),
        generator.keep_mask((7,), 0.3),
        generator.beta(0.4, 2.0, (3,)),
    ]


def same(a, b):
    return all((x == y).all() for x, y in zip(a, b))


def test_another_generator_for_a_block():
    before = tinyreg.default_generator()
    own = Generator(5)
    with random.use(own):
        assert tinyreg.default_generator() is own
        with random.use(before):
            assert tinyreg.default_generator() is before
        with pytest.raises(KeyError), random.keyed(1):
            assert tinyreg.default_generator() not in (own, before)
            raise KeyError
        assert tinyreg.default_generator() is own
    assert tinyreg.default_generator() is before


def test_a_block_holds_in_its_thread_alone():
    inside = []
    with random.use(Generator(5)):
        thread = threading.Thread(target=lambda: inside.append(tinyreg.default_generator()))
        thread.start()
        thread.join()
    assert inside == [tinyreg.default_generator()]


def keyed(*words):
    with random.keyed(*words):
        return draws(tinyreg.default_generator())


def test_words_decide():
    assert same(keyed(3, 1, 4), keyed(3, 1, 4))
    seen = [(0,), (0, 0), (0, 0, 0), (1,), (1, 0), (0, 1), (2**32, 5), (0, 1, 5), (0, 1 + 5 * 2**32), (2**64 - 1,)]
    seeds = {random.keyed(*words).generator().initial_seed() for words in seen}
    assert len(seeds) == len(seen), "no two rows of words are the same number"


def test_keys_beside_each_other_are_independent():
    """Correlation of the first numbers of neighbouring keys: n = 20,000 pairs, 6 sigma."""
    n = 20_000
    first = np.array([random.keyed(0, 0, 0, i).generator().uniform((), "float64") for i in range(n + 1)]) - 0.5
    assert abs((first[1:] * first[:-1]).mean()) < 6 * (1 / 12) / n**0.5
    assert abs(first.mean()) < 6 * (1 / 12) ** 0.5 / n**0.5


def test_nothing_is_made_where_nothing_is_drawn(monkeypatch):
    monkeypatch.setattr(random, "Generator", None)
    with random.keyed(1, 2):
        pass


def test_seeding_in_a_block_stays_in_it():
    state = random.get_state()
    with random.keyed(1):
        tinyreg.manual_seed(5)
        assert same(draws(tinyreg.default_generator()), draws(Generator(5)))
        inner = random.get_state()
        random.seed()
        random.set_state(inner)
        assert random.get_state() == inner
    assert random.get_state() == state


@pytest.mark.parametrize("word", [-1, 2**64])
def test_a_word_is_one_of_64_bits(word):
    with pytest.raises(ValueError, match=rf"keyed: words must be integers in \[0, 2\*\*64\), got \(3, {word}\)"), random.keyed(3, word):
        tinyreg.default_generator()


def test_blocks_can_be_frozen():
    with random.freeze() as frozen:
        first = keyed(1)
        frozen.rewind()
        assert same(first, keyed(2)), "a replay asks nobody"


def test_another_generator_at_a_position():
    generator = Generator(3)
    generator.normal((5,))
    state = generator.get_state()
    expected = draws(generator.at(state))
    assert same(expected, draws(generator)), "it was not moved"


def test_a_key_draws_on_the_host_whatever_the_backend(monkeypatch):
    """A generator on a device takes milliseconds to make; one an example is too many."""
    with random.keyed(7):
        expected = draws(tinyreg.default_generator())
    library = types.ModuleType("other")
    library.asarray = lambda x, dtype=None: ("device", x)
    monkeypatch.setattr(backend, "xp", lambda: library)
    with random.keyed(7):
        found = draws(tinyreg.default_generator())
    assert [x[0] for i, x in enumerate(found) if i != 3] == ["device"] * 5, "born on the device, but for an order of examples"
    assert same(expected, [x if i == 3 else x[1] for i, x in enumerate(found)])
