"""Reads the rows that are added to a `metrics.jsonl` while another process writes it."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import BinaryIO

from rcmvae_core.rundir.records import MAX_LINE, Metrics, parse_row
from rcmvae_core.runtime.records import RecordError, require_file

MAX_ROWS = 20_000
"""Rows that are kept; the first ones of a longer run are dropped."""
MAX_BYTES = 8 * 2**20
"""Bytes that are read at once: of a longer file the last ones."""


class RowTail:
    """The rows of a `metrics.jsonl` so far.

    A run that is resumed replaces the file by one with fewer rows. Whether that has happened is seen by the last line
    that was read: it is at its place, or everything is read again.

    Args:
        path: the file, which may be absent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end, self._last_line = 0, b""
        self.rows: deque[Metrics] = deque(maxlen=MAX_ROWS)

    def read(self) -> None:
        """Read the rows that were added; a last line without its end is left for the next time."""
        try:
            size = require_file(self._path)
            with self._path.open("rb") as file:
                self._find_place(file, size)
                self._read_lines(file)
        except (OSError, RecordError):
            self._restart()

    def _find_place(self, file: BinaryIO, size: int) -> None:
        file.seek(self._end - len(self._last_line))
        if file.read(len(self._last_line)) != self._last_line:
            self._restart()
            file.seek(0)
        if size - self._end > MAX_BYTES:
            self._end = size - MAX_BYTES
            file.seek(self._end)
            self._end += len(file.readline(MAX_LINE))  # the rest of a line

    def _read_lines(self, file: BinaryIO) -> None:
        # A line is bounded, because a corrupt file may have no second one.
        while line := file.readline(MAX_LINE):
            if not line.endswith(b"\n") and len(line) < MAX_LINE:
                return
            self._end, self._last_line = self._end + len(line), line
            if (row := parse_row(line)) is not None:
                self.rows.append(row)

    def _restart(self) -> None:
        self._end, self._last_line = 0, b""
        self.rows.clear()
