"""JAX, compiled by jax.jit for the CPU. It is no peer built on NumPy: XLA compiles the whole step.

JAX's: jax.numpy, lax.conv_general_dilated, lax.reduce_window, jax.vjp, jax.value_and_grad, jax.random, the compiler. Ours, as
it has no layers: the network out of these, the update. A chain (W6) is lax.scan over its rounds: written out, 50,000
operations would be compiled one by one. Compiling falls into the warm-up, and every time waits for the result.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..workloads import ADAM, DROPOUT_P, L1_STRENGTH, L2_STRENGTH, LEARNING_RATE
from .library import Library, Trainer

EPS, MOMENTUM = 1e-5, 0.1


class Jax(Library):
    """JAX on the CPU."""

    name = "jax"
    title = "JAX"
    numpy_based = False

    def __init__(self, threads, dtype="float32", device="cpu"):
        super().__init__(threads, dtype, device)
        if dtype == "float64":
            jax.config.update("jax_enable_x64", True)

    @staticmethod
    def version():
        return jax.__version__

    def array(self, x):
        return jnp.array(x, self.dtype if x.dtype.kind == "f" else "int32")

    def to_numpy(self, value):
        return np.asarray(value)

    def wait(self, value):
        jax.block_until_ready(value)

    def trainer(self, network, weights, dropout=True):
        return JaxTrainer(network, [self.array(weight) for weight in weights], dropout)

    def chain(self, chain, length):
        x, one = jnp.full(chain.elements, chain.start, self.dtype), jnp.ones(chain.elements, self.dtype)
        given = (x, one) if any("w" in operation for operation in chain.operations) else (x,)

        def run(x, w=one):
            def round_(y, _):
                for name, *rest in chain.operations:
                    y = operation(name, y, *({"w": w, "one": one}.get(operand, operand) for operand in rest))
                return y, None

            return lax.scan(round_, x, None, length // len(chain.operations))[0]

        @jax.jit
        def there_and_back(*given):
            y, vjp = jax.vjp(run, *given)
            return y, *vjp(one)

        return partial(there_and_back, *given)

    def kernel(self, name, arrays):
        given = {key: self.array(array) for key, array in arrays.items()}
        return KERNELS[name](**given)


def operation(name, y, operand=None):
    """op(y)."""
    if name in ("times", "plus", "minus"):
        return {"times": jnp.multiply, "plus": jnp.add, "minus": jnp.subtract}[name](y, operand)
    return {"negative": jnp.negative, "tanh": jnp.tanh, "exp": jnp.exp, "sigmoid": jax.nn.sigmoid}[name](y)


def batch_norm(x, weight, bias, mean, var):
    shape = (1, -1, *(1,) * (x.ndim - 2))
    k = weight * lax.rsqrt(var + EPS)
    return x * k.reshape(shape) + (bias - mean * k).reshape(shape)


def moments(x):
    """The mean and the variance of each channel."""
    axes = (0, *range(2, x.ndim))
    return x.mean(axes), x.var(axes)


def forward(layers, weights, running, x, key=None):
    """The logits, and the running statistics after them; without a key, those of inference."""
    weights, running, moved = iter(weights), iter(running), []
    for kind, *sizes in layers:
        if kind == "linear":
            x = x @ next(weights).T + next(weights)
        elif kind == "conv":
            sides = (sizes[3], sizes[3])
            x = lax.conv_general_dilated(x, next(weights), (1, 1), (sides, sides)) + next(weights).reshape(1, -1, 1, 1)
        elif kind == "batch_norm":
            averages = batch = next(running)
            if key is not None:
                batch, m = moments(x), x.size // x.shape[1]
                factors = 1, m / (m - 1)
                averages = tuple([a + MOMENTUM * (lax.stop_gradient(b) * f - a) for a, b, f in zip(averages, batch, factors)])
            moved.append(averages)
            x = batch_norm(x, next(weights), next(weights), *batch)
        elif kind == "relu":
            x = jax.nn.relu(x)
        elif kind == "sigmoid":
            x = jax.nn.sigmoid(x)
        elif kind == "pool":
            window = (1, 1, sizes[0], sizes[0])
            x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
        elif kind == "flatten":
            x = x.reshape(len(x), -1)
        elif kind == "dropout" and key is not None:
            key, drawn = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(drawn, 1 - sizes[0], x.shape), x / (1 - sizes[0]), 0)
    return x, moved


class JaxTrainer(Trainer):
    """A compiled step and a compiled inference; the step gives the memory of its state back for the new one."""

    def __init__(self, network, weights, dropout):
        layers = [layer for layer in network.layers if dropout or layer[0] != "dropout"]
        dtype = weights[0].dtype
        features = [sizes[0] for kind, *sizes in layers if kind == "batch_norm"]
        self.state = weights, [(jnp.zeros(n, dtype), jnp.ones(n, dtype)) for n in features], jax.random.key(0)

        def loss(weights, running, key, x, y):
            logits, moved = forward(layers, weights, running, x, key)
            return -jax.nn.log_softmax(logits)[jnp.arange(len(y)), y].mean(), moved

        def step(state, x, y):
            weights, running, key = state
            key, drawn = jax.random.split(key)
            (value, running), gradients = jax.value_and_grad(loss, has_aux=True)(weights, running, drawn, x, y)
            weights = [w - LEARNING_RATE * (g + network.weight_decay * w) for w, g in zip(weights, gradients)]
            return value, (weights, running, key)

        self.compiled = jax.jit(step, donate_argnums=0)
        self.inference = jax.jit(lambda weights, running, x: forward(layers, weights, running, x)[0])

    def step(self, x, y):
        loss, self.state = self.compiled(self.state, x, y)
        return loss

    def infer(self, x):
        return self.inference(*self.state[:2], x)

    def weights(self):
        return [np.array(weight) for weight in self.state[0]]


def dropout_kernel(x, g):
    def drop(key, x):
        return jnp.where(jax.random.bernoulli(key, 1 - DROPOUT_P, x.shape), x / (1 - DROPOUT_P), 0)

    @jax.jit
    def there_and_back(key, x, g):
        key, drawn = jax.random.split(key)
        y, vjp = jax.vjp(partial(drop, drawn), x)
        return key, y, *vjp(g)

    key = jax.random.key(0)

    def call():
        nonlocal key
        key, *found = there_and_back(key, x, g)
        return found

    return call


def batch_norm_kernel(x, weight, bias, g):
    @jax.jit
    def there_and_back(x, weight, bias, g):
        y, vjp = jax.vjp(lambda x, weight, bias: batch_norm(x, weight, bias, *moments(x)), x, weight, bias)
        return y, *vjp(g)

    return partial(there_and_back, x, weight, bias, g)


def penalty_kernel(p):
    return partial(jax.jit(jax.value_and_grad(lambda p: L2_STRENGTH / 2 * (p * p).sum() + L1_STRENGTH * jnp.abs(p).sum())), p)


def adam_kernel(p, g):
    """JAX has no optimizers of its own; this is the formula, compiled."""
    (beta_1, beta_2), lr, eps = ADAM["betas"], ADAM["lr"], ADAM["eps"]

    @partial(jax.jit, donate_argnums=0)
    def step(state, g):
        p, m, v, t = state
        t = t + 1
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g * g
        return p - lr * (m / (1 - beta_1**t)) / (jnp.sqrt(v / (1 - beta_2**t)) + eps), m, v, t

    state = p, jnp.zeros_like(p), jnp.zeros_like(p), jnp.zeros((), p.dtype)

    def call():
        nonlocal state
        state = step(state, g)
        return (state[0],)

    return call


KERNELS = {"dropout": dropout_kernel, "batch_norm": batch_norm_kernel, "penalty": penalty_kernel, "adam": adam_kernel}
