"""Datasets, the loader, and splits."""

from .cifar import CIFAR10
from .collate import default_collate, default_convert
from .dataset import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset
from .digits import Digits
from .folds import KFold, StratifiedKFold
from .idx import read_idx
from .images import ImageDataset
from .label_noise import corrupt_labels
from .loader import DataLoader
from .mnist import MNIST, FashionMNIST
from .mnist1d import MNIST1D
from .normalize import NormalizeImages
from .npz import NpzImages
from .regression import Diabetes, Prostate
from .samplers import BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler
from .split import random_split, stratified_split, train_validation_test_split
from .synthetic import linear_regression, spirals, two_moons
from .workers import WorkerInfo, get_worker_info

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
    "IterableDataset",
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
    "WorkerInfo",
    "corrupt_labels",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "linear_regression",
    "random_split",
    "read_idx",
    "spirals",
    "stratified_split",
    "train_validation_test_split",
    "two_moons",
]
