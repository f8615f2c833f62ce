"""The two networks of the comparison, with the places where a method may put a module.

    mlp      pixels -> 256 -> 10: one hidden layer, large enough to learn some hundred images by heart, wrong labels included
    lenet    LeNet-5 (images of 28x28 are padded to its 32x32); for 8x8 images its shape with a small stem: two 3x3
             convolutions with padding where LeNet has 5x5 without

A hidden layer is  linear or conv -> norm -> ReLU -> noise;  in most methods norm and noise are absent. Weights begin as
He et al. (2015) derived for ReLU, so that the deeper network learns from the first step on (with another activation, with
its gain); biases as in PyTorch. Where a
method acts on residual blocks, so many of them stand before the last layer; each begins as the identity.
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

    def finished(network):
        """With its initial weights, whose draws no method changes; then what the method adds."""
        for weight in penalized_parameters(network):
            nn.init.kaiming_normal_(weight, nonlinearity=method.nonlinearity)
        units = network[-1].in_features
        blocks = [_block(hidden, units, method.drop(i, method.blocks, **strength)) for i in range(1, method.blocks + 1)]
        network = nn.Sequential(*network[:-1], *blocks, network[-1])
        for parent in list(network.modules()):
            for name, module in list(parent.named_children()):
                if any(module is layer for layer in layers):
                    setattr(parent, name, method.layer(module, **strength))
        return network

    channels, height, width = shape
    front = _present(method.first(shape, **strength))
    if model == "mlp":
        network = nn.Sequential(*front, nn.Flatten(), *hidden(nn.Linear(channels * height * width, HIDDEN), HIDDEN), nn.Linear(HIDDEN, 10))
        return finished(network)
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
        nn.Linear(84, 10),
    )  # fmt: skip
    return finished(network)


def _present(*modules):
    return [module for module in modules if module is not None]


def _block(hidden, units, drop):
    narrow, expand = nn.Linear(units, units // 4), nn.Linear(units // 4, units)
    nn.init.kaiming_normal_(narrow.weight, nonlinearity="relu")
    nn.init.zeros_(expand.weight)
    nn.init.zeros_(expand.bias)
    return Residual(nn.Sequential(*hidden(narrow, units // 4)), expand, drop)


class Residual(nn.Module):
    """x + drop(expand(narrow(x))).

    Args:
        narrow: a module (N, units) -> (N, fewer).
        expand: a linear layer (N, fewer) -> (N, units).
        drop: a module that may leave the branch out; None never does.

    Example:
        >>> import tinyreg
        >>> Residual(nn.Linear(8, 2), nn.Linear(2, 8))(tinyreg.ones(3, 8)).shape
        Size([3, 8])
    """

    def __init__(self, narrow, expand, drop=None):
        super().__init__()
        self.narrow, self.expand, self.drop = narrow, expand, nn.Identity() if drop is None else drop

    def forward(self, x):
        return x + self.drop(self.expand(self.narrow(x)))
