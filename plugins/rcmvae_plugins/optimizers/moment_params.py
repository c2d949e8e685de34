"""Parameters of optimizers with running means of the gradient and of its square."""

from __future__ import annotations

import attrs

from rcmvae_core.params import ScheduleFn, param, schedule


@attrs.frozen
class NadamParams:
    """`[train.optimizer.nadam]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay a step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay a step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )


@attrs.frozen
class RadamParams:
    """`[train.optimizer.radam]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay a step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay a step of the squared gradient's running mean.", ge=0.9, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )


@attrs.frozen
class AdabeliefParams:
    """`[train.optimizer.adabelief]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay a step of the gradient's running mean.", gt=0, lt=1)
    b2: float = param(0.999, doc="Decay a step of the running mean of its squared error.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared error's mean.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )


@attrs.frozen
class LionParams:
    """`[train.optimizer.lion]`."""

    learning_rate: ScheduleFn = schedule(
        1e-4, doc="Learning rate, by step; a third to a tenth of Adam's.", ge=0, le=10
    )
    b1: float = param(0.9, doc="Share of the running mean in a step's direction.", ge=0, lt=1)
    b2: float = param(0.99, doc="Decay a step of the gradient's running mean.", ge=0, lt=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )
    weight_decay: float = param(
        1e-3, doc="Share of a weight taken off each step, times the learning rate.", ge=0, le=10
    )


@attrs.frozen
class LambParams:
    """`[train.optimizer.lamb]`."""

    learning_rate: ScheduleFn = schedule(
        1e-3, doc="Learning rate, by step: a share of each array's norm.", ge=0, le=10
    )
    b1: float = param(0.9, doc="Decay a step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay a step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-6, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )
    weight_decay: float = param(
        1e-4, doc="Share of a weight added to its direction before that is scaled.", ge=0, le=10
    )
