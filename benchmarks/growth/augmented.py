"""Images a second that a DataLoader augments on one core: uint8 images of 28x28, flipped, cropped from a frame, normalised.

End to end: from the shuffled indices to the float32 batch that a network eats. As whole batches by `batch_transform`, where
every transform is a few calls of NumPy a batch; and image by image in the data set, where it is those calls an image.
"""

import os
import time

from .check import Check
from .fresh import call

TITLE = "at least 20,000 augmented 28x28 images a second and core"
BAR = 20_000  # images a second, in whole batches
BATCHES = (32, 128, 512)
EXAMPLES = 20_000
SINGLY = 2_000
ROUNDS = 7


def rates(examples, singly, rounds):
    """Images a second, the most of some passes, by the way they are augmented and the size of a batch."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    import tinyreg as t
    from tinyreg.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor

    t.set_num_threads(1)
    augment = Compose([RandomHorizontalFlip(), RandomCrop(28, padding=4), ToTensor(), Normalize(0.1307, 0.3081)])
    images, labels = t.randint(0, 256, (examples, 28, 28)).to(t.uint8), t.randint(0, 10, (examples,))
    whole = t.utils.data.TensorDataset(images, labels)
    pixels, classes = images.numpy(), labels.numpy()

    class Singly(t.utils.data.Dataset):
        """The same images one by one."""

        def __getitem__(self, index):
            return augment(pixels[index]), int(classes[index])

        def __len__(self):
            return singly

    found = {}
    for batch in BATCHES:
        loader = t.utils.data.DataLoader(whole, batch, shuffle=True, batch_transform=augment)
        found[f"whole batches, {batch}"] = max(_rate(loader) for _ in range(rounds))
        found[f"image by image, {batch}"] = max(_rate(t.utils.data.DataLoader(Singly(), batch, shuffle=True)) for _ in range(rounds))
    return found


def _rate(loader):
    begin = time.perf_counter()
    count = sum(len(y) for _, y in loader)
    return count / (time.perf_counter() - begin)


def measure(quick=False):
    """Images a second."""
    shares = {"examples": 1024, "singly": 512, "rounds": 1} if quick else {"examples": EXAMPLES, "singly": SINGLY, "rounds": ROUNDS}
    return call(rates, threads=1, **shares)


def table(found):
    """Headings and rows."""
    return ["augmented", "batch", "images a second"], [[*name.rsplit(", ", 1), f"{rate:,.0f}"] for name, rate in found.items()]


def checks(found):
    """The batch path holds the bar."""
    return [Check(f"{name}: images a second", rate, BAR, least=True) for name, rate in found.items() if name.startswith("whole")]
