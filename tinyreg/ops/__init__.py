"""The primitives, one family a file, and the table that puts them on Tensor.

A function takes `input` first, so that the same function is tinyreg.relu(x), x.relu() and the derivation's address.
Read the table below to know what a Tensor can do; read the family's file to know how.
"""

from functools import wraps

from ..autograd import Tensor
from ..autograd.in_place import write
from . import (
    activation,
    arithmetic,
    comparison,
    conversion,
    creation,
    elementwise,
    extremum,
    indexing,
    joining,
    linear_algebra,
    reduction,
    shaping,
)

# name of the method and of the function -> family
FUNCTIONS = {
    arithmetic: "add sub mul div pow neg floor_divide remainder",
    elementwise: "exp log sqrt rsqrt abs square sign clamp maximum minimum floor ceil round trunc reciprocal log1p expm1 sin cos",
    activation: "relu sigmoid tanh softmax log_softmax",
    comparison: "eq ne lt le gt ge isnan isinf isfinite equal allclose isclose masked_fill "
    "logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not",
    indexing: "gather index_select",
    reduction: "sum mean var std logsumexp norm all any",
    extremum: "amax amin max min argmax argmin",
    shaping: "reshape permute transpose t squeeze unsqueeze flatten broadcast_to",
    joining: "chunk split unbind",
    linear_algebra: "matmul mm bmm mv dot",
    conversion: "clone",
}

# functions that exist without being methods
FREE_FUNCTIONS = {
    comparison: "where",
    joining: "cat stack",
    creation: "tensor as_tensor from_numpy zeros ones empty full zeros_like ones_like empty_like full_like arange linspace eye "
    "rand randn rand_like randn_like randint randperm normal bernoulli",
}

# methods that are not functions of the namespace
METHODS = {
    shaping: "view view_as expand expand_as contiguous",
    conversion: "to cpu cuda type_as half float double char byte short int long bool copy_ pin_memory",
    creation: "fill_ zero_ uniform_ normal_ bernoulli_ new new_zeros new_ones new_full new_tensor bernoulli",
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
    "add sub mul div pow neg floor_divide remainder exp log sqrt abs square clamp floor ceil round trunc reciprocal "
    "relu sigmoid tanh masked_fill"
)
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
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "absolute": "abs",
    "clip": "clamp",
    "greater": "gt",
    "less": "lt",
}

# PyTorch lets these be called with NumPy's words, too: x.sum(axis=1, keepdims=True)
NUMPY_WORDS = "sum mean var std amax amin max min argmax argmin logsumexp all any squeeze unsqueeze cat stack".split()


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


def _named(table):
    found = {name: getattr(family, name) for family, names in table.items() for name in names.split()}
    return {name: _with_numpy_words(function) if name in NUMPY_WORDS else function for name, function in found.items()}


_methods = _named(FUNCTIONS)
functions = {**_methods, **_named(FREE_FUNCTIONS)}
functions.update({alias: functions[name] for alias, name in ALIASES.items()})
_methods |= {**_named(METHODS), **OPERATORS}
_methods.update({alias: _methods[name] for alias, name in ALIASES.items() if name in _methods})
_methods.update({f"{name}_": _in_place(functions[name], f"{name}_") for name in IN_PLACE.split()})
_methods.update({name: _in_place(functions[of], name) for name, of in IN_PLACE_OPERATORS.items()})
for _name, _function in _methods.items():
    setattr(Tensor, _name, _function)
for _name, _function in PROPERTIES.items():
    setattr(Tensor, _name, property(_function))
