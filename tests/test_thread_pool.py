import gc
import sys
import threading
import time

import numpy as np
import pytest

import tests.stand_in.library as stand_in
import tinyreg as torch
from tinyreg import backend, thread_pool
from tinyreg.layers.conv import columns
from tinyreg.layers.pooling import max_pool
from tinyreg.thread_pool import each, results


@pytest.fixture
def pool():
    with torch.use_thread_pool(2):
        yield


def name():
    return threading.current_thread().name


def together(number):
    """A part that ends only when another thread is at work on a part at the same time."""
    meeting.wait()
    return number, name()


meeting = threading.Barrier(2, timeout=10)


def test_off_unless_it_is_switched_on():
    assert thread_pool.size() == 1
    assert each(lambda part: (part, name()), [1, 2, 3]) == [(1, name()), (2, name()), (3, name())]
    made = results(lambda part: part, iter_only := [1, 2])
    assert not isinstance(made, list) and list(made) == iter_only  # one at a time


def test_two_threads_work_at_the_same_time_and_results_keep_their_order(pool):
    for function in (each, results):
        done = list(function(together, list(range(8))))
        assert [number for number, _ in done] == list(range(8))
        assert len({thread for _, thread in done}) == 2 and name() in {thread for _, thread in done}


def test_a_block_ends_where_it_began_and_blocks_may_stand_in_blocks():
    with torch.use_thread_pool(2):
        with torch.use_thread_pool(3) as block:
            assert thread_pool.size() == 3 and isinstance(block, torch.use_thread_pool)
        assert thread_pool.size() == 2
        with torch.use_thread_pool(1):
            assert {thread for _, thread in each(lambda part: (part, name()), range(4))} == {name()}
    assert thread_pool.size() == 1


def test_small_work_stays_where_it_is(pool):
    assert {thread for _, thread in each(lambda part: (part, name()), range(4), 2 * thread_pool.SHARE - 1)} == {name()}
    assert len({thread for _, thread in each(together, range(4), 2 * thread_pool.SHARE)}) == 2
    assert each(len, [], 0) == each(len, []) == []


def test_what_is_raised_is_what_one_thread_would_raise(pool):
    begun = []

    def work(number):
        begun.append(number)
        if number < 2:
            meeting.wait()
        if number == 0:
            time.sleep(0.05)
            raise ValueError("of the first part")
        raise KeyError("of another part, and earlier")

    with pytest.raises(ValueError, match="of the first part"):
        each(work, range(1000))
    assert sorted(begun) == [0, 1]


def test_an_exception_lets_nothing_else_begin(pool):
    begun = []

    def work(number):
        begun.append(number)
        meeting.wait()
        if number == 1:
            raise ValueError("one of two")
        time.sleep(0.05)  # by now the other part has failed

    with pytest.raises(ValueError, match="one of two"):
        each(work, range(1000))
    assert sorted(begun) == [0, 1]


def test_an_exception_keeps_nothing_alive(pool):
    class Big:
        pass

    def work(number):
        big = Big()
        raise ValueError(str(big))

    gc.collect()
    gc.disable()
    try:
        with pytest.raises(ValueError):
            each(work, range(2))
        sys.exc_info()
        assert not [thing for thing in gc.get_objects() if type(thing) is Big]  # isinstance would ask lazy proxies of other libraries
    finally:
        gc.enable()


def test_a_part_does_its_own_parts_itself(pool):
    def inner(number):
        time.sleep(0.005)
        return name()

    def outer(number):
        meeting.wait()
        return {name()} == set(each(inner, range(4)))

    assert each(outer, range(2)) == [True, True]
    with torch.use_thread_pool(3):  # a third thread would have the time
        assert each(outer, range(2)) == [True, True]
    assert len({thread for _, thread in each(together, range(4))}) == 2  # and behind them the pool is as before


