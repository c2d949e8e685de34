"""Translate the flags of the curriculum."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.legacy.flag import (
    Flag,
    FlagValues,
    Outcome,
    PartOf,
    SetValue,
    Translate,
    Unused,
    Warn,
    copy_to,
    if_set,
    only_if,
)
from rcmvae_core.migrate.legacy.values import UnlockStep, boolean, integer, number, unlocks

_ASSUMED_EPOCHS = 10


def _enabled(flags: FlagValues) -> bool:
    return bool(flags["curriculum_enabled"])


def _has_schedule(flags: FlagValues) -> bool:
    return _enabled(flags) and flags.is_set("k_active_schedule")


def _has_rate(flags: FlagValues) -> bool:
    return _enabled(flags) and not flags.is_set("k_active_schedule")


def _curriculum(flags: FlagValues) -> Iterator[Outcome]:
    if _has_rate(flags):
        first, every = flags["curriculum_start_k_active"], flags["curriculum_unlock_every_epochs"]
        last = flags["curriculum_max_k_active"] or flags["num_components"]
        active = list(range(first, min(last, first + flags["max_epochs"] // max(every, 1)) + 1))
        yield SetValue("curriculum.channels.active", active, "one more channel at each unlock")
        yield SetValue(
            "curriculum.channels.at_epoch", [every * i for i in range(len(active))], f"every {every} epochs"
        )
    elif _enabled(flags):
        yield PartOf("curriculum.channels.active")
    elif flags.is_set("curriculum_enabled"):
        yield Unused("off")


def _schedule(flags: FlagValues) -> Iterator[Outcome]:
    stages: list[UnlockStep] = flags["k_active_schedule"]
    epochs = [_ASSUMED_EPOCHS * i if stage.epoch is None else stage.epoch for i, stage in enumerate(stages)]
    assumed = any(stage.epoch is None for stage in stages)
    yield SetValue("curriculum.channels.active", [stage.channels for stage in stages])
    why = f"every {_ASSUMED_EPOCHS} epochs, assumed" if assumed else ""
    yield SetValue("curriculum.channels.at_epoch", epochs, why)
    if assumed:
        yield Warn(
            "W503",
            f"`k_active_schedule` has channels without epochs: the spec unlocks every {_ASSUMED_EPOCHS} epochs",
            ("write pairs of epoch and channels, [[0, 1], [10, 2]], or change `at_epoch` in the spec",),
        )


def _for_rate(flag: str, key: str) -> Translate:
    """Return the translation of a flag that determines a key of the curriculum without a schedule."""
    part_of = if_set(flag, lambda _: PartOf(f"curriculum.channels.{key}"))
    return only_if(
        _has_rate, flag, part_of, "only used with curriculum_enabled: true without k_active_schedule"
    )


FLAGS = (
    Flag(
        "curriculum_enabled",
        boolean,
        _curriculum,
        "`[curriculum.channels]`; without `k_active_schedule`, one more channel every "
        "`curriculum_unlock_every_epochs`",
        default=False,
    ),
    Flag(
        "k_active_schedule",
        unlocks,
        only_if(_has_schedule, "k_active_schedule", _schedule, "only used with curriculum_enabled: true"),
        "`curriculum.channels.active` and `at_epoch`",
    ),
    Flag(
        "curriculum_start_k_active",
        integer,
        _for_rate("curriculum_start_k_active", "active"),
        "the first value of `curriculum.channels.active`",
        default=1,
    ),
    Flag(
        "curriculum_unlock_every_epochs",
        integer,
        _for_rate("curriculum_unlock_every_epochs", "at_epoch"),
        "the spacing of `curriculum.channels.at_epoch`",
        default=5,
    ),
    Flag(
        "curriculum_max_k_active",
        integer,
        _for_rate("curriculum_max_k_active", "active"),
        "the last value of `curriculum.channels.active`",
    ),
    Flag(
        "kl_boost_on_unlock",
        number,
        only_if(
            _enabled,
            "kl_boost_on_unlock",
            copy_to("kl_boost_on_unlock", "curriculum.channels.kl_boost"),
            "only used with curriculum_enabled: true",
        ),
        "`curriculum.channels.kl_boost`",
    ),
)
