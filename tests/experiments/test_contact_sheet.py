"""Contact sheets: every transform has one, it shows what the transform does, and its command refuses in a sentence."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from tests.data.idx_files import write_parts
from tinyreg import cli, transforms
from tinyreg.datasets import Digits
from tinyreg.experiments.contact_sheet import DRAWS, IMAGES, PAIRS, TRANSFORMS, choose, load, select, sheet
from tinyreg.random import Generator

NO_TRANSFORMS = {"InterpolationMode", "Transform"}


@pytest.fixture
def colours(tmp_path):
    """A file of coloured images, of three classes."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (30, 16, 20, 3), dtype="uint8"), np.arange(30) % 3
    path = tmp_path / "colours.npz"
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    return path


def shown(figure):
    return figure.axes[0].images


def captions(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_every_transform_has_a_row():
    names = {name.split("-")[0] for name in TRANSFORMS}
    assert names == (set(transforms.__all__) - NO_TRANSFORMS) | {"Cutout"}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_sheet_of_each(name, colours):
    for data in (load("digits", None), load("digits", colours)):
        figure = sheet(TRANSFORMS[name], data)
        height, width = data.data.shape[-2:] if data.data.ndim == 4 and data.data.shape[1] == 1 else data.data.shape[1:3]
        transform = TRANSFORMS[name].make(height, width, len(data.classes))
        count = IMAGES * (1 + DRAWS) if transform.stochastic else 2 * PAIRS
        assert len(shown(figure)) == count and figure.get_suptitle() == str(transform)
        assert TRANSFORMS[name].look in figure.get_supxlabel()


def test_the_first_column_is_the_originals_and_the_rest_is_drawn():
    digits = Digits()
    figure = sheet(TRANSFORMS["RandomHorizontalFlip"], digits, seed=3)
    images, labels = choose(digits, IMAGES, Generator(3))
    pictures = [np.asarray(image.get_array()) for image in shown(figure)]
    for i in range(IMAGES):
        original = images[i, 0]
        np.testing.assert_array_equal(pictures[i], original)
        draws = pictures[IMAGES + i :: IMAGES]
        assert all(np.array_equal(draw, original) or np.array_equal(draw, original[:, ::-1]) for draw in draws)
    assert captions(figure) == [digits.classes[label] for label in labels]


def test_labels_that_are_mixed_stand_above_their_images():
    texts = captions(sheet(TRANSFORMS["MixUp"], Digits()))
    assert len(texts) == IMAGES * (1 + DRAWS)
    for text in texts[IMAGES:]:
        assert 99 <= sum(int(line.split(" %")[0]) for line in text.split("\n")) <= 101


def test_pictures_of_another_size_are_shown_at_one_scale():
    figure = sheet(TRANSFORMS["Pad"], Digits())
    widths = sorted({round(image.get_extent()[1] - image.get_extent()[0], 6) for image in shown(figure)})
    assert widths == [8, 10]


def test_numbers_that_leave_the_range_of_pixels_are_told():
    assert "(Black is -2.00, white 2.00.)" in sheet(TRANSFORMS["Normalize"], Digits()).get_supxlabel()
    assert "shown in black" in sheet(TRANSFORMS["RandomErasing-random"], Digits()).get_supxlabel()
    assert "lack is" not in sheet(TRANSFORMS["Pad"], Digits()).get_supxlabel()


def test_images_are_of_as_many_classes_as_there_are(colours):
    images, labels = choose(Digits(), 8, Generator(0))
    assert images.shape == (8, 1, 8, 8) and len(set(labels)) == 8
    _, labels = choose(load("digits", colours), 5, Generator(0))
    assert set(labels[:3]) == {0, 1, 2} and len(labels) == 5
    assert choose(Digits(), 8, Generator(0))[1] == choose(Digits(), 8, Generator(0))[1] != choose(Digits(), 8, Generator(1))[1]


def test_names():
    assert len(select([])) == len(TRANSFORMS)
    assert [example.name for example in select(["Pad", "Pad-edge"])] == ["Pad", "Pad-edge", "Pad-reflect", "Pad-symmetric"]


def test_the_command(tmp_path, capsys):
    words = ["augment", "RandomCrop", "Pad-edge", "--out", str(tmp_path / "a")]
    assert cli.main(words) == 0
    names = ["RandomCrop.png", "RandomCrop-reflect.png", "Pad-edge.png"]
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / "a" / name) for name in names]
    first = {name: (tmp_path / "a" / name).read_bytes() for name in names}
    assert all(data.startswith(b"\x89PNG") for data in first.values())
    assert cli.main([*words, "--seed", "1"]) == cli.main([*words, "--seed", "0", "--data", "digits"]) == 0
    assert {name: (tmp_path / "a" / name).read_bytes() for name in names} == first  # the same seed, the same bytes


def test_the_command_on_files(tmp_path, capsys, colours):
    write_parts(tmp_path / "FashionMNIST" / "raw")
    for data, root in (("fashion-mnist", tmp_path), ("digits", colours)):
        code = cli.main(["augment", "ToTensor", "--data", data, "--root", str(root), "--out", str(tmp_path / "sheets")])
        assert code == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["RandomCropp"], "augment: a transform must be one of the table, got 'RandomCropp'; near it: RandomCrop"),
        (["nothing"], "got 'nothing'; known are RandomHorizontalFlip, "),
        (["--data", "cats"], "augment: --data must be one of digits, mnist, fashion-mnist, cifar10, got cats"),
        (["--data", "cifar10"], "augment: --data cifar10 must have a folder with its files, got none; --root"),
        (["--data", "mnist", "--root", "no/such"], "augment: --data mnist must be readable under no/such"),
        (["--root", "no/such.npz"], "must be readable under no/such.npz"),
        (["--out", __file__], "augment: --out must name a folder, got the file"),
        (["--seed", "-1"], "augment: --seed must be an integer of at least 0, got -1"),
        (["--seed", "many"], "'many'"),
    ],
)
def test_the_command_refuses_in_a_sentence(capsys, words, sentence):
    assert cli.main(["augment", *words]) == 2
    err = capsys.readouterr().err
    assert sentence in err and len(err.splitlines()) == 1


def test_images_that_a_transform_does_not_take(capsys, tmp_path):
    x, y = np.zeros((9, 4, 4, 2), dtype="uint8"), np.arange(9) % 2
    np.savez(tmp_path / "two.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    assert cli.main(["augment", "Grayscale", "--root", str(tmp_path / "two.npz"), "--out", str(tmp_path)]) == 2
    assert "augment: Grayscale must be able to take the images of" in capsys.readouterr().err


def test_help_teaches(capsys):
    assert cli.main(["augment", "--help"]) == 0
    out = capsys.readouterr().out
    assert "examples:" in out and all(f"  {name} " in out for name in TRANSFORMS)
