"""Weight averaging: a second copy of the network whose weights are an average over the steps of training.

Forward
    w_t are the weights after step t, t = 0 at the first call of update_parameters, and a_t their average, a_0 = w_0. Equal
    weights (SWA, stochastic weight averaging) and exponentially falling ones (EMA) are the same move by another share:

        a_t = a_(t-1) + share (w_t - a_(t-1)),    share = 1/(t + 1)   SWA,    share = 1 - d   EMA         (1)

    Written out,

        SWA    a_t = 1/(t + 1) sum_{k=0..t} w_k                                                  (2)
        EMA    a_t = (1 - d) sum_{k=0..t-1} d^k w_(t-k)  +  d^t w_0                              (3)

    The weights of (3) sum to 1 at every t: nothing has to be corrected as in Adam, whose averages begin at 0. But w_0 counts
    as if it had stood forever; its share d^t is 0.37 after 1/(1 - d) steps. The mean age of what (3) averages is d/(1 - d)
    steps: d = 0.999 looks back a thousand steps.
    Predictions are those of the network with the weights a_t: one network, unlike an ensemble.

Backward
    Nothing is differentiated, and training is not touched: w_t does not know of a_t.

Why it regularizes
    Near a minimum, on h w^2/2, a step of rate lr along a gradient with noise of variance s^2 is w <- r w - lr s e,
    r = 1 - lr h. The weights never settle; their variance, and the correlation of two of them k steps apart, are

        v = lr s^2 / (h (2 - lr h)),    r^k                                                      (4)

    The average of n of them that have settled has the variance

        v/n [(1 + r)/(1 - r) - 2 r (1 - r^n) / (n (1 - r)^2)]  ->  s^2 / (n h^2)                 (5)

    since v (1 + r)/(1 - r) = s^2/h^2: the rate has dropped out. A large constant rate, which travels fast and jumps far, is as
    good as any after averaging, and s^2/(n h^2) is the least that n noisy gradients allow (Polyak, Juditsky 1992). An EMA
    looks back a fixed time and stops falling at

        v (1 - d)/(1 + d) (1 + r d)/(1 - r d)                                                    (6)

    For a loss L that is convex where the w_k lie, L(average) <= average of L. On a quadratic the difference is half the trace
    of its Hessian times the covariance of the weights: steep directions gain most. SGD with a constant rate walks around the
    rim of a flat region, and its average lies inside; the same sharpness then costs less on other data, whose minimum is a
    little elsewhere (Izmailov et al. 2018).

    Batch norm. Its statistics belong to the weights. Take the first layer's output z = x w, x of mean m and covariance S.
    The mean m w is linear in w, the variance is not:

        average of w_k' S w_k  =  a' S a  +  trace(S Cov(w))                                     (7)

    So the average of the running variances is too large for the averaged weights, and the last network's is that of other
    weights. update_bn measures them anew: all batches alike, with the weights as they now are.

Edge cases
    The first update_parameters copies, whatever is averaged. d=0 keeps the last weights, d=1 the first. SWA never forgets:
    begin it when the loss has stopped falling, with a constant or cyclic rate (SWALR); before, it averages over the way
    instead of around the end. Buffers are copied from the model at each update; use_buffers=True averages them, integers by
    the same formula, cut to integers. update_bn passes over data in training mode, so that dropout is on, as it was when the
    weights were trained; every batch weighs alike, also a small last one; an empty loader is refused.
    With fit, optimizer.register_step_post_hook(lambda *_: average.update_parameters(model)) moves the average, and
    callbacks=[average] puts it into the checkpoint: a resumed training goes on with the same digits of both.
    What is averaged is the parameters. Under weight_norm that is g and v: its weight is not the average (2) of the weights,
    but keeps the average length. Under spectral_norm u and v are buffers, the model's last ones, which find less than the
    average's largest singular value, so that its weight is a little too large: some calls in training mode turn them, as
    those of update_bn do. Averaged with use_buffers=True, u and v become shorter than 1, and the weight larger by that.
    Evaluation: call eval() on the average as on any network. Weight decay and momentum act on w_t alone; early stopping may
    watch either.

Cost
    A copy of the network in memory, and a pass over its weights an update; no draw and no gradient. update_bn: one pass
    forward over the data.

Source
    Polyak, Juditsky 1992, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30(4). Ruppert 1988,
    "Efficient estimations from a slowly convergent Robbins-Monro process". Izmailov, Podoprikhin, Garipov, Vetrov, Wilson 2018,
    "Averaging weights leads to wider optima and better generalization", arXiv 1803.05407.
"""

