import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import corrupt_labels


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("share", [0, 0.25, 0.9, 1])
def test_exactly_the_share_is_wrong_and_the_classes_are_valid(classes, share):
    labels = np.arange(1200) % classes
    before = labels.copy()
    noisy, mask = corrupt_labels(labels, share, generator=torch.Generator(0), return_mask=True)
    np.testing.assert_array_equal(noisy != labels, mask)
    assert mask.sum() == round(share * 1200) and noisy.min() >= 0 and noisy.max() < classes and noisy.dtype == labels.dtype
    np.testing.assert_array_equal(labels, before)
    steps = np.bincount((noisy - labels)[mask] % classes, minlength=classes)
    assert steps[0] == 0 and np.ptp(steps[1:]) <= 1  # the wrong classes come equally often


def test_the_seed_decides():
    labels = torch.arange(100) % 10
    first, again, other = (corrupt_labels(labels, 0.5, generator=torch.Generator(seed)).tolist() for seed in (1, 1, 2))
    assert first == again != other
    torch.manual_seed(3)
    default = corrupt_labels(labels, 0.5).tolist()
    assert default == corrupt_labels(labels, 0.5, generator=torch.Generator(3)).tolist()


def test_a_share_of_nine_tenths_of_ten_classes_tells_nothing():
    """Every class then says every class equally often: 1000 labels of each, 900 wrong over nine others, 100 right."""
    labels = np.arange(10_000) % 10
    noisy = corrupt_labels(labels, 0.9, generator=torch.Generator(0))
    table = np.histogram2d(labels, noisy, bins=10)[0]
    # every cell has the mean 100; the steps are dealt without replacement, so its deviation is at most sqrt(1000 * 0.1 * 0.9)
    assert abs(table - 100).max() < 6 * np.sqrt(90)


def test_what_goes_in_comes_out():
    noisy, mask = corrupt_labels(torch.tensor([0, 1, 2]), 1, return_mask=True)
    assert noisy.dtype == torch.int64 and mask.dtype == torch.bool and mask.all()
    assert corrupt_labels([0, 1, 2], 0) == [0, 1, 2] and corrupt_labels([], 0.5) == []
    narrow = corrupt_labels(np.full(600, 255, dtype="uint8"), 1)
    assert narrow.dtype == np.uint8 and narrow.max() < 255
    assert corrupt_labels([0, 0], 1, num_classes=2) == [1, 1] and corrupt_labels([0, 0], 1) == [1, 1]
    assert set(corrupt_labels([0] * 9, 1, num_classes=4)) == {1, 2, 3}


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: corrupt_labels([0, 1], 1.5), ValueError, r"share must lie in \[0, 1\], got share=1.5"),
        (lambda: corrupt_labels([0, 1], float("nan")), ValueError, "got share=nan"),
        (lambda: corrupt_labels([0, 3], 0.5, num_classes=3), ValueError, r"must lie in \[0, 3\), .* got labels from 0 to 3"),
        (lambda: corrupt_labels([-1, 1], 0.5), ValueError, "got labels from -1 to 1"),
        (lambda: corrupt_labels([0, 0], 0.5, num_classes=1), ValueError, r"must lie in \[0, 1\), at least two classes"),
        (lambda: corrupt_labels([[0, 1]], 0.5), ValueError, r"got shape \(1, 2\)"),
        (lambda: corrupt_labels([0.5, 1], 0.5), TypeError, "got float64"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()
