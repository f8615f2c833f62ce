"""Every differentiable door: one row of the table, the same checks for all."""

import numpy as np
import pytest

import tinyreg
from tinyreg import random
from tinyreg.autograd import ArrayFunction, Tensor, gradcheck
from tinyreg.autograd.addend import settled
from tinyreg.experiments.gradcases import CASES

ROWS = [pytest.param(case, id=case.name) for case in CASES]


def inputs_of(case, dtype=np.float64, layout=lambda array: array):
    arrays = case.draw(np.random.default_rng(7))
    return [tinyreg.as_tensor(layout(array.astype(dtype))).requires_grad_() for array in arrays]


def floating(out):
    outs = [out] if isinstance(out, Tensor) else [x for x in out if isinstance(x, Tensor)]
    return [x for x in outs if x.is_floating_point() and x.requires_grad]


def run_backward(case, tensors):
    """The outputs, the gradients and the cotangents of one row."""
    with random.freeze():
        outs = floating(case.run(tinyreg, *tensors))
    rng = np.random.default_rng(11)
    cotangents = [rng.standard_normal(x.shape).astype(x.dtype) for x in outs]
    total = sum((x * tinyreg.tensor(g)).sum() for x, g in zip(outs, cotangents))
    total.backward()
    return outs, [x.grad for x in tensors], cotangents


def backwards(array):
    """The same values in memory that runs the other way: every axis reversed in order, and strided."""
    wide = np.zeros((*array.T.shape[:-1], 2 * array.T.shape[-1]) if array.ndim else (), array.dtype)
    view = wide[..., ::2].T if array.ndim else wide
    view[...] = array
    return view


def test_names_are_unique():
    names = [case.name for case in CASES]
    assert len(names) > 60 and len(set(names)) == len(names)


@pytest.mark.parametrize("case", ROWS)
def test_backward_agrees_with_finite_differences(case):
    assert gradcheck(lambda *xs: case.run(tinyreg, *xs), tuple(inputs_of(case)))


@pytest.mark.parametrize("case", ROWS)
def test_the_layout_of_memory_changes_nothing(case):
    straight = run_backward(case, inputs_of(case))
    turned = run_backward(case, inputs_of(case, layout=backwards))
    for a, b in zip(straight[0] + straight[1], turned[0] + turned[1], strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", ROWS)
def test_float32_stays_float32(case):
    tensors = inputs_of(case, np.float32)
    before = [x.detach().numpy().copy() for x in tensors]
    outs, grads, _ = run_backward(case, tensors)
    assert {x.dtype for x in outs} == {tinyreg.float32}
    assert {g.dtype for g in grads} == {tinyreg.float32}
    for x, values in zip(tensors, before):
        np.testing.assert_array_equal(x.detach().numpy(), values)  # nobody writes into an input


def graph_of(case):
    """The recorded operations of one row."""
    with random.freeze():
        outs = floating(case.run(tinyreg, *inputs_of(case)))
    contexts, stack = set(), [x.grad_fn for x in outs]
    while stack:
        ctx = stack.pop()
        if ctx is not None and ctx not in contexts and not isinstance(ctx, Tensor):
            contexts.add(ctx)
            stack += [node for node, _ in ctx.next_functions]
    assert contexts
    return contexts


@pytest.mark.parametrize("case", ROWS)
def test_backward_keeps_its_hands_off_what_it_is_given(case):
    """No gradient shares memory with what forward saved, and no cotangent is written into."""
    rng = np.random.default_rng(3)
    for ctx in graph_of(case):
        shapes = [shape for shape, _ in ctx.shape] if isinstance(ctx.shape, list) else [ctx.shape]
        cotangents = [rng.standard_normal(shape) for shape in shapes]
        copies = [g.copy() for g in cotangents]
        grads = settled(ctx.function.array_backward(ctx, *cotangents))
        for g, copy in zip(cotangents, copies):
            np.testing.assert_array_equal(g, copy)
        for grad in grads if isinstance(grads, tuple) else (grads,):
            for saved in ctx.saved:
                if isinstance(grad, np.ndarray) and isinstance(saved, np.ndarray):
                    assert not np.shares_memory(grad, saved), ctx.function.__name__


def test_every_array_function_has_a_row():
    def below(cls):
        for sub in cls.__subclasses__():
            yield sub
            yield from below(sub)

    for module in ("nn", "optim", "regularization", "training"):
        getattr(tinyreg, module)
    shown = {ctx.function for case in CASES for ctx in graph_of(case)}
    built_in = {cls for cls in below(ArrayFunction) if cls.__module__.startswith("tinyreg.") and not cls.__name__.startswith("_")}
    assert {cls.__name__ for cls in built_in - shown} == WITHOUT_GRADIENT


# constant between jumps, another dtype or device, a refusal: finite differences in float64 have nothing to say
WITHOUT_GRADIENT = {"FloorDivide", "TruncDivide", "OverwrittenView", "CastFunction", "TransferFunction"}
