"""Convolution: derived in im2col.py and convolution.py, its adjoint in transpose.py, used through the doors, judged by slow.py."""

from .convolution import ConvolutionFunction
from .layer import Conv1d, Conv2d, Conv3d, conv1d, conv2d, conv3d
from .slow import conv_slow, conv_transpose_slow
from .transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, conv_transpose1d, conv_transpose2d, conv_transpose3d

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "ConvolutionFunction",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_slow",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "conv_transpose_slow",
]
