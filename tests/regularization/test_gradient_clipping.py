import math
import warnings

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.backend import PIECE
from tinyreg.regularization.gradient_clipping import clip_grad_norm_, clip_grad_value_, get_total_norm


def with_grad(*grads, dtype="float64"):
    """Parameters with these gradients."""
    params = []
    for grad in grads:
        grad = np.asarray(grad, dtype=dtype)
        p = torch.tensor(np.zeros_like(grad), requires_grad=True)
        p.grad = torch.tensor(grad)
        params.append(p)
    return params


def cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_one_norm_for_all_and_one_scale():
    params = with_grad([[3.0, 0.0]], [4.0])
    memory = [p.grad.array for p in params]
    total = clip_grad_norm_(params, 1.0)
    assert total.shape == () and total.item() == 5.0
    np.testing.assert_allclose(memory[0], [[3 / (5 + 1e-6), 0.0]], rtol=1e-15)
    np.testing.assert_allclose(memory[1], [4 / (5 + 1e-6)], rtol=1e-15)


def test_small_gradients_are_left_alone():
    (p,) = with_grad([3.0, -4.0])
    assert clip_grad_norm_(p, 5.1).item() == 5.0
    assert p.grad.tolist() == [3.0, -4.0]


@pytest.mark.parametrize(
    ("norm_type", "expected"),
    [(1, 9.0), (2, math.sqrt(29)), (3, 99 ** (1 / 3)), (0.5, (2 + math.sqrt(2) + math.sqrt(3)) ** 2), (math.inf, 4.0), ("inf", 4.0)],
)
def test_norms(norm_type, expected):
    params = with_grad([2.0, -4.0], [[3.0]]) if norm_type != 0.5 else with_grad([4.0, -2.0], [[3.0]])
    assert get_total_norm([p.grad for p in params], norm_type).item() == pytest.approx(expected, rel=1e-14)
    assert clip_grad_norm_(params, 1e9, norm_type).item() == pytest.approx(expected, rel=1e-14)


def test_measuring_writes_nothing():
    a, b = torch.tensor([3.0], dtype=torch.float64), torch.tensor([[0.0, 4.0]], dtype=torch.float64)
    assert get_total_norm(x for x in (a, b)).item() == 5.0 and get_total_norm(b).item() == 4.0
    assert (a.item(), b.tolist()) == (3.0, [[0.0, 4.0]])
    assert get_total_norm([]).item() == 0.0 == get_total_norm([torch.zeros(0)]).item()


def test_the_direction_is_kept_by_norm_and_not_by_value():
    grad = np.random.default_rng(0).standard_normal(50) * np.geomspace(0.1, 10, 50)
    (p,) = with_grad(grad)
    clip_grad_norm_(p, 1.0)
    assert cosine(p.grad.array, grad) == pytest.approx(1.0, abs=1e-14)
    assert np.linalg.norm(p.grad.array) == pytest.approx(1.0, rel=1e-6)
    (p,) = with_grad(grad)
    clip_grad_value_(p, 1.0)
    assert cosine(p.grad.array, grad) < 0.9


def test_by_value_each_element_is_cut_alone():
    params = with_grad([3.0, -0.5, -7.0], [[0.0, 1.0]])
    memory = params[0].grad.array
    assert clip_grad_value_(params, 1.0) is None
    assert memory.tolist() == [1.0, -0.5, -1.0] and params[1].grad.tolist() == [[0.0, 1.0]]


def test_one_step_of_sgd_moves_at_most_lr_times_max_norm():
    params = with_grad(np.full((10, 10), 1e30), [-1e30])
    optimizer = torch.optim.SGD(params, lr=0.1)
    clip_grad_norm_(params, 2.0)
    optimizer.step()
    assert math.sqrt(sum((p.array**2).sum() for p in params)) == pytest.approx(0.2, rel=1e-12)


def test_clipping_descends_a_wall_and_zeroing_the_largest_entry_never_moves():
    """50 x^2 + y^2/2 from (1, 3): one steep direction."""
    curvature = np.array([100.0, 1.0])

    def zero_largest(w):
        w.grad.array[abs(w.grad.array).argmax()] = 0.0

    def descend(change, lr=0.015, steps=5000):
        w = torch.tensor(np.array([1.0, 3.0]), requires_grad=True)
        optimizer, cosines = torch.optim.SGD([w], lr=lr), []
        for _ in range(steps):
            gradient = curvature * w.array
            w.grad = torch.tensor(gradient.copy())
            change(w)
            if not cosines:
                cosines.append(cosine(w.grad.array, gradient))
            optimizer.step()
        return float((curvature * w.array**2).sum() / 2), cosines[0]

    clipped, along = descend(lambda w: clip_grad_norm_(w, 1.0))
    zeroed, across = descend(zero_largest)
    assert clipped < 1e-16 and along == pytest.approx(1.0, abs=1e-12)
    assert zeroed == pytest.approx(50.0, rel=1e-12) and across == pytest.approx(0.030, abs=5e-4)


def test_an_exploding_chain_is_tamed():
    """Through 50 layers of gain 1.5 the gradient grows to 1.5^50."""
    w = torch.tensor(np.array([1.5]), requires_grad=True)
    y = torch.ones(1, dtype=torch.float64)
    for _ in range(50):
        y = y * w
    y.backward(torch.ones(1, dtype=torch.float64))
    assert clip_grad_norm_([w], 1.0).item() == pytest.approx(50 * 1.5**49, rel=1e-12)
    assert w.grad.item() == pytest.approx(1.0, rel=1e-12)


