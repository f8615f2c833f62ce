"""What the tests of the optimizers share: one weight's way, and large arrays beside small ones."""

import numpy as np

import tinyreg as torch
from tinyreg.backend import PIECE


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def follow(make, grads, start=0.0, **settings):
    """Where w goes when these gradients come one after the other; make is the optimizer's class."""
    w = leaf([start])
    optimizer, path = make([w], **settings), []
    for grad in grads:
        w.grad = torch.tensor([float(grad)], dtype=torch.float64)
        optimizer.step()
        path.append(w.item())
    return path


def assert_the_same_piece_by_piece(make, **settings):
    """An array that is updated in pieces goes where its parts go, each a parameter of its own."""
    rng = np.random.default_rng(1)
    values, grad = rng.standard_normal((2, PIECE + 77))
    large, small = leaf(values), [leaf(part) for part in np.array_split(values, 5)]
    one, many = make([large], **settings), make(small, **settings)
    for sign in (1, -2, 0.5):
        large.grad = torch.tensor(sign * grad)
        for p, part in zip(small, np.array_split(sign * grad, 5)):
            p.grad = torch.tensor(part)
        one.step()
        many.step()
    np.testing.assert_array_equal(large.array, np.concatenate([p.array for p in small]))
