"""Schedules: the learning rate as a function of time.

t counts the calls of step(), after epochs or after single steps; lr_0 is the rate that the optimizer had at first:

    StepLR               lr_t = lr_0 gamma^floor(t / step_size)                   (1)
    MultiStepLR          lr_t = lr_0 gamma^(how many milestones are <= t)         (2)
    ExponentialLR        lr_t = lr_0 gamma^t                                      (3)
    PolynomialLR         lr_t = lr_0 (1 - min(t, n) / n)^power,  n = total_iters  (4)
    InverseTimeLR        lr_t = lr_0 / (1 + gamma t)                              (5)
    CosineAnnealingLR    lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T_max)) / 2    (6)
    CosineAnnealingWarmRestarts    (6) again and again, each fall T_mult times as long as the one before it    (7)
    ConstantLR           lr_t = lr_0 factor while t < total_iters, then lr_0      (8)
    LinearLR             lr_t = lr_0 (a + (b - a) min(t, n) / n),  a = start_factor, b = end_factor, n = total_iters    (9)
    LambdaLR             lr_t = lr_0 lr_lambda(t)                                 (10)
    MultiplicativeLR     lr_t = lr_(t-1) lr_lambda(t)                             (11)
    OneCycleLR           up to max_lr and down to nearly 0; momentum the other way round: one_cycle.py
    SWALR                lr_t = (1 - a) lr_0 + a swa_lr,  a = min(t, n) / n, or half a cosine, n = anneal_epochs    (12)
    ReduceLROnPlateau    lower whenever a metric has stopped improving: plateau.py
    SequentialLR, ChainedScheduler    several schedules, one after the other or all at once: composition.py

Why rates fall. Near a minimum a stochastic gradient is mostly noise, and a constant rate keeps the weights jumping
around it: on w^2/2 with gradient noise of variance s^2 the mean square of w settles at s^2 lr / (2 - lr), not at 0. It
goes to 0 if the rates add up to infinity (every minimum can be reached) while their squares do not (the noise dies out);
of the schedules above, (5) is the one that satisfies both (Robbins & Monro 1951). The others stop within a budget.

Why they rise first. Adam's averages and batch norm's statistics are poor in the first steps, and a large rate acts on
them at once: (8), (9) and OneCycleLR begin low ("warmup") and are usually followed by a fall, see SequentialLR.

Each class computes lr_t from the current rate by the ratio lr_t / lr_(t-1), as PyTorch's "chainable" schedules do, so
that several may act on one optimizer and a rate changed by hand stays changed. (7), (10) and OneCycleLR alone start from
lr_0 each time; (12) takes for lr_0 the rate that stands when it begins.

Call scheduler.step() after optimizer.step(). The other way round the first rate is never used (a warning says so).

Source. Loshchilov & Hutter 2017, SGDR, arXiv 1608.03983, equation 5, for (6) and (7); Goyal et al. 2017, Accurate, large
minibatch SGD, arXiv 1706.02677, section 2.2, for warmup.
"""

from .averaging import SWALR
from .composition import ChainedScheduler, SequentialLR
from .cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from .decay import ExponentialLR, InverseTimeLR, MultiStepLR, PolynomialLR, StepLR
from .function import LambdaLR, MultiplicativeLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .schedule import LRScheduler
from .warmup import ConstantLR, LinearLR

_LRScheduler = LRScheduler  # its older name, from which older scripts derive their own schedules

__all__ = [
    "SWALR",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "InverseTimeLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
