"""backward: the chain rule over the recorded operations, newest first.

Every operation has a creation number, and its inputs were made before it: so whoever processes the operations by
falling number meets each one after all its consumers, when its cotangent is complete. A heap of the numbers that have
received a cotangent is all that is needed; there is no recursion, and a chain of a million operations is fine.

    cotangent      of a tensor y: dL/dy, an array of y's shape
    backward(op)   from the cotangents of its outputs to those of its inputs
    fan-out        a tensor that was used twice receives the sum
"""

from heapq import heappop, heappush
from typing import Any

from ..backend import get_array_module
from .account import gone_on, opened
from .addend import receive
from .function import Context, Output, sum_to
from .hooks import run_hooks
from .in_place import first_written_since, newest, restamp
from .tensor import Tensor, wrap


def propagate(who, outputs, gradients, retain_graph, create_graph):
    """The cotangents of the leaves below the outputs.

    Args:
        who: in whose name to refuse.
        outputs, gradients: Tensors, and their cotangents, Tensors or None.
        retain_graph: keep what the operations saved.
        create_graph: refused.

    Returns:
        {id: [leaf, its cotangent, whether that is the engine's own array]}, and the arrays that the caller or a hook may keep,
        among them pairs (Term, its cotangent).
    """
    if create_graph:
        raise NotImplementedError(
            f"{who}: create_graph must be False, got True; derivatives are differentiable once: take a difference of two "
            "gradients, as gradient_penalty and jacobian_penalty in tinyreg.regularization do"
        )
    pairs: Any = []
    shown: list[Any] = []
    for tensor, gradient in zip(outputs, gradients):
        if not tensor._requires_grad:
            raise RuntimeError(
                f"{who}: the tensor must require grad, got shape {tensor.array.shape} without grad_fn; look for no_grad, .data, .detach()"
            )
        shown.append(_cotangent(who, tensor, gradient))
        pairs.append((tensor.edge or tensor, shown[-1]))
    ctx: Any = None
    # Two tables, and no object of its own for each entry: those would wake the garbage collector, which reads the whole
    # graph each time (without them backward of a tree of 300,000 additions takes half the time)
    waiting: dict[int, Context] = {}  # number -> operation
    so_far: dict[int, Any] = {}  # number -> its cotangent so far
    heap: list[int] = []  # the numbers that wait, negated
    leaves: dict[int, list[Any]] = {}
    hand: Any = None  # one operation that waits outside the heap; a chain needs no more
    held: Any = None  # its cotangent
    while True:
        # hand the gradients on to where the inputs came from
        for edge, grad in pairs:
            if grad is None or edge is None:
                continue
            if type(edge) is Context:
                if grad.shape != edge.shape:
                    grad = _fit(ctx, grad, edge.shape)
                if edge is hand:
                    held = held + grad  # a new array: the first may belong to somebody else, too
                elif edge.number in waiting:
                    so_far[edge.number] = so_far[edge.number] + grad
                elif hand is None:
                    hand, held = edge, grad
                else:
                    waiting[edge.number], so_far[edge.number] = edge, grad
                    heappush(heap, -edge.number)
            elif type(edge) is Output:
                edge, which = edge.ctx, edge.which
                if grad.shape != edge.shape[which][0]:
                    grad = _fit(ctx, grad, edge.shape[which][0])
                if edge.number not in waiting:
                    waiting[edge.number], so_far[edge.number] = edge, [None] * len(edge.shape)
                    heappush(heap, -edge.number)
                received = so_far[edge.number]
                received[which] = grad if received[which] is None else received[which] + grad
            else:
                if grad.shape != edge.array.shape:
                    grad = _fit(ctx, grad, edge.array.shape)
                receive(leaves, edge, grad)
        # take the youngest operation that waits: all its consumers are younger and have been here
        if hand is not None and not (heap and -heap[0] > hand.number):
            ctx, grad, hand = hand, held, None
        elif heap:
            ctx, grad = waiting.pop(-heap[0]), so_far.pop(-heappop(heap))
        else:
            break
        saved = ctx.saved
        if saved is None:
            raise RuntimeError(
                f"{who}: the graph was released by an earlier backward, got a second one through {ctx.name()}; "
                "compute the loss again, or pass retain_graph=True to the earlier one"
            )
        if newest[0] > ctx.number:
            _check_unchanged(ctx)
        if type(ctx.shape) is list:
            grads = ctx.function.array_backward(ctx, *_complete(ctx, grad, shown))
        else:
            if ctx.hooks is not None:
                grad = run_hooks(ctx.hooks, 0, grad, shown)
            grads = ctx.function.array_backward(ctx, grad)
        if type(grads) is not tuple:
            grads = (grads,)
        needs, edges = ctx.needs_input_grad, ctx.edges
        if len(grads) != len(needs):
            raise RuntimeError(
                f"{ctx.name()}: backward must return one gradient an input, got {len(grads)} for {len(needs)} inputs; None is one, too"
            )
        if not retain_graph:
            ctx.saved = None
        if type(edges) is tuple:
            pairs = zip(edges, grads)
            continue
        grad = grads[needs.index(True)]
        if hand is None and not waiting and type(edges) is Context and grad is not None and grad.shape == edges.shape:
            hand, held, pairs = edges, grad, ()  # a chain: the usual case of the loop above, without the loop
        else:
            pairs = ((edges, grad),)
    for entry in leaves.values():
        if entry[0].leaf_hooks:
            entry[1] = run_hooks(entry[0].leaf_hooks, 0, entry[1], shown)
    return leaves, shown


