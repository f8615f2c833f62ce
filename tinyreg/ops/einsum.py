"""einsum tensordot: sums of products, named by their indices.

    einsum("ij,jk->ik", A, B)        Y_ik = sum_j A_ij B_jk

Every letter is an index. The result is the sum, over all indices that it does not name, of the product of all operands:

    Y_o = sum over the indices not in o of A_a B_b ...                                                         (1)

Forward: operands are multiplied pair by pair. An index of a pair is one of four kinds, and a pair is a product of batches
of matrices once the indices of each kind are put together:

    batch   in both, and still needed (by the result or an operand to come)
    sum     in both, and not needed any more
    left    in the first alone        right   in the second alone

    (batch, left, sum) @ (batch, sum, right) -> (batch, left, right)                                           (2)

An index of one operand alone that is not needed is summed at once; a repeated index takes the diagonal.

Backward: the factor of A_a in (1) is the product of all others, so its gradient is a sum of products, too,

    grad_A_a = sum over the indices not in a of grad_Y_o B_b ...                                               (3)

with the operand and the result exchanged: the same routine. What (3) cannot name is repeated or dropped:

    an index of A that is nowhere else was summed over          grad is repeated along it
    an index that A repeats took the diagonal                   grad goes back onto the diagonal, zeros beside it
    a dimension of size 1 that was broadcast                    grad is summed over it
"""

from collections.abc import Sequence
from itertools import count
from math import prod
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.function import sum_to
from ..backend import get_array_module
from .broadcasting import cast, int64, result_type
from .diagonal import diagonal_view
from .dimension import dimensions, integer
from .floating import check_tensor

# an index is a number from 0 to 51, A to Z and a to z; the dimensions of an Ellipsis are counted from -1 down, from the right
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class EinsumFunction(ArrayFunction):
    """Y = the sum of products of arrays whose indices are `inputs`, by `output`; gradients by the same sum, exchanged."""

    view = True  # einsum("ij->ji", A) shows A's memory

    @staticmethod
    def forward(ctx, *arrays, inputs, output):
        ctx.save_for_backward(*arrays)
        ctx.inputs, ctx.output = inputs, output
        return _contract(arrays, inputs, output)

    @staticmethod
    def backward(ctx, grad_y):
        grads = []
        for k, (array, indices, needed) in enumerate(zip(ctx.saved, ctx.inputs, ctx.needs_input_grad)):
            if not needed:
                grads.append(None)
                continue
            others = [i for i in range(len(ctx.inputs)) if i != k]
            arrays = [grad_y, *(ctx.saved[i] for i in others)]
            inputs = [ctx.output, *(ctx.inputs[i] for i in others)]
            elsewhere = {i for other in inputs for i in other}
            once = list(dict.fromkeys(indices))
            grad = _contract(arrays, inputs, [i for i in once if i in elsewhere])                              # (3)
            grads.append(_restored(grad, array.shape, indices, once, elsewhere))
        return tuple(grads)


def _restored(grad, shape, indices, once, elsewhere):
    """The gradient of an operand from that of its different indices."""
    xp, sizes = get_array_module(grad), dict(zip(indices, shape))
    grad = grad[tuple([slice(None) if i in elsewhere else None for i in once])]
    # a broadcast dimension is larger here than in the operand, one that was summed over is smaller
    grad = sum_to(grad, tuple([1 if sizes[i] == 1 else n for i, n in zip(once, grad.shape)]))
    grad = xp.broadcast_to(grad, tuple([sizes[i] for i in once]))
    if len(once) == len(indices):
        return grad
    full = xp.zeros(shape, grad.dtype)
    _once(full, indices)[0][...] = grad
    return full


def _once(x, indices):
    """The view of an array in which each index comes once, the diagonal where it is repeated; and these indices."""
    left, once = list(indices), list(dict.fromkeys(indices))
    for i in once:
        while left.count(i) > 1:
            first = left.index(i)
            second = left.index(i, first + 1)
            x = diagonal_view(x, 0, first, second)
            left = [j for at, j in enumerate(left) if at not in (first, second)] + [i]
    return x.transpose([left.index(i) for i in once]), once


