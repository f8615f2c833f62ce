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
    a fixed order: the same digits every time, on a GPU too. The adjoint of padding is cropping.

Cost
    K L times the memory of x, so whoever needs the columns of many images takes a few images at a time.

The order of the axes is that of the equations. Which of them lie side by side in memory is the choice of whoever gives
`out`: the copies are fastest where whole runs of values stay together.
"""

from ...backend import get_array_module


def im2col(x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), out=None):
    """The window under every output pixel, equation (1).

    Args:
        x: a raw array (N, C, H, W).
        kernel, stride, dilation: (vertical, horizontal).
        padding: zeros ((above, below), (left, right)).
        out: write here instead of into a new array.

    Returns:
        columns (N, C, K, L, P, Q).

    Example:
        >>> import numpy
        >>> x = numpy.arange(9).reshape(1, 1, 3, 3)
        >>> columns = im2col(x, (2, 2))
        >>> columns[0, 0, :, :, 1, 1].tolist()
        [[4, 5], [7, 8]]
        >>> columns.reshape(4, 4).T.tolist()
        [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
    """
    xp = get_array_module(x)
    (s, t), (d, e) = stride, dilation
    spans = (d * (kernel[0] - 1) + 1, e * (kernel[1] - 1) + 1)
    windows = xp.lib.stride_tricks.sliding_window_view(_pad(x, padding), spans, axis=(2, 3))
    windows = windows[:, :, ::s, ::t, ::d, ::e].transpose(0, 1, 4, 5, 2, 3)  # (N, C, P, Q, K, L) -> (N, C, K, L, P, Q)
    if out is None:
        return windows.copy()                                                          # (1)
    out[...] = windows                                                                 # (1)
    return out


def col2im(columns, size, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The adjoint of im2col: every tap is added to the pixel it was copied from, equation (2).

    Args:
        columns: a raw array (N, C, K, L, P, Q).
        size: (H, W) of the images.
        stride, padding, dilation: as im2col was given.

    Returns:
        images (N, C, H, W); in the memory order of columns, channels last or not.

    Example:
        >>> import numpy
        >>> col2im(numpy.ones((1, 1, 2, 2, 2, 2)), (3, 3))[0, 0].tolist()
        [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    n, c, K, L, P, Q = columns.shape
    (s, t), ((top, bottom), (left, right)), (d, e) = stride, padding, dilation
    (H, W) = size
    x_pad = _zeros(columns, (n, c, H + top + bottom, W + left + right))
    for k in range(K):
        rows = slice(k * d, k * d + s * (P - 1) + 1, s)
        for l in range(L):
            cols = slice(l * e, l * e + t * (Q - 1) + 1, t)
            x_pad[:, :, rows, cols] += columns[:, :, k, l]                             # (2)
    return x_pad[:, :, top : top + H, left : left + W]  # the adjoint of padding is cropping


def _pad(x, padding):
    """Zeros around the images, in the memory order of x."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    n, c, H, W = x.shape
    x_pad = _zeros(x, (n, c, H + top + bottom, W + left + right))
    x_pad[:, :, top : top + H, left : left + W] = x
    return x_pad


def _zeros(like, shape):
    """Zeros of shape (N, C, H, W), channels last in memory where those of `like` (N, C, ...) are."""
    xp = get_array_module(like)
    n, c, H, W = shape
    if like.strides[1] < like.strides[-1]:
        return xp.zeros((n, H, W, c), dtype=like.dtype).transpose(0, 3, 1, 2)
    return xp.zeros(shape, dtype=like.dtype)
