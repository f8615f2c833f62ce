"""Regularizers that bite each other: what happens, in numbers that the rooms' docstrings state, and what cures it.

Early stopping on a noisy metric is in test_noisy_metric.py.
"""

import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.autograd.tensor import wrap
from tinyreg.parameter import penalized_parameters
from tinyreg.regularization import MixedTarget, batch_norm, clip_grad_norm_, decay_, l2_penalty, mixed_loss, mixup, smooth_labels
from tinyreg.regularization.mixup import rolled
from tinyreg.training import fit

F = nn.functional

# dropout before batch norm


def recorded_and_met(layers, x):
    """The variance that the batch norm records in training, and that of its input in evaluation."""
    net = nn.Sequential(*layers).double().train()
    seen = []
    norm = next(layer for layer in net if isinstance(layer, nn.BatchNorm1d))
    norm.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach().numpy()))
    net(x)
    recorded = norm.running_var.numpy().copy()
    y = net.eval()(x)
    fourth = ((seen[0] - seen[0].mean(axis=0)) ** 4).mean(axis=0)
    error = 6 * np.sqrt((fourth - seen[0].var(axis=0) ** 2) / len(seen[0]))  # of the variance of n values, 6 sigma
    return recorded, seen[1].var(axis=0), error, y.detach().numpy()


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropout_before_batch_norm_shifts_the_variance(p):
    """By 1 + p/(1-p) (1 + mu^2/s^2), for inputs of mean mu and standard deviation s; n = 200,000."""
    mu, s = np.array([0.0, 1.0, 3.0]), np.array([1.0, 1.0, 2.0])
    x = wrap(mu + s * np.random.default_rng(0).standard_normal((200_000, 3)))
    recorded, met, error, y = recorded_and_met([nn.Dropout(p), nn.BatchNorm1d(3, momentum=1.0)], x)
    shift = 1 + p / (1 - p) * (1 + (mu / s) ** 2)
    assert (abs(recorded - shift * s**2) < error).all()
    np.testing.assert_allclose(met, s**2, rtol=0.02)
    np.testing.assert_allclose(y.var(axis=0), 1 / shift, rtol=0.05)  # what should be 1


def test_through_the_layer_between_them_the_shift_adds_up():
    """z = W y, y behind dropout: Var[z] grows by p/(1-p) sum_j w_j^2 E[x_j^2]."""
    torch.manual_seed(0)
    p, layer = 0.5, nn.Linear(4, 3, bias=False)
    x = wrap(np.random.default_rng(1).standard_normal((100_000, 4)) + 1)
    recorded, met, error, _ = recorded_and_met([nn.Dropout(p), layer, nn.BatchNorm1d(3, momentum=1.0)], x)
    added = p / (1 - p) * (layer.weight.detach().numpy() ** 2 @ (x.numpy() ** 2).mean(axis=0))
    assert (abs(recorded - met - added) < error).all() and (added > 0.2 * met).all()


def test_dropout_behind_batch_norm_does_not():
    x = wrap(np.random.default_rng(0).standard_normal((1000, 3)) + 1)
    recorded, met, _, y = recorded_and_met([nn.BatchNorm1d(3, momentum=1.0), nn.Dropout(0.5)], x)
    np.testing.assert_allclose(recorded, met * 1000 / 999, rtol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=2e-3)


# L2, or weight decay, before batch norm


def conv_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4, eps=1e-12), nn.Flatten()).double()


def images():
    rng = np.random.default_rng(0)
    return wrap(rng.standard_normal((16, 2, 5, 5))), wrap(rng.standard_normal((16, 36)))


def loss_and_gradient(net, x, y):
    net.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    return loss.item(), net[0].weight.grad.numpy().copy()


def test_the_length_of_each_filter_before_batch_norm_has_no_effect():
    """L(aW) = L(W), grad L(aW) = grad L(W)/a, <w, grad> = 0 for every filter w; L2 alone pulls at the length."""
    net, (x, y) = conv_net(), images()
    loss, grad = loss_and_gradient(net, x, y)
    W = net[0].weight.detach().numpy().copy()
    assert (abs((W * grad).sum(axis=(1, 2, 3))) < 1e-10 * np.linalg.norm(W) * np.linalg.norm(grad)).all()
    a = np.array([10.0, 0.5, 3.0, 2.0])[:, None, None, None]
    net[0].weight.data[...] = wrap(a * W)
    longer, smaller = loss_and_gradient(net, x, y)
    assert longer == pytest.approx(loss, rel=1e-9)
    np.testing.assert_allclose(smaller, grad / a, rtol=1e-6, atol=1e-12)
    net.zero_grad()
    l2_penalty(net, 0.5).backward()
    assert (net[0].weight.grad.numpy() * a * W).sum() == pytest.approx(0.5 * ((a * W) ** 2).sum(), rel=1e-12)


