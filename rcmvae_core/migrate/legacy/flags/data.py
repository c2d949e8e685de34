"""Translate the flags of the run and its data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rcmvae_core.migrate.legacy.flag import Flag, FlagValues, Outcome, SetValue, Unused, copy_to, if_set
from rcmvae_core.migrate.legacy.values import any_value, integer, number, string


def _name(flags: FlagValues) -> Iterator[Outcome]:
    if flags.is_set("name"):
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", flags["name"]).strip("-._")[:80] or "run"
        yield SetValue("name", name, "" if name == flags["name"] else "changed to be valid as a folder name")


def _seed(flags: FlagValues) -> Iterator[Outcome]:
    yield SetValue("seeds", [flags["random_seed"]], "" if flags.is_set("random_seed") else "the old default")


FLAGS = (
    Flag("name", string, _name, "`name`, without characters that a folder name cannot have", table=""),
    Flag("description", string, if_set("description", Unused), "a comment", table=""),
    Flag("tags", any_value, if_set("tags", lambda _: Unused("specs have no tags")), "a comment", table=""),
    Flag("random_seed", integer, _seed, "`seeds`, a list of one", default=42, table=""),
    Flag(
        "num_labeled",
        integer,
        if_set("num_labeled", lambda n: SetValue("data.labels", n)),
        "`data.labels`",
        table="data",
    ),
    Flag(
        "num_samples",
        integer,
        if_set("num_samples", lambda n: SetValue("data.training_inputs", n)),
        "`data.training_inputs`",
        table="data",
    ),
    Flag(
        "val_split",
        number,
        copy_to("val_split", "data.validation_fraction"),
        "`data.validation_fraction`",
        default=0.1,
        table="data",
    ),
    Flag(
        "num_classes",
        integer,
        if_set("num_classes", lambda _: Unused("the data set determines the classes")),
        "nothing: the data set determines the classes",
        table="data",
    ),
)
