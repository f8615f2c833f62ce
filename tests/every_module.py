"""Every Module of nn: how it is made, and what it is given."""

import numpy as np

from tinyreg import nn

SHAPES = {"1d": (3, 4, 12), "2d": (3, 4, 8, 7), "3d": (2, 4, 5, 6, 5)}
ARGUMENTS = {  # by the name without its dimension, where they hold a module by the library; nothing for the others
    **dict.fromkeys(("Conv", "ConvTranspose"), (4, 6, 3)),
    **dict.fromkeys(("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool"), (2,)),
    **dict.fromkeys(("BatchNorm", "InstanceNorm"), (4,)),
    **dict.fromkeys(("Softmax", "Softmin", "LogSoftmax"), (1,)),
    **dict.fromkeys(("LayerNorm", "RMSNorm"), (6,)),
    "DropConnect": lambda t: (t.nn.Linear(6, 5), 0.3),
    "GaussianNoise": (0.3,),
    "GroupNorm": (2, 6),
    "KLDivLoss": (None, None, "batchmean"),
    "Linear": (6, 5),
    "StochasticDepth": (0.4, "row"),
    "Unflatten": (1, (2, 3)),
    "Upsample": (None, 2),
}
GIVEN = {  # what is given instead of one input; t is the library
    "CrossEntropyLoss": lambda t, x: (x, t.tensor([0, 5, 2, -100])),
    "NLLLoss": lambda t, x: (x.log_softmax(1), t.tensor([0, 5, 2, -100])),
    "BCELoss": lambda t, x: (x.sigmoid(), (x > 0).double()),
    "KLDivLoss": lambda t, x: (x.log_softmax(1), (-x.detach()).softmax(1)),
    **{name: lambda t, x: (x, another(t, x)) for name in ("CosineSimilarity", "PairwiseDistance")},
    **{name: lambda t, x: (x, another(t, x)) for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BCEWithLogitsLoss")},
}
CONTAINERS = {"Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
MODULES = sorted(
    name for name in dir(nn) if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module) and name not in CONTAINERS
)


def another(t, x):
    """A second tensor of the shape of x."""
    return t.tensor(np.random.default_rng(8).standard_normal(tuple(x.shape)))


def made(t, name):
    """The module of a library in float64, with weights that depend on nothing else."""
    plain = name[:-2] if name[-2:] in SHAPES else name
    arguments = ARGUMENTS.get(plain, ())
    module = getattr(t.nn, name)(*(arguments(t) if callable(arguments) else arguments)).double()
    rng = np.random.default_rng(5)
    with t.no_grad():
        for p in module.parameters():
            p.copy_(t.tensor(rng.standard_normal(tuple(p.shape))))
    return module


def drawn(t, name):
    """An input that wants a gradient."""
    shape = (3, 4, 8, 7) if name == "Upsample" else SHAPES.get(name[-2:], (4, 6))
    return t.tensor(np.random.default_rng(7).standard_normal(shape)).requires_grad_()


def given(t, name, x):
    """What the module is called with."""
    return GIVEN.get(name, lambda t, x: (x,))(t, x)
