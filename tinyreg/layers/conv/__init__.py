"""Convolution: derived in im2col.py and convolution.py, used through conv2d and Conv2d, judged by conv2d_slow."""

from .convolution import Conv2dFunction
from .layer import Conv2d, conv2d
from .slow import conv2d_slow