@pytest.mark.parametrize("decoupled", [False, True])
def test_l2_before_batch_norm_is_a_learning_rate_that_grows_exponentially(decoupled):
    """Step t of SGD at the rate lr with L2 of strength s is, as a function, that without L2 at lr (1 - lr s)^-(2t+1).

    W_t = c^t V_t with c = 1 - lr s: c W_t - lr grad(W_t) = c^(t+1) (V_t - lr/c^(2t+1) grad(V_t)), as grad(aV) = grad(V)/a.
    """
    lr, s, (x, y) = 0.5, 0.1, images()
    decayed, plain = conv_net(), conv_net()
    for t in range(20):
        steps = []
        for net, rate in ((decayed, lr), (plain, lr * (1 - lr * s) ** -(2 * t + 1))):
            groups = [{"params": net[0].parameters(), "lr": rate}, {"params": net[1].parameters()}]
            sgd = torch.optim.SGD(groups, lr=lr)
            loss = ((net(x) - y) ** 2).mean()
            steps.append(loss.item())
            sgd.zero_grad()
            if net is decayed and not decoupled:
                loss = loss + l2_penalty(net, s)
            loss.backward()
            if net is decayed and decoupled:
                decay_(net, lr, s)
            sgd.step()
        assert steps[0] == pytest.approx(steps[1], rel=1e-9)
    assert steps[0] < 0.999
    np.testing.assert_allclose(decayed[0].weight.detach().numpy(), (1 - lr * s) ** 20 * plain[0].weight.detach().numpy(), rtol=1e-7)
    np.testing.assert_allclose(decayed[1].weight.detach().numpy(), plain[1].weight.detach().numpy(), rtol=1e-8)


# weight decay on the scale and the shift of batch norm


def normed_net():
    """A network whose batch norm has scales and shifts that are neither 0 nor 1."""
    net = conv_net()
    net[1].weight.data[...] = torch.tensor([1.0, -2.0, 0.5, 3.0])
    net[1].bias.data[...] = torch.tensor([0.3, 1.0, -1.0, 2.0])
    return net


def without_gradient(net, groups, n, lr=0.1):
    """n steps with a loss that is 0 whatever the network does: weight_decay is all there is."""
    sgd = torch.optim.SGD(groups, lr=lr, weight_decay=0.2)
    for _ in range(n):
        sgd.zero_grad()
        (net(images()[0]) * 0).sum().backward()
        sgd.step()


def test_weight_decay_on_all_parameters_takes_the_scale_of_batch_norm_away():
    """Scale and shift fall as (1 - lr lambda)^n, and the output with them; the filters fall alike, without effect."""
    net, (x, _) = normed_net(), images()
    with torch.no_grad():
        before = net(x).numpy()
    known = [p.detach().numpy().copy() for p in net.parameters()]
    without_gradient(net, net.parameters(), n=30)
    share = (1 - 0.1 * 0.2) ** 30
    assert len(known) == 3
    for p, value in zip(net.parameters(), known):
        np.testing.assert_allclose(p.detach().numpy(), share * value, rtol=1e-12)
    with torch.no_grad():
        np.testing.assert_allclose(net(x).numpy(), share * before, rtol=1e-9, atol=1e-10)


def test_a_group_of_their_own_spares_them():
    """The recipe of weight_decay's room: what is penalized decays, all else does not."""
    net, (x, _) = normed_net(), images()
    with torch.no_grad():
        before, W, scale, shift = net(x).numpy(), net[0].weight.detach().numpy().copy(), net[1].weight.tolist(), net[1].bias.tolist()
    weights = penalized_parameters(net)
    known = {id(p) for p in weights}
    rest = [p for p in net.parameters() if id(p) not in known]
    assert len(weights) == 1 and len(rest) == 2
    without_gradient(net, [{"params": weights}, {"params": rest, "weight_decay": 0}], n=30)
    assert net[1].weight.tolist() == scale and net[1].bias.tolist() == shift
    np.testing.assert_allclose(net[0].weight.detach().numpy(), (1 - 0.1 * 0.2) ** 30 * W, rtol=1e-12)
    with torch.no_grad():
        np.testing.assert_allclose(net(x).numpy(), before, rtol=1e-9, atol=1e-10)