def test_blas_has_one_thread_inside_and_what_it_had_behind(pool):
    before, found = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        assert each(lambda part: torch.get_num_threads(), range(3)) == [1, 1, 1]
        assert torch.get_num_threads() == 2
        with pytest.raises(ZeroDivisionError):
            each(lambda part: 1 // part, range(3))
        assert torch.get_num_threads() == 2
        thread = threading.Thread(target=lambda: found.extend(each(lambda part: torch.get_num_threads(), range(3))))
        thread.start()
        thread.join(10)
        assert (found, torch.get_num_threads()) == ([1, 1, 1], 2)  # whichever thread asks
    finally:
        torch.set_num_threads(before)


def test_a_part_sees_the_error_state_of_numpy_that_was_set_around_it(pool):
    def work(number):
        meeting.wait()
        try:
            np.float32(1) / np.zeros(1, "float32")
        except FloatingPointError:
            return "raised"

    with np.errstate(all="raise"):
        assert each(work, range(2)) == ["raised", "raised"]
    with np.errstate(all="ignore"):
        assert each(work, range(2)) == [None, None]


def test_arrays_on_a_gpu_stay_with_the_thread_that_has_them(pool, monkeypatch):
    monkeypatch.setattr(backend, "_libraries", dict(backend._libraries))
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    monkeypatch.setattr(backend, "_put_off", [])  # what waits for a look waits no longer
    backend.register("cupy", stand_in.library)
    arrays = [stand_in.library.asarray([1.0, 2.0]) for _ in range(4)]
    assert each(lambda part: name(), arrays) == [name()] * 4


def test_refusals(monkeypatch):
    with pytest.raises(TypeError, match="threads must be an integer, got 1.5; 1 switches"):
        torch.use_thread_pool(1.5)
    with pytest.raises(TypeError, match="threads must be an integer, got True"):
        torch.use_thread_pool(True)
    with pytest.raises(ValueError, match="threads must be at least 1, got 0; 1 switches"):
        torch.use_thread_pool(0)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(RuntimeError, match="threadpoolctl must be installed .*, got none; pip install threadpoolctl"):
        torch.use_thread_pool(2)
    torch.use_thread_pool(1)
    assert thread_pool.size() == 1


# The same digits. Every loop over pieces is cut small, so that small arrays go to the pool, too.


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(backend, "PIECE", 64)
    monkeypatch.setattr(backend.blocks, "__defaults__", (256,))
    monkeypatch.setattr(columns, "COLUMNS", 2048)
    monkeypatch.setattr(max_pool, "SHARE", 256)
    monkeypatch.setattr(thread_pool, "SHARE", 8)


def network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(8, 9, 3),
        torch.nn.Flatten(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(9 * 4, 10),
    )


def trained(optimizer, steps=3, seed=0):
    """The weights and gradients of a network behind a few steps with everything that takes arrays in pieces."""
    with torch.random.use(torch.Generator(seed)):
        model = network()
        x, y = torch.randn(12, 3, 8, 8), torch.randint(0, 10, (12,))
        averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
        step = optimizer(model.parameters())
        for _ in range(steps):
            step.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x), y)
            loss = loss + torch.regularization.l2_penalty(model, 1e-2) + torch.regularization.l1_penalty(model, 1e-3)
            loss.backward()
            torch.regularization.add_gradient_noise_(model.parameters(), 0.01)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            step.step()
            averaged.update_parameters(model)
    return [array.copy() for p in model.parameters() for array in (p.array, p.grad.array)] + [p.array.copy() for p in averaged.parameters()]


IN_PIECES = "autograd.addend dropping layers.conv.convolution layers.pooling.max_pool ops.normalizing".split()
IN_PIECES += [f"regularization.{room}" for room in ("gradient_clipping", "l1", "l2", "noise", "weight_averaging")]
OPTIMIZERS = {
    "Adam": lambda params: torch.optim.Adam(params, weight_decay=0.01, amsgrad=True),
    "AdamW": lambda params: torch.optim.AdamW(params),
    "SGD": lambda params: torch.optim.SGD(params, momentum=0.9),
    "RMSprop": lambda params: torch.optim.RMSprop(params, momentum=0.9, centered=True),
    "Adagrad": lambda params: torch.optim.Adagrad(params),
    "Adadelta": lambda params: torch.optim.Adadelta(params),
}


def same(a, b):
    assert len(a) == len(b) and a
    for x, y in zip(a, b):
        np.testing.assert_array_equal(x, y)
        assert np.isfinite(x).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_pool_changes_no_digit_of_a_training(optimizer, small, monkeypatch):
    alone = trained(OPTIMIZERS[optimizer])
    pooled, plain = set(), thread_pool._together
    monkeypatch.setattr(thread_pool, "_together", lambda function, *rest: pooled.add(function.__module__) or plain(function, *rest))
    with torch.use_thread_pool(2):
        same(trained(OPTIMIZERS[optimizer]), alone)
    assert {f"tinyreg.{module}" for module in IN_PIECES} | {f"tinyreg.optim.{optimizer.lower().removesuffix('w')}"} <= pooled


def test_two_networks_in_two_threads_train_as_each_does_alone(small):
    alone = [trained(OPTIMIZERS["Adam"], seed=seed) for seed in (0, 1)]
    found = {}
    with torch.use_thread_pool(2):
        threads = [
            threading.Thread(target=lambda seed=seed: found.update({seed: trained(OPTIMIZERS["Adam"], seed=seed)})) for seed in (0, 1)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    for seed in (0, 1):
        same(found[seed], alone[seed])


def test_a_loaders_workers_may_use_it(pool):
    class Sums(torch.utils.data.Dataset):
        def __len__(self):
            return 40

        def __getitem__(self, index):
            return np.float32(sum(each(lambda part: part * part, list(range(index)))))

    loader = torch.utils.data.DataLoader(Sums(), batch_size=4, num_workers=3)
    assert torch.cat(list(loader)).tolist() == [sum(i * i for i in range(n)) for n in range(40)]
