import pytest

import tinyreg
from tinyreg.layers.flatten import Flatten, Identity, Unflatten


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


def test_unflatten_is_the_inverse():
    x = tinyreg.arange(24).reshape(2, 3, 2, 2)
    rows = Flatten()(x)
    for sizes in ((3, 2, 2), [3, -1, 2]):
        assert Unflatten(1, sizes)(rows).tolist() == x.tolist()
    assert Unflatten(-2, (1, 2))(rows).shape == (1, 2, 12)
    assert repr(Unflatten(1, (2, 3))) == "Unflatten(dim=1, unflattened_size=(2, 3))"


def test_unflatten_refuses():
    for call, error, message in (
        (lambda: Unflatten(1, 2), TypeError, "Unflatten: unflattened_size must be a tuple of integers, got 2"),
        (lambda: Unflatten(1, (2, 3.0)), TypeError, r"Unflatten: unflattened_size must be integers, got \(2, 3.0\)"),
        (lambda: Unflatten(1, (5, -1))(tinyreg.zeros(2, 6)), RuntimeError, r"got \(5, -1\) for shape \(2, 6\)"),
        (lambda: Unflatten(2, (3, 2))(tinyreg.zeros(2, 6)), IndexError, "got dim=2"),
    ):
        with pytest.raises(error, match=message):
            call()


def test_identity():
    x = tinyreg.ones(2)
    assert Identity(3, whatever=True)(x) is x
    assert repr(Identity()) == "Identity()"
