"""Reads the paths of a user's own data."""

from __future__ import annotations

from pathlib import Path


def source_path(text: str) -> Path | None:
    """Return the path of an existing file or folder, with `~` expanded; None if there is none, or if it cannot be one."""
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError, ValueError):  # too long, a user that does not exist, a NUL
        return None
