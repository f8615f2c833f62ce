import math

import numpy as np
import pytest

import tinyreg as torch
from tests.regularization.test_noise import average, regression, signs
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.noise import weight_noise


def test_in_a_linear_model_noise_on_weights_is_a_constant():
    """E |y - X (w + s e)|^2 = |y - X w|^2 + s^2 |X|^2, exactly: no weights are preferred."""
    X, w, y = regression()
    weight, x, target = torch.tensor(w, requires_grad=True), torch.tensor(X), torch.tensor(y)

    def error(e):
        with weight_noise([weight], 0.6, noise=[e]):
            return ((target - x @ weight) ** 2).sum().item()

    assert average(map(error, signs(2))) == pytest.approx(((y - X @ w) ** 2).sum() + 0.36 * (X**2).sum(), rel=1e-12)


def test_the_gradient_is_that_of_the_noisy_weights():
    layer, x = torch.nn.Linear(4, 3).double(), torch.randn(5, 4, dtype=torch.float64)
    with weight_noise(layer, 0.3) as (e,):
        (layer(x) ** 2).sum().backward()
    moved = (layer.weight.detach() + 0.3 * e).requires_grad_()
    (torch.nn.functional.linear(x, moved, layer.bias) ** 2).sum().backward()
    np.testing.assert_allclose(layer.weight.grad.numpy(), moved.grad.numpy(), rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_come_back_bit_for_bit(dtype):
    awkward = np.array([0.1, -0.0, 1e-42, 3e38, np.inf, np.nan, 1 / 3], dtype=dtype)
    for array in (awkward, awkward[::-1], np.stack([awkward] * 3).T):
        weight = wrap(array.copy() if array.ndim == 1 else array).requires_grad_()
        before = weight.array.tobytes()
        for _ in range(3):
            with weight_noise([weight], 0.1):
                assert weight.array.tobytes() != before
        assert weight.array.tobytes() == before
    layer = torch.nn.Linear(3, 2)
    weight, before = layer.weight, layer.weight.tolist()
    with pytest.raises(ZeroDivisionError), weight_noise(layer, 0.1):
        raise ZeroDivisionError
    assert layer.weight is weight and weight.tolist() == before


def test_a_module_gives_the_weights_of_its_linear_and_conv_layers():
    net = torch.nn.Sequential(torch.nn.Conv1d(1, 2, 3), torch.nn.BatchNorm1d(2), torch.nn.Linear(4, 3))
    before = {name: p.tolist() for name, p in net.named_parameters()}
    with weight_noise(net, 1.0) as noise:
        assert [e.shape for e in noise] == [(2, 1, 3), (3, 4)]
        assert [name for name, p in net.named_parameters() if p.tolist() != before[name]] == ["0.weight", "2.weight"]
    with weight_noise(net.parameters(), 1.0) as noise:
        assert len(noise) == 6 and all(p.tolist() != before[name] for name, p in net.named_parameters())
    assert {name: p.tolist() for name, p in net.named_parameters()} == before


def test_training_with_noisy_weights():
    """The optimizer steps behind the block; a block is entered again with other noise."""
    torch.manual_seed(1)
    w, target = torch.zeros(3, dtype=torch.float64, requires_grad=True), torch.tensor(np.array([1.0, -2.0, 0.5]))
    optimizer, noisy, seen = torch.optim.SGD([w], lr=0.1), weight_noise([w], 0.1), []
    for _ in range(200):
        optimizer.zero_grad()
        with noisy as (e,):
            ((w - target) ** 2).sum().backward()
        seen.append(e.tolist())
        optimizer.step()
    assert len({tuple(e) for e in seen}) == 200
    # by (7), with h = 2 and a gradient of noise 2 * 0.1: the variance settles at 0.1 * 0.04 / (2 * 1.8)
    np.testing.assert_allclose(w.detach().numpy(), target.numpy(), atol=6 * math.sqrt(0.1 * 0.04 / 3.6))


def test_a_step_inside_the_block_is_refused_and_lost():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    with pytest.raises(
        RuntimeError, match=r"weight_noise: weights must not be written inside the block, got a write to one of shape \(2,\)"
    ):
        with weight_noise([w], 0.1):
            w.sum().backward()
            optimizer.step()
    assert w.tolist() == [1, 1]


def test_a_backward_behind_the_block_is_refused():
    """Its weights are no longer those of forward."""
    layer = torch.nn.Linear(2, 1)
    x = torch.ones(1, 2, requires_grad=True)
    with weight_noise(layer, 0.1):
        y = layer(x)
    with pytest.raises(RuntimeError, match="in place"):
        y.backward()


def test_a_block_inside_itself_is_refused():
    w = torch.ones(2, requires_grad=True)
    block = weight_noise([w], 0.5)
    with pytest.raises(RuntimeError, match=r"a block must not stand inside itself, got std=0.5 a second time"), block, block:
        pass
    assert w.tolist() == [1, 1]
