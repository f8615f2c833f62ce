"""One seed, one stream: draws, states, frozen replays."""

import functools
import json
import threading
import types

import numpy as np
import pytest

import tinyreg
from tinyreg import Generator, backend, random


def draws(generator):
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


def test_a_seed_is_a_stream():
    assert same(draws(Generator(3)), draws(Generator(3)))
    assert not same(draws(Generator(3)), draws(Generator(4)))
    assert not same(draws(Generator()), draws(Generator()))


def test_manual_seed_starts_the_default_stream_again():
    tinyreg.manual_seed(5)
    first = draws(tinyreg.default_generator())
    assert tinyreg.manual_seed(5) is tinyreg.default_generator()
    assert same(first, draws(tinyreg.default_generator()))
    assert tinyreg.default_generator().initial_seed() == tinyreg.initial_seed() == 5


def test_seed_is_unpredictable_and_told():
    first, second = random.seed(), random.seed()
    assert first != second and tinyreg.initial_seed() == second
    a = draws(tinyreg.default_generator())
    tinyreg.manual_seed(second)
    assert same(a, draws(tinyreg.default_generator()))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=rf"manual_seed: seed must lie in \[0, 2\*\*64\), got {seed}"):
        tinyreg.manual_seed(seed)


@pytest.mark.parametrize("warm", [0, 1, 5])
def test_a_state_can_be_stored_and_set(warm):
    generator = Generator(1)
    for _ in range(warm):
        generator.normal((3,))
        generator.integers(0, 100, (1,))  # may leave half a word behind
    state = json.loads(json.dumps(generator.get_state()))  # plain numbers and strings: any file can hold it
    expected = draws(generator)
    other = Generator(99)
    other.set_state(state)
    assert same(expected, draws(other)) and other.initial_seed() == 1


def test_the_default_state():
    tinyreg.manual_seed(2)
    random.default_generator().normal((3,))
    state = random.get_state()
    expected = draws(random.default_generator())
    random.set_state(state)
    assert same(expected, draws(random.default_generator()))


@pytest.mark.parametrize("state", [3, {}, {"bit_generator": "MT19937"}])
def test_a_foreign_state_is_refused(state):
    with pytest.raises(ValueError, match="state must come from get_state, got") as caught:
        Generator(0).set_state(state)
    assert repr(state) in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtypes_and_shapes(dtype):
    generator = Generator(0)
    for draw in (generator.normal, generator.uniform, functools.partial(generator.beta, 0.5, 2.0)):
        assert draw((2, 3), dtype=dtype).dtype == dtype and draw((), dtype).shape == () and draw((0, 2)).shape == (0, 2)
    assert generator.integers(0, 3, (2,)).dtype == np.int64 and generator.integers(0, 3, [2], dtype="uint8").dtype == np.uint8


def test_moments():
    n = 100_000
    generator = Generator(0)
    x = generator.normal((n,), dtype="float64")
    assert abs(x.mean()) < 6 / n**0.5 and abs(x.var() - 1) < 6 * (2 / n) ** 0.5
    u = generator.uniform((n,), dtype="float64")
    assert 0 <= u.min() and u.max() < 1 and abs(u.mean() - 0.5) < 6 * (1 / 12 / n) ** 0.5
    k = generator.integers(-2, 3, (n,))
    assert set(k.tolist()) == {-2, -1, 0, 1, 2} and abs(k.mean()) < 6 * (2 / n) ** 0.5
    assert sorted(generator.permutation(50)) == list(range(50))


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.2, 0.2), (8.0, 8.0), (2, 5), (0.5, 3.0)])
def test_moments_of_beta(a, b):
    """n = 200,000, 6 sigma; in [0, 1] the variance of a squared deviation is at most the variance itself."""
    n = 200_000
    x = Generator(0).beta(a, b, (n,), dtype="float64")
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    assert 0 <= x.min() and x.max() <= 1
    assert abs(x.mean() - mean) < 6 * (variance / n) ** 0.5
    assert abs(((x - mean) ** 2).mean() - variance) < 6 * (variance / n) ** 0.5


