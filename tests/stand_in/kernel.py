"""Elementwise functions: cupy.add and its like."""

import numpy as np

from tests.stand_in.array import Traced, fresh, meet, operand, traffic

SCATTERS = {"add": "iuf", "subtract": "iu", "maximum": "iuf", "minimum": "iuf", "bitwise_and": "iu", "bitwise_or": "iu"}


class Ufunc:
    """One kernel, a result in C order whatever the layout of the inputs; of NumPy's options only out, casting and dtype."""

    def __init__(self, name):
        self.name, self.numpy = name, getattr(np, name)
        self.nin = self.numpy.nin

    def __call__(self, *inputs, **options):
        wrong = {key: value for key, value in options.items() if key not in ("out", "casting", "dtype")}
        if wrong:
            raise TypeError(f"Wrong arguments {wrong}")
        if len(inputs) > self.nin:
            inputs, options["out"] = inputs[: self.nin], inputs[self.nin]
        out = options.pop("out", None)
        out = out[0] if isinstance(out, tuple) else out
        hosts = [operand(x) for x in inputs]
        if any(isinstance(x, Traced) for x in inputs):
            return self._traced(inputs, hosts, out, options)
        traffic.launch(self.name)
        if out is not None:
            options["out"] = operand(out)
        elif self.name != "matmul":
            options["order"] = "C"
        with np.errstate(all="ignore"):
            result = self.numpy(*hosts, **options)
        if out is not None:
            return out
        return tuple(fresh(x) for x in result) if isinstance(result, tuple) else fresh(result)

    def _traced(self, inputs, hosts, out, options):
        if self.name == "matmul":
            raise TypeError("unsupported operand type(s) for @: '_ArrayProxy' and '_ArrayProxy'")
        if not any(isinstance(x, np.ndarray) for x in hosts):
            raise TypeError("two numbers in a fused function make a float64 of what they meet: compute with them outside")
        reduced = meet(inputs)
        with np.errstate(all="ignore"):
            result = self.numpy(*hosts, **options)
        if out is not None:
            out.host[...] = result
            return out
        return Traced(np.asarray(result), reduced)

    def at(self, a, indices, b=None):
        if a.dtype.kind not in SCATTERS.get(self.name, ""):
            raise NotImplementedError(f"`cupy_{self.name}.at` is not supported yet")
        traffic.launch(f"{self.name}.at")
        key = tuple(operand(i) for i in indices) if isinstance(indices, tuple) else operand(indices)
        self.numpy.at(a.host, key, operand(b))

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False):
        return self._as("reduce", {"add": "sum", "multiply": "prod"}, array, axis, dtype, out, keepdims)

    def accumulate(self, array, axis=0, dtype=None, out=None):
        return self._as("accumulate", {"add": "cumsum", "multiply": "cumprod"}, array, axis, dtype, out)

    def _as(self, method, names, array, *arguments):
        if self.name not in names:
            raise NotImplementedError(f"`cupy_{self.name}.{method}` is not supported yet")
        return getattr(array, names[self.name])(*arguments)

    def outer(self, a, b, **options):
        return self(a.reshape(a.shape + (1,) * b.ndim), b, **options)
