"""Installed distributions beside each other: what one requires of others, and copies of which only one is read."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.installed import version


class Unmet(NamedTuple):
    """A requirement that what is installed does not meet.

    Args:
        text: as the distribution states it, such as `rcmvae>=99`.
        package: what it requires.
        found: the version that is installed; None where it is not.
    """

    text: str
    package: str
    found: str | None


def unmet(name: str) -> Iterator[Unmet]:
    """What a distribution requires in vain; what only its extras require is not looked at."""
    # Half of the time of a light command, and only the doctor needs it.
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    for text in _required(name):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # its author's fault, which pip tells
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = version(requirement.name)
        if found is None or not requirement.specifier.contains(found, prereleases=True):
            yield Unmet(f"{requirement.name}{requirement.specifier}", requirement.name, found)


def _required(name: str) -> list[str]:
    try:
        return metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:  # one that was made by hand
        return []


def copies(name: str) -> list[tuple[str, Path]]:
    """Version and folder of each installed copy of a distribution, in the order of the path: the first is read."""
    found: dict[Path, str] = {}
    for copy in metadata.distributions(name=name):
        found.setdefault(Path(str(copy.locate_file(""))).resolve(), copy.version)
    return [(version, folder) for folder, version in found.items()]
