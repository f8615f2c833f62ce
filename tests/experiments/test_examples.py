"""The figure of the task: whose images, which labels are wrong."""

import pytest

pytest.importorskip("matplotlib")

from matplotlib.colors import to_hex

from tinyreg.experiments.examples import COLUMNS, ROWS, examples
from tinyreg.experiments.figures import ORANGE, png
from tinyreg.experiments.settings import Settings
from tinyreg.experiments.trial import draw_data


def test_wrong_labels_are_orange_and_say_what_the_image_is():
    settings = Settings(label_noise=0.5)
    (images, labels), _ = draw_data(settings, 0)
    (_, truth), _ = draw_data(Settings(label_noise=0.0), 0)
    panels = examples(settings).axes
    assert len(panels) == ROWS * COLUMNS
    wrong = 0
    for axes, image, label, right in zip(panels, images, labels, truth):
        assert (axes.images[0].get_array() == image[0]).all()
        title = axes.title
        assert title.get_text().split() == ([str(label)] if label == right else [str(label), "(is", f"{right})"])
        assert (to_hex(title.get_color()) == ORANGE.lower()) == (label != right)
        wrong += label != right
    assert wrong > 3


def test_the_headline_says_how_many():
    assert "300 training images, 20 % with a wrong label" in examples(Settings()).get_suptitle()
    assert "wrong" not in examples(Settings(label_noise=0.0)).get_suptitle()


def test_it_is_a_large_picture():
    picture = png(examples, Settings())
    assert picture.startswith(b"\x89PNG") and int.from_bytes(picture[16:20], "big") > 1400
