"""The normalization that a model is asked for by name."""

from ..layers.flatten import Identity
from ..regularization.batch_norm import BatchNorm1d, BatchNorm2d
from ..regularization.group_norm import GroupNorm
from ..regularization.layer_norm import LayerNorm


def normalization_layer(who, kind, channels, images=False):
    """A layer that normalizes `channels` features, or images of as many channels.

    Args:
        who: the model that error messages name.
        kind: "batch"; "layer", which for images is one mean and variance an image, with a scale and a shift a channel;
            None for a layer that does nothing.
        channels: number of features or channels.
        images: whether the input is (N, C, H, W) instead of (N, C).

    Example:
        >>> type(normalization_layer("MLP", "batch", 8)).__name__
        'BatchNorm1d'
    """
    if kind is None:
        return Identity()
    if kind == "batch":
        return BatchNorm2d(channels) if images else BatchNorm1d(channels)
    if kind == "layer":
        return GroupNorm(1, channels) if images else LayerNorm(channels)
    raise ValueError(f"{who}: normalization must be 'batch', 'layer' or None, got normalization={kind!r}; None leaves it out")
