"""DeZero by its own functions and optimizers.

DeZero's: linear, conv2d, pooling, batch_nrom (its spelling), relu, sigmoid, dropout, softmax_cross_entropy, its tape, SGD,
WeightDecay, Adam. Ours: the row of layers.

It was written for older NumPy, so two things are put right from here, both in its favour:

    np.int            it is named while DeZero is imported, and is gone since NumPy 1.24
    Python numbers    become arrays of one number, which since NumPy 2 turn float32 into float64: they are made float32

For the same reason labels are int16: its loss subtracts them from float32, and int64 would turn all gradients into float64.
"""

import numpy as np

from ..workloads import ADAM, DROPOUT_P, LEARNING_RATE
from .library import Library, Trainer, operation


def import_dezero():
    """The package, as NumPy 1 would have shown it."""
    missing = not hasattr(np, "int")
    if missing:
        np.int = int
    try:
        import dezero
        from dezero import core
    finally:
        if missing:
            del np.int
    core.as_array = lambda x, array_module=np: np.array(x, x.dtype if isinstance(x, np.generic) else np.float32) if np.isscalar(x) else x
    return dezero


dezero = import_dezero()
F = dezero.functions
EPS, DECAY = 1e-5, 0.9
FUNCTIONS = {"tanh": F.tanh, "exp": F.exp, "sigmoid": F.sigmoid}


class DeZero(Library):
    """DeZero on NumPy."""

    name = "dezero"
    title = "DeZero"

    @staticmethod
    def version():
        return dezero.__version__

    def array(self, x):
        return x.astype(self.dtype if x.dtype.kind == "f" else np.int16)

    def to_numpy(self, value):
        return value.data if isinstance(value, dezero.Variable) else value

    def trainer(self, network, weights, dropout=True):
        return DeZeroTrainer(network, [self.array(weight) for weight in weights], dropout)

    def chain(self, chain, length):
        x, w, one = (dezero.Variable(np.full(chain.elements, start, self.dtype)) for start in (chain.start, 1, 1))
        named = {"w": w, "one": one}
        operations = [operation(name, *(named.get(operand, operand) for operand in rest), **FUNCTIONS) for name, *rest in chain.operations]
        differentiated = [x, w] if any("w" in operation for operation in chain.operations) else [x]
        rounds = range(length // len(operations))

        def there_and_back():
            for tensor in (x, w, one):
                tensor.cleargrad()
            y = x
            for _ in rounds:
                for f in operations:
                    y = f(y)
            y.backward()
            return y.data, *(tensor.grad.data for tensor in differentiated)

        return there_and_back

    def kernel(self, name, arrays):
        given = {key: self.array(array) for key, array in arrays.items()}
        if name == "penalty":
            raise NotImplementedError("it has no absolute value")
        return {"dropout": dropout_kernel, "batch_norm": batch_norm_kernel, "adam": adam_kernel}[name](**given)


class Net(dezero.Layer):
    """The row of layers as functions of its parameters; the matrices of linear layers stand as (inputs, outputs)."""

    def __init__(self, network, weights, dropout):
        super().__init__()
        self.layers = [layer for layer in network.layers if dropout or layer[0] != "dropout"]
        self.names = [f"p{i}" for i in range(len(weights))]
        for name, weight in zip(self.names, weights):
            setattr(self, name, dezero.Parameter(np.ascontiguousarray(weight.T) if weight.ndim == 2 else weight.copy()))
        features = [sizes[0] for kind, *sizes in network.layers if kind == "batch_norm"]
        self.running = [(np.zeros(n, weights[0].dtype), np.ones(n, weights[0].dtype)) for n in features]

    def forward(self, x):
        weights, running = (getattr(self, name) for name in self.names), iter(self.running)
        for kind, *sizes in self.layers:
            if kind == "linear":
                x = F.linear(x, next(weights), next(weights))
            elif kind == "conv":
                x = F.conv2d(x, next(weights), next(weights), stride=1, pad=sizes[3])
            elif kind == "batch_norm":
                x = F.batch_nrom(x, next(weights), next(weights), *next(running), decay=DECAY, eps=EPS)
            elif kind == "pool":
                x = F.pooling(x, sizes[0], stride=sizes[0])
            elif kind == "flatten":
                x = F.flatten(x)
            else:
                x = {"relu": F.relu, "sigmoid": F.sigmoid, "dropout": F.dropout}[kind](x, *sizes)
        return x


class DeZeroTrainer(Trainer):
    """A layer, softmax_cross_entropy and SGD."""

    def __init__(self, network, weights, dropout):
        self.net = Net(network, weights, dropout)
        self.optimizer = dezero.optimizers.SGD(LEARNING_RATE).setup(self.net)
        if network.weight_decay:
            self.optimizer.add_hook(dezero.optimizers.WeightDecay(network.weight_decay))

    def step(self, x, y):
        loss = F.softmax_cross_entropy(self.net(x), y)
        self.net.cleargrads()
        loss.backward()
        self.optimizer.update()
        return loss

    def infer(self, x):
        with dezero.no_grad(), dezero.test_mode():
            return self.net(x)

    def weights(self):
        arrays = [getattr(self.net, name).data for name in self.net.names]
        return [array.T.copy() if array.ndim == 2 else array.copy() for array in arrays]


def differentiated(function, tensors, g):
    """A function that calls `function` and goes back through it with the gradient g."""

    def there_and_back():
        for tensor in tensors:
            tensor.cleargrad()
        y = function(*tensors)
        y.grad = dezero.Variable(g)
        y.backward()
        return y, *(tensor.grad for tensor in tensors)

    return there_and_back


def dropout_kernel(x, g):
    return differentiated(lambda x: F.dropout(x, DROPOUT_P), [dezero.Variable(x)], g)


def batch_norm_kernel(x, weight, bias, g):
    running = np.zeros_like(weight), np.ones_like(weight)
    tensors = [dezero.Variable(array) for array in (x, weight, bias)]
    return differentiated(lambda x, weight, bias: F.batch_nrom(x, weight, bias, *running, decay=DECAY, eps=EPS), tensors, g)


def adam_kernel(p, g):
    """Its eps stands beside the root before the bias correction, PyTorch's after it: so it is given as that times the other."""
    net = dezero.Layer()
    net.p = dezero.Parameter(p.copy())
    beta_1, beta_2 = ADAM["betas"]
    optimizer = dezero.optimizers.Adam(ADAM["lr"], beta_1, beta_2, ADAM["eps"]).setup(net)
    net.p.grad = dezero.Variable(g)

    def step():
        optimizer.eps = ADAM["eps"] * (1 - beta_2 ** (optimizer.t + 1)) ** 0.5
        optimizer.update()
        return (net.p,)

    return step
