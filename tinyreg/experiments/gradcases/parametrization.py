"""Gradient cases of what computes a weight from other parameters, and of layers whose weight is computed."""

from .case import Case


def rising(t, n, dtype):
    """1, 2, ..., n, scaled to length 1: no singular vector of anything."""
    x = t.arange(1, n + 1, dtype=dtype)
    return x / (x * x).sum() ** 0.5


def spectrally_normalized(t, weight, dim):
    """The door at u and v that are no singular vectors: its derivative holds for any."""
    rows = weight.shape[dim]
    u, v = (rising(t, n, weight.dtype) for n in (rows, weight.numel() // rows))
    return t.regularization.spectrally_normalized(weight, u, v, dim)


def normed(t, x, norm, **parts):
    """A linear layer whose computed weight has these parts, called on x."""
    layer = norm(t.nn.Linear(3, 2, bias=False).to(x.dtype)).eval()
    for name, part in parts.items():
        delattr(layer, name)
        setattr(layer, name, part)
    return layer(x) + (layer.weight**2).sum()  # its forward, and a penalty


CASES = [
    Case("regularization.weight_of", lambda t, v, g: t.regularization.weight_of(v, g), ((2, 3), (2, 1)), torch=False),
    Case(
        "regularization.weight_of filters",
        lambda t, v, g: t.regularization.weight_of(v, g, dim=1),
        ((3, 2, 3), (1, 2, 1)),
        torch=False,
    ),
    Case("regularization.weight_of one length", lambda t, v, g: t.regularization.weight_of(v, g, dim=None), ((2, 3), ()), torch=False),
    Case(
        "nn.utils.weight_norm",
        lambda t, x, v, g: normed(t, x, t.nn.utils.weight_norm, weight_v=v, weight_g=g),
        ((4, 3), (2, 3), (2, 1)),
        torch=False,
    ),
    Case(
        "regularization.spectrally_normalized",
        lambda t, weight: spectrally_normalized(t, weight, 0),
        ((3, 4),),
        positive=True,
        torch=False,
    ),
    Case(
        "regularization.spectrally_normalized filters",
        lambda t, weight: spectrally_normalized(t, weight, 1),
        ((2, 3, 2),),
        positive=True,
        torch=False,
    ),
    Case(
        "nn.utils.spectral_norm",
        lambda t, x, weight: normed(
            t, x, t.nn.utils.spectral_norm, weight_orig=weight, weight_u=rising(t, 2, x.dtype), weight_v=rising(t, 3, x.dtype)
        ),
        ((4, 3), (2, 3)),
        positive=True,
        torch=False,
    ),
]
