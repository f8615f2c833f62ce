"""Sampling: the values of an image at places between its pixels.

Where pixels are
    Pixel j of a row of W covers the interval [j, j + 1], and its value belongs to the middle of it, j + 1/2. So the image
    covers [0, W], its middle is W/2, and from there pixel j lies at

        X_j = j + 1/2 - W/2 = j - (W - 1)/2                                                      (s1)

    Whoever lets pixel j lie at j turns the image about a corner of its middle pixels, and shifts it by half a pixel when
    it doubles in size. (align_corners=False, in the words of PyTorch.)

Why the inverse map
    A transformation M says where each point of the input goes. Going over the pixels of the input and writing each to
    where M sends it leaves holes where M stretches, and writes twice where it shrinks. So the loop is over the pixels of
    the OUTPUT: each asks where it comes from, and gets one value. With M^-1 = (a b c; d e f), measured from the middles:

        x = a X + b Y + c        y = d X + e Y + f                                               (s2)

    Back in the numbers of pixels, i = x + (W - 1)/2, there are the pixels i0 = floor(i) and i0 + 1 beside it. With
    u = i - i0, and v likewise among the rows, the bilinear value is a line along x in two rows, and a line between them:

        top = I_00 + u (I_01 - I_00)    bottom = I_10 + u (I_11 - I_10)    s = top + v (bottom - top)    (s3)

    (so written, a constant stays what it is to the last bit), and the nearest one is pixel round(i), a tie to the even.
    Outside of the image there are zeros. Of the weights in s there lies on pixels of the image the share

        m = m_W(x) m_H(y),    m_W(x) = min(i + 1, W - i) within [0, 1]                           (s4)

    and the result is torchvision's blend with the fill:

        out = m s + (1 - m) fill                                                                 (s5)

    As s has lost the share 1 - m already, it loses it twice: in the one row of pixels along a border that falls between
    pixels, fill=0 is darker by m (1 - m) I than a line from I to 0. fill=None returns s, that line itself (what
    scipy.ndimage calls mode="grid-constant" with cval=0).

Why to average when shrinking
    A resize from n to n' pixels has the scale n/n', and output pixel i has its middle at c_i = scale (i + 1/2). Two taps
    beside it see 2 of the `scale` pixels that it stands for. The others are never looked at, and a pattern finer than the
    n'/2 periods that n' pixels can show does not vanish: it comes back as a coarse one that was not there (aliasing).
    So the filter k is widened until it covers what it stands for, and its weights are made to sum to 1, also where it
    reaches over the border (a constant stays constant):

        A_ij = k((j + 1/2 - c_i)/max(scale, 1)) / sum_j' k((j' + 1/2 - c_i)/max(scale, 1))       (s6)

    Rows and columns are separate, and a resize is two products of matrices:

        Y = A_h X A_w'                                                                           (s7)

    k is the triangle, or Keys' cubic, which goes below 0 to be sharper, and above the range of the pixels at an edge:

        k(t) = 1 - |t|                                                             for |t| < 1   (s8)
        k(t) = (a + 2)|t|^3 - (a + 3)|t|^2 + 1                                     for |t| < 1
               a (|t|^3 - 5 |t|^2 + 8 |t| - 4)                                for 1 <= |t| < 2   (s9)

    With antialias=True that is PIL's rule, a = -1/2. Halving by the triangle has the weights (1, 3, 3, 1)/8. Without it
    the filter keeps its width at any scale, and beyond the border the last pixel is repeated:

        A_ij = sum of k(l + 1/2 - c_i) over the l that clip(l, 0, n - 1) takes to j              (s10)

    with a = -3/4 in the cubic, as PyTorch has it. Floating point is not clipped.
    uint8 is done as torchvision's kernels do it, to the bit: the columns first, then the rows; after each of the two,
    values are rounded (half up) and clipped to [0, 255]; and the weights are whole multiples of 2^-p,

        A_ij <- round(2^p A_ij)/2^p    p the largest of 0 .. 22 with round(2^p max A) < 2^15     (s11)

    PIL has 22 bits for all weights. Where a cubic overshoots, clipping between the passes is a difference of many grey
    levels from clipping once, so the result in uint8 is not the rounded one of floating point.

Cost
    A bilinear value is four reads and some twenty operations: on one core, in batches of 256, 6 microseconds for an image of
    28 x 28 and 15 for one of 32 x 32 x 3, the nearest one half of that; alone 100, nearly all of it the calls. (s7) takes
    H W W' + H H' W' multiplications, zeros included: 3 microseconds for 28 x 28 to 40 x 40. Of a photograph, nearly all
    would be zeros: there A is taken in bands of 32 rows, each of them 32 max(scale, 1) columns wide and a few more, and
    1200 x 1600 x 3 to 224 takes 12 milliseconds, where the whole of A takes 30.

Source
    Keys 1981, "Cubic convolution interpolation for digital image processing", IEEE ASSP 29. Jaderberg, Simonyan, Zisserman,
    Kavukcuoglu 2015, "Spatial transformer networks", arXiv 1506.02025 (the sampler that grid_sample is).
"""

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType

