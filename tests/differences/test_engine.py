"""Backward, gradcheck and the modes: where tinyreg does not do what PyTorch does."""

import numpy as np
import pytest

import tinyreg


def leaf(t, *values, dtype="float32"):
    return t.tensor(np.array(values, dtype=dtype), requires_grad=True)


def second_backward(t):
    w = leaf(t, 1, 1)
    loss = (w + 2).sum()  # nothing has to be saved for its derivative
    loss.backward()
    loss.backward()
    return w.grad.tolist()


def test_second_backward():
    with pytest.raises(RuntimeError, match=r"released by an earlier backward, .* pass retain_graph=True"):
        second_backward(tinyreg)


def test_second_backward_in_pytorch(torch):
    assert second_backward(torch) == [2, 2]


def second_derivative(t):
    w = leaf(t, 3)
    (slope,) = t.autograd.grad((w**3).sum(), w, create_graph=True)
    slope.sum().backward()
    return w.grad.item()


def test_second_derivatives():
    with pytest.raises(NotImplementedError, match="create_graph must be False, got True"):
        second_derivative(tinyreg)


def test_second_derivatives_in_pytorch(torch):
    assert second_derivative(torch) == 18


def test_nodes_of_the_graph():
    w = leaf(tinyreg, 1)
    (made_by, _), *_ = w.exp().grad_fn.next_functions
    assert repr(w.exp().grad_fn) == "<ExpBackward0>" and made_by is w


def test_nodes_of_the_graph_in_pytorch(torch):
    w = leaf(torch, 1)
    (made_by, _), *_ = w.exp().grad_fn.next_functions
    assert type(w.exp().grad_fn).__name__ == "ExpBackward0" and type(made_by).__name__ == "AccumulateGrad" and made_by.variable is w


def test_grad_of_a_computed_tensor():
    assert (leaf(tinyreg, 1) * 2).grad is None


def test_grad_of_a_computed_tensor_in_pytorch(torch):
    with pytest.warns(UserWarning, match="not a leaf"):
        assert (leaf(torch, 1) * 2).grad is None


def tensor_of_inference(t):
    with t.inference_mode():
        x = t.ones(2)
    w = leaf(t, 3, 4)
    (w * x).sum().backward()
    return w.grad.tolist()


def test_tensors_made_in_inference_mode():
    assert tensor_of_inference(tinyreg) == [1, 1]


def test_tensors_made_in_inference_mode_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        tensor_of_inference(torch)


