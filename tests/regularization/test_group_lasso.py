import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.group_lasso import group_lasso_penalty, group_lasso_proximal_, group_soft_threshold
from tinyreg.regularization.l1 import l1_penalty, l1_proximal_, soft_threshold


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def test_value_and_gradient_by_hand():
    v, w = leaf([[3.0, -4.0], [0.0, 0.0], [0.0, 2.0]]), leaf([5.0])
    penalty = group_lasso_penalty([v, w], strength=0.5)
    assert penalty.shape == () and penalty.item() == pytest.approx(0.5 * (math.sqrt(2) * (5 + 0 + 2) + 5), rel=1e-15)
    (3 * penalty).backward()
    root = 1.5 * math.sqrt(2)
    np.testing.assert_allclose(v.grad.array, [[0.6 * root, -0.8 * root], [0, 0], [0, root]], rtol=1e-15)
    np.testing.assert_array_equal(w.grad.array, [1.5])


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_it_equals_the_composed_expression(dim):
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in ((3, 4, 2), (2, 5, 3))]
    ours, composed = [leaf(x) for x in values], [leaf(x) for x in values]
    penalty = group_lasso_penalty(ours, 0.3, dim=dim)
    expected = 0
    for w in composed:
        rows = w.movedim(dim, 0).flatten(1)
        expected = expected + 0.3 * math.sqrt(rows.shape[1]) * rows.norm(dim=1).sum()
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-14)
    penalty.backward()
    expected.backward()
    for a, b in zip(ours, composed):
        np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-13)


def test_labels_are_another_way_to_say_rows():
    values, labels = np.random.default_rng(0).standard_normal((4, 3)), np.repeat([2, 0, 7, 1], 3).reshape(4, 3)
    rows, labelled = leaf(values), leaf(values)
    a, b = group_lasso_penalty(rows, 0.7), group_lasso_penalty(labelled, 0.7, groups=labels)
    assert a.item() == pytest.approx(b.item(), rel=1e-14)
    a.backward()
    b.backward()
    np.testing.assert_allclose(rows.grad.array, labelled.grad.array, rtol=1e-14)
    c, d = group_soft_threshold(rows, 1.5), group_soft_threshold(labelled, 1.5, groups=torch.tensor(labels))
    np.testing.assert_allclose(c.detach().array, d.detach().array, rtol=1e-14)
    assert 0 < (c.detach().array == 0).all(axis=1).sum() < 4
    rows.grad = labelled.grad = None
    cotangent = torch.tensor(np.random.default_rng(1).standard_normal((4, 3)))
    c.backward(cotangent)
    d.backward(cotangent)
    np.testing.assert_allclose(rows.grad.array, labelled.grad.array, rtol=1e-13, atol=1e-15)
    group_lasso_proximal_(rows, 0.5, 1.1)
    group_lasso_proximal_(labelled, 0.5, 1.1, groups=labels.tolist())
    np.testing.assert_allclose(rows.array, labelled.array, rtol=1e-14)


def test_groups_of_one_are_l1():
    values = np.array([-5.0, -1.0, 0.0, 1.5, 7.0])
    grouped, plain = leaf(values), leaf(values)
    a, b = group_lasso_penalty([grouped], 0.3), l1_penalty([plain], 0.3)
    a.backward()
    b.backward()
    assert a.item() == b.item()
    np.testing.assert_array_equal(grouped.grad.array, plain.grad.array)
    np.testing.assert_allclose(group_soft_threshold(grouped, 2.0).array, soft_threshold(plain, 2.0).array, rtol=1e-15)
    group_lasso_proximal_([grouped], 0.5, 4.0)
    l1_proximal_([plain], 0.5, 4.0)
    np.testing.assert_allclose(grouped.array, plain.array, rtol=1e-15)


def test_the_block_threshold_keeps_the_direction_and_shortens():
    x = torch.tensor(np.array([[3.0, -4.0], [0.6, 0.8], [0.0, 0.0], [0.0, 2.0]]))
    y = group_soft_threshold(x, 1.0).array
    np.testing.assert_allclose(y, [[2.4, -3.2], [0, 0], [0, 0], [0, 1]], rtol=1e-15)
    assert not np.signbit(y[1:3]).any()
    np.testing.assert_allclose(group_soft_threshold(x, 1.0, dim=1).array[:, 0], x.array[:, 0] * (1 - 1 / math.sqrt(9.36)), rtol=1e-14)


def test_the_block_threshold_minimizes_its_objective():
    """Equation (3) against random points near the claimed minimum and far from it."""
    rng = np.random.default_rng(0)
    for t in (0.5, 2.0, 4.0):
        x = rng.standard_normal(3) * 1.5
        y = group_soft_threshold(torch.tensor(x[None]), t).array[0]

        def objective(z, x=x, t=t):
            return ((z - x) ** 2).sum(axis=-1) / 2 + t * np.sqrt((z**2).sum(axis=-1))

        for spread in (1e-4, 0.1, 3.0):
            others = y + spread * rng.standard_normal((20000, 3))
            assert objective(y) <= objective(others).min()


