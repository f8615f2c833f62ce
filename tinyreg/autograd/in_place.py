"""Writes in place: x.add_(y), x[0] = y, an optimizer's step.

Backward needs the values that forward saw. So every write stamps the memory it changes with the next number of the
clock that also numbers the operations, and backward refuses an operation whose saved memory has a stamp younger than
itself. The stamp belongs to the memory, not to a tensor: views and detach() share it without being told.

    write(x, result)    what every operation with an underscore ends with: the values and the record of result move into x
    turn(x, view)       what those end with that only change the shape: x becomes a view of itself
    stamp(x)            for whoever writes into x.array by himself
    empty(x)            for whoever sets it to 0, and wants that to be known of a gradient
"""

from weakref import ref

from ..backend import KIND_RANK, get_array_module, is_array, is_expanded, ndarray, owner
from .function import ArrayFunction, Context, clock
from .grad_mode import mode
from .tensor import Tensor

# id(owner of a memory) -> number of its last write. Entries of dead arrays stay and do no harm: whoever inherits the id
# is saved by operations younger than the stamp. So there are never more entries than arrays were alive at once.
_written = {}
_emptied = {}  # the same, for the last time that the memory was set to 0
newest = [0]  # the number of the last write anywhere: backward compares with it before it looks anything up


def written_since(array, number):
    """Whether the memory of the array was written in place after the operation of this number.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(3)
        >>> before = newest[0]
        >>> _ = x.add_(1)
        >>> written_since(x.array, before), written_since(x.array, newest[0])
        (True, False)
    """
    return _written.get(id(owner(array)), 0) > number


def first_written_since(arrays, number):
    """The first of what an operation saved whose memory was written in place after this number of the clock; None if none was.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(3)
        >>> before = newest[0]
        >>> _ = x.add_(1)
        >>> first_written_since((2.0, None, x.array), before) is x.array
        True
    """
    for array in arrays:
        if type(array) is ndarray and array.base is None:  # the usual case without a call: it owns its memory
            memory = array
        elif is_array(array):
            memory = owner(array)
        else:
            continue
        if _written.get(id(memory), 0) > number:
            return array
    return None


def emptied_since(array, number):
    """Whether all the memory of the array was set to 0, by an operation that does just that, after this number of the clock.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(3)
        >>> before = newest[0]
        >>> _ = x.data.zero_()
        >>> emptied_since(x.array, before), written_since(x.array, before)
        (True, False)
    """
    return _emptied.get(id(owner(array)), 0) > number


def stamp(*tensors: Tensor) -> None:
    """Note that the memory of the tensors has just been written, so that backward does not trust what it saved of it.

    Writes through `.data` are not noted: that is what it is for.
    """
    now = clock()
    for tensor in tensors:
        root = tensor if tensor.base is None else tensor.base
        if not root.untracked:
            array = tensor.array
            memory = array if type(array) is ndarray and array.base is None else owner(array)
            _written[id(memory)] = newest[0] = now


def restamp(tensor):
    """stamp, and the number of the write before; 0 for none.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(3)
        >>> _ = x.add_(1)
        >>> last = newest[0]
        >>> restamp(x) == last < newest[0]
        True
    """
    key, root = id(owner(tensor.array)), tensor if tensor.base is None else tensor.base
    before = _written.get(key, 0)
    if not root.untracked:
        _written[key] = newest[0] = clock()
    return before


def empty(tensor: Tensor) -> None:
    """Note that the tensor has just been set to 0: of a gradient nothing is known any more, since nothing is in it.

    Unlike a write, this is noted of `.data`, too: `p.grad.data.zero_()` is how older scripts forget a gradient. Of a part of
    a gradient it is not: p.grad[0].zero_() leaves the rest.
    """
    tensor.account = None
    if tensor.array.base is None:
        _emptied[id(owner(tensor.array))] = newest[0] = clock()


def write(tensor: Tensor, result: Tensor, who: str = "write in place") -> Tensor:
    """Move the values of result into the memory of the tensor, and its record along: the same object, a new grad_fn.

    Args:
        tensor: the Tensor that is written into.
        result: what it becomes, the output of the operation without underscore, of the tensor's shape; floating point
            values are cast among floating point dtypes, but not to integers.
        who: the operation that error messages name.

    Returns:
        tensor.

    Raises:
        RuntimeError: the shapes differ; the dtype cannot hold the values; elements share memory; or a gradient would
            come out wrong: a leaf that requires grad, or a view where its tensor needs the record.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor(3.0, requires_grad=True)
        >>> loss = w * w
        >>> write(loss, loss + 4 * w) is loss
        True
        >>> loss.backward()
        >>> w.grad
        tensor(10.)
    """
    array, values = tensor.array, result.array
    _refuse_misfit(who, array, values)
    if mode.enabled:
        _refuse_wrong_gradients(who, tensor, result)
        _keep_old_values(result, array)
    array[...] = values
    stamp(tensor)
    if mode.enabled:
        if tensor.views:
            _retire_views(tensor, result._requires_grad)
        _move_record(tensor, result)
    return tensor


