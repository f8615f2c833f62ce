"""What goes wrong in front of a student, door by door: who refuses, the value that is named, and that the way out is told."""

import re

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, transforms
from tinyreg import regularization as rooms
from tinyreg.nn import functional as F
from tinyreg.optim import SGD, Adam, AdamW, lr_scheduler

FORM = re.compile(r"(?P<who>[^:]+): .+, got (?P<values>.+); .+", re.DOTALL)


def x(*shape):
    return torch.ones(*shape)


def leaf():
    return torch.ones(3, requires_grad=True)


def labels(*values):
    return torch.tensor(values)


def images():
    return torch.rand(2, 3, 4, 4)


# (who refuses, how the values that it names begin, the exception, the call)
DIMENSIONS = [
    ("linear", "input of shape (2, 5) for weight of shape (4, 3)", RuntimeError, lambda: nn.Linear(3, 4)(x(2, 5))),
    ("linear", "shape (5,)", RuntimeError, lambda: F.linear(x(2, 3), x(4, 3), x(5))),
    ("conv2d", "shape (3, 4)", RuntimeError, lambda: F.conv2d(x(3, 4), x(2, 3, 3, 3))),
    ("conv2d", "5 in input of shape (2, 5, 8, 8)", RuntimeError, lambda: nn.Conv2d(3, 4, 3)(x(2, 5, 8, 8))),
    ("conv2d", "a kernel of 3 x 3 pixels", RuntimeError, lambda: nn.Conv2d(3, 4, 3)(x(2, 3, 2, 2))),
    ("Conv2d", "groups=2 and in_channels=3", ValueError, lambda: nn.Conv2d(3, 4, 3, groups=2)),
    ("max_pool2d", "shape (2, 2)", RuntimeError, lambda: nn.MaxPool2d(3)(x(2, 2))),
    ("MaxPool2d", "kernel_size=0", RuntimeError, lambda: nn.MaxPool2d(0)),
    ("MaxPool2d", "padding=(2, 2)", RuntimeError, lambda: nn.MaxPool2d(3, padding=2)),
    ("AvgPool2d", "stride=-1", RuntimeError, lambda: nn.AvgPool2d(2, stride=-1)),
    ("AvgPool2d", "divisor_override='a'", TypeError, lambda: nn.AvgPool2d(2, divisor_override="a")),
    ("AdaptiveAvgPool2d", "output_size='a'", TypeError, lambda: nn.AdaptiveAvgPool2d((None, "a"))),
    ("max_pool2d", "a kernel of 5 x 5 pixels", RuntimeError, lambda: F.max_pool2d(x(1, 1, 3, 3), 5)),
    ("avg_pool2d", "shape (2, 2)", RuntimeError, lambda: nn.AvgPool2d(3)(x(2, 2))),
    ("adaptive_avg_pool2d", "shape (4,)", RuntimeError, lambda: nn.AdaptiveAvgPool2d(2)(x(4))),
    ("conv1d", "shape (4,)", RuntimeError, lambda: nn.Conv1d(3, 4, 3)(x(4))),
    ("conv3d", "5 in input of shape (5, 4, 4, 4)", RuntimeError, lambda: nn.Conv3d(3, 4, 3)(x(5, 4, 4, 4))),
    ("Conv1d", "padding_mode='mirror'", ValueError, lambda: nn.Conv1d(3, 4, 3, padding_mode="mirror")),
    ("conv_transpose2d", "output_padding=(1, 1)", RuntimeError, lambda: nn.ConvTranspose2d(3, 4, 3, output_padding=1)(x(3, 4, 4))),
    ("ConvTranspose2d", "(9, 9)", ValueError, lambda: nn.ConvTranspose2d(3, 4, 3)(x(3, 4, 4), output_size=(9, 9))),
    ("max_pool1d", "a kernel of 5 pixels", RuntimeError, lambda: nn.MaxPool1d(5)(x(2, 3))),
    ("avg_pool3d", "shape (2, 2)", RuntimeError, lambda: nn.AvgPool3d(2)(x(2, 2))),
    ("adaptive_max_pool2d", "output_size=(1, 2, 3)", ValueError, lambda: F.adaptive_max_pool2d(x(2, 3, 3), (1, 2, 3))),
    ("interpolate", "shape (4, 4)", NotImplementedError, lambda: nn.Upsample(scale_factor=2)(x(4, 4))),
    ("interpolate", "size=None and scale_factor=None", ValueError, lambda: nn.Upsample()(x(1, 1, 4))),
    ("pad", "4 and 0 for size 4", RuntimeError, lambda: F.pad(x(1, 4), (4, 0), "reflect")),
    ("pad", "'mirror'", NotImplementedError, lambda: F.pad(x(1, 4), (1, 1), "mirror")),
    ("flatten", "dim=3", IndexError, lambda: nn.Flatten(3)(x(2, 3))),
    ("BatchNorm1d", "5 in shape (4, 5)", RuntimeError, lambda: nn.BatchNorm1d(3)(x(4, 5))),
    ("BatchNorm1d", "(4,)", ValueError, lambda: nn.BatchNorm1d(3)(x(4))),
    ("BatchNorm2d", "(4, 3)", ValueError, lambda: nn.BatchNorm2d(3)(x(4, 3))),
    ("BatchNorm3d", "(4, 3)", ValueError, lambda: nn.BatchNorm3d(3)(x(4, 3))),
    ("layer_norm", "shape (2, 3)", RuntimeError, lambda: nn.LayerNorm(4)(x(2, 3))),
    ("rms_norm", "shape (2, 3)", RuntimeError, lambda: nn.RMSNorm(4)(x(2, 3))),
    ("prelu", "shape (4,) for input of shape (2, 3)", RuntimeError, lambda: nn.PReLU(4)(x(2, 3))),
    ("cosine_similarity", "(2, 3) and (2, 4)", RuntimeError, lambda: F.cosine_similarity(x(2, 3), x(2, 4))),
    ("unflatten", "(2, 4) for shape (2, 6)", RuntimeError, lambda: nn.Unflatten(1, (2, 4))(x(2, 6))),
    ("GroupNorm", "6 in shape (2, 6)", RuntimeError, lambda: nn.GroupNorm(2, 4)(x(2, 6))),
    ("InstanceNorm1d", "(4,)", ValueError, lambda: nn.InstanceNorm1d(3)(x(4))),
    ("matmul", "shapes (2, 3) and (2, 3)", RuntimeError, lambda: x(2, 3) @ x(2, 3)),
    ("cat", "(2, 3) and, at position 1, (2, 4)", RuntimeError, lambda: torch.cat([x(2, 3), x(2, 4)])),
    ("view", "(4,) for shape (2, 3)", RuntimeError, lambda: x(2, 3).view(4)),
    ("view_as", "list", TypeError, lambda: x(2, 3).view_as([6])),
    ("expand_as", "list", TypeError, lambda: x(2, 3).expand_as([6])),
    ("sum", "dim=2", IndexError, lambda: x(2, 3).sum(2)),
]
BROADCASTING = [
    ("add", "(2, 3) and (4, 5)", RuntimeError, lambda: x(2, 3) + x(4, 5)),
    ("mul", "(2, 3) and (2,)", RuntimeError, lambda: x(2, 3) * x(2)),
    ("maximum", "(2, 3) and (4,)", RuntimeError, lambda: torch.maximum(x(2, 3), x(4))),
    ("lt", "(2, 3) and (4,)", RuntimeError, lambda: x(2, 3) < x(4)),
    ("clamp", "shapes (2, 3), (4,)", RuntimeError, lambda: torch.clamp(x(2, 3), x(4))),
    ("where", "(2,), (3,) and (4,)", RuntimeError, lambda: torch.where(x(2) > 0, x(3), x(4))),
    ("expand", "(4, 3) for shape (2, 3)", RuntimeError, lambda: x(2, 3).expand(4, 3)),
]
RANGES = [
    ("dropout", "p=1.3", ValueError, lambda: F.dropout(x(2), p=1.3)),
    ("Dropout", "p=-0.1", ValueError, lambda: nn.Dropout(-0.1)),
    ("BatchNorm2d", "momentum=1.5", ValueError, lambda: nn.BatchNorm2d(3, momentum=1.5)),
    ("InstanceNorm2d", "momentum=-1", ValueError, lambda: nn.InstanceNorm2d(3, momentum=-1)),
    ("SGD", "momentum=-0.9", ValueError, lambda: SGD([leaf()], lr=0.1, momentum=-0.9)),
    ("BatchNorm1d", "eps=-1", ValueError, lambda: nn.BatchNorm1d(3, eps=-1)),
    ("LayerNorm", "eps=-1", ValueError, lambda: nn.LayerNorm(3, eps=-1)),
    ("RMSNorm", "eps=-1", ValueError, lambda: nn.RMSNorm(3, eps=-1)),
    ("HuberLoss", "delta=0", RuntimeError, lambda: nn.HuberLoss(delta=0)),
    ("SmoothL1Loss", "beta=-1", RuntimeError, lambda: nn.SmoothL1Loss(beta=-1)),
    ("Hardtanh", "min_val=2 and max_val=-1", AssertionError, lambda: nn.Hardtanh(2, -1)),
    ("celu", "alpha=0", RuntimeError, lambda: nn.CELU(0)(x(2))),
    ("GELU", "'erf'", RuntimeError, lambda: nn.GELU("erf")),
    ("kl_div", "'x'", ValueError, lambda: F.kl_div(x(2), x(2), reduction="x")),
    ("GroupNorm", "eps=-1", ValueError, lambda: nn.GroupNorm(1, 3, eps=-1)),
    ("InstanceNorm1d", "eps=-1", ValueError, lambda: nn.InstanceNorm1d(3, eps=-1)),
    ("Adam", "eps=-1e-08", ValueError, lambda: Adam([leaf()], eps=-1e-8)),
    ("SGD", "lr=-0.1", ValueError, lambda: SGD([leaf()], lr=-0.1)),
    ("Adam", "lr=nan", ValueError, lambda: Adam([leaf()], lr=float("nan"))),
    ("AdamW", "lr=inf", ValueError, lambda: AdamW([leaf()], lr=float("inf"))),
    ("SGD", "weight_decay=-0.5", ValueError, lambda: SGD([leaf()], lr=0.1, weight_decay=-0.5)),
    ("Adam", "weight_decay=-0.5", ValueError, lambda: Adam([leaf()], weight_decay=-0.5)),
    ("AdamW", "weight_decay=-0.5", ValueError, lambda: AdamW([leaf()], weight_decay=-0.5)),
    ("decay_", "weight_decay=-0.5", ValueError, lambda: rooms.decay_([leaf()], 0.1, -0.5)),
    ("Adam", "betas=(1.0, 0.9)", ValueError, lambda: Adam([leaf()], betas=(1.0, 0.9))),
    ("l2_penalty", "strength=-0.1", ValueError, lambda: rooms.l2_penalty([leaf()], -0.1)),
    ("l1_penalty", "strength=-0.1", ValueError, lambda: rooms.l1_penalty([leaf()], -0.1)),
    ("elastic_net_penalty", "l1_ratio=2", ValueError, lambda: rooms.elastic_net_penalty([leaf()], 0.1, 2)),
    ("group_lasso_penalty", "strength=-1", ValueError, lambda: rooms.group_lasso_penalty([leaf()], -1)),
    ("group_lasso_penalty", "(2,) for (3,)", ValueError, lambda: rooms.group_lasso_penalty(leaf(), 0.1, groups=[0, 1])),
    ("orthogonality_penalty", "strength=inf", ValueError, lambda: rooms.orthogonality_penalty([leaf()], float("inf"))),
    ("max_norm_", "max_norm=-1", ValueError, lambda: rooms.max_norm_([leaf()], -1)),
    ("clip_weights_", "low=1.0 and high=0.0", ValueError, lambda: rooms.clip_weights_([leaf()], 1, 0)),
    ("random_shrink_", "amount=2", ValueError, lambda: rooms.random_shrink_([leaf()], 2)),
    ("confidence_penalty", "shape ()", ValueError, lambda: rooms.confidence_penalty(torch.tensor(1.0), 0.1)),
    ("activity_penalty", "p=3", ValueError, lambda: rooms.activity_penalty(x(2, 3), 0.1, p=3)),
    ("activity_penalty", "Linear", TypeError, lambda: rooms.activity_penalty(nn.Linear(2, 2), 0.1)),
    ("kl_sparsity", "values from 2.0 to 2.0", ValueError, lambda: rooms.kl_sparsity(2 * x(2, 3), 0.1)),
    ("cross_entropy", "label_smoothing=1.5", RuntimeError, lambda: F.cross_entropy(x(2, 3), labels(0, 1), label_smoothing=1.5)),
    ("cutmix", "(0, 0, 9, 1)", ValueError, lambda: rooms.cutmix(images(), labels(0, 1), box=(0, 0, 9, 1))),
    ("MixUp", "num_classes=0", ValueError, lambda: transforms.MixUp(num_classes=0)),
    ("MixUp", "[1, 2, 3]", ValueError, lambda: transforms.MixUp(num_classes=2)(images(), labels(0, 1), draws=[1, 2, 3])),
    ("CutMix", "0.5", ValueError, lambda: transforms.CutMix(num_classes=2)(images(), labels(0, 1), draws=0.5)),
    ("ColorJitter", "brightness=inf", ValueError, lambda: transforms.ColorJitter(float("inf"))),
    ("GaussianNoise", "sigma=inf", ValueError, lambda: transforms.GaussianNoise(sigma=float("inf"))),
    ("GaussianNoise", "mean=nan", ValueError, lambda: transforms.GaussianNoise(float("nan"))),
    ("Normalize", "nan", ValueError, lambda: transforms.Normalize(float("nan"), 1)),
    ("RandomRotation", "0 numbers", ValueError, lambda: transforms.RandomRotation(5, fill=())(images())),
    ("RandomCrop", "[[1, 2], [3]]", ValueError, lambda: transforms.RandomCrop(2)(images(), draws=[[1, 2], [3]])),
    ("EarlyStopping", "patience=0", ValueError, lambda: rooms.EarlyStopping(0)),
    ("StepLR", "step_size=0", ValueError, lambda: lr_scheduler.StepLR(SGD([leaf()], lr=0.1), 0)),
    ("manual_seed", "-1", ValueError, lambda: torch.manual_seed(-1)),
]
NUMBERS = [
    ("dropout", "p='a'", TypeError, lambda: F.dropout(x(2), p="a")),
    ("Dropout", "p=None", TypeError, lambda: nn.Dropout(None)),
    ("LeakyReLU", "negative_slope='a'", TypeError, lambda: nn.LeakyReLU("a")),
    ("leaky_relu", "negative_slope='a'", TypeError, lambda: F.leaky_relu(x(2), "a")),
    ("ELU", "alpha='a'", TypeError, lambda: nn.ELU("a")),
    ("elu", "alpha=[1]", TypeError, lambda: F.elu(x(2), [1])),
    ("Softplus", "beta='a'", TypeError, lambda: nn.Softplus("a")),
    ("softplus", "threshold='a'", TypeError, lambda: F.softplus(x(2), 1, "a")),
    ("SGD", "lr='x'", TypeError, lambda: SGD([leaf()], lr="x")),
    ("SGD", "lr=None", TypeError, lambda: SGD([leaf()], lr=None)),
    ("SGD", "momentum='x'", TypeError, lambda: SGD([leaf()], lr=0.1, momentum="x")),
    ("SGD", "dampening='x'", TypeError, lambda: SGD([leaf()], lr=0.1, dampening="x")),
    ("SGD", "weight_decay=[0.1]", TypeError, lambda: SGD([{"params": [leaf()], "weight_decay": [0.1]}], lr=0.1)),
    ("Adam", "eps='x'", TypeError, lambda: Adam([leaf()], eps="x")),
    ("Adam", "betas=0.9", ValueError, lambda: Adam([leaf()], betas=0.9)),
    ("AdamW", "betas=(0.9, 'x')", ValueError, lambda: AdamW([leaf()], betas=(0.9, "x"))),
    ("AdamW", "['lr']", ValueError, lambda: AdamW([leaf()]).add_param_group({"lr": 0.1})),
    ("LambdaLR", "3", TypeError, lambda: lr_scheduler.LambdaLR(SGD([leaf()]), 3)),
    ("LambdaLR", "'x'", TypeError, lambda: lr_scheduler.LambdaLR(SGD([leaf()]), ["x"])),
    ("StepLR", "step_size='x'", TypeError, lambda: lr_scheduler.StepLR(SGD([leaf()]), "x")),
    ("ExponentialLR", "gamma=None", TypeError, lambda: lr_scheduler.ExponentialLR(SGD([leaf()]), None)),
    ("manual_seed", "'x'", ValueError, lambda: torch.manual_seed("x")),
    ("manual_seed", "None", TypeError, lambda: torch.manual_seed(None)),
    ("manual_seed", "inf", OverflowError, lambda: torch.Generator(float("inf"))),
    ("BatchNorm1d", "momentum='a'", TypeError, lambda: nn.BatchNorm1d(3, momentum="a")),
    ("InstanceNorm1d", "num_features='a'", TypeError, lambda: nn.InstanceNorm1d("a")),
    ("GroupNorm", "num_groups='a'", TypeError, lambda: nn.GroupNorm("a", 4)),
    ("LayerNorm", "eps='a'", TypeError, lambda: nn.LayerNorm(3, eps="a")),
    ("Linear", "in_features='a'", TypeError, lambda: nn.Linear("a", 3)),
    ("l2_penalty", "strength='a'", TypeError, lambda: rooms.l2_penalty([leaf()], "a")),
    ("l1_penalty", "strength='a'", TypeError, lambda: rooms.l1_penalty([leaf()], "a")),
    ("elastic_net_penalty", "l1_ratio='a'", TypeError, lambda: rooms.elastic_net_penalty([leaf()], 0.1, "a")),
    ("decay_", "lr='a'", TypeError, lambda: rooms.decay_([leaf()], "a", 0.1)),
    ("cross_entropy", "label_smoothing='a'", TypeError, lambda: F.cross_entropy(x(2, 3), labels(0, 1), label_smoothing="a")),
    ("EarlyStopping", "min_delta='a'", TypeError, lambda: rooms.EarlyStopping(3, min_delta="a")),
    ("clip_grad_norm_", "norm_type='a'", TypeError, lambda: rooms.clip_grad_norm_([leaf()], 1, "a")),
    ("clip_grad_value_", "clip_value='a'", TypeError, lambda: rooms.clip_grad_value_([leaf()], "a")),
    ("normal_", "std='a'", TypeError, lambda: nn.init.normal_(x(2), std="a")),
    ("xavier_uniform_", "gain='a'", TypeError, lambda: nn.init.xavier_uniform_(x(2, 2), "a")),
    ("var", "correction='a'", TypeError, lambda: x(2).var(correction="a")),
    ("randperm", "n='a'", TypeError, lambda: torch.randperm("a")),
]
MEANING = [
    ("batch_norm", "shape (1, 3)", ValueError, lambda: nn.BatchNorm1d(3)(x(1, 3))),
    ("batch_norm", "shape (1, 3, 1, 1)", ValueError, lambda: nn.BatchNorm2d(3)(x(1, 3, 1, 1))),
    ("instance_norm", "shape (2, 3, 1)", ValueError, lambda: nn.InstanceNorm1d(3)(x(2, 3, 1))),
    ("cross_entropy", "3 at index (1,) for 3 classes", IndexError, lambda: F.cross_entropy(x(2, 3), labels(0, 3))),
    ("cross_entropy", "-1 at index (0,) for 3 classes", IndexError, lambda: F.cross_entropy(x(2, 3), labels(-1, 2))),
    ("nll_loss", "3 at index (1,) for 3 classes", IndexError, lambda: F.nll_loss(x(2, 3), labels(0, 3))),
    ("smooth_labels", "5 at index (1,) for 2 classes", IndexError, lambda: rooms.smooth_labels(labels(0, 5), 2, 0.5)),
    ("cross_entropy", "dtype float32 and shape (2,)", RuntimeError, lambda: F.cross_entropy(x(2, 3), labels(0.0, 1.0))),
    ("nll_loss", "dtype float32 and shape (2,)", RuntimeError, lambda: F.nll_loss(x(2, 3), labels(0.0, 1.0))),
    ("mse_loss", "(4, 2) and (3,)", RuntimeError, lambda: F.mse_loss(x(4, 2), x(3))),
    ("backward", "shape (3,)", RuntimeError, lambda: (leaf() * 2).backward()),
    ("backward", "(2,)", RuntimeError, lambda: (leaf() * 2).backward(x(2))),
    ("requires_grad_", "dtype int64", RuntimeError, lambda: torch.tensor([1, 2], requires_grad=True)),
    ("requires_grad_", "dtype int64", RuntimeError, lambda: torch.arange(3).requires_grad_()),
    ("linear", "float64 and float32", RuntimeError, lambda: nn.Linear(3, 4)(x(2, 3).double())),
    ("SGD", "an empty parameter list", ValueError, lambda: SGD([], lr=0.1)),
    ("Adam", "an empty parameter list", ValueError, lambda: Adam(iter(()))),
    ("AdamW", "an empty parameter list", ValueError, lambda: AdamW(nn.ReLU().parameters())),
    ("l2_penalty", "none in list", ValueError, lambda: rooms.l2_penalty([], 0.1)),
    ("l1_penalty", "none in ReLU", ValueError, lambda: rooms.l1_penalty(nn.ReLU(), 0.1)),
]


