"""repr is PyTorch's, character for character."""

import re

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd import ArrayFunction
from tinyreg.autograd.tensor import wrap


class Scale(ArrayFunction):
    forward = staticmethod(lambda ctx, x: 2 * x)
    backward = staticmethod(lambda ctx, grad_y: (2 * grad_y,))


def test_by_hand():
    assert repr(wrap(np.array([1, 2], dtype="float32"))) == "tensor([1., 2.])"
    assert repr(wrap(np.array([0.1, 2], dtype="float32")).requires_grad_()) == "tensor([0.1000, 2.0000], requires_grad=True)"
    assert repr(wrap(np.array([1, -20]))) == "tensor([  1, -20])"
    assert repr(wrap(np.array([True, False]))) == "tensor([ True, False])"
    assert repr(wrap(np.array(3.5, dtype="float32"))) == "tensor(3.5000)"
    assert repr(wrap(np.zeros((2, 2), dtype="float32"))) == "tensor([[0., 0.],\n        [0., 0.]])"
    assert repr(wrap(np.zeros((0, 3), dtype="float32"))) == "tensor([], size=(0, 3))"
    assert str(wrap(np.zeros(0, dtype="int64"))) == "tensor([], dtype=tinyreg.int64)"


def test_dtype_is_printed_where_the_values_do_not_show_it():
    assert repr(wrap(np.ones(1))) == "tensor([1.], dtype=tinyreg.float64)"
    assert repr(wrap(np.ones(1, dtype="uint8"))) == "tensor([1], dtype=tinyreg.uint8)"
    assert eval("tinyreg.float64") == np.float64  # what is printed is what one writes
    tinyreg.set_default_dtype(tinyreg.float64)
    try:
        assert repr(wrap(np.ones(1))) == "tensor([1.])"
        assert repr(wrap(np.ones(1, dtype="float32"))) == "tensor([1.], dtype=tinyreg.float32)"
    finally:
        tinyreg.set_default_dtype(tinyreg.float32)


def test_grad_fn_is_printed_instead_of_requires_grad():
    x = wrap(np.ones(2, dtype="float32")).requires_grad_()
    assert repr(Scale.apply(x)) == "tensor([2., 2.], grad_fn=<ScaleBackward0>)"
    assert repr(Scale.apply(x).detach()) == "tensor([2., 2.])"


def test_parameters_have_a_prefix():
    class Named(tinyreg.Tensor):
        repr_prefix = "Parameter containing:\n"

    assert repr(wrap(np.ones(1, dtype="float32"), Named).requires_grad_()) == "Parameter containing:\ntensor([1.], requires_grad=True)"


def test_the_print_of_a_large_tensor_is_small():
    text = repr(wrap(np.zeros((1000, 1000))))
    assert text.count("\n") == 6 and "..." in text


def arrays():
    rng = np.random.default_rng(0)
    shapes = [(), (1,), (7,), (30,), (3, 4), (2, 3, 4), (1, 1, 2, 30), (0,), (0, 3), (2, 0)]
    shapes += [(1001,), (40, 40), (12, 9, 11), (2, 600), (1200, 1), (7, 1, 200)]  # shortened
    for shape in shapes:
        for draw in (
            lambda s: rng.standard_normal(s),
            lambda s: rng.standard_normal(s) * 10.0 ** rng.integers(-9, 12, s),
            lambda s: np.floor(rng.uniform(-9, 9, s)),
            lambda s: np.floor(rng.uniform(-1e4, 1e4, s)),
            lambda s: rng.uniform(-1, 1, s) * 1e-5,
            lambda s: rng.uniform(-1, 1, s) * 1e9,
            lambda s: rng.choice([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf], s),
            lambda s: rng.choice([0.5, 1e-8, 1e10, np.nan, np.inf, -np.inf], s),
            lambda s: np.full(s, np.nan),
            lambda s: np.full(s, 1e-8),
            lambda s: np.full(s, 1e10),
            lambda s: np.zeros(s),
        ):
            for dtype in ("float32", "float64"):
                yield np.asarray(draw(shape), dtype=dtype)
        yield np.asarray(np.clip(rng.standard_normal(shape) * 100, -6e4, 6e4), dtype="float16")
        for dtype in ("int64", "int32", "int16", "int8", "uint8"):
            yield np.asarray(rng.integers(0, 100, shape), dtype=dtype)
        yield np.asarray(rng.integers(-(10**12), 10**12, shape))
        yield np.asarray(rng.integers(0, 2, shape), dtype=bool)


@pytest.mark.parametrize("recorded", ["", "requires_grad", "grad_fn"])
def test_against_pytorch(recorded):
    torch = pytest.importorskip("torch")
    compared = 0
    for array in arrays():
        ours, theirs = wrap(array), torch.from_numpy(array)
        if recorded:
            if array.dtype.kind != "f":
                continue
            ours, theirs = ours.requires_grad_(), theirs.requires_grad_()
        if recorded == "grad_fn":
            ours, theirs = -ours, -theirs
        text, expected = repr(ours), repr(theirs).replace("dtype=torch.", "dtype=tinyreg.")
        if "dtype" in expected:  # tinyreg is two letters longer than torch: a line may break one remark earlier
            text, expected = (re.sub(r",\n +(?=dtype|requires_grad|grad_fn)", ", ", t) for t in (text, expected))
        assert text == expected, array
        compared += 1
    assert compared > 300


def test_transposed_and_sliced_tensors_against_pytorch():
    torch = pytest.importorskip("torch")
    array = np.random.default_rng(0).standard_normal((6, 5)).astype("float32")
    assert repr(wrap(array.T[1:, ::2])) == repr(torch.from_numpy(array).T[1:, ::2])
