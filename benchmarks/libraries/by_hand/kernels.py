"""W7 by hand: one large operation each, forward and backward, a piece at a time that stays in cache.

What a kernel returns stands in arrays that the next call writes again.
"""

import numpy as np

from ...workloads import ADAM, DROPOUT_P, L1_STRENGTH, L2_STRENGTH
from .batch_norm import EPS
from .memory import blocks

PIECE = 2**16  # elements


def dropout(x, g):
    """Masks from raw generator words, 16 bits an element, kept as a byte an element."""
    words = np.random.SFC64(0)
    threshold, scale = np.uint16(round(DROPOUT_P * 2**16)), x.dtype.type(1 / (1 - DROPOUT_P))
    kept, y, grad_x = np.empty(x.size, bool), np.empty_like(x), np.empty_like(x)
    flat_x, flat_g, flat_y, flat_grad = (array.reshape(-1) for array in (x, g, y, grad_x))
    parts = blocks(x.size, 1, PIECE)

    def masked(values, mask, out):
        np.multiply(values, mask, out=out)
        out *= scale

    def call():
        for part in parts:
            drawn = words.random_raw((part.stop - part.start + 3) // 4).view(np.uint16)[: part.stop - part.start]
            np.greater_equal(drawn, threshold, out=kept[part])
            masked(flat_x[part], kept[part], flat_y[part])
        for part in parts:
            masked(flat_g[part], kept[part], flat_grad[part])
        return y, grad_x

    return call


def batch_norm(x, weight, bias, g):
    """The equations of `by_hand.batch_norm` for images (N, C, H, W), whose channels lie one after the other."""
    n, channels = x.shape[:2]
    y, grad_x = np.empty_like(x), np.empty_like(x)
    xs, gs, ys, grads = (array.reshape(n, channels, -1) for array in (x, g, y, grad_x))
    pixels = xs.shape[2]
    ones, m = np.ones(pixels, x.dtype), n * pixels
    parts = blocks(n, channels * pixels, PIECE)
    block = np.empty((parts[0].stop, channels, pixels), x.dtype)

    def call():
        guess = xs[0] @ ones / pixels
        sum_d = sum_dd = 0
        for part in parts:
            d = np.subtract(xs[part], guess[:, None], out=block[: part.stop - part.start])
            sum_d = sum_d + (d @ ones).sum(axis=0)
            d *= d
            sum_dd = sum_dd + (d @ ones).sum(axis=0)
        rest = sum_d / m
        mean, inverse = guess + rest, 1 / np.sqrt(sum_dd / m - rest * rest + EPS)
        k = weight * inverse
        affine(k[:, None], (bias - mean * k)[:, None])
        sum_g = sum_gd = 0
        for part in parts:
            d = np.subtract(xs[part], mean[:, None], out=block[: part.stop - part.start])
            d *= gs[part]
            sum_g, sum_gd = sum_g + (gs[part] @ ones).sum(axis=0), sum_gd + (d @ ones).sum(axis=0)
        u = -k * sum_gd * inverse**2 / m
        roads(k[:, None], u[:, None], (-k * sum_g / m - mean * u)[:, None])
        return y, grad_x, sum_gd * inverse, sum_g

    def affine(k, c):
        for part in parts:
            np.multiply(xs[part], k, out=ys[part])
            ys[part] += c

    def roads(k, u, d):
        for part in parts:
            road = np.multiply(xs[part], u, out=block[: part.stop - part.start])
            road += d
            np.multiply(gs[part], k, out=grads[part])
            grads[part] += road

    return call


def penalty(p):
    """L2 / 2 sum p^2 + L1 sum |p| and its gradient L2 p + L1 sign p: p is read once, and |p| = p sign p."""
    grad = np.empty_like(p)
    parts = blocks(p.size, 1, PIECE)
    block = np.empty(PIECE, p.dtype)

    def call():
        squares = absolutes = 0.0
        for part in parts:
            values, signs = p[part], block[: part.stop - part.start]
            np.sign(values, out=signs)
            squares += float(values @ values)
            absolutes += float(values @ signs)
            np.multiply(values, L2_STRENGTH, out=grad[part])
            signs *= L1_STRENGTH
            grad[part] += signs
        return L2_STRENGTH / 2 * squares + L1_STRENGTH * absolutes, grad

    return call


def adam(p, g):
    """Adam with its averages kept unscaled: M = m / (1 - beta_1), V = v / (1 - beta_2), so that g and g^2 are added as they are.

        p - lr m / c_1 / (sqrt(v / c_2) + eps) = p - step M / (sqrt(V) + eps r),     r = sqrt(c_2 / (1 - beta_2)),
                                                                                   step = lr (1 - beta_1) / c_1 r

    with the bias corrections c = 1 - beta^t.
    """
    lr, (beta_1, beta_2), eps = ADAM["lr"], ADAM["betas"], ADAM["eps"]
    M, V = np.zeros_like(p), np.zeros_like(p)
    parts = blocks(p.size, 1, PIECE)
    block = np.empty(PIECE, p.dtype)
    t = 0

    def call():
        nonlocal t
        t += 1
        r = ((1 - beta_2**t) / (1 - beta_2)) ** 0.5
        step = lr * (1 - beta_1) / (1 - beta_1**t) * r
        for part in parts:
            change, first, second, gradient = block[: part.stop - part.start], M[part], V[part], g[part]
            first *= beta_1
            first += gradient
            np.multiply(gradient, gradient, out=change)
            second *= beta_2
            second += change
            np.sqrt(second, out=change)
            change += eps * r
            np.divide(first, change, out=change)
            change *= step
            p[part] -= change
        return (p,)

    return call
