"""The settings of a selection: what is refused, in a sentence with the value."""

import json

import pytest

from tinyreg.experiments.bad_option import BadOption
from tinyreg.experiments.select_settings import SelectSettings
from tinyreg.experiments.settings import Settings


def test_the_standard_selection():
    s = SelectSettings()
    assert (s.method, s.data, s.folds, s.points, s.search, s.seed) == ("l2", "digits", 5, 9, "grid", 0)
    assert (s.train_size, s.epochs, s.low, s.high) == (300, 120, 0.0003, 1.0), "what depends on data and method is filled in"
    assert SelectSettings(**s.as_dict()) == s and json.loads(json.dumps(s.as_dict())) == s.as_dict() and "root" not in s.as_dict()


def test_networks_are_trained_as_in_a_comparison():
    s, c = SelectSettings(method="dropout", epochs=7, model="lenet", label_noise=0.1).training, Settings()
    assert (s.epochs, s.model, s.label_noise, s.train_size, s.validation_size) == (7, "lenet", 0.1, c.train_size, c.validation_size)
    assert s.methods == ("none", "dropout")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "l3"}, "--method must name a known method, got 'l3'; known are l2, l1, "),
        ({"method": "none"}, "--method must name a method with a strength, got none"),
        ({"method": "batch_norm"}, "got batch_norm, which has none; l2, l1, "),
        ({"method": "channel_dropout"}, "--method channel_dropout must act on the network, got --model mlp; on --model lenet it does"),
        ({"model": "vgg"}, "select: --model must be one of mlp, lenet, got vgg"),
        ({"data": "imagenet"}, "select: --data must be one of .* got imagenet"),
        ({"train_size": 49}, "select: --train-size must be at least 50, one batch, got 49"),
        ({"label_noise": 1.0}, "select: --label-noise must lie in .* got 1.0"),
        ({"epochs": 0}, "select: --epochs must lie in 1 to 100000, got 0"),
        ({"backend": "abacus"}, "select: --backend must be .* got abacus"),
        ({"folds": 1}, "--folds must be at least 2: .* got 1"),
        ({"folds": 301}, "--folds must be at most --train-size 300: .* got 301"),
        ({"folds": 2, "train_size": 99}, "leave 50 images .* when one of --folds 2 is held out, got 99, which leaves 49"),
        ({"points": 1}, "--points must lie in 2 to 1000: a choice needs two strengths, got 1"),
        ({"search": "bayes"}, "--search must be one of grid, random, got bayes"),
        ({"seed": -1}, "--seed must be at least 0, got -1"),
        ({"low": 2.0}, "--low must be smaller than --high, got 2 and 1"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(BadOption, match=words):
        SelectSettings(**options)
