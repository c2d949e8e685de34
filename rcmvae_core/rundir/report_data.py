"""Reads what the figures of a run were drawn from, so that others can be drawn later."""

from __future__ import annotations

from pathlib import Path

from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.rundir import report_arrays
from rcmvae_core.rundir.records import METRICS, read_rows, read_summary


def read_report_data(folder: Path) -> ReportData:
    """Return the report arrays, metrics and summary of a run that is done.

    Args:
        folder: the run directory.

    Raises:
        RcmvaeError: E425 if a file is missing or cannot be read, E440 if it is a record.
    """
    try:
        arrays = report_arrays.load(folder / "diagnostics.npz")
    except (OSError, ValueError) as error:
        message = f"`{folder}` has no arrays to draw figures from: {error}"
        fail("E425", message, help=["finish the run: rcmvae resume RUN"])
    rows, _ = read_rows(folder / METRICS)
    return ReportData(arrays, tuple(rows), read_summary(folder))
