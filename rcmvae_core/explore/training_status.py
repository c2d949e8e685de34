"""Holds the progress of a training as its events tell it, in the form of the page's interface."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

State = Literal["idle", "running", "done", "failed", "stopped"]
_LINES = 40
_LINE = 400
"""Lines of a child that are kept, and characters of each."""
_POINTS = 500
"""Points of a curve; a longer one is thinned out."""


class TrainingStatus:
    """The progress of one training; a caller that has several threads must lock it.

    Args:
        state: `idle` before the first training.
    """

    def __init__(self, state: State = "idle") -> None:
        self.state: State = state
        self.epochs: int | None = None
        self.epoch = 0
        self.seeds: list[int] = []
        self.started: float | None = time.time() if state == "running" else None
        self.curves: dict[str, list[list[float]]] = {}
        self.lines: deque[str] = deque(maxlen=_LINES)
        self.errors: list[dict[str, Any]] = []
        self.model: int | None = None

    def add_line(self, line: str) -> None:
        """Keep a line that the child wrote to standard error."""
        if line.strip():
            self.lines.append(line.rstrip()[:_LINE])

    def add_event(self, event: Mapping[str, Any]) -> None:
        """Take an event that the child wrote to standard output; unknown ones change nothing."""
        match event.get("event"):
            case "plan":
                self.epochs, self.seeds = int(event["epochs"]), list(event["seeds"])
            case "epoch":
                self.epoch = int(event["epoch"])
                self._add_metrics(event)
            case "error":
                error = {key: event[key] for key in ("code", "message", "help") if key in event}
                self.errors.append(error)
            case "warning":
                self.add_line(f"{event.get('code')}: {event.get('message')}")
            case _:
                pass

    def _add_metrics(self, event: Mapping[str, Any]) -> None:
        """Add a point to each curve; with several seeds each has its own."""
        for name, value in event["metrics"].items():
            if name != "train/total" and not name.startswith("validation/"):
                continue
            seed = f" seed {event['seed']}" if len(self.seeds) > 1 else ""
            curve = self.curves.setdefault(f"{name}{seed}", [])
            if isinstance(value, int | float) and value == value:  # noqa: PLR0124 - JSON has no NaN
                curve.append([self.epoch, float(value)])
            if len(curve) > _POINTS:
                del curve[1:-1:2]

    def fail(self, code: int) -> None:
        """Say that the child has ended without a model; what it wrote last is the reason if it gave no other."""
        self.state = "failed"
        if not self.errors:
            reason = f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
            self.errors = [
                {"code": "E498", "message": f"training has failed: {reason}", "help": list(self.lines)[-3:]}
            ]

    def as_json(self) -> dict[str, Any]:
        """Return the content of `GET training`."""
        return {
            "state": self.state,
            "epochs": self.epochs,
            "epoch": self.epoch,
            "seeds": list(self.seeds),
            "started": self.started,
            "curves": {name: list(curve) for name, curve in self.curves.items()},
            "lines": list(self.lines),
            "errors": list(self.errors),
            "model": self.model,
        }
