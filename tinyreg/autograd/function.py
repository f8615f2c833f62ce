"""Function: an operation and its derivative, side by side.

    Function        PyTorch's contract for users: Tensors in, Tensors out
    ArrayFunction   the same contract on raw arrays; every built-in operation is one

A Function is pure: forward computes from its arguments alone, and what chance or state it needs (a dropout mask, the
batch statistics) is an argument. `apply` runs forward and, if a gradient will be wanted, leaves behind a Context: the
node of the graph. No registry, no decorator: calling `apply` is the registration.

The graph holds no tensors but leaves. An edge of a Context leads to what made an input:

    None                 no gradient is wanted there
    a Context            the operation whose only output it is
    an Output            the operation, and which of its several outputs it is
    a Tensor             a leaf, whose .grad will be added to

`ctx.edges` is a tuple, one edge an input; but where a single input wants a gradient, as along a chain, it is that edge
itself: an operation then leaves one object behind for Python's garbage collector to walk over, not two.
"""

from inspect import CO_VARARGS, CO_VARKEYWORDS
from itertools import count
from typing import Any
from weakref import ref

import numpy as np

from ..backend import is_array, owner
from ..types import Array
from .grad_mode import mode, no_grad
from .tensor import Tensor, wrap

new, ndarray = object.__new__, np.ndarray
clock = count(1).__next__  # one clock numbers the operations and stamps the writes in place


class Context:
    """One recorded operation: what forward saved, and where its inputs came from.

    Functions may also set attributes of their own (`ctx.axes = axes`); arrays belong in `save_for_backward`, which
    releases them after backward and notices when one was changed in place. `needs_input_grad` says of each input
    whether its gradient is wanted; backward may return None where it is not.
    """

    __slots__ = ("function", "number", "edges", "needs_input_grad", "shape", "saved", "__dict__")
    function: Any
    number: int
    edges: Any
    needs_input_grad: tuple[bool, ...]
    shape: Any
    saved: Any
    hooks: Any = None
    non_differentiable: tuple[Any, ...] = ()

    def save_for_backward(self, *arrays: Any) -> None:
        """Keep these inputs or outputs of forward for backward."""
        self.saved = arrays

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """What forward saved, as Tensors (an ArrayFunction reads the arrays themselves: `ctx.saved`)."""
        return tuple(wrap(x) if is_array(x) else x for x in self.saved)

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """Say that no gradient flows through these outputs of forward."""
        self.non_differentiable = outputs

    def name(self) -> str:
        """The name that PyTorch prints as grad_fn."""
        return f"{self.function.__name__.removesuffix('Function')}Backward{'0' if issubclass(self.function, ArrayFunction) else ''}"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """What made each input: pairs (Context or leaf Tensor or None, output number), as PyTorch's."""
        edges = self.edges if type(self.edges) is tuple else [self.edges if wanted else None for wanted in self.needs_input_grad]
        return tuple((edge.ctx, edge.which) if type(edge) is Output else (edge, 0) for edge in edges)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


class Output:
    """An edge to one of several outputs of an operation."""

    __slots__ = ("ctx", "which")

    def __init__(self, ctx, which):
        self.ctx, self.which = ctx, which


