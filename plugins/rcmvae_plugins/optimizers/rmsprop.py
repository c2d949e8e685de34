"""Gradients over their root mean square."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.gradient_params import RmspropParams


def rmsprop(params: RmspropParams, context: Context) -> optax.GradientTransformation:
    """Divide by the root of the squared gradient's running mean, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", 2012.
    """
    del context
    optimizer = optax.rmsprop(
        params.learning_rate, params.decay, params.eps, momentum=params.momentum or None
    )
    return clipped(params.clip_norm, optimizer)
