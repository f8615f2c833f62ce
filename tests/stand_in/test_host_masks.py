"""host_masks on a device: NumPy's numbers, moved there by one copy a draw that nobody waits for."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.array import traffic
from tinyreg import Generator, backend, nn, random

DRAWS = {
    "uniform": lambda g: g.uniform((3, 4)),
    "normal": lambda g: g.normal((3, 4), dtype="float64"),
    "integers": lambda g: g.integers(0, 10, (5,)),
    "beta": lambda g: g.beta(0.4, 2.0, (3,)),
    "keep_mask": lambda g: g.keep_mask((7, 3), 0.3),
}
ON_HOST = {
    "permutation": lambda g: g.permutation(6),
    "uniform on the host": lambda g: g.uniform((3,), host=True),
    "integers on the host": lambda g: g.integers(0, 9, (3,), host=True),
    "beta on the host": lambda g: g.beta(2.0, 2.0, (3,), host=True),
}


def on_numpy(draw):
    tinyreg.use_backend("numpy")
    expected = draw(Generator(5))
    tinyreg.use_backend("cupy")
    return expected


@pytest.mark.parametrize("name", DRAWS)
def test_the_numbers_are_numpys_and_lie_on_the_device(device, name):
    expected = on_numpy(DRAWS[name])
    plain = DRAWS[name](Generator(5))
    with random.host_masks(), device.never_waits():
        drawn = DRAWS[name](Generator(5))
    assert type(drawn) is device.library.ndarray and drawn.dtype == expected.dtype
    np.testing.assert_array_equal(backend.to_numpy(drawn), expected)
    assert not np.array_equal(backend.to_numpy(plain), expected), "outside the block it is the device's own stream"


@pytest.mark.parametrize("name", ON_HOST)
def test_what_is_drawn_for_the_host_stays_there(device, name):
    with random.host_masks():
        drawn = ON_HOST[name](Generator(5))
    assert type(drawn) is np.ndarray
    np.testing.assert_array_equal(drawn, on_numpy(ON_HOST[name]))


@pytest.mark.parametrize("device", ["stand-in"], indirect=True)
@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_is_one_copy(device, name):
    with random.host_masks():
        generator = Generator(5)
        traffic.forget()
        DRAWS[name](generator)
        assert (traffic.launches, len(traffic.uploads), traffic.waits) == (0, 1, [])


def test_draws_inside_and_outside_do_not_disturb_each_other(device):
    """A position that was noted says where both streams are."""
    generator = Generator(5)
    state = generator.get_state()
    with random.host_masks():
        inside = backend.to_numpy(generator.normal((3,)))
    outside = backend.to_numpy(generator.normal((3,)))
    generator.set_state(state)
    assert np.array_equal(backend.to_numpy(generator.normal((3,))), outside)
    with random.host_masks():
        assert np.array_equal(backend.to_numpy(generator.normal((3,))), inside)


def test_a_network_begins_and_drops_as_on_numpy(device):
    def run():
        tinyreg.manual_seed(3)
        model = nn.Sequential(nn.Linear(6, 40), nn.Dropout(0.5), nn.GaussianNoise(0.1))
        return backend.to_numpy(model(tinyreg.ones(2, 6)).detach().array)

    tinyreg.use_backend("numpy")
    expected = run()
    tinyreg.use_backend("cupy")
    with random.host_masks():
        np.testing.assert_allclose(run(), expected, rtol=1e-5, atol=1e-6)
    assert not np.allclose(run(), expected)
