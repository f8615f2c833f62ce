"""Datasets, the loader, and splits."""

from .cifar import CIFAR10
from .dataset import ConcatDataset, Dataset, Subset, TensorDataset
from .digits import Digits
from .folds import KFold, StratifiedKFold
from .idx import read_idx
from .images import ImageDataset
from .label_noise import corrupt_labels
from .loader import DataLoader, default_collate
from .mnist import MNIST, FashionMNIST
from .mnist1d import MNIST1D
from .normalize import NormalizeImages
from .npz import NpzImages
from .regression import Diabetes, Prostate
from .samplers import BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler
from .split import random_split, stratified_split, train_validation_test_split
from .synthetic import linear_regression, spirals, two_moons

__all__ = [
    "BatchSampler",
    "CIFAR10",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "Diabetes",
    "Digits",
    "FashionMNIST",
    "ImageDataset",
    "KFold",
    "MNIST",
    "MNIST1D",
    "NormalizeImages",
    "NpzImages",
    "Prostate",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StratifiedKFold",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "corrupt_labels",
    "default_collate",
    "linear_regression",
    "random_split",
    "read_idx",
    "spirals",
    "stratified_split",
    "train_validation_test_split",
    "two_moons",
]
