"""Gradient cases of convolutions and their transposes."""

from .case import Case

IMAGES = (2, 3, 5, 6)

CASES = [
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
    Case("nn.functional.conv1d", lambda t, x, w, b: t.nn.functional.conv1d(x, w, b, 2, 1), ((2, 3, 7), (4, 3, 3), (4,))),
    Case("nn.functional.conv1d same", lambda t, x, w: t.nn.functional.conv1d(x, w, padding="same", dilation=2), ((2, 2, 6), (4, 2, 2))),
    Case("nn.functional.conv1d one signal", lambda t, x, w, b: t.nn.functional.conv1d(x, w, b, groups=2), ((4, 5), (2, 2, 3), (2,))),
    Case("nn.functional.conv1d many channels", lambda t, x, w: t.nn.functional.conv1d(x, w, padding=1), ((2, 9, 4), (10, 9, 3))),
    Case("nn.functional.conv3d", lambda t, x, w, b: t.nn.functional.conv3d(x, w, b), ((2, 2, 3, 4, 3), (3, 2, 2, 2, 2), (3,))),
    Case(
        "nn.functional.conv3d moved",
        lambda t, x, w: t.nn.functional.conv3d(x, w, stride=(1, 2, 1), padding=(1, 0, 2), dilation=(1, 1, 2), groups=2),
        ((1, 4, 3, 4, 3), (2, 2, 2, 2, 2)),
    ),
    Case(
        "nn.functional.conv3d padded", lambda t, x, w, b: t.nn.functional.conv3d(x, w, b, padding=1), ((2, 3, 3, 2), (2, 2, 3, 3, 3), (2,))
    ),
    Case(
        "nn.functional.conv_transpose1d",
        lambda t, x, w, b: t.nn.functional.conv_transpose1d(x, w, b, 3, 1, 2),
        ((2, 3, 4), (3, 2, 4), (2,)),
    ),
    Case(
        "nn.functional.conv_transpose2d", lambda t, x, w, b: t.nn.functional.conv_transpose2d(x, w, b), ((2, 3, 3, 4), (3, 4, 2, 3), (4,))
    ),
    Case(
        "nn.functional.conv_transpose2d moved",
        lambda t, x, w, b: t.nn.functional.conv_transpose2d(x, w, b, (2, 3), 1, (1, 2), 2, (2, 1)),
        ((2, 4, 3, 2), (4, 3, 2, 3), (6,)),
    ),
    Case(
        "nn.functional.conv_transpose2d cropped",
        lambda t, x, w: t.nn.functional.conv_transpose2d(x, w, padding=2),
        ((2, 3, 4, 4), (3, 2, 3, 3)),
    ),
    Case(
        "nn.functional.conv_transpose2d long output_padding",
        lambda t, x, w: t.nn.functional.conv_transpose2d(x, w, output_padding=2, dilation=3),
        ((2, 2, 3, 3), (2, 3, 2, 2)),
    ),
    Case(
        "nn.functional.conv_transpose2d one image",
        lambda t, x, w, b: t.nn.functional.conv_transpose2d(x, w, b, 2),
        ((3, 3, 3), (3, 2, 2, 2), (2,)),
    ),
    Case(
        "nn.functional.conv_transpose3d",
        lambda t, x, w, b: t.nn.functional.conv_transpose3d(x, w, b, 2),
        ((1, 2, 2, 3, 2), (2, 2, 2, 1, 3), (2,)),
    ),
]
