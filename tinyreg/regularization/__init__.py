"""The lobby: every regularizer has a room of its own, a file under the student's word for it.

A room holds the derivation, the forward and the backward written by hand, the functional form and the layer or penalty.
PyTorch's names are doors to it: `tinyreg.nn.Dropout` is `tinyreg.regularization.dropout.Dropout`.

    room                acts on, when                    doors
    ------------------  -------------------------------  ----------------------------------------------------------
    l2                  weights, in the loss             l2_penalty
    l1                  weights, in the loss or a step   l1_penalty, soft_threshold, l1_proximal_
    elastic_net         weights, in the loss or a step   elastic_net_penalty, elastic_net_proximal_
    weight_decay        weights, in the step             decay_; optim.AdamW
    dropout             activations, in training         Dropout, dropout
    batch_norm          activations                      BatchNorm1d, BatchNorm2d, BatchNorm3d, batch_norm
    layer_norm          activations                      LayerNorm, layer_norm
    rms_norm            activations                      RMSNorm, rms_norm
    group_norm          activations                      GroupNorm, group_norm
    instance_norm       activations                      InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, instance_norm
    label_smoothing     targets                          smooth_labels; CrossEntropyLoss(label_smoothing=)
    gradient_clipping   gradients, before the step       clip_grad_norm_, clip_grad_value_, get_total_norm
    early_stopping      training time                    EarlyStopping

    >>> import tinyreg
    >>> w = tinyreg.tensor([3.0, -4.0], requires_grad=True)
    >>> tinyreg.regularization.l2_penalty([w], strength=0.1)
    tensor(1.2500, grad_fn=<L2PenaltyBackward0>)
"""

from .batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, batch_norm
from .dropout import Dropout, dropout
from .early_stopping import EarlyStopping
from .elastic_net import elastic_net_penalty, elastic_net_proximal_
from .gradient_clipping import clip_grad_norm_, clip_grad_value_, get_total_norm
from .group_norm import GroupNorm, group_norm
from .instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, instance_norm
from .l1 import l1_penalty, l1_proximal_, soft_threshold
from .l2 import l2_penalty
from .label_smoothing import smooth_labels
from .layer_norm import LayerNorm, layer_norm
from .rms_norm import RMSNorm, rms_norm
from .weight_decay import decay_

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Dropout",
    "EarlyStopping",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "RMSNorm",
    "batch_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "decay_",
    "dropout",
    "elastic_net_penalty",
    "elastic_net_proximal_",
    "get_total_norm",
    "group_norm",
    "instance_norm",
    "l1_penalty",
    "l1_proximal_",
    "l2_penalty",
    "layer_norm",
    "rms_norm",
    "smooth_labels",
    "soft_threshold",
]
