"""Training that breaks says where, how fast it was going, and why."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.autograd import Function
from tinyreg.training import Checkpoint, fit

NAN, INF = float("nan"), float("inf")
CALMER = "; lower the learning rate, or clip the gradient (clip_norm=1)"


def told(batches, *, model=None, lr=0.1, loss=None, epochs=3, **options):
    """The message with which a training ends."""
    torch.manual_seed(0)
    model = model or nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError) as caught:
        fit(model, batches, loss=loss or nn.MSELoss(), optimizer=optimizer, epochs=epochs, **options)
    message = str(caught.value)
    assert message.startswith("fit: the ") and ", got " in message and "; likely cause: " in message
    return message


def batches(count=5, value=None, where="x", at=2):
    """Batches of eight examples; one value in one of them may be another."""
    x = torch.randn(8 * count, 3, generator=torch.Generator(1))
    y = x.sum(dim=1, keepdim=True)
    if value is not None:
        {"x": x, "y": y}[where].array[8 * at + 5, 0] = value
    return [(x[i : i + 8], y[i : i + 8]) for i in range(0, 8 * count, 8)]


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize(("where", "name"), [("x", "inputs"), ("y", "targets")])
def test_the_data(value, where, name):
    message = told(batches(value=value, where=where))
    assert "at step 3 (epoch 1, batch 3) with learning rate 0.1 and gradient norm " in message and " at step 2; " in message
    assert f"the {name} of this batch hold {value} in 1 of 8 examples; look at these examples" in message


def test_the_first_step_has_no_gradient_behind_it():
    message = told(batches(value=NAN, at=0))
    assert "at step 1 (epoch 1, batch 1) with learning rate 0.1 and no gradient yet" in message


def test_a_learning_rate_that_is_too_high():
    message = told(batches(), lr=50.0, epochs=100)
    assert "with learning rate 50 and gradient norm" in message
    assert "the training diverged, its gradient norm grew to " in message
    assert "; lower the learning rate, or clip the gradient (clip_norm=1)" in message


def test_rates_of_groups_are_all_told():
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD([{"params": [model.weight], "lr": 0.5}, {"params": [model.bias]}], lr=0.25)
    with pytest.raises(FloatingPointError, match="with learning rate 0.5, 0.25 and"):
        fit(model, batches(value=NAN), loss=nn.MSELoss(), optimizer=optimizer, epochs=1)


def test_an_operation_of_the_model():
    class Logarithm(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 1)

        def forward(self, x):
            return self.linear(x).log()

    message = told(batches(), model=Logarithm())
    assert "an operation of the model made it of finite inputs and weights, the output holds nan in " in message
    assert "`with tinyreg.autograd.detect_anomaly():` around fit names the operation" in message


def test_the_loss():
    message = told(batches(), loss=lambda output, y: (output * 0 / (y * 0)).mean())
    assert "the loss made it of finite outputs (log of 0, division by 0, a mean of nothing, exp of a large number)" in message


def test_a_gradient_that_is_not_finite():
    class Kink(Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad * INF

    message = told(batches(), loss=lambda output, y: Kink.apply(output - y).abs().mean())
    assert "gradient norm inf at step 1" in message or "gradient norm nan at step 1" in message
    assert "the gradient of step 1 was not finite though its loss was (an infinite derivative" in message


def test_a_step_that_broke_a_weight():
    model = nn.Linear(3, 1)

    class Breaks(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            if self.steps == 2:
                model.weight.array[0, 1] = NAN

    optimizer = Breaks(model.parameters(), lr=0.01)
    with pytest.raises(FloatingPointError, match=r"got nan at step 3 .*likely cause: weight holds nan, which the step before put there"):
        fit(model, batches(), loss=nn.MSELoss(), optimizer=optimizer, epochs=1)


def test_the_norm_is_told_before_clipping():
    message = told(batches(value=NAN), clip_norm=1e-3)
    norm = float(message.split("gradient norm ")[1].split(" ")[0])
    assert norm > 0.1


def test_integers_are_no_numbers_that_break():
    data = [(torch.zeros(2, 3), torch.tensor([0, 1]))] * 2
    assert "the loss made it of finite outputs" in told(data, model=nn.Linear(3, 2), loss=lambda output, y: output.sum() * NAN)


class TestTheWayOut:
    """What a student has to change differs from cause to cause."""

    def test_one_step_of_adam_that_was_too_long(self):
        """Adam's steps have the length lr: the gradient did not grow before, and the weights are finite."""
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
        with pytest.raises(FloatingPointError, match=r"the training diverged, the outputs reach \d.*e\+2\d; lower the learning rate, or"):
            fit(model, batches(), loss=nn.MSELoss(), optimizer=torch.optim.Adam(model.parameters(), lr=1e12), epochs=3)

    @pytest.mark.parametrize(("which", "name"), [(0, "inputs"), (1, "targets")])
    def test_data_that_were_not_scaled(self, which, name):
        data = [tuple(part * 1e4 if i == which else part for i, part in enumerate(batch)) for batch in batches()]
        message = told(data, epochs=20, lr=0.1 if which == 0 else 5.0)
        assert "the training diverged" in message and CALMER in message
        assert f"; the {name} reach " in message and message.endswith(": subtract their mean and divide by their standard deviation")
        assert "reach" not in told(batches(), lr=50.0, epochs=100), "data of size 1 are not blamed"

    def test_data_so_large_that_the_gradient_is_infinite(self):
        message = told([(x * 1e25, y) for x, y in batches()], loss=lambda output, y: output.mean())
        assert "the gradient of step 1 was not finite though its loss was; the inputs reach " in message and "sqrt" not in message

    def test_a_feature_without_variance(self):
        data = batches()
        for x, _ in data:
            x[:, 1] = 2.0
        with np.errstate(all="ignore"):
            data = [((x - x.mean(0)) / x.std(0), y) for x, y in data]
        message = told(data)
        assert "hold nan in 8 of 8 examples; no example has a number in column 1 of the batch: a constant one, divided by" in message
        for x, _ in data:
            x[:, 0] = NAN
        assert "no example has a number in columns 0, 1 of the batch" in told(data)

    def test_float16(self):
        data = [(x.half(), y.half()) for x, y in batches()]
        message = told(data, model=nn.Linear(3, 1).half(), loss=lambda output, y: (output * 300).mean() * 200)
        assert "was not finite though its loss was, and float16 holds no number beyond 65504; train in float32" in message

    def test_a_loss_with_the_wrong_sign(self):
        message = told(batches(), lr=1.0, epochs=100, loss=lambda output, y: -nn.functional.mse_loss(output, y))
        assert "got -inf" in message and "a loss that falls without end has no minimum: look at its sign" in message


