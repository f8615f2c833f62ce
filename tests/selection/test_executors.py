"""Who does the work."""

import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait

import pytest

from tinyreg.selection import SerialExecutor
from tinyreg.selection.executors import Failed, check_picklable, outcomes


class Foreign:
    """An executor of another library, whose futures have result() and nothing else."""

    class Future:
        def __init__(self, value):
            self.value = value

        def result(self):
            return self.value

    def submit(self, function, argument):
        return Foreign.Future(function(argument))


@pytest.mark.parametrize("executor", [SerialExecutor(), ThreadPoolExecutor(2), Foreign()], ids=["serial", "threads", "foreign"])
def test_everybody_does_everything(executor):
    assert sorted(outcomes(executor, abs, range(-5, 0))) == [(n, -n) for n in range(-5, 0)]


def test_the_serial_executor_is_an_executor():
    with SerialExecutor() as executor:
        futures = [executor.submit(divmod, 7, n) for n in (2, 0)]
        assert wait(futures).not_done == set() and list(executor.map(abs, [-1])) == [1]
    assert futures[0].result() == (3, 1) and isinstance(futures[1].exception(), ZeroDivisionError)
    with pytest.raises(RuntimeError, match="SerialExecutor: it must be open, got submit.. after shutdown..; make another one"):
        executor.submit(abs, 1)


def test_the_serial_executor_does_each_when_it_is_submitted():
    began, told = [], []
    for task, _ in outcomes(SerialExecutor(), began.append, range(3)):
        told.append(task)
        assert began == told, "each is told before the next begins"


def test_ctrl_c_passes_through_the_serial_executor():
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(outcomes(SerialExecutor(), interrupted, [1]))


def test_threads_tell_in_the_order_in_which_they_finish():
    gate = threading.Event()

    def work(task):
        if task == 0:
            assert gate.wait(10)
        return task

    order = []
    with ThreadPoolExecutor(2) as executor:
        for task, _ in outcomes(executor, work, range(3)):
            order.append(task)
            if len(order) == 2:
                gate.set()
    assert order[-1] == 0 and sorted(order) == [0, 1, 2]


class Handed(SerialExecutor):
    """Futures that finish when the test says so."""

    def __init__(self):
        self.futures = []

    def submit(self, fn, /, *args, **kwargs):
        self.futures.append(Future())
        return self.futures[-1]


def test_what_is_there_when_another_fails_is_told_first_and_the_rest_is_cancelled():
    executor = Handed()
    each = outcomes(executor, abs, range(4))

    def finish():
        while len(executor.futures) < 4:
            time.sleep(0.001)
        executor.futures[3].set_result("first")

    helper = threading.Thread(target=finish)
    helper.start()
    assert next(each) == (3, "first")
    helper.join()
    executor.futures[1].set_exception(ZeroDivisionError("by hand"))
    executor.futures[2].set_result("kept")  # before anybody asks again
    told = []
    with pytest.raises(Failed) as caught:
        for task, result in each:
            told.append((task, result))
    assert told == [(2, "kept")] and caught.value.task == 1 and isinstance(caught.value.cause, ZeroDivisionError)
    assert [future.cancelled() for future in executor.futures] == [True, False, False, False]


def test_leaving_early_cancels_what_has_not_begun():
    executor = Handed()
    each = outcomes(executor, abs, range(3))

    def finish():
        while len(executor.futures) < 3:
            time.sleep(0.001)
        executor.futures[1].set_result("first")

    helper = threading.Thread(target=finish)
    helper.start()
    assert next(each) == (1, "first")
    each.close()
    helper.join()
    assert [future.cancelled() for future in executor.futures] == [True, False, True]


def test_only_processes_need_pickles():
    check_picklable("who", None, estimator=lambda: 0)
    check_picklable("who", ThreadPoolExecutor(1), estimator=lambda: 0)
    with ProcessPoolExecutor(1) as executor:
        check_picklable("who", executor, estimator=abs, X=[1])
        with pytest.raises(
            TypeError, match="who: params must be something that other processes can be sent, got <function .*; define functions with def"
        ):
            check_picklable("who", executor, estimator=abs, params=lambda: 0)
        assert not executor._processes, "nothing was begun"
