import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import NormalizeImages
from tinyreg.random import Generator
from tinyreg.transforms import (
    CenterCrop,
    Compose,
    Lambda,
    Normalize,
    RandomApply,
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    ToTensor,
)

X = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype="uint8")


def test_one_after_the_other():
    x = np.array([[0, 255], [51, 0]], dtype="uint8")
    y = Compose([RandomHorizontalFlip(p=1), ToTensor(), Normalize(1, 0.5), Lambda(lambda image: image * 10)])(x)
    np.testing.assert_allclose(y.numpy(), [[[0, -20], [-20, -16]]], rtol=1e-6)
    assert Compose([])(x) is x


def test_draws_are_lists_and_replay():
    augment = Compose([CenterCrop(7), RandomCrop(5), lambda image: image[..., :1], RandomHorizontalFlip()])
    y, draws = augment(X, return_draws=True)
    assert [None if d is None else d.shape for d in draws] == [None, (6, 2), None, (6,)]
    np.testing.assert_array_equal(augment(X, draws=draws), y)
    nested, inner = Compose([augment, RandomVerticalFlip(p=0)])(X, draws=[draws, [False] * 6], return_draws=True)
    np.testing.assert_array_equal(nested, y)
    assert len(inner[0]) == 4


def test_a_function_gets_the_whole_list():
    seen = []

    def note(batch):
        seen.append(type(batch).__name__)
        return batch

    labels = torch.arange(6)
    batch = Compose([RandomHorizontalFlip(), note, NormalizeImages(0.5, 0.5), note])([torch.tensor(X), labels])
    assert seen == ["list", "list"] and batch[0].shape == (6, 3, 8, 8) and batch[1] is labels


def test_stochastic_if_a_part_is():
    assert not Compose([ToTensor(), abs]).stochastic and Compose([ToTensor(), Compose([RandomCrop(3)])]).stochastic


def test_lambda_gets_the_images():
    images, labels = Lambda(lambda x: x.shape)([X, 3])
    assert images == X.shape and labels == 3
    assert Lambda(len)(X, return_draws=True) == (6, None)


def test_random_apply_of_one_image_is_all_or_nothing():
    flips = [RandomHorizontalFlip(p=1), RandomVerticalFlip(p=1)]
    both = X[0, ::-1, ::-1]
    outcomes = [RandomApply(flips)(X[0], return_draws=True) for _ in range(40)]
    for y, (chosen, _) in outcomes:
        np.testing.assert_array_equal(y, both if chosen[0] else X[0])
    assert {bool(chosen[0]) for _, (chosen, _) in outcomes} == {False, True}


@pytest.mark.parametrize("batch", [X, X.transpose(0, 3, 1, 2) / 255, torch.tensor(X)])
def test_random_apply_of_a_batch_chooses_images(batch):
    augment = RandomApply([RandomCrop(8, padding=3), RandomHorizontalFlip()])
    (y,), (chosen, draws) = augment([batch], draws=([True, False, True, True, False, False], None), return_draws=True)
    again = augment(batch, draws=(chosen, draws))
    plain, y, again = (value.numpy() if isinstance(value, torch.Tensor) else value for value in (batch, y, again))
    np.testing.assert_array_equal(y, again)
    np.testing.assert_array_equal(y[[1, 4, 5]], plain[[1, 4, 5]])
    np.testing.assert_array_equal(y[[0, 2, 3]], Compose(augment.transforms)([plain[[0, 2, 3]]], draws=draws)[0])
    assert len(draws[0]) == 3


def test_random_apply_at_the_ends():
    augment = [CenterCrop(4), ToTensor()]
    assert RandomApply(augment, p=1)(torch.tensor(X)).shape == (6, 3, 4, 4)
    assert RandomApply(augment, p=0)(X) is X
    assert RandomApply(CenterCrop(4), p=1)([X, 0])[0].shape == (6, 4, 4, 3)


def test_the_share_that_random_apply_chooses():
    n = 100_000
    _, (chosen, _) = RandomApply([Lambda(lambda x: x)], p=0.3, generator=Generator(5))(np.zeros((n, 1, 1, 1)), return_draws=True)
    assert abs(chosen.sum() - 0.3 * n) < 6 * (0.21 * n) ** 0.5  # 6 sigma of the binomial distribution


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Compose([ToTensor(), 3]), TypeError, "Compose: transforms must be callable, got int at place 1"),
        (lambda: Compose([ToTensor()])(X, draws=[None, None]), ValueError, "an entry for each of 1 transforms, got 2"),
        (lambda: Compose([ToTensor()])(X, draws=3), ValueError, "got int"),
        (lambda: Lambda("a"), TypeError, "Lambda: lambd must be callable, got str"),
        (lambda: RandomApply([], p=0.5), ValueError, r"RandomApply: transforms must hold a transform, got \[\]"),
        (lambda: RandomApply([abs], p=2), ValueError, "p must lie in .0, 1., got p=2; p is the probability of applying"),
        (lambda: RandomApply([abs])(X, draws=[True] * 6), ValueError, r"draws must be the pair .* 6 images.*got \[True"),
        (lambda: RandomApply([abs])(X, draws=([True], None)), ValueError, r"draws of shape \(1,\) for 6 images"),
        (
            lambda: RandomApply([CenterCrop(4)])(X, draws=([True] * 5 + [False], None)),
            ValueError,
            r"leave shape and dtype as they are, got uint8 \(4, 4, 3\) from uint8 \(8, 8, 3\)",
        ),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_repr():
    augment = Compose([ToTensor(), RandomApply([RandomCrop(2)], p=0.25)])
    assert repr(Compose([ToTensor(), RandomHorizontalFlip()])) == "Compose(\n    ToTensor()\n    RandomHorizontalFlip(p=0.5)\n)"
    assert repr(augment.transforms[1]) == "RandomApply(\n    p=0.25\n    RandomCrop(size=(2, 2), padding=None)\n)"
    assert repr(Lambda(abs)) == "Lambda()"
