"""A store's whole history as JSON Lines: a line about the data set, then one for each event."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels import read, write
from rcmvae_core.labels.files import fault, lines_of, replacing
from rcmvae_core.labels.records import NO_LABELS, Identity, Provenance, Receipt, Request, Stamp
from rcmvae_core.labels.schema import FORMAT

_NEEDED: dict[str, set[str]] = {
    "assign": {"labels"}, "clear": {"labels"}, "add": {"class", "name"}, "rename": {"class", "name"},
    "merge": {"class", "into"}, "retire": {"class"}, "undo": {"target"}, "redo": {"target"},
}  # fmt: skip
_ALWAYS = {"revision", "kind", "time", "who", "how"}
_MAYBE = {"score", "batch", "digest"}


class Line(NamedTuple):
    """An event in a file, and where it stands."""

    number: int
    values: dict[str, Any]

    @property
    def request(self) -> Request:
        """What was asked for."""
        get = self.values.get
        kind, labels = self.values["kind"], get("labels", NO_LABELS)
        return Request(kind, labels, get("class"), get("name"), get("into"), get("target"))

    @property
    def stamp(self) -> Stamp:
        """By whom, and when."""
        get = self.values.get
        provenance = Provenance(self.values["who"], self.values["how"], get("score"))
        return Stamp(provenance, self.values["time"], get("batch"), get("digest"))


def export(db: sqlite3.Connection, identity: Identity, path: Path) -> int:
    """Write every event, and give the last one's number."""
    data, names = identity
    head = json.dumps({"rcmvae": "labels", "format": FORMAT, "data": data, "classes": names})
    with replacing(path) as file:
        file.write(head + "\n")
        file.writelines(line + "\n" for line in read.history(db))
    return read.revision(db)


def parse(path: Path, identity: Identity) -> list[Line]:
    """Read a file that `export` wrote.

    Raises:
        RcmvaeError: E608 with every fault, E602 if its format is newer, E603 if it belongs to other data.
    """
    lines = lines_of(path)
    _head(path, lines[0] if lines else "", identity)
    found, faults = list[Line](), list[Diagnostic]()
    for number, text in enumerate(lines[1:], start=2):
        try:
            found.append(_line(number, text))
        except (ValueError, KeyError, TypeError) as error:
            faults.append(fault(path, lines, number, f"no event of a label store: {_words(error)}"))
    if faults:
        raise RcmvaeError(faults)
    return found


def _words(error: Exception) -> str:
    return f"`{error.args[0]}` is absent" if isinstance(error, KeyError) else str(error)


def _head(path: Path, text: str, identity: Identity) -> None:
    try:
        head = json.loads(text)
        known = head["rcmvae"] == "labels"
        version, data, names = int(head["format"]), head["data"], tuple(head["classes"])
    except (ValueError, KeyError, TypeError):
        known, version, data, names = False, 0, "", ()
    if not known:
        raise RcmvaeError([fault(path, [text], 1, "the first line is not that of a label store's history")])
    if version > FORMAT:
        message = f"`{path}` has format {version}; this version of rcmvae knows {FORMAT}"
        raise RcmvaeError([Diagnostic("E602", message, help=["install a newer rcmvae"])])
    if Identity(data, names) != identity:
        message = f"`{path}` is the history of another data set, or of other classes"
        help_ = ["to take labels along, export them as CSV and import that"]
        raise RcmvaeError([Diagnostic("E603", message, help=help_)])


def _line(number: int, text: str) -> Line:
    line = Line(number, _values(text))
    _check_keys(line.values)
    _check_values(line.values)
    _ = line.stamp  # who, how and by which score must fit together
    return line


def _values(text: str) -> dict[str, Any]:
    """What a line says; null says nothing."""
    values = json.loads(text)
    if not isinstance(values, dict):
        raise TypeError("it is no object")
    return {name: value for name, value in values.items() if value is not None}


def _check_keys(values: Mapping[str, Any]) -> None:
    kind = values["kind"]
    if kind not in _NEEDED:
        raise ValueError(f"there is no kind `{kind}`")
    needed = _NEEDED[kind] | _ALWAYS
    absent = sorted(needed - values.keys())
    strangers = sorted(values.keys() - needed - _MAYBE - ({"class"} if kind == "assign" else set()))
    if absent or strangers:
        raise ValueError(f"`{absent[0]}` is absent" if absent else f"`{strangers[0]}` does not belong there")


def _check_values(values: Mapping[str, Any]) -> None:
    for name in ("time", "who", "score", "batch", "digest", "name"):
        if not isinstance(values.get(name, ""), str):
            raise TypeError(f"`{name}` is no text")
    for name in ("revision", "class", "into", "target"):
        if type(values.get(name, 0)) is not int:
            raise TypeError(f"`{name}` is no whole number")
    labels, empty = values.get("labels", {}), values["kind"] == "clear"
    if not isinstance(labels, dict) or ("labels" in values and not labels):
        raise TypeError("`labels` is no object with items")
    if any(label is not None if empty else type(label) is not int for label in labels.values()):
        raise TypeError("`labels` does not give every item a class, or none")


def replay(db: sqlite3.Connection, lines: list[Line], path: Path) -> Receipt:
    """Write the events that the store does not have yet, inside a transaction.

    Raises:
        RcmvaeError: E612 if store and file differ in an event that both have, E608 if an event makes no sense.
    """
    new = list(_new(db, lines, path))
    for line in new:
        try:
            follows = write.complete(db, line.request) == line.request
            follows &= write.apply(db, line.request, line.stamp).revision == line.values["revision"]
            reason = "" if follows else "it does not follow from the events before it"
        except RcmvaeError as error:
            reason = error.diagnostics[0].message
        except sqlite3.IntegrityError:
            reason = "its batch was written before"
        if reason:
            message = f"revision {line.values['revision']} cannot be taken over: {reason}"
            raise RcmvaeError([fault(path, [], line.number, message)])
    return Receipt(read.revision(db), sum(len(line.request.labels) for line in new), repeated=not new)


def _new(db: sqlite3.Connection, lines: list[Line], path: Path) -> Iterator[Line]:
    """What comes after the events that the store has, each of which must be the file's."""
    for ours, theirs in zip_longest(read.history(db), lines):
        if ours is None:
            yield theirs
        elif theirs is not None and _values(ours) != theirs.values:
            message = f"line {theirs.number} of `{path}` is another event than the store has there"
            help_ = ["to take labels along, export them as CSV and import that", "or give a new --store PATH"]
            raise RcmvaeError([Diagnostic("E612", message, help=help_)])
