"""What acts on gradients, on steps, and on when training ends."""

from ... import nn, optim, regularization
from .method import Method, grid

cross_entropy = nn.functional.cross_entropy


def gradient_noise(model, step, eta):
    """Neelakantan's noise."""
    regularization.add_gradient_noise_(model.parameters(), regularization.annealed_std(step, eta))


def gradient_penalty(model, output, x, y, strength):
    """The term of the loss; its step is the one for a network of ReLUs, see the room."""
    return regularization.gradient_penalty(model, x, strength, loss=lambda output: cross_entropy(output, y), step=0.3)


def adversarial(model, output, x, y, epsilon):
    """The loss of the moved images."""
    return cross_entropy(model(regularization.fgsm(model, x, y, epsilon, clip=None)), y)

ROWS = (
    Method(
        "early_stopping",
        "early stopping",
        "training ends after so many epochs (patience) without a better validation accuracy, with the best weights",
        grid(patience=[3, 10, 30]),
        grid(patience=[1, 2, 3, 5, 10, 20, 30, 60]),
        larger_is_stronger=False,
        by_default=True,
        stopping=lambda patience: regularization.EarlyStopping(patience, mode="max"),
    ),
    Method(
        "gradient_clipping",
        "gradient clipping",
        "the gradient of each step is shortened to a norm of at most c",
        grid(max_norm=[0.03, 0.1, 0.3, 1.0]),
        grid(max_norm=[0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]),
        larger_is_stronger=False,
        clip_norm=lambda max_norm: max_norm,
    ),
    Method(
        "gradient_noise",
        "gradient noise",
        "normal noise of standard deviation √(η/(1 + step)^0.55) is added to each gradient",
        grid(eta=[0.00001, 0.0001, 0.001, 0.01]),
        grid(eta=[0.000001, 0.00001, 0.0001, 0.001, 0.01, 0.1]),
        room="noise",
        before_step=gradient_noise,
    ),
    Method(
        "gradient_penalty",
        "gradient penalty",
        "the loss has the term strength/2 · the mean squared gradient of each example's loss with respect to its pixels",
        grid(strength=[0.1, 0.3, 1.0, 3.0]),
        grid(strength=[0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]),
        penalty=gradient_penalty,
    ),
    Method(
        "jacobian_penalty",
        "Jacobian penalty",
        "the loss has the term strength/2 · the mean squared Jacobian of the outputs with respect to the pixels, by one projection",
        grid(strength=[0.003, 0.01, 0.03, 0.1]),
        grid(strength=[0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]),
        room="gradient_penalty",
        penalty=lambda model, output, x, y, strength: regularization.jacobian_penalty(model, x, strength, step=0.3),
    ),
    Method(
        "adversarial",
        "adversarial training",
        "the loss has the term cross-entropy of images that were moved by ε against it, pixel by pixel (FGSM)",
        grid(epsilon=[0.06, 0.1, 0.2, 0.3]),
        grid(epsilon=[0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5]),
        penalty=adversarial,
    ),
    Method(
        "virtual_adversarial",
        "virtual adversarial",
        "the loss has the term KL divergence to the outputs of images moved by ε in the direction that changes them most",
        grid(epsilon=[0.3, 0.6, 1.0, 2.0]),
        grid(epsilon=[0.03, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 8.0]),
        room="adversarial",
        penalty=lambda model, output, x, y, epsilon: regularization.virtual_adversarial_loss(model, x, epsilon),
    ),
    Method(
        "sharpness_aware",
        "SAM",
        "each step takes the gradient at the worst place within the distance ρ",
        grid(rho=[0.1, 0.3, 0.6, 1.0]),
        grid(rho=[0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 2.0]),
        optimizer=lambda params, lr, rho: regularization.SAM(optim.SGD(params, lr=lr), rho),
    ),
    Method(
        "ema",
        "weight averaging",
        "what is measured is the exponential moving average of the weights, with this decay at each step",
        grid(decay=[0.97, 0.99, 0.997, 0.999]),
        grid(decay=[0.8, 0.9, 0.97, 0.99, 0.997, 0.999]),
        room="weight_averaging",
        averaged=lambda model, decay: regularization.AveragedModel(
            model, multi_avg_fn=regularization.get_ema_multi_avg_fn(decay), use_buffers=True
        ),
    ),
)