def backward_passes(t, size):
    """How often gradcheck differentiates a function of `size` outputs."""
    calls = []

    class Twice(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            calls.append(grad)
            return grad * 2

    assert t.autograd.gradcheck(Twice.apply, leaf(t, *np.arange(1.0, size + 1), dtype="float64"))
    return len(calls)


def test_gradcheck_takes_one_cotangent():
    assert backward_passes(tinyreg, 30) == backward_passes(tinyreg, 3)


def test_gradcheck_takes_one_cotangent_in_pytorch(torch):
    assert backward_passes(torch, 30) - backward_passes(torch, 3) >= 27


def test_gradcheck_of_float32():
    with pytest.raises(ValueError, match="must be float64, got input 0 of dtype float32"):
        tinyreg.autograd.gradcheck(lambda x: x * 2, leaf(tinyreg, 1))


def test_gradcheck_of_float32_in_pytorch(torch):
    with pytest.warns(UserWarning, match="not a double precision"):
        assert not torch.autograd.gradcheck(lambda x: x * 2, leaf(torch, 1 / 3), raise_exception=False)


def checked_dropout(t):
    return t.autograd.gradcheck(t.nn.Dropout(0.5), leaf(t, *np.ones(20), dtype="float64"), raise_exception=False)


def test_gradcheck_of_chance():
    assert checked_dropout(tinyreg)


def test_gradcheck_of_chance_in_pytorch(torch):
    assert not checked_dropout(torch)


def batches_counted_by_gradcheck(t):
    layer = t.nn.BatchNorm1d(1).double()
    assert t.autograd.gradcheck(lambda x: layer(x.reshape(3, 1)), leaf(t, 1, 2, 4, dtype="float64"))
    return layer.num_batches_tracked.item()


def test_gradcheck_restores_buffers():
    assert batches_counted_by_gradcheck(tinyreg) == 0


def test_gradcheck_restores_buffers_in_pytorch(torch):
    assert batches_counted_by_gradcheck(torch) > 0


def anomaly_of_forward(t):
    with t.autograd.detect_anomaly():
        return (leaf(t, -1).sqrt() * 1).isnan().item()


def test_anomalies_of_forward():
    with pytest.raises(RuntimeError, match="Sqrt: forward must make no NaN of finite inputs, got 1 among 1"), np.errstate(all="ignore"):
        anomaly_of_forward(tinyreg)


def test_anomalies_of_forward_in_pytorch(torch):
    assert anomaly_of_forward(torch)


def anomaly_of_infinity(t):
    w = leaf(t, 0)
    with t.autograd.detect_anomaly():
        w.sqrt().backward()
    return w.grad.item()


def test_anomalies_of_infinity():
    with pytest.raises(RuntimeError, match="Sqrt: backward must make no Inf of finite cotangents"), np.errstate(all="ignore"):
        anomaly_of_infinity(tinyreg)


def test_anomalies_of_infinity_in_pytorch(torch):
    assert anomaly_of_infinity(torch) == np.inf


def masked_infinity(t):
    x = leaf(t, -1, 1)
    t.relu(x).backward(t.tensor([np.inf, 1.0]))
    return x.grad


def test_infinite_gradients_meet_slope_0():
    with np.errstate(all="ignore"):
        assert masked_infinity(tinyreg).isnan().tolist() == [True, False]


def test_infinite_gradients_meet_slope_0_in_pytorch(torch):
    assert masked_infinity(torch).tolist() == [0, 1]


def pooled_infinity(t):
    x = t.ones(1, 1, 1, 2, requires_grad=True)
    t.nn.functional.max_pool2d(x, (1, 2)).backward(t.full((1, 1, 1, 1), np.inf))
    return x.grad.flatten()


def test_infinite_gradients_meet_max_pooling():
    with np.errstate(all="ignore"):
        assert pooled_infinity(tinyreg).isnan().tolist() == [False, True]


def test_infinite_gradients_meet_max_pooling_in_pytorch(torch):
    assert pooled_infinity(torch).tolist() == [np.inf, 0]


def slopes(t, function, *values):
    x = leaf(t, *values)
    function(x).backward()
    return x.grad.tolist()


def test_reductions_beside_nan():
    with np.errstate(all="ignore"):
        assert slopes(tinyreg, lambda x: x.amax(0), 1, np.nan) == [0, 1]
        assert slopes(tinyreg, lambda x: x.prod(0), 2, np.nan, 3) == pytest.approx([np.nan, 6, np.nan], nan_ok=True)


def test_reductions_beside_nan_in_pytorch(torch):
    assert np.isnan(slopes(torch, lambda x: x.amax(0), 1, np.nan)).all()
    assert np.isnan(slopes(torch, lambda x: x.prod(0), 2, np.nan, 3)).all()


def test_logsumexp_at_infinity():
    with np.errstate(all="ignore"):
        assert slopes(tinyreg, lambda x: x.logsumexp(0), 1, np.inf) == [0, 1]
        assert slopes(tinyreg, lambda x: x.logsumexp(0), -np.inf, -np.inf) == [0, 0]


def test_logsumexp_at_infinity_in_pytorch(torch):
    assert np.isnan(slopes(torch, lambda x: x.logsumexp(0), 1, np.inf)).any()
    assert np.isnan(slopes(torch, lambda x: x.logsumexp(0), -np.inf, -np.inf)).all()
