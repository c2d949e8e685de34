"""Builds the registry of installed plugins from the entry points of distributions."""

from __future__ import annotations

import os
from importlib import import_module
from time import perf_counter

import attrs

from rcmvae_core.errors import PluginError, fail
from rcmvae_core.plugin import hookspecs
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.entry_points import EntryPoint, canonical, entry_points
from rcmvae_core.plugin.registry import Broken, Registry
from rcmvae_core.plugin.registry_builder import broken_by, build

_GROUP_PREFIX = "rcmvae.plugins.v"


def _allowed(setting: str) -> frozenset[str] | None:
    """Return the canonical names of the distributions that RCMVAE_PLUGINS allows; None for all."""
    if not setting:
        return None
    if setting == "none":
        return frozenset()
    if setting.startswith("only:"):
        return frozenset(canonical(name.strip()) for name in setting[5:].split(",") if name.strip())
    fail(
        "E301",
        f"RCMVAE_PLUGINS is `{setting}`, which is neither `none` nor `only:NAME,NAME`",
        help=["unset it, or name distributions, such as RCMVAE_PLUGINS=only:rcmvae"],
        error=PluginError,
    )


def _distributions() -> dict[Distribution, list[EntryPoint]]:
    """Return the entry points of installed distributions, in the group of any version of the plugin contract."""
    points: dict[Distribution, list[EntryPoint]] = {}
    for point in entry_points(_GROUP_PREFIX):
        points.setdefault(Distribution(point.name, point.version), []).append(point)
    return points


def discover(setting: str | None = None) -> Registry:
    """Load every installed plugin distribution that RCMVAE_PLUGINS allows.

    Args:
        setting: the value to use instead of the environment variable RCMVAE_PLUGINS.

    Returns:
        The registry; a distribution that cannot be used is in its `broken`.

    Raises:
        PluginError: E301 if the setting is invalid.
    """
    allowed = _allowed(os.environ.get("RCMVAE_PLUGINS", "") if setting is None else setting)
    modules: list[tuple[Distribution, object]] = []
    broken: list[Broken] = []
    seconds: dict[Distribution, float] = {}
    for distribution, points in _distributions().items():
        name = canonical(distribution.name)
        if allowed is not None and name not in allowed:
            help_ = f"add `{name}` to RCMVAE_PLUGINS=only:..., or unset it"
            broken.append(Broken(distribution, "blocked", "RCMVAE_PLUGINS excludes it", help_))
            continue
        current = [point for point in points if point.group == hookspecs.GROUP]
        if not current:
            groups = ", ".join(sorted({f"`{point.group}`" for point in points}))
            reason = f"it was written for {groups}, this program reads `{hookspecs.GROUP}`"
            help_ = "upgrade rcmvae, or install an older version of it"
            broken.append(Broken(distribution, "too new", reason, help_))
        started = perf_counter()
        for point in current:
            try:
                modules.append((distribution, _load(point.value)))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a plugin may even call sys.exit on import
                broken.append(broken_by(error, distribution))
        seconds[distribution] = perf_counter() - started
    return attrs.evolve(build(modules, broken), seconds=seconds)


def _load(value: str) -> object:
    """Import the module, or the object in it, that an entry point names."""
    module, _, attributes = value.partition(":")
    loaded: object = import_module(module)
    for attribute in filter(None, attributes.split(".")):
        loaded = getattr(loaded, attribute)
    return loaded
