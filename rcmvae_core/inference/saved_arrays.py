"""Reads arrays of a run that can also be computed from its data."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rcmvae_core.runtime.printable import printable
from rcmvae_core.runtime.records import RecordError

_Content = TypeVar("_Content")


def read_or_warn(path: Path, read: Callable[[], _Content | None]) -> _Content | None:
    """Read a file whose content can be computed again.

    Args:
        path: the file, for the warning.
        read: reads it.

    Returns:
        What was read; None after the warning W441 if the file is corrupt.
    """
    try:
        return read()
    except RecordError as error:
        message = f"`{path}` cannot be read: {error}; it is computed again from the data"
        warnings.warn(printable(f"W441: {message}"), stacklevel=3)
        return None
