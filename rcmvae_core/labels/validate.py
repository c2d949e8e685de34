"""Checks a write against the classes of the store, and finds a class by its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from rcmvae_core.errors import Diagnostic, RcmvaeError, fail
from rcmvae_core.labels import queries
from rcmvae_core.labels.records import Class, Request
from rcmvae_core.runtime.user_files import shortened
from rcmvae_core.spec.messages import suggest


def errors(db: sqlite3.Connection, request: Request) -> list[Diagnostic]:
    """Return every error of a write: E604 to E606."""
    classes = queries.classes(db)
    if request.kind in ("assign", "clear"):
        ids = {label for label in request.labels.values() if label is not None}
    else:
        ids = {id_ for id_ in (request.class_id, request.into) if id_ is not None and request.kind != "add"}
    diagnostics = [error for id_ in sorted(ids) for error in _id_errors(classes, id_)]
    if request.kind == "merge" and request.class_id == request.into:
        error = Diagnostic("E606", "a class cannot be merged into itself", help=["name two classes"])
        diagnostics.append(error)
    if request.name is not None:
        diagnostics += _name_errors(classes, request.name)
    return diagnostics


def find(classes: Iterable[Class], name: str) -> Class:
    """Return the active class of a name.

    Args:
        classes: every class of the store.
        name: the name to look for.

    Raises:
        RcmvaeError: E604 if no class has that name, E605 if the class is merged or retired.
    """
    classes = list(classes)
    namesakes = [one for one in classes if one.name == name]
    active = [one for one in namesakes if one.state == "active"]
    if active:
        return active[0]
    if namesakes:
        raise RcmvaeError([_inactive(classes, namesakes[-1])])
    names = [one.name for one in classes if one.state == "active"]
    help_ = [*suggest(name, names, "classes"), "a new class: rcmvae label RUN add NAME"]
    fail("E604", f"unknown class `{shortened(name)}`", help=help_)


def _id_errors(classes: tuple[Class, ...], id_: int) -> list[Diagnostic]:
    if not 0 <= id_ < len(classes):
        message = f"unknown class number {id_}: the store has {len(classes)}, from 0"
        return [Diagnostic("E604", message, help=["a new class: rcmvae label RUN add NAME"])]
    return [] if classes[id_].state == "active" else [_inactive(classes, classes[id_])]


def _inactive(classes: Iterable[Class], inactive: Class) -> Diagnostic:
    if inactive.into is None:
        message = f"class `{inactive.name}` is retired"
        return Diagnostic("E605", message, help=["name another class, or add it again"])
    into = next(one for one in classes if one.id == inactive.into)
    message = f"class `{inactive.name}` was merged into `{into.name}`"
    return Diagnostic("E605", message, help=[f"name `{into.name}`, or add it again"])


def _name_errors(classes: tuple[Class, ...], name: str) -> list[Diagnostic]:
    if not name.strip() or name != name.strip() or not name.isprintable():
        message = f"{name!r} cannot be the name of a class"
        return [Diagnostic("E606", message, help=["give printable characters, without spaces around them"])]
    if any(one.name == name and one.state == "active" for one in classes):
        message = f"class `{name}` exists already"
        help_ = ["choose another name", "to merge two classes: rcmvae label RUN merge FROM INTO"]
        return [Diagnostic("E606", message, help=help_)]
    return []
