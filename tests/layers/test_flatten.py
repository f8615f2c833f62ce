import tinyreg
from tinyreg.layers.flatten import Flatten, Identity


def test_images_become_rows():
    x = tinyreg.arange(24).reshape(2, 3, 2, 2)
    y = Flatten()(x)
    assert y.shape == (2, 12) and y[1].tolist() == list(range(12, 24))


def test_a_range_of_dimensions():
    x = tinyreg.zeros(2, 3, 4, 5)
    assert Flatten(0)(x).shape == (120,)
    assert Flatten(1, 2)(x).shape == (2, 12, 5)
    assert repr(Flatten(1, 2)) == "Flatten(start_dim=1, end_dim=2)"


def test_what_lies_channels_last_is_read_in_the_order_of_the_shape():
    x = tinyreg.arange(12).reshape(1, 2, 2, 3).permute(0, 3, 1, 2)
    assert Flatten()(x).tolist() == [[0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]]


def test_identity():
    x = tinyreg.ones(2)
    assert Identity(3, whatever=True)(x) is x
    assert repr(Identity()) == "Identity()"
