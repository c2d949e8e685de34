"""Formats the events of a label store, for `rcmvae label log`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rcmvae_core.labels.records import Event


def as_line(event: Event, names: Sequence[str]) -> str:
    """Return an event as a line of text.

    Args:
        event: of a label store.
        names: the current name of each class, by its id.
    """
    provenance = event.provenance
    how = provenance.how + (f" by {provenance.score}" if provenance.score else "")
    return f"{event.revision:>6}  {event.time}  {provenance.annotator}  {how}  {_describe(event, names)}"


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as plain values."""
    request, provenance = event.request, event.provenance
    return {
        "revision": event.revision,
        "time": event.time,
        "kind": request.kind,
        "items": event.items,
        "who": provenance.annotator,
        "how": provenance.how,
        "score": provenance.score,
        "batch": event.request_id,
        "class": request.class_id,
        "name": request.name,
        "into": request.into,
        "target": request.target,
    }


def _describe(event: Event, names: Sequence[str]) -> str:
    """Return what an event changed, with the current names of the classes."""
    request, items = event.request, counted(event.items)

    def name(class_id: int | None) -> str:
        return f"`{names[class_id]}`" if class_id is not None else "several classes"

    return {
        "assign": f"{items} labelled {name(request.class_id)}",
        "clear": f"{items} cleared",
        "add": f"class `{request.name}` added",
        "rename": f"class {request.class_id} named `{request.name}`",
        "merge": f"{name(request.class_id)} merged into {name(request.into)}, {items}",
        "retire": f"{name(request.class_id)} retired, {items}",
        "undo": f"undo of {request.target}, {items}",
        "redo": f"redo of {request.target}, {items}",
    }[request.kind]


def counted(number: int, noun: str = "item") -> str:
    """Return a number and its noun, such as `1 item` or `2 items`."""
    return f"{number} {noun}" + "s" * (number != 1)
