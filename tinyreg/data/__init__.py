"""Datasets, the loader, and splits."""

from .dataset import ConcatDataset, Dataset, Subset, TensorDataset
from .digits import Digits
from .loader import DataLoader, default_collate
from .split import random_split, stratified_split

__all__ = [
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "Digits",
    "Subset",
    "TensorDataset",
    "default_collate",
    "random_split",
    "stratified_split",
]
