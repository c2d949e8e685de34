"""Reads and writes the whole history of a store as JSON Lines: a line about the data set, then one for each event.

The lines are checked by hand, not by cattrs: which keys an event needs depends on its kind, so cattrs would take a class
for each of the eight kinds and a translation of its nested errors, where one table and a message by key do.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.errors import FirstErrors, RcmvaeError, fail
from rcmvae_core.labels import commands, queries
from rcmvae_core.labels.exchange import line_error, read_lines, replacing
from rcmvae_core.labels.records import NO_LABELS, Identity, Provenance, Receipt, Request, Stamp
from rcmvae_core.labels.schema import FORMAT

_REQUIRED: dict[str, set[str]] = {
    "assign": {"labels"}, "clear": {"labels"}, "add": {"class", "name"}, "rename": {"class", "name"},
    "merge": {"class", "into"}, "retire": {"class"}, "undo": {"target"}, "redo": {"target"},
}  # fmt: skip
_ALWAYS_REQUIRED = {"revision", "kind", "time", "who", "how"}
_LARGEST = 2**63 - 1
_OPTIONAL = {"score", "batch", "digest"}


class Line(NamedTuple):
    """An event of a file.

    Args:
        number: of its line, from 1.
        values: what the line says, by key.
    """

    number: int
    values: dict[str, Any]

    @property
    def request(self) -> Request:
        """What was written."""
        get = self.values.get
        kind, labels = self.values["kind"], get("labels", NO_LABELS)
        return Request(kind, labels, get("class"), get("name"), get("into"), get("target"))

    @property
    def stamp(self) -> Stamp:
        """By whom, when, and under which request id."""
        get = self.values.get
        provenance = Provenance(self.values["who"], self.values["how"], get("score"))
        return Stamp(provenance, self.values["time"], get("batch"), get("digest"))


def export(db: sqlite3.Connection, identity: Identity, path: Path) -> int:
    """Write every event.

    Args:
        db: the store.
        identity: its data set.
        path: the file; replaced if it exists.

    Returns:
        The revision, that is the number of the last event.
    """
    fingerprint, names = identity
    header = json.dumps({"rcmvae": "labels", "format": FORMAT, "data": fingerprint, "classes": names})
    with replacing(path) as file:
        file.write(header + "\n")
        file.writelines(line + "\n" for line in queries.history(db))
    return queries.revision(db)


def parse(path: Path, identity: Identity) -> list[Line]:
    """Read a file that `export` wrote.

    Args:
        path: the file.
        identity: the data set that it must belong to.

    Returns:
        The events, each checked by itself.

    Raises:
        RcmvaeError: E608 for the first errors, E602 if its format is newer, E603 if it belongs to other data.
    """
    lines = read_lines(path)
    _check_header(path, lines[0] if lines else "", identity)
    events, errors = list[Line](), FirstErrors()
    for number, text in enumerate(lines[1:], start=2):
        try:
            events.append(_parse_line(number, text))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            message = f"not an event of a label store: {_reason(error)}"
            errors.add(partial(line_error, path, lines, number, message))
    errors.raise_any()
    return events


def _reason(error: Exception) -> str:
    return f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)


def _check_header(path: Path, text: str, identity: Identity) -> None:
    try:
        header = json.loads(text)
        valid = header["rcmvae"] == "labels"
        version, fingerprint, names = int(header["format"]), header["data"], tuple(header["classes"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        valid, version, fingerprint, names = False, 0, "", ()
    if not valid:
        raise RcmvaeError([line_error(path, [text], 1, "the first line is not that of an exported history")])
    if version > FORMAT:
        message = f"`{path}` has format {version}; this version of rcmvae supports {FORMAT}"
        fail("E602", message, help=["install a newer rcmvae"])
    if Identity(fingerprint, names) != identity:
        message = f"`{path}` is the history of another data set, or of other classes"
        help_ = ["to keep the labels, export them as CSV and import that"]
        fail("E603", message, help=help_)


def _parse_line(number: int, text: str) -> Line:
    line = Line(number, _values(text))
    _check_keys(line.values)
    _check_values(line.values)
    _ = line.stamp  # raises ValueError unless annotator, gesture and score fit together
    return line


def _values(text: str) -> dict[str, Any]:
    """Return the values of a line by key, without those that are null."""
    values = json.loads(text)
    if not isinstance(values, dict):
        raise TypeError("it is not an object")
    return {name: value for name, value in values.items() if value is not None}


def _check_keys(values: Mapping[str, Any]) -> None:
    kind = values["kind"]
    if kind not in _REQUIRED:
        raise ValueError(f"unknown kind `{kind}`")
    required = _REQUIRED[kind] | _ALWAYS_REQUIRED
    missing = sorted(required - values.keys())
    unexpected = sorted(values.keys() - required - _OPTIONAL - ({"class"} if kind == "assign" else set()))
    if missing or unexpected:
        raise ValueError(f"`{missing[0]}` is missing" if missing else f"unexpected `{unexpected[0]}`")


def _check_values(values: Mapping[str, Any]) -> None:
    for name in ("time", "who", "score", "batch", "digest", "name"):
        if not isinstance(values.get(name, ""), str):
            raise TypeError(f"`{name}` is not a string")
    for name in ("revision", "class", "into", "target"):
        if type(values.get(name, 0)) is not int:  # True is an int too
            raise TypeError(f"`{name}` is not an integer")
        if abs(values.get(name, 0)) > _LARGEST:
            raise ValueError(f"`{name}` is too large")
    labels, clears = values.get("labels", {}), values["kind"] == "clear"
    if not isinstance(labels, dict) or ("labels" in values and not labels):
        raise TypeError("`labels` is not an object with items")
    if any(label is not None if clears else not _is_class(label) for label in labels.values()):
        raise TypeError(f"`labels` must give every item {'null' if clears else 'a class number'}")


def _is_class(label: object) -> bool:
    return type(label) is int and abs(label) <= _LARGEST


def replay(db: sqlite3.Connection, lines: list[Line], path: Path) -> Receipt:
    """Write the events that the store does not have yet, inside a transaction.

    Args:
        db: the store.
        lines: the events of the file, as `parse` returns them.
        path: the file.

    Returns:
        The last revision, the number of labels in the new events, and whether there was no new event.

    Raises:
        RcmvaeError: E612 if store and file differ in an event that both have, E608 if an event cannot follow those
            before it.
    """
    new = list(_new_lines(db, lines, path))
    for line in new:
        try:
            follows = commands.complete(db, line.request) == line.request
            follows &= commands.apply(db, line.request, line.stamp).revision == line.values["revision"]
            reason = "" if follows else "it does not follow from the events before it"
        except RcmvaeError as error:
            reason = error.diagnostics[0].message
        except sqlite3.IntegrityError:
            reason = "its request id was used before"
        if reason:
            message = f"revision {line.values['revision']} cannot be imported: {reason}"
            raise RcmvaeError([line_error(path, [], line.number, message)])
    return Receipt(queries.revision(db), sum(len(line.request.labels) for line in new), repeated=not new)


def _new_lines(db: sqlite3.Connection, lines: list[Line], path: Path) -> Iterator[Line]:
    """Yield the events after the last one of the store, whose own events must be the first ones of the file.

    Args:
        db: the store.
        lines: the events of the file.
        path: the file.
    """
    for stored, line in zip_longest(queries.history(db), lines):
        if stored is None:
            yield line
        elif line is not None and _values(stored) != line.values:
            message = f"line {line.number} of `{path}` is not the event that the store has at that revision"
            help_ = ["to keep the labels, export them as CSV and import that", "or give a new --store PATH"]
            fail("E612", message, help=help_)
