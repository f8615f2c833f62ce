"""autograd (HIPS) as its tutorial uses it: NumPy functions of a list of arrays, and their gradient.

autograd's: the derivatives of autograd.numpy, logsumexp, value_and_grad, make_vjp. Ours, as it has no layers: the network out
of NumPy functions, batch norm's running statistics, the dropout mask, the update. Its own convolution,
autograd.scipy.signal.convolve, is an einsum and takes 1.4 times (1 channel, 5x5) to 7 times (20 channels, 5x5) as long,
forward and backward, as im2col out of slices with np.stack and np.tensordot; so that is what is measured.
"""

from importlib.metadata import version

import autograd.numpy as np
import numpy
from autograd import make_vjp, value_and_grad
from autograd.scipy.special import logsumexp

from ..workloads import DROPOUT_P, L1_STRENGTH, L2_STRENGTH, LEARNING_RATE
from .library import Library, Trainer, operation

EPS, MOMENTUM = 1e-5, 0.1
FUNCTIONS = {"tanh": np.tanh, "exp": np.exp, "sigmoid": lambda y: 1 / (1 + np.exp(-y))}


class Autograd(Library):
    """autograd by value_and_grad of a loss."""

    name = "autograd"
    title = "autograd"

    @staticmethod
    def version():
        return version("autograd")

    def array(self, x):
        return x.astype(self.dtype) if x.dtype.kind == "f" else x

    def to_numpy(self, value):
        return numpy.asarray(value)

    def trainer(self, network, weights, dropout=True):
        return AutogradTrainer(network, [self.array(weight) for weight in weights], dropout)

    def chain(self, chain, length):
        x, *w = (numpy.full(chain.elements, start, self.dtype) for start in (chain.start, 1.0))
        one, ones = w[0], numpy.ones(chain.elements, self.dtype)
        rounds = range(length // len(chain.operations))
        differentiated = 2 if any("w" in operation for operation in chain.operations) else 1

        def run(tensors):
            named = {"w": tensors[-1], "one": one}
            operations = [
                operation(name, *(named.get(operand, operand) for operand in rest), **FUNCTIONS) for name, *rest in chain.operations
            ]
            y = tensors[0]
            for _ in rounds:
                for f in operations:
                    y = f(y)
            return y

        def there_and_back():
            vjp, y = make_vjp(run)([x, *w][:differentiated])
            return y, *vjp(ones)

        return there_and_back

    def kernel(self, name, arrays):
        given = {key: self.array(array) for key, array in arrays.items()}
        if name == "adam":
            raise NotImplementedError("its adam runs a whole training, not a step")
        return {"dropout": dropout_kernel, "batch_norm": batch_norm_kernel, "penalty": penalty_kernel}[name](**given)


def conv(x, weight, bias, padding):
    """im2col out of slices, times the filters."""
    filters, channels, side, _ = weight.shape
    if padding:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), "constant")
    high, wide = (n - side + 1 for n in x.shape[2:])
    taps = np.stack([x[:, :, k : k + high, l : l + wide] for k in range(side) for l in range(side)], axis=2)
    y = np.tensordot(taps, np.reshape(weight, (filters, channels, side * side)), axes=((1, 2), (1, 2)))
    return np.transpose(y + bias, (0, 3, 1, 2))


def batch_norm(x, weight, bias, mean, var):
    shape = (1, -1, *(1,) * (x.ndim - 2))
    k = weight / np.sqrt(var + EPS)
    return x * np.reshape(k, shape) + np.reshape(bias - mean * k, shape)


def moments(x):
    """The mean and the variance of each channel."""
    axes = (0, *range(2, x.ndim))
    return np.mean(x, axis=axes), np.var(x, axis=axes)


def keep(shape, dtype, p):
    """A mask that keeps with probability 1 - p, divided by that."""
    return (numpy.random.rand(*shape) > p).astype(dtype) / numpy.dtype(dtype).type(1 - p)


class AutogradTrainer(Trainer):
    """A list of arrays and a loss."""

    def __init__(self, network, weights, dropout):
        self.network, self.dropout = network, dropout
        self.arrays = [weight.copy() for weight in weights]
        features = [sizes[0] for kind, *sizes in network.layers if kind == "batch_norm"]
        self.running = [(numpy.zeros(n, weights[0].dtype), numpy.ones(n, weights[0].dtype)) for n in features]
        self.value_and_grad = value_and_grad(self.loss)

    def forward(self, arrays, x, training):
        weights, running = iter(arrays), iter(self.running)
        for kind, *sizes in self.network.layers:
            if kind == "linear":
                x = np.dot(x, next(weights).T) + next(weights)
            elif kind == "conv":
                x = conv(x, next(weights), next(weights), padding=sizes[3])
            elif kind == "batch_norm":
                averages = next(running)
                if training:
                    batch = moments(x)
                    m = x.size // x.shape[1]
                    for average, moment, factor in zip(averages, batch, (1, m / (m - 1))):
                        average += MOMENTUM * (getattr(moment, "_value", moment) * factor - average)
                x = batch_norm(x, next(weights), next(weights), *(batch if training else averages))
            elif kind == "relu":
                x = np.maximum(x, 0)
            elif kind == "sigmoid":
                x = 1 / (1 + np.exp(-x))
            elif kind == "pool":
                n, c, h, w = x.shape
                side = sizes[0]
                x = np.max(np.reshape(x, (n, c, h // side, side, w // side, side)), axis=(3, 5))
            elif kind == "flatten":
                x = np.reshape(x, (len(x), -1))
            elif kind == "dropout" and training and self.dropout:
                x = x * keep(x.shape, x.dtype, *sizes)
        return x

    def loss(self, arrays, x, y):
        logits = self.forward(arrays, x, training=True)
        return np.mean(logsumexp(logits, axis=1) - logits[numpy.arange(len(y)), y])

    def step(self, x, y):
        loss, gradients = self.value_and_grad(self.arrays, x, y)
        for weight, gradient in zip(self.arrays, gradients):
            if self.network.weight_decay:
                gradient = gradient + self.network.weight_decay * weight
            weight -= LEARNING_RATE * gradient
        return loss

    def infer(self, x):
        return self.forward(self.arrays, x, training=False)

    def weights(self):
        return [weight.copy() for weight in self.arrays]


def dropout_kernel(x, g):
    def there_and_back():
        vjp, y = make_vjp(lambda x: x * keep(x.shape, x.dtype, DROPOUT_P))(x)
        return y, vjp(g)

    return there_and_back


def batch_norm_kernel(x, weight, bias, g):
    def there_and_back():
        vjp, y = make_vjp(lambda arrays: batch_norm(*arrays, *moments(arrays[0])))([x, weight, bias])
        return y, *vjp(g)

    return there_and_back


def penalty_kernel(p):
    return lambda: value_and_grad(lambda p: L2_STRENGTH / 2 * np.sum(p * p) + L1_STRENGTH * np.sum(np.abs(p)))(p)
