"""backward and grad: where the engine's cotangents end, added to leaves or returned."""

from collections.abc import Sequence
from typing import Any

from ..backend import get_array_module
from .engine import accumulate, propagate
from .hooks import hook
from .tensor import Tensor, wrap


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the derivative of tensors to the .grad of every leaf that they were computed from.

    Args:
        tensors: a Tensor or a sequence of them, whose derivatives are summed.
        grad_tensors: one cotangent a tensor; may be left out, or None, for tensors of one element.
        retain_graph: keep the graph for another backward.
        create_graph: refused: derivatives are written on arrays and are differentiable once.
        inputs: the only tensors whose .grad is added to, leaves or not; None is every leaf.

    Raises:
        RuntimeError: nothing requires grad; a cotangent is missing or has another shape; no inputs.
        NotImplementedError: create_graph.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
        >>> backward([x.sum(), (x * x).sum()])
        >>> x.grad
        tensor([3., 5.])
    """
    outputs, cotangents = _pairs("backward", "grad_tensors", tensors, grad_tensors)
    if inputs is None:
        leaves, shown = propagate("backward", outputs, cotangents, retain_graph, create_graph)
        accumulate(leaves, shown)
        return
    wanted = _sequence(inputs)
    if not wanted:
        raise RuntimeError("backward: inputs must hold a tensor, got none; None adds to every leaf")
    found, terms = _found("backward", outputs, cotangents, wanted, retain_graph, create_graph)
    accumulate({i: [wanted[i], array, True] for i, array in found.items()}, terms)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:  # of Tensors; None where allow_unused allows it
    """The gradients of outputs with respect to inputs, returned instead of accumulated.

    Args:
        outputs, inputs: a Tensor or a sequence of them.
        grad_outputs: one cotangent an output; may be left out for outputs of one element.
        retain_graph: keep the graph for another backward.
        create_graph: refused: derivatives are written on arrays and are differentiable once.
        only_inputs: accepted; nothing is ever added to other tensors.
        allow_unused: give None for an input that the outputs do not depend on, instead of an error.
        is_grads_batched: must be False: one set of cotangents at a time.
        materialize_grads: give zeros for such an input.

    Raises:
        RuntimeError: an input that requires no grad or is not used; a cotangent is missing or has another shape.
        ValueError: materialize_grads together with allow_unused=False.
        NotImplementedError: create_graph, is_grads_batched.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor(3.0, requires_grad=True)
        >>> tinyreg.autograd.grad(x ** 2, x)
        (tensor(6.),)
    """
    if is_grads_batched:
        raise NotImplementedError("grad: is_grads_batched must be False, got True; call grad for each set of cotangents")
    if materialize_grads and allow_unused is False:
        raise ValueError("grad: materialize_grads needs allow_unused, got allow_unused=False; leave it out")
    ends, cotangents = _pairs("grad", "grad_outputs", outputs, grad_outputs)
    starts = _sequence(inputs)
    found, _ = _found("grad", ends, cotangents, starts, retain_graph, create_graph)
    for i, x in enumerate(starts):
        if i not in found and materialize_grads:
            found[i] = get_array_module(x.array).zeros_like(x.array)
        elif i not in found and not allow_unused:
            raise RuntimeError(f"grad: every input must be used by the outputs, got an unused input {i}; pass allow_unused=True for None")
    return tuple(wrap(found[i]) if i in found else None for i in range(len(starts)))


def _sequence(tensors):
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _pairs(who, name, outputs, cotangents):
    """The outputs and as many cotangents, of which some may be None."""
    outputs = _sequence(outputs)
    cotangents = [None] * len(outputs) if cotangents is None else _sequence(cotangents)
    if len(cotangents) != len(outputs):
        raise RuntimeError(f"{who}: {name} must be one an output, got {len(cotangents)} for {len(outputs)} outputs; None is one")
    return outputs, cotangents


def _found(who, outputs, cotangents, inputs, retain_graph, create_graph):
    """{which input: its gradient, an array of its own}, without those that are not used; and the terms that were passed by."""
    for x in inputs:
        if not x._requires_grad:
            raise RuntimeError(f"{who}: inputs must require grad, got one that does not; set requires_grad=True before computing")
    found = {}
    handles = [hook(x, lambda g, i=i: found.__setitem__(i, g.array)) for i, x in enumerate(inputs)]
    try:
        _, shown = propagate(who, outputs, cotangents, retain_graph, create_graph)
    finally:
        for handle in handles:
            handle.remove()
    own = {i: array.astype(inputs[i].array.dtype) for i, array in found.items()}  # astype copies: nothing is shared
    return own, [x for x in shown if type(x) is tuple]
