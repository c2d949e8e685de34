"""A run directory for a process that does not write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.rundir import checkpoints_of


class Onlooker:
    """The run directory as a process sees it that does not write it; else it is as a `RunDirectory`.

    Args:
        path: where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write_text(self, name: str, text: str) -> Path:
        """Nothing but the path."""
        del text
        return self.path / name

    def write_json(self, name: str, value: object) -> Path:
        """Nothing but the path."""
        del value
        return self.path / name

    def write_status(self, state: str, **facts: object) -> None:
        """Nothing."""

    def keep_rows(self, reached: Mapping[int, int]) -> list[dict[str, float]]:
        """No rows."""
        del reached
        return []

    def append_metrics(self, row: Mapping[str, float], seed: int, step: int) -> None:
        """Nothing."""

    def write_diagnostics(self, bundle: Diagnostics) -> None:
        """Nothing."""

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Nothing."""

    def write_figure(self, name: str, content: bytes) -> None:
        """Nothing."""

    def sync_metrics(self) -> None:
        """Nothing."""

    def checkpoints(self, seed: int) -> Path:
        """Where the checkpoints of a seed lie."""
        return checkpoints_of(self.path, seed)

    def __enter__(self) -> Onlooker:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing."""
