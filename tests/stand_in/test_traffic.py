"""What the stand-in counts: launches, arrays from the host, waits, each with the line that asked."""

import re

import numpy as np

from tests.stand_in.array import traffic
from tests.stand_in.library import library as xp


def test_what_counts_as_a_launch():
    """Kernels, copies and fills; not views, and not memory that is only taken. What comes from the host is counted apart."""
    a = xp.zeros((2, 3))

    def count(*calls):
        traffic.forget()
        for call in calls:
            call()
        return traffic.launches, len(traffic.uploads)

    views = [lambda: a.T, lambda: a.reshape(6), lambda: a[None, :1], lambda: xp.broadcast_to(a, (4, 2, 3)), lambda: xp.moveaxis(a, 0, 1)]
    assert count(*views, lambda: xp.empty(3), lambda: xp.empty_like(a), lambda: xp.asarray(a)) == (0, 0)
    kernels = [lambda: a + 1, a.copy, a.sum, lambda: a.T.reshape(6), lambda: xp.zeros(3), lambda: a.fill(0), lambda: a @ a.T]
    kernels += [lambda: xp.array(a), lambda: xp.full(2, 1.0), lambda: xp.clip(a, 0, 1)]
    assert count(*kernels) == (len(kernels), 0)
    assert count(lambda: xp.asarray(np.ones(3)), lambda: xp.array([1, 2])) == (0, 2)
    traffic.names = []
    try:
        a * 2
        assert [name for name, _ in traffic.names] == ["multiply"] and re.search(r"test_traffic.py:\d+$", traffic.names[0][1])
    finally:
        traffic.names = None


def test_a_wait_names_the_line_that_asked():
    a = xp.arange(3)
    traffic.forget()
    a + 1, xp.where(a > 1, a, 0), a[xp.asarray([1])], xp.searchsorted(a, a)
    assert traffic.launches == 5 and not traffic.waits  # x[None] and its like would be views: nothing is launched
    waits = [a[0].item, a.get, a.tolist, lambda: bool(a[0]), lambda: a[a > 1], lambda: xp.nonzero(a), lambda: repr(a)]
    for wait in (*waits, lambda: xp.unravel_index(a.argmax(), (3,)), lambda: xp.linspace(a[0], 1, 3)):
        traffic.forget()
        wait()
        assert len(traffic.waits) == 1 and re.search(r"test_traffic.py:\d+$", traffic.waits[0])
