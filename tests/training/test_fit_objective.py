"""What fit minimizes: the loss, a regularizer of the training batches, and gradients that an optimizer asks for twice."""

import numpy as np
import pytest

import tinyreg as torch
from tests.training.test_fit import line, regression
from tinyreg.training import fit


def test_a_regularizer_is_a_term_of_the_training_loss_alone():
    x, y = regression()
    mse, seen = torch.nn.MSELoss(), []

    def penalty(model, output, x, y):
        seen.append((tuple(output.shape), tuple(x.shape), tuple(y.shape), model.training))
        return torch.regularization.l2_penalty(model, 0.3) + 0.1 * (output**2).mean()

    def trained(**options):
        model = line()
        sgd = torch.optim.SGD(model.parameters(), lr=0.1)
        history = fit(model, [(x, y)], [(x, y)], optimizer=sgd, epochs=4, **options)
        return model, history

    model, history = trained(loss=mse, regularizer=penalty)
    assert seen == [((24, 1), (24, 3), (24, 1), True)] * 4
    by_hand = line()

    def in_the_loss(output, y):
        return mse(output, y) + torch.regularization.l2_penalty(by_hand, 0.3) + 0.1 * (output**2).mean()

    sgd = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    written = fit(by_hand, [(x, y)], loss=in_the_loss, optimizer=sgd, epochs=4)
    np.testing.assert_array_equal(model.weight.detach().numpy(), by_hand.weight.detach().numpy())
    assert history["loss"] == pytest.approx(written["loss"], rel=1e-6)
    assert history["val_loss"][-1] == pytest.approx(mse(model(x), y).item(), rel=1e-6)


class Lookahead(torch.optim.SGD):
    """Half a step along the gradient, and from there a whole one along the gradient of that place: the midpoint rule."""

    needs_closure = True

    def step(self, closure):
        loss, weights = closure(), [p.array.copy() for p in self.param_groups[0]["params"]]
        for p in self.param_groups[0]["params"]:
            p.data.sub_(p.grad * (self.param_groups[0]["lr"] / 2))
        closure()
        for p, w in zip(self.param_groups[0]["params"], weights):
            p.data.copy_(torch.tensor(w))
        super().step()
        return loss


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_an_optimizer_that_asks_twice_gets_the_gradient_of_the_whole_step_twice(pieces, clip_norm):
    x, y = (t.double() for t in regression())
    mse, lr = torch.nn.MSELoss(), 0.2
    n = 24 // pieces
    batches = [(x[i : i + n], y[i : i + n]) for i in range(0, 24, n)]
    calls = []

    def loss(output, y):
        calls.append(len(y))
        return mse(output, y)

    model, by_hand = line().double(), line().double()
    optimizer = Lookahead(model.parameters(), lr=lr)
    history = fit(model, batches, loss=loss, optimizer=optimizer, epochs=2, accumulate=pieces, clip_norm=clip_norm)

    def gradient():
        by_hand.zero_grad()
        mse(by_hand(x), y).backward()
        if clip_norm:
            torch.nn.utils.clip_grad_norm_(by_hand.parameters(), clip_norm)
        return [p.grad.clone() for p in by_hand.parameters()]

    losses = []
    for _ in range(2):
        losses.append(mse(by_hand(x), y).item())
        start = [p.detach().clone() for p in by_hand.parameters()]
        for p, g in zip(by_hand.parameters(), gradient()):
            p.data.sub_(g * (lr / 2))
        for p, g, w in zip(by_hand.parameters(), gradient(), start):
            p.data.copy_(w - lr * g)
    np.testing.assert_allclose(model.weight.detach().numpy(), by_hand.weight.detach().numpy(), rtol=1e-12)
    assert calls == [n] * 4 * pieces
    assert history["loss"] == pytest.approx(losses, rel=1e-12)  # of the weights before the step, counted once
