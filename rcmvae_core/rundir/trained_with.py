"""Compares what a model was trained with to what is installed: the distributions of its plugins, and their code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.plugin.declaration import Distribution, requirement
from rcmvae_core.plugin.file_hashes import file_hashes
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.rundir import lockfile
from rcmvae_core.spec.saved import MadeWith, Saved

_SHOWN = 3
"""Plugins that a warning names at most."""


class TrainedWith(NamedTuple):
    """What a model was trained with.

    Args:
        distributions: of each plugin, by kind and name.
        hashes: of the modules of each distribution.
        warnings: why it is not known, if it is not.
    """

    distributions: MadeWith
    hashes: Mapping[str, str]
    warnings: tuple[Diagnostic, ...] = ()


def read_trained_with(folder: Path) -> TrainedWith:
    """Return what the model of a run directory was trained with, by its lock file."""
    try:
        lock = lockfile.read_latest(folder / lockfile.NAME)
    except RcmvaeError as error:
        message = f"versions are not compared: {error.diagnostics[0].message}"
        return TrainedWith({}, {}, (Diagnostic("W310", message),))
    return TrainedWith(lockfile.distributions(lock), lock.hashes)


def as_json(parts: Iterable[ResolvedPart], hashes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the distribution of each part as plain values.

    Args:
        parts: of a spec.
        hashes: of the distributions.
    """
    return [
        {
            "kind": part.kind,
            "name": part.name,
            "distribution": part.registered.distribution.name,
            "version": part.registered.distribution.version,
            "hash": hashes.get(part.registered.distribution.name, ""),
        }
        for part in {(part.kind, part.name): part for part in parts}.values()
    ]


def from_json(values: Iterable[Mapping[str, Any]]) -> TrainedWith:
    """Build the record from the values that `as_json` returned.

    Returns:
        The record.

    Raises:
        KeyError, TypeError: if values are missing or of another type.
    """
    plugins = [{name: str(entry[name]) for name in entry} for entry in values]
    distributions = {
        (entry["kind"], entry["name"]): Distribution(entry["distribution"], entry["version"])
        for entry in plugins
    }
    return TrainedWith(distributions, {entry["distribution"]: entry["hash"] for entry in plugins})


def version_warnings(parts: Iterable[ResolvedPart], trained_with: TrainedWith) -> Iterator[Diagnostic]:
    """Yield a warning for each distribution that a model was trained with and that is installed otherwise.

    Args:
        parts: those that are used.
        trained_with: what the model was trained with.
    """
    yield from trained_with.warnings
    saved, pairs = Saved(trained_with.distributions), dict[tuple[Distribution, Distribution], list[str]]()
    for part in parts:
        before = saved.distribution(part.registered)
        if before is not None:
            pairs.setdefault((before, part.registered.distribution), []).append(f"{part.kind} `{part.name}`")
    hashes = file_hashes({now.name for before, now in pairs if before == now})
    for (before, now), names in pairs.items():
        used = _listed(list(dict.fromkeys(names)))
        if before.name != now.name:
            message = f"it was trained with {used} of {before.name} {before.version}, which now is of {now.name} {now.version}"
        elif before.version != now.version:
            message = (
                f"it was trained with {before.name} {before.version}, and {now.version} is installed: {used}"
            )
        elif _differ(trained_with.hashes.get(before.name, ""), hashes[now.name]):
            message = f"it was trained with other files of {before.name} {before.version}: {used}"
        else:
            continue
        yield Diagnostic(
            "W310", message, help=["results may differ", f"to restore it: {requirement(before)}"]
        )


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _differ(before: str, now: str) -> bool:
    return bool(before) and before != now
