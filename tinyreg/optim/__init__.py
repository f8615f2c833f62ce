"""Doors to the optimizers and the schedules, under PyTorch's names."""

from ..optimizer import Optimizer
from ..regularization.sharpness_aware import SAM
from . import lr_scheduler, optimizer, swa_utils
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam
from .adamw import AdamW
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = ["SAM", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler", "optimizer", "swa_utils"]
