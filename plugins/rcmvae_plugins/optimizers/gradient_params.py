"""Parameters of optimizers that scale the gradient itself."""

from __future__ import annotations

import attrs

from rcmvae_core.params import ScheduleFn, param, schedule


@attrs.frozen
class SgdParams:
    """`[train.optimizer.sgd]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    momentum: float = param(0.9, doc="Decay a step of the sum of gradients; 0 is plain descent.", ge=0, lt=1)
    nesterov: bool = param(default=False, doc="Look ahead along the momentum.")
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )

    def __attrs_post_init__(self) -> None:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov looks ahead along a momentum, and momentum is 0")


@attrs.frozen
class RmspropParams:
    """`[train.optimizer.rmsprop]`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    decay: float = param(0.9, doc="Decay a step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the squared gradient's mean, under the root.", gt=0, le=1)
    momentum: float = param(0.0, doc="Decay a step of the sum of steps; 0 keeps none.", ge=0, lt=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )


@attrs.frozen
class AdagradParams:
    """`[train.optimizer.adagrad]`."""

    learning_rate: ScheduleFn = schedule(1e-2, doc="Learning rate, by step.", ge=0, le=10)
    initial: float = param(0.1, doc="The sum of squared gradients at first.", ge=0, le=1e6)
    eps: float = param(1e-7, doc="Added to that sum, under the root.", gt=0, le=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )


@attrs.frozen
class AdafactorParams:
    """`[train.optimizer.adafactor]`."""

    learning_rate: ScheduleFn = schedule(
        1e-2, doc="Learning rate, by step; relative to an array's size where `relative`.", ge=0, le=10
    )
    relative: bool = param(default=True, doc="Scale a step by the root mean square of its array.")
    decay_rate: float = param(
        0.8, doc="The squared gradient's mean decays by 1 - t^-decay_rate at step t.", gt=0, le=1
    )
    clipping_threshold: float = param(
        1.0, doc="Largest root mean square of an array's step, in learning rates.", gt=0, le=1e9
    )
    factor_from: int = param(
        128, doc="Keep row and column means only where the two longest axes have this length.", ge=1, le=10**6
    )
    momentum: float = param(0.0, doc="Decay a step of the steps' running mean; 0 keeps none.", ge=0, lt=1)
    clip_norm: float | None = param(
        None, doc="Largest norm of the whole gradient; absent, it is not clipped.", gt=0, le=1e9
    )
