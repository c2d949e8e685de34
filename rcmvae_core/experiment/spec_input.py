"""Resolves a spec that a Python program gives: a file, a string or nested dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.load import load
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.spec.tree import Node

Spec = Path | str | Mapping[str, Any]
_IMAGE_AXES = 4


def resolve_spec(
    spec: Spec, registry: Registry, settings: Iterable[str] = (), dataset: Dataset | None = None
) -> ResolvedSpec:
    """Resolve a spec.

    Args:
        spec: a file, its content as a string, or the same as nested dicts.
        registry: the plugins to resolve it with.
        settings: `--set` arguments.
        dataset: a data set that replaces the data of the spec.

    Returns:
        The resolved spec.

    Raises:
        SpecError: for every error of the spec.
    """
    layers = [*_layers(spec), *map(parse_override, settings)]
    if dataset is not None:
        form = "image" if len(dataset.inputs.shape) == _IMAGE_AXES else "features"
        labelled = bool((dataset.labels >= 0).any())
        layers.append(_from_dict({"data": {"arrays": {"form": form, "labelled": labelled}}}))
    name = "fit" if isinstance(spec, Mapping) or _is_toml(spec) else Path(spec).stem
    return resolve_layers(layers, registry, name)


def _layers(spec: Spec) -> list[Node]:
    if isinstance(spec, Mapping):
        return [_from_dict(spec)]
    if _is_toml(spec):
        return [parse(str(spec).encode(), "the spec")]
    return load(Path(spec))


def _from_dict(tables: Mapping[str, Any]) -> Node:
    return parse(tomli_w.dumps(tables).encode(), "the spec")


def _is_toml(spec: Path | str) -> bool:
    """Return whether a string is TOML: it has a line end, a table or a value, which no path has."""
    return isinstance(spec, str) and any(sign in spec for sign in "\n=[")