import copy
import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ..autograd import Tensor, no_grad, stamp
from ..autograd.in_place import newest, written_since
from ..backend import fuse, pieces
from ..modes import kept_modes
from ..module import Module
from ..ops.callables import check_callable
from ..ops.creation import tensor
from ..ops.number import check_number
from ..thread_pool import each
from ..types import Device

Average: TypeAlias = Callable[[Tensor, Tensor, Any], Tensor]  # (average, current, how many were averaged) -> new average
MultiAverage: TypeAlias = Callable[[list[Tensor], list[Tensor], Any], None]  # the same for lists, in place


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The function that moves one average towards one current value, by the share 1 - decay; for avg_fn.

    Args:
        decay: d, in [0, 1]: 0 keeps the last values, 1 the first.

    Returns:
        A function of the average, the current value and a number that it does not look at; it returns a new Tensor.

    Raises:
        ValueError: decay outside [0, 1].

    Example:
        >>> import tinyreg
        >>> get_ema_avg_fn(0.75)(tinyreg.zeros(2), tinyreg.ones(2), 3)
        tensor([0.2500, 0.2500])
    """
    _check_decay("get_ema_avg_fn", decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return ema_param * decay + current_param * (1 - decay)                         # (1)

    return ema_update


def get_swa_avg_fn() -> Average:
    """The function that moves one average towards one current value, so that all values weigh alike; for avg_fn.

    Returns:
        A function of the average, the current value and how many were averaged before; it returns a new Tensor.

    Example:
        >>> import tinyreg
        >>> get_swa_avg_fn()(tinyreg.zeros(2), tinyreg.ones(2), 3)
        tensor([0.2500, 0.2500])
    """

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)  # (1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """The function that moves averages towards current values, in place, by the share 1 - decay; for multi_avg_fn.

    Args:
        decay: d, in [0, 1]: 0 keeps the last values, 1 the first.

    Returns:
        A function of a list of averages, a list of current values, and a number that it does not look at.

    Raises:
        ValueError: decay outside [0, 1].

    Example:
        >>> import tinyreg
        >>> averages = [tinyreg.zeros(2)]
        >>> get_ema_multi_avg_fn(0.75)(averages, [tinyreg.ones(2)], 3)
        >>> averages
        [tensor([0.2500, 0.2500])]
    """
    _check_decay("get_ema_multi_avg_fn", decay)
    single, share = get_ema_avg_fn(decay), 1 - float(decay)

    def ema_update(ema_param_list: list[Tensor], current_param_list: list[Tensor], num_averaged: Any) -> None:
        for averaged, current in zip(ema_param_list, current_param_list, strict=True):
            _move(averaged, current, share, lambda a, c: single(a, c, num_averaged))

    return ema_update


def get_swa_multi_avg_fn() -> MultiAverage:
    """The function that moves averages towards current values, in place, so that all values weigh alike; for multi_avg_fn.

    Returns:
        A function of a list of averages, a list of current values, and how many were averaged before: a number, or a Tensor.

    Example:
        >>> import tinyreg
        >>> averages = [tinyreg.zeros(2)]
        >>> get_swa_multi_avg_fn()(averages, [tinyreg.ones(2)], 3)
        >>> averages
        [tensor([0.2500, 0.2500])]
    """
    single = get_swa_avg_fn()

    def swa_update(averaged_param_list: list[Tensor], current_param_list: list[Tensor], num_averaged: Any) -> None:
        count = num_averaged.array if isinstance(num_averaged, Tensor) else num_averaged
        for averaged, current in zip(averaged_param_list, current_param_list, strict=True):
            _move(averaged, current, 1 / (count + 1), lambda a, c: single(a, c, num_averaged))

    return swa_update


def _check_decay(who, decay):
    check_number(who, decay=decay)
    if not 0 <= decay <= 1:
        raise ValueError(f"{who}: decay must lie in [0, 1], got decay={decay}; 0.999 looks back a thousand steps")


def _move(averaged, current, share, single):
    """averaged += share (current - averaged), in place; integers by `single`, cut to integers."""
    a, c = averaged.array, current.array
    if a.dtype.kind != "f":
        a[...] = single(averaged.detach(), current.detach()).array.astype(a.dtype)
    else:
        on_host = type(share) is float
        share = share if on_host else share.astype(a.dtype)  # on the device it stays there: nobody waits for it
        move, share = (_arrive, 1 - share) if on_host and share > 0.5 else (_approach, share)
        each(lambda part: move(*part, share), pieces(a, c), a.size)
    stamp(averaged)


@fuse
def _approach(a, c, share):
    step = c - a
    step *= share
    a += step                                                                          # (1)


@fuse
def _arrive(a, c, rest):
    step = a - c  # from the nearer end: exact for a share of 1
    step *= rest
    step += c
    a[...] = step                                                                      # (1)


class AveragedModel(Module):
    """A copy of a network that holds the average of its weights over the calls of update_parameters.

    Args:
        model: the Module that is trained; it is copied as it is now.
        device: where the copy lives; None leaves it where the model is.
        avg_fn: new average = avg_fn(average, current, n_averaged), for one parameter; get_ema_avg_fn().
        multi_avg_fn: multi_avg_fn(averages, current, n_averaged), for lists of one dtype, in place;
            get_ema_multi_avg_fn(). Without either, all weights count alike.
        use_buffers: average the buffers, too; False copies them from the model.

    Attributes:
        module: the network with the averaged weights.
        n_averaged: how many times weights were taken in, a buffer.

    The functions are not part of state_dict. Among fit's callbacks it is saved with the rest of a training.

    Raises:
        AssertionError: avg_fn and multi_avg_fn are both given.
        TypeError: model is no Module.

    Example:
        >>> import tinyreg
        >>> model = tinyreg.nn.Linear(1, 1, bias=False)
        >>> average = AveragedModel(model)
        >>> for value in (1.0, 2.0, 6.0):
        ...     _ = model.weight.data.fill_(value)
        ...     average.update_parameters(model)
        >>> average.module.weight.item(), average.n_averaged
        (3.0, tensor(3))
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device: Device = None, avg_fn: Average | None = None, multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if not isinstance(model, Module):
            raise TypeError(f"AveragedModel: model must be a Module, got {type(model).__name__}; pass the network that is trained")
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError(f"AveragedModel: one of avg_fn and multi_avg_fn must be None, got {avg_fn} and {multi_avg_fn}; choose one")
        check_callable("AveragedModel", **{name: f for name, f in (("avg_fn", avg_fn), ("multi_avg_fn", multi_avg_fn)) if f is not None})
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers
        self._counted: tuple[Any, int, int] = (None, 0, 0)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take in the weights of the model, after a step or an epoch; the first call copies them.

        Args:
            model: the Module of which this is an average.

        Raises:
            RuntimeError: parameters or buffers that are not those of the copy.

        Example:
            >>> import tinyreg
            >>> model = tinyreg.nn.Linear(2, 1)
            >>> average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
            >>> average.update_parameters(model)
            >>> average.n_averaged
            tensor(1)
        """
        parameters = _pairs("parameters", self.module.parameters(), model.parameters())
        buffers = _pairs("buffers", self.module.buffers(), model.buffers())
        moved = [*parameters, *buffers] if self.use_buffers else parameters
        count = self._count()
        if count == 0:
            _copy(moved)
        elif self.avg_fn is not None:
            for averaged, current in moved:
                averaged.array[...] = self.avg_fn(averaged.detach(), current, self.n_averaged).array.astype(averaged.array.dtype)
                stamp(averaged)
        else:
            of_dtype: dict[Any, list[Any]] = {}
            for averaged, current in moved:
                of_dtype.setdefault(averaged.array.dtype, []).append((averaged.detach(), current))
            for pairs in of_dtype.values():
                averages, currents = (list(side) for side in zip(*pairs))
                if self.multi_avg_fn is None:
                    get_swa_multi_avg_fn()(averages, currents, count)
                else:
                    self.multi_avg_fn(averages, currents, self.n_averaged)
        if not self.use_buffers:
            _copy(buffers)
        self.n_averaged.array[...] += 1
        stamp(self.n_averaged)
        self._counted = (self.n_averaged.array, newest[0], count + 1)

    def _count(self):
        """n_averaged as a number; the device is read only where somebody else has written it (a state that was loaded)."""
        array, number, count = self._counted
        if array is not self.n_averaged.array or written_since(array, number):
            count = int(self.n_averaged)
        return count


def _pairs(kind, own, given):
    """Each tensor of the copy with that of the model, on the copy's device."""
    own, given = list(own), list(given)
    shapes = [[tuple(x.array.shape) for x in side] for side in (own, given)]
    if shapes[0] != shapes[1]:
        at = next((i for i, pair in enumerate(zip(*shapes)) if pair[0] != pair[1]), min(len(own), len(given)))
        raise RuntimeError(
            f"update_parameters: the {kind} of model must be those of the copy, got {len(given)} for {len(own)}, which differ at position "
            f"{at}: shapes {shapes[1][at : at + 1]} and {shapes[0][at : at + 1]}; give the model that was averaged"
        )
    return [(averaged, current.detach().to(averaged.device)) for averaged, current in zip(own, given)]


