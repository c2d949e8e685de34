"""Adam that trusts gradients as foreseen."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.moment_params import AdabeliefParams


def adabelief(params: AdabeliefParams, context: Context) -> optax.GradientTransformation:
    """Adam that divides by how far gradients are from their running mean, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: J. Zhuang et al., "AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients", 2020.
    """
    del context
    optimizer = optax.adabelief(params.learning_rate, params.b1, params.b2, params.eps)
    return clipped(params.clip_norm, optimizer)
