"""What acts on activations: masks, noise, normalization."""

from ... import nn, optim, regularization
from .method import Method, grid

BLOCKS = 4  # of a network with residual blocks


class Kept(nn.Module):
    """The identity; its last output, in the graph, is its attribute `last`.

    Example:
        >>> import tinyreg
        >>> module = Kept()
        >>> module(tinyreg.ones(2)) is module.last
        True
    """

    def forward(self, x):
        self.last = x
        return x


def keep(shape, **strength):
    """A module that remembers the hidden units of the last batch.

    Example:
        >>> keep((3,))
        Kept()
    """
    return Kept()


def kept(model):
    """The hidden units of the last batch, layer by layer.

    Example:
        >>> import tinyreg
        >>> model = nn.Sequential(Kept(), nn.ReLU(), Kept())
        >>> _ = model(tinyreg.tensor([-1.0, 1.0]))
        >>> kept(model)
        [tensor([-1.,  1.]), tensor([0., 1.])]
    """
    return [module.last for module in model.modules() if isinstance(module, Kept)]


def batch_norm(shape, **strength):
    """The batch norm of a hidden layer.

    Example:
        >>> batch_norm((6, 8, 8)).num_features
        6
    """
    return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(shape[0])


def dropout(shape, p, **strength):
    """The dropout of a hidden layer: of dense layers only, as LeNet's time and ours use it.

    Example:
        >>> dropout((256,), p=0.5)
        Dropout(p=0.5, inplace=False)
    """
    return nn.Dropout(p) if len(shape) == 1 else None


def slower(params, lr, **strength):
    """Plain SGD for a network with residual blocks: at the rate of the network without them it is unsteady.

    Example:
        >>> import tinyreg
        >>> slower([tinyreg.ones(1, requires_grad=True)], 0.25).param_groups[0]["lr"]
        0.05
    """
    return optim.SGD(params, lr=lr / 5)


ROWS = (
    Method(
        "dropout",
        "dropout",
        "each hidden unit is dropped with probability p at each training step",
        grid(p=[0.5, 0.8, 0.9, 0.95]),
        grid(p=[0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98]),
        by_default=True,
        noise=dropout,
    ),
    Method("batch_norm", "batch norm", "each hidden unit is standardised over the batch", by_default=True, norm=batch_norm),
    Method(
        "layer_norm",
        "layer norm",
        "the hidden units of each example are standardised",
        by_default=True,
        norm=lambda shape: nn.LayerNorm(shape),
    ),
    Method(
        "rms_norm",
        "RMS norm",
        "the hidden units of each example are divided by their root mean square",
        norm=lambda shape: nn.RMSNorm(shape),
    ),
    Method(
        "group_norm",
        "group norm",
        "the hidden units of each example are standardised in two groups",
        norm=lambda shape: nn.GroupNorm(2, shape[0]),
    ),
    Method(
        "instance_norm",
        "instance norm",
        "each channel of each example is standardised (conv layers only)",
        models=("lenet",),
        norm=lambda shape: nn.InstanceNorm2d(shape[0], affine=True) if len(shape) == 3 else None,
    ),
    Method(
        "channel_dropout",
        "channel dropout",
        "each channel behind a conv layer is dropped with probability p at each training step",
        grid(p=[0.1, 0.2, 0.3, 0.5]),
        grid(p=[0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7]),
        models=("lenet",),
        noise=lambda shape, p: nn.Dropout2d(p) if len(shape) == 3 else None,
    ),
    Method(
        "gaussian_dropout",
        "Gaussian dropout",
        "each hidden unit is multiplied by normal noise of mean 1 and variance p/(1 - p)",
        grid(p=[0.5, 0.8, 0.9, 0.95]),
        grid(p=[0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]),
        noise=lambda shape, p: nn.GaussianDropout(p) if len(shape) == 1 else None,
    ),
    Method(
        "selu",
        "SELU",
        "the activation is SELU, the weights begin with variance 1/inputs: what alpha dropout is added to",
        room="alpha_dropout",
        activation=nn.SELU,
        nonlinearity="linear",
    ),
    Method(
        "alpha_dropout",
        "alpha dropout",
        "hidden units are set to SELU's lowest value with probability p; the activation is SELU, a second difference (selu parts them)",
        grid(p=[0.3, 0.5, 0.7, 0.8]),
        grid(p=[0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9]),
        activation=lambda p: nn.SELU(),
        nonlinearity="linear",
        noise=lambda shape, p: nn.AlphaDropout(p) if len(shape) == 1 else None,
    ),
    Method(
        "monte_carlo_dropout",
        "Monte Carlo dropout",
        "as dropout, and predictions are the mean of 20 that are made with dropout on",
        grid(p=[0.5, 0.8, 0.9, 0.95]),
        grid(p=[0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]),
        noise=dropout,
        predict=lambda model, x, p: regularization.monte_carlo(model, x, 20)[0],
    ),
    Method(
        "drop_connect",
        "DropConnect",
        "each weight of the hidden layers is dropped with probability p at each training step",
        grid(p=[0.2, 0.3, 0.5, 0.7]),
        grid(p=[0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9]),
        layer=lambda layer, p: nn.DropConnect(layer, p),
    ),
    Method(
        "residual",
        "residual blocks",
        f"{BLOCKS} residual blocks stand before the last layer, trained with a fifth of the rate: what drop path is added to",
        room="drop_path",
        blocks=BLOCKS,
        optimizer=slower,
    ),
    Method(
        "drop_path",
        "drop path",
        f"the branches of {BLOCKS} residual blocks are dropped, the last with probability p; the blocks and a fifth of the rate are a "
        "second difference (the method residual parts them)",
        grid(p=[0.3, 0.5, 0.8, 0.9]),
        grid(p=[0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9]),
        blocks=BLOCKS,
        optimizer=slower,
        drop=lambda i, blocks, p: nn.StochasticDepth(regularization.linear_decay(blocks, p)[i - 1], "row"),
    ),
    Method(
        "noise",
        "input noise",
        "normal noise is added to the pixels of each training image",
        grid(std=[0.2, 0.3, 0.5, 0.7]),
        grid(std=[0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0]),
        first=lambda shape, std: nn.GaussianNoise(std),
    ),
    Method(
        "sparsity",
        "activity penalty",
        "the loss has the term strength · the mean over the batch of Σ|hidden units|",
        grid(strength=[0.001, 0.01, 0.03, 0.1]),
        grid(strength=[0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]),
        noise=keep,
        penalty=lambda model, *batch, strength: regularization.activity_penalty(kept(model), strength),
    ),
    Method(
        "sigmoid",
        "sigmoid",
        "the activation is the sigmoid: what KL sparsity is added to",
        room="sparsity",
        models=("mlp",),  # LeNet does not learn with it in this time
        activation=nn.Sigmoid,
        nonlinearity="sigmoid",
    ),
    Method(
        "kl_sparsity",
        "KL sparsity",
        "the loss has the term strength Σ KL(0.05 ‖ mean activation of a unit); the activation is the sigmoid, a second difference "
        "(sigmoid parts them)",
        grid(strength=[0.003, 0.01, 0.03, 0.1]),
        grid(strength=[0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]),
        room="sparsity",
        models=("mlp",),
        activation=lambda strength: nn.Sigmoid(),
        nonlinearity="sigmoid",
        noise=keep,
        penalty=lambda model, *batch, strength: regularization.kl_sparsity(kept(model), strength, rho=0.05),
    ),
)
