"""Flags that contradict each other: what was asked for cannot be known, so a person must say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rcmvae_core.migrate.flag import Flags
from rcmvae_core.migrate.meaning import asked_conditioners, asks_for_channels

_HARMLESS = {
    "num_components",
    "learnable_pi",
}  # under the standard prior each says for itself what becomes of it


class Contradiction(NamedTuple):
    """Two flags that cannot both hold; the fault is shown at the first."""

    at: str
    other: str
    message: str
    help: tuple[str, ...]


def contradictions(flags: Flags) -> Iterator[Contradiction]:
    """All of them."""
    yield from _conditioners(flags)
    yield from _standard(flags)
    if flags["use_heteroscedastic_decoder"] and flags["sigma_min"] >= flags["sigma_max"]:
        yield from _order(flags, "sigma_min", "sigma_max", "must be less than")
    low, high = "gumbel_temperature_min", "gumbel_temperature"
    if flags["use_gumbel_softmax"] and flags.gives(low) and flags[low] > flags[high]:
        yield from _order(flags, low, high, "must be at most")


def _conditioners(flags: Flags) -> Iterator[Contradiction]:
    (first, conditioner), *others = list(asked_conditioners(flags).items()) or [("", "")]
    for flag, other in others:
        if other != conditioner:
            message = f"`{flag}` asks for the conditioner `{other}`, and `{first}` for `{conditioner}`"
            yield Contradiction(
                flag, first, message, ("a decoder has one conditioner: keep the flag that holds",)
            )


def _standard(flags: Flags) -> Iterator[Contradiction]:
    if not flags.gives("prior_type") or flags["prior_type"] != "standard":
        return
    for flag in asks_for_channels(flags):
        if flag not in _HARMLESS:
            message = f"`{flag}` needs channels, and `prior_type: standard` has none"
            help_ = ("write `prior_type: mixture`, or remove the flag",)
            yield Contradiction(flag, "prior_type", message, help_)


def _order(flags: Flags, low: str, high: str, words: str) -> Iterator[Contradiction]:
    at = low if flags.gives(low) else high
    message = f"`{low}`, {flags[low]}, {words} `{high}`, {flags[high]}"
    yield Contradiction(at, high if at == low else low, message, ("change one of them",))
