"""Every Module of tinyreg.nn, forward and backward, training and evaluation: on the device as on NumPy, without waiting."""

import io

import numpy as np
import pytest

import tinyreg
from tests.every_module import MODULES, drawn, given, made
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import nn
from tinyreg.regularization import monte_carlo, mutual_information, predictive_entropy


@pytest.mark.parametrize("name", MODULES)
def test_equals_numpys(device, name):
    def run():
        module = made(tinyreg, name)
        x = drawn(tinyreg, name)
        arguments = given(tinyreg, name, x)
        first = module(*arguments)
        (first * first.detach().cos()).sum().backward()
        evaluated = module.eval()(*arguments)
        return host([first, evaluated, x.grad, *(p.grad for p in module.parameters()), *module.buffers()])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)


@pytest.mark.parametrize("name", MODULES)
def test_training_does_not_wait(device, name):
    module = made(tinyreg, name)
    arguments = given(tinyreg, name, drawn(tinyreg, name))
    with device.never_waits():
        module(*arguments).sum().backward()


@pytest.mark.parametrize("name", MODULES)
def test_state_goes_through_a_file(device, name):
    module, other = made(tinyreg, name), made(tinyreg, name)
    for p in other.parameters():
        p.data.zero_()
    file = io.BytesIO()
    tinyreg.save(module.state_dict(), file)
    file.seek(0)
    other.load_state_dict(tinyreg.load(file) if module.state_dict() else {})
    assert_equal(host(other.state_dict().values()), host(module.state_dict().values()))


def test_dropout_keeps_its_share(device):
    """n = 100,000 elements at p = 0.3: the share that is kept lies within six standard deviations of 0.7."""
    n, p = 100_000, 0.3
    x = tinyreg.ones(n, requires_grad=True)
    y = tinyreg.nn.functional.dropout(x, p)
    y.sum().backward()
    kept = (y > 0).float().mean().item()
    assert abs(kept - (1 - p)) < 6 * (p * (1 - p) / n) ** 0.5
    assert_equal(host([y]), host([x.grad]))
    assert y.max().item() == pytest.approx(1 / (1 - p))


def test_monte_carlo_equals_numpys_and_does_not_wait(device):
    def run():
        tinyreg.manual_seed(5)
        model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.GaussianDropout(0.3), nn.Linear(6, 3))
        x = tinyreg.randn(5, 4)
        mean, spread, samples = monte_carlo(model, x, 4, transform=lambda z: z.softmax(-1), return_samples=True)
        return host([mean, spread, samples, predictive_entropy(mean), mutual_information(samples)])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)
    model, x = nn.Sequential(nn.Linear(4, 3), nn.AlphaDropout(0.5)), tinyreg.randn(5, 4)
    with device.never_waits():
        mutual_information(monte_carlo(model, x, 3, transform=lambda z: z.softmax(-1), return_samples=True)[2])
    assert nn.BatchNorm1d(3).eval().mode_report().warnings


def test_draws_have_their_distribution(device):
    n = 100_000
    uniform, normal, integers = tinyreg.rand(n), tinyreg.randn(n), tinyreg.randint(0, 4, (n,))
    assert abs(uniform.mean().item() - 0.5) < 6 * (1 / 12 / n) ** 0.5 and 0 <= uniform.min().item() and uniform.max().item() < 1
    assert abs(normal.mean().item()) < 6 / n**0.5 and abs(normal.var().item() - 1) < 6 * (2 / n) ** 0.5
    assert sorted(set(integers.tolist())) == [0, 1, 2, 3] and integers.dtype == tinyreg.int64
    tinyreg.manual_seed(5)
    first = tinyreg.randn(3).tolist()
    tinyreg.manual_seed(5)
    assert tinyreg.randn(3).tolist() == first


def test_initial_weights_stay_in_their_bounds(device):
    w = tinyreg.zeros(50, 40)
    for fill in ("kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_", "orthogonal_", "trunc_normal_", "normal_"):
        getattr(nn.init, fill)(w)
        assert type(w.array) is device.library.ndarray and 0.01 < w.std().item() < 2
    nn.init.orthogonal_(w)
    assert_equal(host([(w.T @ w).double().round(decimals=4)]), [np.eye(40)])


def test_printing(device):
    x = tinyreg.tensor([[1.0, 2.5], [-3.0, 0.0]])
    assert repr(x) == "tensor([[ 1.0000,  2.5000],\n        [-3.0000,  0.0000]])" and f"{x[0, 1]:.1f}" == "2.5"
    assert repr(tinyreg.arange(2000)) == "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"
    assert "Linear(in_features=2, out_features=1, bias=True)" in repr(nn.Sequential(nn.Linear(2, 1)))
