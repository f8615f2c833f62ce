"""The stand-in for the module cupy: NumPy's functions behind CuPy's names, parameters and refusals.

`library` has the names that surface.json lists, and no others. A function takes the parameters that CuPy's takes; arrays
must be device arrays, and results are device arrays, 0-d ones included, in C order unless CuPy keeps an input's.
"""

import types

import numpy as np

from tests.stand_in import functions
from tests.stand_in.array import NUMPY_SCALARS, Traced, adopted, fresh, ndarray, put_operators, root, traffic, unsupported, views_or_fresh
from tests.stand_in.generator import Generator
from tests.stand_in.indexing import getitem, setitem
from tests.stand_in.kernel import Ufunc
from tests.stand_in.surface import read

SURFACE, VERSION = read()
# what looks at shapes and dtypes alone, and answers with Python's objects
ON_HOST = {"broadcast_shapes", "can_cast", "common_type", "isscalar", "iscomplexobj", "isrealobj", "may_share_memory", "min_scalar_type"}
ON_HOST |= {"ndim", "promote_types", "result_type", "shape", "shares_memory", "size"}
# what has a result of a size that is counted on the device
COUNTED = {"argwhere", "bincount", "extract", "flatnonzero", "histogram", "nonzero", "unique"}
REDUCTIONS = {"sum", "prod", "amax", "amin", "max", "min", "all", "any"}  # that a fused function may end with
UNTOUCHED = {"empty", "empty_like"}  # memory is taken, nothing is launched
KEEP_LAYOUT = {"zeros_like", "ones_like", "empty_like", "full_like", "asfortranarray"}
ARRAY_PARAMETERS = {"a", "a1", "a2", "arr", "b", "condition", "m", "v", "values", "x", "x1", "x2", "y"}


def check_parameters(name, parameters, arguments, options):
    """Refuse arguments that CuPy's function does not have."""
    if not any(p.startswith("**") for p in parameters):
        for option in options:
            if option not in parameters:
                raise TypeError(f"{name}() got an unexpected keyword argument '{option}'")
    if not any(p.startswith("*") for p in parameters) and len(arguments) > len(parameters):
        raise TypeError(f"{name}() takes {len(parameters)} positional arguments but {len(arguments)} were given")


def plain(x, name=""):
    """An argument for NumPy: device arrays, also in lists, become host arrays; host arrays are refused."""
    if isinstance(x, ndarray):
        return x.host
    if isinstance(x, (np.ndarray, Traced)) or (isinstance(x, list) and name in ARRAY_PARAMETERS):
        raise unsupported(x)
    if type(x) in (list, tuple):
        if any(isinstance(y, ndarray) for y in x) and any(isinstance(y, list) for y in x):
            raise unsupported([])
        return type(x)(plain(y) for y in x)
    return x


def is_view(result, arrays):
    """Whether NumPy's result shows memory that it was given: nothing was computed."""
    first = result[0] if isinstance(result, (list, tuple)) and result else result
    return isinstance(first, np.ndarray) and any(root(first) is root(x.host) for x in arrays)


def behind(name, compute, parameters, method=False):
    """NumPy's function or method behind CuPy's parameters."""

    def call(*arguments, **options):
        given = arguments[1:] if method else arguments
        check_parameters(name, parameters, given, options)
        if name in REDUCTIONS and isinstance(arguments[0], Traced):
            return functions.reduce_traced(compute, *arguments, **options)
        names = (["self"] if method else []) + parameters + ["*"] * len(given)
        hosts = [plain(x, p) for x, p in zip(arguments, names)]
        options_on_host = {p: plain(x, p) for p, x in options.items()}
        if name in ON_HOST:
            return compute(*hosts, **options_on_host)
        if name in COUNTED or (name in ("arange", "linspace") and any(isinstance(x, ndarray) for x in arguments)):
            traffic.wait()
        with np.errstate(all="ignore"):
            result = compute(*hosts, **options_on_host)
        given = list(functions.device_arrays([*arguments, *options.values()]))
        if name not in UNTOUCHED and not is_view(result, given):
            traffic.launch(name)
        if isinstance(options.get("out"), ndarray):
            return options["out"]
        if name in KEEP_LAYOUT:
            return adopted(result)
        if isinstance(result, (bool, int, float)):
            return fresh(result)
        return views_or_fresh(result, given)

    call.__name__ = name
    return call


