"""Parameters of optimizers."""

from __future__ import annotations

import attrs

from rcmvae_core.params import ScheduleFn, param, schedule


@attrs.frozen
class AdamParams:
    """`[train.optimizer.adam]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay a step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay a step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )


@attrs.frozen
class AdamWParams:
    """`[train.optimizer.adamw]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay a step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay a step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )
    weight_decay: float = param(
        1e-4, doc="Share of a weight taken off each step, times the learning rate.", ge=0, le=10
    )
