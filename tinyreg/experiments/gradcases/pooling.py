"""Gradient cases of pooling and of its opposite, interpolation."""

from .case import Case


def spread_out(*shape):
    """Values at least 0.1 apart in random order: no window has two maxima, nor nearly."""

    def draw(rng):
        count = 1
        for n in shape:
            count *= n
        return rng.permutation(count).reshape(shape) * 0.1 - count * 0.05

    return draw


IMAGES = (2, 3, 5, 6)

CASES = [
    Case("nn.functional.max_pool2d", lambda t, x: t.nn.functional.max_pool2d(x, 2), (spread_out(*IMAGES),)),
    Case("nn.functional.max_pool2d overlapping", lambda t, x: t.nn.functional.max_pool2d(x, (3, 2), stride=1), (spread_out(*IMAGES),)),
    Case(
        "nn.functional.max_pool2d padded and dilated",
        lambda t, x: t.nn.functional.max_pool2d(x, 3, stride=(2, 1), padding=1, dilation=(1, 2)),
        (spread_out(*IMAGES),),
    ),
    Case("nn.functional.max_pool2d ceil_mode", lambda t, x: t.nn.functional.max_pool2d(x, 3, 2, ceil_mode=True), (spread_out(*IMAGES),)),
    Case("nn.functional.max_pool2d indices", lambda t, x: t.nn.functional.max_pool2d(x, 2, return_indices=True), (spread_out(*IMAGES),)),
    Case("nn.functional.max_pool2d one image", lambda t, x: t.nn.functional.max_pool2d(x, 2), (spread_out(3, 4, 4),)),
    Case("nn.functional.avg_pool2d", lambda t, x: t.nn.functional.avg_pool2d(x, 2), (IMAGES,)),
    Case("nn.functional.avg_pool2d overlapping", lambda t, x: t.nn.functional.avg_pool2d(x, (3, 2), stride=1, padding=1), (IMAGES,)),
    Case(
        "nn.functional.avg_pool2d real taps only",
        lambda t, x: t.nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False),
        (IMAGES,),
    ),
    Case("nn.functional.avg_pool2d ceil_mode", lambda t, x: t.nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True), ((2, 2, 6, 7),)),
    Case("nn.functional.avg_pool2d divisor_override", lambda t, x: t.nn.functional.avg_pool2d(x, 2, divisor_override=3), (IMAGES,)),
    Case("nn.functional.adaptive_avg_pool2d", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (2, 4)), (IMAGES,)),
    Case("nn.functional.adaptive_avg_pool2d whole image", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1), (IMAGES,)),
    Case("nn.functional.adaptive_avg_pool2d None", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (None, 7)), (IMAGES,)),
    Case("nn.functional.max_pool1d", lambda t, x: t.nn.functional.max_pool1d(x, 3, 2, 1, ceil_mode=True), (spread_out(2, 3, 7),)),
    Case("nn.functional.max_pool1d one signal", lambda t, x: t.nn.functional.max_pool1d(x, 2, return_indices=True), (spread_out(3, 6),)),
    Case("nn.functional.max_pool3d", lambda t, x: t.nn.functional.max_pool3d(x, (2, 1, 3), 1, (1, 0, 1)), (spread_out(2, 2, 3, 3, 4),)),
    Case("nn.functional.avg_pool1d", lambda t, x: t.nn.functional.avg_pool1d(x, 3, 2, 1, True, False), ((2, 3, 6),)),
    Case("nn.functional.avg_pool3d", lambda t, x: t.nn.functional.avg_pool3d(x, (2, 3, 1), 2, (1, 1, 0)), ((2, 2, 4, 5, 3),)),
    Case("nn.functional.avg_pool3d divisor_override", lambda t, x: t.nn.functional.avg_pool3d(x, 2, divisor_override=3), ((2, 3, 2, 4),)),
    Case("nn.functional.adaptive_avg_pool1d", lambda t, x: t.nn.functional.adaptive_avg_pool1d(x, 4), ((2, 3, 6),)),
    Case("nn.functional.adaptive_avg_pool2d one image", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (2, 4)), ((3, 5, 6),)),
    Case("nn.functional.adaptive_avg_pool3d", lambda t, x: t.nn.functional.adaptive_avg_pool3d(x, (2, None, 5)), ((2, 2, 3, 2, 4),)),
    Case("nn.functional.adaptive_max_pool1d", lambda t, x: t.nn.functional.adaptive_max_pool1d(x, 4), (spread_out(2, 3, 6),)),
    Case("nn.functional.adaptive_max_pool2d", lambda t, x: t.nn.functional.adaptive_max_pool2d(x, (2, 7)), (spread_out(*IMAGES),)),
    Case(
        "nn.functional.adaptive_max_pool2d indices",
        lambda t, x: t.nn.functional.adaptive_max_pool2d(x, (3, None), return_indices=True),
        (spread_out(3, 5, 6),),
    ),
    Case("nn.functional.adaptive_max_pool3d", lambda t, x: t.nn.functional.adaptive_max_pool3d(x, 2), (spread_out(2, 2, 3, 2, 5),)),
    Case("nn.functional.interpolate", lambda t, x: t.nn.functional.interpolate(x, scale_factor=2), (IMAGES,)),
    Case("nn.functional.interpolate size", lambda t, x: t.nn.functional.interpolate(x, (3, 14)), (IMAGES,)),
    Case("nn.functional.interpolate signals", lambda t, x: t.nn.functional.interpolate(x, scale_factor=1.7), ((2, 3, 7),)),
    Case(
        "nn.functional.interpolate volumes",
        lambda t, x: t.nn.functional.interpolate(x, scale_factor=(0.5, 3, 1.5), recompute_scale_factor=True),
        ((2, 2, 5, 2, 3),),
    ),
]