def test_the_block_thresholds_gradient_along_and_across():
    x = leaf([[3.0, 4.0], [0.3, 0.4]])
    y = group_soft_threshold(x, 2.0)
    y.backward(torch.tensor(np.array([[0.6, 0.8], [1.0, 1.0]])), retain_graph=True)
    np.testing.assert_allclose(x.grad.array, [[0.6, 0.8], [0, 0]], rtol=1e-14)
    x.grad = None
    y.backward(torch.tensor(np.array([[-0.8, 0.6], [1.0, 1.0]])))
    np.testing.assert_allclose(x.grad.array, [[-0.8 * 0.6, 0.6 * 0.6], [0, 0]], rtol=1e-14)


def test_the_block_threshold_at_its_ends():
    x = torch.tensor(np.array([[-2.0, 0.5], [0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0]]))
    np.testing.assert_array_equal(group_soft_threshold(x, 0).array, x.array[:3].tolist() + [[np.nan, np.nan]])
    np.testing.assert_array_equal(group_soft_threshold(x, 3.0).array[:3], [[0, 0], [0, 0], [np.inf, 1.0]])
    assert np.isnan(group_soft_threshold(x, 3.0).array[3]).all()
    exactly = torch.tensor([[3.0, 4.0]])
    assert group_soft_threshold(exactly, 5.0).tolist() == [[0.0, 0.0]]


def test_a_module_has_its_output_units_for_groups_also_where_convolutions_are_transposed():
    """A filter at 0 for every unit: what is left at 0 is the unit's whole channel of the output, in whichever layer."""
    torch.manual_seed(0)
    for layer in (
        torch.nn.Linear(4, 6),
        torch.nn.Conv1d(4, 6, 3, groups=2),
        torch.nn.ConvTranspose1d(4, 6, 3),
        torch.nn.ConvTranspose1d(4, 6, 3, groups=2),
    ):
        x = torch.randn(1, 4) if isinstance(layer, torch.nn.Linear) else torch.randn(1, 4, 5)
        layer.bias.array[...] = 0
        lengths = np.zeros(6)
        for unit in range(6):  # the length of a unit's incoming weights, from its answer to every single weight
            for place in np.ndindex(*layer.weight.shape):
                value, layer.weight.array[place] = layer.weight.array[place], 100.0
                answer = layer(x).detach().numpy()[0, unit].copy()
                layer.weight.array[place] = -100.0
                moved = (layer(x).detach().numpy()[0, unit] != answer).any()
                layer.weight.array[place] = value
                lengths[unit] += value**2 * moved
        lengths = np.sqrt(lengths)
        size = layer.weight.numel() / 6
        assert group_lasso_penalty(layer, 1.0).item() == pytest.approx(math.sqrt(size) * lengths.sum(), rel=1e-5)
        t = np.sort(lengths)[2:4].mean()
        group_lasso_proximal_(layer, lr=1.0, strength=t / math.sqrt(size))
        silent = (layer(x).detach().numpy().reshape(6, -1) == 0).all(axis=1)
        np.testing.assert_array_equal(silent, lengths < t)


def test_dim_1_of_a_module_takes_whole_inputs():
    layer = torch.nn.Conv2d(3, 5, 3)
    layer.weight.array[:, 1] *= 1e-3
    group_lasso_proximal_(layer, lr=1.0, strength=0.01, dim=1)
    assert (layer.weight.array == 0).all(axis=(0, 2, 3)).tolist() == [False, True, False]
    x = torch.randn(1, 3, 6, 6)
    other = x.clone()
    other.array[:, 1] = 100.0
    np.testing.assert_array_equal(layer(x).detach().numpy(), layer(other).detach().numpy())


def test_the_proximal_step_acts_in_place_on_a_module_and_is_noticed_by_the_graph():
    net = torch.nn.Linear(3, 2)
    weight, bias, memory = net.weight.array.copy(), net.bias.array.copy(), net.weight.array
    y = (net.weight * net.weight).sum()
    group_lasso_proximal_(net, lr=0.5, strength=0.2)
    assert net.weight.array is memory and net.weight.requires_grad
    length = np.linalg.norm(weight, axis=1, keepdims=True)
    np.testing.assert_allclose(memory, weight * np.maximum(1 - 0.1 * math.sqrt(3) / length, 0), atol=1e-7)
    np.testing.assert_array_equal(net.bias.array, bias)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


@pytest.mark.parametrize("dim", [0, 1])
def test_a_weight_of_several_blocks_is_shrunk_like_its_groups_and_its_zeros_have_no_sign(dim):
    w = leaf(np.random.default_rng(0).normal(0, np.linspace(0, 1, 600)[:, None], (600, 400)))
    strength = 0.5 if dim == 0 else 0.6
    expected = group_soft_threshold(w, strength * math.sqrt(400 if dim == 0 else 600), dim).detach().numpy()
    w = w.detach()
    group_lasso_proximal_([w], 1.0, strength, dim=dim)
    np.testing.assert_allclose(w.array, expected, rtol=1e-14)
    assert 0 < (w.array == 0).sum() < w.array.size and not np.signbit(w.array[w.array == 0]).any()


