"""Adam with Nesterov's look ahead."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.moment_params import NadamParams


def nadam(params: NadamParams, context: Context) -> optax.GradientTransformation:
    """Adam whose running mean already holds the next step's share of the gradient, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: T. Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
    """
    del context
    optimizer = optax.nadam(params.learning_rate, params.b1, params.b2, params.eps)
    return clipped(params.clip_norm, optimizer)
