"""An ordinary training script: only its import lines differ from PyTorch's."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinyreg as torch
import tinyreg.nn as nn
import tinyreg.nn.functional as F
import tinyreg.optim as optim
from tinyreg.autograd import Function
from tinyreg.utils.data import DataLoader, TensorDataset

ROOT = Path(__file__).parents[1]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(4 * 4 * 4, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, p=0.2, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


class MyDropout(Function):
    @staticmethod
    def forward(ctx, input, p):
        mask = input.new(*input.size()).bernoulli_(1 - p)
        ctx.p = p
        ctx.save_for_backward(mask)
        output = input.clone()
        return output * mask.div(1 - p)

    @staticmethod
    def backward(ctx, grad_output):
        (mask,) = ctx.saved_tensors
        return grad_output * mask.div(1 - ctx.p), None


def test_a_training_script_runs_and_learns(tmp_path, capsys):
    torch.manual_seed(0)
    digits = torch.datasets.Digits(root="data", train=True, download=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loader = DataLoader(TensorDataset(digits.data[:512], digits.targets[:512]), batch_size=64, shuffle=True, num_workers=0, pin_memory=True)
    model = Net().to(device)
    criterion = nn.NLLLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=6, gamma=0.5)
    best_loss = float("inf")
    for epoch in range(12):
        model.train()
        running_loss = 0.0
        for i, (inputs, labels) in enumerate(loader):
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            l2_reg = torch.tensor(0.0)
            for p in model.parameters():
                l2_reg += torch.norm(p) ** 2
            loss += 1e-4 * l2_reg
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            running_loss += loss.item()
        scheduler.step()
        if running_loss < best_loss:
            best_loss = running_loss
            torch.save(model.state_dict(), tmp_path / "best_model.pth")
        print("epoch %d loss %.3f, last %.3f" % (epoch, running_loss, loss), f"{loss:.4f}")
    model.load_state_dict(torch.load(tmp_path / "best_model.pth"))
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for inputs, labels in DataLoader(TensorDataset(digits.data[512:1024], digits.targets[512:1024]), batch_size=128):
            _, predicted = torch.max(model(inputs).data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    assert correct / total > 0.85
    assert "epoch 11 loss" in capsys.readouterr().out


def test_norms_of_zero_biases_have_finite_gradients():
    net = nn.Linear(3, 2)
    with torch.no_grad():
        net.bias.zero_()
    loss = torch.tensor(0.0)
    for p in net.parameters():
        loss += torch.norm(p) ** 2
    loss.backward()
    np.testing.assert_allclose(net.weight.grad.numpy(), 2 * net.weight.detach().numpy(), rtol=1e-5)
    assert net.bias.grad.tolist() == [0, 0]


def test_the_norm_of_all_parameters_at_once():
    net = nn.Linear(3, 2)
    l2 = torch.norm(torch.cat([p.view(-1) for p in net.parameters()], dim=0), p=2) ** 2 / 2
    l2.backward()
    np.testing.assert_allclose(net.weight.grad.numpy(), net.weight.detach().numpy(), rtol=1e-5)
    np.testing.assert_allclose(net.bias.grad.numpy(), net.bias.detach().numpy(), rtol=1e-5)


def test_penalties_on_data_move_the_loss_but_not_the_weights():
    net = nn.Linear(3, 2)
    x = torch.ones(4, 3)
    loss = net(x).sum()
    plain = loss.item()
    loss += 0.5 * sum((p.data**2).sum() for p in net.parameters())
    loss += 0.5 * sum(abs(p.data).sum() for p in net.parameters())
    loss.backward()
    assert loss.item() > plain and net.weight.grad.tolist() == [[4, 4, 4], [4, 4, 4]]


def test_a_function_of_ones_own():
    torch.manual_seed(0)
    x = torch.ones(1000, requires_grad=True)
    y = MyDropout.apply(x, 0.2)
    y.sum().backward()
    assert sorted(set(y.tolist())) == [0, 1.25]
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


class OlderNet(nn.Module):
    def __init__(self, inputs, outputs):
        super(OlderNet, self).__init__()  # noqa: UP008
        self.fc = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.fc(x)


class OlderDropout(Function):
    @staticmethod
    def forward(ctx, input, p):
        dropped = input.new(*input.size()).bernoulli_(p)
        ctx.p = p
        ctx.save_for_backward(dropped)
        output = input.clone()
        output[dropped == 1] = 0
        return output.div(1 - p)

    @staticmethod
    def backward(ctx, grad_output):
        (dropped,) = ctx.saved_tensors
        grad_input = grad_output.div(1 - ctx.p)
        grad_input[dropped == 1] = 0
        return grad_input, None


def test_the_older_way_to_write_modules_and_functions():
    torch.manual_seed(0)
    net = OlderNet(4, 1000)
    assert [name for name, _ in net.named_parameters()] == ["fc.weight", "fc.bias"]
    hidden = net(torch.ones(2, 4))
    y = OlderDropout.apply(hidden, 0.25)
    y.sum().backward()
    kept = y.detach().numpy() != 0
    np.testing.assert_allclose(y.detach().numpy(), np.where(kept, hidden.detach().numpy() / 0.75, 0), rtol=1e-6)
    np.testing.assert_allclose(net.fc.bias.grad.numpy(), kept.sum(axis=0) / 0.75, rtol=1e-6)
    assert abs(kept.mean() - 0.75) < 6 * (0.25 * 0.75 / 2000) ** 0.5


def test_small_things_that_scripts_do():
    x = torch.randint(0, 10, size=(1, 4)).float()
    assert torch.flatten(torch.zeros(2, 3, 4), 1).shape == (2, 12)
    assert "%.3f" % torch.tensor(0.5) == "0.500" and f"{torch.tensor(0.25):.4f}" == "0.2500"
    assert x.shape[0] == x.size(0) == len(x) and x.dim() == 2 and x.numel() == 4
    assert isinstance(nn.Sequential(nn.Linear(4, 2), nn.ReLU())(x), torch.Tensor)


def test_weights_cross_to_pytorch_and_back(tmp_path):
    theirs = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    torch.manual_seed(0)
    ours = Net().eval()

    twin = theirs.nn.ModuleDict(
        {
            "conv1": theirs.nn.Conv2d(1, 4, 3, padding=1),
            "bn1": theirs.nn.BatchNorm2d(4),
            "fc1": theirs.nn.Linear(64, 32),
            "fc2": theirs.nn.Linear(32, 10),
        }
    ).eval()

    def run(x):
        x = theirs.nn.functional.max_pool2d(theirs.relu(twin["bn1"](twin["conv1"](x))), 2).flatten(1)
        return theirs.log_softmax(twin["fc2"](theirs.relu(twin["fc1"](x))), 1)

    x = np.random.default_rng(0).normal(size=(5, 1, 8, 8)).astype(np.float32)
    torch.save(ours.state_dict(), tmp_path / "ours.pth")
    twin.load_state_dict(load_file(tmp_path / "ours.pth"))
    np.testing.assert_allclose(ours(torch.tensor(x)).detach().numpy(), run(theirs.tensor(x)).detach().numpy(), atol=1e-5)
    for p in twin.parameters():
        p.data.mul_(1.1)
    save_file(twin.state_dict(), tmp_path / "theirs.safetensors")
    ours.load_state_dict(torch.load(tmp_path / "theirs.safetensors"))
    np.testing.assert_allclose(ours(torch.tensor(x)).detach().numpy(), run(theirs.tensor(x)).detach().numpy(), atol=1e-5)


def test_infinities_come_without_a_word():
    """As in PyTorch; NumPy's own warnings elsewhere stay as they are."""
    program = (
        "import numpy, tinyreg as torch; x = torch.zeros(1, requires_grad=True)\n"
        "(torch.log(x) + 1 / x + x.sqrt() + torch.exp(x + 1000)).sum().backward(); print(x.grad, flush=True)\n"
        "numpy.zeros(1) / 0"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "tensor([nan])"
    assert done.stderr.count("RuntimeWarning") == 1 and "tinyreg" not in done.stderr