class Function:
    """An operation of your own: write `forward(ctx, ...)` and `backward(ctx, ...)` as static methods on Tensors.

    `forward` gets the arguments of `apply` and returns a Tensor or a tuple of Tensors; nothing in it is recorded.
    `backward` gets one gradient an output and returns one an input (None where no gradient is wanted). As in PyTorch,
    `forward(...)` without ctx and `setup_context(ctx, inputs, output)` may be written instead.

    Example:
        >>> import tinyreg
        >>> class Square(tinyreg.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x
        ...     @staticmethod
        ...     def backward(ctx, grad_y):
        ...         (x,) = ctx.saved_tensors
        ...         return grad_y * 2 * x
        >>> x = tinyreg.tensor([1.0, 3.0], requires_grad=True)
        >>> Square.apply(x).sum().backward()
        >>> x.grad
        tensor([2., 6.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        raise RuntimeError(f"{name}: a Function is not instantiated, got {name}(...); call {name}.apply(...)")

    setup_context: Any = None

    @staticmethod
    def forward(ctx: Any, *inputs: Any, **options: Any) -> Any:
        raise NotImplementedError("Function: forward must be written as a static method forward(ctx, ...), got none; write one")

    @staticmethod
    def backward(ctx: Any, *grads: Any, **options: Any) -> Any:
        raise NotImplementedError("Function: backward must be written as a static method backward(ctx, ...), got none; write one")

    @classmethod
    def apply(cls, *inputs: Any, **options: Any) -> Any:
        """Run forward on Tensors and record the operation if a gradient will be wanted."""
        ctx = Context()
        ctx.function, ctx.saved = cls, ()
        _open(ctx, inputs)
        with no_grad():
            if cls.setup_context is None:
                result = cls.forward(ctx, *inputs, **options)
            else:
                result = cls.forward(*inputs, **options)
                cls.setup_context(ctx, inputs, result)
        results = result if isinstance(result, tuple) else (result,)
        for x in results:
            if not isinstance(x, Tensor):
                raise TypeError(f"{cls.__name__}: forward must return Tensors, got {type(x).__name__}; wrap it with tinyreg.tensor")
        ctx.saved = _raw(ctx.saved)
        ctx.non_differentiable = _raw(ctx.non_differentiable)
        outputs = _outputs(cls, ctx, _raw(results), inputs)  # forward may return a view of an input, or the input itself
        return outputs if isinstance(result, tuple) else outputs[0]

    @classmethod
    def array_backward(cls, ctx: Context, *grads: Array) -> tuple[Array, ...]:
        """backward as the engine calls it: raw arrays in and out."""
        with no_grad():
            returned = cls.backward(ctx, *(wrap(g) for g in grads))
        returned = returned if isinstance(returned, tuple) else (returned,)
        surplus = len(returned) - len(ctx.needs_input_grad)
        if surplus > 0 and all(g is None for g in returned[-surplus:]):
            returned = returned[:-surplus]  # PyTorch allows trailing Nones
        for g in returned:
            if g is not None and not isinstance(g, Tensor):
                raise TypeError(f"{ctx.name()}: backward must return Tensors or None, got {type(g).__name__}; wrap it with tinyreg.tensor")
        return tuple(None if g is None else g.array.copy() for g in returned)  # it may be an array that the user keeps


class ArrayFunction(Function):
    """An operation on raw arrays: `forward(ctx, *arrays)`, `backward(ctx, *grads)`; the mathematics in plain NumPy.

    Positional arguments of `apply` are the inputs, one gradient each (a Python number or None among them gets None);
    keyword arguments are options, keyword-only parameters of forward. A single output is floating point; of several,
    those that are not are not differentiable. `backward` returns fresh arrays or its own argument, never what forward
    saved.
    """

    view = False  # the output may share the memory of the first input
    broadcasts = False  # inputs are broadcast, so that the engine sums gradients to the inputs' shapes

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        operation: Any = cls
        operation.array_backward = cls.backward
        apply: Any = {1: _apply_one, 2: _apply_two}.get(_arity(cls), _apply)
        operation.apply = classmethod(apply)


def _arity(cls):
    """How many arrays forward takes, if it takes nothing else and returns no view; else None."""
    code: Any = getattr(cls.forward, "__code__", None)
    simple = code is not None and not cls.view and not code.co_kwonlyargcount and not code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
    return code.co_argcount - 1 if simple and not cls.forward.__defaults__ else None


def _apply(cls, *inputs, **options):
    """Run forward on the raw arrays and record the operation if a gradient will be wanted."""
    ctx = Context()
    ctx.function, ctx.saved = cls, ()
    recording, wanted = mode.enabled, None
    arrays, edges, needs = [], [], []
    for x in inputs:
        edge = None
        if isinstance(x, Tensor):
            if recording and x._requires_grad:
                edge = wanted = x.edge or x
            x = x.array
        arrays.append(x)
        edges.append(edge)
        needs.append(edge is not None)
    ctx.edges, ctx.needs_input_grad = wanted if needs.count(True) == 1 else tuple(edges), tuple(needs)
    result = cls.forward(ctx, *arrays, **options)
    if type(result) is not ndarray or cls.view or ctx.non_differentiable:
        return _outputs(cls, ctx, result, inputs[:1] if cls.view else ())
    output = new(Tensor)
    output.array, output._grad = result, None
    if wanted is not None and result.dtype.kind == "f":
        ctx.number, ctx.shape = clock(), result.shape
        output.edge, output._requires_grad = ctx, True
    else:
        output.edge, output._requires_grad = None, False
    return output


# Here, and once more for the two commonest kinds of operation, _open and _outputs are written out: on small arrays these lines
# are what an operation costs (half of what it is with the calls, for the three inputs of a linear layer).


def _apply_one(cls, x):
    """_apply for one input, no options and, usually, one array as output."""
    ctx = Context()
    ctx.saved = ()
    edge = None
    if isinstance(x, Tensor):
        if x._requires_grad and mode.enabled:
            edge = x.edge or x
        x = x.array
    ctx.edges, ctx.needs_input_grad = edge, (True,) if edge is not None else (False,)
    result = cls.forward(ctx, x)
    if type(result) is not ndarray:
        return _outputs(cls, ctx, result)
    output = new(Tensor)
    output.array, output._grad = result, None
    if edge is not None:
        ctx.function, ctx.number, ctx.shape = cls, clock(), result.shape
        output.edge, output._requires_grad = ctx, True
    else:
        output.edge, output._requires_grad = None, False
    return output


def _apply_two(cls, a, b):
    """_apply for two inputs, no options and, usually, one array as output."""
    ctx = Context()
    ctx.saved = ()
    from_a = from_b = None
    if isinstance(a, Tensor):
        if a._requires_grad and mode.enabled:
            from_a = a.edge or a
        a = a.array
    if isinstance(b, Tensor):
        if b._requires_grad and mode.enabled:
            from_b = b.edge or b
        b = b.array
    if from_b is None:
        ctx.edges, ctx.needs_input_grad = from_a, (True, False) if from_a is not None else (False, False)
    elif from_a is None:
        ctx.edges, ctx.needs_input_grad = from_b, (False, True)
    else:
        ctx.edges, ctx.needs_input_grad = (from_a, from_b), (True, True)
    result = cls.forward(ctx, a, b)
    if type(result) is not ndarray:
        return _outputs(cls, ctx, result)
    output = new(Tensor)
    output.array, output._grad = result, None
    if from_a is not None or from_b is not None:
        ctx.function, ctx.number, ctx.shape = cls, clock(), result.shape
        output.edge, output._requires_grad = ctx, True
    else:
        output.edge, output._requires_grad = None, False
    return output


def _open(ctx, inputs):
    """Let the Context know where its inputs came from."""
    enabled = mode.enabled
    edges = [(x.edge or x) if enabled and isinstance(x, Tensor) and x._requires_grad else None for x in inputs]
    wanted = [edge for edge in edges if edge is not None]
    ctx.edges = wanted[0] if len(wanted) == 1 else tuple(edges)
    ctx.needs_input_grad = tuple([edge is not None for edge in edges])


def _raw(values):
    return tuple([x.array if isinstance(x, Tensor) else x for x in values])


def _outputs(cls, ctx, result, viewed=()):
    """The Tensors of whatever forward returned (an array, a NumPy scalar, a tuple), recorded where a gradient is wanted.

    They may be views of the tensors `viewed`.
    """
    ctx.function = cls
    outputs = [wrap(array) for array in (result if type(result) is tuple else (result,))]
    for tensor in viewed:
        if isinstance(tensor, Tensor):
            _share(tensor, outputs)
    if True in ctx.needs_input_grad:
        ctx.number, single = clock(), len(outputs) == 1
        # a list says that there are several outputs; with the dtype, for the zeros of an absent one
        ctx.shape = outputs[0].array.shape if single else [(x.array.shape, x.array.dtype) for x in outputs]
        for i, output in enumerate(outputs):
            if output.array.dtype.kind == "f" and not any(output.array is x for x in ctx.non_differentiable):
                output._requires_grad = True
                output.edge = ctx if single else Output(ctx, i)
    return tuple(outputs) if type(result) is tuple else outputs[0]


def _share(tensor, outputs):
    """Let views know the tensor whose memory they show; a write in place asks both sides (in_place.py)."""
    base = tensor if tensor.base is None else tensor.base
    for output in outputs:
        if owner(output.array) is owner(base.array):
            output.base = base
            if base.edge is not None or not base._requires_grad:  # a leaf that requires grad is never written while recording
                base.views = base.views or {}
                base.views[id(output)] = ref(output)  # whoever inherits the id of a dead view takes its place


def sum_to(grad, shape):
    """Sum an array of a broadcast shape back to the shape it was broadcast from.

    Example:
        >>> import numpy
        >>> sum_to(numpy.ones((4, 3)), (3,)).tolist(), sum_to(numpy.ones((4, 3)), (4, 1)).shape
        ([4.0, 4.0, 4.0], (4, 1))
    """
    if grad.shape == shape:
        return grad
    extra = grad.ndim - len(shape)
    stretched = tuple(range(extra)) + tuple(extra + i for i, size in enumerate(shape) if size == 1)
    return grad.sum(axis=stretched, keepdims=True).reshape(shape)
