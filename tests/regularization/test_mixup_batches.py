"""MixUp, the transform of batches: its forms, its chance, and training with it."""

from functools import partial

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, TensorDataset
from tinyreg.regularization.mixup import MixUp, mixed_loss, mixup
from tinyreg.training import fit
from tinyreg.transforms import Compose

F = torch.nn.functional
INDEX = [2, 0, 3, 1]  # no involution


def given(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def batch_of(n=4):
    return [torch.tensor(given(n, 2, 3, 3).astype("float32")), torch.arange(n) % 3]


def test_the_transform_rolls_the_batch():
    images, labels = batch_of()
    (mixed, soft), (lam, index) = MixUp(num_classes=3)([images, labels], return_draws=True)
    assert index.tolist() == [3, 0, 1, 2] and isinstance(lam, float) and soft.dtype == torch.float32
    x, q = images.numpy(), np.eye(3)[labels.numpy()]
    np.testing.assert_allclose(mixed.numpy(), lam * x + (1 - lam) * np.roll(x, 1, axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(soft.numpy(), lam * q + (1 - lam) * np.roll(q, 1, axis=0), rtol=1e-6)


def test_the_transform_and_the_function_are_one():
    images, labels = batch_of()
    mixed, soft = MixUp(num_classes=3)([images, labels], draws=(0.3, INDEX))
    x, target = mixup(images, labels, lam=0.3, index=INDEX)
    np.testing.assert_array_equal(mixed.numpy(), x.numpy())
    np.testing.assert_array_equal(soft.numpy(), target.soft(3).numpy())
    scores = torch.tensor(given(4, 3).astype("float32"))
    assert F.cross_entropy(scores, soft).item() == pytest.approx(mixed_loss(F.cross_entropy, scores, target).item(), rel=1e-6)


def test_forms_of_batches():
    images, labels = batch_of()
    transform, draws = MixUp(num_classes=3), (0.3, INDEX)
    wanted = [part.tolist() for part in transform([images, labels], draws=draws)]
    as_tuple = transform((images, labels), draws=draws)
    two = transform(images, labels, draws=draws)
    arrays = transform([images.numpy(), labels.numpy()], draws=draws)
    three = transform([images, labels, "names"], draws=draws)
    assert type(as_tuple) is tuple and type(two) is tuple and type(three) is list and three[2] == "names"
    assert all(isinstance(part, np.ndarray) for part in arrays)
    for result in (as_tuple, two, arrays, three):
        assert [part.tolist() for part in result[:2]] == wanted
    soft = torch.tensor(np.eye(3)[labels.numpy()])
    for given_labels in (soft, soft.long()):
        assert MixUp()([images, given_labels], draws=draws)[1].numpy() == pytest.approx(np.array(wanted[1]), rel=1e-6)
    assert transform([images.double(), labels.byte()], draws=draws)[1].tolist() == wanted[1]


def test_uint8_images():
    images = torch.tensor(np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), dtype="uint8"))
    mixed, _ = MixUp(num_classes=4)([images, torch.arange(4)], draws=(0.3, INDEX))
    x = images.numpy().astype(float)
    assert mixed.dtype == torch.uint8
    assert abs(mixed.numpy() - (0.3 * x + 0.7 * x[INDEX])).max() < 0.5001


def test_one_lam_an_example_in_the_transform():
    transform = MixUp(alpha=0.5, num_classes=3, per_example=True)
    (_, soft), (lam, _) = transform(batch_of(), return_draws=True)
    assert lam.shape == (4,) and soft.numpy().sum(axis=1) == pytest.approx(np.ones(4))
    assert repr(transform) == "MixUp(alpha=0.5, num_classes=3, per_example=True)" and repr(MixUp()) == "MixUp(alpha=1.0, num_classes=None)"


@pytest.mark.parametrize("per_example", [False, True])
def test_the_number_of_workers_changes_no_digit(per_example):
    data = TensorDataset(torch.tensor(given(40, 3)), torch.arange(40) % 5)

    def epochs(workers):
        torch.manual_seed(4)
        transform = MixUp(alpha=0.4, num_classes=5, per_example=per_example)
        loader = DataLoader(data, 8, shuffle=True, num_workers=workers, batch_transform=transform)
        return [[part.tolist() for part in batch] for _ in range(2) for batch in loader]

    first = epochs(0)
    assert first == epochs(2) and len({str(batch) for batch in first}) == 10


def test_among_other_transforms():
    images, labels = batch_of()
    both = Compose([lambda batch: [batch[0] * 2, *batch[1:]], MixUp(num_classes=3)])
    result, draws = both([images, labels], return_draws=True)
    again = both([images, labels], draws=draws)
    assert both.stochastic and [part.tolist() for part in again] == [part.tolist() for part in result]


@pytest.mark.parametrize("soft", [False, True])
def test_fit_takes_either_form(soft):
    """Soft labels with the loss as it is, or both targets with the mixed loss: the same training."""
    torch.manual_seed(0)
    x = torch.randn(60, 2)
    train = TensorDataset(x, (x[:, 0] > 0).long())

    def transform(batch):
        mixed, target = mixup(*batch, 1.0)
        return mixed, (target.soft(2) if soft else target)

    model = torch.nn.Linear(2, 2)
    loader = DataLoader(train, 20, shuffle=True, batch_transform=transform)
    loss = F.cross_entropy if soft else partial(mixed_loss, F.cross_entropy)
    history = fit(model, loader, loss=loss, optimizer=torch.optim.SGD(model.parameters(), lr=0.5), epochs=8, progress=False)
    losses = [row["loss"] for row in history.rows]
    assert len(losses) == 8 and losses[-1] < losses[0] and "accuracy" not in history.rows[0]


# refusals


X, Y = torch.zeros(3, 2), torch.tensor([0, 1, 2])


@pytest.mark.parametrize(
    ("error", "said", "call"),
    [
        (TypeError, "mixed_loss: target must be a MixedTarget, got Tensor", lambda: mixed_loss(F.mse_loss, X, X)),
        (
            ValueError,
            r"mixed_loss: loss must give a number for each of 3 examples, .* got shape \(\); use reduction='none'",
            lambda: mixed_loss(F.cross_entropy, torch.zeros(3, 3), mixup(X, Y, per_example=True)[1]),
        ),
        (ValueError, "MixedTarget: num_classes must be passed .* got None and labels of dtype int64", lambda: mixup(X, Y)[1].soft()),
        (IndexError, r"MixedTarget: class labels must lie in \[0, 1\], got 2 at", lambda: mixup(X, Y)[1].soft(2)),
        (RuntimeError, "MixedTarget: class labels must be integers, got dtype bool", lambda: mixup(X, Y > 0)[1].soft(2)),
        (ValueError, "MixUp: alpha must be at least 0, got alpha=-1", lambda: MixUp(alpha=-1)),
        (ValueError, r"MixUp: num_classes must be passed for class labels, got None and labels of shape \(3,\)", lambda: MixUp()([X, Y])),
        (ValueError, r"MixUp: labels must be .*, got shape \(3, 1, 1\)", lambda: MixUp(num_classes=3)([X, Y.reshape(3, 1, 1)])),
        (ValueError, r"must have num_classes=5 columns, got shape \(3, 2\)", lambda: MixUp(num_classes=5)([X, X])),
        (IndexError, r"MixUp: class labels must lie in \[0, 1\], got 2", lambda: MixUp(num_classes=2)([X, Y])),
        (RuntimeError, "MixUp: class labels must be integers, got dtype float32", lambda: MixUp(num_classes=2)([X, Y.float()])),
        (ValueError, r"MixUp: x and y must hold as many examples, got shapes \(3, 2\) and \(2,\)", lambda: MixUp(num_classes=3)(X, Y[:2])),
        (ValueError, "MixUp: labels must be a Tensor or an array, got list", lambda: MixUp(num_classes=3)([X, [0, 1, 2]])),
        (ValueError, "MixUp: labels .* got int; it takes whole batches: .* as batch_transform", lambda: MixUp(num_classes=3)(X[0], 1)),
        (ValueError, r"MixUp: a batch must be \[images, labels\], got Tensor", lambda: MixUp(num_classes=3)(X)),
        (NotImplementedError, "BatchMixing: mix must be defined by a subclass", lambda: MixUp.__bases__[0](num_classes=3)([X, Y])),
    ],
)
def test_the_rest_refuses(error, said, call):
    with pytest.raises(error, match=said):
        call()
