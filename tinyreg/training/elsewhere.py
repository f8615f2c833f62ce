"""An operation computed again on another backend, from the inputs of this one: what it makes by itself, without the past.

Two runs drift apart, so that an operation's inputs differ before it does. Given the same inputs, it must give the same
result: whoever does not is to blame. A Function is pure, so it can be asked again; its Context is copied.
"""

from contextlib import contextmanager
from typing import Any

from ..autograd import Context, Tensor, no_grad
from ..autograd.tensor import wrap
from ..backend import asarray, current, get_default_dtype, is_array, set_default_dtype, to_numpy, use_backend
from ..types import DType


class Elsewhere:
    """Another backend, and the dtype of its floating point numbers.

    Args:
        backend: "numpy" or "cupy".
        dtype: its default dtype.
        here: the dtype of this run, whose arrays become arrays of the other dtype.

    Example:
        >>> import numpy
        >>> Elsewhere("numpy", "float64", "float32").moved((numpy.zeros(2, "float32"), 3))
        (array([0., 0.]), 3)
    """

    def __init__(self, backend: str, dtype: DType, here: DType) -> None:
        self.backend, self.dtype, self.here = backend, dtype, here

    @contextmanager
    def entered(self) -> Any:
        """Compute there in the block, with nothing recorded.

        Example:
            >>> with Elsewhere("numpy", "float64", "float32").entered():
            ...     str(get_default_dtype())
            'float64'
        """
        before = current(), get_default_dtype()
        use_backend(self.backend)
        set_default_dtype(self.dtype)
        try:
            with no_grad():
                yield
        finally:
            use_backend(before[0])
            set_default_dtype(before[1])

    def moved(self, x: Any) -> Any:
        """What an operation was given, there: arrays and Tensors, also inside tuples, lists and dicts; the rest as it is."""
        if isinstance(x, Tensor):
            return wrap(self.moved(x.array))
        if is_array(x):
            with self.entered():
                return asarray(to_numpy(x), dtype=self.dtype if str(x.dtype) == str(self.here) else None)
        if type(x) in (tuple, list):
            return type(x)(map(self.moved, x))
        return {key: self.moved(value) for key, value in x.items()} if type(x) is dict else x

    def forward(self, function: Any, ctx: Any, inputs: Any, options: Any) -> Any:
        """What forward returns there."""
        return self._forward(function, ctx, inputs, options)[0]

    def backward(self, ctx: Any, given: Any, cotangents: Any) -> Any:
        """What backward returns there, after forward there: it may have saved something else than here.

        Args:
            ctx: of the operation here.
            given: inputs and options of its forward; None where they are not known: then of what was saved here.
            cotangents: of its outputs.
        """
        fresh = Context() if given is None else self._forward(ctx.function, ctx, *given)[1]
        if given is None:
            fresh.saved = self.moved(ctx.saved)
            vars(fresh).update(self.moved(vars(ctx)))
        fresh.function, fresh.number, fresh.edges, fresh.shape = ctx.function, ctx.number, ctx.edges, ctx.shape
        fresh.needs_input_grad = ctx.needs_input_grad
        moved = self.moved(cotangents)
        with self.entered():
            return ctx.function.array_backward(fresh, *moved)

    def _forward(self, function, ctx, inputs, options):
        moved, others = self.moved(inputs), self.moved(options)
        with self.entered():
            if ctx is None:
                return function.forward(*moved, **others), None
            fresh = Context()
            fresh.function, fresh.needs_input_grad, fresh.edges, fresh.saved = function, ctx.needs_input_grad, (), ()
            result = function.forward(fresh, *moved, **others)
            fresh.saved = tuple(x.array if isinstance(x, Tensor) else x for x in fresh.saved)
            return result, fresh
