"""Gradients over the root of their sum of squares."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.gradient_params import AdagradParams


def adagrad(params: AdagradParams, context: Context) -> optax.GradientTransformation:
    """Divide by the root of the sum of all squared gradients, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
    2011.
    """
    del context
    optimizer = optax.adagrad(params.learning_rate, params.initial, params.eps)
    return clipped(params.clip_norm, optimizer)
