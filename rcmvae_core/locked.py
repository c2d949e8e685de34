"""`run --locked`: whether what is installed is what `run.lock.toml` says."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

from rcmvae_core.discovery import record_hashes
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.installed import version
from rcmvae_core.lockfile import Lock, read
from rcmvae_core.resolve import ResolvedSpec

_OTHERWISE = "or run without --locked, with what is installed"


def check(resolved: ResolvedSpec, path: Path) -> None:
    """Refuse to go on with anything else than a lock file names.

    Raises:
        RcmvaeError: E310 if the file cannot be read, E311 for each difference.
    """
    locked = read(path)
    found = list(differences(locked, present(resolved, locked.versions)))
    if found:
        raise RcmvaeError(found)


def present(resolved: ResolvedSpec, names: Iterable[str]) -> Lock:
    """What is installed.

    Args:
        resolved: the checked spec.
        names: packages to look for besides the distributions of the spec's plugins.
    """
    parts = {(part.kind, part.name): part for part in resolved.every_part()}
    owners = [part.registered.distribution for part in parts.values()]
    versions = {name: platform.python_version() if name == "python" else version(name) for name in names}
    versions |= {owner.name: owner.version for owner in owners}
    places = {("plugin", *key): part.place for key, part in parts.items() if part.place is not None}
    plugins = {key: part.registered.distribution.name for key, part in parts.items()}
    return Lock(versions, record_hashes(resolved.distributions()), plugins, places)


def differences(locked: Lock, now: Lock) -> Iterator[Diagnostic]:
    """What is not as it was locked, each with what to do about it."""
    yield from _versions(locked, now)
    yield from _records(locked, now)
    yield from _plugins(locked, now)


def _versions(locked: Lock, now: Lock) -> Iterator[Diagnostic]:
    for name, was in locked.versions.items():
        if name in now.versions and now.versions[name] != was:
            found = f"{now.versions[name]} is installed" if now.versions[name] else "it is not installed"
            remedy = f"use Python {was}" if name == "python" else f"pip install {name}=={was}"
            place = locked.places.get(("version", name))
            yield Diagnostic("E311", f"{name} {was} was locked, {found}", place, help=[remedy, _OTHERWISE])


def _records(locked: Lock, now: Lock) -> Iterator[Diagnostic]:
    """Other files under the same version; under another one they differ in any case."""
    for name, was in locked.records.items():
        version = locked.versions[name]
        if not was or now.versions.get(name) != version or now.records.get(name) == was:
            continue
        found = now.records.get(name, "")[:12]
        what = f"their hash was {was[:12]} and is {found}" if found else "those installed have no RECORD"
        message = f"{name} {version} was locked with other files: {what}"
        help_ = [f"pip install --force-reinstall --no-deps {name}=={version}", _OTHERWISE]
        yield Diagnostic("E311", message, locked.places.get(("record", name)), help=help_)


def _plugins(locked: Lock, now: Lock) -> Iterator[Diagnostic]:
    for (kind, name), owner in locked.plugins.items():
        place, other = locked.places.get(("plugin", kind, name)), now.plugins.get((kind, name))
        if other is None:
            message = f"{kind} `{name}` of {owner} was locked, and the spec does not use it"
            yield Diagnostic("E311", message, place, help=["use the spec that was locked", _OTHERWISE])
        elif other != owner:
            message = f"{kind} `{name}` was locked from {owner}, and comes from {other}"
            choose = f'choose: [plugins.prefer.{kind}] {name} = "{owner}"'
            yield Diagnostic("E311", message, place, help=[choose, _OTHERWISE])
    for (kind, name), owner in now.plugins.items():
        if (kind, name) not in locked.plugins:
            message = f"the spec uses {kind} `{name}` of {owner}, which was not locked"
            place = now.places.get(("plugin", kind, name))
            yield Diagnostic("E311", message, place, help=["use the spec that was locked", _OTHERWISE])
