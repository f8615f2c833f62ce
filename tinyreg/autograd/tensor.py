"""Tensor: a raw array, its gradient, and the operation that made it.

    array            the NumPy or CuPy array
    requires_grad    whether a gradient is wanted
    grad             the gradient, a Tensor or None (leaves, and those that called retain_grad)
    edge             None for a leaf, else the operation that made it (function.py says how it is written)
    base             of a view: the tensor whose memory it shows
    views            weak references to the views of it, by their ids
    account          of a gradient that backward made: what is known of it (account.py)
    touches          of a weight: who acted on it (touches.py)
    computed         of a weight that a module computes: which module, under which name

Operators and methods that compute are not here: the table in ops/__init__.py puts them on.
"""

import copy

import numpy as np

from .. import backend


class Size(tuple):
    """The shape of a Tensor: a tuple that also counts its elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3).shape.numel()
        6
    """

    def numel(self):
        """The product of the sizes.

        Example:
            >>> import tinyreg
            >>> tinyreg.Size([2, 3]).numel()
            6
        """
        count = 1
        for size in self:
            count *= size
        return count

    def __repr__(self):
        return f"Size({list(self)})"


_NOTES = {"account", "touches", "computed"}
_MEMORY_AND_HOOKS = {"base", "views", "untracked", "leaf_hooks", "retained", *_NOTES}  # what a copy does not take along