from ...backend import blocks, get_array_module
from ...types import Array
from .interpolation import InterpolationMode

BLOCK = 2**15  # pixels: the dozen arrays that a block needs stay in a core's cache
BAND = 32  # rows of A that are multiplied at once: enough for a product of matrices, few enough to leave out most zeros
NARROW = 128  # pixels: up to so many, the zeros cost less than leaving them out


def affine_sample(
    x: Array,
    matrices: Array,
    interpolation: InterpolationMode = InterpolationMode.NEAREST,
    fill: float | Sequence[float] | None = None,
    size: tuple[int, int] | None = None,
) -> Array:
    """The images as seen through one affine map each.

    Args:
        x: images of shape (N, C, H, W), uint8 or floating point, in any order of the memory.
        matrices: in host memory, of shape (N, 2, 3) or (1, 2, 3): the inverse maps (s2), from a place in the output to the
            one in the input, both in pixels from the middle of the image, x to the right and y down.
        interpolation: NEAREST or BILINEAR.
        fill: what lies outside, a number or one a channel, blended in by (s5); None for zeros without the blend.
        size: (H', W') of the output, that of the input by default.

    Returns:
        Images of shape (N, C, H', W'), in the dtype and the order of the memory of x.

    Example:
        >>> import numpy
        >>> x = numpy.arange(4.0).reshape(1, 1, 1, 4)
        >>> affine_sample(x, numpy.array([[[1, 0, 1.5], [0, 1, 0]]]), InterpolationMode.BILINEAR)
        array([[[[1.5, 2.5, 1.5, 0. ]]]])
    """
    xp = get_array_module(x)
    n, channels, height, width = x.shape
    rows, columns = (height, width) if size is None else size
    y = xp.empty_like(x, shape=(n, channels, rows, columns))  # in the order of x's memory
    dtype = _computing(x)
    across = xp.arange(columns, dtype=dtype) - (columns - 1) / 2                       # (s1)
    down = (xp.arange(rows, dtype=dtype) - (rows - 1) / 2)[:, None]
    t = xp.broadcast_to(xp.asarray(matrices, dtype=dtype), (n, 2, 3))[..., None, None]
    nearest = interpolation is InterpolationMode.NEAREST
    outside = None if fill is None else xp.asarray(fill, dtype=dtype).reshape(-1, 1, 1, 1)
    for part in blocks(y, BLOCK * channels):
        i, j = (t[part, k, 0] * across + (t[part, k, 1] * down + (t[part, k, 2] + (s - 1) / 2)) for k, s in ((0, width), (1, height)))
        xp.clip(i, -1, width, out=i)                                                   # (s2)
        xp.clip(j, -1, height, out=j)
        if nearest:
            planes = _framed(xp, x[part], x.dtype, outside)
            places = _places(xp, xp.rint(i), xp.rint(j), planes)
            for target, plane in zip(y[part].swapaxes(0, 1), planes):
                target[...] = plane.reshape(-1).take(places)
        else:
            _bilinear(xp, x[part], i, j, outside, y[part])
    return y


