"""Monte Carlo dropout: many predictions with dropout left on; their mean is the prediction, their spread its uncertainty.

Objective
    Nothing is trained. A network f with dropout, in Monte Carlo mode (what draws chance does, all else evaluates), gives a
    random output for each set of masks. T of them are drawn, and g, the identity or softmax, say, is taken of each:

        z_t = g(f(x; masks_t)),    t = 1, ..., T                                                 (1)
        mean = 1/T sum_t z_t                                                                     (2)
        spread^2 = 1/(T - 1) sum_t (z_t - mean)^2                                                (3)

    (Gal and Ghahramani divide (3) by T. T - 1 makes it unbiased; `spread` is its root.) They are computed as the outputs
    come, with D_0 = mean_0 = 0, so that the memory does not grow with T and no digits cancel (Welford 1962):

        mean_t = mean_(t-1) + (z_t - mean_(t-1)) / t                                             (4)
        D_t = D_(t-1) + (z_t - mean_(t-1)) (z_t - mean_t),    spread^2 = D_T / (T - 1)           (5)

    mean has the standard error spread/sqrt(T). For a linear f(x) = w^T x behind dropout both limits are known: by the room
    dropout, (3),

        mean -> w^T x,    spread^2 -> p/(1 - p) sum_j w_j^2 x_j^2                                (6)

    Uncertainty of the answer. (3) is the model's own doubt. Measurements of precision tau (variance 1/tau) add theirs:

        predictive variance = spread^2 + 1/tau                                                   (7)

    tau follows from what was minimized. Let weights have the prior N(0, 1/l^2), l the length scale: a long one asks for small
    weights, a smooth function. Variational inference minimizes the expected negative log likelihood of N examples, with
    terms tau/2 |t_i - f(x_i)|^2, plus the divergence of the masked weights w m from the prior. That is about
    (1 - p) l^2/2 |w|^2, as a share 1 - p of them is there. Divided by tau N:

        1/N sum_i 1/2 |t_i - f(x_i)|^2 + (1 - p) l^2/(2 tau N) |w|^2                             (8)

    which is the training objective with l2_penalty if strength/2 = (1 - p) l^2/(2 tau N):

        tau = (1 - p) l^2 / (N strength)                                                         (9)

    (The paper has tau = p l^2/(2 N lambda): its p is the probability of keeping, its penalty lambda |w|^2 without a half. l
    belongs to w m, without dropout's scale.)

    Classes. Where g is softmax, z_t are probabilities over K classes and mean is the predicted distribution. Its entropy is
    all of the uncertainty; the mean of the entropies is what every single network is unsure of by itself (noisy labels);
    the difference is what they disagree about, the information that the label would bring about the weights:

        H[q] = -sum_k q_k ln q_k                                                                 (10)
        I = H[mean] - 1/T sum_t H[z_t]                                                           (11)

    0 <= I <= H[mean], as H is concave. I is what active learning asks for next (BALD, Houlsby et al. 2011).

Backward
    Nothing is differentiated, and nothing recorded: a loss of (2) would need all T graphs at once.

Why it regularizes
    It does not; it reads what a regularizer has left behind. Training with dropout fits thinned networks that share their
    weights. Evaluation stands for all of them by one pass with the weights as they are, which is exact for (6) and an
    approximation behind anything curved. Averaging (2) over masks is the ensemble itself. Under the reading of dropout as
    approximate inference in a Bayesian network, the masks are draws from an approximate posterior, and (7) its predictive
    variance. It is an approximation with a fixed p: the spread does not shrink as data come in, unless p is chosen by them.

Edge cases
    samples=1 has no spread, and is refused. A model in which nothing draws would have the spread 0 whatever it does not
    know; it is refused. p=0 gives 0, too, and p=1 the same answer for everything. Each example has masks of its own, so the
    T outputs of two examples are not those of the same T networks.
    Batch norm stays frozen: its running averages are used and not one bit of them moves; in train() mode a prediction would
    depend on the rest of its batch, and change the network. With track_running_stats=False it has no averages, and
    depends on the batch even so: mode_report() says it. Every stochastic room draws: alpha_dropout, whose mean is not the
    network of eval(), gaussian_dropout, drop_connect, drop_path, noise. A forward that calls functional.dropout itself
    needs `stochastic = True` on its class. Weight decay is part of (9): another strength is another tau.

Cost
    T forward passes, and memory for three outputs; return_samples=True keeps all T. The error of (2) falls as 1/sqrt(T).

Source
    Gal, Ghahramani 2016, "Dropout as a Bayesian approximation: representing model uncertainty in deep learning", ICML,
    arXiv 1506.02142, section 4, equation 7 for (9). Houlsby, Huszar, Ghahramani, Lengyel 2011, "Bayesian active learning
    for classification and preference learning", arXiv 1112.5745. Welford 1962, Technometrics 4(3).
"""

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from ..autograd import Tensor, no_grad
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..modes import kept_modes
from ..module import Module
from ..ops.callables import check_callable
from ..ops.floating import check_floating
from ..ops.number import check_number, check_probability
from ..random import Generator, chosen_generator, use


