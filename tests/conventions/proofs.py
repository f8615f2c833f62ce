"""How each convention trains, written down by hand in NumPy, beside how the house does.

The data are the prostate training rows (67 examples, 8 inputs). PROOFS has an entry for each row of the conventions. The
losses' gradients are sums over the examples here, so that every 1/n of a rule is seen.
"""

import math

import numpy as np

import tinyreg
from tinyreg import nn, optim
from tinyreg.conventions.convention import DECAY, ELASTIC_NET, HINGE, L1, L2, LOG, SQUARED, SQUARED_HINGE
from tinyreg.data.regression import Prostate
from tinyreg.regularization import decay_, elastic_net_penalty, l1_penalty, l2_penalty

TABLE = Prostate(train=True, scaling="variance")
X, Y = np.asarray(TABLE.data.array), np.asarray(TABLE.targets.array)
N, D = X.shape
LABELS = np.where(Y > 0, 1.0, -1.0)
START = np.random.default_rng(0).standard_normal(D)
LR, MU, BETAS, R = 0.03, 0.9, (0.9, 0.999), 0.3
WHOLE = [slice(None)] * 3
BATCHES = [slice(10 * i, 10 * i + 10) for i in range(3)]
EXAMPLES = [slice(i, i + 1) for i in range(3)]


# the gradient of the SUM over some rows of a loss, by hand


def squares(w, rows):
    return 2 * X[rows].T @ (X[rows] @ w - Y[rows])


def log_losses(w, rows):
    return -X[rows].T @ (LABELS[rows] / (1 + np.exp(LABELS[rows] * (X[rows] @ w))))


def hinges(w, rows):
    return -X[rows].T @ (LABELS[rows] * (LABELS[rows] * (X[rows] @ w) < 1))


def squared_hinges(w, rows):
    return -2 * X[rows].T @ (LABELS[rows] * np.maximum(1 - LABELS[rows] * (X[rows] @ w), 0))


def net(w):
    return R * np.sign(w) + (1 - R) * w


# the optimizers, by hand: each makes of (w, gradient, lr) the next w; Adam without eps, which libraries put in different places


class Plain:
    def __call__(self, w, g, lr):
        return w - lr * g


class Momentum:
    v = 0.0

    def __call__(self, w, g, lr):
        self.v = MU * self.v + g
        return w - lr * self.v


class Adam:
    m = v = t = 0.0

    def __call__(self, w, g, lr):
        return w - lr * self.direction(g)

    def direction(self, g):
        self.t += 1
        self.m = BETAS[0] * self.m + (1 - BETAS[0]) * g
        self.v = BETAS[1] * self.v + (1 - BETAS[1]) * g * g
        return self.m / (1 - BETAS[0] ** self.t) / np.sqrt(self.v / (1 - BETAS[1] ** self.t))


OURS = {
    Plain: lambda w: optim.SGD([w], lr=LR),
    Momentum: lambda w: optim.SGD([w], lr=LR, momentum=MU),
    Adam: lambda w: optim.Adam([w], lr=LR, betas=BETAS, eps=0.0),
}


def mean_loss(kind, w, rows):
    """The house's loss: the mean over the examples; of a squared error MSELoss."""
    scores, signs = tinyreg.tensor(X[rows]) @ w, tinyreg.tensor(LABELS[rows])
    if kind == SQUARED:
        return nn.MSELoss()(scores, tinyreg.tensor(Y[rows]))
    if kind == LOG:
        return nn.BCEWithLogitsLoss()(scores, (signs + 1) / 2)
    margin = (1 - signs * scores).clamp(min=0)
    return (margin if kind == HINGE else margin**2).mean()


def house(family, strength, optimizer, kind=SQUARED, steps=WHOLE):
    """Three steps of the house's rule with the house's number."""
    w = tinyreg.tensor(START.copy(), requires_grad=True)
    ours = OURS[optimizer](w)
    for rows in steps:
        ours.zero_grad()
        loss = mean_loss(kind, w, rows)
        if family is L2:
            loss = loss + l2_penalty([w], strength)
        elif family is L1:
            loss = loss + l1_penalty([w], strength)
        elif family is ELASTIC_NET:
            loss = loss + elastic_net_penalty([w], strength, R)
        loss.backward()
        if family is DECAY:
            decay_([w], LR, strength)
        ours.step()
    return np.asarray(w.array)


