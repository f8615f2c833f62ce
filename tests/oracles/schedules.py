"""The same schedule on the same optimizer in both libraries."""

import io

import tinyreg


def two_optimizers(name="SGD"):
    """The same optimizer with two groups, and parameters whose gradients are 0, in both libraries."""
    import torch

    optimizers = []
    for library in (tinyreg, torch):
        groups = []
        for lr in (0.8, 0.05):
            p = library.zeros(1, requires_grad=True)
            p.grad = library.zeros(1)
            groups.append({"params": [p], "lr": lr})
        optimizers.append(getattr(library.optim, name)(groups, lr=0.1))
    return optimizers


def pair(make, name="SGD"):
    import torch

    a, b = two_optimizers(name)
    return [make(tinyreg.optim.lr_scheduler, a), make(torch.optim.lr_scheduler, b)]


def through_a_file(state):
    file = io.BytesIO()
    tinyreg.save(state, file)
    file.seek(0)
    return tinyreg.load(file)
