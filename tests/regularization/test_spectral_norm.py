import copy

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.autograd.tensor import wrap
from tinyreg.nn.utils import spectral_norm
from tinyreg.regularization import l2_penalty
from tinyreg.regularization.spectral_norm import as_matrix, as_weight, spectrally_normalized, turned


def leaf(values, dtype="float64"):
    return torch.tensor(np.array(values, dtype), requires_grad=True)


def first_vectors(W):
    u, s, vt = np.linalg.svd(W)
    return u[:, 0], vt[0], s


def test_by_hand():
    """W = diag(4, 2), u = v = (1, 0): sigma = 4, W_sn = diag(1, 1/2). For G = [[1, 3], [5, 8]]: <G, W_sn> = 1 + 4 = 5,
    grad = ([[1, 3], [5, 8]] - 5 [[1, 0], [0, 0]])/4 = [[-1, 3/4], [5/4, 2]]."""
    W, e = leaf([[4.0, 0.0], [0.0, 2.0]]), wrap(np.array([1.0, 0.0]))
    W_sn = spectrally_normalized(W, e, e)
    W_sn.backward(torch.tensor([[1.0, 3.0], [5.0, 8.0]]).double())
    assert W_sn.tolist() == [[1, 0], [0, 0.5]]
    assert W.grad.tolist() == [[-1, 0.75], [1.25, 2]]


SHAPES = [((4, 3), 0), ((3, 4), 1), ((5, 2, 3), 0), ((2, 5, 3), 1), ((3, 2, 2, 2), 2), ((4,), 0), ((1, 3), 0)]


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_at_the_first_singular_vectors_it_is_the_derivative_of_division_by_the_largest_singular_value(shape, dim):
    """Against central differences of W/sigma(W), sigma from NumPy's svd: u and v depend on W, and no road leads through them."""
    rng = np.random.default_rng(0)
    W, G, h = rng.standard_normal(shape), rng.standard_normal(shape), 1e-6
    u, v, s = first_vectors(as_matrix(W, dim))
    weight = leaf(W)
    W_sn = spectrally_normalized(weight, wrap(u), wrap(v), dim)
    W_sn.backward(wrap(G))
    np.testing.assert_allclose(np.linalg.svd(as_matrix(W_sn.detach().numpy(), dim))[1], s / s[0], rtol=1e-13)

    def value(W):
        return (G * W / np.linalg.norm(as_matrix(W, dim), 2)).sum()

    for index in np.ndindex(*shape):
        step = np.zeros(shape)
        step[index] = h
        assert weight.grad[index].item() == pytest.approx((value(W + step) - value(W - step)) / (2 * h), abs=1e-8)


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_the_gradient_is_at_a_right_angle_to_the_weight_for_any_u_and_v(shape, dim):
    rng = np.random.default_rng(1)
    W, G = rng.standard_normal(shape), rng.standard_normal(shape)
    rows, columns = as_matrix(W, dim).shape
    u, v = rng.standard_normal(rows), rng.standard_normal(columns)
    weight = leaf(W)
    spectrally_normalized(weight, wrap(u), wrap(v), dim).backward(wrap(G))
    grad = weight.grad.numpy()
    assert abs((W * grad).sum()) < 1e-12 * np.linalg.norm(W) * np.linalg.norm(grad)


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_equals_the_composition_of_simpler_operations(shape, dim):
    rng = np.random.default_rng(2)
    W, G = rng.standard_normal(shape), rng.standard_normal(shape)
    rows, columns = as_matrix(W, dim).shape
    u, v = (wrap(rng.standard_normal(n)) for n in (rows, columns))
    ours, theirs = leaf(W), leaf(W)
    first = spectrally_normalized(ours, u, v, dim)
    second = theirs / (u @ (theirs.movedim(dim, 0).reshape(rows, columns) @ v))
    for w_sn in (first, second):
        w_sn.backward(wrap(G))
    np.testing.assert_allclose(first.detach().numpy(), second.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-11, atol=1e-12)


