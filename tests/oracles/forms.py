"""Argument forms by both libraries: values, dtypes, shapes, whether they are recorded, gradients, exception types.

agree(lambda t, x: t.cumsum(x, -1), array)           one call on float64 inputs
agree(lambda t, x: evaluate(source, t, x), array)     a call as text; `calls` cuts a table of them at semicolons
"""

import warnings

import numpy as np

import tinyreg


def outcome(library, run, arrays):
    """What a call does: the outputs, whether each is recorded, and the gradients as arrays; or the type of its exception."""
    tensors = [library.tensor(array, requires_grad=True) for array in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("error" if library is tinyreg else "ignore")
        if library is tinyreg:
            warnings.filterwarnings("ignore", "(var|std)(_mean)?: there should be more")
        try:
            out = run(library, *tensors)
        except (ValueError, RuntimeError, TypeError, IndexError) as error:
            return type(error), []
        outs = list(out) if isinstance(out, (tuple, list)) else [out]
        recorded = [x for x in outs if getattr(x, "requires_grad", False)]
        rng = np.random.default_rng(5)
        for x in recorded:
            cotangent = np.asarray(rng.standard_normal(tuple(x.shape))).astype(x.detach().numpy().dtype)
            x.backward(library.tensor(cotangent), retain_graph=True)
    flags = [np.array(any(x is y for y in recorded)) for x in outs]
    values = [x.detach().numpy() if hasattr(x, "detach") else np.asarray(x) for x in outs]
    return None, values + flags + [np.zeros_like(a) if x.grad is None else x.grad.numpy() for x, a in zip(tensors, arrays)]


def agree(run, *arrays):
    """Run the same call by both on float64 arrays: equal values, dtypes, shapes and gradients, or the same exception.

    Where the call converts to float32, its last digits count.
    """
    import torch

    ours, theirs = (outcome(library, run, [np.asarray(a, dtype=np.float64) for a in arrays]) for library in (tinyreg, torch))
    assert ours[0] is theirs[0]
    for a, b in zip(ours[1], theirs[1], strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-6 if a.dtype == np.float32 else 1e-7, atol=1e-9)


def calls(table):
    """The calls of a table: one a semicolon or line."""
    return [call.strip() for line in table.strip().splitlines() for call in line.split(";")]


def evaluate(source, t, x, **more):
    """The value of a call; it may use t (the library), F (its nn.functional), x (the input), np, pad, and what else is named."""
    return eval(source, {"t": t, "F": t.nn.functional, "x": x, "np": np, "pad": t.nn.functional.pad, **more})
