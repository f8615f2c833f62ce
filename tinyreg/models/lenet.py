"""LeNet: two convolutions with pooling, then fully connected layers."""

from collections.abc import Callable, Sequence

from ..autograd import Tensor
from ..layers.activation import ReLU
from ..layers.container import Sequential
from ..layers.conv import Conv2d
from ..layers.pooling import MaxPool2d
from ..module import Module
from .mlp import dense_layers
from .normalization import normalization_layer

SMALL = 16  # pixels: below, the 5 x 5 filters of LeNet-5 would see the whole image


class LeNet(Module):
    """LeNet-5 for images of 16 pixels and more, and a smaller network of its kind for 8 x 8 digits.

    Images of 28 x 28 are padded by 2 to the 32 x 32 of LeNet-5 (as are all below 32):

        layer                      output for 1 x 28 x 28    parameters
        Conv2d 1 -> 6, 5 x 5       6 x 28 x 28                  156
        activation, MaxPool2d 2    6 x 14 x 14
        Conv2d 6 -> 16, 5 x 5      16 x 10 x 10               2,416
        activation, MaxPool2d 2    16 x 5 x 5
        Linear 400 -> 120          120                       48,120
        Linear 120 -> 84           84                        10,164
        Linear 84 -> 10            10                           850
                                                             61,706

    and the small stem:

        layer                      output for 1 x 8 x 8      parameters
        Conv2d 1 -> 16, 3 x 3      16 x 8 x 8                   160
        activation, MaxPool2d 2    16 x 4 x 4
        Conv2d 16 -> 32, 3 x 3     32 x 4 x 4                 4,640
        activation, MaxPool2d 2    32 x 2 x 2
        Linear 128 -> 64           64                         8,256
        Linear 64 -> 10            10                           650
                                                             13,706

    The original of 1998 had tanh, pooling with learned coefficients, a table that connected only some channels, and
    radial outputs; what is called LeNet-5 today is this.

    Args:
        in_shape: (channels, height, width) of an image, at least 4 x 4 pixels.
        num_classes: outputs.
        activation: a class or function that makes the activation between layers.
        dropout: probability of dropping a unit of the hidden fully connected layers in training, in [0, 1]; 0 puts no
            dropout layer in.
        normalization: "batch", "layer" or None: before each activation.

    Shape:
        (N, *in_shape) -> (N, num_classes)

    Source:
        LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", section II.B.

    Example:
        >>> import tinyreg
        >>> LeNet((1, 8, 8))(tinyreg.randn(5, 1, 8, 8)).shape
        Size([5, 10])
        >>> sum(p.numel() for p in LeNet().parameters())
        61706
    """

    def __init__(
        self, in_shape: Sequence[int] = (1, 28, 28), num_classes: int = 10, activation: Callable[[], Module] = ReLU, dropout: float = 0.0,
        normalization: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        channels, *size = in_shape
        if len(size) != 2 or min(size) < 4:
            raise ValueError(
                f"LeNet: in_shape must be (channels, height, width) with at least 4 x 4 pixels, got {tuple(in_shape)}; resize the images"
            )
        hidden: tuple[int, ...]
        if min(size) < SMALL:
            kernel, paddings, filters, hidden = 3, (1, 1), (16, 32), (64,)
        else:
            kernel, paddings, filters, hidden = 5, (2 if min(size) < 32 else 0, 0), (6, 16), (120, 84)
        features: list[Module] = []
        for width, padding in zip(filters, paddings):
            features.append(Conv2d(channels, width, kernel, padding=padding))
            if normalization is not None:
                features.append(normalization_layer("LeNet", normalization, width, images=True))
            features += [activation(), MaxPool2d(2)]
            channels, size = width, [(n + 2 * padding - kernel + 1) // 2 for n in size]
        self.features = Sequential(*features)
        width = channels * size[0] * size[1]
        self.classifier = Sequential(*dense_layers("LeNet", width, hidden, num_classes, activation, dropout, normalization))

    def forward(self, input: Tensor) -> Tensor:
        return self.classifier(self.features(input))
