"""Installed distributions to a registry, through entry points."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from importlib import import_module
from time import perf_counter

import attrs

from rcmvae_core import hookspecs
from rcmvae_core.errors import Diagnostic, PluginError
from rcmvae_core.installed import Found, canonical, entry_points
from rcmvae_core.registry import Broken, Distribution, Registry, build, failed

_GROUP_PREFIX = "rcmvae.plugins.v"
_ADDED = re.compile(r"\.dist-info/(INSTALLER|REQUESTED|direct_url\.json)$|\.pyc$")


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
    """SHA-256 of what each distribution's RECORD says of its files; empty without one.

    What the installer adds is left out, such as scripts with the path of this Python: the same wheel has the same
    hash everywhere.
    """
    # Only a run needs these, and start-up counts.
    from hashlib import sha256  # noqa: PLC0415
    from importlib import metadata  # noqa: PLC0415

    found: dict[str, str] = {}
    for name in names:
        try:
            record = metadata.distribution(name).read_text("RECORD")
        except metadata.PackageNotFoundError:
            record = None
        lines = sorted(filter(_is_of_the_wheel, (record or "").splitlines()))
        found[name] = sha256("\n".join(lines).encode()).hexdigest() if lines else ""
    return found


def _is_of_the_wheel(line: str) -> bool:
    """Whether a line of RECORD, `path,hash,size`, is of a file that a wheel brings."""
    path, digest, _ = line.strip('"').rsplit(",", 2) if line.count(",") > 1 else ("", "", "")
    return bool(digest) and not path.startswith(("../", "/")) and not _ADDED.search(path)


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
    seconds: dict[Distribution, float] = {}
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
        started = perf_counter()
        for point in ours:
            try:
                modules.append((distribution, _load(point.value)))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a plugin may even call sys.exit on import
                broken.append(failed(distribution, error))
        seconds[distribution] = perf_counter() - started
    return attrs.evolve(build(modules, broken), seconds=seconds)


def _load(value: str) -> object:
    """The module, or the object in it, that an entry point names."""
    module, _, attributes = value.partition(":")
    found: object = import_module(module)
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found
