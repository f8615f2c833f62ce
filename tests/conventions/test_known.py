"""The convention that a name means, however it is typed."""

from tinyreg import convert
from tinyreg.conventions.convention import L2
from tinyreg.conventions.known import LIBRARIES, ROWS, SPELLINGS, close, known


def test_names_are_understood_as_they_are_typed():
    assert convert(1.0, "torch.optim.sgd.WEIGHT_DECAY", "tf.keras.regularizers.l2") == 0.5
    assert convert(1.0, "sklearn.linear_model.Ridge.alpha", "sum of losses+lambda|w|^2") == 1.0
    assert all(any(row.name.lower().startswith(ours) for row in ROWS) for _, ours in SPELLINGS)


def test_near_names_are_those_with_the_same_words_before_those_with_like_letters():
    assert close("pytorch.adamw")[0] == "pytorch.AdamW.weight_decay"
    assert close("lasso") == ["chainer.Lasso.rate", "sklearn.Lasso.alpha"]
    assert "keras.AdamW.weight_decay" in close("weight_decay") and len(close("weight_decay")) == 8
    assert close("kears") == ["keras.regularizers.L2"] and close("scikit_learn")[0] == "sklearn.Ridge.alpha", "a slip in a library's name"
    assert close("") == [] and close("|") == []


def test_a_library_alone_is_its_l2_in_the_loss():
    assert convert(0.01, "Keras", "PyTorch") == 0.02
    assert convert(3.0, "scikit-learn", "chainer", n=100) == 0.06
    assert all(known("source", name).family is L2 for name in LIBRARIES)
