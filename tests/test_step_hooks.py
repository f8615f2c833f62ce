import copy

import pytest

import tinyreg
from tinyreg import optim


def descending(optimizer=optim.SGD, **options):
    w = tinyreg.tensor([1.0, 2.0], requires_grad=True)
    w.grad = tinyreg.ones(2)
    return w, optimizer([w], **{"lr": 0.5, **options})


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad, optim.Adadelta])
def test_hooks_run_around_every_step_in_their_order(optimizer):
    w, optimizer = descending(optimizer)
    seen = []
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", o is optimizer, w.tolist() == [1.0, 2.0])))
    optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", o is optimizer, w.tolist() == [1.0, 2.0])))
    optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append("second"))
    optimizer.step()
    assert seen == [("before", True, True), "second", ("after", True, False)]


def test_a_hook_sees_and_may_change_what_step_was_called_with():
    w, optimizer = descending()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o,), {"closure": lambda: "another loss"}))
    seen = []
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append((args, list(kwargs))))
    assert optimizer.step(lambda: "a loss") == "another loss"
    assert seen == [((optimizer,), ["closure"])]


def test_a_removed_hook_is_gone():
    w, optimizer = descending()
    seen = []
    handles = [getattr(optimizer, f"register_step_{when}_hook")(lambda *_: seen.append(1)) for when in ("pre", "post")]
    optimizer.step()
    assert seen == [1, 1]
    for handle in handles:
        handle.remove()
    optimizer.step()
    assert seen == [1, 1]


def test_a_step_inside_a_step_runs_no_hooks_of_its_own():
    class Twice(optim.SGD):
        def step(self, closure=None):
            super().step()
            return super().step()

    w, optimizer = descending(Twice)
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))
    optimizer.step()
    assert seen == ["before", "after"] and w.tolist() == [0.0, 1.0]


def test_a_step_that_failed_leaves_the_hooks_in_place():
    w, optimizer = descending()
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    with pytest.raises(ZeroDivisionError):
        optimizer.step(lambda: 1 / 0)
    optimizer.step()
    assert seen == ["before", "before"]


def test_an_optimizer_without_init_of_the_base_class_has_hooks():
    class Own(optim.Optimizer):
        def __init__(self, w):
            self.w = w

        def step(self):
            self.w.data.sub_(1.0)

    w, _ = descending()
    optimizer, seen = Own(w), []
    optimizer.register_step_post_hook(lambda *_: seen.append(w.tolist()))
    optimizer.step()
    assert seen == [[0.0, 1.0]]


def test_hooks_are_an_optimizers_own():
    (_, one), (_, other) = descending(), descending()
    one.register_step_post_hook(lambda *_: pytest.fail("the hook of another optimizer"))
    other.step()
    twin = copy.deepcopy(other)
    twin.register_step_post_hook(lambda *_: pytest.fail("the hook of a copy"))
    other.step()


@pytest.mark.parametrize("returned", [3, (1,), ((), {}, 1)])
def test_what_a_hook_must_return(returned):
    w, optimizer = descending()
    optimizer.register_step_pre_hook(lambda *_: returned)
    with pytest.raises(RuntimeError, match=r"a hook must return None or \(args, kwargs\), got .*[31].*; return both"):
        optimizer.step()


def test_as_pytorch():
    torch = pytest.importorskip("torch")

    def steps(library):
        w, log = library.ones(1, requires_grad=True), []
        optimizer = library.optim.SGD([w], lr=0.5)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: log.append((len(args), sorted(kwargs))))
        optimizer.register_step_pre_hook(lambda o, args, kwargs: (args, kwargs))
        optimizer.register_step_post_hook(lambda o, args, kwargs: log.append((len(args), sorted(kwargs))))
        w.sum().backward()
        optimizer.step()
        optimizer.step(closure=lambda: 1.0)
        return log

    assert steps(tinyreg) == steps(torch) and len(steps(torch)) == 4
