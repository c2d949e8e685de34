"""Adam for large batches."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.decay import decayed
from rcmvae_plugins.optimizers.moment_params import LambParams


def lamb(params: LambParams, context: Context) -> optax.GradientTransformation:
    """Adam whose step is a share of each array's norm, with weight decay, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: Y. You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", 2020.
    """
    del context
    optimizer = optax.lamb(
        params.learning_rate, params.b1, params.b2, params.eps, weight_decay=params.weight_decay, mask=decayed
    )
    return clipped(params.clip_norm, optimizer)
