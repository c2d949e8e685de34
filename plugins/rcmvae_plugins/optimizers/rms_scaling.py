"""Builds optimizers that divide the gradient by its root mean square, from optax, with optional clipping."""

from __future__ import annotations

import optax

from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_plugins.optimizers._transforms import with_clipping
from rcmvae_plugins.optimizers.params import AdafactorParams, AdagradParams, RmspropParams


def rmsprop(params: RmspropParams, context: BuildContext) -> optax.GradientTransformation:
    """Divide gradients by the root of the running mean of their squares, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", 2012.
    """
    del context
    optimizer = optax.rmsprop(
        params.learning_rate, params.decay, params.eps, momentum=params.momentum or None
    )
    return with_clipping(params.clip_norm, optimizer)


def adagrad(params: AdagradParams, context: BuildContext) -> optax.GradientTransformation:
    """Divide gradients by the root of the sum of all their squares, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
    2011.
    """
    del context
    optimizer = optax.adagrad(params.learning_rate, params.initial, params.eps)
    return with_clipping(params.clip_norm, optimizer)


def adafactor(params: AdafactorParams, context: BuildContext) -> optax.GradientTransformation:
    """Divide gradients by a root mean square, of which large arrays store only row and column means, after optional clipping.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: N. Shazeer, M. Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018.
    """
    del context
    optimizer = optax.adafactor(
        params.learning_rate,
        min_dim_size_to_factor=params.factor_from,
        decay_rate=params.decay_rate,
        multiply_by_parameter_scale=params.relative,
        clipping_threshold=params.clipping_threshold,
        momentum=params.momentum or None,
    )
    return with_clipping(params.clip_norm, optimizer)
