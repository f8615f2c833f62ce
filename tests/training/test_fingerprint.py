"""A resumed run has the settings of the interrupted one, or is refused by the name of the one that changed."""

import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.data import DataLoader, IterableDataset, TensorDataset
from tinyreg.data.normalize import NormalizeImages
from tinyreg.optim import lr_scheduler
from tinyreg.regularization import SAM, EarlyStopping
from tinyreg.training import fit
from tinyreg.transforms import Compose, RandomCrop


def half(batch):
    return [part * 0.5 if part.is_floating_point() else part for part in batch]


def double(model, output, x, y):
    return (output**2).mean()


SETTINGS = {
    "p": 0.5,
    "width": 8,
    "optimizer": torch.optim.SGD,
    "lr": 0.1,
    "momentum": 0.9,
    "step_size": 3,
    "schedule": True,
    "examples": 24,
    "batch_size": 8,
    "shuffle": True,
    "drop_last": False,
    "seed": 0,
    "own_seed": 5,
    "smoothing": 0.0,
    "patience": 3,
    "batch_transform": None,
    "validation_batch": 8,
    "num_workers": 0,
    "epochs": 2,
    "accumulate": 1,
    "clip_norm": None,
    "regularizer": None,
    "schedule_every": "epoch",
}


def train(path, **changes):
    s = SETTINGS | changes
    torch.manual_seed(s["seed"])
    model = nn.Sequential(nn.Linear(4, s["width"]), nn.Dropout(s["p"]), nn.Linear(s["width"], 2))
    x, y = torch.randn(24, 4), torch.randint(0, 2, (24,))
    n = s["examples"]
    options = {"momentum": s["momentum"]} if s["optimizer"] is torch.optim.SGD else {}
    optimizer = s["optimizer"](model.parameters(), lr=s["lr"], **options)
    train = DataLoader(
        TensorDataset(x[:n], y[:n]),
        s["batch_size"],
        s["shuffle"],
        drop_last=s["drop_last"],
        num_workers=s["num_workers"],
        generator=torch.Generator(s["own_seed"]),
        batch_transform=s["batch_transform"],
    )
    return fit(
        model,
        train,
        DataLoader(TensorDataset(x, y), s["validation_batch"]),
        loss=nn.CrossEntropyLoss(label_smoothing=s["smoothing"]),
        optimizer=optimizer,
        regularizer=s["regularizer"],
        schedule=lr_scheduler.StepLR(optimizer, s["step_size"]) if s["schedule"] else None,
        early_stopping=EarlyStopping(s["patience"]) if s["patience"] else None,
        checkpoint=path,
        resume=True,
        progress=False,
        **{name: s[name] for name in ("epochs", "accumulate", "clip_norm", "schedule_every")},
    )


@pytest.fixture
def path(tmp_path):
    train(tmp_path / "run.ckpt")
    return tmp_path / "run.ckpt"


@pytest.mark.parametrize(
    ("change", "name", "then", "now"),
    [
        ({"p": 0.2}, "line 3 of the model", r"\(1\): Dropout\(p=0.5, inplace=False\)", r"\(1\): Dropout\(p=0.2, inplace=False\)"),
        (
            {"width": 9},
            "line 2 of the model",
            r"\(0\): Linear\(in_features=4, out_features=8, bias=True\)",
            r"\(0\): Linear\(.*=9, bias=True\)",
        ),
        ({"optimizer": torch.optim.Adam}, "optimizer", "SGD", "Adam"),
        ({"lr": 0.2}, "initial_lr of group 0", "0.1", "0.2"),
        ({"step_size": 4}, "the schedule's step_size", "3", "4"),
        ({"schedule": False}, "momentum of group 0|lr of group 0|schedule|initial_lr of group 0", ".*", ".*"),
        ({"examples": 20}, "the number of examples of train", "24", "20"),
        ({"batch_size": 6}, "batch_size of train", "8", "6"),
        ({"shuffle": False}, "shuffle of train", "True", "False"),
        ({"drop_last": True}, "drop_last of train", "False", "True"),
        ({"seed": 7}, "the default generator's seed", "0", "7"),
        ({"own_seed": 7}, "the seed of train's generator", "5", "7"),
        ({"smoothing": 0.1}, "the loss's label_smoothing", "0.0", "0.1"),
        ({"patience": 4}, "early_stopping", r"EarlyStopping\(patience=3, .*\)", r"EarlyStopping\(patience=4, .*\)"),
        ({"patience": None}, "early_stopping", r"EarlyStopping\(.*\)", "None"),
        ({"batch_transform": half}, "the batch_transform of train", "absent", "half"),
        ({"batch_transform": NormalizeImages(0.0, 2.0)}, "the batch_transform of train", "absent", r"NormalizeImages\(.*2.0.*\)"),
        ({"regularizer": double}, "regularizer", "absent", "double"),
        ({"validation_batch": 4}, "batch_size of validation", "8", "4"),
        ({"accumulate": 2}, "accumulate", "1", "2"),
        ({"clip_norm": 1.0}, "clip_norm", "None", "1.0"),
        ({"schedule_every": "step"}, "schedule_every", "epoch", "step"),
    ],
)
def test_another_setting_is_refused(change, name, then, now, path):
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"fit: ({name}) must be ({then}) to resume {path}, got ({now}); give it as it was, or begin"):
        train(path, epochs=3, **{key: value for key, value in change.items() if key != "epochs"})
    assert path.read_bytes() == before


