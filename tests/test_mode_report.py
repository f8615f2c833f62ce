import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.mode_report import ModeReport


def network():
    net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 2)))
    net(torch.randn(8, 4))
    return net


def now(net):
    return {row.name: row.now for row in net.mode_report()}


@pytest.mark.parametrize(
    ("mode", "switch", "norm", "drop"),
    [
        ("train", lambda net: net.train(), "uses batch statistics and moves its running averages", "draws masks or noise"),
        ("eval", lambda net: net.eval(), "uses running averages", "draws nothing"),
        ("Monte Carlo", lambda net: net.monte_carlo(), "uses running averages", "draws masks or noise"),
    ],
)
def test_the_three_modes(mode, switch, norm, drop):
    report = switch(network()).mode_report()
    assert report.mode == mode and report.warnings == [] and len(report) == 2
    assert [(row.name, row.now, row.warning) for row in report] == [("1", norm, ""), ("3.0", drop, "")]
    assert [row.training for row in report] == [row.module.training for row in report]


def test_it_prints_as_a_table():
    net = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.GaussianDropout(0.25))).eval()
    net[0].train()
    report = net.mode_report()
    assert repr(report) == str(report)
    assert str(report) == (
        "mixed: some modules train while others evaluate\n"
        "    warning: 1.0: draws nothing while others draw; monte_carlo() lets all draw, eval() none\n"
        "name  module                                  training  now\n"
        "0     Dropout(p=0.5, inplace=False)           True      draws masks or noise\n"
        "1.0   GaussianDropout(p=0.25, inplace=False)  False     draws nothing"
    )


def test_nothing_to_tell_is_told():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert str(net.mode_report()) == "train: no module in it behaves differently between modes"
    net[0].eval()
    report = net.mode_report()
    assert report.mode == "mixed" and report.warnings == [] and now(net) == {"0": "the same in every mode"}
    assert "no module in it behaves differently" in str(report)


def test_the_network_itself_may_be_the_only_row():
    report = nn.Dropout(0.5).mode_report()
    assert report.mode == "train" and [row.name for row in report] == [""]
    assert "\n(itself)  Dropout(p=0.5, inplace=False)  True " in str(report)
    assert nn.Dropout(0.5).monte_carlo().mode_report().mode == "train"  # one module: the two are the same


def test_dropout_on_in_evaluation_is_monte_carlo():
    net = network().eval()
    net[3][0].train()
    assert net.mode_report().mode == "Monte Carlo" and net.mode_report().warnings == []


def test_batch_norm_that_moves_in_monte_carlo_is_a_mistake():
    net = network().monte_carlo()
    net[1].train()
    report = net.mode_report()
    assert report.mode == "mixed"
    assert report.warnings == ["1: learns from what it is evaluated on; eval() and monte_carlo() freeze it"]


def test_frozen_batch_norm_in_training():
    net = network()
    net[1].eval()
    report = net.mode_report()
    assert report.mode == "mixed"
    assert report.warnings == ["1: is frozen while the network trains: right for fine-tuning, else call train()"]


def test_dropout_that_is_off_in_training_and_beside_others_that_draw():
    net = network()
    net[3][0].eval()
    assert net.mode_report().warnings == ["3.0: draws nothing while the network trains; train() switches it on"]
    net = nn.Sequential(nn.Dropout(0.5), nn.GaussianDropout(0.5)).eval()
    net[0].train()
    assert net.mode_report().mode == "mixed"
    assert net.mode_report().warnings == ["1: draws nothing while others draw; monte_carlo() lets all draw, eval() none"]