def test_penalties_and_decay_of_a_module_spare_them():
    net = normed_net()
    scale, shift = net[1].weight.tolist(), net[1].bias.tolist()
    l2_penalty(net, 1.0).backward()
    assert net[0].weight.grad is not None and net[1].weight.grad is None and net[1].bias.grad is None
    decay_(net, 0.1, 0.2)
    assert net[1].weight.tolist() == scale and net[1].bias.tolist() == shift


# gradient accumulation and batch norm


def accumulated(make, pieces, x, y):
    """The parameters after three steps: on the whole batch, and on its pieces whose gradients are gathered."""
    found = []
    for count in (1, pieces):
        torch.manual_seed(0)
        net = make().double()
        size = len(x) // count
        batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
        sgd = torch.optim.SGD(net.parameters(), lr=0.1)
        fit(net, batches, loss=nn.MSELoss(), optimizer=sgd, epochs=3, accumulate=count, progress=False)
        found.append(np.concatenate([p.detach().numpy().ravel() for p in net.parameters()]))
    return found


def middle(norm):
    return lambda: nn.Sequential(nn.Linear(6, 8), norm(), nn.Tanh(), nn.Linear(8, 2))


@pytest.mark.parametrize("norm", [nn.Identity, lambda: nn.GroupNorm(2, 8), lambda: nn.LayerNorm(8), lambda: nn.RMSNorm(8)])
def test_pieces_make_the_step_of_the_whole_batch(norm):
    rng = np.random.default_rng(0)
    whole, gathered = accumulated(middle(norm), 4, wrap(rng.standard_normal((32, 6))), wrap(rng.standard_normal((32, 2))))
    np.testing.assert_allclose(gathered, whole, rtol=1e-12, atol=1e-13)


def test_with_batch_norm_they_do_not():
    rng = np.random.default_rng(0)
    whole, gathered = accumulated(
        middle(lambda: nn.BatchNorm1d(8)), 4, wrap(rng.standard_normal((32, 6))), wrap(rng.standard_normal((32, 2)))
    )
    assert np.linalg.norm(gathered - whole) > 1e-3 * np.linalg.norm(whole)


def test_what_a_piece_does_not_see_is_the_variance_between_pieces():
    """0, 2 and 10, 12: each piece has variance 1, together they have 26 = 1 + 25, within plus between."""
    x = np.array([[0.0], [2.0], [10.0], [12.0]])

    def normalized(x):
        return batch_norm(wrap(x), None, None, training=True, eps=1e-300).numpy().ravel()

    np.testing.assert_allclose(np.concatenate([normalized(x[:2]), normalized(x[2:])]), [-1, 1, -1, 1], rtol=1e-12)
    np.testing.assert_allclose(normalized(x), np.array([-6, -4, 4, 6]) / math.sqrt(26), rtol=1e-12)


