"""Settings: what is refused, in a sentence with the value."""

from dataclasses import replace

import pytest

from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.settings import BadOption, Settings


def test_the_standard_comparison():
    s = Settings()
    assert (s.train_size, s.validation_size, s.label_noise, s.seeds, s.model) == (300, 500, 0.2, 5, "mlp")
    assert len(s.selection_seeds) == 3 and not set(s.selection_seeds) & set(s.reported_seeds)
    assert " ".join(s.methods) == (
        "none l2 l1 elastic_net adamw dropout batch_norm layer_norm label_smoothing early_stopping dropout_l2 dropout_batch_norm"
    )


def test_reported_seeds_never_choose_strengths():
    largest = Settings(seeds=1000)
    assert not set(largest.selection_seeds) & set(largest.reported_seeds)


def test_none_is_always_there_and_the_order_is_the_tables():
    assert Settings(methods=("dropout", "l2")).methods == ("none", "l2", "dropout")
    assert Settings(methods=["none", "adam"]).methods == ("none", "adam")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("methods", ("l3",), "got 'l3'; known are all, none, l2, l1"),
        ("methods", ("none",), "got none"),
        ("methods", (), "got nothing"),
        ("data", "imagenet", "--data must be one of digits, mnist, fashion-mnist, cifar10, got imagenet"),
        ("train_size", 49, "--train-size must be at least 50, one batch, got 49"),
        ("validation_size", 0, "--validation-size must be at least 1, got 0"),
        ("label_noise", 1.0, "--label-noise must lie in .* got 1.0"),
        ("label_noise", -0.1, "got -0.1"),
        ("label_noise", float("nan"), "got nan"),
        ("seeds", 1, "--seeds must .* got 1"),
        ("seeds", 1001, "got 1001"),
        ("epochs", 0, "--epochs must .* got 0"),
        ("model", "resnet", "--model must be one of mlp, lenet, got resnet"),
        ("backend", "tpu", "--backend must be numpy .* got tpu"),
    ],
)
def test_refusals_name_the_value(option, value, words):
    with pytest.raises(BadOption, match=words):
        Settings(**{option: value})


def test_an_unknown_method_is_told_all_known_ones():
    with pytest.raises(BadOption) as refused:
        Settings(methods=("dropuot",))
    assert all(name in str(refused.value) for name in METHODS)


def test_as_json():
    s = Settings(methods=("l2",), seeds=3)
    assert Settings(**s.as_dict()) == s
    assert "root" not in Settings(data="mnist", root="somewhere").as_dict(), "where the files lie changes no digit"


def test_the_training_part_must_hold_them_all():
    Settings(train_size=3323).fit_into(3823)
    with pytest.raises(BadOption, match=r"--train-size must lie in 50 \(one batch\) to 3323, got 3324"):
        Settings(train_size=3324).fit_into(3823)


def test_each_task_has_its_own_sizes():
    assert (Settings(data="mnist").train_size, Settings(data="mnist", train_size=60).train_size) == (1000, 60)


def test_all_is_every_row_that_acts_on_the_network():
    for model in ("mlp", "lenet"):
        assert Settings(methods=("all",), model=model).methods == tuple(name for name, row in METHODS.items() if model in row.models)


def test_a_method_of_another_network_is_refused(monkeypatch):
    monkeypatch.setitem(METHODS, "l2", replace(METHODS["l2"], models=("lenet",)))
    with pytest.raises(BadOption, match="--methods l2 must act on the network, got --model mlp; on --model lenet it does"):
        Settings(methods=("l2",))
    assert "l2" not in Settings(methods=("all",)).methods and "l2" in Settings(methods=("l2",), model="lenet").methods


def test_a_grid_has_more_strengths():
    few, many = Settings(methods=("l2", "batch_norm")).candidates(), Settings(methods=("l2", "batch_norm"), grid=True).candidates()
    assert few == {"none": ({},), "l2": METHODS["l2"].candidates, "batch_norm": ({},)}
    assert many == few | {"l2": METHODS["l2"].sweep}