def checked(own, parameters, method=False):
    """A function of the stand-in behind CuPy's parameters."""

    def call(*arguments, **options):
        check_parameters(own.__name__, parameters, arguments[1:] if method else arguments, options)
        return own(*arguments, **options)

    call.__name__ = own.__name__
    return call


def fill_module(module, names, numpy_module, own):
    """Put the names on a module: the stand-in's own functions, or NumPy's."""
    for name, what in names.items():
        if isinstance(what, list) and isinstance(own.get(name), types.FunctionType):
            setattr(module, name, checked(own[name], what))
        elif name in own:
            setattr(module, name, own[name])
        elif what == "numpy" or name in ("finfo", "iinfo", "dtype"):
            if hasattr(numpy_module, name):
                setattr(module, name, getattr(numpy_module, name))
        elif (isinstance(what, list) or what == "ufunc") and hasattr(numpy_module, name):  # sinc is a kernel for CuPy alone
            setattr(module, name, behind(name, getattr(numpy_module, name), ["x", "out"] if what == "ufunc" else what))


def fill_arrays(names):
    """Put CuPy's methods on the arrays."""
    own = {name: getattr(functions, name) for name in ("fill", "astype")}
    own |= {name: getattr(functions, f"array_{name}") for name in ("take", "clip", "repeat")}
    for name, what in names.items():
        if isinstance(what, list) and name not in vars(ndarray) and (name in own or hasattr(np.ndarray, name)):
            compute = checked(own[name], what, True) if name in own else behind(name, getattr(np.ndarray, name), what, method=True)
            setattr(ndarray, name, compute)
        elif what == "attribute" and name not in vars(ndarray) and name in ("real", "imag"):
            setattr(ndarray, name, property(lambda self, name=name: views_or_fresh(getattr(self.host, name), [self])))
    ndarray.__getitem__, ndarray.__setitem__ = getitem, setitem


def fill_generator(names):
    """Put CuPy's distributions on the generator."""
    for name, what in names.items():
        if isinstance(what, list):

            def draw(self, *arguments, name=name, what=what, **options):
                check_parameters(name, what, arguments, options)
                return self._draw(name, arguments, options)

            setattr(Generator, name, draw)


def assemble():
    """The module, once its arrays and generators have their methods."""
    module, linalg, random, lib, tricks = (
        types.ModuleType(f"cupy{name}") for name in ("", ".linalg", ".random", ".lib", ".lib.stride_tricks")
    )
    elementwise = [name for name, what in SURFACE["cupy"].items() if what == "ufunc" and isinstance(getattr(np, name, None), np.ufunc)]
    ufuncs = {name: Ufunc(name) for name in (*elementwise, "matmul")}
    names = ("array", "asarray", "ascontiguousarray", "asnumpy", "full", "where", "clip", "copyto", "fuse")
    own = {name: getattr(functions, name) for name in (*names, "unravel_index", "take", "take_along_axis", "put_along_axis", "repeat")}
    fill_module(module, SURFACE["cupy"], np, {**ufuncs, **own, "asanyarray": functions.asarray, "ndarray": ndarray})
    fill_module(linalg, SURFACE["cupy.linalg"], np.linalg, {})
    fill_module(tricks, SURFACE["cupy.lib.stride_tricks"], np.lib.stride_tricks, vars(functions))
    random.default_rng, random.Generator = Generator, Generator
    lib.stride_tricks = tricks
    module.linalg, module.random, module.lib, module.__version__ = linalg, random, lib, VERSION
    runtime = types.SimpleNamespace(getDeviceCount=lambda: 1, deviceSynchronize=traffic.wait)
    module.cuda = types.SimpleNamespace(is_available=lambda: True, runtime=runtime)
    module.get_default_memory_pool = lambda: types.SimpleNamespace(free_all_blocks=lambda: None)
    put_operators(ufuncs)
    fill_arrays(SURFACE["cupy.ndarray"])
    fill_generator(SURFACE["cupy.random.Generator"])
    NUMPY_SCALARS.update(ufuncs)
    return module


library = assemble()
