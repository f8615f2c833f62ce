"""What PyTorch has and tinyreg has not: shown by what the user sees who asks for it."""

import functools

import pytest

import tinyreg


def find(library, name):
    return functools.reduce(getattr, name.split("."), library)


def absent(names):
    for name in names.split():
        with pytest.raises(AttributeError, match="has no attribute"):
            find(tinyreg, name)


def present(torch, names):
    for name in names.split():
        find(torch, name)


COMPLEX = "complex64 complex128 complex Tensor.conj"


def test_complex_numbers():
    absent(COMPLEX)
    with pytest.raises(TypeError, match="data must be real numbers, got .* of dtype complex128"):
        tinyreg.tensor([1 + 2j])


def test_complex_numbers_in_pytorch(torch):
    present(torch, COMPLEX)
    assert torch.tensor([1 + 2j]).dtype == torch.complex64


DTYPES = "bfloat16 Tensor.bfloat16 quantize_per_tensor qint8 float8_e4m3fn"


def test_narrow_dtypes():
    absent(DTYPES)


def test_narrow_dtypes_in_pytorch(torch):
    present(torch, DTYPES)


SPARSE = "sparse_coo_tensor Tensor.to_sparse sparse nested optim.SparseAdam"


def test_sparse_tensors():
    absent(SPARSE)


def test_sparse_tensors_in_pytorch(torch):
    present(torch, SPARSE)


STORAGE = "Tensor.untyped_storage Tensor.resize_ Tensor.set_ as_strided channels_last preserve_format"


def test_storages_and_memory_formats():
    absent(STORAGE)


def test_storages_and_memory_formats_in_pytorch(torch):
    present(torch, STORAGE)


def sum_into(t):
    out = t.zeros(2)
    t.add(t.ones(2), t.ones(2), out=out)
    return out.tolist()


def test_outputs_that_are_given():
    with pytest.raises(TypeError, match="out"):
        sum_into(tinyreg)


def test_outputs_that_are_given_in_pytorch(torch):
    assert sum_into(torch) == [2, 2]


DERIVATIVES = "func vmap autograd.functional autograd.forward_ad autograd.gradgradcheck"


def test_transforms_of_functions():
    absent(DERIVATIVES)


def test_transforms_of_functions_in_pytorch(torch):
    present(torch, DERIVATIVES)


GRAPH = "autograd.graph"
CONTEXT = "mark_dirty set_materialize_grads"


def test_tools_of_the_graph():
    absent(GRAPH)
    assert not [name for name in CONTEXT.split() if hasattr(tinyreg.autograd.Context, name)]


def test_tools_of_the_graph_in_pytorch(torch):
    present(torch, GRAPH)
    assert all(hasattr(torch.autograd.function.FunctionCtx, name) for name in CONTEXT.split())


HOOKS = "nn.Module.register_full_backward_hook nn.Module.register_state_dict_post_hook optim.Optimizer.register_state_dict_post_hook"


def test_hooks():
    absent(HOOKS + " optim.optimizer.register_optimizer_step_post_hook")


def test_hooks_in_pytorch(torch):
    from torch.optim.optimizer import register_optimizer_step_post_hook

    present(torch, HOOKS)
    assert callable(register_optimizer_step_post_hook)


COMPILING = "compile jit export onnx fx"


def test_compiling():
    absent(COMPILING)


def test_compiling_in_pytorch(torch):
    present(torch, COMPILING)


MIXED = "amp autocast cuda.amp"


def test_mixed_precision():
    absent(MIXED)


def test_mixed_precision_in_pytorch(torch):
    present(torch, MIXED)


MACHINES = "distributed nn.DataParallel multiprocessing Tensor.share_memory_ utils.data.DistributedSampler"


def test_many_processes():
    absent(MACHINES)


def test_many_processes_in_pytorch(torch):
    present(torch, MACHINES)


SEQUENCES = "nn.Embedding nn.RNN nn.LSTM nn.GRU nn.MultiheadAttention nn.Transformer nn.functional.scaled_dot_product_attention"


def test_layers_for_sequences():
    absent(SEQUENCES)


def test_layers_for_sequences_in_pytorch(torch):
    present(torch, SEQUENCES)


OPTIMIZERS = "optim.LBFGS optim.Adamax optim.NAdam optim.RAdam optim.ASGD optim.Rprop optim.lr_scheduler.CyclicLR"


def test_other_optimizers():
    absent(OPTIMIZERS)


def test_other_optimizers_in_pytorch(torch):
    present(torch, OPTIMIZERS)


BEYOND = "nn.utils.parametrizations nn.utils.parametrize"


def test_changes_to_finished_models():
    absent(BEYOND)


def test_changes_to_finished_models_in_pytorch(torch):
    present(torch, BEYOND)


MATHEMATICS = "linalg fft special distributions"


def test_families_of_functions():
    absent(MATHEMATICS)


def test_families_of_functions_in_pytorch(torch):
    present(torch, MATHEMATICS)


SWITCHES = "set_float32_matmul_precision"


def test_switches_of_the_library():
    absent(SWITCHES)


def test_switches_of_the_library_in_pytorch(torch):
    present(torch, SWITCHES)


TOOLS = "hub utils.checkpoint profiler.schedule profiler.profile.export_chrome_trace profiler.profile.step"


def test_tools_around_training():
    absent(TOOLS)


def test_tools_around_training_in_pytorch(torch):
    present(torch, TOOLS)
