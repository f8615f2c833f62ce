"""A small classifier, its loss, and how the remarks on it are read."""

import numpy as np

import tinyreg
from tinyreg import nn
from tinyreg.models import MLP
from tinyreg.parameter import penalized_parameters


def network(normalization=None):
    tinyreg.manual_seed(0)
    return MLP(6, (5, 4), 3, normalization=normalization, activation=nn.Tanh)


def data(net):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((12, 6)).astype("float32"), np.arange(12) % 3
    return nn.functional.cross_entropy(net(tinyreg.tensor(x)), tinyreg.tensor(y))


def grouped(net):
    weights = penalized_parameters(net)
    rest = [p for p in net.parameters() if all(p is not w for w in weights)]
    return [{"params": weights}, {"params": rest, "weight_decay": 0}]


def kinds(book):
    return [remark.kind for remark in book.remarks]


def only(book, kind):
    (remark,) = [remark for remark in book.remarks if remark.kind == kind]
    return remark
