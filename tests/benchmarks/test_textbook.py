"""The textbook's operations compute what the library's own compute: "before" and "after" are one training."""

import numpy as np
import pytest

import tinyreg
from benchmarks.libraries.tinyreg_ import Tinyreg
from benchmarks.textbook import OTHERS, TWINS, textbook
from benchmarks.workloads import WORKLOADS


def trained(key, steps=2):
    """Losses, weights and logits of a short training without dropout, in float64 on a few images."""
    network = WORKLOADS[key]
    library = Tinyreg(threads=None, dtype="float64")
    trainer = library.trainer(network, network.weights(), dropout=False)
    trainer.train()
    losses = []
    for x, y in network.batches(steps):
        losses.append(float(library.to_numpy(trainer.step(library.array(x[:6]), library.array(y[:6])))))
    return np.array(losses), trainer.weights()


@pytest.mark.parametrize("key", ["W4", "W5"])
def test_one_training_two_ways(key):
    losses, weights = trained(key)
    with textbook():
        their_losses, their_weights = trained(key)
    np.testing.assert_allclose(their_losses, losses, rtol=1e-12)
    for ours, theirs in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-12)


def test_the_textbooks_operations_are_the_ones_that_run(monkeypatch):
    called = []
    for twin in TWINS.values():

        def forward(*arguments, _name=twin.__name__, _plain=twin.forward, **options):
            called.append(_name)
            return _plain(*arguments, **options)

        monkeypatch.setattr(twin, "forward", staticmethod(forward))
    network = WORKLOADS["W4"]
    library = Tinyreg(threads=None)
    with textbook():
        trainer = library.trainer(network, network.weights())
        trainer.train()
        x, y = network.batches(1)[0]
        trainer.step(library.array(x[:4]), library.array(y[:4]))
    assert set(called) == {twin.__name__ for twin in TWINS.values()}


def test_dropouts_mask_and_its_gradient():
    x = tinyreg.ones(200, 50, requires_grad=True)
    with textbook():
        tinyreg.manual_seed(0)
        y = tinyreg.nn.functional.dropout(x, 0.25)
        y.sum().backward()
    assert set(np.unique(y.detach().numpy()).tolist()) == {0.0, np.float32(4 / 3)}
    assert abs((y.detach().numpy() == 0).mean() - 0.25) < 0.02
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


def test_everything_is_put_back():
    owners = [(owner, name) for owner, name, _ in OTHERS]
    owners += [(owner, name) for owner in TWINS for name in ("forward", "backward", "array_backward")]
    before = [vars(owner)[name] for owner, name in owners]
    with pytest.raises(ZeroDivisionError), textbook():
        assert [vars(owner)[name] for owner, name in owners] != before
        raise ZeroDivisionError
    assert [vars(owner)[name] for owner, name in owners] == before


def test_what_the_textbook_does_not_cover_is_refused():
    x, w = tinyreg.ones(1, 1, 5, 5), tinyreg.ones(1, 1, 2, 2)
    with textbook():
        with pytest.raises(NotImplementedError, match="stride, dilation and groups 1, got .*stride=\\(2, 2\\)"):
            tinyreg.nn.functional.conv2d(x, w, stride=2)
        with pytest.raises(NotImplementedError, match="side by side and fill the image"):
            tinyreg.nn.functional.max_pool2d(x, 2)
