import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.orthogonality import orthogonality_penalty


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def orthonormal(rows, columns, seed=0):
    tall = np.linalg.qr(np.random.default_rng(seed).standard_normal((max(rows, columns), min(rows, columns))))[0]
    return tall if rows >= columns else tall.T


def test_value_and_gradient_by_hand():
    """Singular values 1 and 2, and 3 in another weight: 3^2 + 8^2 = 73."""
    v, w = leaf([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), leaf([[0.0, -3.0, 0.0]])
    penalty = orthogonality_penalty([v, w], strength=0.4)
    assert penalty.shape == () and penalty.item() == pytest.approx(7.3, rel=1e-15)
    (2 * penalty).backward()
    np.testing.assert_allclose(v.grad.array, [[0, 0], [0, 2 * 0.4 * 6], [0, 0]], rtol=1e-15)
    np.testing.assert_allclose(w.grad.array, [[0, -2 * 0.4 * 24, 0]], rtol=1e-15)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (6, 2, 3, 3), (2, 3, 2, 2)])
def test_it_equals_the_composed_expression(shape):
    values = np.random.default_rng(0).standard_normal(shape)
    ours, composed = leaf(values), leaf(values)
    m = composed.reshape(shape[0], -1)
    gram = m.T @ m if m.shape[0] >= m.shape[1] else m @ m.T
    expected = 0.7 / 4 * ((gram - torch.eye(len(gram), dtype=torch.float64)) ** 2).sum()
    penalty = orthogonality_penalty([ours], 0.7)
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-13)
    penalty.backward()
    expected.backward()
    np.testing.assert_allclose(ours.grad.array, composed.grad.array, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
def test_it_is_a_sum_over_singular_values_and_both_sides_have_one_gradient(shape):
    w = leaf(np.random.default_rng(0).standard_normal(shape))
    d = np.linalg.svd(w.array, compute_uv=False)
    penalty = orthogonality_penalty([w], 2.0)
    penalty.backward()
    assert penalty.item() == pytest.approx(0.5 * ((d**2 - 1) ** 2).sum(), rel=1e-13)
    m = w.array
    np.testing.assert_allclose(w.grad.array, 2.0 * (m @ m.T @ m - m), rtol=1e-12)
    longer = m @ m.T if shape[0] > shape[1] else m.T @ m
    assert 0.5 * ((longer - np.eye(5)) ** 2).sum() == pytest.approx(penalty.item() + 0.5 * 2, rel=1e-13)


def test_it_vanishes_at_orthogonal_weights_and_only_there():
    for shape in ((5, 3), (3, 5), (4, 4)):
        w = leaf(orthonormal(*shape))
        penalty = orthogonality_penalty([w], 1.0)
        penalty.backward()
        assert penalty.item() < 1e-28 and abs(w.grad.array).max() < 1e-14
        assert orthogonality_penalty([1.1 * w], 1.0).item() > 0.03
    started = torch.zeros(8, 3, 3, 3)
    torch.nn.init.orthogonal_(started)
    assert orthogonality_penalty(started, 1.0).item() < 1e-10


def test_descent_takes_all_singular_values_to_one_and_zero_is_left():
    w = leaf(np.random.default_rng(0).standard_normal((6, 4)) * [0.8, 0.5, 0.1, 1e-3])
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(400):
        optimizer.zero_grad()
        orthogonality_penalty([w], 1.0).backward()
        optimizer.step()
    np.testing.assert_allclose(np.linalg.svd(w.array, compute_uv=False), 1, atol=1e-12)
    zero = leaf(np.zeros((6, 4)))
    penalty = orthogonality_penalty([zero], 1.0)
    penalty.backward()
    assert penalty.item() == 1.0 and not zero.grad.array.any()


@pytest.mark.parametrize(("decay", "squared"), [(0.25, 0.75), (0.0, 1.0), (1.5, 0.0)])
def test_beside_weight_decay_it_settles_at_a_compromise(decay, squared):
    """Equation (6)."""
    w = leaf(np.random.default_rng(0).standard_normal((5, 3)))
    optimizer = torch.optim.SGD([w], lr=0.1, weight_decay=decay)
    for _ in range(2000):
        optimizer.zero_grad()
        orthogonality_penalty([w], 1.0).backward()
        optimizer.step()
    np.testing.assert_allclose(np.linalg.svd(w.array, compute_uv=False) ** 2, squared, atol=1e-12)


@pytest.mark.parametrize(("lr", "ends"), [(0.6, True), (0.7, False)])
def test_plain_steps_diverge_beyond_the_limit(lr, ends):
    """At d = 2, strength 1, the limit lr (d^2 - 1) = 2 is lr = 2/3."""
    d = 2.0
    for _ in range(4):
        w = leaf([[d]])
        orthogonality_penalty([w], 1.0).backward()
        d -= lr * w.grad.item()
    assert (abs(d) < 2) == ends


@pytest.mark.parametrize(
    "layer",
    [
        torch.nn.Linear(6, 4),
        torch.nn.Conv2d(3, 8, 2),
        torch.nn.Conv1d(6, 4, 3, groups=2),
        torch.nn.Conv2d(5, 5, 3, groups=5),
        torch.nn.ConvTranspose1d(6, 4, 3),
        torch.nn.ConvTranspose2d(6, 4, 2, groups=2),
    ],
    ids=str,
)
def test_a_layers_matrix_maps_what_a_unit_sees_to_the_unit(layer):
    """The singular values of the linear map from one window of the input to the output there, group by group."""
    kernel = layer.weight.shape[2:]
    transposed, groups = getattr(layer, "transposed", False), getattr(layer, "groups", 1)
    w = layer.weight.detach().numpy().astype("float64")
    expected = 0.0
    for block in np.split(w, groups):
        block = block.swapaxes(0, 1) if transposed else block
        matrix = block.reshape(len(block), -1)
        assert matrix.shape == (len(block), layer.weight.numel() // (len(block) * groups)) and len(kernel) == w.ndim - 2
        expected += 0.5 * ((np.linalg.svd(matrix, compute_uv=False) ** 2 - 1) ** 2).sum()
    assert orthogonality_penalty(layer, 2.0).item() == pytest.approx(expected, rel=1e-5)
    layer.zero_grad()
    orthogonality_penalty(layer, 2.0).backward()
    assert layer.bias.grad is None
    assert torch.autograd.gradcheck(lambda weight: _penalty_with(layer, weight), (torch.tensor(w, requires_grad=True),))
    np.testing.assert_allclose(layer.weight.grad.array, _gradient(layer, w), rtol=1e-4, atol=1e-5)


def _twin(layer, weight):
    twin = torch.nn.Module()
    twin.penalized, twin.transposed, twin.groups = ("weight",), getattr(layer, "transposed", False), getattr(layer, "groups", 1)
    object.__setattr__(twin, "weight", weight)
    return twin


def _penalty_with(layer, weight):
    return orthogonality_penalty(_twin(layer, weight), 2.0)


def _gradient(layer, w):
    weight = leaf(w)
    _penalty_with(layer, weight).backward()
    return weight.grad.array


def test_an_isometry_where_windows_do_not_overlap():
    """Stride = kernel: the convolution with orthogonal filters keeps the length of its input."""
    layer = torch.nn.Conv2d(3, 12, 2, stride=2, bias=False).double()
    layer.weight.array[...] = orthonormal(12, 12).reshape(12, 3, 2, 2)
    assert orthogonality_penalty(layer, 1.0).item() < 1e-28
    x = torch.tensor(np.random.default_rng(0).standard_normal((1, 3, 6, 6)))
    assert layer(x).norm().item() == pytest.approx(x.norm().item(), rel=1e-14)


def test_float32_stays_float32_also_with_float64_settings():
    w = leaf(np.random.default_rng(0).standard_normal((3, 4)), "float32")
    penalty = orthogonality_penalty([w], np.float64(0.1))
    penalty.backward()
    assert {penalty.dtype, w.grad.dtype} == {np.dtype("float32")}


def test_layouts_shapes_and_emptiness():
    values = np.arange(6.0).reshape(2, 3) - 2
    for array in (values.T, values[:, ::2], values[::-1], values[0], values[0, 0:0], values[:, 0:0], np.float64(2.0)):
        array = np.array(array)
        m = array.reshape(len(array) if array.ndim else 1, -1) if array.size else array.reshape(len(array), 0 if array.ndim > 1 else 1)
        w = torch.from_numpy(array).requires_grad_()
        penalty = orthogonality_penalty([w], 0.5)
        gram = m.T @ m if m.shape[0] >= m.shape[1] else m @ m.T
        assert penalty.item() == pytest.approx(0.125 * ((gram - np.eye(len(gram))) ** 2).sum(), rel=1e-14)
        penalty.backward()
        np.testing.assert_allclose(w.grad.array, 0.5 * (m @ m.T @ m - m).reshape(array.shape), rtol=1e-13)


def test_strength_zero_switches_it_off():
    w = leaf([[1.0, -2.0]])
    penalty = orthogonality_penalty([w], 0)
    penalty.backward()
    assert penalty.item() == 0.0 and not w.grad.array.any()


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: orthogonality_penalty([w], -0.5), ValueError, "orthogonality_penalty: strength .* got strength=-0.5"),
        (lambda w: orthogonality_penalty([w], "a"), TypeError, "got strength='a'"),
        (lambda w: orthogonality_penalty([], 0.5), ValueError, "got none in list"),
        (lambda w: orthogonality_penalty([1.0], 0.5), TypeError, "got float among them"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(leaf([[1.0]]))
