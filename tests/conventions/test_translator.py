"""The translator: numbers by hand, there and back, what is needed and what is refused."""

import math
import pydoc

import pytest

import tinyreg
from tinyreg import convert
from tinyreg.conventions import FAMILIES
from tinyreg.conventions.known import ROWS
from tinyreg.conventions.translator import HOUSE
from tinyreg.regularization import l2_penalty


def alike(family):
    """The pairs of a family that stand beside a common loss."""
    rows = [row for row in ROWS if row.family is family]
    return [(a, b) for a in rows for b in rows if not a.losses or not b.losses or set(a.losses) & set(b.losses)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_pair_goes_there_and_back(family):
    pairs = alike(family)
    assert len(pairs) > 20
    for a, b in pairs:
        there = convert(0.37, a.name, b.name, lr=0.003, n=1234)
        assert convert(there, b.name, a.name, lr=0.003, n=1234) == pytest.approx(0.37, rel=1e-12), (a.name, b.name)
        by_house = convert(convert(0.37, a.name, HOUSE[family], lr=0.003, n=1234), HOUSE[family], b.name, lr=0.003, n=1234)
        assert there == pytest.approx(by_house, rel=1e-12), (a.name, b.name)


@pytest.mark.parametrize(
    ("value", "source", "target", "given", "expected"),
    [
        (0.01, "keras.regularizers.L2", "pytorch.SGD.weight_decay", {}, 0.02),
        (10.0, "sklearn.Ridge.alpha", "pytorch.SGD.weight_decay", {"n": 1000}, 0.02),
        (2.0, "sklearn.LogisticRegression.C", "tinyreg.l2_penalty.strength", {"n": 500}, 0.001),
        (0.1, "sklearn.Lasso.alpha", "tinyreg.l1_penalty.strength", {}, 0.2),
        (1.0, "Loshchilov & Hutter lambda", "pytorch.AdamW.weight_decay", {"lr": 0.01}, 100.0),
        (0.05, "keras.SGD(momentum=0).weight_decay", "pytorch.SGD(momentum=0).weight_decay", {}, 0.05),
        (130.1306, "lars.lambda", "sklearn.Lasso.alpha", {"n": 442}, 130.1306 / 442),
    ],
)
def test_numbers_by_hand(value, source, target, given, expected):
    assert convert(value, source, target, **given) == pytest.approx(expected, rel=1e-15)


def test_what_cancels_is_not_asked_for_and_what_is_not_needed_does_no_harm():
    assert convert(3.0, "sklearn.Ridge.alpha", "1/2 |y - Xw|^2 + lambda/2 |w|^2") == 3.0
    assert convert(2.0, "sklearn.LogisticRegression.C", "gaussian prior variance") == 2.0
    assert convert(0.1, "chainer.AdamW.weight_decay_rate", "Loshchilov & Hutter lambda") == 0.1
    assert convert(0.01, "keras.regularizers.L1", "chainer.Lasso.rate", lr=0.1, n=7) == 0.01
    assert convert(49, "sklearn.SVC(kernel='linear').C", 'sklearn.SVC(kernel="linear").C') == 49  # where 1 / (1 / 49) is not


def test_no_penalty_is_0_or_an_infinite_inverse():
    assert convert(0, "keras.regularizers.L2", "sklearn.LogisticRegression.C", n=10) == math.inf
    assert convert(math.inf, "sklearn.LogisticRegression.C", "keras.regularizers.L2", n=10) == 0.0
    assert convert(math.inf, "sklearn.LogisticRegression.C", "sklearn.LogisticRegression.C") == math.inf
    assert convert(math.inf, "gaussian prior variance", "sklearn.LogisticRegression.C") == math.inf
    assert convert(0.0, "sklearn.Ridge.alpha", "keras.regularizers.L2", n=10) == 0.0


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (
            (1.0, "keras.L2", "pytorch.SGD.weight_decay"),
            {},
            r"source must be a known .* got 'keras\.L2'; near it: 'keras\.regularizers\.L2'",
        ),
        ((1.0, "keras.regularizers.L2", "pytorch.AdamW"), {}, r"target must be .* got 'pytorch\.AdamW'; near it: 'pytorch\.AdamW\.weight"),
        ((1.0, "sklearn.Ridge.alhpa", "zzz"), {}, r"got 'sklearn\.Ridge\.alhpa'; near it: 'sklearn\.Ridge\.alpha'"),
        ((1.0, "zzz", "zzz"), {}, r"got 'zzz'; near it: nothing; tinyreg\.convert\.table\(\)"),
        ((1.0, "pytorch.SGD.weight_decay", "pytorch.AdamW.weight_decay"), {}, r"\(L2 in the loss\) and .* \(decoupled decay\).*momentum=0"),
        ((1.0, "pytorch.AdamW.weight_decay", "keras.regularizers.L2"), {}, r"\(decoupled decay\) and .* Adam divides it by the size"),
        ((1.0, "pytorch.SGD(momentum=0).weight_decay", "keras.SGD.weight_decay"), {}, r"got pytorch.* say it in both names"),
        ((1.0, "keras.regularizers.L1", "keras.regularizers.L2"), {}, r"L1 in the loss.* same force, L2 in proportion"),
        ((1.0, "keras.regularizers.L1", "keras.AdamW.weight_decay"), {}, r"same force, decay takes a share"),
        ((1.0, "sklearn.ElasticNet.alpha", "sklearn.Lasso.alpha"), {}, r"got sklearn\.ElasticNet.* l1_ratio times its strength"),
        ((1.0, "sklearn.Ridge.alpha", "sklearn.ElasticNet.alpha"), {}, r"1 - l1_ratio times its strength"),
        ((1.0, "sklearn.ElasticNet.alpha", "fastai.Adam.wd"), {}, r"elastic net is in the loss, and L1 in part"),
        ((1.0, "sklearn.Ridge.alpha", "sklearn.LogisticRegression.C"), {"n": 5}, r"same loss, got .*\(squared error\) and .*\(log loss\)"),
        ((1.0, "sklearn.Ridge.alpha", "keras.regularizers.L2"), {}, r"n must be .*Ridge\.alpha \(s = 2 alpha / n\) and .* got n=None"),
        ((1.0, "keras.SGD.weight_decay", "chainer.AdamW.weight_decay_rate"), {}, r"lr must be .* \(d = rate / lr\), got lr=None"),
        ((1.0, "keras.regularizers.L2", "keras.regularizers.L2"), {"n": 0}, r"n must be a positive finite number, got n=0"),
        ((1.0, "keras.SGD.weight_decay", "fastai.Adam.wd"), {"lr": -0.1}, r"lr must be a positive finite number, got lr=-0\.1"),
        ((1.0, "keras.SGD.weight_decay", "fastai.Adam.wd"), {"lr": math.nan}, r"got lr=nan"),
        ((-1.0, "keras.regularizers.L2", "pytorch.SGD.weight_decay"), {}, r"value must be .* got value=-1\.0"),
        ((math.inf, "keras.regularizers.L2", "pytorch.SGD.weight_decay"), {}, r"got value=inf"),
        ((math.nan, "sklearn.LogisticRegression.C", "keras.regularizers.L2"), {"n": 5}, r"positive number, got value=nan"),
        ((0, "sklearn.LogisticRegression.C", "keras.regularizers.L2"), {"n": 5}, r"got value=0; it is an inverse strength"),
        ((1e308, "sum of losses + lambda |w|^2", "keras.regularizers.L2"), {"n": 1e-10}, r"float64 can hold, got inf of value=1e\+308"),
        ((1e-320, "sum of losses + lambda |w|^2", "keras.regularizers.L2"), {"n": 1e10}, r"float64 can hold, got 0\.0 of"),
        ((0.0, "sum of losses + lambda |w|^2", "keras.regularizers.L2"), {"n": 1e-320}, r"float64 can hold, got nan"),
    ],
)
def test_refusals(arguments, given, message):
    with pytest.raises(ValueError, match=f"^convert: .*{message}"):
        convert(*arguments, **given)


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (("0.1", "keras.regularizers.L2", "pytorch.SGD.weight_decay"), {}, "value must be a number, got value='0.1'"),
        ((0.1, "keras.regularizers.L2", "sklearn.Ridge.alpha"), {"n": "many"}, "n must be a number, got n='many'"),
        ((0.1, l2_penalty, "sklearn.Ridge.alpha"), {}, "source must be the name of a convention, got <function l2_penalty"),
        ((0.1, "sklearn.Ridge.alpha", 2), {}, "target must be the name of a convention, got 2"),
    ],
)
def test_refusals_of_what_is_no_number_or_no_name(arguments, given, message):
    with pytest.raises(TypeError, match=f"^convert: {message}"):
        convert(*arguments, **given)


def test_help_teaches():
    page = pydoc.plain(pydoc.render_doc(tinyreg.convert))
    for word in ("Translate a strength", "decoupled decay", "sklearn.LogisticRegression.C", "table(self)", "lr: the learning rate"):
        assert word in page
    assert repr(convert).startswith(f"<tinyreg.convert: {len(ROWS)} conventions")
    assert callable(tinyreg.convert) and tinyreg.convert is convert
