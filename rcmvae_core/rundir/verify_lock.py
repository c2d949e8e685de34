"""Compares what is installed with `run.lock.toml`, for `run --locked`."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.entry_points import version
from rcmvae_core.plugin.file_hashes import PREFIX, file_hashes
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir.lockfile import Lock, distributions, read

_OTHERWISE = "or run without --locked, with what is installed"


def check(resolved: ResolvedSpec, path: Path) -> None:
    """Compare the spec and what is installed with a lock file.

    Raises:
        RcmvaeError: E310 if the file cannot be read, E311 for each difference.
    """
    locked = read(path)
    errors = list(differences(locked, installed(resolved, locked.versions)))
    if errors:
        raise RcmvaeError(errors)


def locked_distributions(path: Path) -> dict[tuple[str, str], Distribution]:
    """Return the distribution of each plugin that was locked, by kind and name.

    Raises:
        RcmvaeError: E310 if the file cannot be read.
    """
    return distributions(read(path))


def installed(resolved: ResolvedSpec, names: Iterable[str]) -> Lock:
    """Return what is installed, in the form of a lock file.

    Args:
        resolved: the resolved spec, whose plugins are looked up.
        names: packages to look up besides the distributions of the plugins.
    """
    parts = {(part.kind, part.name): part for part in resolved.every_part()}
    distributions = [part.registered.distribution for part in parts.values()]
    versions = {name: platform.python_version() if name == "python" else version(name) for name in names}
    versions |= {distribution.name: distribution.version for distribution in distributions}
    places = {("plugin", *key): part.place for key, part in parts.items() if part.place is not None}
    plugins = {key: part.registered.distribution.name for key, part in parts.items()}
    return Lock(versions, file_hashes(resolved.distributions()), plugins, places)


def differences(locked: Lock, current: Lock) -> Iterator[Diagnostic]:
    """Yield an error for each difference, with how to remove it."""
    yield from _versions(locked, current)
    yield from _hashes(locked, current)
    yield from _plugins(locked, current)


def _versions(locked: Lock, current: Lock) -> Iterator[Diagnostic]:
    for name, expected in locked.versions.items():
        if name in current.versions and current.versions[name] != expected:
            actual = current.versions[name]
            state = f"{actual} is installed" if actual else "it is not installed"
            remedy = f"use Python {expected}" if name == "python" else f"pip install {name}=={expected}"
            place = locked.places.get(("version", name))
            yield Diagnostic(
                "E311", f"{name} {expected} was locked, {state}", place, help=[remedy, _OTHERWISE]
            )


def _hashes(locked: Lock, current: Lock) -> Iterator[Diagnostic]:
    """Compare the modules of equal versions; those of other versions differ in any case.

    Yields:
        A diagnostic for each difference.
    """
    for name, expected in locked.hashes.items():
        locked_version, actual = locked.versions[name], current.hashes.get(name)
        if not expected or current.versions.get(name) != locked_version or actual == expected:
            continue
        hashes = (
            f"their hash was {_short(expected)} and is {_short(actual)}"
            if actual
            else "no modules of it are found"
        )
        message = f"{name} {locked_version} was locked with other files: {hashes}"
        help_ = [f"pip install --force-reinstall --no-deps {name}=={locked_version}", _OTHERWISE]
        yield Diagnostic("E311", message, locked.places.get(("hash", name)), help=help_)


def _short(hash_: str) -> str:
    return hash_.removeprefix(PREFIX)[:12]


def _plugins(locked: Lock, current: Lock) -> Iterator[Diagnostic]:
    for (kind, name), owner in locked.plugins.items():
        place, other = locked.places.get(("plugin", kind, name)), current.plugins.get((kind, name))
        if other is None:
            message = f"{kind} `{name}` of {owner} was locked, and the spec does not use it"
            yield Diagnostic("E311", message, place, help=["use the spec that was locked", _OTHERWISE])
        elif other != owner:
            message = f"{kind} `{name}` was locked from {owner}, and comes from {other}"
            prefer = f'choose: [plugins.prefer.{kind}] {name} = "{owner}"'
            yield Diagnostic("E311", message, place, help=[prefer, _OTHERWISE])
    for (kind, name), owner in current.plugins.items():
        if (kind, name) not in locked.plugins:
            message = f"the spec uses {kind} `{name}` of {owner}, which was not locked"
            place = current.places.get(("plugin", kind, name))
            yield Diagnostic("E311", message, place, help=["use the spec that was locked", _OTHERWISE])