def test_momentum_is_compared_where_no_schedule_moves_it(tmp_path):
    train(tmp_path / "run.ckpt", schedule=False)
    with pytest.raises(ValueError, match="fit: momentum of group 0 must be 0.9 to resume .*, got 0.5; "):
        train(tmp_path / "run.ckpt", schedule=False, momentum=0.5)


def test_a_dtype_is_a_setting(tmp_path):
    path = tmp_path / "run.ckpt"
    batches = [(torch.ones(2, 1), torch.ones(2, 1))]
    for double in (False, True):
        model = nn.Linear(1, 1).double() if double else nn.Linear(1, 1)
        options = {"loss": nn.MSELoss(), "optimizer": torch.optim.SGD(model.parameters()), "epochs": 1, "checkpoint": path, "resume": True}
        if not double:
            fit(model, batches, **options)
            continue
        with pytest.raises(ValueError, match=r"the model's weight must be \(1, 1\) float32 to resume .*, got \(1, 1\) float64"):
            fit(model, batches, **options)


@pytest.mark.parametrize("change", [{"epochs": 4}, {"num_workers": 2}])
def test_what_decides_no_digit_may_change(change, path, tmp_path):
    whole = train(tmp_path / "whole.ckpt", epochs=4)
    resumed = train(path, **{"epochs": 4} | change)
    assert [row["loss"] for row in resumed.rows] == [row["loss"] for row in whole.rows]


def test_fewer_epochs_than_are_done(path):
    with pytest.raises(ValueError, match=rf"fit: epochs must be at least the 2 that {path} has behind it, got 1; raise it"):
        train(path, epochs=1)


def test_the_weights_can_go_on_elsewhere(path):
    """The way out that the refusal tells."""
    with pytest.raises(
        ValueError, match=r"\(model.load_state_dict\(tinyreg.load\('.*run.ckpt'\)\['run'\]\['model'\]\) takes its weights\)"
    ):
        train(path, batch_size=12)


def test_where_in_memory_a_thing_stands_is_no_setting(tmp_path):
    class Thing:
        pass

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.thing = nn.Parameter(torch.ones(1)), Thing()

        def extra_repr(self):
            return f"{self.thing}"

        def forward(self, x):
            return x * self.weight

    kept = []
    for epochs in (1, 2):
        model = Layer()
        kept.append(model)
        optimizer = torch.optim.SGD(model.parameters())
        batches = [(torch.ones(2, 1), torch.ones(2, 1))]
        fit(model, batches, loss=lambda a, b: (a - b).mean(), optimizer=optimizer, epochs=epochs, checkpoint=tmp_path / "a", resume=True)
    assert repr(kept[0]) != repr(kept[1])


def test_a_dataset_without_a_length_is_resumed(tmp_path):
    class Stream(IterableDataset):
        def __iter__(self):
            return iter([(torch.rand(4), i % 2) for i in range(8)])

    def run(path, epochs):
        torch.manual_seed(0)
        model = nn.Linear(4, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        options = {"loss": nn.CrossEntropyLoss(), "optimizer": optimizer, "progress": False, "checkpoint": path, "resume": True}
        fit(model, DataLoader(Stream(), 4, num_workers=2), epochs=epochs, **options)
        return model.weight.tolist()

    run(tmp_path / "a.ckpt", 1)
    assert run(tmp_path / "a.ckpt", 3) == run(tmp_path / "b.ckpt", 3)


class Images:
    """A dataset that transforms each example."""

    def __init__(self, transform):
        self.transform = transform

    def __getitem__(self, index):
        return self.transform(torch.full((1, 4, 4), float(index))), index % 2

    def __len__(self):
        return 8


def of_rooms(path, epochs, turns=1, mode="row", base=torch.optim.Adam, crop=1, fill=0.0, scale="train"):
    torch.manual_seed(0)
    layers = nn.utils.spectral_norm(nn.Linear(16, 8), n_power_iterations=turns), nn.StochasticDepth(0.5, mode, scale)
    model = nn.Sequential(nn.Flatten(), *layers, nn.Linear(8, 2))
    train = DataLoader(Images(Compose([RandomCrop(4, crop, fill=fill)])), 4)
    options = {"loss": nn.CrossEntropyLoss(), "checkpoint": path, "resume": True, "progress": False}
    fit(model, train, optimizer=SAM(base(model.parameters(), lr=0.1, weight_decay=0)), epochs=epochs, **options)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"turns": 2}, "the spectral_norm of 1.weight's n_power_iterations must be 1 to resume .*, got 2;"),
        ({"mode": "batch"}, "line 4 of the model must be .*mode=row.* to resume .*, got .*mode=batch"),
        ({"scale": "test"}, r"line 4 of the model must be .*mode=row\) to resume .*, got .*scale=test"),
        ({"base": torch.optim.AdamW}, "the base optimizer must be Adam to resume .*, got AdamW;"),
        ({"crop": 2}, r"(?s)the train dataset transform must be .*padding=1\).* to resume .*, got .*padding=2\)"),
        ({"fill": 1.0}, r"(?s)the train dataset transform must be .* to resume .*, got .*, fill=1.0\)"),
    ],
)
def test_settings_of_rooms(change, told, tmp_path):
    of_rooms(tmp_path / "a", 1)
    with pytest.raises(ValueError, match=told):
        of_rooms(tmp_path / "a", 2, **change)
    of_rooms(tmp_path / "a", 2)
