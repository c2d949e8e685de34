"""Flags of the curriculum."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Into, Outcome, Put, Say, Write, given, put, when
from rcmvae_core.migrate.values import Unlock, boolean, integer, number, unlocks

_BETWEEN_UNLOCKS = 10


def _enabled(flags: Flags) -> bool:
    return bool(flags["curriculum_enabled"])


def _by_schedule(flags: Flags) -> bool:
    return _enabled(flags) and flags.gives("k_active_schedule")


def _by_rate(flags: Flags) -> bool:
    return _enabled(flags) and not flags.gives("k_active_schedule")


def _curriculum(flags: Flags) -> Iterator[Outcome]:
    if _by_rate(flags):
        first, every = flags["curriculum_start_k_active"], flags["curriculum_unlock_every_epochs"]
        last = flags["curriculum_max_k_active"] or flags["num_components"]
        active = list(range(first, min(last, first + flags["max_epochs"] // max(every, 1)) + 1))
        yield Put("curriculum.channels.active", active, "a channel more at each unlock")
        yield Put(
            "curriculum.channels.at_epoch", [every * i for i in range(len(active))], f"every {every} epochs"
        )
    elif _enabled(flags):
        yield Into("curriculum.channels.active")
    elif flags.gives("curriculum_enabled"):
        yield Idle("not asked for")


def _schedule(flags: Flags) -> Iterator[Outcome]:
    stages: list[Unlock] = flags["k_active_schedule"]
    epochs = [_BETWEEN_UNLOCKS * i if stage.epoch is None else stage.epoch for i, stage in enumerate(stages)]
    assumed = any(stage.epoch is None for stage in stages)
    yield Put("curriculum.channels.active", [stage.channels for stage in stages])
    why = f"every {_BETWEEN_UNLOCKS} epochs, as no flag says when" if assumed else ""
    yield Put("curriculum.channels.at_epoch", epochs, why)
    if assumed:
        yield Say(
            "W503",
            f"`k_active_schedule` says how many channels, not when: the spec unlocks every {_BETWEEN_UNLOCKS} epochs",
            ("write [[0, 1], [10, 2]], an epoch and its channels, or change at_epoch in the spec",),
        )


def _for_rate(flag: str, key: str) -> Write:
    """A flag that `curriculum_enabled` reads."""
    into = given(flag, lambda _: Into(f"curriculum.channels.{key}"))
    return when(_by_rate, flag, into, "it is for curriculum_enabled: true without k_active_schedule")


FLAGS = (
    Flag(
        "curriculum_enabled",
        boolean,
        _curriculum,
        "`[curriculum.channels]`; without `k_active_schedule` a channel "
        "more every `curriculum_unlock_every_epochs`",
        default=False,
    ),
    Flag(
        "k_active_schedule",
        unlocks,
        when(_by_schedule, "k_active_schedule", _schedule, "it is for curriculum_enabled: true"),
        "`curriculum.channels.active` and `at_epoch`",
    ),
    Flag(
        "curriculum_start_k_active",
        integer,
        _for_rate("curriculum_start_k_active", "active"),
        "where `active` begins",
        default=1,
    ),
    Flag(
        "curriculum_unlock_every_epochs",
        integer,
        _for_rate("curriculum_unlock_every_epochs", "at_epoch"),
        "the steps of `at_epoch`",
        default=5,
    ),
    Flag(
        "curriculum_max_k_active",
        integer,
        _for_rate("curriculum_max_k_active", "active"),
        "where `active` ends",
    ),
    Flag(
        "kl_boost_on_unlock",
        number,
        when(
            _enabled,
            "kl_boost_on_unlock",
            put("kl_boost_on_unlock", "curriculum.channels.kl_boost"),
            "it is for curriculum_enabled: true",
        ),
        "`curriculum.channels.kl_boost`",
    ),
)
