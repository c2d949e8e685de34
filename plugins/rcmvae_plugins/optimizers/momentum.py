"""Builds optimizers that step along a running mean of the gradient, from optax, with optional clipping."""

from __future__ import annotations

import optax

from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_plugins.optimizers._transforms import decay_mask, with_clipping
from rcmvae_plugins.optimizers.params import LionParams, SgdParams


def sgd(params: SgdParams, context: BuildContext) -> optax.GradientTransformation:
    """Build stochastic gradient descent with momentum, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: I. Sutskever et al., "On the Importance of Initialization and Momentum in Deep Learning", 2013.
    """
    del context
    optimizer = optax.sgd(params.learning_rate, params.momentum or None, params.nesterov)
    return with_clipping(params.clip_norm, optimizer)


def lion(params: LionParams, context: BuildContext) -> optax.GradientTransformation:
    """Build steps of equal size along the sign of a running mean, with decoupled weight decay, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: X. Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023.
    """
    del context
    optimizer = optax.lion(
        params.learning_rate, params.b1, params.b2, weight_decay=params.weight_decay, mask=decay_mask
    )
    return with_clipping(params.clip_norm, optimizer)
