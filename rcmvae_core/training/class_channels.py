"""Gives classes channels of their own: those that are new, and those that share one when others are unlocked."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.training.compiled import Programs, labelled_responsibilities
from rcmvae_core.training.monitor import DEAD_USAGE
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState


class Claim(NamedTuple):
    """A channel that a new class claims.

    Args:
        channel: its number.
        copy_of: the channel whose copy it became; None if it is as it was.
    """

    channel: int
    copy_of: int | None

    def __str__(self) -> str:
        return str(self.channel) if self.copy_of is None else f"{self.channel}, now a copy of {self.copy_of}"


def claim_unlocked(prepared: Prepared, programs: Programs, state: TrainState) -> TrainState:
    """Let classes that share a channel claim some of those that were unlocked.

    When the classifier was built, locked channels could not be claimed: the classes shared the few others. An unlocked
    channel that no class claims has the same τ for every class, so that labels give no reason to select it.

    Args:
        prepared: the labels.
        programs: the compiled functions.
        state: at an unlock.

    Returns:
        The state with another classifier; unchanged without labels, and if every class has a channel of its own.
    """
    if not len(prepared.split.labelled):
        return state
    responsibilities, labels = labelled_responsibilities(prepared, programs, state)
    sharing = classes_that_share(np.asarray(responsibilities), labels, prepared.context.classes)
    if not sharing.any():
        return state
    return state._replace(carry=programs.rebuild_classifier(state.carry, responsibilities, labels, sharing))


def add_classes(
    prepared: Prepared, programs: Programs, state: TrainState, new: Bool[np.ndarray, " Y"]
) -> tuple[TrainState, dict[int, list[Claim]]]:
    """Rebuild the classifier of a trained model from the current labels, and let new classes claim channels.

    A trained encoder is certain of the channel of the inputs of a new class: that of a class which resembles it. An
    unused channel that the new class claims would get no gradient, as q(c|x) is about 0 there. So it becomes a copy of
    the channel with most of the labelled inputs of the class, which divides these between the two; labels then tell
    them apart.

    Args:
        prepared: the labels.
        programs: the compiled functions.
        state: of the trained model.
        new: classes that had no label before.

    Returns:
        The state, and the channels of each new class; none where no channel was free.
    """
    if not len(prepared.split.labelled):
        return state, {int(number): [] for number in np.flatnonzero(new)}
    responsibilities, labels = labelled_responsibilities(prepared, programs, state)
    state = state._replace(carry=programs.rebuild_classifier(state.carry, responsibilities, labels, new))
    channels = own_channels(np.asarray(prepared.model.tau(state.carry)))
    claims = {int(number): channels.get(int(number), []) for number in np.flatnonzero(new)}
    source, usage = np.arange(prepared.context.channels, dtype=np.int32), np.asarray(state.carry.usage)
    for number, claimed in claims.items():
        if idle := [channel for channel in claimed if usage[channel] < DEAD_USAGE]:
            source[idle] = np.asarray(responsibilities)[labels == number].sum(axis=0).argmax()
    if (source != np.arange(len(source))).any():
        state = programs.copy_channels(state, source)
        # A channel and its copies divide its usage.
        shared = state.carry.usage[source] / jnp.bincount(source, length=len(source))[source]
        state = state._replace(carry=state.carry._replace(usage=shared))
    return state, {
        number: [Claim(c, None if source[c] == c else int(source[c])) for c in claimed]
        for number, claimed in claims.items()
    }


def own_channels(tau: Float[np.ndarray, "K Y"]) -> dict[int, list[int]]:
    """Return the channels of each class that has any: those whose τ is above one half.

    Example:
        >>> own_channels(np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]))
        {0: [0], 1: [2]}
    """
    channels: dict[int, list[int]] = {}
    for channel, row in enumerate(tau):
        if row.size and row.max() > 0.5:  # noqa: PLR2004 - more than all other classes together
            channels.setdefault(int(row.argmax()), []).append(channel)
    return channels


def classes_that_share(
    responsibilities: Float[np.ndarray, "L K"], labels: Int[np.ndarray, " L"], classes: int
) -> Bool[np.ndarray, " Y"]:
    """Return which classes have no channel of their own.

    The channel of a class is the one with the largest soft count S[c, y] = Σ_l q(c|x_l) [y_l = y]. Of the classes with
    the same channel, that with the largest count there owns it, and the others share it.

    Args:
        responsibilities: q(c|x) of the labelled inputs.
        labels: their classes; -1 is none.
        classes: the number of classes.

    Returns:
        Which of the classes share a channel; never a class without labels.

    Example:
        >>> r = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])
        >>> classes_that_share(r, np.array([0, 1, 2]), 4).tolist()
        [False, True, False, False]
    """
    one_hot = (labels[:, None] == np.arange(classes)).astype(np.float64)
    counts = responsibilities.T @ one_hot
    main = counts.argmax(axis=0)
    largest = counts.max(axis=0, initial=0.0)
    sharing = np.zeros(classes, bool)
    for channel in np.unique(main[largest > 0]):
        group = np.flatnonzero((main == channel) & (largest > 0))
        sharing[group] = group != group[largest[group].argmax()]
    return sharing