def trained(make, penalty=None, decay=0.0):
    """Three steps of the house on MSELoss: a penalty(w) in the loss, or a decay beside the step; make(w) is the optimizer."""
    w = tinyreg.tensor(START.copy(), requires_grad=True)
    optimizer = make(w)
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.MSELoss()(tinyreg.tensor(X) @ w, tinyreg.tensor(Y))
        (loss if penalty is None else loss + penalty(w)).backward()
        decay_([w], LR, decay)
        optimizer.step()
    return np.asarray(w.array)


def objective(gradient, scale, kind=SQUARED, steps=WHOLE, optimizers=(Plain, Momentum, Adam)):
    """A proof by an objective: its gradient(w, rows, value), and how many times the house's mean loss the loss in it is.

    A loss that is c times as large has gradients that are, too: the step of (momentum) SGD is divided by c. Adam's is not.
    """

    def theirs(value, optimizer):
        w, step = START, optimizer()
        for rows in steps:
            factor = scale(value) if callable(scale) else scale
            w = step(w, gradient(w, rows, value), LR if optimizer is Adam else LR / factor)
        return w

    return theirs, optimizers, kind, steps


def stepping(step, *optimizers, kind=SQUARED, steps=WHOLE):
    """A proof by a step: step(w, g, value, optimizer) -> the next w, g the gradient of the mean loss."""

    def theirs(value, optimizer):
        w, by_hand = START, optimizer()
        for rows in steps:
            w = step(w, squares(w, rows) / len(X[rows]), value, by_hand)
        return w

    return theirs, optimizers, kind, steps


def mean_squares(penalty):
    """Beside the mean squared error, Keras's MeanSquaredError and PyTorch's MSELoss."""
    return objective(lambda w, rows, v: squares(w, rows) / N + penalty(w, v), 1)


def by_gradient(pull):
    """Libraries that add to the gradient of the mean loss, whatever the optimizer is."""
    return stepping(lambda w, g, v, step: step(w, g + pull(w, v), LR), Plain, Momentum, Adam)


def keras_momentum(w, g, wd, state):
    w = w - w * wd * LR
    state.v = MU * state.v - LR * g
    return w + state.v


def keras_adam(w, g, wd, state):
    w = w - w * wd * LR
    state.t += 1
    alpha = LR * math.sqrt(1 - BETAS[1] ** state.t) / (1 - BETAS[0] ** state.t)
    state.m = state.m + (g - state.m) * (1 - BETAS[0])
    state.v = state.v + (g * g - state.v) * (1 - BETAS[1])
    return w - state.m * alpha / np.sqrt(state.v)


def decayed_adam(w, g, wd, state):
    return state(w * (1 - LR * wd), g, LR)


