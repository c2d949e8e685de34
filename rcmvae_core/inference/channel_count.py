"""Says how many channels a trained model uses, and what fewer or more of them would change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from rcmvae_core.inference.channel_splits import ChannelSplit, channel_splits
from rcmvae_core.training.evaluation import EvalOutputs

USED = 1e-3
"""Mean q(c|x) from which a channel is in use."""
TOLERANCE = 0.5
"""Nats per input that a channel's removal may cost, for the channel to be dispensable."""
MAX_INPUTS = 1024
"""Inputs for which the ELBO without channels is computed, at most."""
MAX_REMOVED = 20
"""Channels that are removed, at most."""


class Removal(NamedTuple):
    """The effect of removing one more channel, the least used of those that remain.

    Args:
        channel: that is removed.
        step: the change of the ELBO by this channel, in nats per input.
        change: the change by this and all channels that were removed before.
        error: the standard error of `change`.
    """

    channel: int
    step: float
    change: float
    error: float


def count_channels(
    evaluate: Callable[[Bool[np.ndarray, " K"]], EvalOutputs],
    active: Bool[np.ndarray, " K"],
    placed: EvalOutputs,
    *,
    source: str,
) -> dict[str, Any]:
    """Compute what a run says of the number of its channels.

    Nothing is trained again: without a channel its inputs go to the others as the encoder says, and π is renormalised. A
    model that is trained with fewer channels can do better.

    Args:
        evaluate: computes the statistics of the same inputs with only these channels.
        active: the channels that are unlocked.
        placed: the statistics of training inputs, whose latents are compared within each channel.
        source: where the inputs of `evaluate` are from, `validation` or `training`.

    Returns:
        An entry of the summary of a seed, as `ChannelCountSummary` says.
    """
    whole = evaluate(active)
    used = active & (_usage(whole) >= USED)
    removals = list(remove_channels(evaluate, used))
    splits = channel_splits(np.asarray(placed.latents), np.asarray(placed.responsibilities), used)
    return {
        "used": int(used.sum()),
        "channels": len(active),
        "inputs": len(whole.responsibilities),
        "source": source,
        "tolerance": TOLERANCE,
        "dispensable": sum(removal.step >= -TOLERANCE for removal in removals),
        "removals": [removal._asdict() for removal in removals],
        "splits": [_plain(split) for split in splits],
    }


def remove_channels(
    evaluate: Callable[[Bool[np.ndarray, " K"]], EvalOutputs], used: Bool[np.ndarray, " K"]
) -> Iterator[Removal]:
    """Remove the least used channel again and again, until that costs more than `TOLERANCE`.

    Args:
        evaluate: as of `count_channels`.
        used: the channels to begin with; the last one is never removed.

    Yields:
        The effect of each removal; of the last one, that it costs more, unless a limit was reached.
    """
    remaining, outputs = used.copy(), evaluate(used)
    first = previous = _elbo(outputs)
    for _ in range(min(MAX_REMOVED, int(used.sum()) - 1)):
        channel = int(np.argmin(np.where(remaining, _usage(outputs), np.inf)))
        remaining = remaining & (np.arange(len(used)) != channel)
        outputs = evaluate(remaining)
        elbo = _elbo(outputs)
        change, step = elbo - first, float(np.mean(elbo - previous))
        error = float(np.std(change, ddof=1) / math.sqrt(len(change))) if len(change) > 1 else math.nan
        yield Removal(channel, step, float(np.mean(change)), error)
        # Written so that a NaN ends it too.
        if not step >= -TOLERANCE:
            return
        previous = elbo


def _usage(outputs: EvalOutputs) -> Float[np.ndarray, " K"]:
    return np.asarray(outputs.responsibilities, np.float64).mean(axis=0)


def _elbo(outputs: EvalOutputs) -> Float[np.ndarray, " N"]:
    terms = (outputs.negative_log_likelihood, outputs.kl_latent, outputs.kl_channel)
    return -np.stack([np.asarray(term, np.float64) for term in terms]).sum(axis=0)


def _plain(split: ChannelSplit) -> dict[str, Any]:
    return split._asdict() | {"helps": split.helps}
