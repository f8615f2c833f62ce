import functools
import math

from tests.optim.rates import optimizer_of, rates
from tinyreg.optim.lr_scheduler import LambdaLR, MultiplicativeLR


class Square:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, t):
        return self.scale * t * t + 1


def test_callable_objects_are_saved_and_functions_are_not():
    for make in (LambdaLR, MultiplicativeLR):
        schedule = make(optimizer_of(1.0, 1.0), [Square(3.0), lambda t: 1.0])
        state = schedule.state_dict()
        assert state["lr_lambdas"] == [{"scale": 3.0}, None]
        other = make(optimizer_of(1.0, 1.0), [Square(5.0), lambda t: 2.0])
        other.load_state_dict(state)
        assert [f(2) for f in other.lr_lambdas] == [13.0, 2.0]


def test_anything_that_can_be_called_is_a_function():
    schedule = LambdaLR(optimizer_of(1.0, 1.0), [math.exp, functools.partial(pow, 2)])
    schedule.load_state_dict(schedule.state_dict())
    assert schedule.get_last_lr() == [1.0, 1.0]
    assert rates(schedule, 2)[-1] == math.e


def test_a_multiplicative_schedule_asks_from_one_on():
    asked = []
    schedule = MultiplicativeLR(optimizer_of(1.0), lambda t: asked.append(t) or 0.5)
    assert rates(schedule, 3) == [1.0, 0.5, 0.25]
    assert asked == [1, 2, 3]
