"""Claims about regularization that circulate, each with the counter-example that disproves it: tutorials/21_myths.md, as tests.

The page is made from this file by tutorials/form/myths.py: of each test the docstring, in four labelled paragraphs, and the
body, as a cell. So a body needs nothing but the imports below, returns nothing, and prints and asserts its numbers.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.experiments.figures import BLUE, GREY, INK, LOOK, ORANGE
from tutorials.form.figures import problems


@pytest.fixture(autouse=True)
def stage(monkeypatch):
    """What the page's first cell sets; and figures are looked at, as those of the chapters are."""
    monkeypatch.setattr(plt, "show", lambda: None)
    torch.manual_seed(0)
    with plt.rc_context():
        plt.style.use(LOOK)
        yield
        wrong = [problem for number in plt.get_fignums() for problem in problems(plt.figure(number))]
        plt.close("all")
    assert not wrong, "\n".join(wrong)


def test_01_l1_smooths_and_l2_concentrates():
    r"""Claim. L1 gives smooth weights and L2 concentrates them. That is: with L1 many inputs get a share of the weight,
    with L2 a few get all of it.

    Truth. Reversed. The slope of $w^2$ is $2w$: the pull of L2 fades with the weight, so it holds no weight at exactly
    0. Two equal inputs share their weight, because $a^2 + b^2$ with a fixed sum $a + b$ is smallest at $a = b$. The
    slope of $|w|$ is 1 or -1 however small the weight is: a weight that the data hold with less than this pull becomes
    exactly 0. And $|a| + |b|$ is the same for every split into parts of one sign: L1 leaves open which of two equal
    inputs is used, and coordinate descent gives all to the first.

    Source. Tibshirani 1996, Regression shrinkage and selection via the lasso, section 2; Zou & Hastie 2005,
    Regularization and variable selection via the elastic net, section 2.3; Hastie, Tibshirani & Friedman 2009, The
    elements of statistical learning, section 3.4.

    Rooms. [l1](../tinyreg/regularization/l1.py), [l2](../tinyreg/regularization/l2.py),
    [elastic net](../tinyreg/regularization/elastic_net.py)
    """
    diabetes = torch.datasets.Diabetes(scaling="norm")
    X, y, names = diabetes.data, diabetes.targets, diabetes.feature_names
    lasso = torch.regularization.lasso_path(X, y, strengths=[200 / 442]).coefs[:, 0]  # |y - Xb|^2/2 + 200 |b|_1
    ridge = torch.regularization.ridge(X, y, 200).coef  # |y - Xb|^2 + 200 |b|^2
    print(f"diabetes, strength 200: lasso {(lasso == 0).sum()} of 10 weights exactly 0, ridge {(ridge == 0).sum()}")
    assert (lasso == 0).sum() == 6 and (ridge == 0).sum() == 0

    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal(200), rng.standard_normal(200)
    twins, t = np.stack([x, x], axis=1), 3 * x + 0.01 * noise  # the same column twice; the weights should sum to 3
    shared = torch.regularization.ridge(twins, t, 2).coef
    single = torch.regularization.lasso_path(twins, t, strengths=[2 / 200]).coefs[:, 0]
    print(f"twin columns: ridge {shared[0]:.3f} and {shared[1]:.3f}, lasso {single[0]:.3f} and {single[1]:.3f}")
    values = [((t - twins @ b) ** 2).sum() / 2 + 2 * np.abs(b).sum() for b in (single, single[::-1], single.mean() * np.ones(2))]
    print(f"the lasso's objective for (w, 0), (0, w), (w/2, w/2): {values[0]:.6f}, {values[1]:.6f}, {values[2]:.6f}")
    assert np.allclose(shared, 1.492, atol=5e-4) and np.allclose(np.sort(single), [0, 2.988], atol=5e-4) and 0 in single
    assert np.ptp(values) < 1e-12

    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axes.bar(np.arange(10) - 0.2, ridge / ridge.max(), 0.4, color=BLUE, label="ridge (L2)")
    axes.bar(np.arange(10) + 0.2, lasso / lasso.max(), 0.4, color=ORANGE, hatch="//", edgecolor="white", label="lasso (L1)")
    axes.axhline(0, color=INK, linewidth=1)
    axes.set_xticks(range(10), names)
    axes.set(xlabel="input", ylabel="weight / largest")
    axes.legend()
    plt.show()


def test_02_l2_is_the_lasso():
    """Claim. L2 regularization is the lasso.

    Truth. Two penalties, two names. L2, the sum of squares, is ridge regression, Tikhonov's regularization and, under
    plain SGD, weight decay. The lasso is L1, the sum of absolute values; its name says what it does: least absolute
    shrinkage and selection operator. Only the lasso selects. A stronger ridge shortens the vector of weights and holds
    none of them at 0: a weight may pass through 0 on its way to the other sign, as that of `sex` does here, and goes
    on. With a penalty of its own in the objective, each fit is a minimum: the slope is 0 wherever the weight is not.

    Source. Hoerl & Kennard 1970, Ridge regression: biased estimation for nonorthogonal problems; Tibshirani 1996,
    Regression shrinkage and selection via the lasso; Hastie, Tibshirani & Friedman 2009, The elements of statistical
    learning, section 3.4.3.

    Rooms. [l1](../tinyreg/regularization/l1.py), [l2](../tinyreg/regularization/l2.py),
    [paths](../tinyreg/regularization/paths/__init__.py)
    """
    diabetes = torch.datasets.Diabetes(scaling="norm")
    X, y = diabetes.data, diabetes.targets
    strengths = [1, 100, 400, 949.5]
    lasso = torch.regularization.lasso_path(X, y, strengths=[s / 442 for s in strengths]).coefs[:, ::-1]  # it begins with the largest
    ridge = torch.regularization.ridge(X, y, strengths).coef
    sex, lengths = ridge[diabetes.feature_names.index("sex")], np.linalg.norm(ridge, axis=0)
    print("strength   zeros: lasso   ridge   length of ridge's weights   its weight of sex")
    for s, one, two, length, weight in zip(strengths, lasso.T, ridge.T, lengths, sex):
        print(f"{s:8g} {(one == 0).sum():14d} {(two == 0).sum():7d} {length:27.2f} {weight:19.2f}")
    assert (lasso == 0).sum(axis=0).tolist() == [0, 5, 7, 10] and np.all(ridge != 0)
    assert np.all(np.diff(lengths) < 0) and sex[0] < -80 and np.all(sex[1:] > 0.05)

    l1_penalty, l2_penalty = torch.regularization.l1_penalty, torch.regularization.l2_penalty
    for name, b, penalty in (("ridge", ridge, l2_penalty), ("lasso", lasso, l1_penalty)):
        b = torch.tensor(b[:, 1], requires_grad=True)  # at the strength 100
        (((y - X @ b) ** 2).sum() / 2 + penalty([b], 100)).backward()
        rest = b.grad.numpy()[b.detach().numpy() != 0]
        print(f"{name}: slope of |y - Xb|^2/2 + {penalty.__name__}(b, 100) where b is not 0: {np.abs(rest).max():.0e}")
        assert np.abs(rest).max() < 1e-8


