"""Decoupled decay: the conventions that take a share of each weight away, beside a step on the loss alone."""

from .convention import DECAY, Convention

BESIDE = "w <- (1 - lr wd) w, then the step on the loss"
KERAS = "Keras 3, optimizers/base_optimizer.py: in every optimizer"

ROWS = (
    Convention("tinyreg.decay_.weight_decay", DECAY, "w <- (1 - lr wd) w", "wd", "tinyreg/regularization/weight_decay.py (1)"),
    Convention("pytorch.AdamW.weight_decay", DECAY, BESIDE, "wd", "PyTorch 2.13, torch/optim/adam.py"),
    Convention("pytorch.Adam(decoupled_weight_decay=True).weight_decay", DECAY, BESIDE, "wd", "PyTorch 2.13, torch/optim/adam.py"),
    Convention("keras.AdamW.weight_decay", DECAY, BESIDE, "wd", KERAS),
    Convention("keras.Adam.weight_decay", DECAY, BESIDE, "wd", KERAS),
    Convention("keras.SGD.weight_decay", DECAY, BESIDE, "wd", KERAS),
    Convention("keras.SGD(momentum=0).weight_decay", DECAY, "w <- (1 - lr wd) w - lr g", "wd", KERAS, plain_sgd=True),
    Convention("optax.adamw.weight_decay", DECAY, "w <- w - lr (Adam's direction + wd w)", "wd", "Optax 0.2, _src/alias.py"),
    Convention("fastai.Adam.wd", DECAY, BESIDE, "wd", "fastai 2, fastai/optimizer.py: decouple_wd=True, the default of all"),
    Convention(
        "chainer.AdamW.weight_decay_rate",
        DECAY,
        "w <- w - eta (lr Adam's direction + rate w), eta = 1",
        "rate",
        "Chainer, optimizers/adam.py",
        lr=-1,
    ),
    Convention(
        "tensorflow_addons.AdamW.weight_decay",
        DECAY,
        "w <- (1 - wd) w, then the step on the loss",
        "wd",
        "TensorFlow Addons, optimizers/weight_decay_optimizers.py",
        lr=-1,
    ),
    Convention(
        "Loshchilov & Hutter lambda",
        DECAY,
        "w <- w - eta (lr Adam's direction + lambda w), eta = 1",
        "lambda",
        "Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2; their alpha is lr",
        lr=-1,
    ),
)
