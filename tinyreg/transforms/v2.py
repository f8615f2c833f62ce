"""torchvision.transforms.v2: the same transforms once more."""

from . import *  # noqa: F403
from . import __all__ as __all__
