"""The spec of a run directory: written when the run begins, and compared when it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from rcmvae_core import lockfile
from rcmvae_core.discovery import record_hashes
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.onlooker import Onlooker
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import ResolvedSpec, resolve, slots
from rcmvae_core.resolved_toml import document, dumps
from rcmvae_core.rundir import RunDirectory
from rcmvae_core.spec import compose

NAME = "spec.toml"
"""The file of a run directory that says what it is a run of."""


@attrs.frozen
class RunSpec:
    """What a run directory says of its run.

    Args:
        resolved: the checked spec.
        text: the same as TOML; where a run goes on, the very text that it began with.
    """

    resolved: ResolvedSpec
    text: str


def claim(
    resolved: ResolvedSpec,
    registry: Registry,
    directory: RunDirectory | Onlooker,
    versions: Mapping[str, Any],
    *,
    goes_on: bool,
) -> RunSpec:
    """Write what a run is; or, where it goes on, check that the directory holds this very run.

    Args:
        resolved: the checked spec.
        registry: what it was checked against.
        directory: of the run.
        versions: of what is installed.
        goes_on: whether it holds a run that goes on.

    Raises:
        RcmvaeError: E411 if the directory holds another run.
    """
    if goes_on:
        return _same(resolved, registry, directory.path / NAME)
    text = dumps(document(resolved, registry.kinds))
    records = record_hashes(resolved.distributions())
    directory.write_text("run.lock.toml", lockfile.lock(resolved, versions, records))
    directory.write_text(NAME, text)
    return RunSpec(resolved, text)


def pin(spec: RunSpec, revision: int, registry: Registry, directory: RunDirectory | Onlooker) -> RunSpec:
    """Put on record up to which event the label store counts, so that the run means the same for ever.

    Args:
        spec: of the run.
        revision: of its label store.
        registry: what it was checked against.
        directory: of the run.
    """
    data = spec.resolved.one("data")
    if data.keys.label_store is None or data.keys.label_revision is not None:
        return spec
    resolved = _with_revision(spec.resolved, revision)
    text = dumps(document(resolved, registry.kinds))
    directory.write_text(NAME, text)
    return RunSpec(resolved, text)


def _same(resolved: ResolvedSpec, registry: Registry, there: Path) -> RunSpec:
    """A text of an older version may say less; what counts is what it means."""
    known = resolve(compose(there, (), slots(registry)), registry, default_name=there.stem)
    if resolved.one("data").keys.label_revision is None:
        revision = known.one("data").keys.label_revision
        resolved = resolved if revision is None else _with_revision(resolved, revision)
    if document(known, registry.kinds) != document(resolved, registry.kinds):
        message = f"`{there.parent}` holds a run of another spec"
        help_ = [f"`rcmvae diff SPEC {there}` shows where they differ", "choose another --out DIR"]
        raise RcmvaeError([Diagnostic("E411", message, help=help_)])
    return RunSpec(resolved, there.read_text(encoding="utf-8"))


def _with_revision(resolved: ResolvedSpec, revision: int) -> ResolvedSpec:
    data = resolved.one("data")
    if data.keys.label_store is None:
        return resolved
    pinned = attrs.evolve(data, keys=attrs.evolve(data.keys, label_revision=revision))
    return attrs.evolve(resolved, parts={**resolved.parts, "data": (pinned,)})
