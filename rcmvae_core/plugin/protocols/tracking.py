"""Defines experiment trackers, which receive the metrics of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class TrackedRun(NamedTuple):
    """The run that a tracker follows.

    Args:
        name: the name of the spec.
        folder: the absolute path of the run directory.
        spec: the resolved spec as plain values.
        seeds: all seeds that will be trained.
        previous: the tracker's `id` from before, if the run is resumed; else None.
    """

    name: str
    folder: Path
    spec: Mapping[str, Any]
    seeds: tuple[int, ...]
    previous: str | None


class Tracker(NamedTuple):
    """A tracker of one run; if it raises, the run continues and warns once.

    Args:
        id: the service's id of the run; it is stored, and passed as `previous` when the run is resumed.
        epoch: `(seed, epoch, step, metrics)`, called after each epoch; in a resumed run only for epochs after the
            checkpoint, which may repeat epochs that were reported but not saved.
        finish: `(state, summary)`, called last: `done`, `failed` or `interrupted`, and the content of `summary.json`
            if there is one.
    """

    id: str
    epoch: Callable[[int, int, int, Mapping[str, float]], None]
    finish: Callable[[str, Mapping[str, Any] | None], None]