class Tensor:
    """An array that can be differentiated. `tinyreg.tensor(data)` makes one from anything.

    The class itself is PyTorch's older constructor: `Tensor([1, 2])` holds floats, `Tensor(2, 3)` zeros.

    Args:
        data: integers, which are a size, or one list, array, or Tensor, which is copied; nothing for no elements.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
    """

    __slots__ = ("array", "_requires_grad", "_grad", "edge", "__dict__", "__weakref__")
    __array_ufunc__ = None  # an ndarray on the left hands over to us instead of dropping the graph
    __array_priority__ = 1000
    repr_prefix = ""
    base = None
    views: dict = {}
    untracked = False  # writes in place go unseen by backward: what .data returns
    leaf_hooks = None
    retained = None  # the handle of the hook that retain_grad put
    account = touches = computed = None

    def __init__(self, *data):
        if len(data) == 1 and not isinstance(data[0], int):
            array = data[0].array if isinstance(data[0], Tensor) else data[0]
            array = backend.xp().array(array, dtype=backend.get_default_dtype())
        else:
            array = backend.xp().zeros(data or (0,), dtype=backend.get_default_dtype())
        self.array = array
        self._requires_grad = False
        self._grad = self.edge = None

    # what it is

    @property
    def requires_grad(self):
        """Whether operations on it are recorded so that backward reaches it."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted):
        self.requires_grad_(wanted)

    def requires_grad_(self, requires_grad=True):
        """Ask for a gradient (or no longer), in place.

        Args:
            requires_grad: True records operations on it from now on; False, for a leaf only, ends that.

        Raises:
            RuntimeError: a tensor of integers or bools, or False for the output of an operation.

        Example:
            >>> import tinyreg
            >>> tinyreg.ones(2).requires_grad_()
            tensor([1., 1.], requires_grad=True)
        """
        if requires_grad and self.array.dtype.kind != "f":
            raise RuntimeError(
                f"requires_grad_: only floating point tensors have gradients, got dtype {self.array.dtype}; convert with .float()"
            )
        if not requires_grad and self.edge is not None:
            raise RuntimeError(f"requires_grad_: only a leaf can stop requiring grad, got the output of {self.grad_fn}; use .detach()")
        self._requires_grad = bool(requires_grad)
        return self

    @property
    def grad(self):
        """The gradient that backward has added up, or None."""
        return self._grad

    @grad.setter
    def grad(self, grad):
        if grad is not None:
            if not isinstance(grad, Tensor):
                raise TypeError(f"grad: must be a Tensor or None, got {type(grad).__name__}; wrap it with tinyreg.tensor")
            if grad.array.shape != self.array.shape or grad.array.dtype != self.array.dtype:
                wanted, got = ((x.array.shape, str(x.array.dtype)) for x in (self, grad))
                raise RuntimeError(f"grad: must have the tensor's shape and dtype {wanted}, got {got}; reshape or convert it")
        self._grad = grad

    @property
    def grad_fn(self):
        """The operation that made it, None for a leaf."""
        return getattr(self.edge, "ctx", self.edge)

    @property
    def is_leaf(self):
        """Whether it was made by the user, not by a recorded operation."""
        return self.edge is None

    @property
    def shape(self):
        """The size of each dimension."""
        return Size(self.array.shape)

    @property
    def dtype(self):
        """The type of its elements: tinyreg.float32, tinyreg.int64, ... (NumPy's dtypes)."""
        return self.array.dtype

    @property
    def ndim(self):
        """The number of dimensions."""
        return self.array.ndim

    def dim(self):
        """The number of dimensions.

        Example:
            >>> import tinyreg
            >>> tinyreg.zeros(2, 3).dim()
            2
        """
        return self.array.ndim

    ndimension = dim

    def numel(self):
        """The number of elements.

        Example:
            >>> import tinyreg
            >>> tinyreg.zeros(2, 3).numel()
            6
        """
        return self.array.size

    nelement = numel

    def element_size(self):
        """Bytes of one element.

        Example:
            >>> import tinyreg
            >>> tinyreg.zeros(2).element_size()
            4
        """
        return self.array.itemsize

    def is_floating_point(self):
        """Whether its elements are floating point numbers.

        Example:
            >>> import tinyreg
            >>> tinyreg.zeros(2).is_floating_point(), tinyreg.arange(2).is_floating_point()
            (True, False)
        """
        return self.array.dtype.kind == "f"

    def is_contiguous(self):
        """Whether its memory is in row-major order without gaps.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.zeros(2, 3)
            >>> x.is_contiguous(), x.T.is_contiguous()
            (True, False)
        """
        return self.array.flags.c_contiguous

    def data_ptr(self):
        """The address of its first element.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.zeros(2, 3)
            >>> x.data_ptr() == x.T.data_ptr()
            True
        """
        return self.array.ctypes.data if isinstance(self.array, np.ndarray) else self.array.data.ptr

    # the same memory, outside the graph

    @property
    def data(self):
        """The same memory, detached; writes through it go unseen by the graph."""
        result = wrap(self.array)
        result.untracked = True
        return result

    @data.setter
    def data(self, new):
        if not isinstance(new, Tensor):
            raise TypeError(f"data: must be a Tensor, got {type(new).__name__}; wrap it with tinyreg.tensor")
        self.array = new.array
        if self.base is not None:
            self.base = None

    def detach(self):
        """The same memory, outside the graph; writes in place through either are noticed.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
            >>> (x * 2).detach()
            tensor([2., 4.])
        """
        result = wrap(self.array)
        if self.untracked:
            result.untracked = True
        return result

    def detach_(self):
        """Leave the graph, in place.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
            >>> (x * 2).detach_().requires_grad
            False
        """
        self.edge, self._requires_grad = None, False
        return self

    # out of the tensor

    def numpy(self):
        """The values as a NumPy array; shares memory on the CPU, copies from a GPU.

        Raises:
            RuntimeError: the tensor requires grad.

        Example:
            >>> import tinyreg
            >>> tinyreg.arange(3).numpy()
            array([0, 1, 2])
        """
        if self._requires_grad:
            raise RuntimeError("numpy: must not require grad, got requires_grad=True; use .detach().numpy()")
        return backend.to_numpy(self.array)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def item(self):
        """The value of a tensor of one element, as a Python number.

        Raises:
            RuntimeError: more or fewer than one element.

        Example:
            >>> import tinyreg
            >>> tinyreg.tensor([0.5]).item()
            0.5
        """
        if self.array.size != 1:
            raise RuntimeError(f"item: must have one element, got shape {self.array.shape}; use .tolist()")
        return backend.to_numpy(self.array).item()

    def tolist(self):
        """The values as nested lists of Python numbers.

        Example:
            >>> import tinyreg
            >>> tinyreg.eye(2).tolist()
            [[1.0, 0.0], [0.0, 1.0]]
        """
        return backend.to_numpy(self.array).tolist()

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __complex__(self):
        return complex(self.item())

    def __index__(self):
        if self.array.dtype.kind not in "iub" or self.array.size != 1:
            raise TypeError(
                f"index: must be an integer tensor of one element, got dtype {self.array.dtype} and shape {self.array.shape}; use .long()"
            )
        return int(self.array.item())

    def __bool__(self):
        if self.array.size != 1:
            raise RuntimeError(f"bool: must have one element, got shape {self.array.shape}; use .all() or .any()")
        return bool(self.array.item())

    def __len__(self):
        if self.array.ndim == 0:
            raise TypeError("len: must have a dimension, got a 0-d tensor; use .numel()")
        return self.array.shape[0]

    def __iter__(self):
        if self.array.ndim == 0:
            raise TypeError("iteration: must have a dimension, got a 0-d tensor; use .item()")
        return (self[i] for i in range(self.array.shape[0]))

    def __contains__(self, value):
        return bool((self.array == (value.array if isinstance(value, Tensor) else value)).any())

    __hash__ = object.__hash__  # a tensor is itself; == compares elements

    def __format__(self, spec):
        return format(self.item(), spec) if self.array.ndim == 0 else object.__format__(self, spec)

    def __repr__(self):
        from .printing import tensor_repr

        return tensor_repr(self)

    def __deepcopy__(self, memo):
        if self.edge is not None:
            raise RuntimeError(f"deepcopy: only leaves can be copied, got the output of {self.grad_fn}; use .detach() or .clone()")
        result = wrap(self.array.copy(), type(self))
        memo[id(self)] = result
        result._requires_grad = self._requires_grad
        result._grad = copy.deepcopy(self._grad, memo)
        own = {name: value for name, value in self.__dict__.items() if name not in _MEMORY_AND_HOOKS}
        result.__dict__.update(copy.deepcopy(own, memo))
        return result

    def __getstate__(self):
        own = {name: value for name, value in self.__dict__.items() if name not in _NOTES}
        return own, {name: getattr(self, name) for name in ("array", "_requires_grad", "_grad", "edge")}

    # backward

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        """Add the derivative of this tensor to the .grad of every leaf that it was computed from.

        Args:
            gradient: the cotangent, of this tensor's shape; 1 for a tensor of one element.
            retain_graph: keep what the operations saved, so that backward can run again.
            create_graph: refused: derivatives are written on arrays and are differentiable once.
            inputs: the only tensors whose .grad is added to, a Tensor or a sequence; None is every leaf.

        Raises:
            RuntimeError: nothing requires grad; no gradient for several elements, or one of another shape; a second
                backward without retain_graph.
            NotImplementedError: create_graph.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
            >>> (x * x).backward(tinyreg.tensor([1.0, 10.0]))
            >>> x.grad
            tensor([ 2., 40.])
        """
        from .gradients import backward

        backward([self], [gradient], retain_graph, create_graph, inputs)

    def retain_grad(self):
        """Keep the gradient of a tensor that is not a leaf in its .grad, too.

        Raises:
            RuntimeError: the tensor does not require grad.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
            >>> y = x * 2
            >>> y.retain_grad()
            >>> y.sum().backward()
            >>> y.grad
            tensor([1., 1.])
        """
        from .hooks import retain

        retain(self)

    def register_hook(self, function):
        """Call function(grad) when the gradient of this tensor is known; what it returns, if anything, replaces it.

        Returns a handle whose remove() takes the hook away.

        Args:
            function: takes the gradient, a Tensor, and returns None or a Tensor of its shape.

        Raises:
            RuntimeError: the tensor does not require grad; in backward, a replacement of another shape.

        Example:
            >>> import tinyreg
            >>> x = tinyreg.tensor([1.0, 2.0], requires_grad=True)
            >>> handle = x.register_hook(lambda grad: grad * 10)
            >>> x.sum().backward()
            >>> x.grad
            tensor([10., 10.])
            >>> handle.remove()
        """
        from .hooks import hook

        return hook(self, function)


def wrap(array, cls=Tensor):
    """A Tensor around a raw array, without a copy (a NumPy scalar becomes a 0-d array)."""
    tensor = object.__new__(cls)
    tensor.array = np.asarray(array) if isinstance(array, np.generic) else array
    tensor._requires_grad = False
    tensor._grad = tensor.edge = None
    return tensor
