import pytest

import tinyreg
from tinyreg.running_statistics import RunningStatistics, check_running, move


def layer(momentum=0.1, affine=True, track=True, bias=True):
    return RunningStatistics(3, 1e-5, momentum, affine, track, None, None, bias)


def test_running_averages_move_by_their_share_of_the_way():
    mean, var = tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0, 4.0])
    move(mean, var, tinyreg.tensor([3.0, 2.0]).array, tinyreg.tensor([2.0, 0.0]).array, 0.25, m=2)
    assert mean.tolist() == [1.5, 2.0] and var.tolist() == [1.75, 3.0]  # of two values, the unbiased variance is twice the biased
    move(mean, var, tinyreg.tensor([7.0, 8.0]).array, tinyreg.tensor([2.0, 4.0]).array, 1, m=3)
    assert mean.tolist() == [7, 8] and var.tolist() == [3, 6]
    move(mean, var, tinyreg.tensor([0.0, 0.0]).array, tinyreg.tensor([9.0, 9.0]).array, 0, m=3)
    assert mean.tolist() == [7, 8] and var.tolist() == [3, 6]


@pytest.mark.parametrize("which", [0, 1])
def test_a_moved_average_is_noticed_by_whoever_saved_it(which):
    running = tinyreg.ones(2), tinyreg.ones(2)
    w = tinyreg.ones(2, requires_grad=True)
    y = (w * running[which]).sum()
    move(*running, tinyreg.zeros(2).array, tinyreg.zeros(2).array, 0.5, m=2)
    with pytest.raises(RuntimeError, match="what forward saved must not change"):
        y.backward()


def test_what_is_registered():
    assert list(layer().state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert list(layer(bias=False, track=False).state_dict()) == ["weight"]
    assert list(layer(affine=False, track=False).state_dict()) == []
    assert layer().normalization and layer().penalized == ()


def test_starting_again():
    it = layer()
    for tensor in it.state_dict().values():
        tensor.array[...] = 5
    it.reset_parameters()
    assert {name: t.array.ravel()[0].item() for name, t in it.state_dict().items()} == {
        "weight": 1,
        "bias": 0,
        "running_mean": 0,
        "running_var": 1,
        "num_batches_tracked": 0,
    }


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: layer(momentum=1.5), ValueError, "momentum must lie in .* got momentum=1.5"),
        (lambda: layer(momentum="a"), TypeError, "momentum must be a number, got momentum='a'"),
        (lambda: RunningStatistics(0, 1e-5, 0.1, True, True, None, None, True), ValueError, "got num_features=0"),
        (lambda: check_running("f", None, None, -0.1), ValueError, "f: momentum .* got momentum=-0.1"),
        (lambda: check_running("f", tinyreg.zeros(1), None, 0.1), ValueError, "got only running_mean"),
        (lambda: check_running("f", None, tinyreg.zeros(1), 0.1), ValueError, "got only running_var"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()
