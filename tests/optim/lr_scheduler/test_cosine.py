import pytest

from tests.optim.rates import optimizer_of, rates
from tinyreg.optim.lr_scheduler import CosineAnnealingWarmRestarts


def test_falls_by_hand():
    # a fall of 2 steps, then of 4, then of 8; half of the rate is left in the middle
    schedule = CosineAnnealingWarmRestarts(optimizer_of(1.0), 2, T_mult=2)
    seen = rates(schedule, 15)
    assert [t for t, rate in enumerate(seen) if rate == 1.0] == [0, 2, 6, 14]
    assert [seen[1], seen[4], seen[10]] == pytest.approx([0.5, 0.5, 0.5])


def test_epochs_may_be_fractions_and_out_of_order():
    schedule = CosineAnnealingWarmRestarts(optimizer_of(1.0), 2, eta_min=0.5)
    for epoch, rate in [(0.5, 0.5 + 0.25 * (1 + 2**-0.5)), (5, 0.75), (None, 1.0), (1.5, 0.5 + 0.25 * (1 - 2**-0.5))]:
        schedule.step(epoch)
        assert schedule.get_last_lr() == pytest.approx([rate])
