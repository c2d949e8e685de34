"""Adam with decoupled weight decay."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.decay import decayed
from rcmvae_plugins.optimizers.params import AdamWParams


def adamw(params: AdamWParams, context: Context) -> optax.GradientTransformation:
    """Adam whose weights also shrink by learning rate · weight decay a step, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.
    """
    del context
    optimizer = optax.adamw(
        params.learning_rate, params.b1, params.b2, params.eps, weight_decay=params.weight_decay, mask=decayed
    )
    return clipped(params.clip_norm, optimizer)
