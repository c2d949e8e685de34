"""Gradient descent."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.gradient_params import SgdParams


def sgd(params: SgdParams, context: Context) -> optax.GradientTransformation:
    """Gradient descent with momentum, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: I. Sutskever et al., "On the Importance of Initialization and Momentum in Deep Learning", 2013.
    """
    del context
    optimizer = optax.sgd(params.learning_rate, params.momentum or None, params.nesterov)
    return clipped(params.clip_norm, optimizer)
