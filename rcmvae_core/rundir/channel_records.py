"""Defines the record of how many channels a seed uses, part of `summary.json`."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.runtime.records import Count, Number

_NONE = Count(0)
_ZERO = Number(0.0)


@attrs.frozen
class RemovalSummary:
    """The effect of removing one more channel, the least used of those that remain.

    Args:
        channel: that is removed.
        step: the change of the ELBO by this channel, in nats per input; NaN if it cannot be computed, as of the others.
        change: the change by this and all channels that were removed before.
        error: the standard error of `change`.
    """

    channel: Count
    step: float
    change: float
    error: float


@attrs.frozen
class SplitSummary:
    """What two Gaussians instead of one make of the latents of a channel.

    Args:
        channel: the channel.
        inputs: training inputs of the channel that were used.
        gain: by which the log density of a held-out latent is higher, in nats.
        error: the standard error of `gain`.
        separated: the share of latents that belong to one of the two with at least 90 %.
        part: the weight of the smaller one.
        helps: whether the channel holds two groups of inputs.
    """

    channel: Count
    inputs: Count
    gain: float
    error: float
    separated: float
    part: float
    helps: bool


@attrs.frozen
class ChannelCountSummary:
    """How many channels a seed uses, and what fewer or more would change.

    Args:
        used: channels in use, with a mean responsibility of at least 0.001.
        channels: K.
        inputs: for which the ELBO without channels was computed.
        source: where these are from.
        tolerance: nats per input that the removal of a channel may cost, for the channel to be dispensable.
        dispensable: channels in use that could go, one after another.
        removals: their removals, and that of the first one that costs more.
        splits: of the channels in use that have enough inputs.
    """

    used: Count = _NONE
    channels: Count = _NONE
    inputs: Count = _NONE
    source: Literal["", "validation", "training"] = ""
    tolerance: Number = _ZERO
    dispensable: Count = _NONE
    removals: tuple[RemovalSummary, ...] = ()
    splits: tuple[SplitSummary, ...] = ()
