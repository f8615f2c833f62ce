import pytest

import tinyreg
from tinyreg.layers.conv.arguments import check_tensors, sides


def test_sides():
    assert sides("f", 1, (3, 3), (1, 1), (1, 1)) == ((1, 1), (1, 1))
    assert sides("f", (1, 0, 2), (3, 3, 3), (2, 2, 2), (1, 1, 1)) == ((1, 1), (0, 0), (2, 2))
    assert sides("f", "valid", (3, 3), (2, 2), (1, 1)) == ((0, 0), (0, 0))
    assert sides("f", "same", (3, 4, 1), (1, 1, 1), (1, 1, 5)) == ((1, 1), (1, 2), (0, 0))  # the odd one behind
    assert sides("f", "same", (2,), (1,), (3,)) == ((1, 2),)


@pytest.mark.parametrize("error", [RuntimeError, ValueError])
def test_names_of_padding_that_fail(error):
    with pytest.raises(error, match="f: padding must be integers, 'same' or 'valid', got padding='all'"):
        sides("f", "all", (3,), (1,), (1,), error)
    with pytest.raises(error, match=r"f: padding='same' must go with stride 1, got stride=\(1, 2\)"):
        sides("f", "same", (3, 3), (1, 2), (1, 1), error)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_tensors_that_fit(axes):
    size = (2,) * axes
    check_tensors("f", axes, tinyreg.ones(4, *size), tinyreg.ones(6, 2, *size), tinyreg.ones(6), groups=2)
    check_tensors("f", axes, tinyreg.ones(5, 6, *size), tinyreg.ones(6, 2, *size), tinyreg.ones(4), groups=2, transposed=True)
    check_tensors("f", axes, tinyreg.ones(5, 0, *size), tinyreg.ones(6, 0, *size), None, groups=1)  # no channels: sums of nothing


def test_the_channels_are_named_the_right_way_round():
    with pytest.raises(RuntimeError, match="groups must divide the number of channels, got groups=4 and 6 channels"):
        check_tensors("f", 1, tinyreg.ones(6, 5), tinyreg.ones(6, 2, 3), None, groups=4, transposed=True)
    with pytest.raises(RuntimeError, match=r"must have 6 channels .*, got 4 in input of shape \(4, 5\); the channels are dimension -2"):
        check_tensors("f", 1, tinyreg.ones(4, 5), tinyreg.ones(6, 2, 3), None, groups=2, transposed=True)
    with pytest.raises(RuntimeError, match=r"bias must hold one value a filter, 4, got shape \(6,\)"):
        check_tensors("f", 1, tinyreg.ones(6, 5), tinyreg.ones(6, 2, 3), tinyreg.ones(6), groups=2, transposed=True)
    with pytest.raises(RuntimeError, match=r"weight must have shape \(C, O/groups, K, L\), got shape \(6, 2, 3\)"):
        check_tensors("f", 2, tinyreg.ones(6, 5, 5), tinyreg.ones(6, 2, 3), None, groups=1, transposed=True)