def test_on_average_a_piece_has_less_variance():
    """Of M independent values cut into pieces of m: (1 - 1/m)/(1 - 1/M) of that of the whole; 20,000 batches, 6 sigma."""
    m, M, n = 4, 16, 20_000
    x = np.random.default_rng(0).standard_normal((n, M))
    pieces, whole = x.reshape(n, M // m, m).var(axis=2).mean(axis=1), x.var(axis=1)
    difference = pieces - (1 - 1 / m) / (1 - 1 / M) * whole
    assert abs(difference.mean()) < 6 * difference.std() / math.sqrt(n)
    assert (1 - 1 / m) / (1 - 1 / M) == 0.8


def test_the_running_averages_move_at_every_piece():
    """k pieces of one batch move them by 1 - (1 - momentum)^k: 0.344 for k = 4 and momentum 0.1."""
    norm = nn.BatchNorm1d(1).double()
    for _ in range(4):
        norm(wrap(np.array([[4.0], [6.0]])))
    assert norm.running_mean.item() == pytest.approx(5 * (1 - 0.9**4), rel=1e-12)
    assert 1 - 0.9**4 == pytest.approx(0.344, abs=1e-4)


# clipping before or after accumulation


def test_the_clipped_mean_is_not_the_mean_of_clipped_gradients():
    """(30, 0) and (0, 40): their mean (15, 20) clipped to 1 is (0.6, 0.8), the mean of (1, 0) and (0, 1) is (0.5, 0.5)."""
    w = torch.zeros(2, requires_grad=True)

    def clipped(values):
        w.grad = torch.tensor(values)
        clip_grad_norm_([w], 1.0)
        return w.grad.numpy()

    np.testing.assert_allclose(clipped([15.0, 20.0]), [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose((clipped([30.0, 0.0]) + clipped([0.0, 40.0])) / 2, [0.5, 0.5], rtol=1e-6)
    # an outlier: clipped by itself it weighs like any other piece, clipped in the mean it leaves nothing of the others
    np.testing.assert_allclose(clipped([500.0, 0.5]), [1, 0.001], rtol=1e-6)
    np.testing.assert_allclose((clipped([1000.0, 0.0]) + clipped([0.0, 1.0])) / 2, [0.5, 0.5], rtol=1e-6)


def test_fit_clips_once_after_it_has_gathered():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(2))

        def forward(self, x):
            return x @ self.w

    net = Sum()
    pieces = [(torch.tensor([[30.0, 0.0]]), torch.zeros(1)), (torch.tensor([[0.0, 40.0]]), torch.zeros(1))]
    sgd = torch.optim.SGD(net.parameters(), lr=1.0)
    fit(net, pieces, loss=lambda output, y: output.mean(), optimizer=sgd, epochs=1, accumulate=2, clip_norm=1.0, progress=False)
    np.testing.assert_allclose(net.w.detach().numpy(), [-0.6, -0.8], rtol=1e-6)


# mixup with label smoothing

CLASSES, EPS = 10, 0.1


def mixed_batch(alpha=1.0, n=500):
    """A batch in which no example has a partner of its own class, with both targets of each."""
    labels = torch.arange(n) % CLASSES
    return mixup(torch.zeros(n, 1, dtype=torch.float64), labels, alpha, per_example=True, index=rolled(n), generator=random.Generator(0))[1]


def entropy(q):
    """The mean entropy of rows of probabilities: the least cross entropy that a network can reach."""
    q = q.numpy()
    return -(q * np.log(np.where(q > 0, q, 1))).sum(axis=1).mean()


def test_smoothing_and_mixing_change_places():
    """Both are linear: smoothed targets mixed are mixed targets smoothed."""
    target = mixed_batch()
    smooth = MixedTarget(*(smooth_labels(y, CLASSES, EPS) for y in (target.y_a, target.y_b)), target.lam)
    np.testing.assert_allclose(smooth.soft().numpy(), smooth_labels(target.soft(CLASSES), CLASSES, EPS).numpy(), atol=1e-7)


def test_smoothing_in_the_loss_is_smoothing_of_the_mixed_target():
    """The mixed loss with label_smoothing, the soft labels with label_smoothing, and the smoothed soft labels without."""
    target, scores = mixed_batch(), wrap(np.random.default_rng(0).standard_normal((500, CLASSES)))
    soft = target.soft(CLASSES).double()
    losses = [
        mixed_loss(lambda x, y: F.cross_entropy(x, y, label_smoothing=EPS, reduction="none"), scores, target).mean(),
        F.cross_entropy(scores, soft, label_smoothing=EPS),
        F.cross_entropy(scores, smooth_labels(soft, CLASSES, EPS)),
    ]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-6) == pytest.approx(losses[2].item(), rel=1e-6)


def test_smoothed_targets_are_smoothed_again_by_the_loss():
    """By 1 - (1 - eps)^2 in all."""
    target, scores = mixed_batch(), wrap(np.random.default_rng(0).standard_normal((500, CLASSES)))
    soft = target.soft(CLASSES).double()
    twice = F.cross_entropy(scores, smooth_labels(soft, CLASSES, EPS), label_smoothing=EPS)
    once = F.cross_entropy(scores, soft, label_smoothing=1 - (1 - EPS) ** 2)
    assert twice.item() == pytest.approx(once.item(), rel=1e-12)
    assert abs(twice.item() - F.cross_entropy(scores, soft, label_smoothing=EPS).item()) > 1e-3


def test_both_flatten_the_targets():
    """The numbers of the docstrings, K = 10, eps = 0.1, alpha = 1, over the quantiles of lam: what is left of the loss."""
    n = 20_000
    labels = torch.arange(n) % CLASSES
    lam = (np.arange(n) + 0.5) / n  # alpha = 1: uniform
    hard, smooth = smooth_labels(labels, CLASSES, 0.0).double(), smooth_labels(labels, CLASSES, EPS).double()
    mixed = mixup(torch.zeros(n, 1, dtype=torch.float64), labels, lam=lam, index=rolled(n))[1].soft(CLASSES).double()
    left = [
        entropy(q) for q in (hard, smooth, mixed, smooth_labels(mixed, CLASSES, EPS), smooth_labels(mixed, CLASSES, 1 - (1 - EPS) ** 2))
    ]
    np.testing.assert_allclose(left, [0, 0.50, 0.50, 0.91, 1.18], atol=0.005)
