"""New tensors: from data, constant, in rows, and random."""

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import Tensor, no_grad
from ..autograd.tensor import wrap
from ..backend import get_array_module, get_default_dtype, require, xp
from ..device import check
from ..random import Generator, chosen_generator
from ..types import Device, DType, HostArray, Sizes
from .broadcasting import as_tensor_like, cast, float32, int64, refuse_foreign_bytes
from .dimension import integer, integers
from .floating import check_tensor
from .number import check_number, in_dtype


def _new(array, requires_grad=False):
    tensor = wrap(array)
    return tensor.requires_grad_() if requires_grad else tensor


def check_device(device):
    """Refuse a device that the current backend does not have.

    Args:
        device: None, or as in tinyreg.device.

    Example:
        >>> check_device("cpu")
    """
    if device is not None:
        check(device)


def tensor(data: Any, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of the data.

    Args:
        data: a number, nested lists, a NumPy or CuPy array, a Tensor. Arrays keep their dtype (float64 stays float64);
            Python floats get the default dtype (float32), ints int64, bools bool.
        dtype: convert to this dtype.
        device: accepted for scripts that name it; see tinyreg.device.
        requires_grad: record operations on it.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]])
        tensor([[1., 2.],
                [3., 4.]])
    """
    check_device(device)
    array = as_tensor_like(data, dtype)
    return _new(array.copy(), requires_grad)


def as_tensor(data: Any, dtype: DType = None, device: Device = None) -> Tensor:
    """data as a tensor: a Tensor is returned itself, an array shares its memory, where nothing has to change.

    Args:
        data, dtype, device: as in tensor.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(2)
        >>> tinyreg.as_tensor(x) is x, tinyreg.as_tensor([1, 2])
        (True, tensor([1, 2]))
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else cast(data, np.dtype(dtype))
    return wrap(as_tensor_like(data, dtype))


def from_numpy(ndarray: HostArray) -> Tensor:
    """A tensor on the memory of a NumPy array (a copy on a GPU).

    Args:
        ndarray: a NumPy array of real numbers or bools; its dtype is kept.

    Raises:
        TypeError: something else.
        ValueError: numbers in another byte order than this machine's.

    Example:
        >>> import tinyreg
        >>> import numpy
        >>> array = numpy.zeros(2)
        >>> x = tinyreg.from_numpy(array)
        >>> array[0] = 7
        >>> x
        tensor([7., 0.], dtype=tinyreg.float64)
    """
    if not isinstance(ndarray, np.ndarray) or ndarray.dtype.kind not in "biuf":
        got = ndarray.dtype if isinstance(ndarray, np.ndarray) else type(ndarray).__name__
        raise TypeError(f"from_numpy: must be a NumPy array of real numbers or bools, got {got}; use tensor for other data")
    refuse_foreign_bytes("from_numpy", ndarray)
    return wrap(xp().asarray(ndarray))


def _shape(who, size, named=None):
    """The shape from zeros(2, 3), zeros((2, 3)), zeros(2) or zeros(size=(2, 3))."""
    shape = integers(who, size, named, "size")
    if builtins.any(n < 0 for n in shape):
        raise RuntimeError(f"{who}: sizes must not be negative, got {shape}; give one non-negative integer a dimension")
    return shape


def zeros(
    *sizes: Sizes, size: Sequence[int] | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of zeros of this size.

    Args:
        sizes, size: integers, or one tuple of them; at least 0 each.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3).shape, tinyreg.zeros((2,), dtype=tinyreg.int64)
        (Size([2, 3]), tensor([0, 0]))
    """
    check_device(device)
    return _new(xp().zeros(_shape("zeros", sizes, size), dtype=dtype or get_default_dtype()), requires_grad)


def ones(
    *sizes: Sizes, size: Sequence[int] | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of ones of this size.

    Args:
        sizes, size: integers, or one tuple of them; at least 0 each.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(3)
        tensor([1., 1., 1.])
    """
    check_device(device)
    return _new(xp().ones(_shape("ones", sizes, size), dtype=dtype or get_default_dtype()), requires_grad)