PROOFS = {
    # L2 in the loss
    "tinyreg.l2_penalty.strength": mean_squares(lambda w, s: s * w),
    "tinyreg.ridge.strength": objective(lambda w, rows, s: squares(w, rows) + 2 * s * w, N),
    "pytorch.SGD.weight_decay": stepping(lambda w, g, wd, step: step(w, g + wd * w, LR), Plain, Momentum),
    "pytorch.SGD(momentum=0).weight_decay": stepping(lambda w, g, wd, _: w - LR * (g + wd * w), Plain),
    "pytorch.Adam.weight_decay": stepping(lambda w, g, wd, adam: adam(w, g + wd * w, LR), Adam),
    "keras.regularizers.L2": mean_squares(lambda w, l2: l2 * 2 * w),
    "tensorflow.nn.l2_loss": mean_squares(lambda w, c: c * 2 * w / 2),
    "optax.add_decayed_weights.weight_decay": by_gradient(lambda w, wd: wd * w),
    "chainer.WeightDecay.rate": by_gradient(lambda w, rate: rate * w),
    "caffe.weight_decay": by_gradient(lambda w, wd: wd * w),
    "mxnet.SGD.wd": stepping(lambda w, g, wd, _: w - LR * (g + wd * w), Plain),
    "paddle.regularizer.L2Decay.coeff": mean_squares(lambda w, coeff: 0.5 * coeff * 2 * w),
    "sklearn.Ridge.alpha": objective(lambda w, rows, alpha: squares(w, rows) + alpha * 2 * w, N),
    "sklearn.LogisticRegression.C": objective(lambda w, rows, c: c * log_losses(w, rows) + w, lambda c: c * N, LOG),
    "sklearn.LinearSVC.C": objective(lambda w, rows, c: c * squared_hinges(w, rows) + w, lambda c: c * N, SQUARED_HINGE),
    'sklearn.SVC(kernel="linear").C': objective(lambda w, rows, c: c * hinges(w, rows) + w, lambda c: c * N, HINGE),
    "sklearn.SGDClassifier.alpha": objective(lambda w, rows, alpha: log_losses(w, rows) + alpha * w, 1, LOG, EXAMPLES, [Plain]),
    "sklearn.SGDRegressor.alpha": objective(
        lambda w, rows, alpha: squares(w, rows) / 2 + alpha * w, 1 / 2, steps=EXAMPLES, optimizers=[Plain]
    ),
    "sklearn.MLPClassifier.alpha": objective(lambda w, rows, alpha: (log_losses(w, rows) + alpha * w) / 10, 1, LOG, BATCHES),
    "sklearn.MLPRegressor.alpha": objective(lambda w, rows, alpha: (squares(w, rows) / 2 + alpha * w) / 10, 1 / 2, steps=BATCHES),
    "statsmodels.OLS.fit_regularized(L1_wt=0).alpha": objective(lambda w, rows, a: 0.5 * squares(w, rows) / N + a * 2 * w / 2, 1 / 2),
    'glmnet(family="binomial", alpha=0).lambda': objective(lambda w, rows, a: log_losses(w, rows) / N + a * w, 1, LOG),
    "mean loss + lambda/2 |w|^2": mean_squares(lambda w, a: a / 2 * 2 * w),
    "mean loss + lambda |w|^2": mean_squares(lambda w, a: a * 2 * w),
    "mean loss + lambda/(2n) |w|^2": mean_squares(lambda w, a: a / (2 * N) * 2 * w),
    "sum of losses + lambda/2 |w|^2": objective(lambda w, rows, a: squares(w, rows) + a / 2 * 2 * w, N),
    "sum of losses + lambda |w|^2": objective(lambda w, rows, a: squares(w, rows) + a * 2 * w, N),
    "|y - Xw|^2 + lambda |w|^2": objective(lambda w, rows, a: squares(w, rows) + a * 2 * w, N),
    "1/2 |y - Xw|^2 + lambda/2 |w|^2": objective(lambda w, rows, a: squares(w, rows) / 2 + a * w, N / 2),
    "1/(2n) |y - Xw|^2 + lambda/2 |w|^2": objective(lambda w, rows, a: squares(w, rows) / (2 * N) + a * w, 1 / 2),
    "gaussian prior variance": objective(lambda w, rows, variance: log_losses(w, rows) + w / variance, N, LOG),
    # L1 in the loss
    "tinyreg.l1_penalty.strength": mean_squares(lambda w, s: s * np.sign(w)),
    "tinyreg.lasso_path.strengths": objective(lambda w, rows, s: squares(w, rows) / (2 * N) + s * np.sign(w), 1 / 2),
    "keras.regularizers.L1": mean_squares(lambda w, l1: l1 * np.sign(w)),
    "chainer.Lasso.rate": by_gradient(lambda w, rate: rate * np.sign(w)),
    'caffe.weight_decay(regularization_type="L1")': by_gradient(lambda w, wd: wd * np.sign(w)),
    "paddle.regularizer.L1Decay.coeff": mean_squares(lambda w, coeff: coeff * np.sign(w)),
    "sklearn.Lasso.alpha": objective(lambda w, rows, alpha: squares(w, rows) / (2 * N) + alpha * np.sign(w), 1 / 2),
    "sklearn.LogisticRegression(l1_ratio=1).C": objective(lambda w, rows, c: c * log_losses(w, rows) + np.sign(w), lambda c: c * N, LOG),
    "statsmodels.OLS.fit_regularized(L1_wt=1).alpha": objective(lambda w, rows, a: 0.5 * squares(w, rows) / N + a * np.sign(w), 1 / 2),
    'glmnet(family="gaussian", alpha=1).lambda': objective(lambda w, rows, a: squares(w, rows) / (2 * N) + a * np.sign(w), 1 / 2),
    'glmnet(family="binomial", alpha=1).lambda': objective(lambda w, rows, a: log_losses(w, rows) / N + a * np.sign(w), 1, LOG),
    "lars.lambda": objective(lambda w, rows, a: squares(w, rows) / 2 + a * np.sign(w), N / 2),
    "mean loss + lambda |w|_1": mean_squares(lambda w, a: a * np.sign(w)),
    "sum of losses + lambda |w|_1": objective(lambda w, rows, a: squares(w, rows) + a * np.sign(w), N),
    "1/2 |y - Xw|^2 + lambda |w|_1": objective(lambda w, rows, a: squares(w, rows) / 2 + a * np.sign(w), N / 2),
    "|y - Xw|^2 + lambda |w|_1": objective(lambda w, rows, a: squares(w, rows) + a * np.sign(w), N),
    "laplace prior scale": objective(lambda w, rows, scale: log_losses(w, rows) + np.sign(w) / scale, N, LOG),
    # the elastic net in the loss
    "tinyreg.elastic_net_penalty.strength": mean_squares(lambda w, s: s * net(w)),
    "tinyreg.elastic_net_path.strengths": objective(lambda w, rows, s: squares(w, rows) / (2 * N) + s * net(w), 1 / 2),
    "sklearn.ElasticNet.alpha": objective(lambda w, rows, alpha: squares(w, rows) / (2 * N) + alpha * net(w), 1 / 2),
    "sklearn.LogisticRegression(l1_ratio=r).C": objective(lambda w, rows, c: c * log_losses(w, rows) + net(w), lambda c: c * N, LOG),
    "statsmodels.OLS.fit_regularized(L1_wt=r).alpha": objective(lambda w, rows, a: 0.5 * squares(w, rows) / N + a * net(w), 1 / 2),
    'glmnet(family="binomial", alpha=r).lambda': objective(lambda w, rows, a: log_losses(w, rows) / N + a * net(w), 1, LOG),
    # decoupled decay
    "tinyreg.decay_.weight_decay": stepping(lambda w, g, wd, step: step(w - LR * wd * w, g, LR), Plain, Momentum, Adam),
    "pytorch.AdamW.weight_decay": stepping(decayed_adam, Adam),
    "pytorch.Adam(decoupled_weight_decay=True).weight_decay": stepping(decayed_adam, Adam),
    "keras.AdamW.weight_decay": stepping(keras_adam, Adam),
    "keras.Adam.weight_decay": stepping(keras_adam, Adam),
    "keras.SGD.weight_decay": stepping(keras_momentum, Momentum),
    "keras.SGD(momentum=0).weight_decay": stepping(lambda w, g, wd, _: w - w * wd * LR - LR * g, Plain),
    "optax.adamw.weight_decay": stepping(lambda w, g, wd, adam: w + -LR * (adam.direction(g) + wd * w), Adam),
    "fastai.Adam.wd": stepping(decayed_adam, Adam),
    "chainer.AdamW.weight_decay_rate": stepping(lambda w, g, rate, adam: w - (LR * adam.direction(g) + rate * w), Adam),
    "tensorflow_addons.AdamW.weight_decay": stepping(lambda w, g, wd, adam: adam(w - wd * w, g, LR), Adam),
    "Loshchilov & Hutter lambda": stepping(lambda w, g, a, adam: w - (LR * adam.direction(g) + a * w), Adam),
}
