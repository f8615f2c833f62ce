"""The primitives, one family a file, and the table that puts them on Tensor.

A function takes `input` first, so that the same function is tinyreg.relu(x), x.relu() and the derivation's address.
Read the table below to know what a Tensor can do; read the family's file to know how.
"""

from functools import wraps

from ..autograd import Tensor
from ..autograd.in_place import turn, write
from . import (
    activation,
    arithmetic,
    combination,
    comparison,
    conversion,
    counting,
    creation,
    diagonal,
    einsum,
    elementwise,
    error_function,
    extremum,
    filling,
    gathering,
    indexing,
    joining,
    linear_algebra,
    norm,
    rectifier,
    reduction,
    repetition,
    rounding,
    scan,
    shaping,
    softmax,
    sorting,
    tensor_types,
    triangle,
    trigonometry,
    turning,
)

# name of the method and of the function -> family
FUNCTIONS = {
    arithmetic: "add sub mul div pow neg floor_divide remainder fmod",
    combination: "lerp addcmul addcdiv",
    elementwise: "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt abs square reciprocal "
    "clamp clamp_min clamp_max maximum minimum",
    rounding: "sign floor ceil round trunc frac",
    trigonometry: "sin cos tan asin acos atan atan2 sinh cosh",
    error_function: "erf",
    activation: "sigmoid logit tanh",
    rectifier: "relu",
    softmax: "softmax log_softmax",
    comparison: "eq ne lt le gt ge isnan isinf isfinite equal allclose isclose masked_fill "
    "logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not",
    indexing: "masked_select take",
    gathering: "gather take_along_dim scatter scatter_add index_select index_add index_copy index_fill",
    reduction: "sum mean var std nansum nanmean logsumexp all any",
    norm: "norm",
    scan: "cumsum cumprod prod",
    extremum: "amax amin aminmax max min argmax argmin",
    sorting: "sort argsort topk median",
    counting: "nonzero count_nonzero unique unique_consecutive bincount",
    shaping: "reshape permute transpose swapaxes movedim t squeeze unsqueeze flatten unflatten ravel broadcast_to",
    joining: "chunk split tensor_split narrow select unbind",
    repetition: "repeat_interleave tile",
    turning: "flip fliplr flipud roll rot90",
    diagonal: "diag diag_embed diagonal trace",
    triangle: "tril triu",
    linear_algebra: "matmul mm bmm mv dot outer addmm addmv baddbmm",
    conversion: "clone",
}

# functions that exist without being methods
FREE_FUNCTIONS = {
    arithmetic: "rsub",
    reduction: "var_mean std_mean",
    comparison: "where",
    shaping: "broadcast_shapes broadcast_tensors meshgrid numel",
    joining: "cat stack hstack vstack dstack",
    triangle: "tril_indices triu_indices",
    einsum: "einsum tensordot",
    tensor_types: "FloatTensor DoubleTensor HalfTensor BoolTensor CharTensor ByteTensor ShortTensor IntTensor LongTensor",
    creation: "tensor as_tensor from_numpy zeros ones empty full zeros_like ones_like empty_like full_like arange linspace logspace eye "
    "rand randn rand_like randn_like randint_like randint randperm normal bernoulli",
}

# methods that are not functions of the namespace
METHODS = {
    shaping: "view view_as expand expand_as contiguous size stride",
    repetition: "repeat",
    tensor_types: "type",
    conversion: "to cpu cuda type_as half float double char byte short int long bool copy_ pin_memory",
    filling: "fill_ zero_ uniform_ normal_ bernoulli_ random_",
    creation: "new new_zeros new_empty new_ones new_full new_tensor bernoulli",
}

OPERATORS = {
    "__add__": arithmetic.plus,
    "__radd__": arithmetic.plus,
    "__sub__": arithmetic.sub,
    "__rsub__": arithmetic.rsub,
    "__mul__": arithmetic.mul,
    "__rmul__": arithmetic.mul,
    "__truediv__": arithmetic.div,
    "__rtruediv__": arithmetic.rdiv,
    "__floordiv__": arithmetic.floor_divide,
    "__rfloordiv__": arithmetic.rfloor_divide,
    "__mod__": arithmetic.remainder,
    "__rmod__": arithmetic.rremainder,
    "__pow__": arithmetic.pow,
    "__rpow__": arithmetic.rpow,
    "__neg__": arithmetic.neg,
    "__abs__": elementwise.abs,
    "__matmul__": linear_algebra.matmul,
    "__rmatmul__": linear_algebra.rmatmul,
    "__eq__": comparison.equals,
    "__ne__": comparison.differs,
    "__lt__": comparison.lt,
    "__le__": comparison.le,
    "__gt__": comparison.gt,
    "__ge__": comparison.ge,
    "__invert__": comparison.bitwise_not,
    "__and__": comparison.bitwise_and,
    "__rand__": comparison.bitwise_and,
    "__or__": comparison.bitwise_or,
    "__ror__": comparison.bitwise_or,
    "__xor__": comparison.bitwise_xor,
    "__rxor__": comparison.bitwise_xor,
    "__getitem__": indexing.getitem,
    "__setitem__": indexing.setitem,
    "where": comparison.where_method,
}

