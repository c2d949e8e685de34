"""`rcmvae plugins check`: the conformance kit from the command line."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rcmvae_core.cli.output import printable
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.installed import canonical
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.spec import parse_setting
from rcmvae_core.structure import suggest
from rcmvae_core.unknown import unknown_kind, unknown_plugin


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the action's arguments."""
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="a plugin, KIND NAME where several kinds have it, or a distribution",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="values",
        help="a parameter's value, as TOML, for one that has no default",
    )  # fmt: skip


def check(registry: Registry, options: argparse.Namespace, *, as_text: bool) -> int:
    """Check what was named, and tell; the exit code is 1 where a promise is not kept."""
    chosen = _chosen(registry, options.names)
    values = _values(options.values)
    from rcmvae_core.testing import check_plugin  # noqa: PLC0415 - it imports JAX

    reports = []
    for registered in chosen:
        plugin = registered.plugin
        report = check_plugin(plugin.kind, plugin.name, registry=registry, values=values)
        reports.append(report)
        if as_text:
            print("\n".join(map(printable, str(report).splitlines())))
    passed = all(report.passed for report in reports)
    if not as_text:
        print(json.dumps({"passed": passed, "reports": [report.as_json() for report in reports]}, indent=2))
    return 0 if passed else 1


def _values(settings: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in settings:
        found |= parse_setting(setting).plain
    return found


def _chosen(registry: Registry, names: list[str]) -> list[Registered]:
    """The plugins that one name, or a kind and a name, mean.

    Raises:
        RcmvaeError: E108 if there are none, or several kinds have one of this name.
    """
    if len(names) > 1:
        return _of_kind(registry, names)
    (name,) = names
    owned = [r for r in registry if canonical(r.distribution.name) == canonical(name)]
    return owned or _of_name(registry, name)


def _of_kind(registry: Registry, names: list[str]) -> list[Registered]:
    kind, name, *more = names
    if more or kind not in registry.kinds:
        raise RcmvaeError([unknown_kind(kind, registry)])
    found = list(registry.claims(kind, name))
    if not found:
        raise RcmvaeError([unknown_plugin(kind, name, registry)])
    return found


def _of_name(registry: Registry, name: str) -> list[Registered]:
    found = [r for r in registry if r.plugin.name == name]
    kinds = sorted({r.plugin.kind for r in found})
    if len(kinds) > 1:
        message = f"`{name}` is a plugin of the kinds {', '.join(kinds)}"
        help_ = [f"such as: rcmvae plugins check {kinds[0]} {name}"]
        raise RcmvaeError([Diagnostic("E108", message, help=help_)])
    if not found:
        known = sorted({r.plugin.name for r in registry} | {r.distribution.name for r in registry})
        message = f"there is no plugin and no distribution `{name}`"
        raise RcmvaeError([Diagnostic("E108", message, help=suggest(name, known, "plugins"))])
    return found