def test_03_l1_makes_weights_non_negative():
    r"""Claim. L1 makes the weights non-negative.

    Truth. It keeps every sign. L1 penalizes the absolute value, so it moves a weight towards 0 from either side. The
    minimum of $(z - x)^2/2 + t|z|$ over $z$ is the soft threshold $S(x, t)$: $x$ moved by $t$ towards 0, and 0 where it
    would cross. Weights that must not be negative are another constraint, $w \geq 0$, with other methods: non-negative
    least squares, or the non-negative garrote, which constrains the factors that multiply the weights of least squares.

    Source. Tibshirani 1996, Regression shrinkage and selection via the lasso, section 2.2; Breiman 1995, Better
    subset regression using the nonnegative garrote; Lawson & Hanson 1974, Solving least squares problems, chapter 23.

    Rooms. [l1](../tinyreg/regularization/l1.py)
    """
    x = torch.linspace(-6, 6, 121, dtype=torch.float64)
    y = torch.regularization.soft_threshold(x, 2.0)
    print(f"S(-5, 2) = {y[10].item():.0f}, S(1, 2) = {y[70].item():.0f}, S(5, 2) = {y[110].item():.0f}")
    assert np.allclose(y[[10, 70, 110]].numpy(), [-3, 0, 3], atol=1e-12)

    diabetes = torch.datasets.Diabetes(scaling="norm")
    b = torch.regularization.lasso_path(diabetes.data, diabetes.targets, strengths=[100 / 442]).coefs[:, 0]
    found = dict(zip(diabetes.feature_names, b.round(1).tolist()))
    print("lasso of strength 100 on diabetes:", {name: value for name, value in found.items() if value})
    assert found["sex"] == -54.6 and found["s3"] == -154.6

    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axes.plot(x.numpy(), x.numpy(), color=GREY, linestyle=":", label="no penalty")
    axes.plot(x.numpy(), y.numpy(), color=BLUE, label="L1: soft threshold, t = 2")
    axes.plot(x.numpy(), np.maximum(x.numpy(), 0), color=ORANGE, linestyle="--", label="the constraint w ≥ 0")
    axes.set(xlabel="weight before", ylabel="weight after")
    axes.legend()
    plt.show()


def test_04_dropouts_mask_is_one_with_probability_p():
    r"""Claim. Dropout's mask is Bernoulli(p)/(1 - p). Here p is the probability of dropping, and backward multiplies
    the gradient by the mask of zeros and ones.

    Truth. Kept with probability 1 - p, scaled by 1/(1 - p), forward and backward. So the mask has mean 1. A mask that
    is 1 with probability p has mean p/(1 - p), which is 1 at p = 1/2 only: the value of most examples, which hides the
    slip. The scale belongs to the function, so backward multiplies by it, too. Without it the gradient is too small by
    the factor 1 - p, a relative error of exactly p. (In the first paper p is the probability of keeping: there the mask
    is Bernoulli(p) and the scale 1/p.)

    Source. Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout: a simple way to prevent neural
    networks from overfitting, sections 4 and 10.

    Rooms. [dropout](../tinyreg/regularization/dropout.py)
    """
    torch.manual_seed(0)
    rng, n = np.random.default_rng(0), 1_000_000
    x, cotangent = rng.standard_normal((2, 20))
    mask = np.arange(20) % 3 > 0  # one fixed mask makes the loss a function with a slope

    def loss(values, p):
        return (cotangent * np.tanh(values * mask / (1 - p))).sum(axis=-1)

    print("  p   mean of Bernoulli(p)/(1 - p)   of dropout's mask   gradient error: bare mask   with the scale")
    for p in (0.2, 0.5, 0.8):
        quoted = (rng.random(n) < p).mean() / (1 - p)
        drawn = nn.functional.dropout(torch.ones(n, dtype=torch.float64), p).numpy()
        slack = 6 * (p / (1 - p) / n) ** 0.5  # 6 sigma of either mean
        h = 1e-5 * np.eye(20)
        slope = (loss(x + h, p) - loss(x - h, p)) / 2e-5
        v = torch.tensor(x, requires_grad=True)
        y = torch.regularization.dropout(v, p, mask=torch.tensor(mask))
        (torch.tensor(cotangent) * y.tanh()).sum().backward()
        right = v.grad.numpy()
        bare = right * (1 - p)  # what backward gives without the scale
        errors = [np.linalg.norm(g - slope) / np.linalg.norm(slope) for g in (bare, right)]
        print(f"{p:.1f} {quoted:18.2f} {drawn.mean():25.2f} {errors[0]:23.3f} {errors[1]:22.0e}")
        assert abs(quoted - p / (1 - p)) < slack and abs(drawn.mean() - 1) < slack and abs((drawn == 0).mean() - p) < slack
        assert abs(errors[0] - p) < 1e-6 and errors[1] < 1e-8


def test_05_dropout_works_at_test_time_as_in_training():
    """Claim. Dropout works at test time as it does in training.

    Truth. At test time it is off. The scale 1/(1 - p) has made the mean right in training, so nothing is left to do;
    dropout without the scale multiplies the weights by 1 - p at test time instead. Left on, it gives the same image
    another answer at each call, and more wrong ones. Averaging many such answers on purpose is a method of its own,
    Monte Carlo dropout: their mean comes close to the network without dropout, and their spread is read as a measure of
    how unsure it is.

    Source. Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout: a simple way to prevent neural
    networks from overfitting, sections 4 and 7.5; Gal & Ghahramani 2016, Dropout as a Bayesian approximation, section
    4.

    Rooms. [dropout](../tinyreg/regularization/dropout.py),
    [Monte Carlo dropout](../tinyreg/regularization/monte_carlo_dropout.py)
    """
    train, test = torch.datasets.Digits(), torch.datasets.Digits(train=False)
    batches = list(zip(train.data.split(64), train.targets.split(64)))
    labels, counts = test.targets.numpy(), (1, 2, 5, 10, 25, 50)

    def error(outputs):
        return 100 * (outputs.argmax(-1) != labels).mean()

    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for seed, colour, marker, style in ((0, BLUE, "o", ":"), (1, ORANGE, "s", "--")):
        torch.manual_seed(seed)
        model = torch.models.MLP(64, (128, 128), 10, dropout=0.5)
        adam = torch.optim.Adam(model.parameters(), lr=2e-3)
        torch.training.fit(model, batches, loss=nn.functional.cross_entropy, optimizer=adam, epochs=10, progress=False)
        model.eval()
        off = error(model(test.data).detach().numpy())
        answers = torch.regularization.monte_carlo(model, test.data, 50, transform=lambda z: z.softmax(-1), return_samples=True)[2].numpy()
        means = [np.mean([error(answers[i : i + n].mean(axis=0)) for i in range(0, 50, n)]) for n in counts]
        differ = 100 * (answers[0].argmax(-1) != answers[1].argmax(-1)).mean()
        print(f"network {seed}, test error: off {off:.1f} %, on {means[0]:.1f} %, mean of 5 {means[2]:.1f} %, of 50 {means[-1]:.1f} %;")
        print(f"           two calls with dropout on disagree about {differ:.1f} % of the images")
        assert means[0] > off + 1 and abs(means[-1] - off) < 1 and differ > 2
        axes.plot(counts, means, color=colour, marker=marker, label=f"on, network {seed}")
        axes.axhline(off, color=colour, linestyle=style, label=f"off, network {seed}")
    axes.set(xlabel="answers averaged", ylabel="test error [%]", xscale="log", xticks=counts, xticklabels=counts)
    axes.minorticks_off()
    axes.legend(ncols=2)
    plt.show()


