import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, Diabetes, Prostate


def arrays(table):
    return table.data.numpy(), table.targets.numpy()


def test_diabetes_as_published():
    data = Diabetes()
    assert data.data.shape == (442, 10) and data.targets.shape == (442,) and data.data.dtype == torch.float64
    assert data[0][0].tolist() == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87] and data[0][1].item() == 151
    assert data.feature_names[2] == "bmi" and data.target_name == "y"
    assert data.targets.numpy().mean() == pytest.approx(152.133484)  # scikit-learn's description of the same data
    assert data.center.tolist() == [0] * 10 and data.scale.tolist() == [1] * 10 and data.target_center == 0


def test_diabetes_has_the_numbers_of_least_angle_regression():
    """Where R's lars begins (949.435) and ends (|b|_1 of least squares 3459.98)."""
    x, y = arrays(Diabetes(scaling="norm"))
    assert abs(x.T @ y).max() == pytest.approx(949.435, abs=5e-4)
    assert abs(x.T @ y).argmax() == 2  # bmi enters first
    assert abs(np.linalg.lstsq(x, y, rcond=None)[0]).sum() == pytest.approx(3459.98, abs=5e-3)
    np.testing.assert_allclose((x**2).sum(0), 1)
    np.testing.assert_allclose(x.sum(0), 0, atol=1e-12)


def test_variance_is_the_other_scaling():
    norm, variance = Diabetes(scaling="norm"), Diabetes(scaling="variance")
    np.testing.assert_allclose(variance.data.numpy(), norm.data.numpy() * np.sqrt(441))
    np.testing.assert_allclose(variance.data.numpy().var(axis=0, ddof=1), 1)
    raw = Diabetes()
    np.testing.assert_allclose(variance.data.numpy() * variance.scale + variance.center, raw.data.numpy())
    np.testing.assert_allclose(variance.targets.numpy() + variance.target_center, raw.targets.numpy())


def squared_errors(corrected, penalty=0.0):
    """Squared test errors of ridge with columns of norm 1, |y - X b|^2 + penalty |b|^2."""
    x, y = arrays(Prostate(corrected=corrected, scaling="norm"))
    x_test, y_test = arrays(Prostate(train=False, corrected=corrected, scaling="norm"))
    weight = np.linalg.solve(x.T @ x + penalty * np.eye(8), x.T @ y)
    return (x_test @ weight - y_test) ** 2


@pytest.mark.parametrize(
    ("corrected", "penalty", "mean", "error"),
    [(False, 0, 0.586, 0.184), (False, 1, 0.566, 0.188), (True, 0, 0.521, 0.179)],  # Zou & Hastie 2005, table 1; the book's table 3.3
)
def test_prostate_has_the_published_test_errors(corrected, penalty, mean, error):
    squares = squared_errors(corrected, penalty)
    assert round(squares.mean(), 3) == mean
    assert round(squares.std(ddof=1) / np.sqrt(30), 3) == error


def test_prostate_rows():
    train, test, everyone = Prostate(), Prostate(train=False), Prostate(train=None)
    assert (len(train), len(test), len(everyone)) == (67, 30, 97) and train.target_name == "lpsa"
    assert everyone[31][0][1].item() == pytest.approx(3.8044, abs=5e-5)
    assert Prostate(train=None, corrected=False)[31][0][1].item() == pytest.approx(6.1076, abs=5e-5)
    others = [np.delete(Prostate(train=None, corrected=corrected).data.numpy(), 31, axis=0) for corrected in (True, False)]
    np.testing.assert_allclose(*others, atol=1e-6)
    together = np.concatenate([train.data.numpy(), test.data.numpy()])
    assert sorted(map(tuple, together)) == sorted(map(tuple, everyone.data.numpy()))


def test_test_rows_are_scaled_by_the_training_rows():
    train, test, raw = Prostate(scaling="variance"), Prostate(train=False, scaling="variance"), Prostate(train=False)
    np.testing.assert_array_equal(train.center, test.center)
    np.testing.assert_allclose(test.data.numpy(), (raw.data.numpy() - train.center) / train.scale)
    np.testing.assert_allclose(test.targets.numpy(), raw.targets.numpy() - Prostate().targets.numpy().mean())
    np.testing.assert_allclose(Prostate(train=None, scaling="norm").data.numpy().sum(0), 0, atol=1e-12)


def test_a_network_takes_float32():
    data = Diabetes(scaling="variance", dtype=torch.float32)
    x, y = next(iter(DataLoader(data, batch_size=32, shuffle=True)))
    assert torch.nn.Linear(10, 1)(x).shape == (32, 1) and x.dtype == y.dtype == torch.float32 and y.shape == (32,)


@pytest.mark.parametrize("table", [Diabetes, Prostate])
def test_refusals(table):
    with pytest.raises(ValueError, match=f"{table.__name__}: scaling must be None, 'norm' or 'variance', got 'unit'; 'norm' makes"):
        table(scaling="unit")
