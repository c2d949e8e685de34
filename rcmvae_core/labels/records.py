"""What goes into a label store and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

import attrs

Kind = Literal["assign", "clear", "add", "rename", "merge", "retire", "undo", "redo"]
How = Literal["click", "command", "import", "lasso", "suggestion"]
NO_LABELS: Mapping[str, int | None] = MappingProxyType({})


class Identity(NamedTuple):
    """Which data set a store belongs to.

    Args:
        fingerprint: a hash of its inputs.
        class_names: its classes, which are the first ones of the store.
    """

    fingerprint: str
    class_names: tuple[str, ...]


@attrs.frozen
class Provenance:
    """Where a label comes from.

    Args:
        who: a person or a program.
        how: by which gesture.
        score: for a suggestion, the score that made it.
    """

    who: str
    how: How = attrs.field(default="command", validator=attrs.validators.in_(get_args(How)))
    score: str | None = None

    def __attrs_post_init__(self) -> None:
        if (self.score is not None) != (self.how == "suggestion"):
            raise ValueError("a suggestion names its score, and nothing else has one")


class Class(NamedTuple):
    """A class, and a column of τ.

    Args:
        id: its column, in order of creation; never given to another class.
        name: what people call it; no two active classes share one.
        state: only an active class has labels.
        into: where its labels went if it was merged.
    """

    id: int
    name: str
    state: Literal["active", "merged", "retired"]
    into: int | None


class Request(NamedTuple):
    """What a write asks for.

    Args:
        kind: what to do.
        labels: the new class of each item, for `assign`; None for each, for `clear`.
        class_id: the class that is renamed, merged or retired; of `add` the one that was made.
        name: the new name, for `add` and `rename`.
        into: where labels go, for `merge`.
        target: the event that was undone or redone.
    """

    kind: Kind
    labels: Mapping[str, int | None] = NO_LABELS
    class_id: int | None = None
    name: str | None = None
    into: int | None = None
    target: int | None = None


class Stamp(NamedTuple):
    """Who wrote an event, when, and under which batch id."""

    provenance: Provenance
    time: str
    batch: str | None = None
    digest: str | None = None


class Event(NamedTuple):
    """One line of the log.

    Args:
        revision: its number, from 1.
        time: in UTC, ISO 8601.
        provenance: who and how.
        batch: the id under which it was written, if any.
        request: what was done; without the items, of which there may be many.
        items: how many items it touched.
    """

    revision: int
    time: str
    provenance: Provenance
    batch: str | None
    request: Request
    items: int


class Receipt(NamedTuple):
    """A write is on the disk.

    Args:
        revision: the event that it became.
        items: how many items that event touched.
        repeated: whether the batch had been written before, and nothing was done now.
    """

    revision: int
    items: int
    repeated: bool = False


class Snapshot(NamedTuple):
    """The labels at one moment.

    Args:
        revision: the last event that counts.
        classes: every class there ever was by then; each stands at the place of its id.
        labels: the class of each labelled item.
    """

    revision: int
    classes: tuple[Class, ...]
    labels: dict[str, int]
