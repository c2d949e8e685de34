"""Lists run directories by their records, without plugins and without JAX."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.rundir.records import STATUS, SUMMARY, Status, read_summary
from rcmvae_core.runtime.records import RecordError, read_bytes, read_values, structure

_SPEC, _DEPTH = "spec.toml", 6
_HEADLINES = ("accuracy", "elbo")


class ListedRun(NamedTuple):
    """A run as a list shows it.

    Args:
        path: its run directory.
        name: of the run.
        state: `running`, `done`, `failed` or `interrupted`; `unknown` if its status cannot be read.
        time: when its state was written, in UTC; empty if that is unknown.
        seeds: how many have a result.
        metric: the headline metric, `accuracy` or `elbo`; empty without results.
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
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}


SORTS: Mapping[str, tuple[Callable[[ListedRun], Any], bool]] = {
    "time": (lambda run: run.time, True),
    "name": (lambda run: (run.name, str(run.path)), False),
    "result": (lambda run: (bool(run.metric), run.mean if run.metric else 0.0), True),
}
"""The key of each order, and whether the largest comes first."""


def list_runs(folder: Path) -> Iterator[ListedRun]:
    """Yield the runs at or under a folder; links are not followed, and runs within runs are not looked for."""
    yield from _under(folder, _DEPTH)


def _under(folder: Path, depth: int) -> Iterator[ListedRun]:
    if (folder / _SPEC).is_file() and (folder / STATUS).is_file():
        yield read_listed(folder)
        return
    if depth:
        try:
            children = sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
        except OSError:
            return
        for child in children:
            yield from _under(child, depth - 1)


def read_listed(run: Path) -> ListedRun:
    """Read what a list shows of a run; what cannot be read is left out."""
    try:
        status = structure(read_values(run / STATUS), Status)
        state, time, reason = status.state, status.time, status.reason
    except RecordError as error:
        state, time, reason = "unknown", "", f"{STATUS}: {error}"
    found = ListedRun(run, _name(run), state, time, 0, reason=reason)
    if not (run / SUMMARY).is_file():
        return found
    try:
        summary = read_summary(run)
    except RcmvaeError as error:
        return found._replace(reason=error.diagnostics[0].message)
    mean, std = summary["mean"]["test"], summary["std"]["test"]
    metric = next((name for name in _HEADLINES if name in mean), "")
    values = (float("nan") if each is None else float(each) for each in (mean.get(metric), std.get(metric)))
    mean_value, std_value = values
    name, seeds = str(summary["name"]), len(summary["seeds"])
    return found._replace(name=name, seeds=seeds, metric=metric, mean=mean_value, std=std_value)


def _name(run: Path) -> str:
    try:
        return str(tomli.loads(read_bytes(run / _SPEC).decode("utf-8")).get("name", run.name))
    except (ValueError, RecursionError):
        return run.name
