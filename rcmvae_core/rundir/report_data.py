"""Reads what the figures of a run were drawn from, so that others can be drawn later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.rundir import report_arrays
from rcmvae_core.rundir.records import METRICS, read_rows, read_summary


def read_report_data(folder: Path) -> list[ReportData]:
    """Return the report arrays, snapshots, metrics and summary of a run that is done, for each seed.

    Args:
        folder: the run directory.

    Raises:
        RcmvaeError: E425 if a file is missing or cannot be read, E440 if it is a record.
    """
    summary = read_summary(folder)
    rows = tuple(read_rows(folder / METRICS)[0])
    return [_of_seed(folder, seed, rows, summary) for seed in summary["seeds"]]


def _of_seed(
    folder: Path, seed: Mapping[str, Any], rows: tuple[dict[str, float], ...], summary: dict[str, Any]
) -> ReportData:
    """Return the report data of one seed.

    Args:
        folder: the run directory.
        seed: its entry in the summary.
        rows: of `metrics.jsonl`.
        summary: of the run.
    """
    number = seed["seed"]
    try:
        arrays = report_arrays.load(folder / report_arrays.arrays_name(number))
        snapshots = report_arrays.load_snapshots(folder, number, seed["epochs"])
    except (OSError, ValueError) as error:
        message = f"`{folder}` has no arrays of seed {number} to draw figures from: {error}"
        fail("E425", message, help=["finish the run: rcmvae resume RUN"])
    return ReportData(arrays, rows, summary, number, snapshots)
