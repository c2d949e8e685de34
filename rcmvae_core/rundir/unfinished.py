"""Reads the results so far of a run that is not done, so that its report can say how far it got."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.rundir import report_arrays
from rcmvae_core.rundir.records import METRICS, read_rows
from rcmvae_core.runtime.records import RecordError

_NOTHING = ReportArrays(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), ())


def read_unfinished(folder: Path, seeds: Sequence[int]) -> list[ReportData]:
    """Return the metrics of a run that is not done, with the arrays of the seeds that have any.

    Args:
        folder: the run directory.
        seeds: of its spec.

    Returns:
        The data of each seed with arrays; for the first seed without arrays if none has.

    Raises:
        RcmvaeError: E440 if the metrics cannot be read.
    """
    path = folder / METRICS
    rows = tuple(read_rows(path)[0]) if path.is_file() else ()
    found = [
        ReportData(arrays, rows, {}, seed) for seed in seeds if (arrays := _arrays(folder, seed)) is not None
    ]
    return found or [ReportData(_NOTHING, rows, {}, seeds[0])]


def _arrays(folder: Path, seed: int) -> ReportArrays | None:
    """Return the arrays of a seed; None if it has none, or if its process was killed while it wrote them."""
    try:
        return report_arrays.load(folder / report_arrays.arrays_name(seed))
    except (OSError, RecordError):
        return None
