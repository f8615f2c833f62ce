"""The datasets, under torchvision's place for them."""

from .data.cifar import CIFAR10
from .data.digits import Digits
from .data.mnist import MNIST, FashionMNIST
from .data.mnist1d import MNIST1D
from .data.npz import NpzImages
from .data.regression import Diabetes, Prostate
from .data.synthetic import linear_regression, spirals, two_moons

__all__ = [
    "CIFAR10",
    "MNIST",
    "MNIST1D",
    "Diabetes",
    "Digits",
    "FashionMNIST",
    "NpzImages",
    "Prostate",
    "linear_regression",
    "spirals",
    "two_moons",
]
