"""Reads the paths of a user's own data."""

from __future__ import annotations

from pathlib import Path

from rcmvae_core.runtime.user_files import exists, expanded


def source_path(text: str) -> Path | None:
    """Return the path of an existing file or folder, with `~` expanded; None if there is none, or if it cannot be one."""
    path = expanded(text)
    return path if exists(path) else None
