"""Convolution as its definition says it, one multiplication after the other: to be read, and to judge the fast one by."""

from ...backend import get_array_module


def conv2d_slow(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Equation (1) of convolution.py by nested loops, on raw arrays.

    Args:
        x: images (N, C, H, W).
        weight: (O, C/groups, K, L).
        bias: (O,) or None.
        stride, dilation: (vertical, horizontal).
        padding: (vertical, horizontal), or ((top, bottom), (left, right)).
        groups: filters and channels are cut into this many groups that do not see each other.

    Returns:
        y (N, O, P, Q).

    Example:
        >>> import numpy
        >>> conv2d_slow(numpy.ones((1, 1, 3, 3)), numpy.ones((1, 1, 2, 2)))[0, 0].tolist()
        [[4.0, 4.0], [4.0, 4.0]]
    """
    xp = get_array_module(x)
    (top, bottom), (left, right) = (p if isinstance(p, tuple) else (p, p) for p in padding)
    N, _, H, W = x.shape
    O, c, K, L = weight.shape
    P = (H + top + bottom - dilation[0] * (K - 1) - 1) // stride[0] + 1
    Q = (W + left + right - dilation[1] * (L - 1) - 1) // stride[1] + 1
    y = xp.zeros((N, O, P, Q), dtype=x.dtype)
    for n in range(N):
        for o in range(O):
            first = o // (O // groups) * c  # the first channel of this filter's group
            for p in range(P):
                for q in range(Q):
                    total = 0 if bias is None else bias[o]
                    for channel in range(c):
                        for k in range(K):
                            for l in range(L):
                                i = p * stride[0] + k * dilation[0] - top
                                j = q * stride[1] + l * dilation[1] - left
                                if 0 <= i < H and 0 <= j < W:  # outside lies padding: zeros
                                    total += weight[o, channel, k, l] * x[n, first + channel, i, j]
                    y[n, o, p, q] = total
    return y
