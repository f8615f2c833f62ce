"""The switch: where arrays are born, and which library owns one."""

import os
import subprocess
import sys
import types

import numpy as np
import pytest

import tinyreg
from tests.stand_in.array import ndarray as Array
from tests.stand_in.library import library
from tinyreg import backend


@pytest.fixture
def other_library(monkeypatch):
    """The stand-in for CuPy, known as the backend "cupy"."""
    monkeypatch.setattr(backend, "_libraries", dict(backend._libraries))
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    monkeypatch.setattr(backend, "_put_off", [])
    backend.register("cupy", library)
    return library


def test_numpy_is_the_default():
    assert backend.current() == "numpy" and backend.xp() is np


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="name must be 'numpy' or 'cupy', got 'jax'"):
        tinyreg.use_backend("jax")
    assert backend.current() == "numpy"


def test_cupy_is_refused_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(RuntimeError, match="cupy must be installed, got .*pip install cupy-cuda12x.*stay on numpy"):
        tinyreg.use_backend("cupy")
    assert backend.current() == "numpy"


def test_cupy_is_refused_where_it_sees_no_gpu(monkeypatch):
    blind = types.SimpleNamespace(__version__="14.2.0", cuda=types.SimpleNamespace(is_available=lambda: False))
    monkeypatch.setitem(sys.modules, "cupy", blind)
    with pytest.raises(RuntimeError, match="cupy 14.2.0 must see a GPU, got none; check that nvidia-smi lists one"):
        tinyreg.use_backend("cupy")
    assert backend.current() == "numpy"


def test_cupy_is_switched_on_where_it_sees_a_gpu(monkeypatch):
    monkeypatch.setattr(backend, "_libraries", dict(backend._libraries))
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    seeing = types.SimpleNamespace(__version__="14.2.0", cuda=types.SimpleNamespace(is_available=lambda: True), ndarray=Array)
    monkeypatch.setitem(sys.modules, "cupy", seeing)
    tinyreg.use_backend("cupy")
    assert backend.current() == "cupy" and backend.xp() is seeing
    tinyreg.use_backend("numpy")
    assert backend.xp() is np


def test_the_switch_moves_no_array(other_library):
    before = np.ones(3)
    tinyreg.use_backend("cupy")
    after = backend.asarray([1.0, 2.0])
    assert type(after) is Array
    assert backend.get_array_module(before) is np and backend.get_array_module(after) is other_library
    tinyreg.use_backend("numpy")
    assert type(backend.asarray([1.0])) is np.ndarray
    assert backend.get_array_module(after) is other_library


def test_to_numpy(other_library):
    host = np.ones(3)
    assert backend.to_numpy(host) is host
    device = library.asarray(host)
    assert type(backend.to_numpy(device)) is np.ndarray
    assert backend.to_numpy(3.5) == 3.5


def test_get_array_module_of_what_is_no_array():
    assert backend.get_array_module(3.5) is np and backend.get_array_module(np.float32(1)) is np


def test_is_array(other_library):
    assert backend.is_array(np.ones(2)) and backend.is_array(library.ones(2))
    assert not any(backend.is_array(x) for x in (1.0, np.float64(1), [1.0], tinyreg.ones(2), None))


def test_asarray_shares_memory_where_nothing_changes():
    x = np.ones(3)
    assert backend.asarray(x) is x
    assert backend.asarray(x, dtype="float32").dtype == np.float32


def test_fuse_is_the_identity_on_numpy():
    calls = []

    @backend.fuse
    def affine(x, a, b):
        """x a + b."""
        calls.append(type(x))
        return x * a + b

    assert (affine(np.ones(3), 2, 1) == 3).all() and calls == [np.ndarray]
    assert affine.__name__ == "affine" and affine.__doc__ == "x a + b."


def test_fuse_asks_the_library_of_the_array(other_library):
    @backend.fuse
    def twice(x):
        return 2 * x

    assert type(twice(library.ones(3))) is Array and type(twice(np.ones(3))) is np.ndarray
    asked = []

    @backend.fuse
    def kind(x):
        asked.append(type(x).__name__)
        return x + 0

    kind(np.ones(3)), kind(library.ones(3))
    assert asked == ["ndarray", "Traced"]


def test_a_fused_function_finds_its_library(other_library):
    """Also while its steps are followed, and in a fused function that it calls."""
    asked = []

    @backend.fuse
    def root(x):
        asked.append(backend.get_array_module(x))
        return backend.get_array_module(x).sqrt(x)

    @backend.fuse
    def norm(x, axis):
        xp = backend.get_array_module(x)
        asked.append(xp)
        return root(x) if axis is None else xp.sum(root(x), axis=axis)

    assert backend.to_numpy(norm(library.ones(3), None)).tolist() == [1, 1, 1]
    assert norm(np.full((2, 3), 4.0), 0).tolist() == [4, 4, 4]
    assert asked == [other_library, other_library, np, np]
    assert set(norm.kernels) == {other_library} and root.kernels.keys() <= {other_library}


def run(code, **environment):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment})


def test_the_environment_variable():
    done = run("import tinyreg; print(tinyreg.backend.current())", TINYREG_BACKEND="numpy")
    assert done.stdout == "numpy\n", done.stderr
    done = run("import tinyreg", TINYREG_BACKEND="abacus")
    assert done.returncode and "name must be 'numpy' or 'cupy', got 'abacus'" in done.stderr


