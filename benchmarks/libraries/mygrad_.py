"""MyGrad by its own layers, with its memory guard turned off, as its page on performance advises.

MyGrad's: tensors, matmul, conv_nd, max_pool, batchnorm, relu, sigmoid, softmax_crossentropy, no_autodiff. Ours, as it has
none: the dropout mask, batch norm in inference (the running statistics come from its batchnorm operation), the update.
"""

import mygrad as mg
import numpy as np
from mygrad.nnet import batchnorm, conv_nd, max_pool, relu, sigmoid, softmax_crossentropy

from ..workloads import DROPOUT_P, L1_STRENGTH, L2_STRENGTH, LEARNING_RATE
from .library import Library, Trainer, operation

EPS, MOMENTUM = 1e-5, 0.1
FUNCTIONS = {"tanh": mg.tanh, "exp": mg.exp, "sigmoid": sigmoid}


class MyGrad(Library):
    """MyGrad with memory guarding off."""

    name = "mygrad"
    title = "MyGrad"

    def __init__(self, threads, dtype="float32", device="cpu"):
        super().__init__(threads, dtype, device)
        mg.turn_memory_guarding_off()

    @staticmethod
    def version():
        return mg.__version__

    def array(self, x):
        return x.astype(self.dtype) if x.dtype.kind == "f" else x

    def to_numpy(self, value):
        return np.asarray(value)

    def trainer(self, network, weights, dropout=True):
        return MyGradTrainer(network, [self.array(weight) for weight in weights], dropout)

    def chain(self, chain, length):
        x, w, one = (mg.tensor(np.full(chain.elements, start, self.dtype)) for start in (chain.start, 1, 1))
        named = {"w": w, "one": mg.tensor(one.data, constant=True)}
        operations = [operation(name, *(named.get(operand, operand) for operand in rest), **FUNCTIONS) for name, *rest in chain.operations]
        differentiated = [x, w] if any("w" in operation for operation in chain.operations) else [x]
        ones = np.ones(chain.elements, self.dtype)
        rounds = range(length // len(operations))

        def there_and_back():
            y = x
            for _ in rounds:
                for f in operations:
                    y = f(y)
            y.backward(ones)
            return y, *(tensor.grad for tensor in differentiated)

        return there_and_back

    def kernel(self, name, arrays):
        given = {key: self.array(array) for key, array in arrays.items()}
        if name == "adam":
            raise NotImplementedError("it has no optimizers")
        return {"dropout": dropout_kernel, "batch_norm": batch_norm_kernel, "penalty": penalty_kernel}[name](**given)


def keep(shape, dtype, p):
    """A mask that keeps with probability 1 - p, divided by that."""
    return (np.random.rand(*shape) > p).astype(dtype) / np.dtype(dtype).type(1 - p)


class MyGradTrainer(Trainer):
    """A list of tensors, and the network as a function of them; the matrices of linear layers stand as (inputs, outputs)."""

    def __init__(self, network, weights, dropout):
        self.network, self.dropout, self.training = network, dropout, True
        self.tensors = [mg.tensor(np.ascontiguousarray(weight.T) if weight.ndim == 2 else weight.copy()) for weight in weights]
        features = [sizes[0] for kind, *sizes in network.layers if kind == "batch_norm"]
        self.running = [(np.zeros(n, weights[0].dtype), np.ones(n, weights[0].dtype)) for n in features]

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def forward(self, x):
        weights, running = iter(self.tensors), iter(self.running)
        for kind, *sizes in self.network.layers:
            if kind == "linear":
                x = mg.matmul(x, next(weights)) + next(weights)
            elif kind == "conv":
                x = conv_nd(x, next(weights), stride=1, padding=sizes[3]) + next(weights).reshape(1, -1, 1, 1)
            elif kind == "batch_norm":
                x = self.batch_norm(x, next(weights), next(weights), *next(running))
            elif kind == "relu":
                x = relu(x)
            elif kind == "sigmoid":
                x = sigmoid(x)
            elif kind == "pool":
                x = max_pool(x, (sizes[0], sizes[0]), sizes[0])
            elif kind == "flatten":
                x = x.reshape(len(x), -1)
            elif kind == "dropout" and self.dropout and self.training:
                x = x * keep(x.shape, x.dtype, *sizes)
        return x

    def batch_norm(self, x, weight, bias, mean, var):
        if not self.training:
            shape = (1, -1, *(1,) * (x.ndim - 2))
            k = weight.data / np.sqrt(var + EPS)
            return x * k.reshape(shape) + (bias.data - mean * k).reshape(shape)
        y = batchnorm(x, gamma=weight, beta=bias, eps=EPS)
        m = x.size // x.shape[1]
        mean += MOMENTUM * (y.creator.mean - mean)
        var += MOMENTUM * (y.creator.var * (m / (m - 1)) - var)
        return y

    def step(self, x, y):
        loss = softmax_crossentropy(self.forward(x), y)
        loss.backward()
        for tensor in self.tensors:
            gradient = tensor.grad
            if self.network.weight_decay:
                gradient = gradient + self.network.weight_decay * tensor.data
            tensor.data -= LEARNING_RATE * gradient
        return loss

    @mg.no_autodiff
    def infer(self, x):
        return self.forward(x)

    def weights(self):
        return [tensor.data.T.copy() if tensor.ndim == 2 else tensor.data.copy() for tensor in self.tensors]


def dropout_kernel(x, g):
    x = mg.tensor(x)

    def there_and_back():
        y = x * keep(x.shape, x.dtype, DROPOUT_P)
        y.backward(g)
        return y, x.grad

    return there_and_back


def batch_norm_kernel(x, weight, bias, g):
    x, weight, bias = (mg.tensor(array) for array in (x, weight, bias))

    def there_and_back():
        y = batchnorm(x, gamma=weight, beta=bias, eps=EPS)
        y.backward(g)
        return y, x.grad, weight.grad, bias.grad

    return there_and_back


def penalty_kernel(p):
    p = mg.tensor(p)

    def there_and_back():
        value = L2_STRENGTH / 2 * mg.sum(p * p) + L1_STRENGTH * mg.sum(mg.abs(p))
        value.backward()
        return value, p.grad

    return there_and_back
