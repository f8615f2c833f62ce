"""What detect_anomaly names: operations, what they made of what, and the line that called them; and what it lets pass."""

import gc
import warnings
import weakref
from inspect import currentframe

import numpy as np
import pytest

import tinyreg as torch
from tests.test_gradcases import ROWS, inputs_of, run_backward
from tinyreg import nn
from tinyreg.autograd import detect_anomaly
from tinyreg.nn import functional as F

inf, nan = float("inf"), float("nan")


def leaf(*values, dtype="float64"):
    return torch.tensor(np.array(values, dtype=dtype), requires_grad=True)


def test_the_logarithm_of_a_negative_number():
    x = leaf(1.0, -1.0, 2.0, -3.0)
    with detect_anomaly(), pytest.raises(RuntimeError, match=r"Log: forward must make no NaN of finite inputs, got 2 among 4") as caught:
        x.log()
    line = currentframe().f_lineno - 1
    assert f"of shape (4,), first at (1,), called at {__file__}:{line}: x.log(); look for a logarithm" in str(caught.value)


def test_zero_over_zero_also_where_nothing_is_recorded():
    x = torch.zeros(2, 3)
    with detect_anomaly(), pytest.raises(RuntimeError, match=r"Div: .* got 6 among 6 elements of shape \(2, 3\), first at \(0, 0\)"):
        (x - x.mean()) / x.std()
    with detect_anomaly(), torch.no_grad(), pytest.raises(RuntimeError, match="Div: .* no NaN"):
        leaf(0.0) / leaf(0.0)


def test_an_overflow_of_float32():
    with detect_anomaly(), pytest.raises(RuntimeError, match=r"Exp: forward must make no Inf .* got 1 among 2 .* first at \(1,\)"):
        leaf(1.0, 100.0, dtype="float32").exp()
    with detect_anomaly():
        leaf(1.0, 100.0).exp()


def test_backward_names_the_line_of_forward():
    x = leaf(4.0, 0.0, 0.0)
    with detect_anomaly():
        y = x.sqrt()
        line = currentframe().f_lineno - 1
        with pytest.raises(RuntimeError, match="Sqrt: backward must make no Inf of finite cotangents, got 2 among 3") as caught:
            (y * 2).sum().backward()
    assert f"gradient of input 0, first at (1,), forward called at {__file__}:{line}: y = x.sqrt(); the deriv" in str(caught.value)


def test_what_where_hides_in_forward_appears_in_backward():
    """0 * inf: the derivative of the branch that was not taken."""
    x = leaf(4.0, 0.0)
    with detect_anomaly(), pytest.raises(RuntimeError, match="Sqrt: backward must make no NaN of finite cotangents, got 1 among 2"):
        torch.where(x > 0, x.sqrt(), torch.zeros(2, dtype=torch.float64)).sum().backward()


def test_a_graph_from_before_the_block_has_no_line():
    y = leaf(0.0).sqrt()
    with detect_anomaly(), pytest.raises(RuntimeError, match=r"Sqrt: backward .* forward called before detect_anomaly began; the deriv"):
        y.backward()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 2)))

    def forward(self, x):
        h = self.body(x)
        return (h - 1000).log()


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def forward(self, x):
        return self.net(x) + 1


def test_inside_modules_the_line_is_the_users():
    with detect_anomaly(), pytest.raises(RuntimeError, match=r"test_anomaly.py:\d+: return \(h - 1000\).log\(\); look"):
        Pair()(torch.ones(1, 2))
    model = Pair()
    model.net.body[1][1].weight.data[0, 1] = nan
    where = r"test_anomaly.py:\d+: h = self.body\(x\) by Linear\(in_features=3, out_features=2, bias=True\); look"
    with detect_anomaly(), pytest.raises(RuntimeError, match=where) as caught:
        model(torch.ones(1, 2))
    assert "inputs must be finite, got 1 NaN in input 1 of shape (2, 3), first at (0, 1), a leaf that held it already" in str(caught.value)


def test_an_optimizers_step_is_named_at_the_next_use():
    w = leaf(1.0)
    optimizer = torch.optim.SGD([w], lr=1e300)
    with detect_anomaly():
        (w * 1e200).sum().backward()
        with np.errstate(over="ignore"):
            optimizer.step()
        with pytest.raises(RuntimeError, match=r"Mul: .* got 1 Inf in input 0 of shape \(1,\), first at \(0,\), a leaf that held it"):
            w * 2