def test_each_road_matters():
    """Without road 2 the gradient would be the plain G/sigma."""
    rng = np.random.default_rng(0)
    W = rng.standard_normal((4, 3))
    G = W + rng.standard_normal((4, 3))
    u, v, s = first_vectors(W)
    weight = leaf(W)
    spectrally_normalized(weight, wrap(u), wrap(v)).backward(wrap(G))
    road_1, road_2 = G / s[0], -(G * W / s[0]).sum() / s[0] * np.outer(u, v)
    np.testing.assert_allclose(weight.grad.numpy(), road_1 + road_2, rtol=1e-11, atol=1e-13)
    assert abs(road_2).max() > 0.1 * abs(road_1).max()


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_matrices_and_weights(shape, dim):
    weight = np.arange(np.prod(shape)).reshape(shape)
    matrix = as_matrix(weight, dim)
    assert matrix.shape[0] == shape[dim]
    np.testing.assert_array_equal(matrix[1 % shape[dim]], np.take(weight, 1 % shape[dim], axis=dim).ravel())
    np.testing.assert_array_equal(as_weight(matrix, shape, dim), weight)


def test_a_turn_shrinks_the_second_vector_by_the_square_of_the_ratio():
    """W = diag(2, 1): the ratio of the two elements of u falls by (1/2)^2 a turn; so does it, from one turn on, in v."""
    W, u = np.diag([2.0, 1.0]), np.array([1.0, 1.0]) / np.sqrt(2)
    for turns in (1, 2, 5):
        found, v = turned(W, u, turns)
        assert found[1] / found[0] == pytest.approx(0.25**turns, rel=1e-12)
        assert v[1] / v[0] == pytest.approx(0.5 * 0.25 ** (turns - 1), rel=1e-12)
        assert found @ W @ v <= 2
    assert turned(W, u, 40)[0] @ W @ turned(W, u, 40)[1] == pytest.approx(2, rel=1e-15)


def sigma(layer):
    """The true largest singular value of the layer's computed weight."""
    return np.linalg.norm(layer.weight.detach().numpy().reshape(len(layer.weight), -1), 2)


def test_the_largest_singular_value_is_followed_in_training():
    """One turn a step lags behind where W moves fast; it never makes the weight too small, and catches up where W rests."""
    torch.manual_seed(0)
    net = nn.Sequential(spectral_norm(nn.Linear(6, 8)), nn.Tanh(), spectral_norm(nn.Linear(8, 3))).double()
    rng = np.random.default_rng(0)
    x, y = wrap(rng.standard_normal((50, 6))), wrap(rng.standard_normal((50, 3)))
    sgd = torch.optim.SGD(net.parameters(), lr=0.01)
    for _ in range(100):
        sgd.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        sgd.step()
        for layer in (net[0], net[2]):
            assert 1 - 1e-12 < sigma(layer) < 1.05
    for _ in range(500):
        net(x)
    assert [sigma(layer) for layer in (net[0], net[2])] == pytest.approx([1, 1], abs=1e-9)
    spread = np.linalg.svd(net[0].weight.detach().numpy())[1]
    assert spread[-1] < 0.9


def test_no_pair_of_inputs_is_stretched_by_more_than_the_product_of_the_norms():
    """Equation (7), 10,000 pairs near and far; the plain network of the same weights exceeds 1."""
    torch.manual_seed(1)
    plain = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 4)).double()
    with torch.no_grad():
        for p in plain.parameters():
            p *= 4
    normed = copy.deepcopy(plain)
    layers = [spectral_norm(normed[i], n_power_iterations=50) for i in (0, 2, 4)]
    rng = np.random.default_rng(0)
    a = rng.standard_normal((10_000, 6))
    b = a + rng.standard_normal((10_000, 6)) * 10 ** rng.uniform(-4, 1, (10_000, 1))
    normed(wrap(a))  # a call in training turns u and v
    bound = np.prod([sigma(layer) for layer in layers])
    assert 1 <= bound < 1.001

    def stretch(net):
        with torch.no_grad():
            moved = net(wrap(a)).numpy() - net(wrap(b)).numpy()
        return np.linalg.norm(moved, axis=1) / np.linalg.norm(a - b, axis=1)

    assert stretch(normed.eval()).max() <= bound * (1 + 1e-9)
    assert stretch(plain).max() > 9