def test_clipped_quadratic_is_hubers_loss():
    """Equation (4): the derivative of Huber's loss is the clipped derivative of the quadratic."""
    h, c, x = 2.0, 1.0, np.linspace(-3, 3, 601)
    huber = np.where(h * abs(x) <= c, h * x**2 / 2, c * abs(x) - c**2 / (2 * h))
    (p,) = with_grad(h * x)
    clip_grad_value_(p, c)
    np.testing.assert_allclose(np.gradient(huber, x)[1:-1], p.grad.array[1:-1], atol=0.011)


def test_parameters_without_gradient_are_passed_over():
    (p,) = with_grad([3.0, 4.0])
    total = clip_grad_norm_([p, torch.zeros(2, requires_grad=True)], 1.0)
    assert total.item() == 5.0
    assert clip_grad_norm_([torch.zeros(2, requires_grad=True)], 1.0).item() == 0.0
    assert clip_grad_norm_([], 1.0).item() == 0.0
    assert clip_grad_norm_(with_grad(np.zeros((0, 3))), 1.0, math.inf).item() == 0.0


def test_an_empty_generator_warns():
    model = torch.nn.Linear(2, 1)
    parameters = model.parameters()
    list(parameters)
    with pytest.warns(UserWarning, match="clip_grad_norm_: .* got an empty generator"):
        clip_grad_norm_(parameters, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clip_grad_norm_(model.parameters(), 1.0)


def test_non_finite_norms():
    (p,) = with_grad([np.nan, 1.0])
    assert math.isnan(clip_grad_norm_(p, 1.0).item()) and np.isnan(p.grad.array).all()
    (p,) = with_grad([1.0, 2.0])
    p.grad.array[0] = np.inf
    with np.errstate(invalid="ignore"):  # infinity times 0
        assert clip_grad_norm_(p, 1.0).item() == math.inf
    assert math.isnan(p.grad.array[0]) and p.grad.array[1] == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_error_if_nonfinite_stops_before_anything_is_written(bad):
    (p,) = with_grad([bad, 1.0])
    with pytest.raises(RuntimeError, match=f"clip_grad_norm_: .* got {bad}"):
        clip_grad_norm_(p, 0.5, error_if_nonfinite=True)
    assert p.grad.array[1] == 1.0


def test_the_ends_of_the_range():
    (p,) = with_grad([3.0, 4.0])
    assert clip_grad_norm_(p, math.inf).item() == 5.0 and p.grad.tolist() == [3.0, 4.0]
    clip_grad_value_(p, math.inf)
    assert p.grad.tolist() == [3.0, 4.0]
    clip_grad_norm_(p, 0)
    assert p.grad.tolist() == [0.0, 0.0]
    clip_grad_norm_(p, 1.0)  # 0/(0 + 1e-6)
    assert p.grad.tolist() == [0.0, 0.0]
    (p,) = with_grad([3.0, -4.0])
    clip_grad_value_(p, 0)
    assert p.grad.tolist() == [0.0, 0.0]


def test_dtypes_large_arrays_and_layouts():
    rng = np.random.default_rng(0)
    values = (rng.standard_normal(20 * PIECE) + 100).astype("float32")
    (p,) = with_grad(values, dtype="float32")
    q = torch.from_numpy(np.zeros((3, 2)).T).requires_grad_()
    q.grad = torch.from_numpy(np.ones((3, 2)).T)
    total = clip_grad_norm_([p], 1.0)
    assert total.dtype == p.grad.dtype == torch.float32
    assert total.item() == pytest.approx(np.linalg.norm(values.astype("float64")), rel=3e-7)
    total = clip_grad_norm_([p, q], 1.0)
    assert p.grad.dtype == torch.float32 and q.grad.dtype == torch.float64
    assert total.item() == pytest.approx(math.sqrt(1 + 6), rel=1e-5)


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_the_write_is_noticed(clip):
    (p,) = with_grad([3.0, 4.0])
    x = torch.tensor(np.ones(2), requires_grad=True)
    y = x * p.grad
    clip(p, 1.0)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward(torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda p: clip_grad_norm_(p, -1.0), ValueError, "clip_grad_norm_: max_norm .* got max_norm=-1.0"),
        (lambda p: clip_grad_norm_(p, math.nan), ValueError, "got max_norm=nan"),
        (lambda p: clip_grad_norm_(p, 1.0, norm_type=0), ValueError, "norm_type must be positive, got norm_type=0.0"),
        (lambda p: clip_grad_value_(p, -0.5), ValueError, "clip_grad_value_: clip_value .* got clip_value=-0.5"),
        (lambda p: clip_grad_norm_(torch.nn.Linear(2, 1), 1.0), TypeError, r"got Linear; pass model.parameters\(\)"),
        (lambda p: clip_grad_value_([p, 3], 1.0), TypeError, "clip_grad_value_: .* got int among them"),
        (lambda p: get_total_norm(p, 0), ValueError, "get_total_norm: norm_type must be positive, got norm_type=0"),
        (lambda p: get_total_norm(torch.ones(2).long()), RuntimeError, "get_total_norm: .* got dtype int64; convert"),
        (lambda p: get_total_norm([p, None]), TypeError, "get_total_norm: .* got NoneType among them"),
        (lambda p: get_total_norm(p + math.inf, error_if_nonfinite=True), RuntimeError, "get_total_norm: .* got inf; lower"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(with_grad([1.0])[0])
