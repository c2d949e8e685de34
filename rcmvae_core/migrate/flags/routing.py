"""Flags of the routing: how responsibilities become the channels that are decoded."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Into, Outcome, Put, Say, Write, put, when
from rcmvae_core.migrate.meaning import annealed, routing
from rcmvae_core.migrate.values import boolean, integer, number


def _gumbel(flags: Flags) -> Iterator[Outcome]:
    given_ = flags.gives("use_gumbel_softmax")
    yield Put(f"routing.{routing(flags)}", why="" if given_ else "the old default")
    if flags["use_gumbel_softmax"] and flags["latent_layout"] == "shared":
        yield Say(
            "W501",
            "the old system sampled channels by Gumbel-softmax only with `latent_layout: decentralized`, and ignored "
            "`use_gumbel_softmax` otherwise; here it is used",
            ("for the old behaviour write `use_gumbel_softmax: false`",),
        )


def _temperature(flags: Flags) -> Iterator[Outcome]:
    start, end = flags["gumbel_temperature"], flags["gumbel_temperature_min"]
    epochs = flags["gumbel_temperature_anneal_epochs"]
    why = "" if flags.gives("gumbel_temperature") else "the old default"
    yield Put("routing.gumbel.temperature", annealed(start, end, epochs) if epochs > 0 else start, why)


def _floor(flags: Flags) -> Iterator[Outcome]:
    if flags.gives("gumbel_temperature_min"):
        yield Put("routing.gumbel.floor", flags["gumbel_temperature_min"])
    else:
        lowest = min(flags["gumbel_temperature_min"], flags["gumbel_temperature"])
        yield Put("routing.gumbel.floor", lowest, "the old default, or the temperature where that is lower")


def _anneal(flags: Flags) -> Iterator[Outcome]:
    if flags["gumbel_temperature_anneal_epochs"] <= 0 and flags.gives("gumbel_temperature_anneal_epochs"):
        yield Idle("0 epochs: the temperature is constant")
    elif flags.gives("gumbel_temperature_anneal_epochs"):
        yield Into("routing.gumbel.temperature")


def _for_gumbel(flag: str, write: Write) -> Write:
    return when(lambda flags: routing(flags) == "gumbel", flag, write, "it is for use_gumbel_softmax: true")


def _top_m(flags: Flags) -> Iterator[Outcome]:
    if flags["top_m_gating"] == 0:
        yield Idle("0: every channel is decoded")
    elif flags.gives("top_m_gating"):
        yield Put(f"routing.{routing(flags)}.top_m", flags["top_m_gating"])


def _soft_embedding(flags: Flags) -> Iterator[Outcome]:
    epochs = flags["soft_embedding_warmup_epochs"]
    if epochs == 0:
        yield Idle("0 epochs: no warm-up")
    elif epochs is not None:
        yield Put(f"routing.{routing(flags)}.soft_embedding", f"{epochs} epochs")


FLAGS = (
    Flag(
        "use_gumbel_softmax",
        boolean,
        _gumbel,
        "`[routing.gumbel]`; else `[routing.soft]`",
        default=False,
        home="routing",
    ),
    Flag(
        "gumbel_temperature",
        number,
        _for_gumbel("gumbel_temperature", _temperature),
        "`routing.gumbel.temperature`",
        default=1.0,
        home="routing",
    ),
    Flag(
        "gumbel_temperature_min",
        number,
        _for_gumbel("gumbel_temperature_min", _floor),
        "`routing.gumbel.floor`, and where the schedule ends",
        default=0.5,
        home="routing",
    ),
    Flag(
        "gumbel_temperature_anneal_epochs",
        integer,
        _for_gumbel("gumbel_temperature_anneal_epochs", _anneal),
        "a linear schedule of `routing.gumbel.temperature`",
        default=0,
        home="routing",
    ),
    Flag(
        "use_straight_through_gumbel",
        boolean,
        _for_gumbel(
            "use_straight_through_gumbel",
            put("use_straight_through_gumbel", "routing.gumbel.straight_through"),
        ),
        "`routing.gumbel.straight_through`",
        default=True,
        home="routing",
    ),
    Flag("top_m_gating", integer, _top_m, "`top_m` of the routing; 0 is every channel", home="routing"),
    Flag(
        "soft_embedding_warmup_epochs",
        integer,
        _soft_embedding,
        "`soft_embedding` of the routing, in epochs",
        home="routing",
    ),
)