@pytest.mark.parametrize(("kernel", "stride", "windows"), [(3, 1, 9), (3, 2, 4), (2, 2, 1), (5, 3, 4)])
def test_a_convolution_stretches_by_at_most_the_root_of_the_windows_of_a_pixel(kernel, stride, windows):
    """The layer's own largest singular value, from its matrix, lies within sqrt(T) sigma(W); ones come near it."""
    torch.manual_seed(0)
    layer = spectral_norm(nn.Conv2d(2, 3, kernel, stride, padding=1, bias=False).double(), n_power_iterations=50)
    pixels = np.eye(2 * 9 * 9).reshape(-1, 2, 9, 9)
    layer(wrap(pixels))
    rows = layer.eval()(wrap(pixels)).detach().numpy().reshape(len(pixels), -1)
    assert sigma(layer) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(rows, 2) <= windows**0.5 * (1 + 1e-6)
    with torch.no_grad():
        layer.weight_orig[...] = 1.0
        layer.train()(wrap(pixels))
        stretched = np.linalg.norm(layer.eval()(wrap(pixels)).numpy().reshape(len(pixels), -1), 2)
    assert 0.7 * windows**0.5 < stretched <= windows**0.5 * (1 + 1e-6)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (2, 2), (3, 2)])
def test_a_transposed_convolution_stretches_by_at_most_the_root_of_its_taps(kernel, stride):
    """T = K L at any stride; it is reached where each tap copies the input into an output channel of its own."""
    torch.manual_seed(0)
    taps, pixels = kernel**2, wrap(np.eye(36).reshape(-1, 1, 6, 6))
    layer = spectral_norm(nn.ConvTranspose2d(1, taps, kernel, stride, bias=False).double(), n_power_iterations=200)

    def stretched():
        layer.train()(pixels)
        rows = layer.eval()(pixels).detach().numpy().reshape(36, -1)
        assert np.linalg.norm(layer.weight.detach().numpy().reshape(taps, taps), 2) == pytest.approx(1, abs=1e-6)
        return np.linalg.norm(rows, 2)

    assert stretched() <= kernel * (1 + 1e-6)
    layer.weight_orig.data.copy_(wrap(np.eye(taps).reshape(1, taps, kernel, kernel)))
    assert stretched() == pytest.approx(kernel, rel=1e-6)


def test_u_and_v_move_in_training_only_and_a_call_between_does_not_spoil_backward():
    torch.manual_seed(0)
    layer = spectral_norm(nn.Linear(5, 4)).double()
    x = torch.randn(3, 5).double()

    def state():
        return np.concatenate([layer.weight_u.numpy(), layer.weight_v.numpy()])

    before = state()
    layer.weight  # noqa: B018  reading it does not move them
    y = layer.eval()(x)
    np.testing.assert_array_equal(state(), before)
    y.backward(torch.ones(3, 4).double())
    wanted = layer.weight_orig.grad.numpy()
    layer.weight_orig.grad = None
    y = layer(x)
    with torch.no_grad():
        layer.train()(x)
    assert abs(state() - before).max() > 0
    y.backward(torch.ones(3, 4).double())
    np.testing.assert_allclose(layer.weight_orig.grad.numpy(), wanted, rtol=1e-12)


def test_two_calls_in_one_graph():
    """A critic's loss, D(real) - D(fake): each call has the u and v of its own time."""
    layer = spectral_norm(nn.Linear(5, 4)).double()
    real, fake = torch.randn(3, 5).double(), torch.randn(3, 5).double()
    (layer(real).mean() - layer(fake).mean()).backward()
    assert layer.weight_orig.grad.isfinite().all()


def test_evaluation_before_training_is_right_too():
    """After 15 turns at the start the share of the second vector is (s_2/s_1)^30, here 2^-30."""
    layer = nn.Linear(2, 2, bias=False).double()
    layer.weight.data[...] = torch.tensor([[2.0, 0.0], [0.0, 1.0]]).double()
    layer = spectral_norm(layer).eval()
    np.testing.assert_allclose(layer(torch.eye(2).double()).detach().numpy(), [[1, 0], [0, 0.5]], rtol=1e-12)


def test_chance_comes_from_the_generator():
    def start(seed=None, generator=None):
        if seed is not None:
            torch.manual_seed(seed)
        layer = nn.Linear(50, 40)
        layer.weight.data[...] = torch.randn(40, 50, generator=torch.Generator(5))
        return spectral_norm(layer, generator=generator).weight_u.tolist()

    assert start(1) == start(1) != start(2)
    assert start(1, torch.Generator(3)) == start(2, torch.Generator(3)) != start(1)


