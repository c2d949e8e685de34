"""Adam."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.params import AdamParams


def adam(params: AdamParams, context: Context) -> optax.GradientTransformation:
    """Adam, after clipping by the global norm where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    del context
    return clipped(params.clip_norm, optax.adam(params.learning_rate, params.b1, params.b2, params.eps))
