"""The two networks of the comparison, with the places where a method may put a module.

    mlp      pixels -> 256 -> 10: one hidden layer, large enough to learn some hundred images by heart, wrong labels included
    lenet    LeNet-5 (images of 28x28 are padded to its 32x32); for 8x8 images its shape with a small stem: two 3x3
             convolutions with padding where LeNet has 5x5 without

A hidden layer is  linear or conv -> norm -> ReLU -> noise;  in most methods norm and noise are absent. Weights begin as
He et al. (2015) derived for ReLU, so that the deeper network learns from the first step on; biases as in PyTorch.
"""

from .. import nn
from ..parameter import penalized_parameters

HIDDEN = 256  # units of the mlp's hidden layer
SMALL = 16  # pixels: smaller images get the small stem


def build(model, method, strength, shape=(1, 8, 8)):
    """The network of a run.

    Args:
        model: "mlp" or "lenet".
        method: a row of `methods.METHODS`.
        strength: one of its candidates.
        shape: (channels, height, width) of an image.

    Shape:
        (N, *shape) -> (N, 10).

    Example:
        >>> from tinyreg.experiments.methods import METHODS
        >>> [type(module).__name__ for module in build("mlp", METHODS["dropout"], {"p": 0.5})]
        ['Flatten', 'Linear', 'ReLU', 'Dropout', 'Linear']
    """

    def hidden(layer, *shape):
        modules = layer, method.norm(shape, **strength), nn.ReLU(), method.noise(shape, **strength)
        return [module for module in modules if module is not None]

    channels, height, width = shape
    if model == "mlp":
        return _he(nn.Sequential(nn.Flatten(), *hidden(nn.Linear(channels * height * width, HIDDEN), HIDDEN), nn.Linear(HIDDEN, 10)))
    if min(height, width) < SMALL:
        kernel, first, second = 3, 1, 1
    else:
        kernel, first, second = 5, 2 if min(height, width) < 32 else 0, 0
    h, w = height + 2 * first - kernel + 1, width + 2 * first - kernel + 1
    i, j = h // 2 + 2 * second - kernel + 1, w // 2 + 2 * second - kernel + 1
    network = nn.Sequential(                                                      # for 28x28:     for 8x8:
        *hidden(nn.Conv2d(channels, 6, kernel, padding=first), 6, h, w),          # (N, 6, 28, 28)   (N, 6, 8, 8)
        nn.MaxPool2d(2),                                                          # (N, 6, 14, 14)   (N, 6, 4, 4)
        *hidden(nn.Conv2d(6, 16, kernel, padding=second), 16, i, j),              # (N, 16, 10, 10)  (N, 16, 4, 4)
        nn.MaxPool2d(2),                                                          # (N, 16, 5, 5)    (N, 16, 2, 2)
        nn.Flatten(),
        *hidden(nn.Linear(16 * (i // 2) * (j // 2), 120), 120),
        *hidden(nn.Linear(120, 84), 84),
        nn.Linear(84, 10),
    )  # fmt: skip
    return _he(network)


def _he(network):
    for weight in penalized_parameters(network):
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    return network
