"""An ordinary training script with its types written down: what a type checker sees of the names that scripts use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import tinyreg as torch
import tinyreg.nn.functional as F
from tinyreg import nn, optim
from tinyreg.regularization import EarlyStopping, elastic_net_penalty, l1_proximal_, l2_penalty, lasso_path, ledger, ridge
from tinyreg.selection import GridSearch, KFold, log_grid
from tinyreg.training import evaluate, fit
from tinyreg.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split


class Net(nn.Module):
    def __init__(self, classes: int = 10, p: float = 0.2) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, kernel_size=3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d((2, 2)))
        self.dropout = nn.Dropout(p)
        self.scale = nn.Parameter(torch.ones(1))
        self.fc = nn.Linear(4 * 4 * 4, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h: torch.Tensor = self.features(x)
        h = self.dropout(h.view(h.size(0), -1)) * self.scale
        return F.log_softmax(self.fc(h), dim=1)


class Squares(Dataset[tuple[torch.Tensor, int]]):
    def __init__(self, n: int) -> None:
        self.n = n

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.full((1,), float(index)), index**2

    def __len__(self) -> int:
        return self.n


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.Context, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: torch.autograd.Context, grad_y: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return grad_y * 3 * x**2


class SignDescent(optim.Optimizer):
    def __init__(self, params: Iterator[nn.Parameter], lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    def update(self, group: dict[str, float], params: list[torch.Tensor]) -> None:
        for p in params:
            if p.grad is not None:
                p.array -= group["lr"] * p.grad.sign().array


@torch.no_grad()
def accuracy(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    correct, total = 0, 0
    for inputs, labels in loader:
        _, predicted = torch.max(model(inputs).data, 1)
        correct += int((predicted == labels).sum().item())
        total += labels.size(0)
    return correct / total


def tensors() -> None:
    """Indexing, operators and the common methods."""
    x = torch.randn(4, 3, requires_grad=True, dtype=torch.float64, device="cpu")
    y = (2 * x - 1.5) / (x.abs() + 1) @ torch.eye(3, dtype=torch.float64)
    positive: torch.Tensor = (y > 0) & ~(y != y)
    first, rest = y[0], y[1:, ..., None]
    y[positive].sum().backward()
    if x.grad is not None:
        print(x.grad.norm(p=2, dim=1).tolist(), first.shape, rest.squeeze(-1).shape[0] + rest.dim())
    z = torch.zeros((2, 3), dtype=torch.long)
    z[0, 1] = 5
    z += 1
    values, indices = z.float().max(dim=1, keepdim=True)
    rows: tuple[torch.Tensor, ...] = torch.where(z > 1)
    chosen = torch.where(z > 1, z, 0).to(torch.float32).clamp(min=0, max=3).permute(1, 0).reshape(-1)
    print(values.item() if values.numel() == 1 else values.tolist(), indices.size(), len(rows), chosen.std(unbiased=False).item())
    stacked = torch.cat([torch.stack([chosen, chosen]), torch.arange(0, 12).view(2, 6)], dim=0).sum(dim=(0, 1))
    print(f"{stacked:.2f}", float(stacked), torch.randint(10, (3,)).shape, torch.einsum("ij,kj->ik", x, x).trace().item())
    (gradient,) = torch.autograd.grad(Cube.apply(x).sum(), x)
    assert torch.allclose(gradient, 3 * x.detach() ** 2) and torch.is_tensor(gradient) and x.dtype == torch.float64
    chosen.normal_(0, 1).mul_(2).requires_grad_(False)


def losses() -> None:
    """Losses as functions and as modules, with the penalties that stand beside them."""
    scores, labels = torch.randn(5, 3, requires_grad=True), torch.tensor([0, 1, 2, 1, 0])
    loss = F.cross_entropy(scores, labels, label_smoothing=0.1) + nn.CrossEntropyLoss(reduction="sum")(scores, labels)
    loss = loss + F.mse_loss(scores, torch.zeros_like(scores)) + nn.BCEWithLogitsLoss()(scores[:, 0], (labels > 0).float())
    loss = loss + l2_penalty([scores], 1e-3) + elastic_net_penalty([scores], strength=1e-3, l1_ratio=0.5)
    loss = loss + F.layer_norm(F.dropout(scores, p=0.5, training=True), [3]).pow(2).mean()
    loss.backward()


def augmented() -> torch.Tensor:
    """Transforms of whole batches."""
    T = torch.transforms
    jitter = T.RandomApply([T.ColorJitter(brightness=0.2, hue=(-0.1, 0.1)), T.GaussianNoise(sigma=0.1)], p=0.3)
    crop = T.RandomCrop(8, padding=(1, 2), padding_mode="reflect")
    augment = T.Compose([T.RandomHorizontalFlip(), crop, jitter, T.Normalize([0.5], [0.5])])
    images = TensorDataset(torch.rand(6, 1, 8, 8), torch.arange(6))
    total = torch.zeros(())
    for inputs, _ in DataLoader(images, batch_size=3, batch_transform=augment):
        total = total + inputs.sum()
    return total


def train(path: Path) -> float:
    """The loop by hand."""
    digits = torch.datasets.Digits(train=True)
    images, labels = digits.data[:192].float(), digits.targets[:192]
    generator = torch.Generator().manual_seed(0)
    parts: list[Subset[tuple[torch.Tensor, ...]]] = random_split(TensorDataset(images, labels), [128, 64], generator=generator)
    loader = DataLoader(parts[0], batch_size=32, shuffle=True, drop_last=False)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Net().to(device)
    optimizer = optim.SGD([{"params": model.features.parameters()}, {"params": model.fc.parameters(), "lr": 0.05}], lr=0.1, momentum=0.9)
    schedule = optim.lr_scheduler.SequentialLR(
        optimizer,
        [optim.lr_scheduler.LinearLR(optimizer, total_iters=2), optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)],
        milestones=[2],
    )
    criterion = nn.NLLLoss()
    for epoch in range(3):
        model.train()
        running = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss: torch.Tensor = criterion(model(inputs.to(device)), targets) + 1e-4 * l2_penalty(model, 1.0)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
            optimizer.step()
            l1_proximal_(model.fc, lr=schedule.get_last_lr()[0], strength=1e-4)
            running += loss.item()
        schedule.step()
        print(f"epoch {epoch} loss {running:.3f}")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, path / "state.pth")
    saved = torch.load(path / "state.pth")
    twin = Net()
    twin.load_state_dict(saved["model"], strict=True)
    names = [name for name, p in twin.named_parameters() if p.requires_grad]
    print(len(names), sum(p.numel() for p in twin.parameters()), next(iter(DataLoader(Squares(6), batch_size=3)))[1])
    return accuracy(twin, DataLoader(parts[1], batch_size=64))


def train_with_fit(path: Path) -> None:
    """The same in one call."""
    torch.manual_seed(0)
    x = torch.rand(64, 2)
    batches = DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=16, shuffle=True)
    model = torch.models.MLP(2, [8], 1, dropout=0.1, normalization="batch")
    decay: float = torch.convert(1e-4, "chainer.AdamW.weight_decay_rate", "pytorch.AdamW.weight_decay", lr=1e-2)
    optimizer = optim.AdamW(model.parameters(), lr=1e-2, betas=(0.9, 0.99), weight_decay=decay)
    print(decay, [row.name for row in torch.convert.table().rows if row.needs == "lr"])
    history = fit(
        model,
        batches,
        batches,
        loss=nn.MSELoss(),
        optimizer=optimizer,
        epochs=2,
        schedule=optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5),
        clip_norm=1.0,
        early_stopping=EarlyStopping(patience=2),
        checkpoint=path / "run",
        progress=False,
    )
    print(len(history), evaluate(model, batches, nn.MSELoss()))
    descent = SignDescent(model.parameters())
    model(x).sum().backward()
    descent.step()


def linear_models() -> None:
    """Paths, the ledger, a search: their results have types, too."""
    diabetes = torch.datasets.Diabetes(scaling="norm")
    strengths, coefs, info = lasso_path(diabetes.data, diabetes.targets, n_strengths=5)
    solution = ridge(diabetes.data, diabetes.targets, 1.0)
    print(strengths.shape, coefs[:, -1].max(), info["active"], solution.coef.sum(), solution.df)
    layer = nn.Linear(3, 1)
    (layer(torch.ones(4, 3)).sum() + l2_penalty(layer, 0.1)).backward()
    book = ledger(layer)
    shares: list[float | None] = [row.ratio for row in book]
    print(book.warnings, shares, [name for remark in book.remarks for name in remark.names])

    def score(train: tuple[torch.Tensor, torch.Tensor], test: tuple[torch.Tensor, torch.Tensor], strength: float) -> float:
        rest = test[1] - test[0] @ torch.tensor(ridge(*train, strength).coef)
        return -float((rest**2).mean())

    search = GridSearch(score, {"strength": log_grid(0.1, 10, 3)}, cv=KFold(3, shuffle=True))
    results = search.fit(torch.tensor(diabetes.data), torch.tensor(diabetes.targets)).results
    best: float = results.best.mean
    print(best, results.one_standard_error("strength").params["strength"], len(results), results[0].scores[0])


def main(path: str) -> None:
    """Everything, with files in this folder."""
    tensors()
    losses()
    linear_models()
    train_with_fit(Path(path))
    print("mean of augmented images", augmented().item() / 384)
    assert train(Path(path)) > 0.2


if __name__ == "__main__":
    main(sys.argv[1])
