"""What has no gradient, and so no row in the table of gradient cases: places, counts and answers, on the device as on the host."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice

VALUES = np.array([[3.0, -1, 0, 2], [2, 2, 0, -1], [3, -1, 0, 2]])
CALLS = {
    "nonzero": lambda x: [x.nonzero(), *x.nonzero(as_tuple=True), x.sum().nonzero(), *tinyreg.where(x > 0)],
    "count_nonzero": lambda x: [x.count_nonzero(), x.count_nonzero(1)],
    "unique": lambda x: [*x.unique(return_inverse=True, return_counts=True), *x.unique(return_inverse=True, return_counts=True, dim=0)],
    "unique_consecutive": lambda x: [*x.unique_consecutive(True, True), *x.unique_consecutive(True, True, 0), x[:0].unique_consecutive()],
    "bincount": lambda x: [(x.long() + 1).ravel().bincount(), (x[0].long() + 1).bincount(x[0], minlength=9)],
    "sort": lambda x: [*x.sort(descending=True), x.argsort(0), *x.long().sort(), *x.topk(2, largest=False), *x.median(1), x.median()],
    "scan": lambda x: [x.long().cumsum(0), x.long().cumprod(1), (x > 0).cumsum(1), x.long().prod(), (x > 0).prod(0)],
    "any": lambda x: [x.any(), x.all(1), x.byte().any(0), x.any(()), x.nansum(), x.isnan().any()],
    "sign": lambda x: [x.sign(), x.long().sign(), (x > 0).sign(), x.half().erf(), x.frac(), x.long().clamp_min(1)],
    "integers": lambda x: [
        x.long() ** -x.long(),
        2 ** x.long(),
        tinyreg.div(x.long(), 2, rounding_mode="trunc"),
        x.long().fmod(2),
        x.byte() + -2,
        tinyreg.add(x.long(), x.long(), alpha=2),
    ],
    "combination": lambda x: [x.clone().addcmul_(x, x, value=0.5), x.lerp(x + 1, tinyreg.tensor(0.7)), x.addcdiv(x, x.cosh(), value=2)],
}


@pytest.mark.parametrize("name", CALLS)
def test_answers_are_those_of_numpy(device, name):
    wanted, got = twice(device, lambda: host(CALLS[name](tinyreg.tensor(VALUES))))
    assert_equal(got, wanted)
