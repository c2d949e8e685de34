"""Builds Adam and its variants from optax, with optional clipping by the gradient's global norm."""

from __future__ import annotations

import optax

from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_plugins.optimizers._transforms import decay_mask, with_clipping
from rcmvae_plugins.optimizers.params import (
    AdabeliefParams,
    AdamParams,
    AdamWParams,
    LambParams,
    NadamParams,
    RadamParams,
)


def adam(params: AdamParams, context: BuildContext) -> optax.GradientTransformation:
    """Build Adam, after optional clipping by the global norm.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    del context
    return with_clipping(params.clip_norm, optax.adam(params.learning_rate, params.b1, params.b2, params.eps))


def adamw(params: AdamWParams, context: BuildContext) -> optax.GradientTransformation:
    """Build Adam that also shrinks matrices by learning rate · weight decay per step, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.
    """
    del context
    optimizer = optax.adamw(
        params.learning_rate,
        params.b1,
        params.b2,
        params.eps,
        weight_decay=params.weight_decay,
        mask=decay_mask,
    )
    return with_clipping(params.clip_norm, optimizer)


def nadam(params: NadamParams, context: BuildContext) -> optax.GradientTransformation:
    """Build Adam with Nesterov momentum, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: T. Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
    """
    del context
    optimizer = optax.nadam(params.learning_rate, params.b1, params.b2, params.eps)
    return with_clipping(params.clip_norm, optimizer)


def radam(params: RadamParams, context: BuildContext) -> optax.GradientTransformation:
    """Build rectified Adam: steps grow as the squared gradient's mean becomes reliable, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020.
    """
    del context
    optimizer = optax.radam(params.learning_rate, params.b1, params.b2, params.eps)
    return with_clipping(params.clip_norm, optimizer)


def adabelief(params: AdabeliefParams, context: BuildContext) -> optax.GradientTransformation:
    """Build Adam that divides by the deviation of gradients from their running mean, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: J. Zhuang et al., "AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients", 2020.
    """
    del context
    optimizer = optax.adabelief(params.learning_rate, params.b1, params.b2, params.eps)
    return with_clipping(params.clip_norm, optimizer)


def lamb(params: LambParams, context: BuildContext) -> optax.GradientTransformation:
    """Build Adam with weight decay whose steps are relative to the norm of each array, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: Y. You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", 2020.
    """
    del context
    optimizer = optax.lamb(
        params.learning_rate,
        params.b1,
        params.b2,
        params.eps,
        weight_decay=params.weight_decay,
        mask=decay_mask,
    )
    return with_clipping(params.clip_norm, optimizer)
