"""Finds the data plugin of another package that reads a file or folder: that of the run, or the one for its suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from rcmvae_core.plugin.declaration import Registered
from rcmvae_core.plugin.registry import BUILT_INS, Registry
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.resolve import resolve_plugin

READS = "data.path"
"""The token of data plugins that read the file or folder of their parameter `path`."""


def reader_of_run(path: Path, run_data: ResolvedPart | None) -> ResolvedPart | None:
    """Return the data plugin of a run with another path.

    Args:
        path: the file or folder.
        run_data: the data of the run.

    Returns:
        The plugin with the other parameters of the run; None if it is built in, reads no paths, or has `suffixes` of
        which this path has none.
    """
    if run_data is None or run_data.registered.distribution.name == BUILT_INS:
        return None
    reads = READS in run_data.capabilities().provides
    if not reads or not _fits(path, suffixes(type(run_data.params)), otherwise=True):
        return None
    return attrs.evolve(run_data, params=attrs.evolve(run_data.params, path=str(path)), place=None)


def installed_reader(path: Path, registry: Registry) -> ResolvedPart | None:
    """Return the installed data plugin of another package whose `suffixes` has that of a path.

    Args:
        path: the file or folder.
        registry: the installed plugins.

    Returns:
        The plugin with its defaults; None if there is none, or several.
    """
    fitting = [
        each
        for each in registry
        if _reads(each) and _fits(path, _suffixes_of(each, registry), otherwise=False)
    ]
    if len(fitting) != 1:
        return None
    return resolve_plugin("data", fitting[0].plugin.name, {"path": str(path)}, registry)[0]


def formats(registry: Registry) -> str:
    """Return which data plugins of other packages read files, for a message; empty without any."""
    names = [f"`{each.plugin.name}`" for each in registry if _reads(each)]
    return f", or what data {' or '.join(names)} reads" if names else ""


def suffixes(params: type) -> tuple[str, ...]:
    """Return the suffixes that a class of parameters declares as `suffixes`, such as `(".h5",)`; empty for any."""
    declared: Any = getattr(params, "suffixes", ())
    return tuple(declared)


def _reads(registered: Registered) -> bool:
    plugin = registered.plugin
    return plugin.kind == "data" and READS in plugin.provides and registered.distribution.name != BUILT_INS


def _suffixes_of(registered: Registered, registry: Registry) -> tuple[str, ...]:
    try:
        return suffixes(registry.parameters(registered.plugin))
    except Exception:  # noqa: BLE001 - a broken plugin reads nothing
        return ()


def _fits(path: Path, names: tuple[str, ...], *, otherwise: bool) -> bool:
    """Return whether a path ends in one of some suffixes; without any, `otherwise`."""
    return path.name.endswith(names) if names else otherwise
