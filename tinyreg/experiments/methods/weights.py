"""What acts on weights: penalties, proximal steps, projections, decay."""

from ... import nn, optim, regularization
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
    Method(
        "group_lasso",
        "group lasso",
        "the objective has the term strength Σ √size ‖w of a unit‖, by its proximal step: whole units become zero",
        grid(strength=[0.0003, 0.001, 0.002, 0.003]),
        grid(strength=[0.00003, 0.0001, 0.0003, 0.001, 0.002, 0.003, 0.006, 0.01]),
        after_step=lambda model, lr, strength: regularization.group_lasso_proximal_(model, lr, strength),
    ),
    Method(
        "orthogonality",
        "orthogonality",
        "the loss has the term strength/4 ‖WᵀW - I‖² for each layer",
        grid(strength=[0.001, 0.003, 0.01, 0.03]),
        grid(strength=[0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]),
        penalty=lambda model, *batch, strength: regularization.orthogonality_penalty(model, strength),
    ),
    Method(
        "max_norm",
        "max-norm",
        "after each step the incoming weights of each unit are projected on the ball of radius c",
        grid(max_norm=[0.5, 1.0, 1.5, 2.0]),
        grid(max_norm=[0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0]),
        larger_is_stronger=False,
        after_step=lambda model, lr, max_norm: regularization.max_norm_(model, max_norm),
    ),
    Method(
        "weight_clipping",
        "weight clipping",
        "after each step every weight is clipped to [-c, c]",
        grid(limit=[0.06, 0.1, 0.2, 0.3]),
        grid(limit=[0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.6]),
        larger_is_stronger=False,
        after_step=lambda model, lr, limit: regularization.clip_weights_(model, -limit, limit),
    ),
    Method(
        "weight_norm",
        "weight norm",
        "the weights of each hidden unit are learnt as a length and a direction",
        layer=lambda layer: nn.utils.weight_norm(layer),
    ),
    Method(
        "spectral_norm",
        "spectral norm",
        "the weights of each hidden layer are divided by their largest singular value",
        layer=lambda layer: nn.utils.spectral_norm(layer),
    ),
)
