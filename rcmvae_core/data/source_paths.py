"""Lists the files and folders that a data part reads, from its parameters; reads none of them."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

import attrs

from rcmvae_core.plugin.resolved import ResolvedPart


def source_paths(part: ResolvedPart | None) -> list[Path]:
    """Return the files and folders that the parameters of a data part name, and its label store.

    A parameter names a file if there is one: data plugins of other packages declare paths as any other string.

    Args:
        part: the data of a spec; None for no data.
    """
    if part is None:
        return []
    keys = [] if part.keys is None or part.keys.label_store is None else [part.keys.label_store]
    return [path for text in (*_strings(part.params), *keys) for path in _matching(text)]


def _strings(params: object) -> Iterator[str]:
    for field in attrs.fields(type(params)):
        value = getattr(params, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, str) and each:
                yield each


def _matching(text: str) -> list[Path]:
    """Return the file with a name, or those that match it as a pattern."""
    try:
        path = Path(text).expanduser()
        if path.exists():
            return [path]
        return [Path(name) for name in glob.glob(str(path))] if glob.has_magic(text) else []  # noqa: PTH207
    except (OSError, RuntimeError, ValueError):  # too long, a user that does not exist, a NUL
        return []
