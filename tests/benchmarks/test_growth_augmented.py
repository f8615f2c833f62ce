"""The transforms of a batch are as many instructions for any number of images: that makes them fast, and can be counted."""

import sys

import pytest

import tinyreg as torch
from tinyreg.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor

AUGMENT = Compose([RandomHorizontalFlip(), RandomCrop(28, padding=4), ToTensor(), Normalize(0.1307, 0.3081)])


class Singly(torch.utils.data.Dataset):
    """Images that are augmented one by one."""

    def __init__(self, images):
        self.images = images.numpy()

    def __getitem__(self, index):
        return AUGMENT(self.images[index]), index

    def __len__(self):
        return len(self.images)


def instructions_of(loader):
    """The instructions of Python's machine that a pass takes: what one call of NumPy does, however long, is one."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        count += event == "opcode"
        return trace

    list(loader)  # what is made once is made
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for _ in loader:
            pass
    finally:
        sys.settrace(before)
    return count


def whole(size, batches=3):
    images = torch.randint(0, 256, (size * batches, 28, 28)).to(torch.uint8)
    data = torch.utils.data.TensorDataset(images, torch.arange(size * batches))
    return torch.utils.data.DataLoader(data, size, shuffle=True, batch_transform=AUGMENT)


def test_a_larger_batch_takes_no_more_instructions():
    assert instructions_of(whole(16)) == instructions_of(whole(256)) > 3_000


def test_more_batches_take_more_instructions():
    four, eight, sixteen = (instructions_of(whole(16, batches)) for batches in (4, 8, 16))
    assert sixteen - eight == 2 * (eight - four) > 0


@pytest.mark.parametrize("size", [16, 64])
def test_image_by_image_every_image_takes_them(size):
    images = torch.randint(0, 256, (size, 28, 28)).to(torch.uint8)
    assert instructions_of(torch.utils.data.DataLoader(Singly(images), size)) > 1_000 * size