@pytest.mark.filterwarnings("ignore:mse_loss")  # what it says before it refuses
@pytest.mark.parametrize(
    ("who", "values", "error", "call"),
    [pytest.param(*row, id=f"{row[0]}: {row[1]}") for row in [*DIMENSIONS, *BROADCASTING, *RANGES, *NUMBERS, *MEANING]],
)
def test_refusal(who, values, error, call):
    with pytest.raises(error) as caught:
        call()
    told = FORM.fullmatch(str(caught.value))
    assert told, caught.value
    assert told["who"] == who and told["values"].startswith(values), caught.value


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, nn.MSELoss(), nn.L1Loss()])
def test_a_column_against_a_row_is_warned_of(loss):
    with pytest.warns(UserWarning, match=r"(mse|l1)_loss: .* same shape, got \(4, 1\) and \(4,\); .* squeeze or reshape"):
        assert loss(x(4, 1), x(4)).item() == 0


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_loss_that_is_no_number_ends_the_training(value):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    target = torch.tensor(np.array([[0.0], [float(value)]], dtype=np.float32))
    with pytest.raises(FloatingPointError, match=rf"fit: the loss must be finite, got {value} at step 2 \(epoch 1, batch 2\)"):
        torch.training.fit(
            model,
            [(x(1, 3), target[:1]), (x(1, 3), target[1:])],
            loss=nn.MSELoss(),
            optimizer=SGD(model.parameters(), lr=0.1),
            epochs=1,
        )
    assert np.isfinite(model.weight.detach().numpy()).all()  # no step was made with it