def turn(tensor: Tensor, view: Tensor, who: str = "turn in place") -> Tensor:
    """Let the tensor become a view of itself, in another shape or order: the same object and memory, a new grad_fn.

    Args:
        tensor: the Tensor that changes.
        view: what it becomes, the output of the operation without underscore.
        who: the operation that error messages name.

    Returns:
        tensor.

    Raises:
        RuntimeError: a leaf that requires grad, while operations are recorded; the output of an operation, while not.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(2, 3)
        >>> turn(x, x.t()) is x, x.shape
        (True, Size([3, 2]))
    """
    if mode.enabled:
        _refuse_leaf(who, tensor)
        _move_record(tensor, view)
    elif tensor.edge is not None:
        raise RuntimeError(
            f"{who}: the shape of the output of an operation must not change while operations are not recorded, got shape "
            f"{tuple(tensor.array.shape)}; use the operation without underscore, or .detach() first"
        )
    tensor.array = view.array
    return tensor


def _move_record(tensor, result):
    tensor.edge, tensor._requires_grad = result.edge, result._requires_grad
    if tensor.retained is not None:
        tensor.retained.remove()
        tensor.retained = None
        tensor.retain_grad()


def _refuse_misfit(who, array, values):
    if array.shape != values.shape:
        raise RuntimeError(
            f"{who}: the result must have the shape of the tensor that it is written into, {tuple(array.shape)}, "
            f"got {tuple(values.shape)}; use the operation without underscore"
        )
    if KIND_RANK[array.dtype.kind] < KIND_RANK[values.dtype.kind]:
        raise RuntimeError(
            f"{who}: the result must fit into the dtype of the tensor that it is written into, {array.dtype}, "
            f"got {values.dtype}; use the operation without underscore, or convert the tensor first"
        )
    if is_expanded(array) or not getattr(array.flags, "writeable", True):
        raise RuntimeError(
            f"{who}: the tensor must own each of its elements, got shape {tuple(array.shape)} with strides "
            f"{tuple(array.strides)}, expanded or read-only; .clone() it first"
        )


def _refuse_wrong_gradients(who, tensor, result):
    """Refuse writes after which a tensor's values and its record would disagree."""
    _refuse_leaf(who, tensor)
    base = tensor.base
    if base is not None and (base._requires_grad or result._requires_grad):
        raise RuntimeError(
            f"{who}: a view must not be written while operations are recorded where its tensor needs the record, got a view of "
            f"shape {tuple(tensor.array.shape)} of a tensor of shape {tuple(base.array.shape)}; "
            "use the operation without underscore: x[i] = x[i] * 2 instead of x[i] *= 2"
        )


def _refuse_leaf(who, tensor):
    if tensor.edge is None and tensor._requires_grad:
        raise RuntimeError(
            f"{who}: a leaf that requires grad must not change while operations are recorded, got a leaf of shape "
            f"{tuple(tensor.array.shape)}; write under no_grad(), or make a new tensor with the operation without underscore"
        )


class OverwrittenView(ArrayFunction):
    """Where a view leads whose tensor was written in place: it shows the new values, but its record made the old ones."""

    @staticmethod
    def backward(ctx, grad):
        raise RuntimeError(
            f"{ctx.name()}: a view must not be used after its tensor was written in place, got a view of shape "
            f"{tuple(grad.shape)}; take the view again after the write"
        )


def _retire_views(tensor, recorded):
    """Cut the record of the views; what was computed from them before the write keeps it.

    A view without a record gets one if the write is recorded: it shows values now that have a gradient.
    """
    views = [reference() for reference in tensor.views.values()]
    for view in views:
        if view is not None and (recorded or view.edge is not None):
            ctx = Context()
            ctx.function, ctx.number, ctx.saved = OverwrittenView, clock(), ()
            ctx.edges, ctx.needs_input_grad, ctx.shape = (), (), view.array.shape
            view.edge, view._requires_grad = ctx, True
    tensor.views = {} if recorded else {id(view): ref(view) for view in views if view is not None and view.edge is None}


def _keep_old_values(result, array):
    """Give the record its own copy of the values that the write is about to replace, if it saved them."""
    if result.edge is None:
        return
    ctx = result.grad_fn
    memory, copy = owner(array), get_array_module(array).array
    ctx.saved = tuple(copy(x) if is_array(x) and owner(x) is memory else x for x in ctx.saved)
