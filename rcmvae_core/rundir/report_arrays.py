"""Reads and writes the arrays of a seed that figures and metrics are computed from, and its snapshots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot
from rcmvae_core.runtime.npz import array_names, read_npz
from rcmvae_core.runtime.records import RecordError

FOLDER = "diagnostics"
"""The folder of a run directory with the arrays of its seeds."""
FORMAT = 1
"""The format of the arrays of a seed; another one has other arrays."""
_FORMAT = "format"
_TEXTS = ("class_names", "score_names")
_SNAPSHOT = re.compile(r"seed-(\d+)-epoch-(\d+)\.npz")


def arrays_name(seed: int) -> str:
    """Return the name of the file of a seed's arrays, in a run directory."""
    return f"{FOLDER}/seed-{seed}.npz"


def snapshot_name(seed: int, epoch: int) -> str:
    """Return the name of the file of a seed's snapshot after an epoch, in a run directory."""
    return f"{FOLDER}/seed-{seed}-epoch-{epoch}.npz"


def save(path: Path, report_arrays: ReportArrays) -> None:
    """Write the arrays as npz, without pickle."""
    texts = {name: np.array(getattr(report_arrays, name), dtype=np.str_) for name in _TEXTS}
    arrays: dict[str, Any] = {_FORMAT: np.int64(FORMAT), **report_arrays._asdict(), **texts}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> ReportArrays:
    """Return the arrays that `save` wrote.

    Raises:
        RecordError: if the file is missing, corrupt or of another format.
    """
    in_file = array_names(path)
    if _FORMAT not in in_file or read_npz(path, [_FORMAT])[_FORMAT].tolist() != FORMAT:
        raise RecordError(f"its format is not {FORMAT}, the one of this version")
    arrays: dict[str, Any] = dict(read_npz(path, ReportArrays._fields))
    for name in _TEXTS:
        # An empty tuple is stored as an array of no particular type.
        if arrays[name].ndim != 1 or (arrays[name].size and arrays[name].dtype.kind != "U"):
            raise RecordError(f"its array `{name}` is corrupt")
        arrays[name] = tuple(str(text) for text in arrays[name])
    return ReportArrays(**arrays)


def save_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot as npz, without pickle."""
    with path.open("wb") as file:
        np.savez_compressed(file, **snapshot._asdict())  # pyright: ignore[reportArgumentType]


def load_snapshots(folder: Path, seed: int, last_epoch: int) -> tuple[Snapshot, ...]:
    """Return the snapshots of a seed, in the order of their epochs.

    Args:
        folder: the run directory.
        seed: the seed.
        last_epoch: the last one that counts; a run that was resumed from an earlier state may have left later ones.

    Raises:
        RecordError: if one is corrupt.
    """
    return tuple(
        _load_snapshot(folder / FOLDER, seed, epoch)
        for epoch in sorted(_epochs(folder, seed))
        if epoch <= last_epoch
    )


def _epochs(folder: Path, seed: int) -> Iterator[int]:
    for path in (folder / FOLDER).glob(f"seed-{seed}-epoch-*.npz"):
        match = _SNAPSHOT.fullmatch(path.name)
        if match:
            yield int(match[2])


def _load_snapshot(folder: Path, seed: int, epoch: int) -> Snapshot:
    arrays: dict[str, Any] = dict(read_npz(folder / f"seed-{seed}-epoch-{epoch}.npz", Snapshot._fields))
    if arrays.pop("epoch").tolist() != epoch:
        raise RecordError(f"the snapshot after epoch {epoch} says that it is of another one")
    return Snapshot(epoch=epoch, **arrays)
