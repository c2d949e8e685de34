"""Serves labels and classes: writes that are on the disk when they are acknowledged, and what was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.errors import MALFORMED, refuse
from rcmvae_core.explore.server.fields import Choice, Field, Number, Text, Whole
from rcmvae_core.explore.server.objects import Maybe, Record
from rcmvae_core.explore.server.route import Route, get, post
from rcmvae_core.explore.server.routes_session import INDICES

_WHO: dict[str, Field] = {
    "request_id": Maybe(Text(100, about="an id of this write, which may then be sent again")),
    "annotator": Maybe(Text(100, about="who writes; absent, the annotator of the server")),
}
_HOW = Maybe(Choice(("click", "lasso", "suggestion")), "click")
_CLASS = {"id": Whole()}
_NAME = Text(1000, least=0, about="a name; the label store checks it")
_CORE = Record({"channel": Whole(0, 9999), "model": Maybe(Whole()), "share": Number(0, 1)})


def _assign(
    context: Context,
    *,
    class_: int,
    indices: list[int] | None,
    core: Mapping[str, Any] | None,
    how: str,
    score: str | None,
    request_id: str | None,
    annotator: str | None,
) -> dict[str, Any]:
    if (indices is None) == (core is None):
        raise refuse(MALFORMED, "either `indices` or `core` must be given")
    if core is not None:
        indices = context.workspace.core(core["model"], core["channel"], core["share"]).tolist()
    return context.workspace.labels.assign(
        indices or [], class_, how=how, score=score, request_id=request_id, annotator=annotator
    )


def _clear(
    context: Context, indices: list[int], how: str, request_id: str | None, annotator: str | None
) -> dict[str, Any]:
    return context.workspace.labels.clear(indices, how=how, request_id=request_id, annotator=annotator)


def _undo(context: Context, **who: str | None) -> dict[str, Any]:
    return context.workspace.labels.undo(**who)


def _redo(context: Context, **who: str | None) -> dict[str, Any]:
    return context.workspace.labels.redo(**who)


def _changes(context: Context, since: int) -> dict[str, Any]:
    return context.workspace.labels.changes(since)


def _log(context: Context, limit: int) -> dict[str, Any]:
    return context.workspace.labels.log(limit)


def _add(context: Context, name: str, **who: str | None) -> dict[str, Any]:
    return context.workspace.labels.add_class(name, **who)


def _rename(context: Context, id: int, name: str, **who: str | None) -> dict[str, Any]:  # noqa: A002 - in the path
    return context.workspace.labels.rename_class(id, name, **who)


def _merge(context: Context, id: int, into: int, **who: str | None) -> dict[str, Any]:  # noqa: A002 - as above
    return context.workspace.labels.merge_classes(id, into, **who)


def _retire(context: Context, id: int, **who: str | None) -> dict[str, Any]:  # noqa: A002 - as above
    return context.workspace.labels.retire_class(id, **who)


ROUTES: tuple[Route, ...] = (
    post(
        "labels",
        "Give inputs, or the core of a channel, a class.",
        _assign,
        body={
            "class": Whole(),
            "indices": Maybe(INDICES),
            "core": Maybe(_CORE),
            "how": _HOW,
            "score": Maybe(Text(100, about="for a suggestion, the acquisition that made it")),
        }
        | _WHO,
        writes=True,
    ),
    post(
        "labels/clear",
        "Remove the labels of inputs.",
        _clear,
        body={"indices": INDICES, "how": _HOW} | _WHO,
        writes=True,
    ),
    post("labels/undo", "Undo the last write.", _undo, body=_WHO, writes=True),
    post("labels/redo", "Redo the last write that was undone.", _redo, body=_WHO, writes=True),
    get(
        "labels/changes",
        "The inputs whose labels have changed since a revision.",
        _changes,
        query={"since": Whole()},
    ),
    get(
        "labels/log", "The last writes, the newest first.", _log, query={"limit": Maybe(Whole(1, 10_000), 50)}
    ),
    post("classes", "Add a class.", _add, body={"name": _NAME} | _WHO, writes=True),
    post(
        "classes/{id}/rename",
        "Give a class another name.",
        _rename,
        parts=_CLASS,
        body={"name": _NAME} | _WHO,
        writes=True,
    ),
    post(
        "classes/{id}/merge",
        "Move the inputs of a class to another one.",
        _merge,
        parts=_CLASS,
        body={"into": Whole()} | _WHO,
        writes=True,
    ),
    post(
        "classes/{id}/retire",
        "Retire a class, which removes its labels.",
        _retire,
        parts=_CLASS,
        body=_WHO,
        writes=True,
    ),
)