def empty(
    *sizes: Sizes, size: Sequence[int] | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of this size with whatever its memory held.

    Args:
        sizes, size: integers, or one tuple of them; at least 0 each.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Example:
        >>> import tinyreg
        >>> tinyreg.empty(2, 3).shape
        Size([2, 3])
    """
    check_device(device)
    return _new(xp().empty(_shape("empty", sizes, size), dtype=dtype or get_default_dtype()), requires_grad)


def full(size: Sizes, fill_value: Tensor | float, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this size filled with one value, whose kind decides the dtype.

    Args:
        size: a tuple of integers, or one integer.
        fill_value: a number or a tensor of one element.
        dtype, device, requires_grad: as in tensor; without a dtype, fill_value's.

    Example:
        >>> import tinyreg
        >>> tinyreg.full((2,), 7), tinyreg.full((2,), 0.5)
        (tensor([7, 7]), tensor([0.5000, 0.5000]))
    """
    check_device(device)
    check_number("full", fill_value=fill_value)
    if isinstance(fill_value, np.generic):
        fill_value = fill_value.item()  # a number of Python's, which has no dtype
    if dtype is None:
        dtype = as_tensor_like(fill_value).dtype
    fill_value = in_dtype("full", fill_value.item() if isinstance(fill_value, Tensor) else fill_value, np.dtype(dtype))
    return _new(xp().full(_shape("full", (size,)), fill_value, dtype=dtype), requires_grad)


def _like(who, input, dtype, device, requires_grad, *value):
    """What numpy.zeros_like and its relatives make of a tensor: in its order of memory, too."""
    check_tensor(who, input)
    check_device(device)
    array = input.array
    return _new(getattr(get_array_module(array), who)(array, *value, dtype=dtype or array.dtype), requires_grad)


def zeros_like(input: Tensor, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of input.

    Args:
        input: Tensor, of which only shape and dtype count.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros_like(tinyreg.tensor([3, 4]))
        tensor([0, 0])
    """
    return _like("zeros_like", input, dtype, device, requires_grad)


def ones_like(input: Tensor, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of input.

    Args:
        input: Tensor, of which only shape and dtype count.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones_like(tinyreg.tensor([3.0, 4.0]))
        tensor([1., 1.])
    """
    return _like("ones_like", input, dtype, device, requires_grad)


def empty_like(input: Tensor, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """An uninitialized tensor in the shape and dtype of input.

    Args:
        input: Tensor, of which only shape and dtype count.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.empty_like(tinyreg.tensor([3, 4])).dtype
        dtype('int64')
    """
    return _like("empty_like", input, dtype, device, requires_grad)


def full_like(
    input: Tensor, fill_value: Tensor | float, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """One value in the shape and dtype of input.

    Args:
        input: Tensor, of which only shape and dtype count.
        fill_value: a number or a tensor of one element.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.full_like(tinyreg.tensor([3.0, 4.0]), 7)
        tensor([7., 7.])
    """
    check_tensor("full_like", input)
    check_number("full_like", fill_value=fill_value)
    fill_value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    fill_value = in_dtype("full_like", fill_value, np.dtype(dtype or input.array.dtype))
    return _like("full_like", input, dtype, device, requires_grad, fill_value)


def arange(
    start: float | None = None, end: float | None = None, step: float = 1, *, dtype: DType = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """start, start + step, ... below end; integers where all three are.

    Args:
        start, end: numbers; arange(end) starts at 0. end itself is left out.
        step: from one to the next, not 0; negative counts down.
        dtype, device, requires_grad: as in tensor; without a dtype, int64 for integers, else the default one. For int64
            start, end and step are cut to integers first; a narrower integer dtype counts the numbers before that.

    Raises:
        RuntimeError: step is 0 or leads away from end; a number is infinite or NaN.
        NotImplementedError: dtype is bool.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3), tinyreg.arange(1, 2, 0.5)
        (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    check_device(device)
    first: Any = 0 if start is None or end is None else start
    last: Any = start if end is None else end
    check_number("arange", start=first, end=last, step=step)
    first, last, step = (x.item() if isinstance(x, (Tensor, np.generic)) else x for x in (first, last, step))
    whole = builtins.all(isinstance(x, int) for x in (first, last, step))
    dtype = np.dtype(dtype or (int64 if whole else get_default_dtype()))
    if not whole and not builtins.all(math.isfinite(x) for x in (first, last, step)):
        raise RuntimeError(f"arange: start, end and step must be finite, got start={first}, end={last}, step={step}; count to an end")
    if dtype.kind == "b":
        raise NotImplementedError(f"arange: dtype must be one of numbers, got dtype={dtype}; compare the numbers with something")
    if dtype == int64:
        first, last, step = int(first), int(last), int(step)
    if step == 0 or (last - first) / step < 0:
        raise RuntimeError(f"arange: step must lead from start to end, got start={first}, end={last}, step={step}; change its sign")
    if dtype == int64:
        return _new(xp().arange(first, last, step, dtype=dtype), requires_grad)
    number = math.ceil((last - first) / step)
    if dtype.kind != "f":
        first, step = int(first), int(step)
    # counted in integers, so that no rounding of a step adds up
    return _new((first + step * xp().arange(number)).astype(dtype, copy=False), requires_grad)


def linspace(start: float, end: float, steps: int, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """`steps` numbers at equal distances from start to end, both included.

    Args:
        start, end: numbers; for an integer dtype they are cut to integers first.
        steps: how many, at least 0; 1 gives start.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Raises:
        RuntimeError: steps is negative.

    Example:
        >>> import tinyreg
        >>> tinyreg.linspace(0, 1, 3)
        tensor([0.0000, 0.5000, 1.0000])
    """
    check_device(device)
    dtype = np.dtype(dtype or get_default_dtype())
    return _new(_spaced("linspace", start, end, steps, dtype).astype(dtype, copy=False), requires_grad)


def _spaced(who, start, end, steps, dtype):
    """The numbers in float64, for an integer dtype from integer to integer."""
    check_number(who, **{name: x for name, x in (("start", start), ("end", end)) if not isinstance(x, Tensor)})  # item() refuses others
    steps = integer(who, steps=steps)
    if steps < 0:
        raise RuntimeError(f"{who}: steps must be at least 0, got {steps}; it counts the numbers")
    start, end = (float(in_dtype(who, x.item() if isinstance(x, Tensor) else x, dtype)) for x in (start, end))
    return xp().linspace(start, end, steps)


def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """The powers of base with exponents at equal distances from start to end, both included.

    Args:
        start, end: numbers, the first and the last exponent; for an integer dtype they are cut to integers first.
        steps: how many, at least 0; 1 gives base**start.
        base: a number.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Raises:
        RuntimeError: steps is negative.

    Example:
        >>> import tinyreg
        >>> tinyreg.logspace(-1, 1, 3)
        tensor([ 0.1000,  1.0000, 10.0000])
    """
    check_device(device)
    check_number("logspace", base=base)
    dtype = np.dtype(dtype or get_default_dtype())
    return _new((float(base) ** _spaced("logspace", start, end, steps, dtype)).astype(dtype, copy=False), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix, or an n x m matrix with ones on its diagonal.

    Args:
        n: rows, at least 0.
        m: columns; None for n.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Example:
        >>> import tinyreg
        >>> tinyreg.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    check_device(device)
    rows, columns = _shape("eye", (n, n if m is None else m))
    return _new(xp().eye(rows, columns, dtype=dtype or get_default_dtype()), requires_grad)


def rand(
    *sizes: Sizes, size: Sequence[int] | None = None, generator: Generator | None = None, dtype: DType = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Uniform random numbers in [0, 1).

    Args:
        sizes, size: integers, or one tuple of them; at least 0 each.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Example:
        >>> import tinyreg
        >>> _ = tinyreg.manual_seed(0)
        >>> x = tinyreg.rand(1000)
        >>> bool(x.min() >= 0), bool(x.max() < 1)
        (True, True)
    """
    check_device(device)
    dtype = _floating("rand", dtype or get_default_dtype())
    return _new(chosen_generator(generator).uniform(_shape("rand", sizes, size), dtype=dtype), requires_grad)


def _floating(who, dtype):
    if np.dtype(dtype).kind != "f":
        raise NotImplementedError(f"{who}: dtype must be floating point, got {np.dtype(dtype)}; give dtype=tinyreg.float32, or use randint")
    return dtype


def randn(
    *sizes: Sizes, size: Sequence[int] | None = None, generator: Generator | None = None, dtype: DType = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Standard normal random numbers.

    Args:
        sizes, size: integers, or one tuple of them; at least 0 each.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Example:
        >>> import tinyreg
        >>> _ = tinyreg.manual_seed(0)
        >>> tinyreg.randn(2, 3).shape
        Size([2, 3])
    """
    check_device(device)
    dtype = _floating("randn", dtype or get_default_dtype())
    return _new(chosen_generator(generator).normal(_shape("randn", sizes, size), dtype=dtype), requires_grad)


def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Uniform random numbers in the shape and dtype of input.

    Args:
        input: Tensor, of which only shape and dtype count.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, input's, which must be floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.rand_like(tinyreg.zeros(2, 3)).shape
        Size([2, 3])
    """
    check_tensor("rand_like", input)
    dtype = dtype or input.array.dtype
    return rand(input.array.shape, generator=generator, dtype=dtype, device=device, requires_grad=requires_grad)


def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Standard normal random numbers in the shape and dtype of input.

    Args:
        input: Tensor, of which only shape and dtype count.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, input's, which must be floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.randn_like(tinyreg.zeros(2, 3)).shape
        Size([2, 3])
    """
    check_tensor("randn_like", input)
    dtype = dtype or input.array.dtype
    return randn(input.array.shape, generator=generator, dtype=dtype, device=device, requires_grad=requires_grad)


def randint_like(
    input: Tensor,
    low: int | None = None,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Random integers in [low, high) in the shape and dtype of input: randint_like(x, high) or randint_like(x, low, high).

    Args:
        input: Tensor, of which only shape and dtype count.
        low: the smallest integer; 0 where only high is given.
        high: above the largest, so more than low.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Raises:
        RuntimeError: low is not below high.

    Example:
        >>> import tinyreg
        >>> tinyreg.randint_like(tinyreg.zeros(2), 5, 6)
        tensor([5., 5.])
    """
    check_tensor("randint_like", input)
    return randint(low, high, input.shape, generator=generator, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


def randint(
    low: int | None = None, high: int | Sequence[int] | None = None, size: Sequence[int] | None = None, *,
    generator: Generator | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Random integers in [low, high): randint(high, size) or randint(low, high, size).

    Args:
        low: the smallest integer; 0 where only high is given.
        high: above the largest, so more than low.
        size: a tuple of integers.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, int64.

    Raises:
        RuntimeError: low is not below high; a dtype that cannot hold them.
        TypeError: no size.

    Example:
        >>> import tinyreg
        >>> tinyreg.randint(5, 6, (3,)), tinyreg.randint(10, size=(1, 4)).shape
        (tensor([5, 5, 5]), Size([1, 4]))
    """
    check_device(device)
    given: Any = (0, low, high) if size is None else (0, low, size) if high is None else (0 if low is None else low, high, size)
    least, above, sizes = given
    if sizes is None:
        raise TypeError(f"randint: size must be given, got randint({above}); give a tuple such as size=(1, 4)")
    least, above = integer("randint", low=least), integer("randint", high=above)
    if least >= above:
        raise RuntimeError(f"randint: low must lie below high, got low={least}, high={above}; high is not drawn itself")
    in_dtype("randint", max(above - 1, -1 - least), np.dtype(dtype or int64))  # the end that reaches farther
    draws = chosen_generator(generator).integers(least, above, _shape("randint", (sizes,)), dtype=dtype or int64)
    return _new(draws, requires_grad)


def randperm(n: int, *, generator: Generator | None = None, dtype: DType = None, device: Device = None) -> Tensor:
    """The numbers 0 to n - 1 in random order.

    Args:
        n: how many, at least 0.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device: as in tensor; without a dtype, int64.

    Raises:
        RuntimeError: n is negative.

    Example:
        >>> import tinyreg
        >>> sorted(tinyreg.randperm(4).tolist())
        [0, 1, 2, 3]
    """
    check_device(device)
    n = integer("randperm", n=n)
    if n < 0:
        raise RuntimeError(f"randperm: n must be at least 0, got {n}; it counts the numbers")
    return wrap(xp().asarray(chosen_generator(generator).permutation(n)).astype(dtype or int64))


def normal(
    mean: Tensor | float, std: Tensor | float = 1.0, size: Sequence[int] | None = None, *, generator: Generator | None = None,
    dtype: DType = None, device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal random numbers; mean and std are numbers (with size) or tensors that broadcast.

    Args:
        mean: a number, or a Tensor with one for each element.
        std: the same, at least 0; at 0 every element is the mean.
        size: a tuple of integers, where mean and std are numbers; else left out.
        generator: a tinyreg.Generator to draw from; None for the default one.
        dtype, device, requires_grad: as in tensor; without a dtype, the default one (float32).

    Raises:
        RuntimeError: a std below 0.
        TypeError: two numbers without a size, a tensor with one.

    Example:
        >>> import tinyreg
        >>> tinyreg.normal(tinyreg.tensor([1.0, 2.0]), 0.0)
        tensor([1., 2.])
        >>> tinyreg.normal(0.0, 1.0, (2, 3)).shape
        Size([2, 3])
    """
    check_device(device)
    numbers = not isinstance(mean, Tensor) and not isinstance(std, Tensor)
    if numbers and size is None:
        raise TypeError(f"normal: size must be given where mean and std are numbers, got mean={mean}, std={std}; pass size=(2, 3)")
    if size is not None and not numbers:
        raise TypeError(f"normal: size must be left out where mean or std is a tensor, got size={size}; expand the tensor first")
    smallest = std.array.min(initial=0) if isinstance(std, Tensor) else std
    if smallest < 0:
        raise RuntimeError(f"normal: std must not be negative, got {smallest}; it is a standard deviation")
    drawn: Any = None if numbers else mean + std
    size = drawn.shape if size is None else _shape("normal", (size,))
    with no_grad():  # a draw has no gradient; write mean + std * randn_like(mean) for the one of its formula
        draws = randn(size, generator=generator, dtype=dtype) * std + mean
    return _new(draws.array, requires_grad)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """0 or 1 for each element, 1 with the probability that the element names, or with probability p.

    Args:
        input: floating point Tensor of probabilities, in [0, 1]: 0 gives 0, 1 gives 1. With p, of which only shape and
            dtype count.
        p: None, or one probability for all elements.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: a probability outside [0, 1].
        NotImplementedError: integers that would be probabilities.

    Example:
        >>> import tinyreg
        >>> tinyreg.bernoulli(tinyreg.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    check_tensor("bernoulli", input)
    chances: Any = input.array
    if p is None:
        _floating("bernoulli", input.array.dtype)
        low, high = (chances.min(), chances.max()) if chances.size else (0, 0)
    else:
        if isinstance(p, Tensor) and p.array.ndim:
            raise TypeError(f"bernoulli: p must be one number, got shape {tuple(p.array.shape)}; give many as bernoulli(p)")
        check_number("bernoulli", p=p)
        low = high = chances = float(p)
    require(
        (low >= 0) & (high <= 1),
        lambda: RuntimeError(f"bernoulli: p must lie in [0, 1], got values from {float(low)} to {float(high)}; it is the chance of a 1"),
    )
    draws = chosen_generator(generator).uniform(input.array.shape, dtype=float32)
    return wrap((draws < chances).astype(input.array.dtype))


def new(input: Tensor, *data: Any) -> Tensor:
    """A tensor of input's dtype: new(2, 3) of this size, new([1, 2]) with these values (PyTorch's older form).

    Args:
        input: Tensor, of which only the dtype counts.
        data: integers, which are a size, or data as in tensor.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(2, dtype=tinyreg.float64)
        >>> x.new(2, 3).shape, x.new([1, 2])
        (Size([2, 3]), tensor([1., 2.], dtype=tinyreg.float64))
    """
    with no_grad():
        return Tensor(*data).to(input.array.dtype)


def new_zeros(
    input: Tensor, *sizes: Sizes, size: Sequence[int] | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Zeros of input's dtype.

    Args:
        input: Tensor, of which only the dtype counts.
        sizes, size: integers or one tuple of them.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3).new_zeros(2)
        tensor([0, 0])
    """
    return zeros(*sizes, size=size, dtype=dtype or input.array.dtype, device=device, requires_grad=requires_grad)


def new_empty(
    input: Tensor, *sizes: Sizes, size: Sequence[int] | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of input's dtype with whatever its memory held.

    Args:
        input: Tensor, of which only the dtype counts.
        sizes, size: integers or one tuple of them.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3).new_empty(2).shape
        Size([2])
    """
    return empty(*sizes, size=size, dtype=dtype or input.array.dtype, device=device, requires_grad=requires_grad)


def new_ones(
    input: Tensor, *sizes: Sizes, size: Sequence[int] | None = None, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Ones of input's dtype.

    Args:
        input: Tensor, of which only the dtype counts.
        sizes, size: integers or one tuple of them.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3).new_ones(2)
        tensor([1, 1])
    """
    return ones(*sizes, size=size, dtype=dtype or input.array.dtype, device=device, requires_grad=requires_grad)


def new_full(
    input: Tensor, size: Sizes, fill_value: Tensor | float, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """One value, in input's dtype.

    Args:
        input: Tensor, of which only the dtype counts.
        size: a tuple of integers.
        fill_value: a number.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3).new_full((2,), 7)
        tensor([7, 7])
    """
    return full(size, fill_value, dtype=dtype or input.array.dtype, device=device, requires_grad=requires_grad)


def new_tensor(input: Tensor, data: Any, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """A copy of data in input's dtype.

    Args:
        input: Tensor, of which only the dtype counts.
        data: as in tensor.
        dtype, device, requires_grad: as in tensor; without a dtype, input's.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(3).new_tensor([1.0, 2.0])
        tensor([1, 2])
    """
    return tensor(data, dtype=dtype or input.array.dtype, device=device, requires_grad=requires_grad)