def test_06_batch_norm_squeezes_into_the_unit_interval():
    r"""Claim. Batch norm squeezes the values into [0, 1]. Its formula is $\gamma (\mu z + \beta) + \epsilon$, with
    the mean $\mu$ of the batch and the standardized value $z$.

    Truth. It standardizes, without bounds. With the mean $\mu$ and the variance $v$ of the batch,
    $y = \gamma (x - \mu)/\sqrt{v + \epsilon} + \beta$. Up to $\epsilon$, which is tiny, the output has mean $\beta$ and
    standard deviation $|\gamma|$. The mean of the input is subtracted and multiplies nothing; $\beta$ is added behind
    $\gamma$; and $\epsilon$ stands under the root, where it keeps a constant channel from 0/0.

    Source. Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training by reducing internal
    covariate shift, algorithm 1.

    Rooms. [batch norm](../tinyreg/regularization/batch_norm.py)
    """
    x = np.random.default_rng(0).gamma(2.0, 3.0, size=(10_000, 1))  # skewed, mean 6
    layer = nn.BatchNorm1d(1, dtype=torch.float64)
    z = layer(torch.tensor(x)).detach().numpy()
    outside = 100 * ((z < 0) | (z > 1)).mean()
    print(f"standardized: from {z.min():.2f} to {z.max():.2f}, {outside:.0f} % outside [0, 1]")
    assert z.min() < -1 and z.max() > 5 and outside > 60

    with torch.no_grad():
        layer.weight[:], layer.bias[:] = 2.0, 3.0
    y, quoted = layer(torch.tensor(x)).detach().numpy(), 2 * (x.mean() * z + 3) + layer.eps
    print(f"gamma 2, beta 3: mean {y.mean():.3f}, sd {y.std():.3f}; by the quoted formula {quoted.mean():.3f} and {quoted.std():.1f}")
    constant = layer(torch.full((4, 1), 7.0, dtype=torch.float64)).detach().numpy()
    print("a constant channel:", constant.ravel())
    assert abs(y.mean() - 3) < 1e-9 and abs(y.std() - 2) < 1e-5 and quoted.mean() > 5.9 and quoted.std() > 11 and (constant == 3).all()

    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axes.axvspan(0, 1, color=ORANGE, alpha=0.3, hatch="//", label="[0, 1]")
    axes.hist(z.ravel(), bins=80, color=BLUE, label="standardized values")
    axes.set(xlabel="(x - mean) / sd", ylabel="number of values")
    axes.legend()
    plt.show()


def test_07_batch_norm_restores_the_deviation_and_the_mean():
    r"""Claim. At its end batch norm multiplies by the standard deviation again and adds the mean.

    Truth. That would be the identity. $\gamma$ and $\beta$ are parameters: they start at 1 and 0, and are learned by
    gradient descent like every weight. The paper says that they could restore the input, if that were the optimal thing
    to do. Nothing sets them to that, and in the two networks of the cell training does not lead there.

    Source. Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training by reducing internal
    covariate shift, section 3.

    Rooms. [batch norm](../tinyreg/regularization/batch_norm.py)
    """
    x = np.random.default_rng(0).normal(5, 2, size=(256, 8))
    layer = nn.BatchNorm1d(8, dtype=torch.float64)
    with torch.no_grad():
        layer.weight[:], layer.bias[:] = torch.tensor(np.sqrt(x.var(axis=0) + layer.eps)), torch.tensor(x.mean(axis=0))
    residual = np.abs(layer(torch.tensor(x)).detach().numpy() - x).max()
    print(f"gamma = sd and beta = mean: largest |y - x| {residual:.0e}")
    assert residual < 1e-13

    train = torch.datasets.Digits()
    batches = list(zip(train.data.split(64), train.targets.split(64)))
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for seed, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "x")):
        torch.manual_seed(seed)
        model = torch.models.MLP(64, (64,), 10, normalization="batch")
        sgd = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        torch.training.fit(model, batches, loss=nn.functional.cross_entropy, optimizer=sgd, epochs=10, progress=False)
        layer = model.layers[2]
        gamma, beta = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        sd, mean = np.sqrt(layer.running_var.numpy()), layer.running_mean.numpy()
        distances = np.abs(gamma - sd).mean(), np.abs(beta - mean).mean()
        print(f"network {seed}, trained: mean of |gamma - sd| {distances[0]:.2f}, of |beta - mean| {distances[1]:.2f}")
        assert min(distances) > 0.15
        axes.plot(mean, beta, marker, color=colour, label=f"64 units, network {seed}")
    axes.plot([-1, 1], [-1, 1], color=GREY, linestyle="--", label="beta = mean")
    axes.set(xlabel="mean of the unit before batch norm", ylabel="learned beta", ylim=(-1, 1))
    axes.legend(loc="lower right")
    plt.show()


def test_08_clipping_zeroes_the_largest_entry():
    r"""Claim. Gradient clipping sets the largest entry of the gradient to zero.

    Truth. It shortens the gradient and drops nothing. Clipping by norm multiplies the whole gradient $g$ by
    $\min(1, c/|g|)$: every entry by the same number, so the direction stays. Clipping by value cuts each entry to
    $[-c, c]$, which turns the direction somewhat. Setting the largest entry to 0 removes the coordinate in which the
    loss is steep, the one that has to move. In the valley of the cell what is left is almost perpendicular to the
    gradient, and the loss stops far from its minimum.

    Source. Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, algorithm 1;
    Mikolov 2012, Statistical language models based on neural networks, for clipping by value.

    Rooms. [gradient clipping](../tinyreg/regularization/gradient_clipping.py)
    """
    curvature = torch.tensor([100.0, 1.0], dtype=torch.float64)  # a valley with one steep direction

    def zero_largest(w):
        w.grad[w.grad.abs().argmax()] = 0.0

    rules = {"clip by norm, c = 5": lambda w: nn.utils.clip_grad_norm_([w], 5.0), "largest entry set to 0": zero_largest}
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for (name, rule), colour, style in zip(rules.items(), (BLUE, ORANGE), ("-", "--")):
        w = torch.tensor([1.0, 3.0], dtype=torch.float64, requires_grad=True)
        optimizer, losses = torch.optim.SGD([w], lr=0.01), []
        for step in range(2000):
            optimizer.zero_grad()
            loss = (curvature * w**2).sum() / 2
            loss.backward()
            gradient = w.grad.clone()
            rule(w)
            if step == 0:
                cosine = (gradient @ w.grad / (gradient.norm() * w.grad.norm())).item()
            optimizer.step()
            losses.append(loss.item())
        last = ((curvature * w**2).sum() / 2).item()
        print(f"{name:22s}: cosine with the gradient {cosine:.3f}, loss after 2000 steps {last:.2g}, steep weight {w[0].item():.2g}")
        axes.semilogy(losses, color=colour, linestyle=style, label=name)
        assert (cosine > 0.9999 and last < 1e-16) if "norm" in name else (round(cosine, 3) == 0.03 and abs(last - 50) < 1e-6)
    axes.set(xlabel="step", ylabel="loss")
    axes.legend()
    plt.show()


def test_09_pruning_is_multiplicative_noise():
    r"""Claim. Pruning subtracts a random share of each weight. As a formula:
    $\theta - \epsilon \cdot r \cdot \theta$, with $r$ drawn anew for each weight.

    Truth. That is multiplicative noise, and it prunes nothing. A weight minus a share of itself is smaller and still
    there; no weight becomes 0. Magnitude pruning keeps the large weights and sets the small ones to exactly 0,
    $w \cdot [|w| > t]$, with a threshold $t$ that is often a multiple of the layer's standard deviation. Then the
    network is trained further while the zeros are held at 0, and the weights that are left make good most of what was
    cut.

    Source. Han, Pool, Tran & Dally 2015, Learning both weights and connections for efficient neural networks, section
    3.

    Rooms. [gaussian dropout](../tinyreg/regularization/gaussian_dropout.py), [l1](../tinyreg/regularization/l1.py)
    """
    rng = np.random.default_rng(0)
    theta = rng.standard_normal(30_000)
    noisy, pruned = theta - 0.1 * rng.random(30_000) * theta, theta * (np.abs(theta) > 2 * theta.std())
    print(f"30,000 weights: {(noisy == 0).sum()} zeros by noise, {100 * (pruned == 0).mean():.1f} % by pruning at 2 standard deviations")
    assert (noisy != 0).all() and abs((pruned == 0).mean() - 0.9545) < 6 * 0.0012  # the normal distribution's share, 6 sigma

    digits, others = torch.datasets.Digits(), torch.datasets.Digits(train=False)
    x, labels = digits.data[:500].flatten(1), digits.targets[:500]

    def error(model):
        with torch.no_grad():
            return 100 * (model(others.data.flatten(1)).argmax(1) != others.targets).float().mean().item()

    def train(model, lr, masks):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        for _ in range(150):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), labels).backward()
            optimizer.step()
            for w, mask in masks:
                w.data *= mask  # what was cut stays cut

    for seed in range(3):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10))
        train(model, 0.2, [])
        dense, weights = error(model), [model[0].weight, model[2].weight]
        masks = [(w, (w.data.abs() > 2 * w.data.std()).float()) for w in weights]
        for w, mask in masks:
            w.data *= mask
        cut = error(model)
        train(model, 0.02, masks)  # a tenth of the rate
        zeros, again = np.mean([(w.data == 0).float().mean().item() for w in weights]), error(model)
        print(f"network {seed}, {100 * zeros:.0f} % zeros: test error {dense:.0f} % dense, {cut:.0f} % cut, {again:.0f} % retrained")
        assert zeros > 0.85 and cut > dense + 10 and again < cut - 10


