"""The two networks of the comparison, with the places where a method may put a module.

    mlp      pixels -> 256 -> 10: one hidden layer, large enough to learn some hundred images by heart, wrong labels included
    lenet    LeNet-5 (images of 28x28 are padded to its 32x32); for 8x8 images its shape with a small stem: two 3x3
             convolutions with padding where LeNet has 5x5 without

A hidden layer is  linear or conv -> norm -> ReLU -> noise;  in most methods norm and noise are absent. Weights begin as
He et al. (2015) derived for ReLU, so that the deeper network learns from the first step on; biases as in PyTorch. Where a
method acts on residual blocks, so many of them stand before the last layer.
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

    layers = []

    def hidden(layer, *shape):
        layers.append(layer)
        return _present(layer, method.norm(shape, **strength), method.activation(**strength), method.noise(shape, **strength))

    def last(units):
        blocks = [_block(hidden, units, method.drop(i, method.blocks, **strength)) for i in range(1, method.blocks + 1)]
        return *blocks, nn.Linear(units, 10)

    channels, height, width = shape
    front = _present(method.first(shape, **strength))
    if model == "mlp":
        network = nn.Sequential(*front, nn.Flatten(), *hidden(nn.Linear(channels * height * width, HIDDEN), HIDDEN), *last(HIDDEN))
        return _finished(network, layers, method, strength)
    if min(height, width) < SMALL:
        kernel, first, second = 3, 1, 1
    else:
        kernel, first, second = 5, 2 if min(height, width) < 32 else 0, 0
    h, w = height + 2 * first - kernel + 1, width + 2 * first - kernel + 1
    i, j = h // 2 + 2 * second - kernel + 1, w // 2 + 2 * second - kernel + 1
    network = nn.Sequential(
        *front,                                                                   # for 28x28:     for 8x8:
        *hidden(nn.Conv2d(channels, 6, kernel, padding=first), 6, h, w),          # (N, 6, 28, 28)   (N, 6, 8, 8)
        nn.MaxPool2d(2),                                                          # (N, 6, 14, 14)   (N, 6, 4, 4)
        *hidden(nn.Conv2d(6, 16, kernel, padding=second), 16, i, j),              # (N, 16, 10, 10)  (N, 16, 4, 4)
        nn.MaxPool2d(2),                                                          # (N, 16, 5, 5)    (N, 16, 2, 2)
        nn.Flatten(),
        *hidden(nn.Linear(16 * (i // 2) * (j // 2), 120), 120),
        *hidden(nn.Linear(120, 84), 84),
        *last(84),
    )  # fmt: skip
    return _finished(network, layers, method, strength)


def _present(*modules):
    return [module for module in modules if module is not None]


def _finished(network, layers, method, strength):
    """The network with its initial weights, and its hidden layers as the method wants them."""
    for weight in penalized_parameters(network):
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    for parent in list(network.modules()):
        for name, module in list(parent.named_children()):
            if any(module is layer for layer in layers):
                setattr(parent, name, method.layer(module, **strength))
    return network


def _block(hidden, units, drop):
    return Residual(nn.Sequential(*hidden(nn.Linear(units, units), units), *_present(drop)))


class Residual(nn.Module):
    """x + branch(x).

    Example:
        >>> Residual(nn.Identity())(nn.Parameter()).shape
        Size([0])
    """

    def __init__(self, branch):
        super().__init__()
        self.branch = branch

    def forward(self, x):
        return x + self.branch(x)
