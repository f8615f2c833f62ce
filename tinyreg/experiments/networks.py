"""The two networks of the comparison, with the places where a method may put a module.

    mlp      64 -> 256 -> 10: one hidden layer, large enough to learn 300 images by heart, wrong labels included
    lenet    LeNet-5's shape with a stem for 8x8 images: two 3x3 convolutions with padding where LeNet has 5x5 without

A hidden layer is  linear or conv -> norm -> ReLU -> noise;  in most methods norm and noise are absent. Weights begin as
He et al. (2015) derived for ReLU, so that the deeper network learns from the first step on; biases as in PyTorch.
"""

from .. import nn
from ..parameter import penalized_parameters

HIDDEN = 256  # units of the mlp's hidden layer
LEARNING_RATES = {"mlp": 0.25, "lenet": 0.1}  # of plain SGD; at twice the rate, training without a regularizer is unsteady


def build(model, method, strength):
    """The network of a run.

    Args:
        model: "mlp" or "lenet".
        method: a row of `methods.METHODS`.
        strength: one of its candidates.

    Shape:
        (N, 1, 8, 8) -> (N, 10).

    Example:
        >>> from tinyreg.experiments.methods import METHODS
        >>> [type(module).__name__ for module in build("mlp", METHODS["dropout"], {"p": 0.5})]
        ['Flatten', 'Linear', 'ReLU', 'Dropout', 'Linear']
    """

    def hidden(layer, *shape):
        modules = layer, method.norm(shape, **strength), nn.ReLU(), method.noise(shape, **strength)
        return [module for module in modules if module is not None]

    if model == "mlp":
        return _he(nn.Sequential(nn.Flatten(), *hidden(nn.Linear(64, HIDDEN), HIDDEN), nn.Linear(HIDDEN, 10)))
    network = nn.Sequential(
        *hidden(nn.Conv2d(1, 6, 3, padding=1), 6, 8, 8),
        nn.MaxPool2d(2),                                       # (N, 6, 4, 4)
        *hidden(nn.Conv2d(6, 16, 3, padding=1), 16, 4, 4),
        nn.MaxPool2d(2),                                       # (N, 16, 2, 2)
        nn.Flatten(),
        *hidden(nn.Linear(64, 120), 120),
        *hidden(nn.Linear(120, 84), 84),
        nn.Linear(84, 10),
    )  # fmt: skip
    return _he(network)


def _he(network):
    for weight in penalized_parameters(network):
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    return network
