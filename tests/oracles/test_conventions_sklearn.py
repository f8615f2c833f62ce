"""scikit-learn's rows of the conventions against scikit-learn itself: at its solution the house's objective is flat.

The house's objective is the mean loss and a penalty with the converted strength. Where scikit-learn's estimator has found
its minimum, the gradient of that is 0; with a strength that is off by a factor of two it is not, by far.
"""

import numpy as np
import pytest

import tinyreg
from tests.conventions.proofs import LABELS, N, R, X, Y
from tinyreg import convert, nn
from tinyreg.regularization import elastic_net_penalty, l1_penalty, l2_penalty

pytest.importorskip("sklearn")

from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import LinearSVC

SHARP = {"tol": 1e-12, "max_iter": 100_000}
LOGISTIC = {"fit_intercept": False, "tol": 1e-10, "max_iter": 100_000}
L2, L1, NET = "tinyreg.l2_penalty.strength", "tinyreg.l1_penalty.strength", "tinyreg.elastic_net_penalty.strength"
squared = nn.MSELoss()


def log_loss(scores, targets):
    return nn.BCEWithLogitsLoss()(scores, (targets + 1) / 2)


def squared_hinge(scores, targets):
    return ((1 - targets * scores).clamp(min=0) ** 2).mean()


ESTIMATORS = {  # {row: (its number, a fitted estimator of that number, the loss, its targets, the house's strength)}
    "sklearn.Ridge.alpha": (3.0, lambda v: Ridge(v, fit_intercept=False, solver="svd"), squared, Y, L2),
    "sklearn.Lasso.alpha": (0.1, lambda v: Lasso(v, fit_intercept=False, **SHARP), squared, Y, L1),
    "sklearn.ElasticNet.alpha": (0.1, lambda v: ElasticNet(v, l1_ratio=R, fit_intercept=False, **SHARP), squared, Y, NET),
    "sklearn.LogisticRegression.C": (0.7, lambda v: LogisticRegression(C=v, **LOGISTIC), log_loss, LABELS, L2),
    "sklearn.LogisticRegression(l1_ratio=1).C": (
        0.7,
        lambda v: LogisticRegression(C=v, l1_ratio=1, solver="saga", random_state=0, **LOGISTIC),
        log_loss,
        LABELS,
        L1,
    ),
    "sklearn.LogisticRegression(l1_ratio=r).C": (
        0.7,
        lambda v: LogisticRegression(C=v, l1_ratio=R, solver="saga", random_state=0, **LOGISTIC),
        log_loss,
        LABELS,
        NET,
    ),
    "sklearn.LinearSVC.C": (
        0.05,
        lambda v: LinearSVC(C=v, loss="squared_hinge", dual=False, fit_intercept=False, **SHARP),
        squared_hinge,
        LABELS,
        L2,
    ),
}
PENALTIES = {L2: l2_penalty, L1: l1_penalty, NET: lambda w, s: elastic_net_penalty(w, s, R)}


def slope(w, loss, targets, target, strength):
    """The gradient of the house's objective where w is not 0; elsewhere how far the loss's exceeds what holds it at 0."""
    v = tinyreg.tensor(w.copy(), requires_grad=True)
    data = loss(tinyreg.tensor(X) @ v, tinyreg.tensor(targets))
    (data + PENALTIES[target]([v], strength)).backward()
    g = np.asarray(v.grad.array)
    held = strength * {L2: 0.0, L1: 1.0, NET: R}[target]
    return np.abs(np.where(w != 0, g, np.maximum(np.abs(g) - held, 0))).max()


@pytest.mark.parametrize("row", ESTIMATORS)
def test_its_solution_is_the_minimum_of_the_houses_objective(row):
    value, make, loss, targets, target = ESTIMATORS[row]
    w = make(value).fit(X, targets).coef_.ravel()
    strength = convert(value, row, target, n=N)
    assert slope(w, loss, targets, target, strength) < 2e-6
    assert slope(w, loss, targets, target, 2 * strength) > 1e-3
    assert slope(w, loss, targets, target, strength / 2) > 1e-3


@pytest.mark.parametrize(
    ("row", "estimator"), [("sklearn.MLPRegressor.alpha", MLPRegressor), ("sklearn.MLPClassifier.alpha", MLPClassifier)]
)
def test_three_steps_of_a_network_without_hidden_layers(row, estimator):
    """Its number is divided by the examples of the batch, which is the whole data here; its bias is not penalized."""
    value, lr = 2.0, 0.05
    targets = Y if estimator is MLPRegressor else (LABELS > 0).astype(int)
    settings = {"solver": "sgd", "momentum": 0, "batch_size": N, "learning_rate_init": lr, "alpha": value, "random_state": 0}
    network = estimator(hidden_layer_sizes=(), **settings)
    classes = {} if estimator is MLPRegressor else {"classes": [0, 1]}
    network.partial_fit(X, targets, **classes)
    w = tinyreg.tensor(network.coefs_[0].ravel().copy(), requires_grad=True)
    b = tinyreg.tensor(network.intercepts_[0].copy(), requires_grad=True)
    optimizer = tinyreg.optim.SGD([w, b], lr=lr)
    for _ in range(3):
        network.partial_fit(X, targets)
        optimizer.zero_grad()
        scores = tinyreg.tensor(X) @ w + b
        if estimator is MLPRegressor:  # its loss is half of the mean squared error
            loss = squared(scores, tinyreg.tensor(Y)) / 2
            strength = convert(value, row, L2, n=N) / 2
        else:
            loss = log_loss(scores, tinyreg.tensor(LABELS))
            strength = convert(value, row, L2, n=N)
        (loss + l2_penalty([w], strength)).backward()
        optimizer.step()
    np.testing.assert_allclose(network.coefs_[0].ravel(), np.asarray(w.array), rtol=1e-12)
    np.testing.assert_allclose(network.intercepts_[0], np.asarray(b.array), rtol=1e-12)


ONE_BY_ONE = {"sklearn.SGDClassifier.alpha", "sklearn.SGDRegressor.alpha"}  # in an order of its own; tests/conventions takes their steps
WITH_INTERCEPT = {'sklearn.SVC(kernel="linear").C'}  # always has one; the same objective as LinearSVC's with the hinge


def test_every_row_of_scikit_learn_has_its_place():
    rows = {row.name for row in convert.table().rows if row.name.startswith("sklearn.")}
    assert rows == {*ESTIMATORS, "sklearn.MLPRegressor.alpha", "sklearn.MLPClassifier.alpha", *ONE_BY_ONE, *WITH_INTERCEPT}
