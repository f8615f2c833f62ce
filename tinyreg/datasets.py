"""The datasets, under torchvision's place for them."""

from .data.digits import Digits

__all__ = ["Digits"]
