"""Stands for the run directory in the processes of a distributed run that do not write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot
from rcmvae_core.rundir.directory import checkpoint_folder
from rcmvae_core.rundir.metrics import NAME, Row
from rcmvae_core.rundir.records import read_rows


class ReadOnlyRunDirectory:
    """A run directory that another process writes: the methods of `RunDirectory`, none of which writes.

    Args:
        path: the directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write_text(self, name: str, text: str) -> Path:
        """Return the path of the file."""
        del text
        return self.path / name

    def write_json(self, name: str, value: object) -> Path:
        """Return the path of the file."""
        del value
        return self.path / name

    def write_status(self, state: str, **facts: object) -> None:
        """Do nothing."""

    def truncate_metrics(self, steps: Mapping[int, int]) -> list[Row]:
        """Return the rows up to the step from which each seed is resumed; the file is that of the main process."""
        path = self.path / NAME
        rows = read_rows(path)[0] if path.is_file() else ()
        return [row for row in rows if row["step"] <= steps.get(int(row["seed"]), 0)]

    def append_metrics(self, row: Mapping[str, float], seed: int, step: int) -> None:
        """Do nothing."""

    def sync_metrics(self) -> None:
        """Do nothing."""

    def write_report_arrays(self, seed: int, arrays: ReportArrays) -> None:
        """Do nothing."""

    def write_snapshot(self, seed: int, snapshot: Snapshot) -> None:
        """Do nothing."""

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Do nothing."""

    def write_figure(self, name: str, content: bytes) -> None:
        """Do nothing."""

    def checkpoints(self, seed: int) -> Path:
        """Return the folder of a seed's checkpoints."""
        return checkpoint_folder(self.path, seed)

    def __enter__(self) -> ReadOnlyRunDirectory:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""
