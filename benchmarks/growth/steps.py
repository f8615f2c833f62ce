"""No growth over 10,000 training steps, with everything switched on that keeps notes between steps.

A convolution, batch norm twice, dropout, a forward hook, a gradient hook, the L2 and the L1 penalty, gradient clipping, the
ledger, momentum or Adam with a schedule, and DataLoaders that augment, here or in threads. Of eleven steps one raises between
forward and backward, one within backward and one between backward and the optimizer's step, as in scripts that catch an error;
the loss is kept by `.item()`.
"""

import gc
import itertools
import sys
from collections import Counter

from .check import Check
from .fresh import call
from .memory import MIB, resident

TITLE = "no growth over 10,000 training steps"
STEPS = 10_000
QUICK = 200
WARM = 300  # steps before the first count: caches, state of the optimizers, pools of the allocator
PARTS = 5
OPTIMIZERS = ("SGD with momentum", "Adam")
GROWTH = 1 * MIB  # of the resident size, over all steps


class Interrupted(Exception):
    """What goes wrong in the middle of a step."""


def interrupt(gradient):
    """A hook that raises."""
    raise Interrupted


class Training:
    """A small model with everything switched on.

    Args:
        optimizer: one of OPTIMIZERS.
        examples: in the data set.
    """

    def __init__(self, optimizer, examples=1024):
        import tinyreg as t
        from tinyreg.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor

        nn = t.nn
        self.t, self.mean, self.heard = t, 0.0, 0
        t.manual_seed(0)
        augment = Compose([RandomHorizontalFlip(), RandomCrop(8, padding=1), ToTensor(), Normalize(0.5, 0.25)])
        data = t.utils.data.TensorDataset(t.randint(0, 256, (examples, 8, 8)).to(t.uint8), t.randint(0, 10, (examples,)))
        self.loaders = [t.utils.data.DataLoader(data, 16, shuffle=True, batch_transform=augment, num_workers=workers) for workers in (0, 2)]
        self.model = nn.Sequential(
            *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10)),
        )
        self.model[5].register_forward_hook(self._hear)
        self.model[5].weight.register_hook(lambda gradient: gradient * 1.0)
        self.loss = nn.CrossEntropyLoss()
        parameters = self.model.parameters()
        self.optimizer = t.optim.Adam(parameters) if optimizer == "Adam" else t.optim.SGD(parameters, lr=0.01, momentum=0.9)
        self.schedule = t.optim.lr_scheduler.StepLR(self.optimizer, 1000, 0.9)

    def _hear(self, module, inputs, output):
        self.heard += 1

    def run(self, steps):
        """So many steps, some of which are interrupted; the pass that is left in the middle is given up."""
        batches = itertools.chain.from_iterable(itertools.cycle(self.loaders))
        for number, (x, y) in zip(range(1, steps + 1), batches):
            try:
                self.step(x, y, number)
            except Interrupted:
                continue
        self.optimizer.zero_grad()  # whether gradients lie there would depend on how the last step ended

    def step(self, x, y, number):
        """One step, interrupted where its number says so."""
        regularization = self.t.regularization
        self.optimizer.zero_grad()
        logits = self.model(x)
        logits.retain_grad()
        loss = self.loss(logits, y) + regularization.l2_penalty(self.model, 1e-4) + regularization.l1_penalty(self.model, 1e-5)
        if number % 11 == 3:
            raise Interrupted
        if number % 11 == 5:
            logits.register_hook(interrupt)
        loss.backward()
        if number % 11 == 7:
            raise Interrupted
        self.mean += (loss.item() - self.mean) / 100
        if number % 50 == 0:
            regularization.ledger(self.model)
        self.t.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()


def alive():
    """What lives: Tensors, operations of graphs, all objects that the collector knows, blocks of Python's allocator."""
    from tinyreg.autograd.function import Context
    from tinyreg.autograd.tensor import Tensor

    bases = {"tensors": Tensor, "operations": Context}
    cycles = gc.collect()
    kinds = Counter(map(type, gc.get_objects()))  # no list of the objects is kept: it would be one of them the next time
    of = {name: sum(count for kind, count in kinds.items() if issubclass(kind, base)) for name, base in bases.items()}
    return of | {"objects": kinds.total(), "blocks": sys.getallocatedblocks(), "resident": resident(), "cycles": cycles}


def trained(optimizer, steps, warm=WARM, parts=PARTS):
    """What is alive after each part of a training, by the number of steps; and what only the collector could free.

    The collector is off between the counts: what it then finds was left in cycles.
    """
    training = Training(optimizer)
    gc.disable()
    training.run(warm)
    alive()
    found = {}
    for part in range(parts + 1):
        found[part * steps // parts] = alive()
        if part < parts:
            training.run(steps // parts)
    gc.enable()
    return found


def measure(quick=False):
    """What is alive, by optimizer and step."""
    return {optimizer: call(trained, optimizer=optimizer, steps=QUICK if quick else STEPS) for optimizer in OPTIMIZERS}


def table(found):
    """Headings and rows."""
    rows = [
        [optimizer, f"{int(step):,}", of["tensors"], of["operations"], of["objects"], of["cycles"], f"{of['resident'] / MIB:.2f}"]
        for optimizer, parts in found.items()
        for step, of in parts.items()
    ]
    return ["optimizer", "steps", "Tensors", "operations", "objects", "in cycles", "resident, MiB"], rows


def checks(found):
    """Nothing grows."""
    held = []
    for optimizer, parts in found.items():
        _, first, *_, last = parts.values()  # in the first part of all, what is made once is made
        for kind in ("tensors", "operations", "objects"):
            held.append(Check(f"{optimizer}: growth in {kind}", last[kind] - first[kind], 0))
        held.append(Check(f"{optimizer}: objects in cycles", sum(of["cycles"] for of in list(parts.values())[1:]), 0))
        held.append(Check(f"{optimizer}: growth of the resident size, bytes", last["resident"] - first["resident"], GROWTH))
    return held