def test_running_averages_are_told_rightly():
    def told(layer):
        layer.train()
        training = now(layer)[""]
        report = layer.eval().mode_report()
        return training, report.rows[0].now, report.rows[0].warning

    new = "its running averages are those of a new layer, mean 0 and variance 1; train it, or load its state"
    batch = "has no running averages (track_running_stats=False): a prediction depends on the rest of its batch"
    uses, own = "uses batch statistics", "uses each example's statistics"
    assert told(nn.BatchNorm2d(3)) == (f"{uses} and moves its running averages", "uses running averages", new)
    assert told(nn.BatchNorm1d(3, momentum=None)) == (f"{uses}; momentum=None averages all batches alike", "uses running averages", new)
    assert told(nn.BatchNorm1d(3, momentum=0)) == (f"{uses} and leaves its running averages", "uses running averages", new)
    assert told(nn.BatchNorm1d(3, track_running_stats=False)) == (uses, uses, batch)
    tracking = nn.InstanceNorm1d(3, track_running_stats=True)
    assert told(tracking) == (f"{own} and moves its running averages", "uses running averages", new)
    never = nn.InstanceNorm1d(3, momentum=None, track_running_stats=True)
    assert told(never)[0] == f"{own}; momentum=None never moves the averages"
    for same in (nn.InstanceNorm1d(3), nn.LayerNorm(3), nn.GroupNorm(1, 3)):
        assert len(same.mode_report()) == 0
    assert nn.BatchNorm1d(3, momentum=0).mode_report().warnings == [
        "(itself): momentum=0 never moves its running averages, which evaluation uses"
    ]


def test_dropout_of_nothing_draws_nothing():
    assert now(nn.Dropout(0.0)) == {"": "draws nothing (p=0)"}
    assert now(nn.GaussianNoise(0.0)) == {"": "draws nothing (std=0)"}


def test_what_a_computed_weight_keeps_is_followed_in_training_alone():
    """Under spectral_norm u and v move with each call; weight_norm keeps nothing from call to call."""
    torch.manual_seed(0)
    spectral, weight = nn.utils.spectral_norm(nn.Linear(4, 4)), nn.utils.weight_norm(nn.Linear(4, 4))
    net, x = nn.Sequential(spectral, nn.Dropout(0.5), weight), torch.randn(2, 4)
    assert now(weight) == {}
    for mode, switch, moves in (("train", net.train, True), ("eval", net.eval, False), ("Monte Carlo", net.monte_carlo, False)):
        report = switch().mode_report()
        assert report.mode == mode and report.warnings == []
        assert now(net)["0"] == ("moves u and v of weight" if moves else "leaves u and v of weight")
        spectral.weight_orig.data = torch.randn(4, 4)
        before = spectral.weight_u.array.copy()
        net(x)
        assert (spectral.weight_u.array != before).any() == moves
    net.eval()[0].train()
    assert net.mode_report().mode == "mixed"
    assert net.mode_report().warnings == [
        "0: moves u and v of weight with each call, and the weight with them; eval() and monte_carlo() leave them"
    ]
    net.train()[0].eval()
    assert net.mode_report().warnings == [
        "0: leaves u and v of weight while the network trains: right where the weight is frozen, else call train()"
    ]


def test_a_module_that_does_both_is_warned_of():
    class Both(nn.BatchNorm1d):
        stochastic = True

    net = nn.Sequential(nn.Linear(2, 3), Both(3), nn.Dropout(0.5))
    net(torch.randn(5, 2))
    report = net.monte_carlo().mode_report()
    assert report.mode == "Monte Carlo"
    assert now(net)["1"] == "draws masks or noise; uses batch statistics and moves its running averages"
    assert report.warnings == ["1: learns from what it is evaluated on; eval() and monte_carlo() freeze it"]


def test_it_reads_flags_of_users_modules():
    class Own(nn.Module):
        normalization = uses_batch_statistics = True

        def __init__(self):
            super().__init__()
            self.register_buffer("running_mean", torch.zeros(2))

    assert now(Own()) == {"": "uses batch statistics and moves its running averages"}
    assert now(Own().eval()) == {"": "uses running averages"} and Own().eval().mode_report().warnings == []


def test_flags_that_differ_from_the_module_above_have_a_row():
    net = network()
    net[3].eval()
    names = [row.name for row in net.mode_report()]
    assert names == ["1", "3", "3.0"] and now(net)["3"] == "the same in every mode"


def test_shared_modules_have_one_row_and_the_report_is_a_moments():
    drop = nn.Dropout(0.5)
    net = nn.Sequential(drop, nn.Sequential(drop))
    report = ModeReport(net)
    net.eval()
    assert [row.name for row in report] == ["0"] and report.mode == "train" and report.rows[0].training