def _copy(pairs):
    for averaged, current in pairs:
        averaged.array[...] = current.array
        stamp(averaged)


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Device = None) -> None:
    """Measure the statistics of batch norm anew, with the weights that the model now has: one pass over data.

    All batches weigh alike, whatever the layers' momentum; it, and the mode of every module, are put back afterwards.

    Args:
        loader: batches, each a Tensor, or a list or tuple whose first element is one.
        model: the Module; without batch norm nothing happens, and no batch is asked for.
        device: where batches are moved before they are given to the model; None leaves them.

    Raises:
        TypeError: loader gives no batches, or model is no Module.
        ValueError: loader is empty; nothing has changed then.

    Example:
        >>> import tinyreg
        >>> model = tinyreg.nn.BatchNorm1d(1)
        >>> update_bn([tinyreg.tensor([[1.0], [3.0]]), tinyreg.tensor([[5.0], [7.0]])], model)
        >>> model.running_mean, model.running_var, model.momentum
        (tensor([4.]), tensor([2.]), 0.1)
    """
    if not isinstance(model, Module):
        raise TypeError(f"update_bn: model must be a Module, got {type(model).__name__}; pass the loader first, then the model")
    layers = [module for module in model.modules() if module.uses_batch_statistics and hasattr(module, "reset_running_stats")]
    if not layers:
        return
    if not hasattr(loader, "__iter__") or isinstance(loader, type):
        raise TypeError(f"update_bn: loader must give batches, got {type(loader).__name__}; pass the loader first, then the model")
    batches = iter(loader)
    first = next(batches, None)
    if first is None:
        raise ValueError(
            f"update_bn: loader must give a batch, got none from {type(loader).__name__}; a generator is empty after its first pass"
        )
    momenta = [layer.momentum for layer in layers]
    try:
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None
        with kept_modes(model):
            model.train()
            for batch in itertools.chain((first,), batches):
                input = batch[0] if isinstance(batch, (list, tuple)) else batch
                model(input if device is None else input.to(device))
    finally:
        for layer, momentum in zip(layers, momenta):
            layer.momentum = momentum
