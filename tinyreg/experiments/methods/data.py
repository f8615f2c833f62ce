"""What acts on the training images."""

from ... import transforms
from .method import Method, grid

CLASSES = 10

ROWS = (
    Method(
        "mixup",
        "mixup",
        "training images and their labels are mixed pair by pair, λ ~ Beta(α, α)",
        grid(alpha=[1.0, 3.0, 10.0, 30.0]),
        grid(alpha=[0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]),
        batch=lambda alpha: transforms.MixUp(alpha=alpha, num_classes=CLASSES),
    ),
    Method(
        "cutmix",
        "CutMix",
        "a box of each training image is replaced by another image's, and the labels are mixed by its area",
        grid(alpha=[0.3, 1.0, 3.0, 10.0]),
        grid(alpha=[0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]),
        batch=lambda alpha: transforms.CutMix(alpha=alpha, num_classes=CLASSES),
    ),
    Method(
        "cutout",
        "random erasing",
        "a rectangle of each training image, of up to a share of its area, is erased",
        grid(share=[0.1, 0.2, 0.3, 0.5]),
        grid(share=[0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9]),
        batch=lambda share: transforms.RandomErasing(p=1.0, scale=(0.02, share)),
    ),
    Method(
        "augmentation",
        "augmentation",
        "each training image is rotated, shifted, scaled and sheared at random; the strength is the largest shift, as a share",
        grid(shift=[0.03, 0.06, 0.12, 0.18]),
        grid(shift=[0.01, 0.03, 0.06, 0.12, 0.18, 0.25, 0.4]),
        batch=lambda shift: transforms.RandomAffine(
            degrees=100 * shift,
            translate=(shift, shift),
            scale=(1 - shift, 1 + shift),
            shear=100 * shift,
            interpolation=transforms.InterpolationMode.BILINEAR,
        ),
    ),
)
