"""Find flags that contradict each other, so that only the user can decide which one holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rcmvae_core.migrate.legacy.derived import channel_flags, conditioner_flags
from rcmvae_core.migrate.legacy.flag import FlagValues

# Their own translations handle the standard prior.
_HANDLED = {"num_components", "learnable_pi"}


class Contradiction(NamedTuple):
    """Two flags that cannot both hold.

    Args:
        flag: where the error is shown.
        other: the flag that it contradicts.
        message: one line.
        help: what to do, one line each.
    """

    flag: str
    other: str
    message: str
    help: tuple[str, ...]


def find_contradictions(flags: FlagValues) -> Iterator[Contradiction]:
    """Yield every contradiction between the flags of a file."""
    yield from _conditioners(flags)
    yield from _channels_of_standard_prior(flags)
    if flags["use_heteroscedastic_decoder"] and flags["sigma_min"] >= flags["sigma_max"]:
        yield _wrong_order(flags, "sigma_min", "sigma_max", "must be less than")
    low, high = "gumbel_temperature_min", "gumbel_temperature"
    if flags["use_gumbel_softmax"] and flags.is_set(low) and flags[low] > flags[high]:
        yield _wrong_order(flags, low, high, "must be at most")


def _conditioners(flags: FlagValues) -> Iterator[Contradiction]:
    (first, conditioner), *others = list(conditioner_flags(flags).items()) or [("", "")]
    for flag, other in others:
        if other != conditioner:
            message = f"`{flag}` selects the conditioner `{other}`, but `{first}` selects `{conditioner}`"
            yield Contradiction(flag, first, message, ("a decoder has one conditioner: remove one of them",))


def _channels_of_standard_prior(flags: FlagValues) -> Iterator[Contradiction]:
    if not flags.is_set("prior_type") or flags["prior_type"] != "standard":
        return
    for flag in channel_flags(flags):
        if flag not in _HANDLED:
            message = f"`{flag}` needs channels, and `prior_type: standard` has none"
            help_ = ("write `prior_type: mixture`, or remove the flag",)
            yield Contradiction(flag, "prior_type", message, help_)


def _wrong_order(flags: FlagValues, low: str, high: str, relation: str) -> Contradiction:
    """Return the contradiction of two numbers, at the one that the file has.

    Args:
        flags: the flags of the file.
        low: the flag that should be lower.
        high: the flag that should be higher.
        relation: what `low` must be, compared with `high`.
    """
    flag, other = (low, high) if flags.is_set(low) else (high, low)
    message = f"`{low}`, {flags[low]}, {relation} `{high}`, {flags[high]}"
    return Contradiction(flag, other, message, ("change one of them",))
