"""The process of one library: answers requests on its pipes, and computes only while it is asked to."""

import os
import pickle
import signal
import statistics
import sys
import traceback

from .disturbance import Watch


class Worker:
    """A library and the workload that it has at hand.

    Args:
        library: a `libraries.library.Library`.
    """

    def __init__(self, library):
        self.library = library
        self.at_hand = None, {}

    def hello(self):
        """Version, settings, the GPU if it is on one, and the thread pools with the threads that they really have."""
        library = self.library
        return {"version": library.version(), "settings": library.settings(), "hardware": library.hardware(), "pools": pools()}

    def record(self, key):
        """What `checks.record` says of a workload."""
        from .checks import record
        from .workloads import WORKLOADS

        return record(self.library, WORKLOADS[key])

    def turn(self, key, case, seconds, least=3):
        """Time a case: a warm-up, then as many calls as fit, at least `least`.

        Returns:
            {"seconds": the median call's, of a chain an operation's, "calls": how many, "taken": the share of the processors
            that others used meanwhile, or None}.
        """
        call, parts = self.case(key, case)
        warm = self.library.seconds(call, min(2, least))
        each = max(min(warm), 1e-7)
        self.library.seconds(call, int(min(0.2 * seconds / each, 1000)))
        watch = Watch()
        found = self.library.seconds(call, max(least, int(seconds / each)))
        return {"seconds": statistics.median(found) / parts, "calls": len(found), "taken": watch.share()}

    def case(self, key, case):
        """(what is called, into how many parts its time is divided); the one that was called before is forgotten."""
        from .workloads import WORKLOADS

        if self.at_hand[0] != key:
            self.at_hand = None, {}  # before memory is asked for
            self.at_hand = key, cases(self.library, WORKLOADS[key])
        return self.at_hand[1][case]()

    def forget(self):
        """Give the memory of the workload back."""
        self.at_hand = None, {}


def cases(library, workload):
    """{case: function without arguments that returns (call, parts)} of a workload."""
    from .workloads import Chain, Network

    if isinstance(workload, Network):
        trainer = library.trainer(workload, workload.weights())
        batches = [(library.array(x), library.array(y)) for x, y in workload.batches()]

        def train():
            trainer.train()
            return in_turn(trainer.step, batches), 1

        def infer():
            trainer.eval()
            return in_turn(trainer.infer, [(x,) for x, _ in batches]), 1

        return {"train": train, "infer": infer}
    if isinstance(workload, Chain):
        lengths = {case: int(case.replace(",", "")) for case in workload.cases}
        return {case: lambda n=n: (library.chain(workload, n), n) for case, n in lengths.items()}
    call = library.kernel(workload.name, workload.arrays())
    return {workload.cases[0]: lambda: (call, 1)}


def in_turn(function, inputs):
    """A function without arguments that gives `function` the next inputs with each call."""
    position = -1

    def call():
        nonlocal position
        position = (position + 1) % len(inputs)
        return function(*inputs[position])

    return call


def pools():
    """The thread pools that are loaded: [{"name", "version", "architecture", "threads"}]."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [
        {"name": pool["internal_api"], "threads": pool["num_threads"]} | {key: pool.get(key) for key in ("version", "architecture")}
        for pool in threadpool_info()
    ]


def pin(threads):
    """Keep this process on as many processors as it has threads: pools that nobody can limit are limited, too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def serve(answer, requests, answers):
    """Answer until the pipe is closed.

    Args:
        answer: an object whose methods are the requests.
        requests, answers: binary files of pickles: (method, arguments) comes in; ("done", value), ("cannot", reason) or
            ("failed", traceback) goes out.
    """
    while True:
        try:
            method, arguments = pickle.load(requests)
        except EOFError:
            return
        try:
            said = "done", getattr(answer, method)(*arguments)
        except NotImplementedError as reason:
            said = "cannot", str(reason)
        except Exception:
            said = "failed", traceback.format_exc()
        pickle.dump(said, answers)
        answers.flush()


def main():
    """The process: python -m benchmarks.worker NAME THREADS DTYPE DEVICE."""
    name, threads, dtype, device = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    if device == "cpu":
        pin(int(threads))
    from .libraries import load

    try:
        library = load(name)(int(threads), dtype, device)
    except Exception as error:
        said = str(error) if isinstance(error, RuntimeError) else f"{type(error).__name__}: {error}"
        pickle.dump(("failed", said), answers)
        return
    pickle.dump(("done", None), answers)
    answers.flush()
    try:
        serve(Worker(library), sys.stdin.buffer, answers)
    except BrokenPipeError:  # who asked is gone
        os._exit(1)


if __name__ == "__main__":
    main()
