"""Reads and writes `diagnostics.npz`, the arrays that figures are drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.plugin.protocols.figure import ReportArrays
from rcmvae_core.runtime.npz import read_npz
from rcmvae_core.runtime.records import RecordError


def save(path: Path, report_arrays: ReportArrays) -> None:
    """Write the arrays as npz, without pickle."""
    names = np.array(report_arrays.class_names, dtype=np.str_)
    arrays: dict[str, Any] = report_arrays._asdict() | {"class_names": names}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> ReportArrays:
    """Return the arrays that `save` wrote.

    Raises:
        RecordError: if the file is missing or corrupt.
    """
    arrays: dict[str, Any] = dict(read_npz(path, ReportArrays._fields))
    if arrays["class_names"].dtype.kind != "U" or arrays["class_names"].ndim != 1:
        raise RecordError("its array `class_names` is corrupt")
    names = tuple(str(name) for name in arrays.pop("class_names"))
    return ReportArrays(**arrays, class_names=names)
