import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinyreg.ops.axis import along, copied, gathered, resized


def test_along():
    x = np.arange(24).reshape(2, 3, 4)
    for axis in range(3):
        np.testing.assert_array_equal(x[along(axis, slice(1, 2))], x.take([1], axis))
        np.testing.assert_array_equal(x[along(axis - 3, 1)], x.take(1, axis))


def test_resized_keeps_the_order_of_memory():
    x = np.zeros((2, 5, 6, 3)).transpose(0, 3, 1, 2)
    y = resized(x, -2, 9)
    assert y.shape == (2, 3, 9, 6) and y.transpose(0, 2, 3, 1).flags.c_contiguous


PAIRS = st.sampled_from(
    [
        (4, [(slice(0, 3), slice(2, None, -1)), (slice(3, 7), slice(0, 4))]),
        (3, [(slice(0, 6, 2), slice(0, 3)), (slice(1, 6, 2), slice(0, 3))]),
        (3, [(slice(0, 4), slice(1, 2)), (slice(4, 6), slice(0, 2))]),
        (4, [(np.array([0, 2, 4]), np.array([0, 1, 3])), (np.array([1, 3]), np.array([0, 1]))]),
    ]
)


@given(PAIRS, st.integers(-3, 2), st.booleans())
def test_gathering_is_the_adjoint_of_copying(case, axis, turned):
    """<copied(x), g> = <x, gathered(g)>: the definition, for random x and g."""
    n, pairs = case
    size = max(np.arange(99)[there].max() for there, _ in pairs) + 1
    rng = np.random.default_rng(0)
    shape = [2, 3, 2]
    shape[axis] = n
    x = rng.standard_normal(shape)
    x = np.ascontiguousarray(x.T).T if turned else x
    y = copied(x, axis, size, pairs)
    g = rng.standard_normal(y.shape)
    np.testing.assert_allclose((y * g).sum(), (x * gathered(g, axis, n, pairs)).sum(), rtol=1e-12)
