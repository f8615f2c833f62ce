"""The lobby: every regularizer has a room of its own, a file under the student's word for it.

A room holds the derivation, the forward and the backward written by hand, the functional form and the layer or penalty.
PyTorch's names are doors to it: `tinyreg.nn.Dropout` is `tinyreg.regularization.dropout.Dropout`.

    room                acts on, when                    doors
    ------------------  -------------------------------  ----------------------------------------------------------
    l2                  weights, in the loss             l2_penalty
    l1                  weights, in the loss or a step   l1_penalty, soft_threshold, l1_proximal_
    elastic_net         weights, in the loss or a step   elastic_net_penalty, elastic_net_proximal_
    group_lasso         weights, in the loss or a step   group_lasso_penalty, group_soft_threshold, group_lasso_proximal_
    orthogonality       weights, in the loss             orthogonality_penalty
    weight_decay        weights, in the step             decay_; optim.AdamW
    max_norm            weights, after the step          max_norm_
    weight_clipping     weights, after the step          clip_weights_, random_shrink_
    weight_norm         weights, in forward              weight_norm, remove_weight_norm (nn.utils), weight_of
    spectral_norm       weights, in forward              spectral_norm, remove_spectral_norm (nn.utils), spectrally_normalized
    drop_connect        weights, in training             DropConnect, drop_connect, drop_connect_moments, drop_connect_inference
    dropout             activations, in training         Dropout, dropout
    channel_dropout     activations, in training         Dropout1d, Dropout2d, Dropout3d, dropout1d, dropout2d, dropout3d
    alpha_dropout       activations, in training         AlphaDropout, FeatureAlphaDropout, alpha_dropout, feature_alpha_dropout
    gaussian_dropout    activations, in training         GaussianDropout, gaussian_dropout
    monte_carlo_dropout predictions                      monte_carlo, model_precision, predictive_entropy, mutual_information
    drop_path           residual branches, in training   StochasticDepth, stochastic_depth, stochastic_residual, linear_decay
    noise               inputs, weights or gradients     GaussianNoise, gaussian_noise, weight_noise, add_gradient_noise_, annealed_std
    batch_norm          activations                      BatchNorm1d, BatchNorm2d, BatchNorm3d, batch_norm
    fold_batch_norm     weights, after training          fold_batch_norm, fold_batch_norms; nn.utils.fuse_conv_bn_eval
    layer_norm          activations                      LayerNorm, layer_norm
    rms_norm            activations                      RMSNorm, rms_norm
    group_norm          activations                      GroupNorm, group_norm
    instance_norm       activations                      InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, instance_norm
    sparsity            activations, in the loss         activity_penalty, kl_sparsity
    label_smoothing     targets                          smooth_labels; nn.CrossEntropyLoss(label_smoothing=)
    confidence_penalty  outputs, in the loss             confidence_penalty
    augmentation        data, before the network         Compose, RandomApply, Lambda, ToTensor, Normalize, Resize, Pad, CenterCrop,
                                                         RandomCrop, RandomHorizontalFlip, RandomVerticalFlip, RandomRotation,
                                                         RandomAffine, ColorJitter, Grayscale, transforms.GaussianNoise
    cutout              data, before the network         cutout, Cutout, RandomErasing
    mixup               data and targets, in batches     mixup, mixed_loss, MixedTarget, MixUp
    cutmix              data and targets, in batches     cutmix, CutMix
    adversarial         data, before the network         fgsm, pgd, virtual_adversarial_loss
    gradient_penalty    slopes in the input, in the loss gradient_penalty, jacobian_penalty
    gradient_clipping   gradients, before the step       clip_grad_norm_, clip_grad_value_, get_total_norm
    sharpness_aware     gradients, two for each step     SAM
    early_stopping      training time                    EarlyStopping
    weight_averaging    weights, over time               AveragedModel, update_bn, get_ema_avg_fn, get_ema_multi_avg_fn,
                                                         get_swa_avg_fn, get_swa_multi_avg_fn; optim.swa_utils.SWALR
    ledger              gradients and weights, to read   ledger
    paths               linear models, exactly           ridge, filter_factors, lasso_path, elastic_net_path, lars_path,
                                                         at_strength, at_fraction, enet_path, group_lasso_path,
                                                         sum_strength, mean_strength, with_half, without_half,
                                                         unit_norm_strength, unit_variance_strength, zou_hastie_strengths,
                                                         elastic_net_strength, unit_norm_coef, unit_variance_coef

    >>> import tinyreg
    >>> w = tinyreg.tensor([3.0, -4.0], requires_grad=True)
    >>> tinyreg.regularization.l2_penalty([w], strength=0.1)
    tensor(1.2500, grad_fn=<L2PenaltyBackward0>)
"""

