"""Reads the spec of a run directory for training or for using its model, and says what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.rundir.data_location import read_location, with_absolute_paths
from rcmvae_core.rundir.trained_with import TrainedWith, read_trained_with, version_warnings
from rcmvae_core.runtime.records import RecordError, fail_record, require_small_file
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.spec.saved import Purpose, Saved

NAME = "spec.toml"
"""The file of a run directory with the complete spec of its run."""


def resolve_run(
    folder: Path, registry: Registry, purpose: Purpose, settings: Iterable[str] = ()
) -> tuple[ResolvedSpec, tuple[Diagnostic, ...]]:
    """Resolve the spec of a run directory, for no more than what is needed of it, with absolute paths of its data.

    Args:
        folder: the run directory.
        registry: the installed plugins.
        purpose: what it is read for.
        settings: `--set` arguments, which are laid over it.

    Returns:
        The spec, and warnings about other versions of the plugins that are needed and about missing ones that are not.

    Raises:
        SpecError: if a plugin that is needed cannot be used.
        RcmvaeError: E440 if the file is too large, or none.
    """
    try:
        require_small_file(folder / NAME)
    except RecordError as error:
        fail_record(folder / NAME, error)
    trained_with = read_trained_with(folder)
    saved = Saved(trained_with.distributions, purpose)
    resolve = partial(resolve_file, folder / NAME, registry=registry, default_name=folder.name, saved=saved)
    resolved = resolve(overrides := tuple(settings))
    written = resolve(()) if overrides else resolved
    location = read_location(folder, written)
    if location is not None:
        # The paths of settings are relative to the working folder.
        resolved = with_absolute_paths(resolved, location, only=written)
    return resolved, tuple(changes(resolved, registry, saved, trained_with))


def changes(
    resolved: ResolvedSpec, registry: Registry, saved: Saved, trained_with: TrainedWith
) -> Iterator[Diagnostic]:
    """Yield warnings about other versions of the plugins that are needed, and about missing ones that are not.

    Args:
        resolved: a saved spec.
        registry: the registry that it was resolved with.
        saved: what it was resolved for.
        trained_with: what its model was trained with.
    """
    yield from version_warnings(needed_parts(resolved, registry, saved), trained_with)
    for kind, errors in resolved.unavailable.items():
        if registry.kinds[kind].needed_by == "analysis" and saved.reports(kind):
            for error in errors:
                yield Diagnostic("W311", f"left out: {error.message}", error.place, help=error.help)


def needed_parts(resolved: ResolvedSpec, registry: Registry, saved: Saved) -> Iterator[ResolvedPart]:
    """Yield the plugins that are used for a purpose, with those among their parameters.

    Args:
        resolved: the spec.
        registry: the registry that it was resolved with.
        saved: what it was resolved for.
    """
    for kind, parts in resolved.parts.items():
        if saved.needs(registry.kinds[kind]) or saved.reports(kind):
            for part in parts:
                yield from part.every()
