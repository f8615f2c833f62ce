"""The table of ops/__init__.py: names, aliases, NumPy's words."""

import inspect

import numpy as np
import pytest

import tinyreg
from tinyreg import ops
from tinyreg.ops import arithmetic, reduction

X = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "argmax", "argmin", "std"])
def test_reductions_take_numpys_words(name):
    x = tinyreg.tensor(X)
    for options in ({"axis": 1}, {"axis": 0, "keepdims": True}):
        extra = {"ddof": 1} if name == "std" else {}
        np.testing.assert_allclose(getattr(x, name)(**options).numpy(), getattr(np, name)(X, **options, **extra))
        np.testing.assert_array_equal(getattr(tinyreg, name)(x, **options).numpy(), getattr(x, name)(**options).numpy())


def test_other_doors_take_numpys_words():
    x = tinyreg.tensor(X)
    assert tinyreg.cat([x, x], axis=1).shape == (2, 6) and tinyreg.stack([x, x], axis=2).shape == (2, 3, 2)
    assert x.unsqueeze(axis=0).squeeze(axis=0).shape == (2, 3)
    assert x.max(axis=1).indices.tolist() == [2, 2] and (x > 0).all(axis=0).tolist() == [False, True, True]


def test_both_words_at_once_are_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'axis'|multiple values"):
        tinyreg.tensor(X).sum(0, axis=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'axis'"):
        tinyreg.tensor(X).sum(dim=0, axis=1)


def test_a_wrapped_door_shows_its_own_arguments_and_code():
    assert list(inspect.signature(tinyreg.sum).parameters) == ["input", "dim", "keepdim", "dtype"]
    assert inspect.getsource(tinyreg.sum) == inspect.getsource(reduction.sum)
    assert tinyreg.Tensor.sum is tinyreg.sum


def test_aliases_are_the_same_function():
    assert tinyreg.multiply is tinyreg.mul is arithmetic.mul and tinyreg.concat is tinyreg.cat
    assert set(ops.ALIASES.values()) <= set(ops.functions)
