"""Whether a write makes sense: what is asked of which class, and by which name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels import read
from rcmvae_core.labels.records import Class, Request
from rcmvae_core.structure import suggest


def faults(db: sqlite3.Connection, request: Request) -> list[Diagnostic]:
    """Everything that is wrong with a request."""
    known = read.classes(db)
    if request.kind in ("assign", "clear"):
        wanted = {number for number in request.labels.values() if number is not None}
    else:
        wanted = {n for n in (request.class_id, request.into) if n is not None and request.kind != "add"}
    found = [fault for number in sorted(wanted) for fault in _not_active(known, number)]
    if request.kind == "merge" and request.class_id == request.into:
        found.append(Diagnostic("E606", "a class cannot be merged into itself", help=["name two classes"]))
    if request.name is not None:
        found += _name_faults(known, request.name)
    return found


def find(classes: Iterable[Class], name: str) -> Class:
    """The active class of a name.

    Raises:
        RcmvaeError: E604 if there is none, E605 if there is none any more.
    """
    known = list(classes)
    named = [one for one in known if one.name == name]
    active = [one for one in named if one.state == "active"]
    if active:
        return active[0]
    if named:
        raise RcmvaeError([_gone(known, named[-1])])
    names = [one.name for one in known if one.state == "active"]
    help_ = [*suggest(name, names, "classes"), "a new class: rcmvae label RUN add NAME"]
    raise RcmvaeError([Diagnostic("E604", f"there is no class `{name}`", help=help_)])


def _not_active(known: tuple[Class, ...], number: int) -> list[Diagnostic]:
    if not 0 <= number < len(known):
        message = f"there is no class number {number}: the store has {len(known)}, from 0"
        return [Diagnostic("E604", message, help=["a new class: rcmvae label RUN add NAME"])]
    return [] if known[number].state == "active" else [_gone(known, known[number])]


def _gone(known: Iterable[Class], gone: Class) -> Diagnostic:
    if gone.into is None:
        return Diagnostic(
            "E605", f"class `{gone.name}` is retired", help=["name another class, or add it anew"]
        )
    into = next(one for one in known if one.id == gone.into)
    message = f"class `{gone.name}` was merged into `{into.name}`"
    return Diagnostic("E605", message, help=[f"name `{into.name}`, or add it anew"])


def _name_faults(known: tuple[Class, ...], name: str) -> list[Diagnostic]:
    if not name.strip() or name != name.strip() or not name.isprintable():
        message = f"{name!r} cannot be the name of a class"
        return [Diagnostic("E606", message, help=["give printable characters, without spaces around them"])]
    if any(one.name == name and one.state == "active" for one in known):
        message = f"there is a class `{name}` already"
        help_ = ["choose another name", "to make two classes one: rcmvae label RUN merge FROM INTO"]
        return [Diagnostic("E606", message, help=help_)]
    return []
