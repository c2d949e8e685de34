"""Says how many channels each seed uses, and what fewer or more would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def channel_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Return sentences for each seed whose channels were counted; empty for a run of an earlier version.

    Args:
        summary: the content of `summary.json`.

    Example:
        >>> entry = {"used": 3, "channels": 4, "dispensable": 0, "removals": [], "splits": []}
        >>> channel_sentences({"seeds": [{"seed": 0, "channels": entry}]})
        ['3 of 4 channels are in use', 'more: no channel holds two groups of inputs']
    """
    seeds = [seed for seed in summary["seeds"] if seed.get("channels")]
    prefixes = [f"seed {seed['seed']}: " if len(summary["seeds"]) > 1 else "" for seed in seeds]
    return [
        f"{prefix}{sentence}"
        for prefix, seed in zip(prefixes, seeds, strict=True)
        for sentence in (in_use(seed["channels"]), *_fewer(seed["channels"]), *_more(seed["channels"]))
    ]


def in_use(entry: Mapping[str, Any]) -> str:
    """Return how many channels are in use.

    Args:
        entry: of a seed, as `ChannelCountSummary` says.
    """
    used, channels = entry["used"], entry["channels"]
    return f"{used} of {channels} channels {'are' if used != 1 else 'is'} in use"


def _fewer(entry: Mapping[str, Any]) -> list[str]:
    """Return what the least used channels are worth; nothing where none could be removed."""
    removals, count = entry["removals"], entry["dispensable"]
    if not removals:
        return []
    last = removals[max(count, 1) - 1]
    names = ", ".join(str(removal["channel"]) for removal in removals[: max(count, 1)])
    many = f"the {count} least used ({names})" if count > 1 else f"the least used ({names})"
    change = (
        f"without {many} the ELBO would change by {last['change']:+.2f} ± {last['error']:.2f} nats per input"
    )
    can = "all are needed" if not count else f"{count} could go"
    return [f"fewer: {can}: {change}"]


def _more(entry: Mapping[str, Any]) -> list[str]:
    """Return which channels hold two groups of inputs."""
    helped: Sequence[Mapping[str, Any]] = [split for split in entry["splits"] if split["helps"]]
    if not helped:
        return ["more: no channel holds two groups of inputs"]
    rows = [f"{split['channel']} (gain {split['gain']:.2f} ± {split['error']:.2f} nats)" for split in helped]
    which = f"channel{'s' if len(rows) > 1 else ''} {', '.join(rows)}"
    return [f"more: would help: {which} {'each hold' if len(rows) > 1 else 'holds'} two groups of inputs"]
