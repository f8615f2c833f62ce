import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.monte_carlo_dropout import model_precision, monte_carlo, mutual_information, predictive_entropy


class Given(nn.Module):
    """A network whose predictions are given, one a call."""

    stochastic = True

    def __init__(self, outputs):
        super().__init__()
        self.outputs, self.calls = outputs, 0

    def forward(self, x):
        self.calls += 1
        return torch.tensor(self.outputs[self.calls - 1])


def network(p=0.5):
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(p), nn.Linear(8, 3))


def softmax(z):
    return z.softmax(-1)


def test_by_hand():
    """Predictions 1, 4, 7: mean 4, squares around it 9 + 0 + 9 over 2, of which the root is 3."""
    mean, spread, samples = monte_carlo(Given([[1.0, 2.0], [4.0, 2.0], [7.0, 2.0]]), torch.ones(1), samples=3, return_samples=True)
    assert mean.tolist() == [4, 2] and spread.tolist() == [3, 0] and samples.tolist() == [[1, 2], [4, 2], [7, 2]]


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_a_linear_model_has_mean_and_variance_in_closed_form(p):
    """Equation (6), T = 20,000: mean and variance within 6 sigma, the latter's from the exact fourth moment over all masks."""
    T, rng = 20_000, np.random.default_rng(0)
    layer = nn.Linear(5, 1, bias=False).double()
    model, x = nn.Sequential(nn.Dropout(p), layer), rng.normal(size=(3, 5))
    w = layer.weight.detach().numpy()[0]
    mean, spread = monte_carlo(model, torch.tensor(x), T)
    variance = p / (1 - p) * (x**2 * w**2).sum(axis=1)
    fourth = np.zeros(3)
    for mask in itertools.product([0, 1], repeat=5):
        fourth += math.prod(1 - p if keep else p for keep in mask) * ((np.array(mask) / (1 - p) - 1) * x @ w) ** 4
    assert (abs(mean.numpy()[:, 0] - x @ w) < 6 * np.sqrt(variance / T)).all()
    assert (abs(spread.numpy()[:, 0] ** 2 - variance) < 6 * np.sqrt((fourth - variance**2 * (T - 3) / (T - 1)) / T)).all()


def test_streaming_equals_the_formula_on_all_predictions():
    model, x = network().double(), torch.randn(6, 4, dtype=torch.float64)
    model(x)
    mean, spread, samples = monte_carlo(model, x, np.int64(30), return_samples=True)
    assert samples.shape == (30, 6, 3)
    np.testing.assert_allclose(mean.numpy(), samples.numpy().mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(spread.numpy(), samples.numpy().std(axis=0, ddof=1), rtol=1e-11)
    assert len({tuple(z.ravel()) for z in samples.numpy()}) == 30


def test_a_large_mean_costs_no_digits():
    """A spread of 1 around 10,000 in float32, where E[z^2] - mean^2 would have no digit left."""
    rng = np.random.default_rng(0)
    values = (10_000 + rng.normal(size=(400, 50))).astype(np.float32)
    mean, spread = monte_carlo(Given(values), torch.ones(1), 400)
    assert mean.dtype == spread.dtype == torch.float32
    np.testing.assert_allclose(mean.numpy(), values.astype(float).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(spread.numpy(), values.astype(float).std(axis=0, ddof=1), rtol=2e-3)


def test_batch_norm_is_frozen_and_modes_come_back():
    model = network()
    for _ in range(3):
        model(torch.randn(16, 4))
    state = {name: x.numpy().copy() for name, x in model.state_dict().items()}
    model[3].eval()
    before = [module.training for module in model.modules()]
    x = torch.randn(5, 4)
    _, spread = monte_carlo(model, x)
    assert (spread.numpy() > 0).all()
    assert [module.training for module in model.modules()] == before
    for name, x_after in model.state_dict().items():
        np.testing.assert_array_equal(x_after.numpy(), state[name])
    # a prediction does not depend on the rest of its batch; T = 2,000 each, 6 sigma
    model.train()
    alone, together = monte_carlo(model, x[:1], 2000), monte_carlo(model, x, 2000)
    error = 6 * math.sqrt(2) * together[1].numpy()[:1] / math.sqrt(2000)
    assert (abs(alone[0].numpy() - together[0].numpy()[:1]) < error).all()


def test_modes_come_back_after_an_exception():
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 1)).train()
    model[1].eval()
    with pytest.raises(RuntimeError, match="shape"):
        monte_carlo(model, torch.randn(2, 3))
    assert [module.training for module in model.modules()] == [True, True, False]


