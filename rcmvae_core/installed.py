"""Entry points of installed distributions, read from their folders on the path.

`importlib.metadata` does the same and costs 45 ms to import, mostly for the e-mail parser behind it: a fifth of what
`rcmvae validate` may take. A test holds the two against each other.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple


class Found(NamedTuple):
    """One entry point, and the distribution it belongs to."""

    group: str
    value: str
    name: str
    version: str


def entry_points(prefix: str) -> list[Found]:
    """Entry points whose group begins with `prefix`; of a distribution installed twice the first on the path counts."""
    found: dict[str, list[Found]] = {}
    for folder in _folders():
        points = list(_points(folder, prefix))
        if points:
            found.setdefault(canonical(points[0].name), points)
    return [point for _, points in sorted(found.items()) for point in points]


def canonical(name: str) -> str:
    """A distribution's name in the form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version(name: str) -> str | None:
    """The version of an installed distribution; None where it is not installed."""
    from importlib import metadata  # noqa: PLC0415 - see above

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _folders() -> Iterator[str]:
    for entry in dict.fromkeys(sys.path):
        try:
            names = sorted(os.listdir(entry or "."))  # noqa: PTH208
        except OSError:  # a path that is gone, or a zip archive
            continue
        yield from (f"{entry or '.'}/{name}" for name in names if name.endswith((".dist-info", ".egg-info")))


def _points(folder: str, prefix: str) -> Iterator[Found]:
    text = _read(f"{folder}/entry_points.txt")
    if f"[{prefix}" not in text.replace("[ ", "["):
        return
    fields = _read(f"{folder}/METADATA") or _read(f"{folder}/PKG-INFO")
    name, version = (_field(fields, field) for field in ("Name", "Version"))
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif group.startswith(prefix) and "=" in line and not line.startswith(("#", ";")):
            yield Found(group, line.partition("=")[2].partition("[")[0].replace(" ", ""), name, version)


def _field(metadata: str, field: str) -> str:
    match = re.search(rf"^{field}:[ \t]*(.*)$", metadata.partition("\n\n")[0], re.MULTILINE | re.IGNORECASE)
    return match[1].strip() if match else ""


def _read(path: str) -> str:
    # A `Path` takes as long to make and open as the file to read, and there may be hundreds.
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""
