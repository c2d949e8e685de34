"""Installed distributions to a registry, through entry points."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module

from rcmvae_core import hookspecs
from rcmvae_core.errors import Diagnostic, PluginError
from rcmvae_core.installed import Found, canonical, entry_points
from rcmvae_core.registry import Broken, Distribution, Registry, build, failed

_GROUP_PREFIX = "rcmvae.plugins.v"


def _allowed(setting: str) -> frozenset[str] | None:
    """The distributions that RCMVAE_PLUGINS lets in; None for all."""
    if not setting:
        return None
    if setting == "none":
        return frozenset()
    if setting.startswith("only:"):
        return frozenset(canonical(name.strip()) for name in setting[5:].split(",") if name.strip())
    raise PluginError([
        Diagnostic(
            "E301", f"RCMVAE_PLUGINS is `{setting}`, which is neither `none` nor `only:NAME,NAME`",
            help=["unset it, or name distributions, such as RCMVAE_PLUGINS=only:rcmvae"],
        )
    ])  # fmt: skip


def _distributions() -> dict[Distribution, list[Found]]:
    """Installed distributions with an entry point of any version of ours."""
    found: dict[Distribution, list[Found]] = {}
    for point in entry_points(_GROUP_PREFIX):
        found.setdefault(Distribution(point.name, point.version), []).append(point)
    return found


def record_hashes(names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each distribution's installed RECORD, which lists the hash of every file; empty without one."""
    # Only a run needs these, and start-up counts.
    from hashlib import sha256  # noqa: PLC0415
    from importlib import metadata  # noqa: PLC0415

    found: dict[str, str] = {}
    for name in names:
        try:
            record = metadata.distribution(name).read_text("RECORD")
        except metadata.PackageNotFoundError:
            record = None
        found[name] = sha256(record.encode()).hexdigest() if record else ""
    return found


def discover(setting: str | None = None) -> Registry:
    """Load every installed plugin distribution that RCMVAE_PLUGINS lets in.

    Args:
        setting: instead of the environment's RCMVAE_PLUGINS.

    Raises:
        PluginError: if the setting cannot be read.
    """
    allowed = _allowed(os.environ.get("RCMVAE_PLUGINS", "") if setting is None else setting)
    modules: list[tuple[Distribution, object]] = []
    broken: list[Broken] = []
    for distribution, points in _distributions().items():
        name = canonical(distribution.name)
        if allowed is not None and name not in allowed:
            help_ = f"add `{name}` to RCMVAE_PLUGINS=only:..., or unset it"
            broken.append(Broken(distribution, "blocked", "RCMVAE_PLUGINS leaves it out", help_))
            continue
        ours = [point for point in points if point.group == hookspecs.GROUP]
        if not ours:
            groups = ", ".join(sorted({f"`{point.group}`" for point in points}))
            reason = f"it was written for {groups}, this program reads `{hookspecs.GROUP}`"
            help_ = "upgrade rcmvae, or install an older version of it"
            broken.append(Broken(distribution, "too new", reason, help_))
        for point in ours:
            try:
                modules.append((distribution, _load(point.value)))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a plugin may even call sys.exit on import
                broken.append(failed(distribution, error))
    return build(modules, broken)


def _load(value: str) -> object:
    """The module, or the object in it, that an entry point names."""
    module, _, attributes = value.partition(":")
    found: object = import_module(module)
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found