def _cotangent(who, tensor, gradient):
    """The cotangent that backward starts from, as an array of the tensor's dtype."""
    array = tensor.array
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                f"{who}: gradient must be given for more than one element, got shape {array.shape}; pass it, or reduce with .sum()"
            )
        return get_array_module(array).ones_like(array)
    if not isinstance(gradient, Tensor):
        raise TypeError(f"{who}: gradient must be a Tensor, got {type(gradient).__name__}; wrap it with tinyreg.tensor")
    if gradient.array.shape != array.shape:
        raise RuntimeError(f"{who}: gradient must have the tensor's shape {array.shape}, got {gradient.array.shape}; reshape it")
    return gradient.array.astype(array.dtype, copy=False)


def _complete(ctx, received, shown):
    """The cotangents of an operation with several outputs: hooks run, absent ones are zeros."""
    xp = get_array_module(next(g for g in received if g is not None))
    for which, (shape, dtype) in enumerate(ctx.shape):
        if received[which] is None:
            received[which] = xp.zeros(shape, dtype=dtype)
        elif ctx.hooks is not None:
            received[which] = run_hooks(ctx.hooks, which, received[which], shown)
    return received


def _fit(ctx, grad, shape):
    """The gradient of an input that was broadcast: the adjoint of repeating is summing."""
    if not getattr(ctx.function, "broadcasts", False):
        raise RuntimeError(
            f"{ctx.name()}: backward must return a gradient of the input's shape {shape}, got {grad.shape}; sum over what was broadcast"
        )
    return sum_to(grad, shape)


def _check_unchanged(ctx):
    """Refuse to differentiate with values that a write in place has replaced since forward saved them."""
    array = first_written_since(ctx.saved, ctx.number)
    if array is not None:
        raise RuntimeError(
            f"{ctx.name()}: what forward saved must not change, got shape {array.shape} that was written in place since; .clone() it"
        )


def accumulate(leaves, shown):
    """Add each cotangent to its leaf's grad: memory of its own, writable, in the leaf's layout and dtype.

    Args:
        leaves, shown: as propagate returns them.
    """
    taken, account, others = {id(array) for array in shown}, opened(shown), {}
    for leaf, grad, _ in leaves.values():
        if leaf._grad is not None:
            leaf._grad.array += grad
            leaf._grad.account = gone_on(leaf, restamp(leaf._grad), account, others)
            continue
        array = leaf.array
        own = type(grad) is type(array) and grad.base is None and grad.strides == array.strides and grad.dtype == array.dtype
        if not own or id(grad) in taken:
            fresh = get_array_module(array).empty_like(array)
            fresh[...] = grad
            grad = fresh
        taken.add(id(grad))
        leaf._grad = gradient = wrap(grad)
        gradient.account = account
