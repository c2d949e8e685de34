"""Defines callbacks, which see every evaluation of a run and may act on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from rcmvae_core.plugin.protocols.nets import NOWHERE


class Evaluated(NamedTuple):
    """An epoch of one seed that has just been trained, and evaluated if `train.evaluate_every` says so.

    Args:
        seed: the seed.
        epoch: its number, from 1.
        step: the number of steps so far.
        metrics: values by name, such as `train/total` and `validation/accuracy`; those of `metrics.jsonl`.
        history: the metrics of all epochs of this seed until now, this one last; also those before a resumed run.
    """

    seed: int
    epoch: int
    step: int
    metrics: Mapping[str, float]
    history: Sequence[Mapping[str, float]]


class Action(NamedTuple):
    """What a callback asks for.

    Args:
        stop: end the training of this seed here; the result is selected as always.
        checkpoint: save the state, whatever `train.checkpoint_every` says.
        reason: a few words for the user, such as `accuracy is 0.97`.
        weight_factors: a factor of at least 0 on the weight of a loss, by its label; it holds until another is given, and
            replaces the one before. The loss must have `changeable = true`.
    """

    stop: bool = False
    checkpoint: bool = False
    reason: str = ""
    weight_factors: Mapping[str, float] = NOWHERE


@runtime_checkable
class Callback(Protocol):
    """Decide after an epoch, on the host, from what is passed alone, so that a resumed run decides the same."""

    def __call__(self, evaluated: Evaluated) -> Action: ...
