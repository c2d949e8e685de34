"""Flags of the run and its data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Outcome, Put, given, put
from rcmvae_core.migrate.values import anything, integer, number, text


def _name(flags: Flags) -> Iterator[Outcome]:
    if flags.gives("name"):
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", flags["name"]).strip("-._")[:80] or "run"
        yield Put("name", name, "" if name == flags["name"] else "made fit for a folder")


def _seed(flags: Flags) -> Iterator[Outcome]:
    yield Put("seeds", [flags["random_seed"]], "" if flags.gives("random_seed") else "the old default")


FLAGS = (
    Flag("name", text, _name, "`name`, made fit for a folder", home=""),
    Flag("description", text, given("description", Idle), "a comment", home=""),
    Flag("tags", anything, given("tags", lambda _: Idle("a spec has no tags")), "a comment", home=""),
    Flag("random_seed", integer, _seed, "`seeds`, a list of one", default=42, home=""),
    Flag(
        "num_labeled",
        integer,
        given("num_labeled", lambda n: Put("data.labels", n)),
        "`data.labels`",
        home="data",
    ),
    Flag(
        "num_samples",
        integer,
        given("num_samples", lambda n: Put("data.training_inputs", n)),
        "`data.training_inputs`",
        home="data",
    ),
    Flag(
        "val_split",
        number,
        put("val_split", "data.validation_fraction"),
        "`data.validation_fraction`",
        default=0.1,
        home="data",
    ),
    Flag(
        "num_classes",
        integer,
        given("num_classes", lambda _: Idle("the classes are those of the data")),
        "nothing: classes are those of the data",
        home="data",
    ),
)