def _contract(arrays, inputs, output):
    """The sum of products (1), from the left to the right."""
    parts = [_once(x, indices) for x, indices in zip(arrays, inputs)]
    sizes: dict[Any, int] = {}
    for x, indices in parts:
        for i, n in zip(indices, x.shape):
            sizes[i] = n if sizes.get(i, 1) == 1 else sizes[i]
    parts = [_without_broadcast(x, indices, sizes) for x, indices in parts]
    y: Any = None
    named: list[Any] = []
    for k, (x, indices) in enumerate(parts):
        needed = {*output, *(i for _, later in parts[k + 1 :] for i in later)}
        y, named = _pair(y, named, x, indices, needed) if k else _summed(x, indices, needed)
    return y.transpose([named.index(i) for i in output])


def _without_broadcast(x, indices, sizes):
    """An array without the dimensions of size 1 that meet larger ones: its elements are the same for all of these."""
    kept = [n == sizes[i] for i, n in zip(indices, x.shape)]
    return x[tuple([slice(None) if keep else 0 for keep in kept])], [i for i, keep in zip(indices, kept) if keep]


def _summed(x, indices, needed):
    """An array summed over the indices that nobody needs."""
    axes = tuple([axis for axis, i in enumerate(indices) if i not in needed])
    if not axes:
        return x, indices
    return x.sum(axis=axes, dtype=None if x.dtype.kind == "f" else int64), [i for i in indices if i in needed]


def _pair(a, of_a, b, of_b, needed):
    """The product (2) of two arrays, summed over the indices that are not needed any more."""
    a, of_a = _summed(a, of_a, {*needed, *of_b})
    b, of_b = _summed(b, of_b, {*needed, *of_a})
    batch, summed = [i for i in of_a if i in of_b and i in needed], [i for i in of_a if i in of_b and i not in needed]
    left, right = [i for i in of_a if i not in of_b], [i for i in of_b if i not in of_a]
    a, b = a.transpose([of_a.index(i) for i in batch + left + summed]), b.transpose([of_b.index(i) for i in batch + summed + right])
    named, n, split = batch + left + right, len(batch), len(batch) + len(left)
    if not summed:
        return a[(..., *(None,) * len(right))] * b[(*(slice(None),) * n, *(None,) * len(left), ...)], named
    shape = (*a.shape[:split], *b.shape[n + len(summed) :])
    terms, many = prod(a.shape[split:]), a.shape[:n]
    y = a.reshape(*many, prod(a.shape[n:split]), terms) @ b.reshape(*many, terms, prod(shape[split:]))          # (2)
    return y.reshape(shape), named


def _letters(equation, operands):
    """The indices of each operand and of the result (None: it is not named) from an equation; None stands for the dots."""
    terms, arrow, result = equation.replace(" ", "").partition("->")
    terms = terms.split(",")
    for text in (*terms, result):
        head, dots, tail = text.partition("...")
        if not all(letter in LETTERS for letter in head + tail):
            raise RuntimeError(f"einsum: indices must be letters and one '...', got {text!r} in {equation!r}; write as 'ij,jk->ik'")
    if len(terms) != len(operands):
        raise RuntimeError(
            f"einsum: the equation must name the indices of each operand, got {len(terms)} terms in {equation!r} and {len(operands)} "
            "operands; separate the terms with commas"
        )

    def numbers(text):
        return [None if letter == "." else LETTERS.index(letter) for letter in text.replace("...", ".")]

    return [numbers(text) for text in terms], numbers(result) if arrow else None