@pytest.mark.parametrize(
    ("make", "dim", "rows", "columns"),
    [
        (lambda: nn.Linear(3, 2), None, 2, 3),
        (lambda: nn.Linear(3, 2), 1, 3, 2),
        (lambda: nn.Conv2d(4, 6, 3, groups=2), None, 6, 18),
        (lambda: nn.ConvTranspose2d(4, 6, 3), None, 6, 36),
        (lambda: nn.ConvTranspose1d(4, 6, 3), 0, 4, 18),
        (lambda: nn.Conv3d(1, 2, 2), -5, 2, 8),
    ],
)
def test_the_parts_of_a_layer(make, dim, rows, columns):
    layer = make()
    weight = layer.weight
    assert spectral_norm(layer, dim=dim) is layer
    assert layer.weight_orig is weight
    assert (layer.weight_u.shape, layer.weight_v.shape) == ((rows,), (columns,))
    np.testing.assert_allclose([layer.weight_u.norm().item(), layer.weight_v.norm().item()], 1, rtol=1e-6)
    assert list(layer.state_dict()) == ["bias", "weight_orig", "weight_u", "weight_v"]


def test_l2_on_the_module_is_the_stable_rank():
    """s/2 sum_j (s_j/s_1)^2; its gradient lowers the other singular values, at a right angle to W."""
    torch.manual_seed(0)
    layer = spectral_norm(nn.Linear(5, 4).double(), n_power_iterations=200)
    layer(torch.randn(1, 5).double())
    W = layer.weight_orig.detach().numpy()
    s = np.linalg.svd(W)[1]
    penalty = l2_penalty(layer, 0.8)
    penalty.backward()
    assert penalty.item() == pytest.approx(0.4 * (s**2).sum() / s[0] ** 2, rel=1e-10)
    grad = layer.weight_orig.grad.numpy()
    assert abs((W * grad).sum()) < 1e-12 and np.linalg.norm(grad) > 0.01
    lower = np.linalg.svd(W - 0.01 * grad)[1]
    assert (lower[1:] / lower[0] < s[1:] / s[0]).all()


def test_float32_stays_float32():
    W, e = leaf(np.diag([4.0, 2.0]), "float32"), torch.tensor([1.0, 0.0])
    W_sn = spectrally_normalized(W, e, e)
    W_sn.sum().backward()
    assert W_sn.dtype == W.grad.dtype == torch.float32


def test_refusals_name_the_values():
    layer = nn.Linear(3, 2)
    for turns in (0, -2):
        with pytest.raises(ValueError, match=f"spectral_norm: n_power_iterations must be at least 1, got n_power_iterations={turns}"):
            spectral_norm(layer, n_power_iterations=turns)
    with pytest.raises(TypeError, match="n_power_iterations must be an integer, got n_power_iterations=1.5"):
        spectral_norm(layer, n_power_iterations=1.5)
    with pytest.raises(ValueError, match="spectral_norm: eps .* got eps=-1.0"):
        spectral_norm(layer, eps=-1.0)
    with pytest.raises(RuntimeError, match="spectral_norm: dim must lie in .* got dim=2"):  # as PyTorch, and unlike weight_norm
        spectral_norm(layer, dim=2)
    with pytest.raises(ValueError, match="bias must be a parameter that is there, got None in Linear"):
        spectral_norm(nn.Linear(3, 2, bias=False), name="bias")
    assert list(layer.state_dict()) == ["weight", "bias"]  # nothing has changed
    layer.weight.data.zero_()
    with pytest.raises(ValueError, match=r"weight must have a singular value above 0, got zeros of shape \(2, 3\) in Linear"):
        spectral_norm(layer)
    with pytest.raises(RuntimeError, match=r"shapes \(2,\) and \(3,\), got \(3,\) and \(3,\) for a weight of shape \(2, 3\) and dim=0"):
        spectrally_normalized(torch.ones(2, 3), torch.ones(3), torch.ones(3))
    with pytest.raises(TypeError, match="spectrally_normalized: u must be a Tensor, got int"):
        spectrally_normalized(torch.ones(2, 3), 1, 1)
