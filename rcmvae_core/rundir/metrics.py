"""Writes `metrics.jsonl`, a row for each evaluated epoch, and the same rows for TensorBoard."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from rcmvae_core.rundir.records import METRICS, read_rows
from rcmvae_core.rundir.tensorboard import TensorBoardWriter
from rcmvae_core.runtime.atomic_files import atomic_write, open_to_append

NAME = METRICS
Row = dict[str, float]


class MetricsWriter:
    """The metrics of a run; every method raises `OSError` for what the disk refuses.

    Args:
        folder: the run directory.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._tensorboard, self._boards = folder / "tensorboard", dict[int, TensorBoardWriter]()
        self._tensorboard.mkdir(exist_ok=True)
        self._file = self._open()

    def _open(self) -> TextIO:
        if self.path.exists() and not self.path.is_file():  # opening a pipe would wait for its reader
            raise OSError(errno.EINVAL, "it is not a file")
        return open_to_append(self.path)

    def truncate(self, steps: Mapping[int, int]) -> list[Row]:
        """Drop the rows that come after the checkpoints from which a run is resumed.

        Args:
            steps: the step from which each seed is resumed; 0, or absent, from its beginning.

        Returns:
            The rows that stay, in the order of the file.
        """
        rows = [row for row in read_rows(self.path)[0] if row["step"] <= steps.get(int(row["seed"]), 0)]
        self._file.close()
        with atomic_write(self.path) as partial:
            partial.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        self._file = self._open()
        for seed, step in steps.items():
            self._board(seed).purge_from(step + 1)
        return rows

    def append(self, row: Mapping[str, float], seed: int, step: int) -> None:
        """Add a row.

        Args:
            row: values by name; TensorBoard gets those whose name has a group, such as `train/total`.
            seed: the seed that was evaluated.
            step: the step after which it was evaluated.
        """
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        self._board(seed).add_scalars(step, {name: value for name, value in row.items() if "/" in name})

    def sync(self) -> None:
        """Put the rows on the disk: a checkpoint must not be there without the rows that led to it."""
        os.fsync(self._file.fileno())

    def _board(self, seed: int) -> TensorBoardWriter:
        if seed not in self._boards:
            self._boards[seed] = TensorBoardWriter(self._tensorboard / f"seed-{seed}")
        return self._boards[seed]

    def close(self) -> None:
        """Close the files."""
        for file in (self._file, *self._boards.values()):
            # Every row was flushed when it was written; on a full disk closing only repeats that error.
            with suppress(OSError):
                file.close()
