"""Gradient cases of linear, convolution and pooling layers."""

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
    Case("nn.functional.linear", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((4, 3), (2, 3), (2,))),
    Case("nn.functional.linear no bias", lambda t, x, w: t.nn.functional.linear(x, w), ((4, 3), (2, 3))),
    Case("nn.functional.linear one example", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((3,), (2, 3), (2,))),
    Case("nn.functional.linear sequences", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((2, 4, 3), (2, 3), (2,))),
    Case("nn.functional.linear one output", lambda t, x, w: t.nn.functional.linear(x, w), ((4, 3), (3,))),
    Case("nn.functional.conv2d", lambda t, x, w, b: t.nn.functional.conv2d(x, w, b), (IMAGES, (4, 3, 2, 3), (4,))),
    Case("nn.functional.conv2d no bias", lambda t, x, w: t.nn.functional.conv2d(x, w), (IMAGES, (4, 3, 2, 3))),
    Case("nn.functional.conv2d padding", lambda t, x, w, b: t.nn.functional.conv2d(x, w, b, padding=1), (IMAGES, (2, 3, 3, 3), (2,))),
    Case("nn.functional.conv2d same", lambda t, x, w: t.nn.functional.conv2d(x, w, padding="same", dilation=2), (IMAGES, (2, 3, 2, 3))),
    Case("nn.functional.conv2d wide padding", lambda t, x, w: t.nn.functional.conv2d(x, w, padding=(3, 2)), (IMAGES, (2, 3, 2, 2))),
    Case("nn.functional.conv2d stride", lambda t, x, w: t.nn.functional.conv2d(x, w, stride=(2, 3), padding=1), (IMAGES, (2, 3, 2, 2))),
    Case("nn.functional.conv2d dilation", lambda t, x, w: t.nn.functional.conv2d(x, w, dilation=2, padding=(1, 2)), (IMAGES, (2, 3, 2, 3))),
    Case(
        "nn.functional.conv2d groups",
        lambda t, x, w, b: t.nn.functional.conv2d(x, w, b, padding=1, groups=2),
        ((2, 4, 4, 3), (6, 2, 3, 3), (6,)),
    ),
    Case("nn.functional.conv2d depthwise", lambda t, x, w: t.nn.functional.conv2d(x, w, stride=2, groups=3), (IMAGES, (3, 1, 2, 2))),
    Case("nn.functional.conv2d one image", lambda t, x, w, b: t.nn.functional.conv2d(x, w, b, padding=1), ((3, 4, 4), (2, 3, 3, 3), (2,))),
    Case("nn.functional.conv2d many channels", lambda t, x, w, b: t.nn.functional.conv2d(x, w, b), ((2, 9, 4, 4), (2, 9, 3, 2), (2,))),
    Case(
        "nn.functional.conv2d many channels padded",
        lambda t, x, w: t.nn.functional.conv2d(x, w, padding=(1, 0)),
        ((2, 9, 4, 3), (10, 9, 3, 1)),
    ),
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
]
