"""A small training that writes checkpoints, and a look at what it wrote."""

import os

import tinyreg as torch
from tinyreg import nn
from tinyreg.data import DataLoader, TensorDataset
from tinyreg.training import fit


def train(checkpoint, epochs=2, *, resume=True, seed=0, **options):
    """A small training; the answer is its weights."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 2))
    x, y = torch.randn(24, 4), torch.randint(0, 2, (24,))
    fit(
        model,
        DataLoader(TensorDataset(x, y), 8, shuffle=True),
        loss=nn.CrossEntropyLoss(),
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        epochs=epochs,
        checkpoint=checkpoint,
        resume=resume,
        progress=False,
        **options,
    )
    return [p.tolist() for p in model.parameters()]


def steps(path):
    return torch.load(path)["run"]["history"]["steps"]


def files(folder):
    return sorted(os.listdir(folder))