PROPERTIES = {"T": shaping.T, "mT": shaping.mT, "device": conversion.get_device, "is_cuda": conversion.is_cuda}

# x.add_(y) computes x.add(y) and writes it into x
IN_PLACE = (
    "add sub mul div pow neg floor_divide remainder fmod lerp addcmul addcdiv "
    "exp exp2 expm1 log log2 log10 log1p logit erf sqrt rsqrt abs square reciprocal clamp clamp_min clamp_max "
    "sign floor ceil round trunc frac sin cos tan asin acos atan atan2 sinh cosh cumsum cumprod "
    "eq ne lt le gt ge logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not "
    "relu sigmoid tanh masked_fill tril triu scatter scatter_add index_add index_copy index_fill addmm addmv baddbmm"
)
# x.t_() gives x itself the shape of x.t()
IN_PLACE_SHAPES = "squeeze unsqueeze t transpose swapaxes"
IN_PLACE_OPERATORS = {
    "__iadd__": "add",
    "__isub__": "sub",
    "__imul__": "mul",
    "__itruediv__": "div",
    "__ifloordiv__": "floor_divide",
    "__imod__": "remainder",
    "__ipow__": "pow",
}

ALIASES = {
    "concat": "cat",
    "ger": "outer",
    "concatenate": "cat",
    "swapdims": "transpose",
    "moveaxis": "movedim",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "absolute": "abs",
    "clip": "clamp",
    "fix": "trunc",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "not_equal": "ne",
}

# PyTorch lets these be called with NumPy's words, too: x.sum(axis=1, keepdims=True)
NUMPY_WORDS = (
    "sum mean var std var_mean std_mean nansum nanmean prod cumsum cumprod amax amin aminmax max min argmax argmin logsumexp all any "
    "count_nonzero sort argsort topk median squeeze unsqueeze cat stack"
).split()


def _with_numpy_words(function):
    @wraps(function)
    def door(*args, **kwargs):
        if kwargs:
            for word, name in (("axis", "dim"), ("keepdims", "keepdim")):
                if word in kwargs and name not in kwargs:
                    kwargs[name] = kwargs.pop(word)
        return function(*args, **kwargs)

    return door


def _in_place(function, name):
    @wraps(function)  # help() and the type stub show the function's own arguments
    def method(self, *args, **kwargs):
        return write(self, function(self, *args, **kwargs), name)

    method.__name__ = name
    method.__doc__ = f"{function.__name__}, written into the tensor itself; the result replaces its values and is recorded."
    return method


def _turned(function, name):
    @wraps(function)
    def method(self, *args, **kwargs):
        return turn(self, function(self, *args, **kwargs), name)

    method.__name__ = name
    method.__doc__ = f"{function.__name__}, of the tensor itself: it becomes that view of its own memory, and this is recorded."
    return method


def _named(table):
    found = {name: getattr(family, name) for family, names in table.items() for name in names.split()}
    return {name: _with_numpy_words(function) if name in NUMPY_WORDS else function for name, function in found.items()}


_methods = _named(FUNCTIONS)
functions = {**_methods, **_named(FREE_FUNCTIONS)}
functions.update({alias: functions[name] for alias, name in ALIASES.items()})
_methods |= {**_named(METHODS), **OPERATORS}
_methods.update({alias: _methods[name] for alias, name in ALIASES.items() if name in _methods})
_methods.update({f"{name}_": _in_place(functions[name], f"{name}_") for name in IN_PLACE.split()})
_methods.update({f"{name}_": _turned(functions[name], f"{name}_") for name in IN_PLACE_SHAPES.split()})
_methods.update({f"{alias}_": _methods[f"{name}_"] for alias, name in ALIASES.items() if f"{name}_" in _methods})
_methods.update({name: _in_place(functions[of], name) for name, of in IN_PLACE_OPERATORS.items()})
for _name, _function in _methods.items():
    setattr(Tensor, _name, _function)
for _name, _function in PROPERTIES.items():
    setattr(Tensor, _name, property(_function))
