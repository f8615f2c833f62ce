"""Estimators that other processes can import."""

import os

import numpy as np

from tinyreg import nn, optim, random
from tinyreg.data import DataLoader
from tinyreg.regularization import l2_penalty
from tinyreg.training import fit


def ridge(train, test, strength):
    """Minus the mean squared error of |y - Xb|^2 + strength |b|^2."""
    (x, y), (u, v) = train, test
    b = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)
    return -((v - u @ b) ** 2).mean()


class Ridge:
    """The same as an object with attributes."""

    def __init__(self, strength=1.0):
        self.strength = strength

    def fit(self, X, y):
        self.coef_ = np.linalg.solve(X.T @ X + self.strength * np.eye(X.shape[1]), X.T @ y)
        return self

    def score(self, X, y):
        return -((y - X @ self.coef_) ** 2).mean()


def network(train, test, strength, epochs=3):
    """Minus the loss of a small network with dropout: initial weights, order and masks come from the default generator."""
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    loss = nn.MSELoss()
    fit(
        model, DataLoader(train, 8, shuffle=True), loss=loss, optimizer=optimizer, epochs=epochs, progress=False,
        regularizer=lambda model, *_: l2_penalty(model, strength),
    )  # fmt: skip
    model.eval()
    x, y = test.dataset.batch(test.indices)
    return -loss(model(x), y)


def drawn(train, test, strength=0.0):
    """The next number of the default generator: chance alone."""
    return random.default_generator().uniform((), "float64").item() - strength


def process(train, test, strength=0.0):
    """The number of the process that answers."""
    return os.getpid()


def threads(train, test, strength=0.0):
    """The number of BLAS threads, and what a library that is loaded later would take."""
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    used = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    return max(used) + 1000 * int(os.environ["OMP_NUM_THREADS"])


def fails(train, test, strength):
    """Fail with a strength of 2 on the second of three folds of six examples."""
    if strength == 2 and test[0][0, 0] == 2:
        raise ZeroDivisionError("by hand")
    return strength


def dies(train, test, strength=0.0):
    """End the process as the kernel does where memory is short."""
    os._exit(3)
