"""Writes the spec of a run directory, and compares it with the spec of a run that is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir import data_location, lockfile
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.rundir.saved_run import NAME, resolve_run
from rcmvae_core.rundir.verify_lock import installed
from rcmvae_core.spec.write import document, dumps


@attrs.frozen
class RunSpec:
    """The spec of a run directory.

    Args:
        resolved: the resolved spec.
        text: the content of `spec.toml`; of a resumed run the content that it was begun with.
    """

    resolved: ResolvedSpec
    text: str


def write_spec(
    resolved: ResolvedSpec,
    registry: Registry,
    directory: RunDirectory | ReadOnlyRunDirectory,
    environment: Mapping[str, Any],
) -> RunSpec:
    """Write the spec of a new run, and the lock file beside it.

    Args:
        resolved: the resolved spec.
        registry: the registry that it was resolved with.
        directory: the run directory.
        environment: versions, backend and settings, as `runtime.environment` returns them.

    Returns:
        The spec and the text that was written.
    """
    text = dumps(document(resolved, registry.kinds))
    distributions = lockfile.installed_distributions(resolved)
    here = Path.cwd()
    if data_location.with_absolute_paths(resolved, here) != resolved:
        directory.write_json(data_location.NAME, data_location.as_json(here, directory.path))
    directory.write_text(lockfile.NAME, lockfile.dumps(resolved, environment, distributions))
    directory.write_text(NAME, text)
    return RunSpec(resolved, text)


def check_spec(resolved: ResolvedSpec, registry: Registry, path: Path) -> RunSpec:
    """Check that a spec is that of a run directory, so that its run can be resumed.

    What counts is what the file means: an older version may have written fewer values.

    Args:
        resolved: the resolved spec.
        registry: the registry that it was resolved with.
        path: the run directory.

    Returns:
        The spec, with the label revision and the choices of the run, and the text of the run directory's file.

    Raises:
        RcmvaeError: E411 if the directory holds a run of another spec.
    """
    file = path / NAME
    existing, _ = resolve_run(path, registry, "training")
    if resolved.one("data").keys.label_revision is None:
        revision = existing.one("data").keys.label_revision
        resolved = resolved if revision is None else _with_revision(resolved, revision)
    chosen = getattr(existing.one("data").params, "chosen_shape", None)
    resolved = resolved if chosen is None else _with_choices(resolved, chosen)
    if not _is_same(existing, resolved, registry, path):
        message = f"`{path}` holds a run of another spec"
        help_ = [
            f"`rcmvae diff SPEC {file}` shows where they differ",
            f"for more epochs: rcmvae learn {path} --epochs N, which trains into another folder",
            "choose another --out DIR",
        ]
        fail("E411", message, help=help_)
    found = existing.one("data")  # from any folder
    data = attrs.evolve(resolved.one("data"), params=found.params, keys=found.keys)
    parts = {**resolved.parts, "data": (data,)}
    resolved = attrs.evolve(resolved, parts=parts, trained_with=existing.trained_with)
    return RunSpec(resolved, file.read_text(encoding="utf-8"))


def _is_same(existing: ResolvedSpec, resolved: ResolvedSpec, registry: Registry, run: Path) -> bool:
    """Return whether a spec is that of a run: with the paths as they are written, or if they name the same files.

    Args:
        existing: the spec of the run, with absolute paths.
        resolved: the other spec.
        registry: the registry that both were resolved with.
        run: the run directory.
    """
    absolute = document(data_location.with_absolute_paths(resolved, Path.cwd()), registry.kinds)
    if absolute == document(existing, registry.kinds):
        return True
    folders = data_location.locations(run)
    written = [existing, *(data_location.with_relative_paths(existing, folder) for folder in folders)]
    return document(resolved, registry.kinds) in [document(each, registry.kinds) for each in written]


def record_resumed(
    resolved: ResolvedSpec,
    directory: RunDirectory | ReadOnlyRunDirectory,
    environment: Mapping[str, Any],
    steps: Mapping[int, int],
) -> None:
    """Add to the lock file of a resumed run what trains it from here on, if that is something else than before.

    Args:
        resolved: the resolved spec.
        directory: the run directory.
        environment: versions, backend and settings, as `runtime.environment` returns them.
        steps: the step that each seed is resumed after.
    """
    path = directory.path / lockfile.NAME
    distributions = lockfile.installed_distributions(resolved)
    try:
        text, before = path.read_text(encoding="utf-8"), lockfile.read_latest(path)
    except (OSError, ValueError, RcmvaeError):  # nothing that could be added to
        directory.write_text(lockfile.NAME, lockfile.dumps(resolved, environment, distributions))
        return
    now = installed(resolved, before.versions)
    if now._replace(places={}) != before._replace(places={}):
        added = lockfile.append_resumed(text, resolved, environment, distributions, steps=steps)
        directory.write_text(lockfile.NAME, added)


def fix_label_revision(
    spec: RunSpec, revision: int, registry: Registry, directory: RunDirectory | ReadOnlyRunDirectory
) -> RunSpec:
    """Write the revision of the label store to the spec, so that later labels do not change what the run means.

    Args:
        spec: the spec of the run.
        revision: the number of the last event of its label store.
        registry: the registry that it was resolved with.
        directory: the run directory.

    Returns:
        The spec with the revision; the same one if it has a revision already, or no label store.
    """
    data = spec.resolved.one("data")
    if data.keys.label_store is None or data.keys.label_revision is not None:
        return spec
    resolved = _with_revision(spec.resolved, revision)
    text = dumps(document(resolved, registry.kinds))
    directory.write_text(NAME, text)
    return RunSpec(resolved, text)


def fix_choices(
    spec: RunSpec,
    input_shape: tuple[int, ...],
    registry: Registry,
    directory: RunDirectory | ReadOnlyRunDirectory,
) -> RunSpec:
    """Write what a data part chose by its data to the spec, so that other data later do not change it.

    A part makes choices if its parameters have the method `with_choices(input_shape)`, which returns the parameters
    with them, and the property `chosen_shape`, the shape if nothing is left to choose.

    Args:
        spec: the spec of the run.
        input_shape: the shape of an input.
        registry: the registry that it was resolved with.
        directory: the run directory.

    Returns:
        The spec with the choices; the same one if there was nothing to choose.
    """
    resolved = _with_choices(spec.resolved, input_shape)
    if resolved == spec.resolved:
        return spec
    text = dumps(document(resolved, registry.kinds))
    directory.write_text(NAME, text)
    return RunSpec(resolved, text)


def _with_choices(resolved: ResolvedSpec, input_shape: tuple[int, ...]) -> ResolvedSpec:
    data = resolved.one("data")
    if not hasattr(data.params, "with_choices"):
        return resolved
    chosen = attrs.evolve(data, params=data.params.with_choices(input_shape))
    return attrs.evolve(resolved, parts={**resolved.parts, "data": (chosen,)})


def _with_revision(resolved: ResolvedSpec, revision: int) -> ResolvedSpec:
    data = resolved.one("data")
    if data.keys.label_store is None:
        return resolved
    revised = attrs.evolve(data, keys=attrs.evolve(data.keys, label_revision=revision))
    return attrs.evolve(resolved, parts={**resolved.parts, "data": (revised,)})