def test_nothing_is_recorded():
    model = network()
    seen = []
    mean, spread, samples = monte_carlo(
        model, torch.randn(5, 4, requires_grad=True), 3, transform=lambda z: seen.append(z.requires_grad) or z, return_samples=True
    )
    assert seen == [False, False, False] and torch.is_grad_enabled()
    assert not (mean.requires_grad or spread.requires_grad or samples.requires_grad)
    assert all(p.grad is None for p in model.parameters())


def test_the_function_of_the_output_is_averaged():
    model, x = network(), torch.randn(5, 4)
    model(x)
    mean, spread, samples = monte_carlo(model, x, 20, transform=softmax, return_samples=True)
    np.testing.assert_allclose(mean.numpy().sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(samples.numpy().sum(axis=-1), 1, rtol=1e-5)
    of_mean = softmax(monte_carlo(model, x, 20)[0]).numpy()
    assert abs(of_mean - mean.numpy()).max() > 1e-3  # the mean of softmax is not softmax of the mean
    halves, _ = monte_carlo(model, x, 4, transform=lambda z: (z[:, 0], z[:, 1])[0])
    assert halves.shape == (5,)


def test_models_of_several_inputs():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(0.5)

        def forward(self, a, b):
            return self.drop(a) + b

    mean, spread = monte_carlo(Sum(), (torch.zeros(3), torch.ones(3)), 5)
    assert mean.tolist() == [1, 1, 1] and spread.tolist() == [0, 0, 0]


def test_chance_comes_from_the_generator():
    model, x = network(), torch.randn(5, 4)
    one, same, other = (monte_carlo(model, x, 5, generator=random.Generator(seed))[0].tolist() for seed in (3, 3, 4))
    assert one == same != other
    before = random.get_state()
    monte_carlo(model, x, 5, generator=random.Generator(3))
    assert random.get_state() == before
    torch.manual_seed(7)
    default = monte_carlo(model, x, 5)[0].tolist()
    assert default == monte_carlo(model, x, 5, generator=random.Generator(7))[0].tolist()
    with random.freeze() as draws:
        first = monte_carlo(model, x, 5)[0].tolist()
        draws.rewind()
        assert monte_carlo(model, x, 5)[0].tolist() == first


def test_every_stochastic_layer_draws():
    for layer in (nn.Dropout1d(0.5), nn.AlphaDropout(0.5), nn.FeatureAlphaDropout(0.5), nn.GaussianDropout(0.5)):
        _, spread = monte_carlo(nn.Sequential(layer).eval(), torch.ones(2, 3, 4), 30)
        assert (spread.numpy() > 0).all()


def test_p_0_and_p_1_have_no_spread():
    x = torch.randn(5, 4)
    for p in (0.0, 1.0):
        model = nn.Sequential(nn.Linear(4, 3), nn.Dropout(p))
        mean, spread = monte_carlo(model, x, 4)
        np.testing.assert_allclose(mean.numpy(), model[0](x).detach().numpy() * (1 - p), rtol=1e-6)
        assert not spread.numpy().any()


def test_the_mean_of_alpha_dropout_is_not_evaluation():
    """Equation (8) of alpha_dropout: a q x = 0.443 x at p = 0.5; n = 4,000, 6 sigma."""
    mean, spread = monte_carlo(nn.Sequential(nn.AlphaDropout(0.5)), torch.ones(1, dtype=torch.float64), 4000)
    assert abs(mean.item() - 0.44320244733) < 6 * spread.item() / math.sqrt(4000)


def test_a_number_and_an_empty_batch():
    mean, spread = monte_carlo(nn.Sequential(nn.Dropout(0.5)), torch.tensor(1.0), 20)
    assert mean.shape == spread.shape == () and isinstance(spread.array, np.ndarray)
    mean, spread = monte_carlo(nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 2)), torch.zeros(0, 4), 3)
    assert mean.shape == spread.shape == (0, 2)


def test_precision_is_that_of_the_paper():
    """Gal and Ghahramani's (7): p l^2/(2 N lambda), p the probability of keeping, penalty lambda |w|^2 = strength/2 |w|^2."""
    keep, length, n, strength = 0.95, 0.3, 442, 2e-3
    assert model_precision(1 - keep, length, n, strength) == pytest.approx(keep * length**2 / (2 * n * (strength / 2)))
    # and it turns (8) into the objective with l2_penalty
    tau = model_precision(1 - keep, length, n, strength)
    assert keep * length**2 / (2 * tau * n) == pytest.approx(strength / 2)


