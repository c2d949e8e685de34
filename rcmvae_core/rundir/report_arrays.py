"""Reads and writes `diagnostics.npz`, the arrays that figures are drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.plugin.protocols.figure import ReportArrays


def save(path: Path, report_arrays: ReportArrays) -> None:
    """Write the arrays as npz, without pickle."""
    names = np.array(report_arrays.class_names, dtype=np.str_)
    arrays: dict[str, Any] = report_arrays._asdict() | {"class_names": names}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> ReportArrays:
    """Return the arrays that `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in ReportArrays._fields}
    names = tuple(str(name) for name in arrays.pop("class_names"))
    return ReportArrays(**arrays, class_names=names)
