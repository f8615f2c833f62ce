import numpy as np
import pytest

from tinyreg.ops.dimension import dimension, dimensions, integer, integers, kept_shape


@pytest.mark.parametrize("dim, ndim, expected", [(0, 3, 0), (-1, 3, 2), (-3, 3, 0), (0, 0, 0), (-1, 0, 0)])
def test_dimensions_count_from_both_ends(dim, ndim, expected):
    assert dimension("f", dim, ndim) == expected


@pytest.mark.parametrize("dim, ndim, ends", [(3, 3, r"\[-3, 2\]"), (-4, 3, r"\[-3, 2\]"), (1, 0, r"\[-1, 0\]"), (-2, 0, r"\[-1, 0\]")])
def test_a_dimension_outside_is_named_with_the_range(dim, ndim, ends):
    with pytest.raises(IndexError, match=rf"f: dim must lie in {ends} for a tensor with {ndim} dimensions, got dim={dim}"):
        dimension("f", dim, ndim)


@pytest.mark.parametrize("dim, ndim, expected", [(2, 2, 2), (-1, 2, 2), (-3, 2, 0), (0, 0, 0), (-1, 0, 0)])
def test_a_new_dimension_has_one_place_more(dim, ndim, expected):
    assert dimension("f", dim, ndim, new=1) == expected


@pytest.mark.parametrize("dim, ndim, ends", [(3, 2, r"\[-3, 2\]"), (-4, 2, r"\[-3, 2\]"), (1, 0, r"\[-1, 0\]")])
def test_the_places_of_a_new_dimension_are_told_with_the_dimensions_that_are(dim, ndim, ends):
    with pytest.raises(IndexError, match=rf"f: dim must lie in {ends} for a tensor with {ndim} dimensions, got dim={dim}"):
        dimension("f", dim, ndim, new=1)


@pytest.mark.parametrize("dim", [1.5, "x", None, True])
def test_a_dimension_is_an_integer(dim):
    with pytest.raises(TypeError, match=f"f: dim must be an integer, got {dim!r}"):
        dimension("f", dim, 3)


@pytest.mark.parametrize(
    "dim, ndim, expected", [(None, 3, None), ((), 3, None), (1, 3, (1,)), ([0, -1], 3, (0, 2)), (0, 0, None), ((0,), 0, None)]
)
def test_several_dimensions_or_all(dim, ndim, expected):
    assert dimensions("f", dim, ndim) == expected


def test_a_dimension_is_named_once():
    with pytest.raises(RuntimeError, match=r"f: dim must name each dimension once, got \(0, -3\) for 3 dimensions"):
        dimensions("f", (0, -3), 3)
    with pytest.raises(IndexError, match="got dim=3"):
        dimensions("f", (0, 3), 3)


def test_kept_shape_is_what_numpy_keeps():
    assert kept_shape((2, 3, 4), (0, 2)) == (1, 3, 1)
    assert kept_shape((2, 3), None) == ()


@pytest.mark.parametrize("given", [(2, 3), ((2, 3),), ([2, 3],), (np.int64(2), 3)])
def test_integers_in_every_form(given):
    assert integers("f", given) == (2, 3) == integers("f", (), (2, 3)) and integers("f", ((),)) == () == integers("f", (), ())


@pytest.mark.parametrize(
    ("given", "told"),
    [((), r"\(\)"), ((1.5,), r"\(1.5,\)"), ((True, 2), r"\(True, 2\)"), ((None,), r"\(None,\)"), ((2, (3,)), r"\(2, \(3,\)\)")],
)
def test_what_is_no_row_of_integers(given, told):
    with pytest.raises(TypeError, match=f"f: dims must be integers, got {told}; give one integer a dimension"):
        integers("f", given, name="dims")


@pytest.mark.parametrize("value", [1.0, "a", None, True, [1]])
def test_what_is_no_integer(value):
    assert integer("f", k=np.int32(3)) == 3
    with pytest.raises(TypeError, match="f: k must be an integer, got k="):
        integer("f", k=value)