def test_before_batch_norm_it_only_shortens():
    """The gradient of a loss behind batch norm is orthogonal to each unit's weights; the penalty's is along them."""
    torch.manual_seed(0)
    layer, norm = torch.nn.Linear(6, 4, bias=False).double(), torch.nn.BatchNorm1d(4, eps=1e-30).double()
    x, target = (
        torch.tensor(np.random.default_rng(0).standard_normal((30, 6))),
        torch.tensor(np.random.default_rng(1).standard_normal((30, 4))),
    )
    ((norm(layer(x)) - target) ** 2).sum().backward()
    loss_gradient = layer.weight.grad.array.copy()
    assert abs((loss_gradient * layer.weight.array).sum(axis=1)).max() < 1e-12 * abs(loss_gradient).max()
    before = norm(layer(x)).detach().numpy()
    group_lasso_proximal_(layer, 1.0, 0.1)
    np.testing.assert_allclose(norm(layer(x)).detach().numpy(), before, rtol=1e-10, atol=1e-12)


def test_float32_stays_float32_also_with_float64_settings():
    w, half = leaf([[1.0, 2.0], [3.0, 4.0]], "float32"), np.float64(0.1)
    for groups in (None, [[0, 1], [1, 0]]):
        w.grad = None
        penalty = group_lasso_penalty([w], half, groups=groups)
        penalty.backward()
        group_lasso_proximal_([w], half, half, groups=groups)
        shrunk = group_soft_threshold(w, half, groups=groups)
        assert {penalty.dtype, w.grad.dtype, w.dtype, shrunk.dtype} == {np.dtype("float32")}


def test_layouts_shapes_and_emptiness():
    values = np.arange(6.0).reshape(2, 3) - 2
    for array in (values.T, values[:, ::2], values[::-1], values[0, 0:0], values[:, 0:0], values[0:0], np.float64(2.0)):
        array = np.array(array)
        rows = array.reshape(len(array) if array.ndim else 1, math.prod(array.shape[1:]))
        length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
        root = math.sqrt(rows.shape[1])
        w = torch.from_numpy(array).requires_grad_()
        penalty = group_lasso_penalty([w], 0.5)
        assert penalty.item() == pytest.approx(0.5 * root * length.sum(), rel=1e-15)
        penalty.backward()
        np.testing.assert_allclose(w.grad.array, (0.5 * root * rows / length).reshape(array.shape), rtol=1e-15)
        expected = (rows * np.maximum(1 - root / length, 0)).reshape(array.shape) if rows.size else array.copy()
        group_lasso_proximal_(w, 1.0, 1.0)
        np.testing.assert_allclose(w.array, expected, rtol=1e-15)


def test_strength_zero_switches_it_off():
    w = leaf([[1.0, -2.0]])
    penalty = group_lasso_penalty([w], 0)
    penalty.backward()
    assert penalty.item() == 0.0 and w.grad.tolist() == [[0.0, 0.0]]
    group_lasso_proximal_([w], 0.1, 0)
    assert w.tolist() == [[1.0, -2.0]]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: group_lasso_penalty([w], -0.5), ValueError, "group_lasso_penalty: strength .* got strength=-0.5"),
        (lambda w: group_lasso_penalty([], 0.5), ValueError, "got none in list"),
        (lambda w: group_lasso_penalty([w], 0.5, dim=1), IndexError, "group_lasso_penalty: dim .* got dim=1"),
        (lambda w: group_lasso_penalty([w, w], 0.5, groups=[0, 0]), ValueError, "groups .* got 2 tensors"),
        (lambda w: group_lasso_penalty([w], 0.5, groups=[0]), ValueError, r"groups .* got \(1,\) for \(2,\)"),
        (lambda w: group_lasso_penalty([w], 0.5, groups=[0.0, 1.0]), TypeError, "groups must be integers, got dtype float32"),
        (lambda w: group_lasso_penalty([w], 0.5, groups=[0, 2]), IndexError, r"groups must lie in \[0, 2\), got numbers from 0 to 2"),
        (lambda w: group_lasso_penalty([w], 0.5, groups=[-1, 0]), IndexError, "got numbers from -1 to 0"),
        (lambda w: group_soft_threshold(w, -2), ValueError, "group_soft_threshold: threshold .* got threshold=-2"),
        (lambda w: group_soft_threshold(torch.tensor([1, 2]), 1), TypeError, "group_soft_threshold: x .* got dtype int64"),
        (lambda w: group_soft_threshold([1.0], 1), TypeError, "group_soft_threshold: x must be a Tensor, got list"),
        (lambda w: group_lasso_proximal_([w], -0.1, 1), ValueError, "group_lasso_proximal_: lr .* got lr=-0.1"),
        (lambda w: group_lasso_proximal_([2 * w], 0.1, 1), RuntimeError, "group_lasso_proximal_: .* got the output of"),
        (lambda w: group_lasso_proximal_([w], 0.1, 1, groups=[0]), ValueError, "group_lasso_proximal_: groups .* got"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(leaf([1.0, 2.0]))
