"""Adam in the memory of rows and columns."""

from __future__ import annotations

import optax

from rcmvae_core.protocols import Context
from rcmvae_plugins.optimizers.clipping import clipped
from rcmvae_plugins.optimizers.gradient_params import AdafactorParams


def adafactor(params: AdafactorParams, context: Context) -> optax.GradientTransformation:
    """Divide by a root mean square kept for rows and columns of large arrays, after clipping where asked.

    Args:
        params: the learning rate is a function of the step.
        context: unused.

    Source: N. Shazeer, M. Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018.
    """
    del context
    optimizer = optax.adafactor(
        params.learning_rate,
        min_dim_size_to_factor=params.factor_from,
        decay_rate=params.decay_rate,
        multiply_by_parameter_scale=params.relative,
        clipping_threshold=params.clipping_threshold,
        momentum=params.momentum or None,
    )
    return clipped(params.clip_norm, optimizer)
