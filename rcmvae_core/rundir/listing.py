"""Lists run directories by their records, without plugins and without JAX."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.rundir.records import STATUS, SUMMARY, Status, read_status, read_summary
from rcmvae_core.rundir.writer_lock import LOCK, is_written
from rcmvae_core.runtime.records import RecordError, read_bytes

STATES = ("starting", "running", "done", "failed", "interrupted", "dead", "unknown")
"""What a list says of a run: the state that its status has, or what its lock adds to that."""
ACTIVE = ("starting", "running")
SPEC = "spec.toml"
_SIGNS = (STATUS, SUMMARY, LOCK)
"""What a run directory has beside its spec, and a folder in which somebody keeps specs has not."""
_DEPTH = 6
_HEADLINES = ("accuracy", "elbo")
_NO_STATUS = Status("running")


class RunState(NamedTuple):
    """What the status and the lock of a run say.

    Args:
        name: one of `STATES`.
        status: the content of `status.json`; of no run if it cannot be read.
        reason: for the state.
        is_locked: whether a process is writing the run; None if the system cannot say.
    """

    name: str
    status: Status
    reason: str = ""
    is_locked: bool | None = None


class ListedRun(NamedTuple):
    """A run as a list shows it.

    Args:
        path: its run directory.
        name: of the run.
        state: `running`, `done`, `failed` or `interrupted`; `starting` before it has a status; `dead` if it is
            `running` and its process is gone; `unknown` if its status cannot be read.
        time: when its state was written, in UTC; empty if that is unknown.
        seeds: how many have a result.
        metric: the headline metric, `accuracy` or `elbo` unless another is requested; empty without results of it.
        mean: of this metric on the test data; NaN without results.
        std: its standard deviation over seeds.
        reason: why it failed.
    """

    path: Path
    name: str
    state: str
    time: str
    seeds: int
    metric: str = ""
    mean: float = math.nan
    std: float = math.nan
    reason: str = ""

    @property
    def headline(self) -> str:
        """The result in a few words, or why there is none."""
        if not self.metric:
            return self.reason.partition("\n")[0]
        spread = f" ± {self.std:.4f}" if self.seeds > 1 else ""
        return f"{self.metric} {self.mean:.4f}{spread}"

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        values = self._asdict() | {"path": str(self.path)}
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}


def _rank(run: ListedRun) -> tuple[bool, bool, float]:
    """Return the key by which results are ordered: accuracies above values of the ELBO, then what has no result."""
    has_result = math.isfinite(run.mean)
    return has_result, run.metric == _HEADLINES[0], run.mean if has_result else 0.0


SORTS: Mapping[str, tuple[Callable[[ListedRun], Any], bool]] = {
    "time": (lambda run: run.time, True),
    "name": (lambda run: (run.name, str(run.path)), False),
    "result": (_rank, True),
}
"""The key of each order, and whether the largest comes first."""


def lowest_first(run: ListedRun) -> tuple[bool, float]:
    """Return the key by which the lowest result comes first, and what has no result last."""
    has_result = math.isfinite(run.mean)
    return not has_result, run.mean if has_result else 0.0


def list_runs(folder: Path, metric: str = "") -> Iterator[ListedRun]:
    """Yield the runs at or under a folder; links are not followed, and runs within runs are not looked for.

    Args:
        folder: where to look.
        metric: the headline metric, such as `nmi`; empty is accuracy, or else the ELBO.
    """
    headlines = (metric,) if metric else _HEADLINES
    yield from (read_listed(run, headlines) for run in run_folders(folder))


def is_run(folder: Path) -> bool:
    """Return whether a folder is a run directory, in whatever state."""
    try:
        return (folder / SPEC).is_file() and any((folder / sign).exists() for sign in _SIGNS)
    except OSError:  # a folder that may not be entered
        return False


def run_folders(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield the run directories at or under a folder, as `list_runs` finds them.

    Args:
        folder: where to look.
        depth: of folders in it.
    """
    if is_run(folder):
        yield folder
    elif depth:
        try:
            with os.scandir(folder) as entries:
                children = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
        except OSError:
            return
        for child in children:
            yield from run_folders(Path(child), depth - 1)


def read_listed(run: Path, headlines: Sequence[str] = _HEADLINES) -> ListedRun:
    """Read what a list shows of a run; what cannot be read is left out.

    Args:
        run: its run directory.
        headlines: metrics, of which the first that the run has is its headline.
    """
    state = read_run_state(run)
    found = ListedRun(run, run.name, state.name, state.status.time, 0, reason=state.reason)
    found = found._replace(name=str(read_spec_values(run).get("name", run.name)))
    if not (run / SUMMARY).exists():
        return found
    try:
        summary = read_summary(run)
    except RcmvaeError as error:
        return found._replace(reason=error.diagnostics[0].message)
    mean, std = (summary[key].get("metrics", {}) | summary[key]["test"] for key in ("mean", "std"))
    found = found._replace(name=str(summary["name"]), seeds=len(summary["seeds"]))
    metric = next((name for name in headlines if name in mean), None)
    if metric is None:
        return found
    return found._replace(metric=metric, mean=float(mean[metric]), std=float(std.get(metric, math.nan)))


def read_run_state(run: Path) -> RunState:
    """Read the state of a run from its status and its lock."""
    is_locked = is_written(run)  # before the status, which a process writes before it releases the lock
    try:
        status = read_status(run)
    except RecordError as error:
        if is_locked and not (run / STATUS).exists():
            return RunState("starting", _NO_STATUS, is_locked=is_locked)
        return RunState("unknown", _NO_STATUS, f"{STATUS}: {error}", is_locked=is_locked)
    if status.state == "running" and is_locked is False:
        reason = "its process is gone: it was killed, or the machine was restarted"
        return RunState("dead", status, reason, is_locked=is_locked)
    return RunState(status.state, status, status.reason, is_locked=is_locked)


def read_spec_values(run: Path) -> dict[str, Any]:
    """Return the values of the spec of a run; empty if it cannot be read."""
    try:
        return tomli.loads(read_bytes(run / SPEC).decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
