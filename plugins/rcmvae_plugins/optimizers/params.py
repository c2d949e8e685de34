"""Defines the parameters of optimizers."""

from __future__ import annotations

from typing import Any

import attrs

from rcmvae_core.plugin.parameters import ScheduleFn, param, schedule


def _clip_norm() -> Any:
    return param(None, doc="Largest global norm of the gradient; not clipped if absent.", gt=0, le=1e9)


@attrs.frozen
class AdamParams:
    """Parameters of `adam`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay rate per step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay rate per step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()


@attrs.frozen
class AdamWParams:
    """Parameters of `adamw`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay rate per step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay rate per step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()
    weight_decay: float = param(
        1e-4, doc="Fraction of a weight subtracted in each step, times the learning rate.", ge=0, le=10
    )


@attrs.frozen
class NadamParams:
    """Parameters of `nadam`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay rate per step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay rate per step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()


@attrs.frozen
class RadamParams:
    """Parameters of `radam`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay rate per step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay rate per step of the squared gradient's running mean.", ge=0.9, lt=1)
    eps: float = param(1e-8, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()


@attrs.frozen
class AdabeliefParams:
    """Parameters of `adabelief`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    b1: float = param(0.9, doc="Decay rate per step of the gradient's running mean.", gt=0, lt=1)
    b2: float = param(
        0.999, doc="Decay rate per step of the running mean of that mean's squared error.", ge=0, lt=1
    )
    eps: float = param(1e-8, doc="Added to the root of the squared error's mean.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()


@attrs.frozen
class LambParams:
    """Parameters of `lamb`."""

    learning_rate: ScheduleFn = schedule(
        1e-3, doc="Learning rate, by step, relative to the norm of each array.", ge=0, le=10
    )
    b1: float = param(0.9, doc="Decay rate per step of the gradient's running mean.", ge=0, lt=1)
    b2: float = param(0.999, doc="Decay rate per step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-6, doc="Added to the root of the squared gradient's mean.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()
    weight_decay: float = param(
        1e-4, doc="Fraction of a weight added to its update before the update is scaled.", ge=0, le=10
    )


@attrs.frozen
class SgdParams:
    """Parameters of `sgd`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    momentum: float = param(
        0.9, doc="Decay rate per step of the sum of gradients; 0 for no momentum.", ge=0, lt=1
    )
    nesterov: bool = param(default=False, doc="Use Nesterov momentum.")
    clip_norm: float | None = _clip_norm()

    def __attrs_post_init__(self) -> None:
        if self.nesterov and not self.momentum:
            raise ValueError("`nesterov` needs a `momentum` above 0")


@attrs.frozen
class LionParams:
    """Parameters of `lion`."""

    learning_rate: ScheduleFn = schedule(
        1e-4, doc="Learning rate, by step; a third to a tenth of Adam's.", ge=0, le=10
    )
    b1: float = param(0.9, doc="Weight of the running mean in the direction of a step.", ge=0, lt=1)
    b2: float = param(0.99, doc="Decay rate per step of the gradient's running mean.", ge=0, lt=1)
    clip_norm: float | None = _clip_norm()
    weight_decay: float = param(
        1e-3, doc="Fraction of a weight subtracted in each step, times the learning rate.", ge=0, le=10
    )


@attrs.frozen
class RmspropParams:
    """Parameters of `rmsprop`."""

    learning_rate: ScheduleFn = schedule(1e-3, doc="Learning rate, by step.", ge=0, le=10)
    decay: float = param(0.9, doc="Decay rate per step of the squared gradient's running mean.", ge=0, lt=1)
    eps: float = param(1e-8, doc="Added to the squared gradient's mean, under the root.", gt=0, le=1)
    momentum: float = param(
        0.0, doc="Decay rate per step of the sum of updates; 0 for no momentum.", ge=0, lt=1
    )
    clip_norm: float | None = _clip_norm()


@attrs.frozen
class AdagradParams:
    """Parameters of `adagrad`."""

    learning_rate: ScheduleFn = schedule(1e-2, doc="Learning rate, by step.", ge=0, le=10)
    initial: float = param(0.1, doc="Initial value of the sum of squared gradients.", ge=0, le=1e6)
    eps: float = param(1e-7, doc="Added to that sum, under the root.", gt=0, le=1)
    clip_norm: float | None = _clip_norm()


@attrs.frozen
class AdafactorParams:
    """Parameters of `adafactor`."""

    learning_rate: ScheduleFn = schedule(
        1e-2,
        doc="Learning rate, by step; relative to the root mean square of an array if `relative`.",
        ge=0,
        le=10,
    )
    relative: bool = param(default=True, doc="Scale the update of an array by its root mean square.")
    decay_rate: float = param(
        0.8, doc="The squared gradient's mean decays by 1 - t^-decay_rate at step t.", gt=0, le=1
    )
    clipping_threshold: float = param(
        1.0, doc="Largest root mean square of an array's update, in learning rates.", gt=0, le=1e9
    )
    factor_from: int = param(
        128,
        doc="Least size of the two longest axes from which only row and column means are kept.",
        ge=1,
        le=10**6,
    )
    momentum: float = param(
        0.0, doc="Decay rate per step of the running mean of updates; 0 for none.", ge=0, lt=1
    )
    clip_norm: float | None = _clip_norm()
