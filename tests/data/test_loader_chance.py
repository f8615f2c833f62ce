"""Random transforms in a DataLoader: the seed decides every digit, the number of workers none."""

import pytest

import tinyreg as torch
from tests.stochastic_doors import IMAGES, LABELS, TRANSFORMS, digits
from tinyreg.data import DataLoader, Dataset, TensorDataset
from tinyreg.transforms import Compose, CutMix, MixUp, RandomApply, RandomCrop, RandomErasing, RandomHorizontalFlip

COUNT = 23  # batches of 4: the last one is smaller
UINT8 = (IMAGES * 255).to(torch.uint8).permute(0, 2, 3, 1)  # (N, H, W, C)
TWO = Compose([RandomApply([RandomHorizontalFlip(), RandomCrop(8, 2)], 0.7), RandomErasing(0.8)])


class Transformed(Dataset):
    """Images that a transform changes each time they are asked for, one by one."""

    def __init__(self, images, transform):
        self.images, self.transform = images, transform

    def __getitem__(self, index):
        return self.transform(self.images[index % len(self.images)]), LABELS[index % len(LABELS)]

    def __len__(self):
        return COUNT


class Fetched(Transformed):
    """The same, a batch at a time."""

    def __getitems__(self, keys):
        return [self[key] for key in keys]


def epochs(workers, dataset, **options):
    """The batches of two epochs in a drawn order, and of two in the same one."""
    torch.manual_seed(3)
    shuffled, ordered = (DataLoader(dataset, 4, shuffle=shuffle, num_workers=workers, **options) for shuffle in (True, False))
    found = [digits(list(loader)) for loader in (shuffled, shuffled, ordered, ordered)]
    assert found[0] != found[1] and found[2] != found[3], "each epoch draws anew, in the same order, too"
    return found


def assert_workers_change_nothing(dataset, **options):
    alone = epochs(0, dataset, **options)
    assert alone == epochs(0, dataset, **options)
    for workers in (2, 4):
        assert epochs(workers, dataset, **options) == alone


@pytest.mark.parametrize("images", [IMAGES, UINT8], ids=["floats", "uint8"])
@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name not in ("MixUp", "CutMix")])
def test_one_by_one(name, images):
    assert_workers_change_nothing(Transformed(images, TRANSFORMS[name].make(None)))


@pytest.mark.parametrize("images", [IMAGES, UINT8], ids=["floats", "uint8"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_whole_batches(name, images):
    index = torch.arange(COUNT) % len(images)
    assert_workers_change_nothing(TensorDataset(images[index], LABELS[index]), batch_transform=TRANSFORMS[name].make(None))


def test_both_at_once():
    for mix in (MixUp(num_classes=4, per_example=True), CutMix(num_classes=4)):
        for kind in (Transformed, Fetched):
            assert_workers_change_nothing(kind(UINT8, TWO), batch_transform=Compose([TWO, mix]))
