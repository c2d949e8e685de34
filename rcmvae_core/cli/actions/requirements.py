"""Finds unmet requirements of installed distributions, and copies of them that Python never reads."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from rcmvae_core.plugin.entry_points import version


class Unmet(NamedTuple):
    """A requirement that the installed packages do not meet.

    Args:
        text: the requirement as the distribution declares it, such as `rcmvae>=99`.
        package: the required package.
        version: its installed version; None if it is not installed.
    """

    text: str
    package: str
    version: str | None


def unmet(name: str) -> Iterator[Unmet]:
    """Yield the unmet requirements of a distribution, except those of its extras."""
    for text in _required(name):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # pip reports it
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        installed = version(requirement.name)
        if installed is None or not requirement.specifier.contains(installed, prereleases=True):
            yield Unmet(f"{requirement.name}{requirement.specifier}", requirement.name, installed)


def _required(name: str) -> list[str]:
    try:
        return metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:  # registered without being installed, as in tests
        return []


def copies(name: str) -> list[tuple[str, Path]]:
    """Return version and folder of each installed copy of a distribution, in import order: Python reads the first."""
    versions: dict[Path, str] = {}
    for copy in metadata.distributions(name=name):
        versions.setdefault(Path(str(copy.locate_file(""))).resolve(), copy.version)
    return [(version, folder) for folder, version in versions.items()]
