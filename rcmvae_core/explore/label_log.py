"""Writes classes and events of a label store as the plain values of the page's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rcmvae_core.explore.label_state import LabelState
from rcmvae_core.labels.records import Event


def class_rows(state: LabelState) -> list[dict[str, Any]]:
    """Return every class by id, with the number of inputs that the store gives it."""
    counts = np.bincount(state.labels + 1, minlength=len(state.classes) + 1)[1:]
    return [{**one._asdict(), "count": int(counts[one.id])} for one in state.classes]


def log_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return events, the newest first, each with the event that undid it, if it is undone."""
    last_turn = dict[int, Event]()
    for event in events:
        if event.request.target is not None:
            last_turn.setdefault(event.request.target, event)
    return [_log_row(event, last_turn.get(event.revision)) for event in events]


def _log_row(event: Event, turn: Event | None) -> dict[str, Any]:
    request = event.request
    undone_by = turn.revision if turn is not None and turn.request.kind == "undo" else None
    what = {"kind": request.kind, "items": event.items, "class": request.class_id, "name": request.name}
    return {**_origin(event), **what, "into": request.into, "target": request.target, "undone_by": undone_by}


def history_rows(history: Sequence[tuple[Event, int | None]]) -> list[dict[str, Any]]:
    """Return what happened to one item, from the first event, with the class that it got or None."""
    return [{**_origin(event), "kind": event.request.kind, "class": class_id} for event, class_id in history]


def _origin(event: Event) -> dict[str, Any]:
    who, how, score = event.provenance.annotator, event.provenance.how, event.provenance.score
    return {"revision": event.revision, "time": event.time, "annotator": who, "how": how, "score": score}