def test_beta_at_its_ends():
    """Tiny parameters throw a coin, huge ones give the mean; neither gives a nan."""
    coins = Generator(0).beta(1e-12, 1e-12, (1000,))
    assert set(coins.tolist()) == {0.0, 1.0} and abs(coins.mean() - 0.5) < 6 * 0.5 / 1000**0.5
    assert (Generator(0).beta(1e300, 1e300, (10,)) == 0.5).all()


@pytest.mark.parametrize(("a", "b"), [(0, 1.0), (2.0, -1.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_a_beta_that_is_none_is_refused(a, b):
    with pytest.raises(ValueError, match=f"beta: a and b must be finite and above 0, got a={a} and b={b}; a = b = 1"):
        Generator(0).beta(a, b, (2,))


def test_a_replayed_beta_is_the_same_one():
    with random.freeze() as frozen:
        first = Generator(0).beta(1.0, 2.0, (3,))
        frozen.rewind()
        assert (Generator(5).beta(1.0, 2.0, (3,)) == first).all()
        frozen.rewind()
        with pytest.raises(RuntimeError, match=r"\('beta', \(3,\), 2.0, 2.0, 'float32'\) where \('beta', \(3,\), 1.0, 2.0, 'float32'\)"):
            Generator(0).beta(2.0, 2.0, (3,))


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.999, 1.0])
def test_keep_mask_keeps_with_probability_one_minus_p(p):
    n = 200_000
    mask = Generator(0).keep_mask((n,), p)
    assert mask.dtype == bool
    assert abs(mask.mean() - (1 - p)) <= 2**-17 + 6 * (p * (1 - p) / n) ** 0.5  # 6 sigma, and the threshold's grain


@pytest.mark.parametrize("shape", [(), (1,), (3,), (4,), (5, 7), (0, 3)])
def test_keep_mask_of_any_shape(shape):
    assert Generator(0).keep_mask(shape, 0.5).shape == shape


@pytest.mark.parametrize("n", [5, 2**17, 2**18 + 3])
@pytest.mark.parametrize("p", [0.3, 1.0])
def test_keep_mask_takes_four_elements_a_word_of_the_stream(n, p):
    generator, stream = Generator(3), np.random.Generator(np.random.SFC64(3))
    words = stream.bit_generator.random_raw(-(-n // 4))
    np.testing.assert_array_equal(generator.keep_mask((n,), p), words.view(np.uint16)[:n] >= round(p * 65536))
    assert generator.normal((3,)).tolist() == stream.standard_normal(3, dtype="float32").tolist()  # and no word more


def test_keep_mask_elements_are_independent():
    mask = Generator(1).keep_mask((100_000, 2), 0.5).astype(float) - 0.5
    assert abs((mask[:, 0] * mask[:, 1]).mean()) < 6 * 0.25 / 100_000**0.5


def test_draws_of_one_generator_do_not_move_another():
    a, b = Generator(0), Generator(0)
    a.normal((3,))
    assert (b.normal((3,)) == Generator(0).normal((3,))).all()


# freeze


def test_freeze_replays_in_call_order():
    with random.freeze() as frozen:
        first = draws(tinyreg.default_generator())
        for _ in range(3):
            frozen.rewind()
            assert same(first, draws(tinyreg.default_generator()))


def test_freeze_covers_every_generator():
    own = Generator(8)
    with random.freeze() as frozen:
        first = draws(own)
        frozen.rewind()
        assert same(first, draws(own))


def test_a_replayed_draw_is_a_copy():
    with random.freeze() as frozen:
        first = Generator(0).normal((3,))
        kept = first.copy()
        first += 100
        frozen.rewind()
        assert (Generator(0).normal((3,)) == kept).all()


def test_draws_after_the_record_are_new_and_recorded():
    generator = Generator(0)
    with random.freeze() as frozen:
        a = generator.normal((2,))
        frozen.rewind()
        assert (generator.normal((2,)) == a).all()
        b = generator.normal((2,))
        assert (a != b).any()
        frozen.rewind()
        generator.normal((2,))
        assert (generator.normal((2,)) == b).all()


def test_a_changed_replay_is_refused():
    generator = Generator(0)
    with random.freeze() as frozen:
        generator.normal((2,))
        frozen.rewind()
        with pytest.raises(RuntimeError, match=r"\('normal', \(3,\), 'float32'\) where \('normal', \(2,\), 'float32'\) stood at draw 0"):
            generator.normal((3,))
        frozen.rewind()
        with pytest.raises(RuntimeError, match="uniform.*where .*normal"):
            generator.uniform((2,))


def test_outside_the_block_nothing_is_frozen():
    generator = Generator(0)
    with random.freeze():
        a = generator.normal((3,))
    assert (generator.normal((3,)) != a).any()


def test_blocks_nest_and_end_with_an_exception():
    generator = Generator(0)
    with random.freeze() as outer:
        a = generator.normal((2,))
        with pytest.raises(KeyError):
            with random.freeze():
                generator.normal((5,))
                raise KeyError
        outer.rewind()
        assert (generator.normal((2,)) == a).all()


def test_an_outer_block_replays_what_an_inner_one_drew():
    generator = Generator(0)

    def twice():
        with random.freeze() as inner:
            first = generator.normal((2,))
            inner.rewind()
            return first, generator.normal((2,)), generator.normal((3,))

    with random.freeze() as outer:
        first, again, more = twice()
        after = generator.normal((2,))
        outer.rewind()
        assert same(twice(), (first, first, more)) and same([generator.normal((2,))], [after]) and (again == first).all()


def test_a_block_apart_is_not_in_the_record_around_it():
    generator = Generator(0)
    with random.freeze() as outer:
        with random.freeze(apart=True):
            unrecorded = generator.normal((2,))
        a = generator.normal((2,))
        outer.rewind()
        assert (generator.normal((2,)) == a).all() and (a != unrecorded).any()


def test_other_threads_are_not_frozen():
    """The threads of a loader draw while a penalty replays its masks."""
    with random.freeze() as frozen:
        mine = Generator(0).normal((3,))
        theirs: list[object] = []
        thread = threading.Thread(target=lambda: theirs.append(Generator(1).uniform((2,))))
        thread.start()
        thread.join()
        frozen.rewind()
        assert (Generator(0).normal((3,)) == mine).all() and len(theirs) == 1 and len(frozen.draws) == 1


# a device draws its own numbers


@pytest.fixture
def device(monkeypatch):
    """A library whose generator is NumPy's, on in NumPy's place, as CuPy would be."""
    library = types.ModuleType("other")
    library.random = np.random
    monkeypatch.setattr(backend, "xp", lambda: library)


def test_a_device_has_a_stream_of_its_own(device):
    generator = Generator(3)
    expected = np.random.default_rng(3)  # the device's generator, from the same seed
    assert (generator.normal((4,)) == expected.standard_normal((4,), dtype="float32")).all()
    assert (generator.uniform((4,), dtype="float64") == expected.random((4,))).all()
    assert (generator.permutation(5) == Generator(3).permutation(5)).all()  # orders are drawn on the host
    mask = Generator(0).keep_mask((1000, 20), 0.25)
    assert mask.dtype == bool and abs(mask.mean() - 0.75) < 6 * (0.25 * 0.75 / 20_000) ** 0.5


def test_a_seed_starts_the_device_again(device):
    generator = Generator(3)
    first = generator.normal((4,))
    assert (generator.manual_seed(3).normal((4,)) == first).all()


def test_a_position_is_one_on_the_device_too(device):
    """Where the position is noted, the device begins a new stream; from there on both give the same."""
    generator = Generator(3)
    start = generator.normal((4,))
    state = json.loads(json.dumps(generator.get_state()))
    expected = generator.normal((4,))
    other = Generator(99)
    other.set_state(state)
    assert (other.normal((4,)) == expected).all() and (expected != start).any()
    other.set_state(state)
    assert (other.normal((4,)) == expected).all()


def test_a_position_before_the_first_draw_is_the_beginning(device):
    generator = Generator(3)
    state = generator.get_state()
    first = generator.normal((4,))
    generator.set_state(state)
    assert (generator.normal((4,)) == first).all() and (Generator(3).normal((4,)) == first).all()
