"""What acts on targets and outputs."""

from ... import regularization
from .method import Method, grid

ROWS = (
    Method(
        "label_smoothing",
        "label smoothing",
        "the target is (1 - ε) one-hot + ε/10",
        grid(label_smoothing=[0.1, 0.4, 0.7, 0.9]),
        grid(label_smoothing=[0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.9, 0.97]),
        by_default=True,
        smoothing=lambda label_smoothing: label_smoothing,
    ),
    Method(
        "confidence_penalty",
        "confidence penalty",
        "the loss has the term -strength · entropy of the prediction",
        grid(strength=[1.0, 3.0, 10.0, 30.0]),
        grid(strength=[0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]),
        penalty=lambda model, output, *batch, strength: regularization.confidence_penalty(output, strength),
    ),
)
