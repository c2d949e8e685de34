"""Trackers: services that follow runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class TrackedRun(NamedTuple):
    """What a tracker is told of the run it follows.

    Args:
        name: the spec's.
        folder: the run directory, absolute.
        spec: the resolved spec, as plain values.
        seeds: every seed that will be trained.
        previous: the tracker's own `id` when the run was begun, if this is its continuation; else None.
    """

    name: str
    folder: Path
    spec: Mapping[str, Any]
    seeds: tuple[int, ...]
    previous: str | None


class Tracker(NamedTuple):
    """A service that follows runs; an exception of one is told once as a warning and never costs the run.

    Args:
        id: what the service calls this run; kept, and handed back when the run is continued.
        epoch: `(seed, epoch, step, metrics)`, after each epoch; of a continued run never for one it was told of
            and that was kept, but again for those that were lost.
        finish: `(state, summary)`, last: `done`, `failed` or `interrupted`, and `summary.json` if there is one.
    """

    id: str
    epoch: Callable[[int, int, int, Mapping[str, float]], None]
    finish: Callable[[str, Mapping[str, Any] | None], None]
