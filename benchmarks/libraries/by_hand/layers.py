"""Linear layers, activations, dropout, pooling and the loss, forward and backward.

Images are (N, H, W, C) here: the channels of a pixel lie side by side, as convolution reads them fastest. Only the first
convolution and `Flatten` see the order (N, C, H, W) of the data and of the weights behind it.

A layer may write into the array that it is given, and activations and dropout do. The data is not written: only linear
layers and convolutions see it. Behind a layer that needs its own output for its backward, `numpy_by_hand.in_order` allows what
does no harm: where dropout or a ReLU changed the output, the gradient that comes back is 0.
"""

import numpy as np

from .memory import Memory


class Layer:
    """A layer: forward(x) in training, backward(g) after it, infer(x).

    Args:
        dtype: of its arrays.

    Attributes:
        shapes: of its weights, as the network's owner knows them.
        first: whether x is the data, for which no gradient is needed.
    """

    shapes = ()
    first = False

    def __init__(self, dtype):
        self.memory = Memory(dtype)

    def hold(self, weights, gradients):
        """Take the arrays that its weights stand in and its gradients go to, of `shapes`."""

    def load(self, weights):
        """Copy weights, of `shapes`."""
        for held, weight in zip((self.weight, self.bias), weights, strict=True):
            held[...] = weight

    def export(self):
        """Its weights, of `shapes`, as copies."""
        return [self.weight.copy(), self.bias.copy()]

    def infer(self, x):
        """The output with nothing dropped and running statistics; like forward, where these do not matter."""
        return self.forward(x)


class Linear(Layer):
    """y = x W^T + b; the gradients are g^T x, the sum of g, and g W."""

    def __init__(self, dtype, inputs, outputs):
        super().__init__(dtype)
        self.shapes = ((outputs, inputs), (outputs,))

    def hold(self, weights, gradients):
        (self.weight, self.bias), (self.grad_weight, self.grad_bias) = weights, gradients

    def forward(self, x):
        self.x = x
        y = np.matmul(x, self.weight.T, out=self.memory.empty("y", (len(x), len(self.bias))))
        y += self.bias
        return y

    def backward(self, g):
        np.matmul(g.T, self.x, out=self.grad_weight)
        np.sum(g, axis=0, out=self.grad_bias)
        if not self.first:
            return np.matmul(g, self.weight, out=self.memory.empty("g", self.x.shape))


class ReLU(Layer):
    """y = max(x, 0), in x; the gradient passes where y > 0."""

    def forward(self, x):
        self.y = np.maximum(x, 0, out=x)
        return self.y

    def backward(self, g):
        g *= np.greater(self.y, 0, out=self.memory.empty("passes", g.shape, bool))
        return g


class Sigmoid(Layer):
    """y = 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2, in x, which overflows nowhere; y' = y (1 - y)."""

    def forward(self, x):
        x *= 0.5
        np.tanh(x, out=x)
        x += 1
        x *= 0.5
        self.y = x
        return x

    def backward(self, g):
        slope = np.subtract(1, self.y, out=self.memory.empty("slope", g.shape))
        slope *= self.y
        g *= slope
        return g


class Dropout(Layer):
    """y = x / (1 - p) where a random word reaches p, and 0 elsewhere, in x; the gradient passes the same way.

    A comparison of 16 random bits with p 2^16 is all that a mask needs (p is met to within 2^-17), so one word of the
    generator serves four elements.
    """

    def __init__(self, dtype, p):
        super().__init__(dtype)
        self.words = np.random.SFC64(0)
        self.threshold, self.scale = np.uint16(round(p * 2**16)), 1 / (1 - p)

    def forward(self, x):
        words = self.words.random_raw(-(-x.size // 4)).view(np.uint16)[: x.size].reshape(x.shape)
        self.kept = np.greater_equal(words, self.threshold, out=self.memory.empty("kept", x.shape, bool))
        return self.backward(x)

    def backward(self, g):
        g *= self.kept
        g *= self.scale
        return g

    def infer(self, x):
        return x


class Pool(Layer):
    """The maximum of each side x side window, as maxima of strided slices; its gradient goes to the first maximum.

    It is computed before a ReLU that stands before it: the ReLU of the maximum is the maximum of the ReLU's values, and there
    are side^2 times fewer of it.
    """

    def __init__(self, dtype, side):
        super().__init__(dtype)
        self.side = side

    def corners(self, x):
        """The values at one place of all windows, for each place: views of x (N, H, W, C)."""
        side = self.side
        high, wide = (n // side * side for n in x.shape[1:3])
        return [x[:, i:high:side, j:wide:side] for i in range(side) for j in range(side)]

    def forward(self, x):
        self.x = x
        first, *others = self.corners(x)
        self.y = self.memory.empty("y", first.shape)
        np.copyto(self.y, first)
        for other in others:
            np.maximum(self.y, other, out=self.y)
        return self.y

    def backward(self, g):
        grad_x = self.memory.zeros("g", self.x.shape)  # what no window covers stays 0
        hit = self.memory.empty("hit", g.shape, bool)
        *others, last = zip(self.corners(self.x), self.corners(grad_x))
        for value, grad in others:
            np.equal(value, self.y, out=hit)
            np.multiply(g, hit, out=grad)
            g -= grad  # what has found its maximum is gone
        last[1][...] = g
        return grad_x


class Flatten(Layer):
    """(N, H, W, C) -> (N, C H W), the order in which the weights behind it count."""

    def forward(self, x):
        self.shape = x.shape
        n, h, w, c = x.shape
        y = self.memory.empty("y", (n, c * h * w))
        y.reshape(n, c, h, w)[...] = x.transpose(0, 3, 1, 2)
        return y

    def backward(self, g):
        n, h, w, c = self.shape
        grad_x = self.memory.empty("g", self.shape)
        grad_x[...] = g.reshape(n, c, h, w).transpose(0, 2, 3, 1)
        return grad_x


def cross_entropy(logits, labels):
    """The mean of -log softmax(logits)[label] and its gradient (softmax - onehot) / N, which takes the place of the logits."""
    rows = np.arange(len(labels))
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[rows, labels]
    p = np.exp(logits, out=logits)
    total = p.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - chosen).mean()
    total *= len(labels)
    p /= total
    p[rows, labels] -= 1 / len(labels)
    return loss, p
