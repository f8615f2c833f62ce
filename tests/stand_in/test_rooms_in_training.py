"""All rooms in one training on the device: NumPy's digits, and not one wait in a step, in evaluation or in sampling."""

import numpy as np

import tinyreg
from tests.stand_in.twice import host, twice
from tinyreg import nn, transforms
from tinyreg import regularization as rooms
from tinyreg.nn import functional as F

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (8, 6, 6), dtype="uint8")
LABELS = np.arange(8) % 3
AUGMENTED = transforms.Compose(
    [transforms.RandomHorizontalFlip(), transforms.RandomCrop(6, 1), transforms.RandomErasing(value="random"), transforms.ToTensor()]
)


def network():
    torso = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Dropout2d(0.3),
        nn.GroupNorm(2, 4),
        nn.StochasticDepth(0.2, "row"),
        nn.Flatten(),
        nn.DropConnect(nn.Linear(144, 12), 0.4),
        nn.AlphaDropout(0.2),
        nn.GaussianDropout(0.2),
        nn.GaussianNoise(0.1),
        nn.LayerNorm(12),
    )
    return nn.Sequential(torso, nn.utils.weight_norm(nn.Linear(12, 12)), nn.Tanh(), nn.utils.spectral_norm(nn.Linear(12, 3))).double()


def penalties(net, x):
    first, last = net[0][0].weight, net[3].weight_orig
    return (
        rooms.l2_penalty(net, 1e-3)
        + rooms.l1_penalty(net, 1e-3)
        + rooms.elastic_net_penalty(first, 1e-3, 0.5)
        + rooms.group_lasso_penalty(first, 1e-3)
        + rooms.orthogonality_penalty(last, 1e-3)
        + rooms.gradient_penalty(net, x, 1e-2, loss=lambda scores: scores.sum(1))
        + rooms.jacobian_penalty(net, x, 1e-2)
        + rooms.virtual_adversarial_loss(net, x, 0.1, 0.1)
    )


def step(net, optimizer, average, batch):
    x, y = AUGMENTED(batch)
    x, target = rooms.mixup(x.double(), y)
    x = rooms.fgsm(net, x, y, 0.01)

    def closure():
        optimizer.zero_grad()
        hidden = net[0](x)
        scores = net[3](net[2](net[1](hidden)))
        loss = rooms.mixed_loss(lambda z, t: F.cross_entropy(z, t, label_smoothing=0.1), scores, target) + penalties(net, x)
        loss = loss + rooms.confidence_penalty(scores, 0.1) + rooms.activity_penalty(hidden, 0.1) + rooms.kl_sparsity(hidden.sigmoid(), 0.1)
        loss.backward()
        return loss

    optimizer.step(closure)
    rooms.add_gradient_noise_(net.parameters(), 1e-3)
    rooms.clip_grad_norm_(net.parameters(), 1.0)
    rooms.decay_(net[0], 0.1, 1e-3)
    rooms.l1_proximal_(net[0][0].weight, 0.1, 1e-3)
    rooms.group_lasso_proximal_(net[0][0].weight, 0.1, 1e-3)
    rooms.max_norm_(net[0][0].weight, 2.0)
    rooms.clip_weights_(net[0][0].weight, -1.0, 1.0)
    rooms.random_shrink_(net[0][0].weight, 1e-3)
    average.update_parameters(net)


def started():
    net = network()
    optimizer = tinyreg.optim.SAM(tinyreg.optim.SGD(net.parameters(), lr=0.05, momentum=0.9), model=net)
    return net, optimizer, tinyreg.optim.swa_utils.AveragedModel(net), [tinyreg.tensor(IMAGES), tinyreg.tensor(LABELS)]


def test_training_equals_numpys(device):
    def run():
        net, optimizer, average, batch = started()
        for _ in range(3):
            step(net, optimizer, average, batch)
        x = tinyreg.tensor(IMAGES)[:, None].double() / 255
        return host([*net.state_dict().values(), *average.state_dict().values(), net.eval()(x), *rooms.monte_carlo(net, x, 3)])

    wanted, got = twice(device, run)
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


def test_nobody_waits(device):
    net, optimizer, average, batch = started()
    step(net, optimizer, average, batch)  # what is made once
    x = tinyreg.tensor(IMAGES)[:, None].double() / 255
    with device.never_waits():
        step(net, optimizer, average, batch)
        net.eval()(x)
        rooms.monte_carlo(net, x, 3)
