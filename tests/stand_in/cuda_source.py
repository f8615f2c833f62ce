"""The CUDA source of a fused function, as the CuPy that is installed would write it for a GPU, and its compiler; no GPU is needed.

CuPy follows a function once for each kind of arguments, and only then asks for a device. So arrays without memory are enough
to have the source written, and NVRTC, which the wheel nvidia-cuda-nvrtc brings, is enough to compile it.
"""

import numpy as np

BLOCK_SIZE = 512  # threads that sum together, as CuPy chooses them
ARRAY, INDEXER, SCALAR = 1, 2, 3  # what an argument of a kernel is, by CuPy's numbers


def array(cupy, shape, dtype):
    """A device array without memory: a shape and a dtype to be looked at."""
    size = max(1, int(np.prod(shape))) * np.dtype(dtype).itemsize
    nowhere = cupy.cuda.MemoryPointer(cupy.cuda.UnownedMemory(4096, size, None, 0), 0)
    return cupy.ndarray(shape, dtype, memptr=nowhere)


def follow(function, arguments):
    """The kernel that CuPy makes of a fused function, and what it is called with besides: the axis of a sum.

    What CuPy cannot put into one kernel is refused here, while on a GPU it would silently be tried in another way.
    """
    from cupy._core import _fusion_thread_local, fusion

    here = _fusion_thread_local.thread_local
    history = fusion._FusionHistory()
    here.history, here.is_old_fusing = history, True
    try:
        return history.get_fusion(function, tuple(arguments), function.__name__)
    finally:
        here.history, here.is_old_fusing = None, False


def source(kernel, arguments):
    """The CUDA source of a kernel for arguments of these dtypes and dimensions, strided: any layout that they may have."""
    import cupy
    from cupy._core import _carray, _kernel, _reduction, _scalar

    def of_array(dtype, ndim):
        return _kernel._ArgInfo(ARRAY, cupy.ndarray, np.dtype(dtype), ndim, ndim == 0, False)

    ndim = max(x.ndim for x in arguments if isinstance(x, cupy.ndarray))
    given = [x for x in arguments if x is not None]
    infos = [
        of_array(x.dtype, ndim) if isinstance(x, cupy.ndarray) else _kernel._ArgInfo(SCALAR, _scalar.CScalar, p.dtype, 0, True, True)
        for x, p in zip(given, kernel.in_params, strict=True)
    ]
    outputs = [of_array(p.dtype, ndim) for p in kernel.out_params]
    indexer = _kernel._ArgInfo(INDEXER, _carray.Indexer, None, ndim, True, False)
    types = _kernel._TypeMap((("IndexT", np.int32),))
    if isinstance(kernel, _kernel.ElementwiseKernel):
        infos += [*outputs, indexer]
        return _kernel._get_elementwise_kernel_code(
            tuple(infos), types, kernel.params, kernel.operation, kernel.name, kernel.preamble, **kernel.kwargs
        )
    stride = _kernel._ArgInfo(SCALAR, _scalar.CScalar, np.dtype("int32"), 0, True, True)
    infos += [*outputs, indexer, indexer, stride]
    return _reduction._ReductionKernel_get_cached_function_code(
        kernel.nin, kernel.nout, kernel._params, tuple(infos), types, kernel.name, BLOCK_SIZE, kernel.reduce_type, kernel.identity,
        kernel.map_expr, kernel.reduce_expr, kernel.post_map_expr, kernel.preamble, kernel.options,
    )  # fmt: skip


def together(sources):
    """Many kernels as one source, each in a namespace of its own; CuPy's headers are read once."""
    from cupy._core import core

    headers = [*core._cupy_header_list, "cupy/float16.cuh"]
    parts = [f"#include <{header}>" for header in headers]
    for number, text in enumerate(sources):
        text = text.replace('extern "C" __global__ void ', f"__global__ void kernel_{number}_")
        parts.append(f"namespace n{number} {{\n{text}\n}}\n#undef REDUCE\n#undef POST_MAP\n#undef _REDUCE")
    return "\n".join(parts)


def compiled(text, architecture):
    """The machine code of a source for an architecture ("sm_90"); the compiler's words where it refuses."""
    from cupy._core import core
    from cupy.cuda import nvrtc

    program = nvrtc.createProgram(text, "fused.cu", (), ())
    try:
        options = (*core.assemble_cupy_compiler_options(()), f"-arch={architecture}", "--device-as-default-execution-space")
        try:
            nvrtc.compileProgram(program, options)
        except nvrtc.NVRTCError as error:
            raise AssertionError(f"{error}\n{nvrtc.getProgramLog(program)}") from None
        return nvrtc.getCUBIN(program)
    finally:
        nvrtc.destroyProgram(program)
