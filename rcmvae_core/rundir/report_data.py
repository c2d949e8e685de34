"""Reads what the figures of a run were drawn from, so that others can be drawn later."""

from __future__ import annotations

import json
from pathlib import Path

from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.rundir import report_arrays
from rcmvae_core.rundir.metrics import NAME, read_rows


def read_report_data(folder: Path) -> ReportData:
    """Return the report arrays, metrics and summary of a run that is done.

    Args:
        folder: the run directory.

    Raises:
        RcmvaeError: E425 if a file is missing or cannot be read.
    """
    try:
        arrays = report_arrays.load(folder / "diagnostics.npz")
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        return ReportData(arrays, tuple(read_rows(folder / NAME)), summary)
    except (OSError, ValueError, KeyError) as error:
        message = f"`{folder}` has no arrays to draw figures from: {error}"
        fail("E425", message, help=["finish the run: rcmvae resume RUN"])
