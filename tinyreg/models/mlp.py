"""MLP: fully connected layers with an activation between them, and regularizers where they are asked for."""

from collections.abc import Callable, Sequence

from ..autograd import Tensor
from ..layers.activation import ReLU
from ..layers.container import Sequential
from ..layers.flatten import Flatten
from ..layers.linear import Linear
from ..module import Module
from ..regularization.dropout import Dropout
from .normalization import normalization_layer


class MLP(Module):
    """A multilayer perceptron.

    For each hidden layer Linear, normalization, activation, dropout; then Linear to the outputs:

        layer            parameters
        Linear n -> m    n m + m
        normalization    2 m, and for "batch" as many running averages
        activation       -
        dropout          -

    The initial weights are the same draws with and without regularizers, so that two networks from one seed differ in
    nothing else. (A bias before a normalization has no effect and is kept for that reason.)

    Args:
        in_features: features of an example; dimensions after the first are flattened.
        hidden: the width of each hidden layer; () for a linear model.
        out_features: outputs.
        activation: a class or function that makes the activation between layers.
        dropout: probability of dropping a hidden unit in training, in [0, 1]; 0 puts no dropout layer in.
        normalization: "batch", "layer" or None.

    Shape:
        (N, ...) with in_features elements an example -> (N, out_features)

    Example:
        >>> import tinyreg
        >>> model = MLP(64, (128, 128), 10, dropout=0.5, normalization="batch")
        >>> model(tinyreg.randn(5, 1, 8, 8)).shape
        Size([5, 10])
        >>> sum(p.numel() for p in MLP(64, (128, 128), 10).parameters())
        26122
    """

    def __init__(
        self, in_features: int, hidden: Sequence[int], out_features: int, activation: Callable[[], Module] = ReLU, dropout: float = 0.0,
        normalization: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers = Sequential(*dense_layers("MLP", in_features, hidden, out_features, activation, dropout, normalization))

    def forward(self, input: Tensor) -> Tensor:
        return self.layers(input)


def dense_layers(who, in_features, hidden, out_features, activation, dropout, normalization):
    """The modules of a multilayer perceptron; `who` is the model that error messages name, the rest is as in MLP.

    Example:
        >>> [type(layer).__name__ for layer in dense_layers("MLP", 4, (3,), 2, ReLU, 0.5, None)]
        ['Flatten', 'Linear', 'ReLU', 'Dropout', 'Linear']
    """
    layers: list[Module] = [Flatten()]
    for width in hidden:
        layers.append(Linear(in_features, width))
        if normalization is not None:
            layers.append(normalization_layer(who, normalization, width))
        layers.append(activation())
        if dropout:
            layers.append(Dropout(dropout))
        in_features = width
    return [*layers, Linear(in_features, out_features)]