def test_10_sum_of_param_data_is_an_l2_penalty():
    """Claim. An L2 penalty can be summed from `param.data`. The line:
    `loss + strength * sum((p.data ** 2).sum() for p in model.parameters())`.

    Truth. It changes the number that is reported, and nothing else. `p.data` is the tensor outside of the graph: what
    is computed from it is a constant to `backward`, so the penalty has no gradient. The training is the one without a
    penalty, bit for bit, and no error tells. The penalty must be computed from the parameters themselves.

    Source. PyTorch 0.4.0 migration guide, What about .data?; Goodfellow, Bengio & Courville 2016, Deep learning,
    section 7.1.1, for the gradient that should come.

    Rooms. [l2](../tinyreg/regularization/l2.py)
    """
    c = torch.tensor([1.0, 2.0, 3.0])
    penalties = {
        "none": lambda w: 0.0,
        "of w.data": lambda w: (w.data**2).sum() / 2,
        "of w": lambda w: (w**2).sum() / 2,
        "l2_penalty": lambda w: torch.regularization.l2_penalty([w], 1.0),
    }
    print("penalty      loss   gradient           after 100 steps")
    ends = {}
    for name, penalty in penalties.items():
        w = torch.ones(3, requires_grad=True)
        loss = (c * w).sum() + penalty(w)  # the data's part has the gradient (1, 2, 3)
        loss.backward()
        gradient, optimizer = w.grad.tolist(), torch.optim.SGD([w], lr=0.1)
        for _ in range(100):
            optimizer.zero_grad()
            ((c * w).sum() + penalty(w)).backward()
            optimizer.step()
        ends[name] = w.tolist()
        print(f"{name:10s} {loss.item():6.1f}   {gradient}   {np.round(ends[name], 2).tolist()}")
        assert gradient == ([1, 2, 3] if name in ("none", "of w.data") else [2, 3, 4])
    assert ends["of w.data"] == ends["none"] and not penalties["of w.data"](w).requires_grad
    assert np.allclose(ends["of w"], [-1, -2, -3], atol=1e-3)  # the minimum of c w + w^2/2


def test_11_l2_sums_the_squared_norms_of_all_parameters():
    r"""Claim. The L2 penalty runs over all parameters. The line: `sum(norm(p) ** 2 for p in model.parameters())`.

    Truth. Over the weights, usually. A bias or an intercept says where the targets lie; penalizing it pulls every
    prediction towards 0, and then the fit depends on the zero point of the targets' scale. The scale and the shift of
    batch norm are left out, too. And a norm that is squared again is a detour with a hole: $\sqrt{s}^2$ has the
    gradient 0/0 at $s = 0$, unless the library defines it there; $\sum w^2$ has none of this.

    Source. Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, section 3.4.1; Goodfellow,
    Bengio & Courville 2016, Deep learning, section 7.1; He, Zhang, Zhang, Zhang, Xie & Li 2019, Bag of tricks for
    image classification with convolutional neural networks, section 3.1.

    Rooms. [l2](../tinyreg/regularization/l2.py)
    """
    X, y = torch.datasets.Diabetes(scaling="norm").data.numpy(), torch.datasets.Diabetes().targets.numpy()
    with_ones = np.column_stack([np.ones(442), X])
    for shift in (0, 1000):
        t = y + shift
        penalized = t - with_ones @ torch.regularization.ridge(with_ones, t, 100).coef
        free = t - t.mean() - X @ torch.regularization.ridge(X, t - t.mean(), 100).coef
        mean, rest = penalized.mean(), abs(free.mean())
        print(f"targets + {shift:4d}: mean residual {mean:.0f} with a penalized intercept, {rest:.0e} with a free one")
        assert round(mean) == (28, 213)[shift > 0] and rest < 1e-9

    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    torch.regularization.l2_penalty(model, 1.0).backward()
    print("l2_penalty(model) acts on", [name for name, p in model.named_parameters() if p.grad is not None])
    assert [name for name, p in model.named_parameters() if p.grad is not None] == ["0.weight", "2.weight"]

    squares = {
        "sqrt(sum(w^2))^2": lambda w: (w * w).sum().sqrt() ** 2,
        "norm(w)^2": lambda w: w.norm() ** 2,
        "sum(w^2)": lambda w: (w * w).sum(),
    }
    for name, square in squares.items():
        w = torch.zeros(2, requires_grad=True)
        with np.errstate(invalid="ignore"):  # NumPy would warn of 0/0
            square(w).backward()
        print(f"gradient of {name} at w = 0: {w.grad.tolist()}")
        assert np.isnan(w.grad.numpy()).all() if "sqrt" in name else w.grad.tolist() == [0, 0]


