"""What acts on weights: penalties, proximal steps, projections, decay."""

from ... import optim, regularization
from .method import Method, grid

ADAM_LEARNING_RATE = 1e-3  # PyTorch's default

NONE = Method("none", "none", "nothing: cross-entropy and plain SGD", by_default=True)

ROWS = (
    Method(
        "l2",
        "L2",
        "the loss has the term strength/2 Σw²",
        grid(strength=[0.003, 0.01, 0.03, 0.1]),
        grid(strength=[0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]),
        by_default=True,
        penalty=lambda model, *batch, strength: regularization.l2_penalty(model, strength),
    ),
    Method(
        "l1",
        "L1",
        "the objective has the term strength Σ|w|; each step ends with its proximal step, which makes exact zeros",
        grid(strength=[0.0003, 0.001, 0.003, 0.006]),
        grid(strength=[0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.006, 0.01, 0.03]),
        by_default=True,
        after_step=lambda model, lr, strength: regularization.l1_proximal_(model, lr, strength),
    ),
    Method(
        "elastic_net",
        "elastic net",
        "the objective has the term strength (½ Σ|w| + ¼ Σw²), by its proximal step",
        grid(strength=[0.001, 0.003, 0.01, 0.03]),
        grid(strength=[0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]),
        by_default=True,
        after_step=lambda model, lr, strength: regularization.elastic_net_proximal_(model, lr, strength, l1_ratio=0.5),
    ),
    Method(
        "adam",
        "Adam",
        "the optimizer is Adam: what AdamW's decay is added to",
        room="weight_decay",
        optimizer=lambda params, lr: optim.Adam(params, lr=ADAM_LEARNING_RATE),
    ),
    Method(
        "adamw",
        "AdamW decay",
        "each step shrinks the weights by lr · decay; the optimizer is Adam, a second difference (the method adam parts them)",
        grid(weight_decay=[0.1, 1.0, 3.0, 5.0]),
        grid(weight_decay=[0.01, 0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 30.0]),
        room="weight_decay",
        by_default=True,
        optimizer=lambda params, lr, weight_decay: optim.AdamW(params, lr=ADAM_LEARNING_RATE, weight_decay=weight_decay),
    ),
)
