"""A training run with everything that could lose its place, as a program: test_resume.py kills it.

python resumable.py CHECKPOINT RESULT WORKERS [EPOCHS]

It trains, or goes on where CHECKPOINT ends, and at the end writes RESULT: weights, the optimizer's and the schedule's
state, early stopping, the history without seconds, and where the random numbers are.
"""

import sys

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.data import DataLoader, Dataset, TensorDataset
from tinyreg.regularization import EarlyStopping
from tinyreg.training import Checkpoint, fit

EXAMPLES, BATCH, ACCUMULATE = 150, 8, 2  # 19 batches, 10 steps an epoch; the last of each kind is smaller


class Noisy(Dataset):
    """Examples that a random transform changes each time they are asked for."""

    def __init__(self):
        generator = torch.Generator(1)
        self.x = torch.randn(EXAMPLES, 12, generator=generator)
        self.y = (self.x[:, :3] + 0.7 * torch.randn(EXAMPLES, 3, generator=generator)).argmax(dim=1)

    def __getitem__(self, index):
        return self.x[index] + 0.3 * torch.randn(12), self.y[index]

    def __len__(self):
        return EXAMPLES


def halve_some(batch):
    """A batch transform that draws, too."""
    x, y = batch
    return x * (1 - 0.5 * torch.rand(len(x), 1)), y


def parts(workers):
    """What fit is given, anew in every process; the first arguments by position, the others by name."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    train = DataLoader(Noisy(), BATCH, shuffle=True, num_workers=workers, batch_transform=halve_some)
    held_out = Noisy()
    validation = DataLoader(TensorDataset(held_out.x[:40] + 0.1, held_out.y[:40]), 16, num_workers=workers)
    return (model, train, validation), {
        "loss": nn.CrossEntropyLoss(),
        "optimizer": optimizer,
        "schedule": torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.7),
        "early_stopping": EarlyStopping(patience=6),
        "clip_norm": 1.0,
        "accumulate": ACCUMULATE,
        "progress": False,
    }


def main(checkpoint, result, workers, epochs=16):
    """Train to the end, from wherever it was."""
    inputs, options = parts(workers)
    # the checkpoint at every step: most kills hit near a writing of one
    file = Checkpoint(checkpoint, every_steps=1, keep=1 + workers % 4)
    print("begins", flush=True)
    history = fit(*inputs, **options, epochs=epochs, checkpoint=file, resume=True)
    torch.save(
        {
            "model": inputs[0].state_dict(),
            "optimizer": options["optimizer"].state_dict(),
            "schedule": options["schedule"].state_dict(),
            "early_stopping": options["early_stopping"].state_dict(),
            "history": [{key: value for key, value in row.items() if key != "seconds"} for row in history.rows],
            "end": [history.steps, history.stopped],
            "random": random.get_state(),
        },
        result,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
