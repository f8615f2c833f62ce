"""im2col lays the window under every output pixel into a column; col2im is its adjoint.

    x          (N, C, H, W)              images; x_pad is x with zeros around it
    columns    (N, C, K, L, P, Q)        K x L taps of the window at each of P x Q output pixels

Forward
    Tap (k, l) of the window at (p, q) is a pixel of the padded image:

        columns[n, c, k, l, p, q] = x_pad[n, c, p s + k d, q s + l d]                            (1)

    with stride s and dilation d (each may differ between the axes). Nothing is computed: im2col copies. It is linear in
    x, a matrix with a single 1 in each row.

Adjoint
    The adjoint of a linear map A is the map with <A x, u> = <x, A* u> for all x and u; for a matrix, the transpose. By
    (1), pixel (i, j) of x_pad stands in columns wherever i = p s + k d and j = q s + l d. So

        <im2col(x), u> = sum over n, c, k, l, p, q of x_pad[n, c, p s + k d, q s + l d] u[n, c, k, l, p, q]

    and the factor of x_pad[n, c, i, j] in it is

        col2im(u)[n, c, i, j] = sum over k, l, p, q with p s + k d = i, q s + l d = j of u[n, c, k, l, p, q]      (2)

    Copying forward, adding backward: a pixel that im2col copied m times collects m terms. For a fixed tap (k, l), two
    windows never meet in one pixel, so its terms are one addition of a strided slice, and (2) is K L such additions, in
    a fixed order: the same digits every time, on a GPU too. The adjoint of padding is cropping, and the other way round.

Cost
    K L times the memory of x, so whoever needs the columns of many images takes a few images at a time.

Signals and volumes are written with one and three letters where images have two; the lines below hold for all.

The order of the axes is that of the equations. Which of them lie side by side in memory is the choice of whoever gives
`out`: the copies are fastest where whole runs of values stay together.
"""

from itertools import product

from ...backend import get_array_module


def im2col(x, kernel, stride, padding, dilation, out=None):
    """The window under every output pixel, equation (1).

    Args:
        x: a raw array (N, C, H, W); or (N, C, L), (N, C, D, H, W).
        kernel, stride, dilation: one integer an axis, (vertical, horizontal).
        padding: zeros (before, behind) an axis, ((above, below), (left, right)); a negative number behind crops.
        out: write here instead of into a new array.

    Returns:
        columns (N, C, K, L, P, Q).

    Example:
        >>> import numpy
        >>> x = numpy.arange(9).reshape(1, 1, 3, 3)
        >>> columns = im2col(x, (2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1))
        >>> columns[0, 0, :, :, 1, 1].tolist()
        [[4, 5], [7, 8]]
        >>> columns.reshape(4, 4).T.tolist()
        [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
    """
    x = _pad(x, padding)
    pixels = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation)]
    taps = [step * d for step, d in zip(x.strides[2:], dilation)]  # from one tap of a window to the next, in bytes
    steps = [step * s for step, s in zip(x.strides[2:], stride)]  # from one window to the next
    # as_strided instead of sliding_window_view, which on CuPy waits for the device
    windows = get_array_module(x).lib.stride_tricks.as_strided(
        x, (*x.shape[:2], *kernel, *pixels), (*x.strides[:2], *taps, *steps)  # (N, C, K, L, P, Q), nothing copied yet
    )
    if out is None:
        return windows.copy()                                                          # (1)
    out[...] = windows                                                                 # (1)
    return out


def col2im(columns, size, stride, padding, dilation):
    """The adjoint of im2col: every tap is added to the pixel it was copied from, equation (2).

    Args:
        columns: a raw array (N, C, K, L, P, Q).
        size: (H, W) of the images.
        stride, padding, dilation: as im2col was given.

    Returns:
        images (N, C, H, W), in the memory order of columns.

    Example:
        >>> import numpy
        >>> col2im(numpy.ones((1, 1, 2, 2, 2, 2)), (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1))[0, 0].tolist()
        [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    axes = len(size)
    kernel, out = columns.shape[2 : axes + 2], columns.shape[axes + 2 :]
    one_tap = columns[(slice(None), slice(None), *[0] * axes)]                         # (N, C, P, Q)
    x_pad = _zeros(one_tap, [n + a + max(b, 0) for n, (a, b) in zip(size, padding)])
    lanes = [[slice(k * d, k * d + s * (p - 1) + 1, s) for k in range(n)] for n, d, s, p in zip(kernel, dilation, stride, out)]
    for tap, pixels in zip(product(*map(range, kernel)), product(*lanes)):
        x_pad[(..., *pixels)] += columns[(slice(None), slice(None), *tap)]             # (2)
    return x_pad[_inside(size, padding)]  # the adjoint of padding is cropping


def _inside(size, padding):
    """Where in the padded images the images lie."""
    return (..., *[slice(before, before + n) for n, (before, _) in zip(size, padding)])


def _pad(x, padding):
    """Zeros around the images, in the memory order of x; cropped where there are fewer than none behind."""
    if any(behind < 0 for _, behind in padding):
        x = x[(..., *[slice(n + min(behind, 0)) for n, (_, behind) in zip(x.shape[2:], padding)])]
        padding = [(before, max(behind, 0)) for before, behind in padding]
    if not any(before or behind for before, behind in padding):
        return x
    size = x.shape[2:]
    x_pad = _zeros(x, [n + before + behind for n, (before, behind) in zip(size, padding)])
    x_pad[_inside(size, padding)] = x
    return x_pad


def _zeros(like, size):
    """Zeros of shape (N, C, *size) in the memory order of `like` (N, C, ...)."""
    x = get_array_module(like).empty_like(like, shape=(*like.shape[:2], *size))
    x[...] = 0
    return x


def channels_last(x):
    """The view (N, C, H, W) -> (N, H, W, C).

    Example:
        >>> import numpy
        >>> channels_last(numpy.ones((2, 3, 5, 6))).shape
        (2, 5, 6, 3)
    """
    return x.transpose(0, *range(2, x.ndim), 1)


def channels_first(x):
    """The view (N, H, W, C) -> (N, C, H, W).

    Example:
        >>> import numpy
        >>> channels_first(numpy.ones((2, 5, 6, 3))).shape
        (2, 3, 5, 6)
    """
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))
