"""Gradient clipping, which optimizers of this family share."""

from __future__ import annotations

import optax


def clipped(clip_norm: float | None, optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    """Scale a gradient of global norm above `clip_norm` down to it, then optimise; None clips nothing."""
    if clip_norm is None:
        return optimizer
    return optax.chain(optax.clip_by_global_norm(clip_norm), optimizer)