from .adversarial import fgsm, pgd, virtual_adversarial_loss
from .alpha_dropout import AlphaDropout, FeatureAlphaDropout, alpha_dropout, feature_alpha_dropout
from .batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, batch_norm
from .channel_dropout import Dropout1d, Dropout2d, Dropout3d, dropout1d, dropout2d, dropout3d
from .confidence_penalty import confidence_penalty
from .cutmix import CutMix, cutmix
from .cutout import Cutout, RandomErasing, cutout
from .drop_connect import DropConnect, drop_connect, drop_connect_inference, drop_connect_moments
from .drop_path import StochasticDepth, linear_decay, stochastic_depth, stochastic_residual
from .dropout import Dropout, dropout
from .early_stopping import EarlyStopping
from .elastic_net import elastic_net_penalty, elastic_net_proximal_
from .fold_batch_norm import fold_batch_norm, fold_batch_norms
from .gaussian_dropout import GaussianDropout, gaussian_dropout
from .gradient_clipping import clip_grad_norm_, clip_grad_value_, get_total_norm
from .gradient_penalty import gradient_penalty, jacobian_penalty
from .group_lasso import group_lasso_penalty, group_lasso_proximal_, group_soft_threshold
from .group_norm import GroupNorm, group_norm
from .instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, instance_norm
from .l1 import l1_penalty, l1_proximal_, soft_threshold
from .l2 import l2_penalty
from .label_smoothing import smooth_labels
from .layer_norm import LayerNorm, layer_norm
from .ledger import ledger
from .max_norm import max_norm_
from .mixup import MixedTarget, MixUp, mixed_loss, mixup
from .monte_carlo_dropout import model_precision, monte_carlo, mutual_information, predictive_entropy
from .noise import GaussianNoise, add_gradient_noise_, annealed_std, gaussian_noise, weight_noise
from .orthogonality import orthogonality_penalty
from .paths import (
    at_fraction,
    at_strength,
    elastic_net_path,
    elastic_net_strength,
    enet_path,
    filter_factors,
    group_lasso_path,
    lars_path,
    lasso_path,
    mean_strength,
    ridge,
    sum_strength,
    unit_norm_coef,
    unit_norm_strength,
    unit_variance_coef,
    unit_variance_strength,
    with_half,
    without_half,
    zou_hastie_strengths,
)
from .rms_norm import RMSNorm, rms_norm
from .sharpness_aware import SAM
from .sparsity import activity_penalty, kl_sparsity
from .spectral_norm import remove_spectral_norm, spectral_norm, spectrally_normalized
from .weight_averaging import (
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)
from .weight_clipping import clip_weights_, random_shrink_
from .weight_decay import decay_
from .weight_norm import remove_weight_norm, weight_norm, weight_of

__all__ = [
    "SAM",
    "AlphaDropout",
    "AveragedModel",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CutMix",
    "Cutout",
    "DropConnect",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "EarlyStopping",
    "FeatureAlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "MixUp",
    "MixedTarget",
    "RMSNorm",
    "RandomErasing",
    "StochasticDepth",
    "activity_penalty",
    "add_gradient_noise_",
    "alpha_dropout",
    "annealed_std",
    "at_fraction",
    "at_strength",
    "batch_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_weights_",
    "confidence_penalty",
    "cutmix",
    "cutout",
    "decay_",
    "drop_connect",
    "drop_connect_inference",
    "drop_connect_moments",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elastic_net_path",
    "elastic_net_penalty",
    "elastic_net_proximal_",
    "elastic_net_strength",
    "enet_path",
    "feature_alpha_dropout",
    "fgsm",
    "filter_factors",
    "fold_batch_norm",
    "fold_batch_norms",
    "gaussian_dropout",
    "gaussian_noise",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "get_total_norm",
    "gradient_penalty",
    "group_lasso_path",
    "group_lasso_penalty",
    "group_lasso_proximal_",
    "group_norm",
    "group_soft_threshold",
    "instance_norm",
    "jacobian_penalty",
    "kl_sparsity",
    "l1_penalty",
    "l1_proximal_",
    "l2_penalty",
    "lars_path",
    "lasso_path",
    "layer_norm",
    "ledger",
    "linear_decay",
    "max_norm_",
    "mean_strength",
    "mixed_loss",
    "mixup",
    "model_precision",
    "monte_carlo",
    "mutual_information",
    "orthogonality_penalty",
    "pgd",
    "predictive_entropy",
    "random_shrink_",
    "remove_spectral_norm",
    "remove_weight_norm",
    "ridge",
    "rms_norm",
    "smooth_labels",
    "soft_threshold",
    "spectral_norm",
    "spectrally_normalized",
    "stochastic_depth",
    "stochastic_residual",
    "sum_strength",
    "unit_norm_coef",
    "unit_norm_strength",
    "unit_variance_coef",
    "unit_variance_strength",
    "update_bn",
    "virtual_adversarial_loss",
    "weight_noise",
    "weight_norm",
    "weight_of",
    "with_half",
    "without_half",
    "zou_hastie_strengths",
]
