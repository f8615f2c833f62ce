"""Every Module of tinyreg.nn, forward and backward, training and evaluation: on the device as on NumPy, without waiting."""

import io

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import nn

SHAPES = {"1d": (3, 4, 12), "2d": (3, 4, 8, 7), "3d": (2, 4, 5, 6, 5)}
ARGUMENTS = {  # by the name without its dimension; nothing for the others
    **dict.fromkeys(("Conv", "ConvTranspose"), (4, 6, 3)),
    **dict.fromkeys(("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool"), (2,)),
    **dict.fromkeys(("BatchNorm", "InstanceNorm"), (4,)),
    **dict.fromkeys(("Softmax", "Softmin", "LogSoftmax"), (1,)),
    **dict.fromkeys(("LayerNorm", "RMSNorm"), (6,)),
    "GroupNorm": (2, 6),
    "KLDivLoss": (None, None, "batchmean"),
    "Linear": (6, 5),
    "Unflatten": (1, (2, 3)),
    "Upsample": (None, 2),
}
GIVEN = {  # what is given besides, or instead of, one input
    "CrossEntropyLoss": lambda x: (x, tinyreg.tensor([0, 5, 2, -100])),
    "NLLLoss": lambda x: (x.log_softmax(1), tinyreg.tensor([0, 5, 2, -100])),
    "BCELoss": lambda x: (x.sigmoid(), (x > 0).double()),
    "KLDivLoss": lambda x: (x.log_softmax(1), (-x.detach()).softmax(1)),
    **{name: lambda x: (x, another(x)) for name in ("CosineSimilarity", "PairwiseDistance")},
    **{name: lambda x: (x, another(x)) for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BCEWithLogitsLoss")},
}
CONTAINERS = {"Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
MODULES = sorted(
    name for name in dir(nn) if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module) and name not in CONTAINERS
)


def another(x):
    return tinyreg.tensor(np.random.default_rng(8).standard_normal(x.shape))


def made(name):
    """The module in float64, with weights that do not depend on the backend."""
    plain = name[:-2] if name[-2:] in SHAPES else name
    module = getattr(nn, name)(*ARGUMENTS.get(plain, ())).double()
    rng = np.random.default_rng(5)
    with tinyreg.no_grad():
        for p in module.parameters():
            p.copy_(tinyreg.tensor(rng.standard_normal(p.shape)))
    return module


def arguments(name):
    shape = (3, 4, 8, 7) if name == "Upsample" else SHAPES.get(name[-2:], (4, 6))
    x = tinyreg.tensor(np.random.default_rng(7).standard_normal(shape)).requires_grad_()
    return x, GIVEN.get(name, lambda x: (x,))(x)


@pytest.mark.parametrize("name", MODULES)
def test_equals_numpys(device, name):
    def run():
        module = made(name)
        x, given = arguments(name)
        first = module(*given)
        (first * first.detach().cos()).sum().backward()
        evaluated = module.eval()(*given)
        return host([first, evaluated, x.grad, *(p.grad for p in module.parameters()), *module.buffers()])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)


@pytest.mark.parametrize("name", MODULES)
def test_training_does_not_wait(device, name):
    module = made(name)
    _, given = arguments(name)
    with device.never_waits():
        module(*given).sum().backward()


@pytest.mark.parametrize("name", MODULES)
def test_state_goes_through_a_file(device, name):
    module, other = made(name), made(name)
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