def test_12_l2_is_weight_decay():
    r"""Claim. L2 regularization and weight decay are the same.

    Truth. Under plain SGD, not with momentum and not under Adam. Under SGD a penalty $(\lambda/2) \lVert w \rVert^2$
    and a decay by $1 - \eta\lambda$ are one step, with $\eta$ the learning rate. Adam divides the gradient by its own
    size. Where the penalty is most of the gradient, that division cancels $\lambda$: every weight loses about $\eta$ a
    step, a small one as much as a large one. AdamW takes the decay out of the quotient: every weight loses the share
    $\eta\lambda$. With momentum the penalty also passes through the buffer, and the two differ.

    Source. Loshchilov & Hutter 2019, Decoupled weight decay regularization, section 2 and propositions 1 and 2.

    Rooms. [weight decay](../tinyreg/regularization/weight_decay.py), [l2](../tinyreg/regularization/l2.py)
    """
    c = torch.tensor([1.0, -2.0], dtype=torch.float64)
    for momentum in (0.0, 0.9):
        pair = [torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        optimizers = [torch.optim.SGD([w], lr=0.01, momentum=momentum) for w in pair]
        for _ in range(100):
            for w, optimizer, strength, decay in zip(pair, optimizers, (0.5, 0.0), (0.0, 0.5)):
                optimizer.zero_grad()
                (((w - c) ** 2).sum() / 2 + torch.regularization.l2_penalty([w], strength)).backward()
                torch.regularization.decay_([w], lr=0.01, weight_decay=decay)
                optimizer.step()
        difference = (pair[0] - pair[1]).abs().max().item()
        print(f"SGD, momentum {momentum}: penalty and decay differ by {difference:.0e}")
        assert difference < 1e-14 if momentum == 0 else difference > 0.01

    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    ends = {}
    looks = {("Adam", 1e-4): (ORANGE, "-"), ("Adam", 1.0): (INK, ":"), ("AdamW", 1e-4): (GREY, "--"), ("AdamW", 1.0): (BLUE, "-.")}
    for (name, strength), (colour, style) in looks.items():
        w = torch.tensor([10.0, 20.0], dtype=torch.float64, requires_grad=True)
        optimizer, path = getattr(torch.optim, name)([w], lr=0.01, weight_decay=strength), []
        for _ in range(300):
            w.grad = torch.zeros_like(w)  # the loss is flat: the penalty, or the decay, is all there is
            optimizer.step()
            path.append(w[0].item())
        ends[name, strength] = w.detach().numpy()
        print(f"{name:5s} weight_decay={strength:g}: (10, 20) became ({w[0].item():.3f}, {w[1].item():.3f})")
        axes.plot(path, color=colour, linestyle=style, label=f"{name}, λ = {strength:g}")
    axes.set(xlabel="step", ylabel="first weight", title="flat loss, rate 0.01")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    assert np.allclose(ends["Adam", 1e-4], [7.205, 17.099], atol=5e-4) and np.allclose(ends["Adam", 1.0], [7.205, 17.099], atol=5e-4)
    for strength in (1e-4, 1.0):
        assert np.allclose(ends["AdamW", strength], (1 - 0.01 * strength) ** 300 * np.array([10, 20]), rtol=1e-12)


def test_13_regularization_increases_complexity():
    r"""Claim. Regularization increases the complexity of the model.

    Truth. It lowers it. The formula gets a term more, but the fit follows the data less. For a linear model this can be
    counted. The prediction is a matrix times the targets, $Hy$, and the trace of $H$ is the effective number of
    parameters: $\sum_j d_j^2/(d_j^2 + \lambda)$ for ridge, with $d_j$ the singular values of the inputs. At
    $\lambda = 0$ this is the number of inputs, if none is a combination of others. It falls to 0 as $\lambda$ grows,
    and the error on the training data rises.

    Source. Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, section 3.4.1, equation (3.50).

    Rooms. [paths](../tinyreg/regularization/paths/__init__.py), [l2](../tinyreg/regularization/l2.py)
    """
    diabetes = torch.datasets.Diabetes(scaling="norm")
    X, y = diabetes.data.numpy(), diabetes.targets.numpy()
    strengths = [0, 0.1, 1, 100]
    coefs, df = torch.regularization.ridge(X, y, strengths)
    traces = [np.trace(X @ np.linalg.solve(X.T @ X + s * np.eye(10), X.T)) for s in strengths]
    errors = ((y[:, None] - X @ coefs) ** 2).mean(axis=0)
    print("strength   effective parameters   trace of H   mean squared error in training")
    for row in zip(strengths, df, traces, errors):
        print("{:8g} {:22.2f} {:12.2f} {:31.0f}".format(*row))
    assert df.round(2).tolist() == [10, 7.64, 3.94, 0.1]
    assert np.allclose(df, traces, atol=1e-9) and (np.diff(errors) > 0).all()

    grid = np.logspace(-4, 3, 60)
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axes.semilogx(grid, torch.regularization.ridge(X, y, grid).df, color=BLUE, label="ridge on diabetes, 10 inputs")
    axes.semilogx(strengths[1:], df[1:], "o", color=INK, label="strengths of the table")
    axes.set(xlabel="strength of ridge", ylabel="effective parameters", ylim=(0, 10.5))
    axes.legend()
    plt.show()


def test_14_exploding_gradients_reset_the_weights():
    r"""Claim. Exploding gradients throw the weights back to their initial values.

    Truth. They throw them away, without end. On $w^2/2$ a step of rate $\eta$ multiplies the weight by $1 - \eta$:
    above $\eta = 2$ it grows until floating point numbers end, and then there is only infinity and NaN. In a deep chain
    of linear maps the gradient is multiplied by every layer's matrix. Where the gain, the factor by which a layer
    stretches a vector on average, is below 1 it vanishes, above 1 it explodes, both exponentially in the depth; nothing
    in it leads back to where the weights started.

    Source. Bengio, Simard & Frasconi 1994, Learning long-term dependencies with gradient descent is difficult;
    Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, section 2.

    Rooms. [gradient clipping](../tinyreg/regularization/gradient_clipping.py)
    """
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for lr, colour, style in ((1.9, BLUE, "-"), (2.1, GREY, "--"), (3.0, ORANGE, "-.")):
        w, path = torch.tensor([1.0], dtype=torch.float64, requires_grad=True), []
        optimizer = torch.optim.SGD([w], lr=lr)
        while len(path) < 2000 and abs(w.item()) < 1e300:
            w.grad = w.detach().clone()  # the gradient of w^2/2
            optimizer.step()
            path.append(abs(w.item()))
        print(f"rate {lr}: |w| = {path[-1]:.0e} after {len(path)} steps, from 1 at the start")
        axes.semilogy(range(1, 61), path[:60], color=colour, linestyle=style, label=f"rate {lr}")
        assert f"{path[-1]:.0e}" == "6e+82" if lr == 2.1 else len(path) == 997 if lr == 3.0 else path[-1] < 1e-90
    axes.set(xlabel="step", ylabel="|w|")
    axes.legend()
    plt.show()

    print("gain   gradient of the input of 50 linear layers, 4 draws")
    norms = np.empty((4, 3))
    for seed in range(4):
        rng = np.random.default_rng(seed)
        for i, gain in enumerate((0.5, 1.0, 1.5)):
            layers = [torch.tensor(gain / 10 * rng.standard_normal((100, 100))) for _ in range(50)]
            h = x = torch.ones(100, dtype=torch.float64, requires_grad=True)
            for W in reversed(layers):
                h = W @ h
            h.sum().backward()
            norms[seed, i] = x.grad.norm().item()
    for gain, row in zip((0.5, 1.0, 1.5), norms.T):
        print(f"{gain}    " + "  ".join(f"{norm:.0e}" for norm in row))
    assert norms[:, 0].max() < 1e-12 and 0.1 < norms[:, 1].min() and norms[:, 1].max() < 1000 and norms[:, 2].min() > 1e8


def test_15_dropout_and_batch_norm_act_once_every_few_epochs():
    """Claim. Dropout and batch norm are switched on once every few epochs.

    Truth. Both act in every training step. Dropout draws a new mask at each call; batch norm takes the statistics of
    each mini-batch. With dropout in every fifth epoch only, four epochs of five train without it, and a part of the
    gain is lost. And a network that has learned with batch norm cannot do an epoch without it: the layers behind it
    have learned from its outputs, and now get values of another size.

    Source. Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout: a simple way to prevent neural
    networks from overfitting, section 5.1; Ioffe & Szegedy 2015, Batch normalization: accelerating deep network
    training by reducing internal covariate shift, algorithm 2.

    Rooms. [dropout](../tinyreg/regularization/dropout.py), [batch norm](../tinyreg/regularization/batch_norm.py)
    """
    from tinyreg.experiments.statistics import interval, paired_difference

    train, test = torch.datasets.Digits(), torch.datasets.Digits(train=False)

    def epoch(model, sgd, x, y, size):
        for pick in torch.randperm(len(x)).split(size):
            sgd.zero_grad()
            nn.functional.cross_entropy(model(x[pick]), y[pick]).backward()
            sgd.step()

    def error(model):
        return 100 - 100 * torch.training.evaluate(model, [(test.data, test.targets)], nn.functional.cross_entropy)["accuracy"]

    errors = {"never": [], "every 5th epoch": [], "every step": []}
    for seed in range(5):
        for name, period in zip(errors, (1000, 5, 1)):
            torch.manual_seed(seed)
            pick = torch.randperm(len(train))[:300]
            x, y = train.data[pick], train.targets[pick]
            y[:90] = torch.randint(0, 10, (90,))  # 30 % of the labels are drawn: noise to be kept out
            model = torch.models.MLP(64, (128,), 10, dropout=0.5)
            sgd = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
            for i in range(1, 31):
                model.train(i % period == 0)  # dropout is all that this switches here
                epoch(model, sgd, x, y, 30)
            errors[name].append(error(model))
    print("test error after training on 300 digits, 30 % of them with a random label; means of 5 seeds, 95 % intervals")
    for name, values in errors.items():
        print(f"dropout {name:15s}: {interval(values).mean:.1f} % +- {interval(values).half:.1f}")
    never, fifth, every = errors.values()
    for name, more, less in (("every 5th epoch over never", never, fifth), ("every step over every 5th epoch", fifth, every)):
        gain = paired_difference(more, less).interval
        print(f"gain of {name}, paired by seed: {gain.mean:.1f} +- {gain.half:.1f} points")
    assert np.mean(every) < np.mean(fifth) - 1 and np.mean(every) < np.mean(never) - 3

    for seed in range(2):
        torch.manual_seed(seed)
        model = torch.models.MLP(64, (64,), 10, normalization="batch")
        sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for _ in range(8):
            epoch(model, sgd, train.data, train.targets, 64)
        without = nn.Sequential(*[layer for layer in model.layers if not isinstance(layer, nn.BatchNorm1d)])
        print(f"batch norm left out, network {seed}: test error {error(model):.1f} % -> {error(without):.0f} %")
        assert error(without) > error(model) + 10


def test_16_schedules_increase_the_learning_rate():
    r"""Claim. A learning rate schedule increases the rate.

    Truth. It decreases it, at the latest towards the end. Large steps travel far, but near the minimum their noise
    keeps the weights away from it: on the loss $w^2/2$ with gradient noise of variance 1, a constant rate $r$ ends at a
    mean of $w^2$ of $r/(2 - r)$. Rates whose sum is infinite, and the sum of their squares finite, reach the minimum.
    Rates above 2 diverge. Some schedules do rise at the beginning: warm-up for a few epochs, one cycle for a third or a
    half of the training. They end low all the same.

    Source. Robbins & Monro 1951, A stochastic approximation method; Goyal et al. 2017, Accurate, large minibatch SGD:
    training ImageNet in 1 hour, section 2.2, for warm-up; Smith 2018, A disciplined approach to neural network
    hyper-parameters, for one cycle.

    Rooms. [decay](../tinyreg/optim/lr_scheduler/decay.py), [warm-up](../tinyreg/optim/lr_scheduler/warmup.py),
    [one cycle](../tinyreg/optim/lr_scheduler/one_cycle.py)
    """
    from tinyreg.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, OneCycleLR, StepLR

    factors = {"constant": lambda t: 1.0, "decaying": lambda t: 1 / (1 + t / 5), "rising": lambda t: 1 + t / 100}
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    ends = {}
    for (name, factor), colour, style in zip(factors.items(), (GREY, BLUE, ORANGE), (":", "-", "--")):
        torch.manual_seed(0)
        w = nn.Parameter(torch.ones(1000, dtype=torch.float64))  # a thousand runs side by side
        sgd = torch.optim.SGD([w], lr=0.5)
        schedule, squares = LambdaLR(sgd, factor), []
        for _ in range(440):
            w.grad = w.detach() + torch.randn(1000, dtype=torch.float64)  # the slope of w^2/2, and noise
            sgd.step()
            schedule.step()
            squares.append((w.detach() ** 2).mean().item())
        ends[name] = squares[-1]
        print(f"{name:8s}: rate from 0.5 to {schedule.get_last_lr()[0]:.3f}, mean of w^2 at the end {ends[name]:.2g}")
        axes.semilogy(range(1, 441), squares, color=colour, linestyle=style, label=name)
    print(f"theory for the constant rate: 0.5/(2 - 0.5) = {0.5 / 1.5:.2g}")
    assert abs(ends["constant"] - 1 / 3) < 6 / 3 * (2 / 1000) ** 0.5 and ends["decaying"] < 0.01 and ends["rising"] > 1e20
    axes.set(xlabel="step", ylabel="mean of w²", ylim=(1e-3, 1e3))
    axes.legend()
    plt.show()

    settings = {StepLR: {"step_size": 30}, CosineAnnealingLR: {"T_max": 100}, OneCycleLR: {"max_lr": 0.5, "total_steps": 100}}
    for kind, options in settings.items():
        sgd = torch.optim.SGD([w], lr=0.5)
        schedule, rates = kind(sgd, **options), []
        for _ in range(99):
            rates.append(schedule.get_last_lr()[0])
            sgd.step()
            schedule.step()
        print(f"{kind.__name__:17s}: first rate {rates[0]:.2f}, greatest {max(rates):.2f} at step {np.argmax(rates)}, last {rates[-1]:.5f}")
        assert rates[-1] < rates[0] and np.argmax(rates) < 50


def test_17_xaviers_variance_is_one_over_in_plus_out():
    r"""Claim. Xavier initialization draws weights of variance 1/(in + out).

    Truth. The variance is 2/(in + out). Written $2/(n_{in} + n_{out})$, it is the compromise between $1/n_{in}$, which
    keeps the size of the signal on its way forward, and $1/n_{out}$, which keeps that of the gradient on its way back.
    Without the 2 each layer halves the mean square: $2^{-20}$ of it is left after twenty layers. A ReLU halves it as
    well. There He's $2/n_{in}$ is right, and with Xavier's variance the signal vanishes.

    Source. Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, section
    4.2.1; He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, section 2.2.

    Rooms. [init](../tinyreg/init.py)
    """
    xavier, he, layers, width, seeds = nn.init.xavier_normal_, nn.init.kaiming_normal_, 20, 256, 4
    cases = {
        "linear, 2/(in + out)": (xavier, False, BLUE, "-"),
        "linear, 1/(in + out)": (lambda weight: xavier(weight, gain=0.5**0.5), False, ORANGE, "--"),
        "ReLU, He's 2/in": (lambda weight: he(weight, nonlinearity="relu"), True, INK, "-."),
        "ReLU, 2/(in + out)": (xavier, True, GREY, ":"),
    }
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    left = {}
    for name, (initialize, rectified, colour, style) in cases.items():
        logs = np.zeros((seeds, layers + 1))
        for seed in range(seeds):
            torch.manual_seed(seed)
            x, weight = torch.randn(64, width), torch.empty(width, width)
            for layer in range(layers + 1):
                logs[seed, layer] = np.log((x**2).mean().item())
                x = x @ initialize(weight).T
                x = x.relu() if rectified else x
        curve = np.exp((logs - logs[:, :1]).mean(axis=0))
        left[name] = curve[-1]
        print(f"{name:21s}: after {layers} layers of width {width} the mean square is {curve[-1]:.2g} of what it was")
        axes.semilogy(curve, color=colour, linestyle=style, label=name)
    print(f"2^-20 = {2.0**-20:.2g}")
    assert 0.1 < left["linear, 2/(in + out)"] < 10 and 0.05 < left["ReLU, He's 2/in"] < 10
    assert 0.1 < left["linear, 1/(in + out)"] * 2**20 < 10 and left["ReLU, 2/(in + out)"] < 1e-5
    axes.set(xlabel="layer", ylabel="mean square / first", xticks=range(0, 21, 5))
    axes.legend()
    plt.show()


def test_18_the_scheduler_steps_before_the_optimizer():
    """Claim. In the training loop, the scheduler steps before the optimizer.

    Truth. It steps after. A schedule sets the first rate when it is made, and each step() moves on to the next. Stepped
    first, it moves on before the first rate was used, and the whole schedule comes one step too early. PyTorch asked
    for that order before version 1.1, and old code still has it. Since then it warns, and so does this library.

    Source. PyTorch 1.1.0, release notes, 2019; PyTorch documentation, torch.optim, How to adjust learning rate.

    Rooms. [schedule](../tinyreg/optim/lr_scheduler/schedule.py)
    """
    import warnings

    used, told = {"optimizer": [], "scheduler": []}, {}
    for first, rates in used.items():
        w = nn.Parameter(torch.zeros(1, dtype=torch.float64))
        w.grad = torch.ones(1, dtype=torch.float64)  # so a step moves w by the rate
        optimizer = torch.optim.SGD([w], lr=1.0)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(3):
                before = w.item()
                for each in (optimizer, scheduler) if first == "optimizer" else (scheduler, optimizer):
                    each.step()
                rates.append(round(before - w.item(), 12))
        told[first] = [str(warning.message) for warning in caught]
        print(f"{first} first: rates used {rates}, warnings {len(told[first])}")
    print(told["scheduler"][0].replace("; ", ";\n"))
    assert used == {"optimizer": [1.0, 0.1, 0.01], "scheduler": [0.1, 0.01, 0.001]}
    assert told["optimizer"] == [] and "must follow optimizer.step()" in told["scheduler"][0]


def test_19_the_strength_does_not_matter():
    r"""Claim. By duality, the strength of the penalty does not matter.

    Truth. The path is the same, the point on it is not. To every $\lambda$ of the penalized problem belongs a radius
    $t(\lambda) = \lVert w(\lambda) \rVert$, and minimizing the loss inside the ball of that radius gives the same $w$:
    two ways to name one point. Another $\lambda$ names another point, with other weights and another error. Choosing
    $\lambda$ becomes choosing $t$; the choice stays, and it needs data that were not used for the fit.

    Source. Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, section 3.4.1, equation (3.42);
    Goodfellow, Bengio & Courville 2016, Deep learning, section 7.2.

    Rooms. [paths](../tinyreg/regularization/paths/__init__.py), [max norm](../tinyreg/regularization/max_norm.py)
    """
    diabetes = torch.datasets.Diabetes(scaling="norm")
    order = np.random.default_rng(0).permutation(442)
    X, y = (part.numpy()[order] for part in (diabetes.data, diabetes.targets))
    strengths = np.array([1e-4, 0.01, 0.1, 1, 10])
    W = torch.regularization.ridge(X[:100], y[:100], strengths).coef
    norms, errors = np.linalg.norm(W, axis=0), ((y[100:, None] - X[100:] @ W) ** 2).mean(axis=0)
    print("strength    |w|   mean squared error on 342 others")
    for row in zip(strengths, norms, errors):
        print("{:8g} {:6.0f} {:33.0f}".format(*row))
    assert norms.round().tolist() == [1008, 860, 634, 250, 42] and errors.round().tolist() == [3039, 3027, 3120, 4263, 5614]

    w, radius, step = np.zeros(10), norms[2], 1 / np.linalg.norm(X[:100], 2) ** 2
    for _ in range(5000):  # least squares in the ball of radius |w(0.1)|: a gradient step, and back into the ball
        w = w + step * X[:100].T @ (y[:100] - X[:100] @ w)
        w *= min(1, radius / np.linalg.norm(w))
    print(f"projected gradient in the ball of radius {radius:.0f}: largest difference to w(0.1) {np.abs(w - W[:, 2]).max():.0e}")
    assert np.abs(w - W[:, 2]).max() < 1e-10

    fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    for ax, values, label in zip(axes, (norms, errors), ("|w|", "mean squared error")):
        ax.semilogx(strengths, values, "o-", color=BLUE)
        ax.set(xlabel="strength", ylabel=label)
    plt.show()


def test_20_bias_and_l2_before_batch_norm_act_as_usual():
    r"""Claim. Before batch norm, a bias and an L2 penalty act as usual.

    Truth. Batch norm cancels the bias, and turns L2 into a learning rate. It subtracts the mean, and with it every
    bias. It divides by the standard deviation, and with it the length of the weights $W$: the loss of $10W$ is that of
    $W$, its gradient a tenth, and the gradient is perpendicular to $W$. So L2 does not make the function simpler. It
    shortens $W$ until the gradient pushes back as much, and the rate that counts, $r/|W|^2$ for the rate $r$, grows.
    Too much L2 looks like a rate that is too high, and a lower rate cures most of it with the same L2.

    Source. Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training by reducing internal
    covariate shift, sections 3.2 and 3.3; van Laarhoven 2017, L2 regularization versus batch and weight
    normalization; Hoffer, Banner, Golan & Soudry 2018, Norm matters; Zhang, Wang, Xu & Grosse 2019, Three mechanisms
    of weight decay regularization.

    Rooms. [batch norm](../tinyreg/regularization/batch_norm.py), [l2](../tinyreg/regularization/l2.py),
    [weight decay](../tinyreg/regularization/weight_decay.py)
    """
    torch.manual_seed(0)
    train, test = torch.datasets.Digits(), torch.datasets.Digits(train=False)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10)).double()
    layer, found = model[1], []
    for change in (lambda: None, lambda: layer.bias.add_(5.0), lambda: layer.weight.mul_(10.0)):
        with torch.no_grad():
            change()
        model.zero_grad()
        loss = nn.functional.cross_entropy(model(train.data[:200].double()), train.targets[:200])
        loss.backward()
        w, g = layer.weight.detach(), layer.weight.grad
        found.append((loss.item(), g.norm().item(), ((w * g).sum() / (w.norm() * g.norm())).item()))
    (loss, size, cosine), (biased, _, _), (scaled, its_size, _) = found
    print(f"loss of W {loss:.6f}, of 10 W {scaled:.6f}, with the bias + 5 {biased:.6f}")
    print(f"gradient at W {size / its_size:.2f} times that at 10 W; cosine of W and its gradient {cosine:.0e}")
    assert abs(biased - loss) < 1e-12 and abs(scaled - loss) < 1e-3 and abs(size / its_size - 10) < 0.1 and abs(cosine) < 1e-3

    batches, cross_entropy = list(zip(train.data.split(64), train.targets.split(64))), nn.functional.cross_entropy
    print("strength    |W|   rate/|W|^2   test error [%]   and after 2 epochs at a tenth of the rate (means of 2 networks)")
    table = {}
    for strength in (0.0, 0.01, 0.1):
        rows = np.zeros((2, 2, 2))  # networks, rates, and what is measured
        for seed in range(2):
            torch.manual_seed(seed)
            model = torch.models.MLP(64, (128,), 10, normalization="batch")
            W = model.layers[1].weight
            rest = [p for p in model.parameters() if p is not W]
            sgd = torch.optim.SGD([{"params": [W], "weight_decay": strength}, {"params": rest}], lr=0.2)
            for column, (rate, epochs) in enumerate(((0.2, 8), (0.02, 2))):
                for group in sgd.param_groups:
                    group["lr"] = rate
                torch.training.fit(model, batches, loss=cross_entropy, optimizer=sgd, epochs=epochs, progress=False)
                accuracy = torch.training.evaluate(model, [(test.data, test.targets)], cross_entropy)["accuracy"]
                rows[seed, column] = 100 - 100 * accuracy, W.detach().norm().item()
        (high, length), (low, _) = rows.mean(axis=0)
        table[strength] = high, low, length
        print(f"{strength:8g} {length:6.2f} {0.2 / length**2:12.4f} {high:16.1f} {low:16.1f}")
    assert table[0.0][2] > 1.5 * table[0.01][2] > 2 * table[0.1][2]
    assert table[0.1][0] > table[0.0][0] + 1 and table[0.1][1] < table[0.1][0] - 1


