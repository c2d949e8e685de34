"""Renders what can be seen of runs: a frame that is drawn again, lines that are added, or JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from rcmvae_core.cli.results import warning_lines
from rcmvae_core.cli.sparkline import BLOCKS, sparkline
from rcmvae_core.cli.streams import printable
from rcmvae_core.report.numbers import format_duration
from rcmvae_core.rundir.follow import RunView

LOSS = "train/total"
_BAR, _MOST = 20, 60
"""Columns of a bar, and of a sparkline, at most."""
_LEAST_BAR = 5


def frame(view: RunView, now: float, width: int, marks: str = BLOCKS) -> list[str]:
    """Return a run as a few lines that are drawn again and again; the state is at the beginning of the first one.

    Args:
        view: of the run.
        now: in seconds since 1970.
        width: columns of the terminal.
        marks: of sparklines.
    """
    lines = [f"{view.state}  {view.name}  {view.run}", *view.reason.splitlines()]
    if view.rows:
        epoch = _epoch(view)
        lines.append(epoch + _bar(view, width - len(epoch)))
    lines.append(_pace(view, now))
    columns = _columns(view)
    label = max(map(len, columns), default=0)
    for name, series in columns.items():
        text = f"{name:<{label}}  {series[-1]:<10.4g}"
        room = min(_MOST, width - len(text))
        lines.append(text + sparkline(series, room, marks) if name in ("loss", view.monitor) else text)
    lines.append(_checkpoint(view, now))
    return [cut(printable(line).rstrip(), width) for line in lines if line]


def table(views: Sequence[RunView], now: float, width: int, height: int) -> list[str]:
    """Return a line for each run: those that are active first, then the latest.

    Args:
        views: of the runs.
        now: in seconds since 1970.
        width: columns of the terminal.
        height: lines at most.
    """
    ordered = sorted(views, key=lambda view: (not view.is_active, -(view.time or 0.0), str(view.run)))
    shown = ordered if len(ordered) <= height else ordered[: max(1, height - 1)]
    paths = [_end(str(view.run), max(12, width // 3)) for view in shown]
    column = max(map(len, paths), default=0)
    rows = zip(shown, paths, strict=True)
    lines = [f"{view.state:<11}  {path:<{column}}  {_line(view, now)}" for view, path in rows]
    if len(ordered) > len(shown):
        lines.append(f"and {len(ordered) - len(shown)} more")
    return [cut(printable(line).rstrip(), width) for line in lines]


def changes(before: RunView | None, view: RunView, now: float) -> list[str]:
    """Return what has changed of a run, as lines to add to a log.

    Args:
        before: the last view of it; None for the first time.
        view: of the run.
        now: in seconds since 1970.
    """
    lines = []
    if before is None or before.state != view.state:
        size = f", {_seeds(view)} of {view.epochs} epochs" if before is None and view.epochs else ""
        lines.append(f"{view.name}: {view.state}{size}")
    elif before.process != view.process:
        lines.append(f"{view.name}: resumed by another process, after epoch {view.epoch}")
    known = set(() if before is None else before.warnings)
    lines += warning_lines([warning for warning in view.warnings if warning not in known])
    if view.rows and (before is None or (before.seed, before.epoch) != (view.seed, view.epoch)):
        lines.append(_line(view, now))
    return [printable(line) for line in lines]


def as_json(view: RunView) -> dict[str, Any]:
    """Return a run as plain values, with the metrics of its last epoch; numbers that are not finite are null."""
    last = view.rows[-1] if view.rows else {}
    return {
        "event": "progress",
        "run": str(view.run),
        "name": view.name,
        "state": view.state,
        "reason": view.reason,
        "result": view.result,
        "seeds": list(view.seeds),
        "epochs": view.epochs,
        "epochs_done": view.epochs_done,
        "seed": view.seed,
        "epoch": view.epoch,
        "epoch_seconds": view.epoch_seconds,
        "seconds_left": _finite(view.seconds_left(view.time or 0.0)),
        "monitor": view.monitor,
        "metrics": {name: _finite(value) for name, value in last.items() if "/" in name},
        "warnings": list(view.warnings),
        "checkpoint": None if view.checkpoint is None else view.checkpoint._asdict(),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def cut(line: str, width: int) -> str:
    """Cut a line to the columns of a terminal, in which some characters take two."""
    return line if cell_len(line) <= width else set_cell_size(line, width)


def _columns(view: RunView) -> dict[str, list[float]]:
    """Return the values of each metric that is shown, over the epochs of the seed that have it."""
    names = {"loss": LOSS}
    names |= {name: f"validation/{name}" for name in (view.monitor, "elbo", "accuracy") if name}
    series = {name: [row[key] for row in view.rows if key in row] for name, key in names.items()}
    return {name: values for name, values in series.items() if values}


def _line(view: RunView, now: float) -> str:
    """Return the last epoch of a run in a line; without one its result, or the reason for its state."""
    if not view.rows:
        return view.result or view.reason.partition("\n")[0]
    metrics = (f"{name} {series[-1]:.4g}" for name, series in _columns(view).items())
    return "  ".join(filter(None, (_epoch(view), *metrics, _pace(view, now), _checkpoint(view, now))))


def _epoch(view: RunView) -> str:
    among = f" ({view.seeds.index(view.seed) + 1} of {len(view.seeds)})" if view.seed in view.seeds else ""
    of_all = f" of {view.epochs}" if view.epochs else ""
    return f"seed {view.seed}{among if len(view.seeds) > 1 else ''}, epoch {view.epoch}{of_all}"


def _bar(view: RunView, room: int) -> str:
    """Return how much of all epochs of all seeds is done; empty if their number is unknown.

    Args:
        view: of the run.
        room: columns that are left.
    """
    total = len(view.seeds) * view.epochs
    if not total:
        return ""
    width = min(_BAR, room - len("  [] 100%"))
    filled = view.epochs_done * width // total
    bar = f"[{'#' * filled}{'.' * (width - filled)}] " if width >= _LEAST_BAR else ""
    return f"  {bar}{view.epochs_done / total:.0%}"


def _end(path: str, width: int) -> str:
    return path if len(path) <= width else f"...{path[3 - width :]}"


def _seeds(view: RunView) -> str:
    return f"{len(view.seeds)} seed{'s' * (len(view.seeds) != 1)}"


def _pace(view: RunView, now: float) -> str:
    """Return the time of an epoch and the time left; empty before the first epoch and after the end."""
    seconds, left = view.epoch_seconds, view.seconds_left(now)
    if view.state != "running" or seconds is None or not view.epochs:
        return ""
    pace = f"{seconds:.2g} s" if seconds < 1 else format_duration(seconds)
    return f"{pace} per epoch, " + (
        "writing the results" if left is None else f"{format_duration(left)} left"
    )


def _checkpoint(view: RunView, now: float) -> str:
    """Return how old the last checkpoint is, while that matters."""
    if view.checkpoint is None or view.state == "done":
        return ""
    age = format_duration(max(0.0, now - view.checkpoint.time))
    return f"checkpoint of step {view.checkpoint.step}, {age} ago"
