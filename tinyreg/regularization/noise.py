"""Noise: normal random numbers added in training to inputs, to weights, or to gradients.

Forward
    e stands for independent standard normal numbers, drawn anew at each call; s is std. Where they are added makes three
    regularizers:

        inputs      y = x + s e                                                                  (1)
        weights     the loss and its gradient are taken at w + s e, the step is made at w        (2)
        gradients   g <- g + s_t e,    s_t^2 = eta / (1 + t)^gamma                               (3)

    Evaluation adds nothing: the mean of y is x, and nothing has to be rescaled. (1) may stand anywhere in a network; at its
    start it is training on noisy copies of the data. (3) is annealed: t counts the steps, gamma = 0.55.

Backward
    e is a constant. In (1) and (2) the derivative of the sum is 1:

        grad_x = grad_y,    grad_w = the gradient of the loss at w + s e                         (4)

    (3) acts after backward; nothing of it is differentiated.

Why it regularizes
    Inputs. A linear model, n examples, the sum of squares. y - (X + s E) w is normal with mean y - X w and variance
    s^2 |w|^2 for each example, so exactly

        E |y - (X + s E) w|^2 = |y - X w|^2 + n s^2 |w|^2                                        (5)

    Training with noise is ridge regression: l2_penalty of strength 2 n s^2 beside the sum of squares, 2 s^2 beside its mean.
    Any other model f, one example, to second order in s, g the gradient of f in x and H its second derivative:

        E (f(x + s e) - y)^2 = (f(x) - y)^2 + s^2 |g|^2 + s^2 (f(x) - y) trace H                 (6)

    The second term asks f to be flat where the data are, the Tikhonov regularizer. The third has no sign. It vanishes, on
    average over the targets, where f(x) = E[y | x]: near the minimum and for much data the noise is that penalty
    (Bishop 1995), away from it, and for a network that fits its targets' errors, it is not.

    Weights. In the linear model the noise costs s^2 |x|^2 an example whatever w is, and changes no minimum. In a network, (6)
    holds with the derivatives in w: what is asked for is a function that hardly moves if its weights do, a flat minimum.

    Gradients. Nothing is added to the loss; the weights jump around its minimum, and out of one that is narrow. On h w^2/2
    plain gradient descent of rate lr multiplies w by 1 - lr h and adds lr s e, so that its variance settles at

        v = (1 - lr h)^2 v + lr^2 s^2,    v = lr s^2 / (h (2 - lr h))                            (7)

    Flat directions (h small) are explored far, steep ones hardly. With s_t of (3), which tends to 0, the weights settle.

Edge cases
    std=0 and evaluation return the input itself; std has no upper end, and a large one drowns the data. It is measured in
    the units of what it is added to: inputs should be scaled alike, weights of layers differ in size. Integers are refused.
    Before batch norm (1) makes the variance of training larger by s^2 than that of evaluation, and running_var with it.
    (2) in front of batch norm acts relative to |w|, which weight decay makes small. (3) meets clipping: noise that is added
    before is clipped, too. Adam divides (3) by the size of the gradients: where they are small the noise is all it sees.
    Multiplied noise, x (1 + s e), is Gaussian dropout: its strength follows x.

Cost
    (1) and (3): a normal number an element, several times the time of a uniform one, and an addition; backward of (1) is
    free. (2): as much for each weight, and a copy of the weights, put back bit for bit.

Source
    Bishop 1995, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7(1), for (5) and (6).
    An 1996, "The effects of adding noise during backpropagation training on a generalization performance", Neural Computation
    8(3), for inputs and weights. Neelakantan et al. 2015, "Adding gradient noise improves learning for very deep networks",
    arXiv 1511.06807, for (3).
"""

from collections.abc import Iterable
from typing import Any

from ..autograd import ArrayFunction, Tensor, stamp
from ..autograd.account import Change
from ..autograd.in_place import newest, written_since
from ..autograd.tensor import wrap
from ..backend import get_array_module, pieces
from ..module import Module
from ..ops.floating import check_floating, check_tensor, listed
from ..ops.number import check_strength
from ..parameter import Weights, penalized_parameters
from ..random import Generator, chosen_generator
from ..thread_pool import each


class NoiseFunction(ArrayFunction):
    """y = x + s e; the noise e is an argument, so that the function is a function."""

    @staticmethod
    def forward(ctx, x, noise, *, std):
        y = noise * x.dtype.type(std)
        y += x                                                                         # (1)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y, None                                                            # (4)


