"""Does a loader with workers feed W5 without the model waiting?

W5 is trained on uint8 images of 32x32x3 that are flipped, cropped from a frame of four pixels and normalised: as whole
batches (`batch_transform`), or image by image in the data set, and there also turned, shifted and recoloured, which is ten
times the work. What the loop waits is the time in `next(loader)`, the first batch of a pass aside: nobody can have begun
that one. With two workers the model waits for a lookup; what the workers compute, they compute on the model's processors.
"""

import statistics
import time

from .check import Check
from .fresh import call

TITLE = "data loading overlapped: a loader with workers feeds W5"
WORKERS = (0, 2)
BATCH = 32
STEPS = 24
ROUNDS = 3
SHARE = 0.03  # of a step that the model may wait


def images(steps):
    """A TensorDataset of random images, so many batches."""
    import tinyreg as t

    count = BATCH * steps
    return t.utils.data.TensorDataset(t.randint(0, 256, (count, 32, 32, 3)).to(t.uint8), t.randint(0, 10, (count,)))


def kinds(steps):
    """{name: (data set, batch_transform)}."""
    import tinyreg as t
    from tinyreg.transforms import ColorJitter, Compose, Normalize, RandomAffine, RandomCrop, RandomHorizontalFlip, ToTensor

    numbers = [ToTensor(), Normalize(0.5, 0.25)]
    usual = Compose([RandomHorizontalFlip(), RandomCrop(32, padding=4), *numbers])
    strong = Compose(
        [RandomHorizontalFlip(), RandomAffine(10, translate=(0.1, 0.1), interpolation="bilinear"), ColorJitter(0.2, 0.2, 0.2), *numbers]
    )
    whole = images(steps)
    x, y = (tensor.numpy() for tensor in whole.tensors)

    class Singly(t.utils.data.Dataset):
        """The same images one by one."""

        def __init__(self, transform):
            self.transform = transform

        def __getitem__(self, index):
            return self.transform(x[index]), int(y[index])

        def __len__(self):
            return len(x)

    return {
        "whole batches": (whole, usual),
        "image by image": (Singly(usual), None),
        "image by image, turned and recoloured": (Singly(strong), None),
    }


def passes(steps, rounds):
    """Medians over the steps of some passes: of the step, of what it waited, of the step alone; in seconds."""
    import tinyreg as t

    from ..libraries import load
    from ..workloads import WORKLOADS

    network = WORKLOADS["W5"]
    library = load("tinyreg")(threads=2)
    trainer = library.trainer(network, network.weights())
    trainer.train()
    x, y = (library.array(array) for array in network.batches(1)[0])
    given = kinds(steps)
    found = {f"{name}, {workers}": {"step": [], "waited": [], "alone": []} for name in given for workers in WORKERS}
    for _ in range(3):
        trainer.step(x, y)
    for _ in range(rounds):
        for name, (data, transform) in given.items():
            for workers in WORKERS:
                one = found[f"{name}, {workers}"]
                for _ in range(4):  # so that what disturbed one disturbed the other, too
                    moment = time.perf_counter()
                    trainer.step(x, y)
                    one["alone"].append(time.perf_counter() - moment)
                loader = iter(t.utils.data.DataLoader(data, BATCH, shuffle=True, batch_transform=transform, num_workers=workers))
                batch = next(loader)
                while batch is not None:
                    moment = time.perf_counter()
                    trainer.step(*batch)
                    waiting = time.perf_counter()
                    batch = next(loader, None)
                    now = time.perf_counter()
                    if batch is not None:
                        one["step"].append(now - moment)
                        one["waited"].append(now - waiting)
    return {name: {what: statistics.median(seconds) for what, seconds in one.items()} for name, one in found.items()}


def measure(quick=False):
    """Seconds by kind of loading and number of workers."""
    return call(passes, steps=3 if quick else STEPS, rounds=1 if quick else ROUNDS)


def table(found):
    """Headings and rows."""
    rows = []
    for name, of in found.items():
        kind, workers = name.rsplit(", ", 1)
        milliseconds = [f"{of[what] * 1e3:.2f}" for what in ("alone", "step", "waited")]
        rows.append([kind, workers, *milliseconds, f"{of['waited'] / of['step']:.2%}"])
    return ["W5 fed by", "workers", "step alone, ms", "step and loading, ms", "waited, ms", "share waited"], rows


def checks(found):
    """With workers, the model waits for next to nothing."""
    fed = {name: of for name, of in found.items() if not name.endswith(", 0")}
    return [Check(f"{name} workers: share of a step that the model waits", of["waited"] / of["step"], SHARE) for name, of in fed.items()]
