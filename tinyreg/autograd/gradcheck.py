"""gradcheck: backward against finite differences.

A function f with several outputs is turned into one number by random weights, its cotangents,

    phi(x) = sum_k <v_k, f_k(x)>                                                                 (1)

so that one backward gives the whole gradient of phi, and central differences give it an element at a time:

    d phi / d x_i  =  sum_k <v_k, f_k(x + eps e_i) - f_k(x - eps e_i)> / (2 eps)  +  O(eps^2)    (2)

The weights must be random. With weights of one, phi of a batch norm is constant, its gradient is 0, and every wrong
backward that returns 0 passes. In float64 with eps = 1e-6, rounding adds about 1e-10 |f| and the O(eps^2) term about
1e-12: a right gradient agrees to nine digits, a wrong one rarely to two.

At a kink (relu at 0) equation (2) gives the mean of both slopes, and backward one of them: nobody is wrong, and the
message says so. Whether there is one is decided by the slopes to the right and to the left, (f(x + h) - f(x)) / h and
(f(x) - f(x - h)) / h: where f is smooth their distance shrinks with h, at a kink it stays.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from .. import random
from ..backend import get_array_module, is_expanded, owner, to_numpy
from .grad_mode import enable_grad
from .gradients import grad
from .repeatable import Repeatable
from .tensor import Tensor, wrap


class GradcheckError(RuntimeError):
    """Backward and finite differences disagree, or the function is not one.

    Where a single element is to blame, `input`, `index`, `numeric`, `analytic` and `ratio` hold what the message says.
    """

    input: int | None = None
    index: tuple[int, ...] | None = None
    numeric: float | None = None
    analytic: float | None = None
    ratio: float | None = None


def gradcheck(
    func: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True, nondet_tol: float = 0.0, seed: int = 0,
) -> bool:  # fmt: skip
    """Check the gradients of func at the inputs against central differences in float64.

    It passes if for each element |analytic - numeric| <= atol + rtol |numeric|, PyTorch's rule, with PyTorch's
    tolerances. func is called twice first: a function that answers differently has chance or a hidden state, and its
    gradient is not judged. What it draws from `tinyreg.random` is recorded and replayed, so dropout can be checked; the
    buffers of a Module (func itself, or one that it uses) are put back before each call and at the end.

    Args:
        func: takes the inputs and returns a Tensor or a tuple of them. Outputs that are not floating point are ignored.
        inputs: a Tensor or a tuple of anything; the Tensors among them that require grad are checked, in float64.
        eps: the step of the differences.
        atol, rtol: absolute and relative tolerance.
        raise_exception: raise GradcheckError; False returns False instead.
        nondet_tol: how much two calls (and two backwards) may differ.
        seed: of the random cotangents.

    Returns:
        True, or False if the check fails and raise_exception is False.

    Raises:
        GradcheckError: names the worst element: its input, index, numeric and analytic derivative and their ratio.
        ValueError: no input requires grad, or one that does is not float64, or an output is not.
        RuntimeError: elements of an input, or two inputs, share memory.
        TypeError: func returns something else than Tensors.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.randn(3, dtype=tinyreg.float64, requires_grad=True)
        >>> gradcheck(lambda x: x.exp() * x, (x,))
        True
    """
    try:
        with _Evaluation(func, inputs, eps, nondet_tol, seed) as f:
            for number, numeric, analytic in f.gradients():
                wrong = ~(abs(analytic - numeric) <= atol + rtol * abs(numeric))  # NaN is wrong, too
                if wrong.any():
                    raise f.explain(number, numeric, analytic, wrong, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def relative_errors(
    func: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float = 1e-6, nondet_tol: float = 0.0, seed: int = 0
) -> list[float]:
    """How far backward is from finite differences: one number for each input that requires grad.

    The number is max|numeric - analytic| / max(1, max|analytic|) over the elements of the input; 0.0 if it has none.
    Arguments and errors are those of gradcheck, except that a wrong gradient is a large number.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.randn(3, dtype=tinyreg.float64, requires_grad=True)
        >>> [error < 1e-8 for error in relative_errors(lambda x: x.exp(), (x,))]
        [True]
    """
    with _Evaluation(func, inputs, eps, nondet_tol, seed) as f:
        return [
            float(abs(numeric - analytic).max() / max(1.0, float(abs(analytic).max()))) if numeric.size else 0.0
            for _, numeric, analytic in f.gradients()
        ]


class _Evaluation:
    """The function as a repeatable one: the same draws and the same buffers at each call."""

    def __init__(self, func, inputs, eps, nondet_tol, seed):
        self.func, self.eps, self.nondet_tol, self.seed = func, eps, nondet_tol, seed
        self.inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        self.checked = [i for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad]
        self.again = Repeatable(func)
        _validate(self.inputs, self.checked)

    def __enter__(self):
        self.again.__enter__()
        return self

    def __exit__(self, *exception):
        self.again.__exit__(*exception)

    def outputs(self):
        """The floating point outputs, as Tensors."""
        self.again.rewind()
        with enable_grad():
            result = self.func(*self.inputs)
        results = result if isinstance(result, tuple | list) else (result,)
        for y in results:
            if not isinstance(y, Tensor):
                raise TypeError(f"gradcheck: func must return Tensors, got {type(y).__name__}; wrap it with tinyreg.tensor")
        results = [y for y in results if y.is_floating_point()]
        for y in results:
            if y.dtype != np.float64:
                raise ValueError(
                    f"gradcheck: outputs must be float64, got {y.dtype}; compute in float64 throughout, differences in {y.dtype} are noise"
                )
        return results

    def values(self):
        """The outputs as raw arrays with memory of their own (an output may be a view of an input)."""
        return [y.array.copy() for y in self.outputs()]

    def backward(self, cotangents):
        """The outputs and the gradient of (1) for each checked input, None where none arrived."""
        outputs = self.outputs()
        recorded = [(y, wrap(v)) for y, v in zip(outputs, cotangents) if y.requires_grad]
        gradients: Sequence[Any] = [None] * len(self.checked)
        if recorded:
            # inputs that are not leaves have a history, which must survive
            ys, vs = zip(*recorded)
            gradients = grad(ys, [self.inputs[i] for i in self.checked], vs, retain_graph=True, allow_unused=True)
        return [y.array for y in outputs], [None if g is None else g.array for g in gradients]

    def gradients(self):
        """Number, numeric and analytic gradient of each checked input."""
        first = self.values()
        with random.freeze(apart=True):  # the draws of the check are no draws of the function
            generator = random.Generator(self.seed)
            self.cotangents = [generator.normal(y.shape, dtype="float64") for y in first]
        second, analytic = self.backward(self.cotangents)
        third, again = self.backward(self.cotangents)
        self._refuse_chance(first, second, "func")
        self._refuse_chance(first, third, "func")
        self._refuse_chance(analytic, again, "backward")
        self.arrived = {i: g is not None for i, g in zip(self.checked, analytic)}
        for i, gradient in zip(self.checked, analytic):
            numeric = self.differences(i)
            yield i, numeric, get_array_module(numeric).zeros_like(numeric) if gradient is None else gradient

    def _refuse_chance(self, first, second, who):
        if [None if a is None else a.shape for a in first] != [None if a is None else a.shape for a in second]:
            raise GradcheckError(f"gradcheck: {who} must give the same outputs twice, got other shapes the second time; {_CHANCE}")
        for a, b in zip(first, second):
            if a is not None and not bool((((a == b) | (abs(a - b) <= self.nondet_tol)) | ((a != a) & (b != b))).all()):
                distance = float(abs(a - b).max())
                raise GradcheckError(
                    f"gradcheck: {who} must give the same values twice, got values that differ by {distance:.3g}, "
                    f"more than nondet_tol={self.nondet_tol}; {_CHANCE}"
                )

    def differences(self, i):
        """Equation (2) for each element of input i."""
        array = self.inputs[i].array
        numeric = get_array_module(array).empty_like(array)
        for index in np.ndindex(array.shape):
            (low, high), step = self.around(array, index, self.eps)
            numeric[index] = sum((v * (b - a)).sum() for v, a, b in zip(self.cotangents, low, high)) / step
        return numeric

    def around(self, array, index, h):
        """The outputs below and above one element, and the step between (which rounding makes not quite 2 h)."""
        value = array[index].copy()
        try:
            array[index] = value - h
            low = self.values()
            array[index] = value + h
            high = self.values()
        finally:
            array[index] = value
        return (low, high), (value + h) - (value - h)

    # what went wrong

    def explain(self, number, numeric, analytic, wrong, atol, rtol):
        """The GradcheckError of the worst element; a kink is named only if nothing else is wrong."""
        numeric, analytic, wrong = to_numpy(numeric), to_numpy(analytic), to_numpy(wrong)
        excess = np.nan_to_num(abs(analytic - numeric) / (atol + rtol * abs(numeric)), nan=np.inf)
        worst = [tuple(map(int, index)) for index in np.argwhere(wrong)[(-excess[wrong]).argsort()]]
        index = next((index for index in worst if not self.is_kink(number, index, atol, rtol)), None)
        kink = index is None
        index = worst[0] if kink else index
        n, a = float(numeric[index]) + 0.0, float(analytic[index]) + 0.0  # -0.0 + 0.0 is 0.0
        ratio = a / n if n else np.copysign(np.inf, a)
        found = f"input {number} at index {index}: numeric {n:.8g}, analytic {a:.8g}, ratio {ratio:.6g}"
        if kink:
            message = (
                f"gradcheck: func must be differentiable at its inputs, got a kink (or jump) for {found}; the slopes to its right and "
                "left differ and backward gives one of them or a value between: it is not wrong, move the input away from the kink"
            )
        elif not self.arrived[number]:
            message = (
                f"gradcheck: backward must reach each input that func depends on, got no gradient for {found}; "
                "look for .detach(), .data, no_grad or a missing ctx in the way"
            )
        else:
            message = (
                f"gradcheck: backward must give the derivative that finite differences give, got for {found} (analytic / numeric), "
                f"the worst of {len(worst)} wrong elements of {wrong.size}; correct the backward of this input"
            )
        error = GradcheckError(message)
        error.input, error.index, error.numeric, error.analytic, error.ratio = number, index, n, a, ratio
        return error

    def is_kink(self, number, index, atol, rtol):
        """Whether backward is right but for outputs that have a kink in this element of the input."""
        array, here = self.inputs[number].array, self.values()
        slopes = []  # for two steps, of each output: the slope to the left and to the right
        for h in (self.eps, self.eps / 8):
            (low, high), _ = self.around(array, index, h)
            slopes.append([((y - a) / h, (b - y) / h) for a, y, b in zip(low, here, high)])
        left, right = zip(*slopes[0]) if here else ((), ())
        gaps = [abs(r - l) for l, r in slopes[0]]
        # of a smooth function the gap at an eighth of the step is an eighth
        kinked = [(gap > atol) & (abs(r - l) > gap / 2) for gap, (l, r) in zip(gaps, slopes[1])]
        if not any(k.any() for k in kinked):
            return False

        def analytic(cotangents):
            gradient = self.backward(cotangents)[1][self.checked.index(number)]
            return 0.0 if gradient is None else float(gradient[index])

        # the outputs without a kink must agree ...
        smooth = [v * ~k for v, k in zip(self.cotangents, kinked)]
        numeric = float(sum((v * (l + r)).sum() / 2 for v, l, r in zip(smooth, left, right)))
        if not abs(analytic(smooth) - numeric) <= atol + rtol * abs(numeric):
            return False
        # ... and of the sharpest kink backward must give a slope between the two sides
        which = max(range(len(gaps)), key=lambda k: float((gaps[k] * kinked[k]).max()) if gaps[k].size else 0.0)
        sharpest = np.unravel_index(int((gaps[which] * kinked[which]).argmax()), gaps[which].shape)
        one = [0 * v for v in self.cotangents]
        one[which][sharpest] = 1.0
        sides = float(left[which][sharpest]), float(right[which][sharpest])
        margin = atol + rtol * max(map(abs, sides))
        return min(sides) - margin <= analytic(one) <= max(sides) + margin


_CHANCE = "there is chance outside tinyreg.random or a hidden state: a gradient of it cannot be judged"


def _validate(inputs, checked):
    if not checked:
        raise ValueError(f"gradcheck: at least one input must require grad, got none among {len(inputs)}; make it with requires_grad=True")
    for i in checked:
        x = inputs[i].array
        if x.dtype != np.float64:
            raise ValueError(f"gradcheck: inputs that require grad must be float64, got input {i} of dtype {x.dtype}; call .double() on it")
        if is_expanded(x):
            raise RuntimeError(
                f"gradcheck: elements of an input must not share memory, got input {i} with strides {tuple(x.strides)}, expanded; "
                "call .clone() on it"
            )
    tensors = [(i, x) for i, x in enumerate(inputs) if isinstance(x, Tensor)]
    for (i, a), (j, b) in combinations(tensors, 2):
        if a is not b and (i in checked or j in checked) and owner(a.array) is owner(b.array):
            if get_array_module(a.array).may_share_memory(a.array, b.array):
                raise RuntimeError(f"gradcheck: inputs must not share memory, got inputs {i} and {j} that do; call .clone() on one")