def _bilinear(xp, x, i, j, outside, y):
    planes = _framed(xp, x, i.dtype, None)
    left, top = xp.floor(i), xp.floor(j)
    places = _places(xp, left, top, planes)
    if outside is not None:
        share = _share(xp, i, x.shape[3])                                              # (s4)
        share *= _share(xp, j, x.shape[2])
        absent = 1 - share
    u, v = xp.subtract(i, left, out=left), xp.subtract(j, top, out=top)
    step = planes.shape[3]  # from a pixel to the one below
    for channel, plane in enumerate(planes):
        flat = plane.reshape(-1)
        s = _between(flat, flat[1:], places, u)                                        # (s3)
        below = _between(flat[step:], flat[step + 1 :], places, u)
        below -= s
        below *= v
        s += below
        if outside is not None:
            s *= share
            s += absent * outside[channel if len(outside) > 1 else 0, 0]               # (s5)
        y[:, channel] = xp.rint(s, out=s) if y.dtype.kind != "f" else s


def _between(first, second, places, u):
    """From the value at the places to the one beside it, by the fraction u."""
    value = first.take(places)
    step = second.take(places)
    step -= value
    step *= u
    value += step
    return value


def _share(xp, i, size):
    share = xp.minimum(i + 1, size - i)
    return xp.clip(share, 0, 1, out=share)


def _framed(xp, x, dtype, outside):
    """The channels one after the other, (C, N, H + 3, W + 3): each image in a frame of what lies outside, so that no place is."""
    n, channels, height, width = x.shape
    planes = xp.zeros((channels, n, height + 3, width + 3), dtype=dtype)
    if outside is not None:
        planes[...] = xp.rint(outside) if planes.dtype.kind != "f" else outside
    planes[:, :, 1:-2, 1:-2] = x.swapaxes(0, 1)
    return planes


def _places(xp, i, j, planes):
    """Where in a flat plane the pixels of column i and row j are, from -1 on."""
    _, n, height, width = planes.shape
    places = j.astype("int64")
    places *= width
    places += i.astype("int64")
    places += (xp.arange(n) * (height * width) + width + 1)[:, None, None]
    return places


def resize_sample(x: Array, size: tuple[int, int], interpolation: InterpolationMode, antialias: bool = True) -> Array:
    """The images in another size, by (s7), or by picking pixels.

    Args:
        x: images of shape (N, C, H, W), uint8 or floating point, in any order of the memory.
        size: (H', W') of the output.
        interpolation: BILINEAR and BICUBIC weigh; NEAREST_EXACT picks the pixel in which the middle of the new one lies,
            NEAREST pixel floor(i scale), where its left edge lies (PyTorch's older rule).
        antialias: average over all pixels that a new one stands for; the picking ones do not.

    Returns:
        Images of shape (N, C, H', W'), x itself where they have that size, in the dtype and the order of the memory of x.

    Example:
        >>> import numpy
        >>> x = numpy.array([[[[0.0, 0.0, 0.0, 8.0, 8.0, 8.0]]]])
        >>> resize_sample(x, (1, 3), InterpolationMode.BILINEAR)
        array([[[[0., 4., 8.]]]])
        >>> resize_sample(x, (1, 3), InterpolationMode.NEAREST)
        array([[[[0., 0., 8.]]]])
    """
    xp = get_array_module(x)
    n, channels, height, width = x.shape
    if size == (height, width):
        return x
    y = xp.empty_like(x, shape=(n, channels, *size))  # in the order of x's memory
    if interpolation in (InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT):
        half = 0.5 if interpolation is InterpolationMode.NEAREST_EXACT else 0.0
        j, i = (_picks(xp, was, now, half) for was, now in zip((height, width), size))
        y[...] = x.take(i, axis=3).take(j, axis=2)
        return y
    whole, dtype = x.dtype.kind != "f", _computing(x)
    down, across = (resize_weights(xp, was, now, interpolation, antialias, dtype, whole) for was, now in zip((height, width), size))
    for part in blocks(x):
        values = x[part].astype(dtype, order="C")
        if width != size[1]:
            values = _across(xp, values, across)
            values = _to_grey(xp, values) if whole else values
        if height != size[0]:
            values = _down(xp, values, down)
            values = _to_grey(xp, values) if whole else values
        y[part] = values
    return y


def _across(xp, values, bands):
    """X A', image by image: the same digits in whatever batch."""
    products = [xp.matmul(values[..., inputs], A.T) for inputs, A in bands]            # (s7)
    return products[0] if len(products) == 1 else xp.concatenate(products, axis=3)


