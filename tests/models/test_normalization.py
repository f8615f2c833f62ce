import pytest

import tinyreg
from tinyreg.models.normalization import normalization_layer

KINDS = [
    (None, False, "Identity"),
    ("batch", False, "BatchNorm1d"),
    ("batch", True, "BatchNorm2d"),
    ("layer", False, "LayerNorm"),
    ("layer", True, "GroupNorm"),
]


@pytest.mark.parametrize("kind, images, name", KINDS)
def test_each_kind(kind, images, name):
    layer = normalization_layer("model", kind, 6, images)
    x = tinyreg.randn(4, 6, 3, 3) if images else tinyreg.randn(4, 6)
    assert type(layer).__name__ == name and layer(x).shape == x.shape
    assert layer.normalization == (kind is not None)


def test_layer_norm_of_images_takes_each_image_as_a_whole():
    y = normalization_layer("model", "layer", 6, images=True)(3 + 2 * tinyreg.randn(4, 6, 5, 5))
    means = y.detach().numpy().mean((1, 2, 3))
    assert abs(means).max() < 1e-6


def test_an_unknown_kind():
    with pytest.raises(ValueError, match="Net: normalization must be 'batch', 'layer' or None, got normalization='spectral'"):
        normalization_layer("Net", "spectral", 3)
