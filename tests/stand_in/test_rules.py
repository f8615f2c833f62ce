"""The rules of CuPy that the stand-in keeps, each as one line: what is refused, what comes out, in which memory.

On a machine with a GPU the same lines run on CuPy itself. Where the stand-in is stricter than CuPy, it is tested alone.
"""


import numpy as np
import pytest

from tinyreg import backend

UNSUPPORTED = r"Unsupported type <class 'numpy.ndarray'>"
IMPLICIT = "Implicit conversion to a NumPy array is not allowed"
MISSING = "has no attribute"

REFUSED = [  # a: six float64 numbers, x: 2 x 3 of them, f: three float32 ones, i: 0 1 2
    ("np.asarray(a)", TypeError, IMPLICIT),
    ("np.array(a)", TypeError, IMPLICIT),
    ("a + np.ones(6)", TypeError, UNSUPPORTED),
    ("np.ones(6) + a", TypeError, UNSUPPORTED),
    ("a * np.array(2.0)", TypeError, UNSUPPORTED),
    ("xp.sqrt(np.ones(6))", TypeError, UNSUPPORTED),
    ("xp.maximum(a, np.ones(6))", TypeError, UNSUPPORTED),
    ("xp.where(a > 0, a, np.zeros(6))", TypeError, UNSUPPORTED),
    ("xp.add(a, 1, out=np.ones(6))", TypeError, UNSUPPORTED),
    ("a.__iadd__(np.ones(6))", TypeError, UNSUPPORTED),
    ("xp.stack([a, np.ones(6)])", TypeError, "numpy.ndarray"),
    ("a + [1, 2, 3, 4, 5, 6]", TypeError, "list"),
    ("a == [1, 2, 3, 4, 5, 6]", TypeError, "list"),
    ("xp.sqrt([1.0])", TypeError, "list"),
    ("a + None", TypeError, "NoneType"),
    ("xp.array([xp.ones(2), 1])", TypeError, IMPLICIT),
    ("a.__setitem__(slice(2), [1, 2])", ValueError, "non-scalar numpy.ndarray cannot be used for fill"),
    ("a.__setitem__(slice(2), np.ones(2))", ValueError, "non-scalar numpy.ndarray cannot be used for fill"),
    ("a[99]", IndexError, "out of bounds"),
    ("a[a]", IndexError, "integer or boolean"),
    ("float(a)", TypeError, "0-dimensional"),
    ("bool(a)", ValueError, "ambiguous"),
    ("a.item()", ValueError, "size 1"),
    ("a.item(0)", TypeError, "argument"),
    ("len(a.sum())", TypeError, "unsized"),
    ("iter(a.sum())", TypeError, "0-d"),
    ("hash(a)", TypeError, "unhashable"),
    ("xp.exp(a, where=a > 0)", TypeError, "where"),
    ("a.sum(where=a > 0)", TypeError, "where"),
    ("a.max(initial=1)", TypeError, "initial"),
    ("a.var(mean=1)", TypeError, "mean"),
    ("xp.zeros(2, device='cpu')", TypeError, "device"),
    ("xp.multiply.at(a, i, 1)", NotImplementedError, "multiply.at"),
    ("xp.minimum.reduce(a)", NotImplementedError, "minimum.reduce"),
    ("-(a > 0)", TypeError, "negative"),
    ("(a > 0) - (a > 0)", TypeError, "subtract"),
    ("i.__iadd__(1.5)", TypeError, "same_kind"),
    ("xp.asarray(['x'])", ValueError, "Unsupported dtype <U1"),
    ("xp.asarray([None])", ValueError, "Unsupported dtype object"),
    ("xp.lib.stride_tricks.sliding_window_view(a, 3, writeable=True)", NotImplementedError, "Writeable"),
    ("xp.errstate", AttributeError, MISSING),
    ("xp.vecdot", AttributeError, MISSING),
    ("xp.linalg.vector_norm", AttributeError, MISSING),
    ("a.resize", AttributeError, MISSING),
    ("a.ctypes", AttributeError, MISSING),
    ("a.flags.writeable", AttributeError, MISSING),
    *[(f"xp.random.default_rng(3).{name}", AttributeError, MISSING) for name in ("normal", "permutation", "choice", "shuffle", "spawn")],
    ("xp.random.default_rng(3).integers(5, 5)", ValueError, "low >= high"),
    ("xp.fuse(lambda x: x + 1)(a)", Exception, "<lambda>"),
    ("fuse(lambda x: x.shape)(a)", NotImplementedError, "shape"),
    ("fuse(lambda x: float(x))(a)", TypeError, "Python scalar"),
    ("fuse(lambda x: x if x > 0 else 0)(a)", TypeError, "Python scalar"),
    ("fuse(lambda x: x @ x)(a)", TypeError, "@"),
    ("fuse(lambda x: np.exp(x))(a)", TypeError, "exp"),
]
STRICTER = [  # CuPy allows it, the house does not
    ("np.add(a, 1)", TypeError, r"numpy.add on a device array: write xp = get_array_module\(x\) and xp.add"),
    ("np.sum(a)", TypeError, "numpy.sum on a device array"),
    ("xp.zeros_like(np.ones(2))", TypeError, UNSUPPORTED),
    ("a.__setitem__(i, np.ones(3))", ValueError, "non-scalar"),
    ("a.__setitem__(xp.asarray([0, 0]), f[:2] * i[:2])", RuntimeError, "several values were written to one place"),
    ("a[i[1] :]", TypeError, "device arrays"),
    ("fuse(lambda x: x.sum())(a)", NotImplementedError, "sum"),
    ("fuse(lambda x: x[0])(a)", TypeError, "subscriptable"),
    ("fuse(lambda x, y: (1 - y) * x)(f, 0.5)", TypeError, "two numbers in a fused function make a float64"),
    ("fuse(lambda x: x - xp.sum(x))(a)", TypeError, "nothing but numbers can meet a sum"),
    ("fuse(lambda x: xp.sum(xp.sum(x, axis=0)))(x)", NotImplementedError, "Multiple reduction"),
    ("fuse(lambda x: xp.sum(x, axis=0, keepdims=True))(x)", TypeError, "has an axis and nothing else"),
    ("fuse(lambda x: x.__setitem__(0, 1))(a)", ValueError, "supports `\\[...\\]`"),
]
RESULTS = [
    ("a + np.float64(2)", "float64", (6,)),
    ("np.float64(2) + a", "float64", (6,)),
    ("f * 2.5", "float32", (3,)),
    ("f * np.float32(2.5)", "float32", (3,)),
    ("f * np.float64(2.5)", "float64", (3,)),
    ("np.float64(2.5) * f", "float64", (3,)),
    ("f * xp.asarray(2.5)", "float64", (3,)),
    ("f * i", "float64", (3,)),
    ("i / 2", "float64", (3,)),
    ("i * 1.5", "float64", (3,)),
    ("f**0.5", "float32", (3,)),
    ("f == None", "bool", (3,)),
    ("f.sum()", "float32", ()),
    ("(f > 0).sum()", "int64", ()),
    ("(f > 0).mean()", "float64", ()),
    ("f.mean(dtype='float64')", "float64", ()),
    ("x.sum(axis=0, keepdims=True)", "float64", (1, 3)),
    ("x.max(axis=(0, 1))", "float64", ()),
    ("x.argmax(axis=1)", "int64", (2,)),
    ("x.var(axis=0, ddof=1)", "float64", (3,)),
    ("a[1]", "float64", ()),
    ("a[np.int64(1)]", "float64", ()),
    ("a[None, ..., :2]", "float64", (1, 2)),
    ("a[[0, 1]]", "float64", (2,)),
    ("a[np.array([0, 1])]", "float64", (2,)),
    ("x[i[:2], i[:2]]", "float64", (2,)),
    ("xp.where(f > 0, f, 0.0)", "float32", (3,)),
    ("xp.where(f > 0, 1.0, 0.0)", "float64", (3,)),
    ("xp.sqrt(2.0)", "float64", ()),
    ("xp.maximum(0, 1)", "int64", ()),
    ("xp.clip(f, None, 1)", "float32", (3,)),
    ("f.clip(0)", "float32", (3,)),
    ("xp.stack([f, f])", "float32", (2, 3)),
    ("xp.asarray([f, f])", "float32", (2, 3)),
    ("xp.concatenate([a, f])", "float64", (9,)),
    ("xp.full((2,), 1.5, dtype='float32')", "float32", (2,)),
    ("xp.full((2,), f[0])", "float32", (2,)),
    ("xp.allclose(a, a)", "bool", ()),
    ("xp.array_equal(a, a)", "bool", ()),
    ("xp.count_nonzero(a)", "int64", ()),
    ("xp.isfinite(a).all()", "bool", ()),
    ("xp.unravel_index(a.argmax(), (2, 3))[0]", "int64", ()),
    ("xp.add.accumulate(f)", "float32", (3,)),
    ("x @ x.T", "float64", (2, 2)),
    ("a @ a", "float64", ()),
    ("xp.einsum('ij,kj->ik', x, x)", "float64", (2, 2)),
    ("xp.lib.stride_tricks.as_strided(a, (2, 2), (8, 8))", "float64", (2, 2)),
    ("xp.random.default_rng(3).random((2,), dtype='float32')", "float32", (2,)),
    ("xp.random.default_rng(3).standard_normal((2, 3))", "float64", (2, 3)),
    ("xp.random.default_rng(3).integers(0, 5, size=(3,))", "int64", (3,)),
    ("xp.random.default_rng(3).random(())", "float64", ()),
    ("fuse(lambda x, y: x * y + 1)(f, 2.0)", "float32", (3,)),
    ("fuse(lambda x, y: xp.where(x > 0, x, y * x))(f, 0.5)", "float32", (3,)),
    ("fuse(lambda x, y: (x + y, x * 2))(x[:1], f)[0]", "float64", (1, 3)),
    ("fuse(lambda x, y: x if y is None else x * y)(f, None)", "float32", (3,)),
    ("fuse(lambda x, y: xp.sum(x * y, axis=1))(x, f)", "float64", (2,)),
    ("fuse(lambda x: xp.sum(x > 0) == 2)(f)", "bool", ()),
    ("fuse(lambda x: xp.maximum(x, 1).astype('float64'))(f)", "float64", (3,)),
    ("xp.fuse(kernel_name='named')(lambda x: x + 1)(f)", "float32", (3,)),
]
C_ORDER = ("x.T + 1", "-x.T", "xp.exp(x.T)", "xp.where(x.T > 0, x.T, 0)", "xp.clip(x.T, 0, 1)", "x.T.copy()", "x.T.cumsum(axis=0)")
C_ORDER += ("xp.concatenate([x.T, x.T])", "x.T[i]", "xp.take(x.T, i, axis=0)", "xp.ascontiguousarray(x.T)", "xp.isnan(x.T)")
KEEPS_ORDER = ("x.T.astype('float32')", "xp.array(x.T)", "xp.asarray(x.T, dtype='float32')", "xp.zeros_like(x.T)", "xp.empty_like(x.T)")
VIEWS = ("a[1]", "a[1:]", "a[::2]", "a.reshape(2, 3)", "a.ravel()", "a.view('int64')", "a[None]", "a.reshape(2, 3).T", "a.real")
VIEWS += ("xp.broadcast_to(a, (2, 6))", "xp.lib.stride_tricks.as_strided(a[1:], (2,), (8,))", "xp.split(a, 2)[1]", "xp.flip(a, 0)")
VIEWS += ("xp.moveaxis(a.reshape(2, 3), 0, 1)", "xp.expand_dims(a, 0)", "a.astype('float64', copy=False)", "xp.asarray(a)")
COPIES = ("a.copy()", "a + 0", "a[i]", "xp.array(a)", "a.astype('float64')", "a.repeat(1)", "a.reshape(2, 3).T.reshape(6)", "a.sum()")


