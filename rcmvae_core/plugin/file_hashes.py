"""Hashes the modules of an installed distribution: the code that runs, whether it is a wheel's or an editable install's."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ModuleSpec
from pathlib import Path

_SUFFIXES = (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES)
PREFIX = "sha256:"
"""What every hash begins with."""


def file_hashes(names: Iterable[str]) -> dict[str, str]:
    """Compute a SHA-256 per distribution from the content of its modules.

    Its modules are those in the packages that its entry points and `top_level.txt` name, at the place that they are
    imported from: a wheel and an editable install of the same code have the same hash, and an edit changes it.

    Args:
        names: of distributions.

    Returns:
        The hash in hexadecimal behind `PREFIX`, by name; an empty string for a distribution without modules.
    """
    return {name: _hash(name) for name in names}


def is_editable(name: str) -> bool:
    """Return whether a distribution is installed so that its code can be edited in place."""
    try:
        text = metadata.distribution(name).read_text("direct_url.json")
    except (metadata.PackageNotFoundError, ValueError):  # the latter for an empty name
        return False
    return text is not None and '"editable": true' in text


def _hash(name: str) -> str:
    lines = sorted(f"{path} {sha256(file.read_bytes()).hexdigest()}" for path, file in _modules(name))
    return PREFIX + sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def _modules(name: str) -> Iterator[tuple[str, Path]]:
    """Yield the path of each module, from the first package that has code, and its file."""
    try:
        distribution = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):  # the latter for an empty name
        return
    points = {point.module for point in distribution.entry_points}
    top_level = set((distribution.read_text("top_level.txt") or "").split())
    specs = {
        spec.name: spec for spec in map(_first_with_code, sorted(points | top_level)) if spec is not None
    }
    for spec in specs.values():
        for folder in spec.submodule_search_locations or ():
            for file in Path(folder).rglob("*"):
                if file.name.endswith(_SUFFIXES) and file.is_file():
                    yield f"{spec.name}/{file.relative_to(folder).as_posix()}", file
        if not spec.submodule_search_locations and spec.origin is not None:
            yield spec.name, Path(spec.origin)


def _first_with_code(module: str) -> ModuleSpec | None:
    """Return the outermost package of a module that is not a namespace package; None if it cannot be found."""
    steps = module.split(".")
    for length in range(1, len(steps) + 1):
        try:
            spec = importlib.util.find_spec(".".join(steps[:length]))
        except (ImportError, ValueError):  # a parent is missing, or a module without a spec
            return None
        if spec is None or (spec.origin is not None and spec.has_location):
            return spec
    return None
