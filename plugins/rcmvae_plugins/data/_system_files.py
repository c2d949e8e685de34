"""Recognises files and folders that a system or a tool puts beside images."""

from __future__ import annotations

_SYSTEM_NAMES = frozenset(
    {
        "$recycle.bin",
        "#recycle",
        "@eadir",
        "__macosx",
        "desktop.ini",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "icon\r",
        "lost+found",
        "system volume information",
        "thumbs.db",
    }
)
"""In lower case; names that begin with a dot need no entry."""


def is_system_name(name: str) -> bool:
    """Return whether a file or folder of this name is hidden, or belongs to a system and not to the images.

    Example:
        >>> [is_system_name(name) for name in (".DS_Store", "Thumbs.db", "cats")]
        [True, True, False]
    """
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES
