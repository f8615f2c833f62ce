"""The same penalty on two roads: a network trained with the step of its penalty, and the solver of linear models."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.datasets import Diabetes, Prostate
from tinyreg.regularization import elastic_net_path, elastic_net_proximal_, l1_proximal_, lasso_path
from tinyreg.regularization.paths import without_half


def test_training_with_l1_steps_and_the_exact_path_meet():
    data = Prostate(scaling="variance")
    X, y = data.data, data.targets  # 67 men, 8 measurements; float64, centred

    # the first road: coordinate descent on |y - Xb|^2/(2n) + strength |b|_1
    strengths, coefs, info = lasso_path(X, y, strengths=[0.5, 0.2, 0.05])

    for strength, coef in zip(strengths, coefs.T):
        # the second road: a layer of weights, a loss, an optimizer, and after each step that of the penalty
        model = nn.Linear(8, 1, bias=False).double()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(800):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(X)[:, 0], y)  # |y - Xb|^2/n, without the half:
            loss.backward()
            optimizer.step()
            l1_proximal_(model, lr=0.1, strength=without_half(strength))  # and so twice the strength

        trained = model.weight.detach().numpy()[0]
        assert abs(trained - coef).max() < 1e-8
        assert ((trained == 0) == (coef == 0)).all()  # the same measurements are left out, by exact zeros

    assert info["active"].tolist() == [1, 5, 6]


@pytest.mark.parametrize("l1_ratio", [0.2, 0.7])
def test_training_with_elastic_net_steps_and_the_exact_path_meet(l1_ratio):
    data = Diabetes(scaling="variance")
    strengths, coefs, info = elastic_net_path(data.data, data.targets, l1_ratio, strengths=[30.0, 3.0])
    for strength, coef in zip(strengths, coefs.T):
        weights = nn.Parameter(torch.zeros(10, dtype=torch.float64))
        optimizer = torch.optim.SGD([weights], lr=0.12)
        for _ in range(600):
            optimizer.zero_grad()
            nn.functional.mse_loss(data.data @ weights, data.targets).backward()
            optimizer.step()
            elastic_net_proximal_([weights], lr=0.12, strength=without_half(strength), l1_ratio=l1_ratio)
        np.testing.assert_allclose(weights.detach().numpy(), coef, rtol=0, atol=1e-8)
        assert ((weights.array == 0) == (coef == 0)).all()
    assert 0 < info["active"][0] < 10
