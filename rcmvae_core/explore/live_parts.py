"""Resolves plugins that the spec of a run may lack: its classifier, and acquisitions with the page's parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.rundir.saved_run import resolve_run
from rcmvae_core.spec.json_schema_terms import about, typed
from rcmvae_core.spec.messages import suggest
from rcmvae_core.spec.write import dotted, inline

_CLASSIFIER = "classifier.tau={}"
"""What `rcmvae learn` adds to a run that was trained without a classifier."""


def classifier_part(model: ExploredModel, store: Path) -> ResolvedPart:
    """Return the classifier of a model, or the one that `rcmvae learn` would add to it.

    Args:
        model: the model.
        store: the label store, which need not exist.
    """
    own = model.trained.resolved.maybe("classifier")
    return own if own is not None else _resolve(model, store, []).one("classifier")


def acquisition_part(
    model: ExploredModel, store: Path, name: str, parameters: Mapping[str, Any]
) -> ResolvedPart:
    """Return an installed acquisition.

    Args:
        model: its spec says what it can be combined with.
        store: the label store, which need not exist.
        name: of the acquisition.
        parameters: those that differ from the spec, or from the defaults.

    Returns:
        The checked acquisition.

    Raises:
        RcmvaeError: E431 if it is not installed; E2xx if a parameter is wrong, or it does not fit the model.
    """
    registry = discover()
    if not registry.claims("acquisition", name):
        known = registry.names("acquisition")
        fail("E431", f"there is no acquisition `{name}`", help=suggest(name, known, "acquisitions"))
    setting = f"{dotted(('acquisition', name))}={inline(dict(parameters))}"
    resolved = _resolve(model, store, [setting])
    return next(part for part in resolved.many("acquisition") if part.name == name)


def _resolve(model: ExploredModel, store: Path, settings: list[str]) -> ResolvedSpec:
    """Resolve the spec of a model with what training on the labels of a store would add to it."""
    has_classifier = model.trained.resolved.maybe("classifier") is not None
    added = [f"data.label_store={json.dumps(str(store.absolute()))}"]
    added += [] if has_classifier else [_CLASSIFIER]
    return resolve_run(model.path, discover(), "use", [*added, *settings])[0]


def acquisition_rows() -> list[dict[str, Any]]:
    """Return every installed acquisition with the JSON Schema of each parameter."""
    registry = discover()
    return [_row(registry, name) for name in registry.names("acquisition")]


def _row(registry: Registry, name: str) -> dict[str, Any]:
    plugin = registry.claims("acquisition", name)[0].plugin
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "description": plugin.summary,
        "parameters": _parameters(registry, name),
    }


def _parameters(registry: Registry, name: str) -> dict[str, Any]:
    """Return the schemas of the parameters; none for a plugin whose parameters cannot be imported."""
    try:
        known = fields(registry.parameters(registry.claims("acquisition", name)[0].plugin))
    except (RcmvaeError, Exception):  # noqa: BLE001 - a plugin's module may raise anything; `plugins doctor` reports it
        return {}
    plain = {key: field for key, field in known.items() if field.rule.kind is None}
    return {key: {**typed(field.type, field.rule), **about(field)} for key, field in plain.items()}
