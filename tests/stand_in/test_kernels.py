"""Every fused function becomes one kernel: CuPy writes its CUDA source and NVRTC compiles it, on a machine without a GPU."""

import importlib
import pkgutil
import re

import pytest

import tinyreg
from tests.stand_in import cuda_source
from tinyreg import backend

cupy = pytest.importorskip("cupy", reason="no cupy: kernels are compiled where pip install cupy-cuda12x has been run")

A, B, C = (2, 3, 4), (3, 4), (3, 1)  # the shapes of an array, of its examples, and of one value a channel
N, K = (5, 1), (5, 3)  # one value a row, and a row of scores
EXAMPLES = {  # by module and name: shapes of arrays, (shape, dtype) where it is not the dtype of the others, and numbers
    "layers.conv.device._add": (A, C),
    "layers.pooling.max_pool._give_to_first": (A, A, *[A] * 8),
    "layers.pooling.max_pool._largest": (A, A, A, A),
    "ops.activation._sigmoid": (A, 40),
    "ops.activation._sigmoid_slope": (A, A),
    "ops.activation._tanh_slope": (A, A),
    "ops.labels._none_wrong": ((N, "int64"), 3, -100),
    "ops.labels._wrong": ((N, "int64"), 3, -100),
    "ops.normalizing._affine": (A, C, C),
    "ops.normalizing._average": (A, 0.1, True),
    "ops.normalizing._average_square": (A, C, 0.1, True),
    "ops.normalizing._sum_product": (A, A, C, None),
    "ops.normalizing._roads": (A, A, C, C, C),
    "optim.adadelta._step": (A, A, A, A, 0.1, 0.9, 0.1, 1e-6, 0.01, True),
    "optim.adagrad._step": (A, A, A, 0.1, 1e-6, 0.01, True),
    "optim.adam._step": (A, A, A, A, A, 0.1, 1e-8, 0.9, 0.1, 0.999, 0.001, 0.01, True),
    "optim.rmsprop._step": (A, A, A, A, A, 0.1, 0.9, 0.1, 1e-8, 0.9, 0.01, True),
    "optim.sgd._descend": (A, A, 0.1, 0.999),
    "optim.sgd._step": (A, A, A, 0.1, 0.9, 0.5, 0.01, True, True),
    "dropping._thinned": (A, (A, "bool"), 2.0),
    "ops.rectifier._where_not_zero": (A, A),
    "regularization.batch_norm._coefficients": (C, C, C, C, 1e-5),
    "regularization.batch_norm._roads": (C, C, C, C, C, -0.1),
    "regularization.l1._absolute_sum": (A,),
    "regularization.elastic_net._pull": (A, A, (), ()),
    "regularization.l1._signs": (A, A, ()),
    "regularization.label_smoothing._count": ((N, "int64"), -100, N),
    "regularization.label_smoothing._counts": ((N, "int64"), -100, N),
    "regularization.label_smoothing._gradient": (K, N, N, (N, "int64"), ((3,), "int64"), (), (), 0.9, 0.1, -100),
    "regularization.label_smoothing._losses": (N, N, (N, "int64"), -100),
    "regularization.label_smoothing._mean": ((), ()),
    "regularization.label_smoothing._score": (K, N, (N, "int64"), ((3,), "int64"), 0.9, 0.1),
    "regularization.label_smoothing._sum_losses": (N, N, (N, "int64"), -100),
    "regularization.label_smoothing._total": (K, N),
    "running_statistics._move": (C, C, C, C, 0.9, 0.1, 1.1),
    "regularization.gradient_clipping._scale": ((), 1.0),
    "regularization.weight_averaging._approach": (A, A, 0.1),
    "regularization.weight_averaging._arrive": (A, A, 0.1),
    "regularization.alpha_dropout._set": (A, A, 0.9, 0.1, 0.2),
}


def fused_functions():
    """The fused functions of the package, by module and name."""
    found = {}
    for module in pkgutil.walk_packages(tinyreg.__path__, "tinyreg."):
        if module.name.endswith("__main__"):
            continue
        for name, function in vars(importlib.import_module(module.name)).items():
            if hasattr(function, "kernels") and function.__module__ == module.name:
                found[f"{module.name.removeprefix('tinyreg.')}.{name}"] = function
    return found


FUSED = fused_functions()


def arguments(name, dtype):
    given = []
    for example in EXAMPLES[name]:
        if isinstance(example, tuple):
            shape, kind = example if len(example) == 2 and isinstance(example[1], str) else (example, dtype)
            example = cuda_source.array(cupy, shape, kind)
        given.append(example)
    return given


def followed(name, dtype, monkeypatch):
    """The kernel of a fused function and the arguments that it was followed with."""
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    given = arguments(name, dtype)
    kernel, _ = cuda_source.follow(backend._following(FUSED[name].__wrapped__, cupy), given)
    return kernel, given


def test_every_fused_function_is_here():
    assert FUSED.keys() == EXAMPLES.keys() and FUSED


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_no_array_is_computed_in_another_precision(name, monkeypatch):
    kernel, _ = followed(name, "float32", monkeypatch)
    written = kernel.operation if hasattr(kernel, "operation") else kernel.preamble
    # numbers are handed over as doubles and rounded at once; what is computed is a float
    assert not re.search(r"^\s*double v\d+;|(?<!const )double v\d+_\d+ *= *static_cast< double >", written, re.MULTILINE), written
    assert all(p.dtype != "float64" for p in kernel.out_params)


@pytest.mark.parametrize(("dtype", "architecture"), [("float32", "sm_75"), ("float32", "sm_90"), ("float64", "sm_90")])
def test_every_kernel_compiles(dtype, architecture, monkeypatch):
    try:
        cupy.cuda.nvrtc.getVersion()
    except Exception as error:  # whatever cuda.pathfinder raises
        pytest.skip(f"no NVRTC: {type(error).__name__}; pip install nvidia-cuda-nvrtc-cu12 nvidia-cuda-runtime-cu12 brings it")
    sources = [cuda_source.source(*followed(name, dtype, monkeypatch)) for name in sorted(EXAMPLES)]
    assert len(cuda_source.compiled(cuda_source.together(sources), architecture)) > 1000


def test_a_wrong_kernel_is_refused():
    with pytest.raises(AssertionError, match="error"):
        cuda_source.compiled('extern "C" __global__ void wrong(float *x) { y = 1; }', "sm_90")