def test_21_cross_entropy_may_be_swapped():
    r"""Claim. The two distributions of the cross-entropy may be swapped.

    Truth. The target stands outside the logarithm. $H(p, q) = -\sum p \log q$ with the target $p$ is smallest at
    $q = p$. Swapped, a one-hot target stands under the logarithm, and $H(q, p)$ is infinite as soon as $q$ gives
    another class a chance. With a smoothed target it is finite and wrong. It is linear in $q$, so it is smallest in a
    corner, where all of $q$ is on the likeliest class: what smoothing was to prevent.

    Source. Goodfellow, Bengio & Courville 2016, Deep learning, section 3.13; Szegedy, Vanhoucke, Ioffe, Shlens &
    Wojna 2016, Rethinking the Inception architecture for computer vision, section 7.

    Rooms. [cross-entropy](../tinyreg/layers/loss/cross_entropy.py),
    [label smoothing](../tinyreg/regularization/label_smoothing.py)
    """

    def swapped(logits, p):
        with np.errstate(divide="ignore"):  # log 0 is what the claim leads to
            return -(logits.softmax(0) * p.log()).sum()

    right, smoothed = nn.functional.cross_entropy, torch.tensor([0.9, 0.05, 0.05])
    values = [h(torch.zeros(3), torch.tensor([1.0, 0.0, 0.0])).item() for h in (right, swapped)]
    print(f"target (1, 0, 0), q uniform: H(p, q) = {values[0]:.4f} = log 3, H(q, p) = {values[1]}")
    assert abs(values[0] - np.log(3)) < 1e-6 and values[1] == np.inf

    for name, objective, end in (("H(p, q)", right, [0.9, 0.05, 0.05]), ("H(q, p)", swapped, [1, 0, 0])):
        logits = nn.Parameter(torch.zeros(3))
        sgd = torch.optim.SGD([logits], lr=5.0)
        for _ in range(500):
            sgd.zero_grad()
            objective(logits, smoothed).backward()
            sgd.step()
        q = logits.detach().softmax(0).numpy()
        print(f"target (0.9, 0.05, 0.05): descent on {name} ends at q = ({q[0]:.3f}, {q[1]:.3f}, {q[2]:.3f})")
        assert np.abs(q - end).max() < 1e-3

    s = np.linspace(0.001, 0.999, 500)  # q = (s, (1 - s)/2, (1 - s)/2)
    fig, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axes.plot(s, -0.9 * np.log(s) - 0.1 * np.log((1 - s) / 2), color=BLUE, label="H(p, q)")
    axes.plot(s, -s * np.log(0.9) - (1 - s) * np.log(0.05), color=ORANGE, linestyle="--", label="H(q, p), swapped")
    axes.axvline(0.9, color=INK, linestyle=":", linewidth=1.6, label="target p: 0.9")
    axes.set(xlabel="probability of the first class in q", ylabel="cross-entropy [nats]", ylim=(0, 4))
    axes.legend()
    plt.show()