def test_default_dtype():
    assert tinyreg.get_default_dtype() == np.float32
    try:
        tinyreg.set_default_dtype(tinyreg.float64)
        assert tinyreg.get_default_dtype() == np.float64 == tinyreg.Tensor(2).dtype
    finally:
        tinyreg.set_default_dtype(tinyreg.float32)
    with pytest.raises(TypeError, match="dtype must be floating point, got int64"):
        tinyreg.set_default_dtype(tinyreg.int64)


def test_expanded_arrays_share_their_elements():
    assert backend.is_expanded(np.broadcast_to(np.ones(3), (2, 3)))
    for array in (np.ones(()), np.ones((2, 3)).T, np.ones((1, 3))[:, ::2], np.broadcast_to(np.ones((1, 3)), (1, 3)), np.ones((0, 3))):
        assert not backend.is_expanded(array)


@pytest.mark.gpu
def test_cupy_on_a_real_device():
    tinyreg.use_backend("cupy")
    x = backend.asarray([1.0, 2.0])
    assert backend.get_array_module(x) is backend.xp() is not np
    assert (backend.to_numpy(x * 2) == [2, 4]).all()
    assert backend.owner(x[1:].T) is backend.owner(x) is not backend.owner(x * 2)


def test_pieces_are_views_cut_alike():
    a, b = np.arange(2.0 * backend.PIECE + 3), np.arange(2.0 * backend.PIECE + 3).reshape(1, -1)
    groups = backend.pieces(a, b)
    assert [[part.shape for part in group] for group in groups] == [[(n,)] * 2 for n in (backend.PIECE, backend.PIECE, 3)]
    np.testing.assert_array_equal(np.concatenate([part for _, part in groups]), b[0])
    for part, _ in groups:
        part[...] = 7
    assert (a == 7).all()


def test_the_only_piece_is_the_whole_where_cutting_does_not_help(other_library):
    small, turned = np.ones((2, 3)), np.ones((2, backend.PIECE)).T
    assert backend.pieces(small)[0][0] is small
    assert backend.pieces(turned)[0][0] is turned
    number = np.array(3.0)
    ((piece,),) = backend.pieces(number)
    assert piece.shape == (1,) and np.shares_memory(piece, number)  # piece * 2 is an array; number * 2 would be none
    device = library.ones(3 * backend.PIECE)
    assert len(backend.pieces(device)) == 1 and backend.pieces(device)[0][0] is device


@pytest.mark.parametrize("shape", [(1000,), (1000, 4), (1000, 2, 3), (3, 1000), (1, 5000)])
def test_blocks_cover_every_row_once(shape):
    x = np.arange(np.prod(shape)).reshape(shape)
    blocks = backend.blocks(x, size=100)
    np.testing.assert_array_equal(np.concatenate([x[block] for block in blocks]), x)
    row = x.size // len(x)
    assert all(x[block].size <= max(100, row) for block in blocks)  # at least one row, however long it is
    assert len(blocks) == -(-len(x) // max(1, 100 // row))


def test_there_is_always_one_block(other_library):
    for x in (np.ones((0, 3)), np.ones((3, 0)), np.ones((3, 4))):
        (block,) = backend.blocks(x, size=12)
        assert x[block].shape == x.shape
    device = library.ones((50, 4))
    (block,) = backend.blocks(device, size=12)  # on a GPU a launch costs more than a trip to memory
    assert device[block].shape == device.shape


def test_the_owner_of_memory():
    x = np.ones((4, 6))
    for view in (x, x.T, x[1:, ::2], x.reshape(-1), np.lib.stride_tricks.as_strided(x[1:], (2,), (8,))):
        assert backend.owner(view) is x
    assert backend.owner(x.copy()) is not x
    text = bytes(16)
    assert backend.owner(np.frombuffer(text)).size == 2  # memory that is no array's: the array nearest to it


def test_layouts_are_kept_by_numpy_alone(other_library):
    assert backend.keeps_layout(np.ones(3)) and not backend.keeps_layout(library.ones(3))


def test_a_requirement_is_looked_at_at_once_on_numpy():
    x = np.ones(3)
    assert backend.reads_at_once(x)
    backend.require((x > 0).all(), lambda: ValueError("not positive"))
    backend.require(True, lambda: ValueError("not true"))
    with pytest.raises(ValueError, match="^not positive$"):
        backend.require((x < 0).all(), lambda: ValueError("not positive"))


def test_a_requirement_on_a_device_is_put_off(other_library):
    x = library.ones(3)
    assert not backend.reads_at_once(x)
    for n in range(3):
        backend.require((x != n).all(), lambda n=n: ValueError(f"it is {n}"))
    with pytest.raises(ValueError, match="^it is 1") as caught:
        backend.run_checks()
    assert caught.value.__notes__ == ["A GPU is read when it must be: the call was one of the last 3 that were checked."]
    backend.run_checks()  # nothing is left
    assert backend._put_off == []


def test_reading_a_value_looks_at_what_was_put_off(other_library):
    backend.require(library.asarray(False), lambda: ValueError("wrong"))
    with pytest.raises(ValueError, match="wrong"):
        backend.to_numpy(library.ones(2))
    for _ in range(backend.CHECK_EVERY - 1):
        backend.require(library.asarray(True), lambda: ValueError("right"))
    with pytest.raises(ValueError, match="wrong"):
        backend.require(library.asarray(False), lambda: ValueError("wrong"))
