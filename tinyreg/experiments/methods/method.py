"""A method as data: what it changes, and among which strengths it is chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from ... import nn, optim


def nothing(*arguments, **strength):
    """What a method does where its row says nothing.

    Example:
        >>> nothing(1, p=0.5)
    """


@dataclass(frozen=True)
class Method:
    """One row of the comparison. Whatever a row leaves out stays as in "none".

    `shape` is the shape of one example at that place: (units,) in a dense layer, (channels, height, width) in a conv
    layer. `strength` is one of the row's candidates, as keyword arguments.

    Attributes:
        name: as the command line writes it.
        title: as the figures write it.
        change: what differs from training without a regularizer, in a sentence.
        candidates: the strengths to choose from.
        sweep: the strengths of --grid, along which its curve of validation errors is drawn: one of them varies, the
            candidates (of a method with one strength) are among them.
        larger_is_stronger: whether a larger strength regularizes more; False for a radius, a limit, a patience.
        room: the room of the catalogue that it shows; None takes its name.
        by_default: whether a comparison that names no methods has it; `--methods all` has every row.
        models: the networks on which it does something.

        first(shape): a module in front of the network.
        layer(layer): what a hidden linear or conv layer becomes, once its weights were initialised.
        norm(shape): a module between a hidden layer and its activation.
        activation(): the activation.
        nonlinearity: whose gain the initial weights have, as nn.init.calculate_gain names it.
        noise(shape): a module behind a hidden activation.
        blocks: how many residual blocks stand before the last layer.
        drop(i, blocks): a module at the end of the branch of block i = 1, ..., blocks.
        penalty(model, output, x, y): a term of the loss of a training batch.
        smoothing(): the label smoothing of the cross-entropy.
        batch([x, y]): what a training batch becomes; the maker batch(**strength) returns that function.
        optimizer(params, lr): the optimizer; lr is the rate of plain SGD that suits the network.
        clip_norm(): the largest norm of the gradient.
        before_step(model, step): done to the gradients before each step, step = 0, 1, ...
        after_step(model, lr): done to the weights after each step.
        averaged(model): an AveragedModel, which is fed after each step and measured in the model's place.
        predict(model, x): the outputs from which accuracies are measured.
        stopping(): an EarlyStopping.
    """

    name: str
    title: str
    change: str
    candidates: tuple[dict[str, Any], ...] = ({},)
    sweep: tuple[dict[str, Any], ...] = ()
    larger_is_stronger: bool = True
    room: str | None = None
    by_default: bool = False
    models: tuple[str, ...] = ("mlp", "lenet")
    first: Callable[..., Any] = nothing
    layer: Callable[..., Any] = lambda layer, **strength: layer
    norm: Callable[..., Any] = nothing
    activation: Callable[..., Any] = lambda **strength: nn.ReLU()
    nonlinearity: str = "relu"
    noise: Callable[..., Any] = nothing
    blocks: int = 0
    drop: Callable[..., Any] = nothing
    penalty: Callable[..., Any] | None = None
    smoothing: Callable[..., Any] = lambda **strength: 0.0
    batch: Callable[..., Any] = nothing
    optimizer: Callable[..., Any] = lambda params, lr, **strength: optim.SGD(params, lr=lr)
    clip_norm: Callable[..., Any] = nothing
    before_step: Callable[..., Any] | None = None
    after_step: Callable[..., Any] | None = None
    averaged: Callable[..., Any] = nothing
    predict: Callable[..., Any] = lambda model, x, **strength: model(x)
    stopping: Callable[..., Any] = nothing


def grid(**values):
    """Every combination of the values, as keyword arguments.

    Example:
        >>> grid(p=[0.2, 0.5], strength=[1])
        ({'p': 0.2, 'strength': 1}, {'p': 0.5, 'strength': 1})
    """
    return tuple(dict(zip(values, combination)) for combination in product(*values.values()))
