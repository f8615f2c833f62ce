"""backward for several tensors and for chosen inputs; grad in all its forms."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import backward, grad


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


class TestBackward:
    def test_derivatives_of_several_tensors_are_summed(self):
        x = leaf(1.0, 2.0)
        backward([x.sum(), x * x], [None, torch.tensor([1.0, 10.0])])
        assert x.grad.tolist() == [3, 41]
        backward(x * 3, torch.ones(2))
        assert x.grad.tolist() == [6, 44], "added, as by Tensor.backward"
        backward((x * 2).sum())
        assert x.grad.tolist() == [8, 46]

    def test_the_graph_is_kept_if_asked(self):
        x = leaf(2.0)
        y = (x * x).sum()
        backward(y, retain_graph=True)
        backward(y)
        assert x.grad.tolist() == [8]
        with pytest.raises(RuntimeError, match="backward: the graph was released"):
            backward(y)

    @pytest.mark.parametrize("call", [lambda y, x: y.backward(inputs=x), lambda y, x: backward(y, inputs=x)])
    def test_only_the_chosen_inputs_receive(self, call):
        x, w, unused = leaf(2.0), leaf(3.0), leaf(1.0)
        call((x * w).sum(), [w, unused])
        assert x.grad is None and w.grad.tolist() == [2] and unused.grad is None
        call((x * w * w).sum(), w)
        assert x.grad is None and w.grad.tolist() == [14]

    def test_an_inner_tensor_may_be_chosen(self):
        x = leaf(2.0)
        h = x * 3
        (h * h).sum().backward(inputs=[h])
        assert x.grad is None and h.grad.tolist() == [12]

    def test_gradients_have_memory_of_their_own(self):
        x = leaf(1.0, 2.0)
        cotangent = torch.ones(2)
        x.backward(cotangent, inputs=[x])
        x.grad.zero_()
        assert cotangent.tolist() == [1, 1]

    def test_refusals(self):
        x = leaf(1.0, 2.0)
        with pytest.raises(RuntimeError, match="backward: inputs must hold a tensor, got none"):
            x.sum().backward(inputs=[])
        with pytest.raises(RuntimeError, match="backward: inputs must require grad, got one that does not"):
            x.sum().backward(inputs=[torch.ones(1)])
        with pytest.raises(RuntimeError, match="backward: grad_tensors must be one an output, got 1 for 2 outputs"):
            backward([x.sum(), x.sum()], torch.tensor(1.0))
        with pytest.raises(RuntimeError, match=r"gradient must be given for more than one element, got shape \(2,\)"):
            backward(x * 2)
        with pytest.raises(NotImplementedError, match="create_graph must be False, got True"):
            backward(x.sum(), create_graph=True)


class TestGrad:
    def test_zeros_for_what_is_not_used(self):
        x, w = leaf(1.0, 2.0), leaf(3.0)
        used, unused = grad((x * x).sum(), [x, w], materialize_grads=True)
        assert used.tolist() == [2, 4] and unused.tolist() == [0] and unused.dtype == torch.float32
        assert grad((x * x).sum(), [x, w], allow_unused=True)[1] is None

    def test_what_changes_nothing_is_accepted(self):
        x = leaf(1.0)
        assert grad(x.sum(), x, None, False, False, True, None, False)[0].tolist() == [1]

    def test_refusals(self):
        x = leaf(1.0)
        with pytest.raises(ValueError, match="materialize_grads needs allow_unused, got allow_unused=False"):
            grad(x.sum(), x, allow_unused=False, materialize_grads=True)
        with pytest.raises(NotImplementedError, match="is_grads_batched must be False, got True"):
            grad(x.sum(), x, is_grads_batched=True)


def test_against_pytorch():
    theirs = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    values, cotangent = rng.normal(size=(2, 4)), rng.normal(size=4)

    def run(library):
        x, w = (library.tensor(v, requires_grad=True) for v in values)
        h = x * w
        y = h * h * x
        library.autograd.backward([y, h.sum()], [library.tensor(cotangent), None], retain_graph=True, inputs=[x])
        assert w.grad is None
        y.backward(library.tensor(cotangent), inputs=[w])
        return [np.asarray(t.grad) for t in (x, w)]

    for ours, other in zip(run(torch), run(theirs)):
        np.testing.assert_allclose(ours, other, rtol=1e-12)
