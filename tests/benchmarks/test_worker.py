"""What a library's process answers."""

import io
import pickle

import pytest

from benchmarks.libraries.library import Library, Trainer
from benchmarks.worker import Worker, in_turn, serve
from benchmarks.workloads import WORKLOADS


class Counting(Library):
    """A library that counts its calls; each takes a hundredth of a second by its own clock."""

    title = "counting"

    def __init__(self):
        super().__init__(1)
        self.log = []

    def version(self):
        return "7"

    def array(self, x):
        return x

    def seconds(self, call, count):
        return [(call(), 0.01)[1] for _ in range(count)]

    def trainer(self, network, weights, dropout=True):
        library = self

        class Logged(Trainer):
            train = eval = step = infer = None

        trainer = Logged()
        for name in ("train", "eval", "step", "infer"):
            setattr(trainer, name, lambda *arguments, name=name: library.log.append((name, *(len(a) for a in arguments))))
        return trainer

    def chain(self, chain, length):
        return lambda: self.log.append(("chain", length))


def test_a_turn_warms_up_and_then_takes_the_median_of_what_fits():
    library = Counting()
    found = Worker(library).turn("W1", "train", 0.1)
    assert found["seconds"] == 0.01 and found["calls"] == 10 and 0 <= found["taken"] <= 1
    assert library.log == [("train",)] + [("step", 64, 64)] * (2 + 2 + 10)


def test_inference_gets_the_inputs_alone_after_eval():
    library = Counting()
    assert Worker(library).turn("W3", "infer", 0.001, least=4)["calls"] == 4, "at least so many, however slow"
    assert library.log == [("eval",)] + [("infer", 60)] * 6


def test_a_chains_time_is_one_operations():
    assert Worker(Counting()).turn("W6", "50,000", 0.01)["seconds"] == pytest.approx(0.01 / 50_000)


def test_a_workload_is_built_once_and_forgotten_when_the_next_comes():
    library = Counting()
    worker = Worker(library)
    call, _ = worker.case("W1", "train")
    built = worker.at_hand[1]
    assert worker.case("W1", "infer") and worker.at_hand[1] is built
    worker.case("W3", "train")
    assert worker.at_hand[0] == "W3" and worker.at_hand[1] is not built
    library.kernel = lambda name, arrays: lambda seen=worker.at_hand: seen
    call, _ = worker.case("W7-adam", "forward + backward")
    assert call() == (None, {}), "the last one was given back before this one asked for memory"
    worker.forget()
    assert worker.at_hand == (None, {})


def test_inputs_come_in_turn():
    call = in_turn(lambda a, b: a + b, [(1, 2), (10, 20)])
    assert [call() for _ in range(3)] == [3, 30, 3]


def test_hello_says_what_is_measured():
    said = Worker(Counting()).hello()
    assert said["version"] == "7" and said["hardware"] is None and said["settings"] == {}
    assert all({"name", "threads", "version", "architecture"} == set(pool) for pool in said["pools"])


def test_answers_come_with_their_kind():
    requests = io.BytesIO(b"".join(pickle.dumps(request) for request in [("hello", ()), ("record", ("W7-adam",)), ("record", ("W9",))]))
    answers = io.BytesIO()
    serve(Worker(Counting()), requests, answers)
    answers.seek(0)
    kinds = [pickle.load(answers) for _ in range(3)]
    assert [kind for kind, _ in kinds] == ["done", "cannot", "failed"]
    assert kinds[1][1] == "counting has no adam" and kinds[2][1].strip().endswith("KeyError: 'W9'")


def test_what_a_library_lacks_has_a_reason():
    bare = Library(1)
    bare.title = "bare"
    for call in (lambda: bare.trainer(WORKLOADS["W1"], []), lambda: bare.chain(WORKLOADS["W6"], 4), lambda: bare.kernel("adam", {})):
        with pytest.raises(NotImplementedError, match="^bare has no (networks|tape of operations|adam)$"):
            call()
    with pytest.raises(NotImplementedError, match="is measured on the CPU only$"):
        Library(1, device="cuda")