def monte_carlo(
    model: Module, x: Tensor | tuple[Tensor, ...], samples: int = 50, *, transform: Callable[[Tensor], Tensor] | None = None,
    return_samples: bool = False, generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Predict many times with dropout on and batch norm frozen; return the mean and the spread of the predictions.

    The model is called in Monte Carlo mode and without recording; afterwards, also after an exception, every module has
    the mode that it had.

    Args:
        model: a Module with at least one module that draws chance.
        x: its input, or a tuple of its inputs.
        samples: T, the number of predictions, at least 2: the mean's error falls as 1/sqrt(T).
        transform: a function of the model's output, whose values are averaged in its place, such as
            lambda z: z.softmax(-1); None for the output itself.
        return_samples: also return all predictions; without it the memory does not grow with samples.
        generator: a tinyreg.Generator that the modules draw from, instead of the default one.

    Shape:
        mean and spread as the output of transform, or of the model; samples (T, ...) before that.

    Returns:
        The pair (mean, spread), or with return_samples the triple (mean, spread, predictions). spread is the standard
        deviation, of the sum of squares divided by T - 1.

    Raises:
        ValueError: samples below 2; a model in which nothing draws.
        TypeError: model is no Module; an output that is no Tensor.
        NotImplementedError: an output of integers.

    Example:
        >>> import tinyreg
        >>> model = tinyreg.nn.Sequential(tinyreg.nn.Linear(4, 16), tinyreg.nn.ReLU(), tinyreg.nn.Dropout(0.5), tinyreg.nn.Linear(16, 3))
        >>> x = tinyreg.randn(5, 4)
        >>> mean, spread = monte_carlo(model, x, samples=20, transform=lambda z: z.softmax(-1))
        >>> mean.shape, bool((spread > 0).all()), bool(((mean.sum(-1) - 1).abs() < 1e-5).all())
        (Size([5, 3]), True, True)
    """
    _check(model, samples)
    if transform is not None:
        check_callable("monte_carlo", transform=transform)
    inputs = x if isinstance(x, tuple) else (x,)
    kept: Any = None
    with kept_modes(model), no_grad(), nullcontext() if generator is None else use(chosen_generator(generator)):
        model.monte_carlo()
        for t in range(1, samples + 1):
            output = model(*inputs)
            z = _array(output if transform is None else transform(output))             # (1)
            xp = get_array_module(z)
            if t == 1:
                mean, squares = xp.zeros_like(z), xp.zeros_like(z)
                kept = xp.empty((samples, *z.shape), dtype=z.dtype) if return_samples else None
            step = z - mean
            mean += step / t                                                           # (4)
            squares += step * (z - mean)                                               # (5)
            if return_samples:
                kept[t - 1] = z
    spread = wrap(get_array_module(squares).sqrt(squares / (samples - 1)))             # (3)
    return (wrap(mean), spread, wrap(kept)) if return_samples else (wrap(mean), spread)


def _check(model, samples):
    who = "monte_carlo"
    if not isinstance(model, Module):
        raise TypeError(f"{who}: model must be a Module, got {type(model).__name__}; its modules are switched to Monte Carlo mode")
    if not hasattr(samples, "__index__") or samples < 2:
        raise ValueError(f"{who}: samples must be an integer of at least 2, got samples={samples!r:.60}; one prediction has no spread")
    modules = list(model.modules())
    if not any(module.stochastic for module in modules):
        raise ValueError(
            f"{who}: model must have a module that draws chance, got none among {len(modules)} of {type(model).__name__}; put an "
            "nn.Dropout in and train with it, or set stochastic = True on a class whose forward draws"
        )


def _array(output):
    check_floating("monte_carlo", output, "the prediction")
    return output.array


def model_precision(p: float, length_scale: float, examples: int, strength: float) -> float:
    """The precision tau of the measurements that a network's training objective stands for: equation (9).

    The objective is the mean over examples of half the squared error, plus l2_penalty(strength). MSELoss of one output has
    no half: beside it, give strength/2.

    Args:
        p: the probability of dropping, in [0, 1).
        length_scale: l of the prior, above 0: the larger, the smoother the function that is expected.
        examples: N, the number of training examples, at least 1.
        strength: of the penalty on the weights, above 0: the stronger, the noisier the measurements are taken for.

    Returns:
        tau; spread**2 + 1/tau is the predictive variance.

    Raises:
        ValueError: a value out of its range.
        TypeError: a value that is no number.

    Example:
        >>> model_precision(p=0.1, length_scale=0.5, examples=90, strength=1e-3)
        2.5
    """
    who = "model_precision"
    check_probability(who, "p is the probability of dropping", p=p)
    check_number(who, length_scale=length_scale, examples=examples, strength=strength)
    if p == 1:
        raise ValueError(f"{who}: p must lie below 1, got p={p}; a network that drops everything has learned nothing")
    for name, value in (("length_scale", length_scale), ("examples", examples), ("strength", strength)):
        if not 0 < value < math.inf:
            raise ValueError(f"{who}: {name} must be a finite number above 0, got {name}={value}; tau is a ratio of them")
    return (1 - p) * length_scale**2 / (examples * strength)                           # (9)


def predictive_entropy(probabilities: Tensor) -> Tensor:
    """The entropy of predicted distributions, in nats: all of the uncertainty about the class.

    Args:
        probabilities: of the classes along the last dimension: the mean that monte_carlo returns with
            transform=lambda z: z.softmax(-1).

    Shape:
        (..., K) -> (...)

    Returns:
        A Tensor from 0, one class for certain, to ln K, all alike. 0 ln 0 counts as 0.

    Raises:
        TypeError: no Tensor.
        NotImplementedError: integers.

    Example:
        >>> import tinyreg
        >>> predictive_entropy(tinyreg.tensor([[0.5, 0.5], [1.0, 0.0]]))
        tensor([0.6931, 0.0000])
    """
    check_floating("predictive_entropy", probabilities, "probabilities")
    return wrap(_entropy(probabilities.array))


def mutual_information(samples: Tensor) -> Tensor:
    """What the networks of many masks disagree about, in nats: the information that the label would bring (BALD).

    Args:
        samples: predicted probabilities, the classes along the last dimension: the third thing that monte_carlo returns
            with return_samples=True and transform=lambda z: z.softmax(-1).

    Shape:
        (T, ..., K) -> (...)

    Returns:
        A Tensor from 0, all agree (on a class, or on being unsure), to ln K, each is certain of another class.

    Raises:
        TypeError: no Tensor.
        NotImplementedError: integers.
        ValueError: fewer than two dimensions.

    Example:
        >>> import tinyreg
        >>> unsure, divided = [[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]
        >>> mutual_information(tinyreg.tensor(unsure)), mutual_information(tinyreg.tensor(divided))
        (tensor(0.), tensor(0.6931))
    """
    check_floating("mutual_information", samples, "samples")
    z = samples.array
    if z.ndim < 2:
        raise ValueError(
            f"mutual_information: samples must have shape (T, ..., K), got shape {z.shape}; monte_carlo(return_samples=True) gives them"
        )
    information = _entropy(z.mean(axis=0)) - _entropy(z).mean(axis=0)                  # (11)
    return wrap(get_array_module(z).maximum(information, 0))  # below 0 it is rounding


def _entropy(q):
    """Along the last axis; where q is 0 the logarithm is that of 1."""
    xp = get_array_module(q)
    return -(q * xp.log(q + (q == 0))).sum(axis=-1)                                    # (10)
