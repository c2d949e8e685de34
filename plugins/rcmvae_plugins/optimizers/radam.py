"""Adam that waits for its variance to be known."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.moment_params import RadamParams


def radam(params: RadamParams, context: Context) -> optax.GradientTransformation:
    """Adam rectified: steps grow as the squared gradient's mean becomes reliable, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020.
    """
    del context
    optimizer = optax.radam(params.learning_rate, params.b1, params.b2, params.eps)
    return clipped(params.clip_norm, optimizer)