def test_entropy():
    """One class for certain: 0; all alike: ln K, the largest; 0.25, 0.75 by hand: 0.5623."""
    q = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]], dtype=torch.float64)
    np.testing.assert_allclose(predictive_entropy(q).numpy(), [0, math.log(2), 0.5623351446188083], rtol=1e-14)
    assert predictive_entropy(torch.ones(5, 8) / 8).numpy() == pytest.approx(np.full(5, math.log(8)))
    assert predictive_entropy(q.float()).dtype == torch.float32 and predictive_entropy(q[0]).shape == ()


def test_mutual_information():
    agree, unsure, divided = [[[1.0, 0.0]]] * 4, [[[0.5, 0.5]]] * 4, [[[1.0, 0.0]], [[0.0, 1.0]]] * 2
    for samples, value in ((agree, 0), (unsure, 0), (divided, math.log(2))):
        assert mutual_information(torch.tensor(samples, dtype=torch.float64)).item() == pytest.approx(value, abs=1e-15)
    rng = np.random.default_rng(0)
    samples = rng.dirichlet(np.ones(5), size=(10, 50))
    assert (mutual_information(wrap(np.broadcast_to(samples[:1], samples.shape).astype("float32"))).numpy() >= 0).all(), "rounding"
    got = mutual_information(wrap(samples)).numpy()
    mean = samples.mean(axis=0)
    by_hand = -(mean * np.log(mean)).sum(axis=-1) + (samples * np.log(samples)).sum(axis=-1).mean(axis=0)
    np.testing.assert_allclose(got, by_hand, rtol=1e-12)
    assert ((got > 0) & (got < predictive_entropy(wrap(mean)).numpy())).all()


def test_the_two_are_what_monte_carlo_returns():
    model, x = network(), torch.randn(5, 4)
    mean, _, samples = monte_carlo(model, x, 20, transform=softmax, return_samples=True)
    total, between = predictive_entropy(mean).numpy(), mutual_information(samples).numpy()
    assert ((between > 0) & (between < total) & (total < math.log(3) + 1e-6)).all()


def test_models_that_draw_nothing_are_refused():
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    message = (
        r"^monte_carlo: model must have a module that draws chance, got none among 3 of Sequential; put an nn.Dropout in and train "
        r"with it, or set stochastic = True on a class whose forward draws$"
    )
    with pytest.raises(ValueError, match=message):
        monte_carlo(model, torch.randn(2, 4))
    assert all(module.training for module in model.modules())


def test_refusals_name_the_values():
    model, x = network(), torch.randn(2, 4)
    for error, said, call in [
        (TypeError, "monte_carlo: model must be a Module, got function", lambda: monte_carlo(softmax, x)),
        (ValueError, "monte_carlo: samples must be an integer of at least 2, got samples=1; one prediction",
         lambda: monte_carlo(model, x, 1)),
        (ValueError, "monte_carlo: samples must be an integer of at least 2, got samples=2.5", lambda: monte_carlo(model, x, 2.5)),
        (TypeError, "monte_carlo: the prediction must be a Tensor, got tuple", lambda: monte_carlo(model, x, transform=lambda z: (z, z))),
        (NotImplementedError, "monte_carlo: the prediction must be floating point, got dtype int64",
         lambda: monte_carlo(model, x, transform=lambda z: z.argmax(-1))),
        (ValueError, r"model_precision: p must lie in \[0, 1\], got p=2", lambda: model_precision(2, 1, 1, 1)),
        (ValueError, "model_precision: p must lie below 1, got p=1;", lambda: model_precision(1, 1, 1, 1)),
        (ValueError, "model_precision: length_scale must be a finite number above 0, got length_scale=0;",
         lambda: model_precision(0, 0, 1, 1)),
        (ValueError, "model_precision: examples must be a finite number above 0, got examples=-1;", lambda: model_precision(0, 1, -1, 1)),
        (ValueError, "model_precision: strength must be a finite number above 0, got strength=nan;",
         lambda: model_precision(0, 1, 1, math.nan)),
        (TypeError, "model_precision: strength must be a number, got strength='a'", lambda: model_precision(0, 1, 1, "a")),
        (TypeError, "predictive_entropy: probabilities must be a Tensor, got list", lambda: predictive_entropy([0.5, 0.5])),
        (NotImplementedError, "mutual_information: samples must be floating point, got dtype int64",
         lambda: mutual_information(torch.tensor([[1, 0]]))),
        (ValueError, r"mutual_information: samples must have shape \(T, ..., K\), got shape \(2,\); monte_carlo",
         lambda: mutual_information(torch.tensor([0.5, 0.5]))),
    ]:  # fmt: skip
        with pytest.raises(error, match=f"^{said}"):
            call()
    assert all(module.training for module in model.modules())