def _sublists(arguments):
    """The same from operands and lists of numbers in turns: einsum(A, [0, 1], B, [1, 2], [0, 2])."""
    operands, lists = arguments[: len(arguments) // 2 * 2 : 2], list(arguments[1::2])
    for x in operands:
        check_tensor("einsum", x, "each operand")
    lists += arguments[-1:] if len(arguments) % 2 else ()
    found = []
    for indices in lists:
        if not isinstance(indices, (tuple, list)) or not all(i is ... or isinstance(i, int) for i in indices):
            raise TypeError(f"einsum: a list of indices must follow each operand, got {indices!r:.60}; write einsum(A, [0, 1], B, [1, 2])")
        if not all(i is ... or 0 <= i < len(LETTERS) for i in indices):
            raise ValueError(f"einsum: indices must lie in [0, {len(LETTERS) - 1}], got {list(indices)}; number them from 0")
        found.append([None if i is ... else i for i in indices])
    return operands, found[: len(operands)], found[len(operands)] if len(arguments) % 2 else None


def _name(i):
    return LETTERS[i] if i >= 0 else "..."


def _spelled_out(terms, operands):
    """The indices of each operand, one a dimension: dots become the numbers -1, -2, ... from the right."""
    inputs = []
    for k, (term, x) in enumerate(zip(terms, operands)):
        shape, dots = tuple(x.array.shape), term.count(None)
        free = len(shape) - len(term) + dots
        if dots > 1 or free < 0 or (free and not dots):
            raise RuntimeError(
                f"einsum: operand {k} must have an index for each of its dimensions, got {len(term) - dots} indices "
                f"and {dots} times '...' for shape {shape}; name all, or the others by one '...'"
            )
        inputs.append([j for i in term for j in ((i,) if i is not None else range(-free, 0))])
    return inputs


def _check_sizes(inputs, operands):
    seen: dict[Any, int] = {}
    for k, (indices, x) in enumerate(zip(inputs, operands)):
        here: dict[Any, int] = {}
        for i, n in zip(indices, x.array.shape):
            if here.setdefault(i, n) != n or (n != seen.get(i, n) and 1 not in (n, seen[i])):
                raise RuntimeError(
                    f"einsum: an index must have one size, or 1, in all operands, got {n} and {here[i] if here[i] != n else seen[i]} for "
                    f"{_name(i)!r} at operand {k}; rename it, or reshape"
                )
        for i, n in here.items():
            seen[i] = n if seen.get(i, 1) == 1 else seen[i]


def _result(named, inputs):
    """The indices of the result: those named, or without a name the dots and, in alphabetical order, the letters that come once."""
    every = [i for indices in inputs for i in indices]
    dots = sorted({i for i in every if i < 0})
    if named is None:
        return dots + sorted(i for i in set(every) if i >= 0 and every.count(i) == 1)
    output = [j for i in named for j in ((i,) if i is not None else dots)]
    for i in output:
        if i not in every or output.count(i) > 1 or named.count(None) > 1:
            raise RuntimeError(
                f"einsum: the result must name each index once, and only those of operands, got {_name(i)!r} "
                f"in {''.join('...' if j is None else _name(j) for j in named)!r}; remove it"
            )
    return output


def einsum(*arguments: Any) -> Tensor:
    """The sum of products of operands, named by their indices (Einstein's convention).

    Args:
        arguments: an equation and the operands, einsum("ij,jk->ik", A, B); or operands and lists of indices in turns,
            einsum(A, [0, 1], B, [1, 2], [0, 2]), the last one for the result.

            An index that the result does not name is summed over; one that an operand repeats takes the diagonal, as in
            "ii->i". '...' (Ellipsis in lists) stands for any dimensions, which broadcast. Sizes of an index are equal or 1.
            Without "->" the result has the dots, then each letter that comes once, in alphabetical order, capitals first.

    Cost:
        operands are multiplied from the left to the right; write them in a good order.

    Raises:
        RuntimeError: the equation does not fit the operands; the index and the sizes are named.
        ValueError: no operand; a number in a list outside [0, 51].

    Example:
        >>> import tinyreg
        >>> A, B = tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]), tinyreg.tensor([[1.0, 0.0], [1.0, 1.0]])
        >>> tinyreg.einsum("ij,jk->ik", A, B)
        tensor([[3., 2.],
                [7., 4.]])
        >>> tinyreg.einsum("ii->i", A), tinyreg.einsum(A, [0, 1], [1])
        (tensor([1., 4.]), tensor([4., 6.]))
    """
    if len(arguments) < 2:
        raise ValueError(f"einsum: an equation and operands must be given, got {len(arguments)} arguments; write einsum('ij->ji', A)")
    if isinstance(arguments[0], Tensor):
        operands, terms, named = _sublists(arguments)
    else:
        equation, *operands = arguments
        if not isinstance(equation, str):
            raise TypeError(f"einsum: equation must be text or an operand, got {type(equation).__name__}; write einsum('ij->ji', A)")
        if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
            operands = operands[0]
        for x in operands:
            check_tensor("einsum", x, "each operand")
        terms, named = _letters(equation, operands)
    inputs = _spelled_out(terms, operands)
    _check_sizes(inputs, operands)
    return _applied("einsum", operands, inputs, _result(named, inputs))


def _applied(who, operands, inputs, output):
    dtype = result_type(*operands)
    if any(x.array.dtype != dtype for x in operands):
        every = [i for indices in inputs for i in set(indices)]
        if any(every.count(i) > 1 and i not in output for i in every):
            raise RuntimeError(
                f"{who}: dtypes must be equal where indices are summed over, got {', '.join(str(x.array.dtype) for x in operands)}; "
                "convert with .to(dtype)"
            )
        operands = [cast(x, dtype) for x in operands]
    return EinsumFunction.apply(*operands, inputs=tuple(map(tuple, inputs)), output=tuple(output))


def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """Products of the elements of two tensors, summed over pairs of dimensions: what is left of a, then what is left of b.

    Args:
        a, b: Tensors of one dtype.
        dims: how many of the last dimensions of a are paired with as many first ones of b, at least 0; or two lists, of
            dimensions of a and of those of b that they are paired with.

    Raises:
        RuntimeError: different numbers or sizes of dimensions; a dimension that comes twice; different dtypes.
        IndexError: a tensor has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensordot(tinyreg.ones(2, 3, 4), tinyreg.ones(3, 4, 5)).shape
        Size([2, 5])
        >>> tinyreg.tensordot(tinyreg.ones(2, 3), tinyreg.ones(2, 5), dims=([0], [0])).shape
        Size([3, 5])
    """
    check_tensor("tensordot", a, "a")
    check_tensor("tensordot", b, "b")
    dims = dims.tolist() if isinstance(dims, Tensor) else dims
    n, m = a.array.ndim, b.array.ndim
    if isinstance(dims, (tuple, list)):
        if len(dims) != 2:
            raise RuntimeError(f"tensordot: dims must be two lists of dimensions, or a number of them, got {dims}; write ([1], [0])")
        of_a, of_b = (list(dimensions("tensordot", axes, ndim) or ()) for axes, ndim in zip(dims, (n, m)))
    else:
        paired = integer("tensordot", dims=dims)
        if not 0 <= paired <= min(n, m):
            raise RuntimeError(
                f"tensordot: dims must lie in [0, {min(n, m)}], got dims={paired} for shapes {tuple(a.array.shape)} and "
                f"{tuple(b.array.shape)}; it counts pairs of dimensions"
            )
        of_a, of_b = list(range(n - paired, n)), list(range(paired))
    shapes = [tuple([x.array.shape[axis] for axis in axes]) for x, axes in ((a, of_a), (b, of_b))]
    if len(of_a) != len(of_b) or any(p != q and 1 not in (p, q) for p, q in zip(*shapes)):
        raise RuntimeError(f"tensordot: paired dimensions must have one size, got {shapes[0]} and {shapes[1]}; choose others by dims")
    number = count()
    first = [next(number) for _ in range(n)]
    second = [first[of_a[of_b.index(axis)]] if axis in of_b else next(number) for axis in range(m)]
    kept = [i for axis, i in enumerate(first) if axis not in of_a] + [i for axis, i in enumerate(second) if axis not in of_b]
    return cast(_applied("tensordot", [a, b], [first, second], kept), a.array.dtype)