def _down(xp, values, bands):
    """A X."""
    products = [xp.matmul(A, values[:, :, inputs]) for inputs, A in bands]             # (s7)
    return products[0] if len(products) == 1 else xp.concatenate(products, axis=2)


def _to_grey(xp, values):
    values += 0.5
    xp.floor(values, out=values)
    return xp.clip(values, 0, 255, out=values)


def _picks(xp, was, now, half):
    """The pixel of the input for each of the output, in the float32 in which PyTorch decides it."""
    places = (xp.arange(now, dtype="float32") + half) * xp.float32(was / now)
    return xp.minimum(xp.floor(places), was - 1).astype("int64")


@lru_cache(maxsize=64)
def resize_weights(
    xp: ModuleType, was: int, now: int, interpolation: InterpolationMode, antialias: bool, dtype: str, whole: bool = False
) -> list[tuple[slice, Array]]:
    """The matrix A of (s6) or (s10) that takes `was` pixels to `now`, in bands of rows: where they are not 0, and what they are.

    Args:
        xp: the library to make it with, numpy or cupy.
        was, now: how many pixels.
        interpolation: BILINEAR or BICUBIC.
        antialias: widen the filter when shrinking, (s6), or never, (s10).
        dtype: of the matrix, which is computed in float64.
        whole: round the weights, (s11), as for images of uint8.

    Returns:
        For each BAND rows of A, in order, the slice of its columns that hold all that is not 0, and the rows of these
        columns; all rows are one band where there are few columns. They are kept and given to whoever asks again: not to
        be written to.

    Example:
        >>> import numpy
        >>> ((columns, A),) = resize_weights(numpy, 6, 3, InterpolationMode.BILINEAR, True, "float64")
        >>> A[1] * 8
        array([0., 1., 3., 3., 1., 0.])
    """
    scale = was / now
    reach = 2 * max(scale, 1.0) + 1  # further than any filter
    bands = []
    height = now if was <= NARROW else BAND
    for start in range(0, now, height):
        stop = min(start + height, now)
        columns = slice(max(0, int((start + 0.5) * scale - reach)), min(was, int((stop - 0.5) * scale + reach) + 1))
        bands.append((columns, _rows(xp, (start, stop), columns, was, scale, interpolation, antialias)))
    if whole:
        largest = xp.stack([A.max() for _, A in bands]).max()
        bits = xp.minimum(xp.ceil(xp.log2((2**15 - 0.5) / largest)) - 1, 22)
        bands = [(columns, xp.copysign(xp.floor(xp.abs(A) * 2**bits + 0.5) / 2**bits, A)) for columns, A in bands]    # (s11)
    return [(columns, A.astype(dtype)) for columns, A in bands]


def _rows(xp, rows, columns, was, scale, interpolation, antialias):
    """Some rows of A, in these columns."""
    middles = (xp.arange(*rows, dtype="float64")[:, None] + 0.5) * scale
    pixels = xp.arange(columns.start, columns.stop, dtype="float64")
    if antialias:
        weights = _filter(xp, (pixels + 0.5 - middles) / max(scale, 1.0), interpolation, a=-0.5)
        weights /= weights.sum(axis=1, keepdims=True)                                  # (s6)
        return weights
    weights = xp.zeros((len(middles), len(pixels)), dtype="float64")
    first = xp.floor(middles - 0.5)
    for tap in (-1, 0, 1, 2):
        place = first + tap
        weight = _filter(xp, place + 0.5 - middles, interpolation, a=-0.75)
        weights += weight * (xp.clip(place, 0, was - 1) == pixels)                     # (s10)
    return weights


def _filter(xp, t, interpolation, a):
    t = xp.abs(t)
    if interpolation is InterpolationMode.BILINEAR:
        return xp.maximum(1 - t, 0)                                                    # (s8)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = a * (((t - 5) * t + 8) * t - 4)
    return xp.where(t < 1, near, xp.where(t < 2, far, 0))                              # (s9)


def _computing(x):
    """The dtype to compute in: that of x, and float32 for those that have fewer digits."""
    return "float64" if x.dtype == "float64" else "float32"