def test_numpys_own_warnings_are_not_heard(recwarn):
    model = nn.Linear(3, 1)
    with pytest.raises(FloatingPointError, match="got inf"):
        fit(model, batches(), batches(), loss=nn.MSELoss(), optimizer=torch.optim.SGD(model.parameters(), lr=50.0), epochs=100)
    assert not recwarn.list


class TestCheckpoint:
    """The last good file stays, and is named."""

    def test_a_loss_that_is_not_finite(self, tmp_path):
        path = tmp_path / "run.ckpt"
        message = told(batches(value=NAN, at=3), checkpoint=Checkpoint(path, every_steps=1))
        assert message.endswith(f"; the last good checkpoint is {path} (step 3)")
        run = torch.load(path)["run"]
        assert run["history"]["steps"] == 3 and all(np.isfinite(p.numpy()).all() for p in run["model"].values())

    def test_before_the_first_step(self, tmp_path):
        path = tmp_path / "run.ckpt"
        assert told(batches(value=NAN, at=0), checkpoint=path).endswith(f"; the last good checkpoint is {path} (step 0)")

    def test_weights_that_no_loss_has_seen_yet(self, tmp_path):
        """The step itself breaks them, and a checkpoint would come before the next loss."""
        path = tmp_path / "run.ckpt"
        message = told(batches(), lr=1e38, checkpoint=Checkpoint(path, every_steps=1))
        assert "fit: the weights must be finite, got " in message and " in weight after step " in message
        run = torch.load(path)["run"]
        assert all(np.isfinite(p.numpy()).all() for p in run["model"].values()) and f"(step {run['history']['steps']})" in message

    def test_a_device_is_read_before_a_checkpoint(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tinyreg.training.meter.backend.current", lambda: "cupy")
        path = tmp_path / "run.ckpt"
        # the loss of batch 3 is not finite, the weights stay finite: nothing of that batch reaches them
        loss = lambda output, y: nn.functional.mse_loss(output, y) + (NAN if y.item() == 2 else 0.0)  # noqa: E731
        data = [(torch.zeros(1, 3), torch.full((1, 1), float(i))) for i in range(5)]
        message = told(data, loss=loss, checkpoint=Checkpoint(path, every_steps=1))
        assert "got nan at step 3 (epoch 1, batch 3)" in message and message.endswith("(step 2)")
