"""Signs of a running mean."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.decay import decayed
from rcmvae_plugins.optimizers.moment_params import LionParams


def lion(params: LionParams, context: Context) -> optax.GradientTransformation:
    """Steps of one size along the sign of a running mean, and decoupled weight decay; clipped first where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: X. Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023.
    """
    del context
    optimizer = optax.lion(
        params.learning_rate, params.b1, params.b2, weight_decay=params.weight_decay, mask=decayed
    )
    return clipped(params.clip_norm, optimizer)
