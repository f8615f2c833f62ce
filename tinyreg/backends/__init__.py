"""What scripts ask of torch.backends, and set there when they seed everything: it may be set, and nothing depends on it."""

from . import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
