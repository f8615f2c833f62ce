"""The data sets of the comparison: files made here, in the official format."""

import json
import struct

import numpy as np
import pytest

from tinyreg import cli
from tinyreg.experiments import tasks, trial
from tinyreg.experiments.compare import compare
from tinyreg.experiments.journal import begun_with
from tinyreg.experiments.settings import BadOption, Settings
from tinyreg.experiments.tasks import TASKS


def write_idx(folder, seed=0, train=200, test=40):
    """The four files of MNIST's format; the class is written into the image's first pixel."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        images, labels = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8), (np.arange(count) % 10).astype(np.uint8)
        images[:, 0, 0] = labels
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, count, 28, 28) + images.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, count) + labels.tobytes())
    return folder


@pytest.fixture
def files(tmp_path):
    yield write_idx(tmp_path / "files")
    tasks._part.cache_clear()
    tasks._digest.cache_clear()


def small(files, **settings):
    standard = {"data": "mnist", "methods": ("early_stopping",), "train_size": 60, "validation_size": 30, "seeds": 2, "epochs": 2}
    return Settings(**(standard | {"root": str(files)} | settings))


def test_digits_come_with_the_package():
    task = TASKS["digits"]
    images, labels = task.part(train=True)
    assert images.shape == (3823, 1, 8, 8) and images.dtype == np.float32 and len(labels) == 3823 and task.comes_with_the_package
    assert [name for name, task in TASKS.items() if task.comes_with_the_package] == ["digits"]


def test_parts_are_what_the_files_hold(files):
    images, labels = TASKS["mnist"].part(True, files)
    assert images.shape == (200, 28, 28) and (images[:, 0, 0] == labels).all()
    assert TASKS["mnist"].part(False, files)[0].shape == (40, 28, 28)


def test_networks_see_standardised_pixels(files):
    images, _ = TASKS["mnist"].part(True, files)
    x = TASKS["mnist"].prepare(images[:3]).numpy()
    assert x.shape == (3, 1, 28, 28) and x.dtype == np.float32
    np.testing.assert_allclose(x[:, 0], (images[:3] / 255 - 0.1307) / 0.3081, rtol=1e-5, atol=1e-6)


def test_other_pixels_are_other_data(files, tmp_path):
    here = TASKS["mnist"].describe(files)
    assert here.startswith("MNIST, 200 training and 40 test images of 28x28 pixels, sha256 ")
    assert TASKS["mnist"].describe(write_idx(tmp_path / "moved")) == here
    assert TASKS["mnist"].describe(write_idx(tmp_path / "other", seed=1)) != here


@pytest.mark.parametrize("model", ["mlp", "lenet"])
def test_a_run(files, model):
    run = trial.run(small(files, model=model), "final", "none", {}, 0)
    assert json.loads(json.dumps(run)) == run and 0 <= run["test_accuracy"] <= 1
    assert sum(run["histogram"]) == {"mlp": 784 * 256 + 2560, "lenet": 150 + 2400 + 48000 + 10080 + 840}[model]


def test_a_comparison_and_its_report(files, tmp_path):
    compare(small(files), out=tmp_path / "out", jobs=1)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "60 handwritten digits of MNIST, 20 % of them with a wrong label" in page
    assert "an MLP, 784-256-10 with ReLU" in page and "LeCun, Bottou, Bengio &amp; Haffner 1998), 28x28 pixels" in page


def test_resume_finds_the_files_again_wherever_they_are(files, tmp_path):
    compare(small(files), out=tmp_path / "out", jobs=1)
    assert begun_with(tmp_path / "out")["root"] == str(files)
    moved = write_idx(tmp_path / "moved")
    compare(small(moved), out=tmp_path / "out", jobs=1, resume=True)
    with pytest.raises(BadOption, match="got data MNIST, 200 .* where .* has MNIST, 200"):
        compare(small(write_idx(tmp_path / "other", seed=1)), out=tmp_path / "out", jobs=1, resume=True)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "--data mnist must have a folder with its files, got none; --root FOLDER names it"),
        (["--root", "no/such/folder"], "no/such/folder must hold the files of the data, got no train-images-idx3-ubyte"),
        (["--root", "{files}"], "--data mnist must hold 50 training images and 1000 for validation, got 200 in all"),
    ],
)
def test_what_cannot_be_is_a_sentence(files, tmp_path, capsys, options, sentence):
    options = [option.format(files=files) for option in options]
    code = cli.main(["compare", "--data", "mnist", "--train-size", "60", "--out", str(tmp_path / "out"), *options])
    err = capsys.readouterr().err
    assert code == 2 and sentence in err and len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_named(files, tmp_path, capsys):
    path = files / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    code = cli.main(["compare", "--data", "mnist", "--root", str(files), "--out", str(tmp_path / "out")])
    assert code == 2 and str(path) in capsys.readouterr().err


def test_download_is_asked_of_the_data_set(files, tmp_path, capsys, monkeypatch):
    asked = []

    def dataset(root, train, download):
        asked.append((root, train, download))
        raise RuntimeError("MNIST: there must be a network, got none; try again")

    monkeypatch.setitem(TASKS, "mnist", type(TASKS["mnist"])(**{**vars(TASKS["mnist"]), "dataset": dataset}))
    code = cli.main(["compare", "--data", "mnist", "--root", str(tmp_path), "--download", "--out", str(tmp_path / "out")])
    assert code == 2 and "there must be a network, got none" in capsys.readouterr().err
    assert asked == [(str(tmp_path), True, True)]
