"""Scripts that augment, mix, average and sharpen, as they are passed around: only their import lines differ from PyTorch's."""

import numpy as np

import tinyreg as torch
import tinyreg.nn as nn
import tinyreg.optim as optim
from tinyreg.nn.modules.batchnorm import _BatchNorm
from tinyreg.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn
from tinyreg.regularization import StochasticDepth
from tinyreg.transforms import v2
from tinyreg.utils.data import DataLoader, Dataset, default_collate


class MyDigits(Dataset):
    """Pictures of one channel, as the files hold them: bytes, rows and columns."""

    def __init__(self, images, labels, transform=None):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        image, label = self.images[idx], int(self.labels[idx])
        return (self.transform(image) if self.transform else image), label


class ResidualNet(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.block = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Conv2d(8, 8, 3, padding=1), nn.Dropout2d(0.05))
        self.stochastic_depth = StochasticDepth(p, "row")
        self.head = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))

    def forward(self, x):
        x = self.stem(x)
        result = self.stochastic_depth(self.block(x))
        result += x
        return self.head(result)


def test_a_script_that_augments_mixes_and_averages():
    torch.manual_seed(0)
    digits = torch.datasets.Digits(root="data", train=True, download=True)
    images, labels = (digits.data.numpy()[:1024, 0] * 255).astype("uint8"), digits.targets[:1024]
    train_transform = v2.Compose(
        [
            v2.ToTensor(),
            v2.RandomCrop(8, padding=1),
            v2.RandomApply([v2.ColorJitter(brightness=0.2, contrast=0.2)], p=0.5),
            v2.Normalize((0.3,), (0.37,)),
            v2.RandomErasing(p=0.1, scale=(0.02, 0.1)),
        ]
    )
    test_transform = v2.Compose([v2.ToTensor(), v2.Normalize((0.3,), (0.37,))])
    mixers = [v2.CutMix(num_classes=10), v2.MixUp(alpha=0.2, num_classes=10)]

    def collate_fn(batch):
        return mixers[torch.randint(2, (1,)).item()](*default_collate(batch))

    train_loader = DataLoader(
        MyDigits(images[:768], labels[:768], train_transform), batch_size=64, shuffle=True, collate_fn=collate_fn, num_workers=2
    )
    plain_loader = DataLoader(MyDigits(images[:768], labels[:768], test_transform), batch_size=128)
    model = ResidualNet(0.1)
    optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    swa_model, ema_model = AveragedModel(model), AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    swa_scheduler = SWALR(optimizer, swa_lr=0.002, anneal_epochs=1)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(5):
        model.train()
        for inputs, targets in train_loader:
            assert targets.shape == (64, 10) and inputs.shape == (64, 1, 8, 8)
            optimizer.zero_grad(set_to_none=True)
            criterion(model(inputs), targets).backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
            optimizer.step()
            ema_model.update_parameters(model)
        if epoch >= 3:
            swa_model.update_parameters(model)
            swa_scheduler.step()
        else:
            scheduler.step()
    assert swa_scheduler.get_last_lr() == [0.002] and swa_model.n_averaged == 2
    for averaged in (swa_model, ema_model):
        update_bn(plain_loader, averaged)
        averaged.eval()
        with torch.no_grad():
            predicted = averaged(torch.stack([test_transform(image) for image in images[768:]])).argmax(dim=1)
        assert (predicted == labels[768:]).float().mean().item() > 0.85


class MySAM(optim.Optimizer):
    """The form that is passed around: two steps, each behind a backward of its own."""

    def __init__(self, params, base_optimizer, rho=0.05, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base_optimizer = base_optimizer(self.param_groups, **kwargs)
        self.param_groups = self.base_optimizer.param_groups
        self.defaults.update(self.base_optimizer.defaults)

    @torch.no_grad()
    def first_step(self, zero_grad=False):
        norms = [p.grad.norm(p=2) for group in self.param_groups for p in group["params"] if p.grad is not None]
        grad_norm = torch.norm(torch.stack(norms), p=2)
        for group in self.param_groups:
            scale = group["rho"] / (grad_norm + 1e-12)
            for p in group["params"]:
                if p.grad is None:
                    continue
                self.state[p]["old_p"] = p.data.clone()
                p.add_(p.grad * scale.to(p))
        if zero_grad:
            self.zero_grad()

    @torch.no_grad()
    def second_step(self, zero_grad=False):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data = self.state[p]["old_p"]
        self.base_optimizer.step()
        if zero_grad:
            self.zero_grad()


def keep_running_stats(model, kept):
    def each(module):
        if isinstance(module, _BatchNorm):
            module.backup_momentum = module.backup_momentum if hasattr(module, "backup_momentum") else module.momentum
            module.momentum = 0 if kept else module.backup_momentum

    model.apply(each)


def test_the_usual_two_steps_of_sam_are_those_of_the_room():
    digits = torch.datasets.Digits(root="data", train=True)
    x, y = digits.data[:256], digits.targets[:256]
    criterion = nn.CrossEntropyLoss()
    models = []
    for ours in (False, True):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 10)).double()
        options = {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}
        if ours:
            optimizer = optim.SAM(optim.SGD(model.parameters(), **options), rho=0.1, model=model)
        else:
            optimizer = MySAM(model.parameters(), optim.SGD, rho=0.1, **options)
        for inputs, targets in zip(x.double().split(64), y.split(64)):
            if ours:

                def closure(model=model, inputs=inputs, targets=targets, optimizer=optimizer):
                    optimizer.zero_grad()
                    loss = criterion(model(inputs), targets)
                    loss.backward()
                    return loss

                optimizer.step(closure)
                continue
            keep_running_stats(model, False)
            criterion(model(inputs), targets).backward()
            optimizer.first_step(zero_grad=True)
            keep_running_stats(model, True)
            criterion(model(inputs), targets).backward()
            optimizer.second_step(zero_grad=True)
        models.append(model)
    for one, other in zip(*(model.state_dict().items() for model in models)):
        if one[0] != "2.num_batches_tracked":  # the usual form counts the second pass, too
            np.testing.assert_allclose(one[1].numpy(), other[1].numpy(), atol=1e-12, err_msg=one[0])
