"""Defines the records that go into a label store and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

import attrs

Kind = Literal["assign", "clear", "add", "rename", "merge", "retire", "undo", "redo"]
How = Literal["click", "command", "import", "lasso", "suggestion"]
NO_LABELS: Mapping[str, int | None] = MappingProxyType({})


class Identity(NamedTuple):
    """The data set that a store belongs to.

    Args:
        fingerprint: a hash of its inputs.
        class_names: its classes, which are the first ones of the store.
    """

    fingerprint: str
    class_names: tuple[str, ...]


@attrs.frozen
class Provenance:
    """The origin of a label.

    Args:
        annotator: a person or a program.
        how: the gesture or command.
        score: for a suggestion, the score that made it.
    """

    annotator: str
    how: How = attrs.field(default="command", validator=attrs.validators.in_(get_args(How)))
    score: str | None = None

    def __attrs_post_init__(self) -> None:
        if (self.score is not None) != (self.how == "suggestion"):
            raise ValueError("`score` belongs to `how = suggestion`, and only to that")


class Class(NamedTuple):
    """A class, and a column of τ.

    Args:
        id: its column, in order of creation; never used again for another class.
        name: its name; no two active classes share one.
        state: only an active class has labels.
        into: the class that its labels went to, if it was merged.
    """

    id: int
    name: str
    state: Literal["active", "merged", "retired"]
    into: int | None


class Request(NamedTuple):
    """A write.

    Args:
        kind: what to do.
        labels: for `assign` the new class id of each item; for `clear` None for each.
        class_id: the class that is renamed, merged or retired; for `add` the one that was created.
        name: the new name, for `add` and `rename`.
        into: the class that the labels go to, for `merge`.
        target: the event that was undone or redone.
    """

    kind: Kind
    labels: Mapping[str, int | None] = NO_LABELS
    class_id: int | None = None
    name: str | None = None
    into: int | None = None
    target: int | None = None


class Stamp(NamedTuple):
    """Who wrote an event and when.

    Args:
        provenance: who and how.
        time: in UTC, ISO 8601.
        request_id: the id of the write, if it has one.
        digest: a hash of the write, if it has an id.
    """

    provenance: Provenance
    time: str
    request_id: str | None = None
    digest: str | None = None


class Event(NamedTuple):
    """One line of the log.

    Args:
        revision: its number, from 1.
        time: in UTC, ISO 8601.
        provenance: who and how.
        request_id: the id of the write, if it has one.
        request: what was done; without the items, of which there may be many.
        items: how many items it touched.
    """

    revision: int
    time: str
    provenance: Provenance
    request_id: str | None
    request: Request
    items: int


class Receipt(NamedTuple):
    """The acknowledgement of a write that is on the disk.

    Args:
        revision: the event that it became.
        items: how many items that event touched.
        repeated: whether the same write was there already, and nothing was done.
    """

    revision: int
    items: int
    repeated: bool = False


class Snapshot(NamedTuple):
    """Labels and classes after an event.

    Args:
        revision: the number of the event.
        classes: every class that existed, including merged and retired ones, by id.
        labels: the class id of each labelled item.
    """

    revision: int
    classes: tuple[Class, ...]
    labels: dict[str, int]


class Changes(NamedTuple):
    """What events after a revision changed.

    Args:
        revision: of the last event.
        classes: every class, by id.
        labels: the class id that each touched item has now; None without a label.
    """

    revision: int
    classes: tuple[Class, ...]
    labels: dict[str, int | None]
