"""Translate the flags of the routing."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.legacy.derived import linear_schedule, routing
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
    only_if,
)
from rcmvae_core.migrate.legacy.values import boolean, integer, number


def _gumbel(flags: FlagValues) -> Iterator[Outcome]:
    why = "" if flags.is_set("use_gumbel_softmax") else "the old default"
    yield SetValue(f"routing.{routing(flags)}", why=why)
    if flags["use_gumbel_softmax"] and flags["latent_layout"] == "shared":
        yield Warn(
            "W501",
            "the old system silently ignored `use_gumbel_softmax` without `latent_layout: decentralized`; the spec has "
            "`[routing.gumbel]`",
            ("for the old behaviour write `use_gumbel_softmax: false`",),
        )


def _temperature(flags: FlagValues) -> Iterator[Outcome]:
    start, end = flags["gumbel_temperature"], flags["gumbel_temperature_min"]
    epochs = flags["gumbel_temperature_anneal_epochs"]
    why = "" if flags.is_set("gumbel_temperature") else "the old default"
    yield SetValue(
        "routing.gumbel.temperature", linear_schedule(start, end, epochs) if epochs > 0 else start, why
    )


def _floor(flags: FlagValues) -> Iterator[Outcome]:
    if flags.is_set("gumbel_temperature_min"):
        yield SetValue("routing.gumbel.floor", flags["gumbel_temperature_min"])
    else:
        lowest = min(flags["gumbel_temperature_min"], flags["gumbel_temperature"])
        yield SetValue("routing.gumbel.floor", lowest, "the smaller of the old default and the temperature")


def _anneal(flags: FlagValues) -> Iterator[Outcome]:
    if flags["gumbel_temperature_anneal_epochs"] <= 0 and flags.is_set("gumbel_temperature_anneal_epochs"):
        yield Unused("0 epochs: the temperature is constant")
    elif flags.is_set("gumbel_temperature_anneal_epochs"):
        yield PartOf("routing.gumbel.temperature")


def _for_gumbel(flag: str, write: Translate) -> Translate:
    return only_if(
        lambda flags: routing(flags) == "gumbel", flag, write, "only used with use_gumbel_softmax: true"
    )


def _top_m(flags: FlagValues) -> Iterator[Outcome]:
    if flags["top_m_gating"] == 0:
        yield Unused("0: every channel is decoded")
    elif flags.is_set("top_m_gating"):
        yield SetValue(f"routing.{routing(flags)}.top_m", flags["top_m_gating"])


def _soft_embedding(flags: FlagValues) -> Iterator[Outcome]:
    epochs = flags["soft_embedding_warmup_epochs"]
    if epochs == 0:
        yield Unused("0 epochs: no warm-up")
    elif epochs is not None:
        yield SetValue(f"routing.{routing(flags)}.soft_embedding", f"{epochs} epochs")


FLAGS = (
    Flag(
        "use_gumbel_softmax",
        boolean,
        _gumbel,
        "`[routing.gumbel]`; if false, `[routing.soft]`",
        default=False,
        table="routing",
    ),
    Flag(
        "gumbel_temperature",
        number,
        _for_gumbel("gumbel_temperature", _temperature),
        "`routing.gumbel.temperature`",
        default=1.0,
        table="routing",
    ),
    Flag(
        "gumbel_temperature_min",
        number,
        _for_gumbel("gumbel_temperature_min", _floor),
        "`routing.gumbel.floor`, and the last value of the schedule",
        default=0.5,
        table="routing",
    ),
    Flag(
        "gumbel_temperature_anneal_epochs",
        integer,
        _for_gumbel("gumbel_temperature_anneal_epochs", _anneal),
        "a linear schedule of `routing.gumbel.temperature`",
        default=0,
        table="routing",
    ),
    Flag(
        "use_straight_through_gumbel",
        boolean,
        _for_gumbel(
            "use_straight_through_gumbel",
            copy_to("use_straight_through_gumbel", "routing.gumbel.straight_through"),
        ),
        "`routing.gumbel.straight_through`",
        default=True,
        table="routing",
    ),
    Flag("top_m_gating", integer, _top_m, "`top_m` of the routing; 0 decodes every channel", table="routing"),
    Flag(
        "soft_embedding_warmup_epochs",
        integer,
        _soft_embedding,
        "`soft_embedding` of the routing, in epochs",
        table="routing",
    ),
)