def test_nan_in_the_data_is_named_when_something_is_computed_from_it():
    data = torch.tensor([[1.0, nan], [2.0, 3.0]])
    with detect_anomaly():
        row = data.T[1]
        torch.where(torch.isnan(row), torch.zeros(2), row)
        with pytest.raises(RuntimeError, match=r"got 1 NaN in input 0 of shape \(2,\), first at \(0,\), that held it already"):
            row * 2
        with pytest.raises(RuntimeError, match=r"got 1 NaN in input 1 of shape \(\), first at \(\), that held it already"):
            torch.ones(2) * nan


def test_masks_of_minus_infinity_may_pass():
    scores = leaf(*np.arange(6.0)).reshape(2, 3)
    mask = torch.tensor([[True, False, False], [True, True, False]])
    with detect_anomaly():
        for loss in (
            (F.softmax(scores.masked_fill(mask, -inf), 1) * scores).sum(),
            (F.softmax(scores + torch.tensor([0.0, -inf, 0.0], dtype=torch.float64), 1) * scores).sum(),
            F.cross_entropy(scores.masked_fill(mask, -inf), torch.tensor([1, 2])),
            torch.where(mask, scores, inf).amin(1).sum(),
            scores.clamp(min=-inf, max=inf).sum(),
        ):
            loss.backward(retain_graph=True)


def test_but_a_row_of_nothing_else_is_an_anomaly():
    scores = leaf(*np.arange(6.0)).reshape(2, 3)
    mask = torch.tensor([[True, False, False], [True, True, True]])
    with detect_anomaly():
        masked = scores.masked_fill(mask, -inf)
        with pytest.raises(RuntimeError, match=r"Softmax: .* no NaN of inputs without NaN \(4 Inf in input 0 .* got 3 among 6"):
            F.softmax(masked, 1)
        with pytest.raises(RuntimeError, match="Mul: forward must make no NaN of inputs without NaN"):
            masked * 0


def test_an_infinite_leaf_that_wants_a_gradient_is_no_mask():
    with detect_anomaly(), pytest.raises(RuntimeError, match="Neg: inputs must be finite, got 1 Inf in input 0 .* a leaf that held it"):
        -leaf(1.0, inf)


def test_cotangents_that_the_caller_or_a_hook_spoiled_are_named():
    x = leaf(1.0, 2.0)
    with detect_anomaly():
        with pytest.raises(RuntimeError, match=r"Mul: cotangents must be finite, got 1 NaN among 2 elements of the cotangent of output 0"):
            (x * 2).backward(torch.tensor([1.0, nan]))
        y = x * 2
        y.register_hook(lambda grad: grad.detach() + torch.tensor([inf, 0.0]))
        with pytest.raises(RuntimeError, match=r"got 1 Inf among 2 .* first at \(0,\), that held it already, .*: y = x \* 2; look"):
            (y + 1).sum().backward()


def test_writes_in_place_are_refused_before_they_happen():
    x = torch.ones(2)
    with detect_anomaly(), pytest.raises(RuntimeError, match="Div: forward must make no Inf"):
        x.div_(0)
    assert x.tolist() == [1.0, 1.0]


def test_numpys_warnings_do_not_come_first():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with detect_anomaly(), pytest.raises(RuntimeError, match="Log: "):
            leaf(0.0).log()


def test_nothing_is_kept_alive():
    x = leaf(1.0)
    with detect_anomaly():
        y = x * 2
        graph = weakref.ref(y)
        y.backward()
        del y
    gc.collect()
    assert graph() is None


def test_healthy_training_is_left_alone():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(36, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    rng = np.random.default_rng(0)
    x, y = torch.tensor(rng.standard_normal((32, 1, 8, 8)).astype("float32")), torch.tensor(rng.integers(0, 10, 32))

    def train():
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        return losses

    with detect_anomaly():
        losses = train()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("case", ROWS)
def test_no_operation_raises_a_false_alarm(case):
    with detect_anomaly():
        watched = run_backward(case, inputs_of(case))
    plain = run_backward(case, inputs_of(case))
    for a, b in zip(watched[0] + watched[1], plain[0] + plain[1], strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


@pytest.mark.gpu
def test_on_a_gpu():
    torch.use_backend("cupy")
    with detect_anomaly():
        with pytest.raises(RuntimeError, match=r"Log: forward must make no NaN of finite inputs, got 1 among 2 .* first at \(1,\)"):
            torch.tensor([1.0, -1.0]).log()
        with pytest.raises(RuntimeError, match="Sqrt: backward must make no Inf"):
            torch.zeros(2, requires_grad=True).sqrt().sum().backward()
