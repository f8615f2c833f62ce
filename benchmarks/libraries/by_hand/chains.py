"""W6 by hand: each chain as the row of NumPy calls that it is, and its derivative derived once.

Nothing is recorded but the values that the derivative needs.
"""

import numpy as np


def there_and_back(chain, length, dtype):
    """The chain of these operations as a function; it returns y and the gradient of x, and of w where there is one."""
    if chain.operations not in BY_OPERATIONS:
        raise NotImplementedError("nobody has derived this chain by hand")
    x = np.full(chain.elements, chain.start, dtype)
    rounds = range(length // len(chain.operations))
    return BY_OPERATIONS[chain.operations](x, rounds)


def with_numbers(x, rounds):
    """y = -((y * 1.0001 + 0.001) - 0.001): only a factor has a derivative that is not 1."""
    y, g = np.empty_like(x), np.empty_like(x)

    def call():
        y[...] = x
        for _ in rounds:
            np.multiply(y, 1.0001, out=y)
            np.add(y, 0.001, out=y)
            np.subtract(y, 0.001, out=y)
            np.negative(y, out=y)
        g[...] = 1
        for _ in rounds:
            np.negative(g, out=g)
            np.multiply(g, 1.0001, out=g)
        return y, g

    return call


def with_tensors(x, rounds):
    """y = (y * w + w) * one - one: the gradient of w collects g at the sum, and g y at the product."""
    w, one = np.ones_like(x), np.ones_like(x)
    values = np.empty((len(rounds) + 1, len(x)), x.dtype)  # y before each round
    g, grad_w, product = np.empty_like(x), np.empty_like(x), np.empty_like(x)

    def call():
        values[0] = x
        for i in rounds:
            y = values[i + 1]
            np.multiply(values[i], w, out=y)
            np.add(y, w, out=y)
            np.multiply(y, one, out=y)
            np.subtract(y, one, out=y)
        g[...] = 1
        grad_w[...] = 0
        for i in reversed(rounds):
            np.multiply(g, one, out=g)
            np.add(grad_w, g, out=grad_w)
            np.multiply(g, values[i], out=product)
            np.add(grad_w, product, out=grad_w)
            np.multiply(g, w, out=g)
        return values[-1], g, grad_w

    return call


def with_functions(x, rounds):
    """y = sigmoid(exp(tanh(-y))): s' = s (1 - s), exp' = exp, tanh' = 1 - tanh^2."""
    values = np.empty((len(rounds), 3, len(x)), x.dtype)  # tanh, exp, sigmoid of each round
    g, slope = np.empty_like(x), np.empty_like(x)

    def call():
        y = x
        for tanh, exp, sigmoid in values:
            np.negative(y, out=tanh)
            np.tanh(tanh, out=tanh)
            np.exp(tanh, out=exp)
            np.negative(exp, out=sigmoid)
            np.exp(sigmoid, out=sigmoid)
            np.add(sigmoid, 1, out=sigmoid)
            np.reciprocal(sigmoid, out=sigmoid)
            y = sigmoid
        g[...] = 1
        for tanh, exp, sigmoid in values[::-1]:
            np.subtract(1, sigmoid, out=slope)
            np.multiply(slope, sigmoid, out=slope)
            np.multiply(slope, exp, out=slope)
            np.multiply(g, slope, out=g)
            np.multiply(tanh, tanh, out=slope)
            np.subtract(slope, 1, out=slope)  # the sign of -y with it
            np.multiply(g, slope, out=g)
        return y, g

    return call


BY_OPERATIONS = {
    (("times", 1.0001), ("plus", 0.001), ("minus", 0.001), ("negative",)): with_numbers,
    (("times", "w"), ("plus", "w"), ("times", "one"), ("minus", "one")): with_tensors,
    (("negative",), ("tanh",), ("exp",), ("sigmoid",)): with_functions,
}