def test_22_batch_norm_works_because_it_removes_covariate_shift():
    """Claim. Batch norm works because it removes internal covariate shift. That is the change of a layer's inputs
    while the layers below it learn.

    Truth. With the shift put back, it works nearly as well. Behind each batch norm every unit gets a new random scale
    and a new random shift at every step. Now the mean of a unit moves more from one mini-batch to the next than in the
    network without batch norm, which still trains worse at the same rate. So the shift is not what makes the
    difference. What batch norm was found to change is the loss as a function of the weights, and the cell finds it,
    too: along a step the gradient changes less, and a step can be trusted for longer.

    Source. Santurkar, Tsipras, Ilyas & Madry 2018, How does batch normalization help optimization?, sections 2.1 and
    3.1; Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training by reducing internal covariate
    shift, section 2.

    Rooms. [batch norm](../tinyreg/regularization/batch_norm.py)
    """
    train, test = torch.datasets.Digits(), torch.datasets.Digits(train=False)
    batches, cross_entropy = list(zip(train.data.split(64), train.targets.split(64))), nn.functional.cross_entropy

    class Shift(nn.Module):  # scales and shifts each of 100 units by chance, anew at every step
        def forward(self, x):
            return x * (0.5 + torch.rand(100)) + torch.rand(100) - 0.5 if self.training else x

    def gradient(model, w):  # at the parameters w, of the loss on 500 digits
        nn.utils.vector_to_parameters(w, model.parameters())
        model.zero_grad()
        cross_entropy(model(train.data[:500]), train.targets[:500]).backward()
        return nn.utils.parameters_to_vector([p.grad for p in model.parameters()])

    def change(model):  # |g(w) - g(w - 0.1 g)| / |g(w)|: of the gradient g along a step of the rate 0.1, Shift at rest
        for layer in model:
            layer.train(not isinstance(layer, Shift))
        w = nn.utils.parameters_to_vector(model.parameters()).detach()
        g = gradient(model, w)
        moved = gradient(model, w - 0.1 * g)
        nn.utils.vector_to_parameters(w, model.parameters())
        return ((moved - g).norm() / g.norm()).item()

    def train_one(norms, seed):  # movement of a unit, test error, and for each epoch training loss and change
        torch.manual_seed(seed)
        layers = [layer for width in (64, 100, 100) for layer in (nn.Linear(width, 100), *norms(), nn.ReLU())]
        model, seen, curve = nn.Sequential(nn.Flatten(), *layers, nn.Linear(100, 10)), [], []
        for layer in model:
            if isinstance(layer, nn.Linear):  # the weights that suit the plain network better than the default
                nn.init.xavier_normal_(layer.weight)
        model[-2].register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0].detach().numpy()))  # of the last ReLU
        sgd = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(6):
            torch.training.fit(model, batches, loss=cross_entropy, optimizer=sgd, epochs=1, progress=False)
            loss = torch.training.evaluate(model, [(train.data, train.targets)], cross_entropy)["loss"]
            curve.append((loss, change(model)))
        error = 100 - 100 * torch.training.evaluate(model, [(test.data, test.targets)], cross_entropy)["accuracy"]
        units = [x for x in seen if len(x) == 64]  # of the training steps
        steps = np.diff([x.mean(axis=0) for x in units], axis=0)  # of the mean of a unit, to the next mini-batch
        return np.abs(steps).mean() / np.mean([x.std(axis=0) for x in units]), error, np.array(curve)

    kinds = {
        "plain": (lambda: [], GREY, ":"),
        "BN": (lambda: [nn.BatchNorm1d(100)], BLUE, "-"),
        "BN + shift": (lambda: [nn.BatchNorm1d(100), Shift()], ORANGE, "--"),
    }
    fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    print("means of 2 networks   movement of a unit   training loss   test error [%]   change of the gradient")
    table = {}
    for name, (norms, colour, style) in kinds.items():
        moves, errors, curves = zip(*[train_one(norms, seed) for seed in range(2)])
        losses, changes = np.mean(curves, axis=0).T
        table[name] = np.mean(moves), losses[-1], np.mean(errors), changes.mean()
        print("{:19s} {:17.4f} sd {:15.4f} {:16.1f} {:24.2f}".format(name, *table[name]))
        for ax, values in zip(axes, (losses, changes)):
            ax.plot(range(1, 7), values, color=colour, linestyle=style, label=name)
    plain, norm, shifted = table.values()
    assert shifted[0] > plain[0] > 10 * norm[0]  # the shift is back, and larger than without batch norm
    assert max(norm[1], shifted[1]) < plain[1] / 1.5 and max(norm[2], shifted[2]) < plain[2] - 1
    assert max(norm[3], shifted[3]) < plain[3] / 1.5
    axes[0].set(xlabel="epoch", ylabel="training loss", ylim=(0, 0.5))
    axes[1].set(xlabel="epoch", ylabel="change of the gradient", ylim=(0, 1.2))
    axes[0].legend()
    plt.show()