def evaluate(device, expression):
    xp = device.library
    a = xp.arange(6.0)

    def fuse(function):
        function.__name__ = "fused"  # a kernel has the name of its function
        return xp.fuse(function)

    names = {
        "fuse": fuse,
        "xp": xp,
        "np": np,
        "a": a,
        "x": xp.arange(6.0).reshape(2, 3),
        "f": xp.arange(3, dtype="float32"),
        "i": xp.arange(3),
    }
    return eval(expression, names), a


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")  # NumPy's, of CuPy
@pytest.mark.parametrize(("expression", "error", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_is_refused(device, expression, error, words):
    with pytest.raises(error, match=words):
        evaluate(device, expression)


@pytest.mark.parametrize(("expression", "error", "words"), STRICTER, ids=[row[0] for row in STRICTER])
@pytest.mark.parametrize("device", ["stand-in"], indirect=True)
def test_is_refused_here_though_cupy_allows_it(device, expression, error, words):
    with pytest.raises(error, match=words):
        evaluate(device, expression)


@pytest.mark.parametrize(("expression", "dtype", "shape"), RESULTS, ids=[row[0] for row in RESULTS])
def test_what_comes_out(device, expression, dtype, shape):
    out, _ = evaluate(device, expression)
    assert type(out) is device.library.ndarray
    assert (str(out.dtype), out.shape) == (dtype, shape)


@pytest.mark.parametrize("expression", C_ORDER)
def test_kernels_leave_c_order(device, expression):
    out, _ = evaluate(device, expression)
    assert out.flags.c_contiguous


@pytest.mark.parametrize("expression", KEEPS_ORDER)
def test_copies_keep_the_layout(device, expression):
    out, _ = evaluate(device, expression)
    assert out.flags.f_contiguous and not out.flags.c_contiguous


@pytest.mark.parametrize("expression", VIEWS)
def test_views_have_the_owner_of_their_array(device, expression):
    out, a = evaluate(device, expression)
    assert backend.owner(out) is backend.owner(a)


@pytest.mark.parametrize("expression", COPIES)
def test_copies_own_their_memory(device, expression):
    out, a = evaluate(device, expression)
    assert backend.owner(out) is not backend.owner(a)


def test_writing_through_a_view_is_seen(device):
    xp = device.library
    a = xp.zeros((2, 3))
    a.T[0][1:] = 5
    a[0, 1] = 3.0
    a[-1] += xp.ones(3)
    a[xp.asarray([0, 1]), xp.asarray([2, 0])] = 7
    assert xp.asnumpy(a).tolist() == [[0, 3, 7], [7, 1, 1]]


def test_index_arrays_wrap_around(device):
    xp = device.library
    a = xp.arange(5)
    assert xp.asnumpy(a[xp.asarray([5, -6, 7])]).tolist() == [0, 4, 2]
    assert xp.asnumpy(a.take(xp.asarray([5, 6]))).tolist() == [0, 1]
    a[xp.asarray([6])] = 9
    assert xp.asnumpy(a).tolist() == [0, 9, 2, 3, 4]


def test_masks(device):
    xp = device.library
    a = xp.arange(6.0).reshape(2, 3)
    a[a > 4] = -1
    a[a == 0] = xp.asarray([8.0])
    assert xp.asnumpy(a).tolist() == [[8, 1, 2], [3, 4, -1]]
    assert xp.asnumpy(a[a > 2]).tolist() == [8, 3, 4]
    assert [xp.asnumpy(part).tolist() for part in xp.nonzero(a > 2)] == [[0, 1, 1], [0, 0, 1]]


def test_named_conversions(device):
    xp = device.library
    a = xp.asarray(np.arange(3.0))
    assert type(a.get()) is type(xp.asnumpy(a)) is np.ndarray and a.tolist() == [0, 1, 2]
    assert (a[1].item(), float(a[1]), int(a[2]), bool(a[0]), f"{a[1]:.2f}") == (1.0, 1.0, 2, False, "1.00")
    assert type(a[1].item()) is float and repr(a) == "array([0., 1., 2.])"
    assert [float(v) for v in a] == [0, 1, 2] and 2 in a


def test_streams_are_not_numpys(device):
    ours = device.library.asnumpy(device.library.random.default_rng(3).random(4))
    again = device.library.asnumpy(device.library.random.default_rng(3).random(4))
    np.testing.assert_array_equal(ours, again)
    assert not np.isin(ours, np.random.default_rng(3).random(1000)).any()


def test_a_fused_function_writes_into_what_it_is_given(device):
    xp = device.library

    def descend(w, g, lr):
        w -= lr * g

    w = xp.ones(3, dtype="float32")
    assert xp.fuse(descend)(w, xp.arange(3, dtype="float32"), 0.5) is None
    assert xp.asnumpy(w).tolist() == [1, 0.5, 0]


def test_a_fused_function_fills_what_it_is_given(device):
    xp = device.library

    def fill(x, y):
        y[...] = x + 1

    y = xp.zeros((2, 3), dtype="float32")
    xp.fuse(fill)(xp.arange(3, dtype="float32"), y)
    assert xp.asnumpy(y).tolist() == [[1, 2, 3], [1, 2, 3]]