def gaussian_noise(
    input: Tensor, std: float, training: bool = True, *, noise: Tensor | None = None, return_noise: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Add normal random numbers of standard deviation std in training; in evaluation do nothing.

    Args:
        input: floating point Tensor.
        std: standard deviation, at least 0; 0 returns the input.
        training: False returns the input.
        noise: Tensor of standard normal numbers that is used instead of drawing one; std still multiplies it.
        return_noise: also return the standard normal numbers that were used (zeros where nothing was added).
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input any, noise and output as input.

    Returns:
        The Tensor, or the pair (Tensor, noise).

    Raises:
        ValueError: std is negative, infinite or NaN; noise of another shape.
        RuntimeError: a Tensor of integers.
        TypeError: input or noise is no Tensor, or std no number.

    Example:
        >>> import tinyreg
        >>> gaussian_noise(tinyreg.ones(3), std=0.1, noise=tinyreg.tensor([1.0, -2.0, 0.0]))
        tensor([1.1000, 0.8000, 1.0000])
    """
    check_strength("gaussian_noise", std=std)
    check_tensor("gaussian_noise", input)
    used, output = None, input
    if training and std > 0:
        check_floating("gaussian_noise", input, error=RuntimeError)
        used = _drawn_or_given("gaussian_noise", input.array, noise, generator)
        output = NoiseFunction.apply(input, used, std=std)
    if not return_noise:
        return output
    return output, wrap(get_array_module(input.array).zeros_like(input.array) if used is None else used)


def _drawn_or_given(who, array, noise, generator):
    """Standard normal numbers for an array, in its dtype."""
    if noise is not None:
        check_tensor(who, noise, "noise")
        if noise.array.shape != array.shape:
            raise ValueError(f"{who}: noise must have the shape that it is added to, {array.shape}, got {noise.array.shape}; draw it anew")
        return noise.array.astype(array.dtype, copy=False)
    dtype = "float64" if array.dtype.itemsize == 8 else "float32"  # float16 is drawn in float32
    return chosen_generator(generator).normal(array.shape, dtype).astype(array.dtype, copy=False)


def _all_drawn_or_given(who, arrays, std, noise, generator):
    """The same for a list of arrays; zeros, and nothing drawn, where std is 0."""
    if noise is None and std == 0:
        return [get_array_module(array).zeros_like(array) for array in arrays]
    given = [None] * len(arrays) if noise is None else listed(who, noise, "noise")
    if len(given) != len(arrays):
        raise ValueError(f"{who}: noise must hold a Tensor for each that it is added to, {len(arrays)}, got {len(given)}; draw it anew")
    return [_drawn_or_given(who, array, e, generator) for array, e in zip(arrays, given)]


class GaussianNoise(Module):
    """Additive normal noise as a layer: active in training mode, the identity after eval(); see gaussian_noise.

    Args:
        std: standard deviation, at least 0; 0 does nothing.

    Shape:
        Any, output as input.

    Raises:
        ValueError: std is negative, infinite or NaN.
        TypeError: std is no number.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Sequential(GaussianNoise(0.1), tinyreg.nn.Linear(3, 2))
        >>> x = tinyreg.ones(1, 3)
        >>> bool((net(x) == net(x)).all()), bool((net.eval()(x) == net(x)).all())
        (False, True)
    """

    stochastic = True

    def __init__(self, std: float) -> None:
        super().__init__()
        check_strength("GaussianNoise", std=std)
        self.std = std

    def forward(self, input: Tensor) -> Tensor:
        return gaussian_noise(input, self.std, self.training)

    def extra_repr(self) -> str:
        return f"std={self.std}"


class weight_noise:
    """A block in which weights are noisy: forward and backward inside it, the optimizer's step after it.

    At its end every weight is what it was, bit for bit; the gradients stay. The block may be entered again, and draws then
    anew; blocks on the same weights do not nest.

    Args:
        params: a Module, whose linear and conv weights are moved, frozen ones as well; or Tensors, all of which are.
        std: standard deviation, at least 0; 0 moves nothing, and draws nothing.
        noise: Tensors of standard normal numbers, one a weight, that are used instead of drawing.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    `with weight_noise(...) as noise:` gives the list of standard normal numbers that were used (zeros where std is 0).

    Raises:
        ValueError: std is negative, infinite or NaN; params is empty; noise that does not fit.
        TypeError: params or noise holds something else than Tensors.
        RuntimeError: a weight of integers, or one that is computed (by weight norm); at the end of the block, a weight that
            was written inside it: that write is lost.

    Example:
        >>> import tinyreg
        >>> layer, x = tinyreg.nn.Linear(3, 2), tinyreg.ones(1, 3)
        >>> quiet = layer(x)
        >>> with weight_noise(layer, std=0.1):
        ...     noisy = layer(x)
        ...     noisy.sum().backward()
        >>> bool((noisy == quiet).any()), bool((layer(x) == quiet).all())
        (False, True)
    """

    def __init__(
        self, params: Weights, std: float, *, noise: Iterable[Tensor] | None = None, generator: Generator | None = None
    ) -> None:  # fmt: skip
        check_strength("weight_noise", std=std)
        self._weights = penalized_parameters(params, "weight_noise", writes=True)
        self._std, self._noise, self._generator = std, noise if noise is None else listed("weight_noise", noise, "noise"), generator
        self._before: Any = None  # inside the block: the weights, and when they were last written

    def __enter__(self) -> list[Tensor]:
        if self._before is not None:
            raise RuntimeError(f"weight_noise: a block must not stand inside itself, got std={self._std} a second time; leave it first")
        arrays = [weight.array for weight in self._weights]
        noise = _all_drawn_or_given("weight_noise", arrays, self._std, self._noise, self._generator)
        before = [array.copy() for array in arrays]
        for weight, e in zip(self._weights, noise):
            _add_scaled(weight, e, self._std)                                          # (2)
            stamp(weight)
        self._before = before, newest[0]
        return [wrap(e) for e in noise]

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        (before, number), self._before = self._before, None
        written = [weight for weight in self._weights if written_since(weight.array, number)]
        for weight, array in zip(self._weights, before):
            weight.array[...] = array
            stamp(weight)
        if written and kind is None:
            raise RuntimeError(
                f"weight_noise: weights must not be written inside the block, got a write to one of shape "
                f"{tuple(written[0].array.shape)}, which is lost; call optimizer.step() after it"
            )


def _add_scaled(tensor, noise, std):
    """tensor += std noise, in place."""

    def add(pair):
        part, e = pair
        part += e * part.dtype.type(std)

    each(add, pieces(tensor.array, noise), noise.size)


def add_gradient_noise_(
    parameters: Tensor | Iterable[Tensor], std: float, *, noise: Iterable[Tensor] | None = None, return_noise: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Add normal random numbers to every gradient, in place: after backward, before the optimizer's step.

    In fit, a step pre-hook does it, behind clipping:
    optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: add_gradient_noise_(model.parameters(), std)).

    Args:
        parameters: Tensors, or one Tensor; those whose grad is None are passed over.
        std: standard deviation, at least 0, of this step (see annealed_std); 0 adds nothing, and draws nothing.
        noise: Tensors of standard normal numbers, one a gradient, that are used instead of drawing.
        return_noise: return the standard normal numbers that were used.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Returns:
        None, or the list of noises.

    Raises:
        ValueError: std is negative, infinite or NaN; noise that does not fit.
        TypeError: something that is no Tensor.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.zeros(2, requires_grad=True)
        >>> w.sum().backward()
        >>> add_gradient_noise_([w], std=0.5, noise=[tinyreg.tensor([1.0, -2.0])])
        >>> w.grad
        tensor([1.5000, 0.0000])
    """
    check_strength("add_gradient_noise_", std=std)
    grads = []
    for p in listed("add_gradient_noise_", parameters, "parameters"):
        check_tensor("add_gradient_noise_", p, "parameters")
        if p.grad is not None:
            grads.append(p.grad)
    drawn = _all_drawn_or_given("add_gradient_noise_", [grad.array for grad in grads], std, noise, generator)
    change = Change("add_gradient_noise_", std=float(std))
    for grad, e in zip(grads, drawn):
        _add_scaled(grad, e, std)                                                      # (3)
        change.note(grad)
    return [wrap(e) for e in drawn] if return_noise else None


def annealed_std(step: int, eta: float, gamma: float = 0.55) -> float:
    """The standard deviation of gradient noise at a step: sqrt(eta / (1 + step)^gamma), which falls to 0.

    Args:
        step: t, the number of steps before this one, at least 0.
        eta: the variance at step 0, at least 0. Neelakantan et al. chose among 0.01, 0.3 and 1.
        gamma: how fast it falls, at least 0; 0 keeps it constant.

    Returns:
        The std for add_gradient_noise_.

    Raises:
        ValueError: a setting that is negative, infinite or NaN.
        TypeError: one that is no number.

    Example:
        >>> annealed_std(0, eta=0.25)
        0.5
        >>> [round(annealed_std(t, eta=0.3), 3) for t in (0, 99, 9999)]
        [0.548, 0.154, 0.044]
    """
    check_strength("annealed_std", step=step, eta=eta, gamma=gamma)
    return float((eta / (1 + step) ** gamma) ** 0.5)                                   # (3)
